//! Questions of tasks: how they reach the actors, how the answers come back, and what ends a wait.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::sync::{Arc, Mutex, mpsc};

use common::{Fake, Graph, LONG, Running, Setup, failure, finished, on_actix, on_loop, start, wait};
use firesteel_actors::{
    JobError,
    carrier::{AskError, TaskControl},
    message::{
        AskPermissionToCommitOutput, DagScheduler, JobCancelled, RequestMethod, RequestToSync,
        TaskDescription, TaskEndReason, TaskScheduler, TaskStatus, TaskValue,
    },
    testing::Probe,
};

/// Waits at a barrier of `num_tasks`.
fn sync(task: &TaskDescription, control: &TaskControl, num_tasks: u32) -> Result<Vec<String>, AskError> {
    let messages = control.request_to_sync(RequestToSync {
        num_tasks,
        stage_id: task.stage.stage_id,
        stage_attempt_id: task.stage.stage_attempt_id,
        task_id: task.task_id,
        executor_id: task.executor_id,
        barrier_epoch: 0,
        partition_id: task.partition_id,
        message: format!("from {}", task.partition_id).into(),
        method: RequestMethod::AllGather,
    })?;
    Ok(messages.iter().map(ToString::to_string).collect())
}

fn ask_to_commit(task: &TaskDescription, control: &TaskControl) -> Result<bool, AskError> {
    control.ask_permission_to_commit(AskPermissionToCommitOutput {
        stage_id: task.stage.stage_id,
        stage_attempt_id: task.stage.stage_attempt_id,
        partition_id: task.partition_id,
        attempt_number: task.attempt_number,
        task_id: task.task_id,
        executor_id: task.executor_id,
    })
}

/// A program whose tasks ask at a barrier that never opens, and tell what they got.
fn at_a_shut_barrier() -> (Arc<Fake>, mpsc::Receiver<Result<Vec<String>, AskError>>) {
    let (say, heard) = mpsc::channel();
    let program = Fake::running(move |task, control| {
        let answer = sync(task, control, 9);
        say.send(answer.clone()).unwrap();
        Some(match answer {
            Err(AskError::Killed(reason)) => TaskStatus::Killed(Box::new(TaskEndReason::killed(reason))),
            other => failure(&format!("{other:?}")),
        })
    });
    (program, heard)
}

/// What happens when a message of this kind is handled.
fn on_message(cx: &Running, kind: &'static str, act: impl Fn() + Send + Sync + 'static) -> impl Sized {
    use firesteel_actors::{carrier::Observed, message::Describe};
    cx.system.observe(move |observed: Observed<'_>| {
        if observed.message.kind() == kind {
            act();
        }
    })
}

#[test]
fn tasks_of_two_executors_wait_for_each_other() {
    let program = Fake::running(|task, control| {
        let messages = sync(task, control, 4).unwrap();
        assert_eq!(messages, ["from 0", "from 1", "from 2", "from 3"]);
        None
    });
    let (system, cx) = start(Setup::attempts(1), &program);
    assert_eq!(wait(cx.run(Graph::one(4))), Ok(Graph::one(4).answer()));
    assert_eq!(system.stop(LONG).left_behind, []);
}

#[test]
fn a_kill_ends_the_wait_at_a_barrier_though_it_does_not_interrupt() {
    let (program, heard) = at_a_shut_barrier();
    let (system, cx) = start(Setup::attempts(1), &program);
    let asked = cx.system.clone();
    let _observing = on_message(&cx, "RequestToSync", move || {
        // Handled right after the question.
        asked.send(DagScheduler, JobCancelled { job_id: firesteel_actors::JobId(0), reason: None }).unwrap();
    });
    let (job_id, end) = cx.submit(Graph::one(1));
    assert_eq!(wait(end), Err(JobError::Cancelled { job_id, reason: None }));
    let answer = heard.recv_timeout(LONG).unwrap();
    assert_eq!(answer, Err(AskError::Killed("Stage cancelled: Job 0 cancelled".into())));
    assert_eq!(system.stop(LONG).left_behind, []);
}

