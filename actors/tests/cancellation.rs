//! Jobs that are given up on several executors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::sync::mpsc;

use common::{Fake, Graph, LONG, Setup, start, wait};
use firesteel_actors::{
    JobError, JobId,
    config::SchedulingMode,
    message::{DagScheduler, JobCancelled, TaskEndReason, TaskStatus},
};

/// Cancels a job before its tasks run and one while they do, on two executors; others still run afterwards.
fn cancelled_jobs_leave_executors_usable(mode: SchedulingMode) {
    let (say, heard) = mpsc::channel();
    let program = Fake::running(move |task, control| {
        if task.stage.job_id != JobId(0) {
            return None;
        }
        say.send(task.executor_id).unwrap();
        while !control.is_killed() {
            std::thread::yield_now();
        }
        Some(TaskStatus::Killed(Box::new(TaskEndReason::killed(control.kill_reason().unwrap()))))
    });
    let mut setup = Setup::attempts(1);
    setup.config.pools.mode = mode;
    let (system, cx) = start(setup, &program);
    let (first, first_end) = cx.submit(Graph::one(9));
    let mut executors: Vec<u32> = (0..4).map(|_| heard.recv_timeout(LONG).unwrap().0).collect();
    executors.sort_unstable();
    assert_eq!(executors, [1, 1, 2, 2], "it runs on all cores");
    let (second, second_end) = cx.submit(Graph::two(0, 3, 3));
    let (_, third_end) = cx.submit(Graph::two(1, 3, 3));
    for job_id in [second, first] {
        cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
    }
    assert_eq!(wait(first_end), Err(JobError::Cancelled { job_id: first, reason: None }));
    assert_eq!(wait(second_end), Err(JobError::Cancelled { job_id: second, reason: None }));
    assert_eq!(wait(third_end), Ok(Graph::two(1, 3, 3).answer()));
    assert_eq!(wait(cx.run(Graph::one(8))), Ok(Graph::one(8).answer()));
    assert_eq!(system.stop(LONG).left_behind, []);
    program.check_events();
}

#[test]
fn jc_003_cancelled_jobs_leave_executors_usable_with_fifo() {
    cancelled_jobs_leave_executors_usable(SchedulingMode::Fifo);
}

#[test]
fn jc_004_cancelled_jobs_leave_executors_usable_with_fair_pools() {
    cancelled_jobs_leave_executors_usable(SchedulingMode::Fair);
}
