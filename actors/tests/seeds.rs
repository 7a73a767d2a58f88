//! Many runs with failures, by seed: each gives the right answers, and the same seed gives the same messages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::sync::Arc;

use common::{Fake, Graph, Running, Setup, failure, on_actix, on_loop};
use firesteel_actors::{
    ExecutorId, ShuffleId,
    carrier::ResultError,
    message::{
        DriverEndpoint, ExecutorLossReason, RemoveExecutor, TaskDescription, TaskEndReason, TaskKind,
        TaskStatus,
    },
};

/// A number below `bound` that depends on all of these and nothing else.
fn dice(bound: u64, of: [u64; 5]) -> u64 {
    let mix = |state: u64, number: u64| {
        let mixed = (state ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed ^ (mixed >> 29)
    };
    of.into_iter().fold(0x1234_5678_9ABC_DEF1, mix) % bound
}

/// A fifth of the attempts fails; a tenth of those of reducers cannot read, in the first attempts of their stage.
fn unlucky(seed: u64, task: &TaskDescription) -> Option<TaskStatus> {
    let stage = &task.stage;
    let of = |what| {
        let (stage_id, attempt) = (u64::from(stage.stage_id.0), u64::from(task.attempt_number));
        [seed, stage_id, u64::from(stage.stage_attempt_id), u64::from(task.partition_id) << 8 | attempt, what]
    };
    if task.attempt_number < 3 && dice(5, of(0)) == 0 {
        return Some(failure("bad luck"));
    }
    let reads = stage.kind == TaskKind::Result && !stage.binary.is_empty();
    let shuffle = stage.binary.bytes().and_then(|code| code.first()).copied();
    (reads && stage.stage_attempt_id < 2 && dice(10, of(1)) == 0).then(|| {
        TaskStatus::Failed(Box::new(TaskEndReason::FetchFailed {
            executor_id: Some(ExecutorId(1 + dice(2, of(2)) as u32)),
            shuffle_id: ShuffleId(u32::from(shuffle.unwrap())),
            map_id: None,
            map_index: Some(dice(3, of(3)) as u32),
            reduce_id: task.partition_id,
            message: "bad luck".to_owned(),
        }))
    })
}

fn program(seed: u64) -> Arc<Fake> {
    let lost = move |task_id: u64| dice(20, [seed, task_id, 0, 0, 4]) == 0;
    Fake::with(
        move |task, _| unlucky(seed, task),
        move |result| if lost(result.task_id.0) { Err(ResultError::Lost) } else { Ok(()) },
    )
}

/// Enough attempts for the worst of luck.
fn setup() -> Setup {
    Setup::attempts(12)
}

/// Jobs at the same time and one after another; with an odd seed an executor is lost meanwhile.
async fn body(cx: Running, seed: u64) {
    let graphs = [Graph::two(0, 6, 4), Graph::one(7), Graph::two(0, 6, 3), Graph::two(1, 3, 8)];
    let jobs = graphs.map(|graph| cx.submit(graph).1);
    if seed % 2 == 1 {
        let reason = ExecutorLossReason::process_lost("gone");
        cx.system.send(DriverEndpoint, RemoveExecutor { executor_id: ExecutorId(2), reason }).unwrap();
    }
    for (graph, end) in graphs.into_iter().zip(jobs) {
        assert_eq!(end.await, Ok(graph.answer()), "seed {seed}");
    }
    assert_eq!(cx.run(Graph::two(0, 6, 5)).await, Ok(Graph::two(0, 6, 5).answer()), "seed {seed}");
}

#[test]
fn every_seed_gives_the_right_answers_on_the_loop() {
    let (mut failures, mut fetch_failures) = (0, 0);
    for seed in 0..200 {
        let program = program(seed);
        on_loop(setup(), program.clone(), seed, |cx| body(cx, seed));
        let history = program.history();
        let ends = |what: &str| history.iter().filter(|event| event.ends_with(what)).count();
        failures += ends("ExceptionFailure");
        fetch_failures += ends("FetchFailed");
    }
    // Luck was bad enough to mean something.
    assert!(failures > 1_000 && fetch_failures > 50, "{failures} {fetch_failures}");
}

#[test]
fn bad_luck_on_actix() {
    for seed in 0..6 {
        on_actix(setup(), program(seed), |cx| body(cx, seed));
    }
}

/// What needs the messages of a run.
#[cfg(feature = "trace")]
mod messages {
    use std::{collections::BTreeMap, sync::Mutex};

    use firesteel_actors::{
        carrier::Observed,
        message::{ExecutorBackendMessage, MessageRef, TaskRunnerMessage},
        trace::Record,
    };

    use super::*;

    fn messages(seed: u64, order_seed: u64) -> Vec<Record> {
        let program = program(seed);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let setup = setup();
        let mut system = setup.on_loop(program.clone(), order_seed);
        let to = seen.clone();
        system.add_observer(Arc::new(move |observed: Observed<'_>| {
            let mut seen = to.lock().unwrap();
            let number = seen.len() as u64;
            seen.push(Record::of(number, &observed));
        }));
        let cx = Running { system: system.handle().clone(), program };
        system.block_on(body(cx, seed)).unwrap();
        system.run_until_idle();
        assert!(system.is_idle() && system.cores_add_up());
        assert_eq!(system.messages_handled(), seen.lock().unwrap().len() as u64);
        drop(system);
        std::mem::take(&mut *seen.lock().unwrap())
    }

    #[test]
    fn the_same_seed_gives_the_same_messages() {
        for seed in 0..10 {
            let (first, second) = (messages(seed, seed), messages(seed, seed));
            assert!(first.len() > 200);
            assert_eq!(first, second);
        }
        assert_ne!(messages(1, 1), messages(1, 2), "the seed decides how long tasks take");
    }

    /// No executor ever has more tasks than cores, and each task ends once.
    #[test]
    fn a_core_is_never_given_twice() {
        for seed in 0..50 {
            let mut busy: BTreeMap<ExecutorId, i64> = BTreeMap::new();
            for record in messages(seed, seed) {
                match record.message.as_ref().unwrap().as_ref() {
                    MessageRef::TaskRunner(TaskRunnerMessage::LaunchTask(launch)) => {
                        let cores = busy.entry(launch.task.executor_id).or_default();
                        *cores += 1;
                        assert!(*cores <= 2, "seed {seed}");
                    }
                    MessageRef::ExecutorBackend(ExecutorBackendMessage::StatusUpdate(update))
                        if update.status.is_terminal() =>
                    {
                        *busy.entry(update.executor_id).or_default() -= 1;
                    }
                    _ => {}
                }
            }
            assert!(busy.values().all(|cores| *cores == 0), "seed {seed}: {busy:?}");
        }
    }
}
