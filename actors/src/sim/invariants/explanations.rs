//! Every question why something does not run is answered once, with a reason; of a job that is active it is never
//! said that it is not, nor the reverse.

use std::collections::BTreeMap;

use super::{Check, Invariant, View};
use crate::{
    ActorId,
    message::{DagSchedulerMessage, ExplainSubject, Explanation, HostMessage, Message, Reason},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Explanations {
    /// By question that is open: what about, and whether that job was active when it was asked.
    open: BTreeMap<u64, (ExplainSubject, Option<bool>)>,
}

impl Explanations {
    fn answered(&mut self, answer: &Explanation) -> Check {
        let Explanation { request, subject, reasons } = answer;
        let Some((asked, active)) = self.open.remove(request) else {
            return Err(format!("question {request} was not asked, or is answered twice"));
        };
        if asked != *subject || reasons.is_empty() {
            return Err(format!("the question about {asked:?} is answered with {reasons:?} of {subject:?}"));
        }
        let is_unknown = reasons.contains(&Reason::Unknown);
        if active == Some(is_unknown) {
            return Err(format!("{subject:?} is active: {active:?}, and the answer is {reasons:?}"));
        }
        Ok(())
    }
}

impl Invariant for Explanations {
    fn name(&self) -> &'static str {
        "explanations"
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        match message {
            Message::DagScheduler(DagSchedulerMessage::ExplainJob(question)) => {
                let active = match question.subject {
                    ExplainSubject::Job(job) => Some(view.known.active.contains(&job)),
                    ExplainSubject::Stage(_) | ExplainSubject::Task { .. } => None,
                };
                self.open.insert(question.request, (question.subject, active));
                Ok(())
            }
            Message::Host(HostMessage::Explanation(answer)) => self.answered(answer),
            _ => Ok(()),
        }
    }

    fn at_end(&mut self, _view: &View<'_>) -> Check {
        match self.open.first_key_value() {
            Some((_, (subject, _))) => Err(format!("the question about {subject:?} was never answered")),
            None => Ok(()),
        }
    }
}
