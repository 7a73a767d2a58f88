//! Messages to the BarrierCoordinator.

use super::parts::attempt;
use crate::message::BarrierCoordinatorMessage as Barrier;

pub(super) fn brief(message: &Barrier) -> String {
    match message {
        Barrier::BarrierStageCompleted(end) => {
            format!("{} is over", attempt(end.stage_id, end.stage_attempt_id))
        }
        Barrier::BarrierTimeout(timeout) => format!(
            "timeout of {} epoch {}",
            attempt(timeout.stage_id, timeout.stage_attempt_id),
            timeout.barrier_epoch
        ),
        other => format!("{other:?}"),
    }
}