#[test]
fn a_stop_ends_waits() {
    let (program, heard) = at_a_shut_barrier();
    let (system, cx) = start(Setup::attempts(1), &program);
    let mut probe = Probe::of(&cx.system);
    let (_, end) = cx.submit(Graph::one(2));
    let mut asked = probe.within(LONG);
    let partitions = [(); 2].map(|()| asked.message::<RequestToSync>().partition_id);
    assert_eq!(partitions.iter().sum::<u32>(), 1, "{partitions:?}");
    assert_eq!(system.stop(LONG).left_behind, []);
    for _ in 0..2 {
        assert!(matches!(heard.recv_timeout(LONG).unwrap(), Err(AskError::Killed(_))));
    }
    assert!(wait(end).is_err());
}

#[test]
fn the_death_of_an_actor_ends_waits_and_what_is_asked_later_has_no_answer() {
    let (program, heard) = at_a_shut_barrier();
    let (system, cx) = start(Setup::attempts(1), &program);
    let killer = cx.system.clone();
    let _observing = on_message(&cx, "RequestToSync", move || {
        killer.send(TaskScheduler, firesteel_actors::message::CheckStarvation {}).ok();
    });
    let _dying = on_message(&cx, "CheckStarvation", || panic!("an actor dies"));
    let (_, end) = cx.submit(Graph::one(1));
    assert!(matches!(wait(end), Err(JobError::SystemFailed(_))));
    assert_eq!(heard.recv_timeout(LONG).unwrap(), Err(AskError::Stopped));
    assert_eq!(system.stop(LONG).left_behind, []);
}

#[test]
fn on_the_loop_tasks_cannot_wait_for_each_other() {
    let program = Fake::running(|task, control| {
        assert_eq!(sync(task, control, 1), Err(AskError::NeedsThreads));
        assert_eq!(AskError::NeedsThreads.to_string(), "barrier tasks need a carrier with threads");
        None
    });
    on_loop(Setup::attempts(1), program, 1, async |cx: Running| {
        assert_eq!(cx.run(Graph::one(2)).await, Ok(Graph::one(2).answer()));
    });
}

#[test]
fn a_control_that_outlives_its_task_has_nobody_to_ask() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    let program = Fake::running(move |task, control| {
        keep.lock().unwrap().push((task.clone(), control.clone()));
        None
    });
    on_loop(Setup::attempts(1), program.clone(), 1, async |cx: Running| {
        cx.run(Graph::one(1)).await.unwrap();
    });
    let (system, cx) = start(Setup::attempts(1), &program);
    wait(cx.run(Graph::one(1))).unwrap();
    drop(system);
    for (task, control) in kept.lock().unwrap().drain(..) {
        let answer = sync(&task, &control, 1);
        assert!(matches!(answer, Err(AskError::Stopped | AskError::Killed(_))), "{answer:?}");
    }
}

#[test]
fn one_attempt_of_a_partition_may_commit() {
    // The first attempt gets the permission and fails; so it never gets it again, and the second does.
    let program = || {
        Fake::running(|task, control| {
            let allowed = ask_to_commit(task, control).unwrap();
            match task.attempt_number {
                0 => Some(failure(&format!("allowed: {allowed}"))),
                _ => Some(finished(TaskValue::Direct(u64::from(allowed).to_le_bytes().to_vec().into()))),
            }
        })
    };
    let body = async |cx: Running| {
        assert_eq!(cx.run(Graph::one(3)).await, Ok(vec![1, 1, 1]));
        assert_eq!(cx.program.events()["TaskEnd"], 6);
    };
    on_loop(Setup::attempts(2), program(), 1, body);
    on_actix(Setup::attempts(2), program(), body);
}
