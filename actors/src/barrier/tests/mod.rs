//! The coordinator as a value: requests go in, replies come out.

mod breaks;
mod opens;

use super::*;
use crate::{
    ExecutorId, TaskId,
    message::RequestMethod,
    testkit::{Harness, NOTHING},
};

type Barrier = Harness<BarrierCoordinatorCore>;

/// A coordinator whose barriers wait for 5 s.
fn barrier() -> Barrier {
    let mut config = Config::default();
    config.barrier.sync_timeout = std::time::Duration::from_secs(5);
    Harness::new(BarrierCoordinatorCore::new(config))
}

/// Task `100 + partition` of stage 1's first attempt, which has two tasks, runs on executor `partition`, and says
/// `m` and its partition.
fn request(epoch: u32, partition: u32) -> RequestToSync {
    RequestToSync {
        num_tasks: 2,
        stage_id: StageId(1),
        stage_attempt_id: 0,
        task_id: TaskId(100 + u64::from(partition)),
        executor_id: ExecutorId(partition),
        barrier_epoch: epoch,
        partition_id: partition,
        message: format!("m{partition}").into(),
        method: RequestMethod::AllGather,
    }
}

/// The same, calling `barrier()`.
fn wait(epoch: u32, partition: u32) -> RequestToSync {
    RequestToSync { method: RequestMethod::Barrier, message: "".into(), ..request(epoch, partition) }
}

fn timeout() -> BarrierTimeout {
    BarrierTimeout { stage_id: StageId(1), stage_attempt_id: 0, barrier_epoch: 0 }
}

fn completed() -> BarrierStageCompleted {
    BarrierStageCompleted { stage_id: StageId(1), stage_attempt_id: 0 }
}

/// The timer, started for an epoch of stage 1's first attempt.
fn timer(seconds: u64, epoch: u32) -> String {
    format!("after {seconds}s, BarrierCoordinator: timeout of s1.0 epoch {epoch}")
}

/// Both tasks pass a barrier; the timer is on its way.
fn pass(barrier: &mut Barrier, epoch: u32) {
    assert_eq!(barrier.tell(request(epoch, 0)), NOTHING);
    assert_eq!(barrier.tell(request(epoch, 1)), BOTH_PASS);
}

/// As [`pass`], at first.
fn pass_first(barrier: &mut Barrier) {
    assert_eq!(barrier.tell(request(0, 0)), [timer(5, 0)]);
    assert_eq!(barrier.tell(request(0, 1)), BOTH_PASS);
}

const BOTH_PASS: [&str; 2] = ["TaskRunner-0: t100 passes [m0 m1]", "TaskRunner-1: t101 passes [m0 m1]"];

fn wait_seconds(barrier: &mut Barrier, seconds: u64) {
    barrier.wait(seconds * 1_000_000_000);
}
