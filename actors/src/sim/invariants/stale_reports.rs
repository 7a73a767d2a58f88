//! What a task reports after its jobs' end changes nothing: the DAGScheduler only tells listeners.

use super::{Check, Invariant, View};
use crate::{
    ActorId, StageId,
    core::Sending,
    message::{DagSchedulerMessage, Message},
};

#[derive(Clone, Debug, Default)]
pub(super) struct StaleReports {
    /// The stage of the report that is being handled, if its jobs are over.
    stale: Option<StageId>,
}

impl Invariant for StaleReports {
    fn name(&self) -> &'static str {
        "stale reports"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        self.stale = match message {
            Message::DagScheduler(DagSchedulerMessage::CompletionEvent(event)) => {
                let stage = event.stage.stage_id;
                Some(stage).filter(|stage| view.known.stage_is_over(*stage, view.scene.seq()))
            }
            _ => None,
        };
        Ok(())
    }

    fn sent(&mut self, _view: &View<'_>, from: ActorId, sending: &Sending) -> Check {
        match self.stale {
            Some(stage) if from == ActorId::DagScheduler && sending.to != ActorId::ListenerBus => {
                Err(format!(
                    "the end of a task of stage {stage}, whose jobs are over, makes the DAGScheduler tell {}: {:?}",
                    sending.to, sending.message
                ))
            }
            _ => Ok(()),
        }
    }

    fn after_event(&mut self, _view: &View<'_>) -> Check {
        self.stale = None;
        Ok(())
    }
}
