//! Tasks that wait to know where outputs are.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use firesteel_actors::{carrier::TaskControl, message::TaskEndReason};

use super::{
    Cluster,
    cluster::{found, shuffles},
};
use crate::{HashPartitioner, Rdd, rdd::Compute};

fn parts(cluster: &Cluster) -> Rdd<impl Compute<Item = (u64, i64)> + use<>> {
    let parts =
        cluster.context.range(0..100, 1, 2).map(|x| (x as u64, x)).partition_by(HashPartitioner::new(4));
    cluster.run_maps(&parts);
    parts
}

#[test]
fn tasks_that_wait_for_the_same_outputs_share_one_question() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    cluster.tracker.is_silent.store(true, SeqCst);
    let tasks: Vec<_> = (0..4).map(|partition| cluster.collecting(1, &parts, partition)).collect();
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let run = |task| found::<(u64, i64)>(cluster.run(1, task)).unwrap().0.len();
        let running: Vec<_> = tasks.iter().map(|task| scope.spawn(move || run(task))).collect();
        while cluster.tracker.asked.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        let answer = cluster.tracker.answer(shuffles(&parts.node)[0].id);
        // Nobody else asks while the answer is awaited.
        cluster.executors[1].remote.on_statuses(answer);
        assert_eq!(running.into_iter().map(|task| task.join().unwrap()).sum::<usize>(), 100);
    });
    assert_eq!(cluster.tracker.asked.load(SeqCst), 1);
}

#[test]
fn mot_005_an_answer_from_before_a_loss_is_asked_for_again() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    let shuffle = shuffles(&parts.node)[0].id;
    cluster.tracker.is_silent.store(true, SeqCst);
    let before = cluster.collecting(1, &parts, 0);
    let old = cluster.tracker.answer(shuffle);
    cluster.tracker.change(shuffle, |statuses| statuses[0] = None);
    let after = cluster.collecting(1, &parts, 1);
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let one = scope.spawn(|| found::<(u64, i64)>(cluster.run(1, &before)));
        while cluster.tracker.asked.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        let epoch = || cluster.executors[1].remote.locations.epoch();
        let other = scope.spawn(|| found::<(u64, i64)>(cluster.run(1, &after)));
        while epoch() < cluster.tracker.epoch.load(SeqCst) {
            std::thread::yield_now();
        }
        cluster.tracker.is_silent.store(false, SeqCst);
        cluster.executors[1].remote.on_statuses(old);
        for task in [one, other] {
            let reason = task.join().unwrap().unwrap_err();
            assert!(matches!(reason, TaskEndReason::FetchFailed { executor_id: None, .. }), "{reason}");
        }
    });
}

#[test]
fn a_kill_and_the_end_of_the_executor_end_the_wait() {
    let cluster = Cluster::start(2, &[]);
    let parts = parts(&cluster);
    cluster.tracker.is_silent.store(true, SeqCst);
    let (one, other) = (cluster.collecting(1, &parts, 0), cluster.collecting(1, &parts, 1));
    let control = Arc::new(TaskControl::new(one.task_id));
    std::thread::scope(|scope| {
        let _guard = cluster.guard();
        let killed = scope.spawn(|| found::<(u64, i64)>(cluster.run_with(1, &one, &control)));
        let stopped = scope.spawn(|| found::<(u64, i64)>(cluster.run(1, &other)));
        while cluster.tracker.asked.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        control.kill("not needed", true);
        assert!(matches!(killed.join().unwrap(), Err(TaskEndReason::TaskKilled { .. })));
        cluster.executors[1].remote.stop();
        assert!(matches!(stopped.join().unwrap(), Err(TaskEndReason::TaskKilled { .. })));
    });
}
