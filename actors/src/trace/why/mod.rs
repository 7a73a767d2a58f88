//! Why something is not running, ran again, failed, or took as long as it did: answers from the messages of a trace.

mod critical_path;
mod job;
mod moment;
mod served;
mod stage;
mod task;
mod time_kind;
mod verdict;

#[cfg(test)]
mod tests;

use std::fmt;

pub use critical_path::{CriticalPath, Segment};
pub use time_kind::TimeKind;

use super::{
    Messages, Moment, Run,
    story::{NotInTrace, Subject, not_in_trace},
    text::without_reasons,
};
use crate::{
    Time,
    message::{ExplainSubject, HostMessage, Message, MessageId},
};

/// The answers to a question.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Why {
    /// What was asked about.
    pub subject: Subject,
    /// The moment that was asked about; the end of the trace if none was.
    pub at: Time,
    /// The answers, the most telling first.
    pub answers: Vec<Answer>,
    /// Of a job that ended, what made it as long as it was; unless the question was about a moment.
    pub critical_path: Option<CriticalPath>,
}

/// A sentence, and the messages from which it is known.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Answer {
    /// The sentence.
    pub text: String,
    /// The messages.
    #[serde(serialize_with = "as_texts")]
    pub evidence: Vec<MessageId>,
}

fn as_texts<S: serde::Serializer>(ids: &[MessageId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(ToString::to_string))
}

/// Answers why a job, a stage, a task or a partition was not running at a moment, ran again, or failed; without a
/// moment, all that the trace tells, and for a job that ended its critical path.
///
/// ```
/// use firesteel_actors::trace::{Messages, why};
/// assert!(why(&Messages::default(), "job 0".parse()?, None).is_err());
/// # Ok::<(), firesteel_actors::trace::NotASubject>(())
/// ```
///
/// # Errors
/// [`NotInTrace`] if no message is about it.
pub fn why(messages: &Messages, subject: Subject, at: Option<Time>) -> Result<Why, NotInTrace> {
    let run = Run::of(messages);
    let mut asked = Asked { messages, run: &run, at, answers: Vec::new() };
    let known = match subject {
        Subject::Job(job) => asked.job(job),
        Subject::Stage(stage, attempt) => asked.stage(stage, attempt),
        Subject::Task(task) => asked.task(task),
        Subject::Partition(stage, attempt, partition) => asked.partition(stage, attempt, partition),
        Subject::Executor(executor) => asked.executor(executor),
    };
    known.ok_or_else(|| not_in_trace(&run, subject))?;
    asked.explanations(subject);
    if let Some(note) = without_reasons(messages.payloads()) {
        asked.say(note, []);
    }
    let answers = asked.answers;
    let critical_path = match (subject, at) {
        (Subject::Job(job), None) => CriticalPath::of(messages, &run, job),
        _ => None,
    };
    Ok(Why { subject, at: at.unwrap_or(run.end), answers, critical_path })
}

/// A question with the answers so far.
struct Asked<'a> {
    messages: &'a Messages,
    run: &'a Run,
    at: Option<Time>,
    answers: Vec<Answer>,
}

impl Asked<'_> {
    fn say(&mut self, text: impl Into<String>, evidence: impl IntoIterator<Item = Moment>) {
        let evidence = evidence.into_iter().map(|moment| moment.message).collect();
        self.answers.push(Answer { text: text.into(), evidence });
    }

    /// Whether something that happened then belongs to the answer.
    fn is_past(&self, moment: Option<Moment>) -> bool {
        moment.is_some_and(|moment| self.at.is_none_or(|at| moment.time <= at))
    }

    /// What the system itself answered when it was asked, at or before the moment.
    fn explanations(&mut self, subject: Subject) {
        let mut found = Vec::new();
        for record in self.messages {
            let Some(Message::Host(HostMessage::Explanation(answer))) = &record.message else { continue };
            if self.at.is_some_and(|at| record.handled > at) || !is_about(answer.subject, subject) {
                continue;
            }
            let reasons: Vec<String> = answer.reasons.iter().map(ToString::to_string).collect();
            let text = format!("asked at {}, the system said: {}", record.handled, reasons.join("; "));
            found.push((text, Moment::handled(record)));
        }
        for (text, moment) in found {
            self.say(text, [moment]);
        }
    }
}

fn is_about(answered: ExplainSubject, asked: Subject) -> bool {
    match (answered, asked) {
        (ExplainSubject::Job(answered), Subject::Job(asked)) => answered == asked,
        (ExplainSubject::Stage(answered), Subject::Stage(asked, _)) => answered == asked,
        (ExplainSubject::Task { stage_id, partition_id }, Subject::Partition(stage, _, partition)) => {
            stage_id == stage && partition_id == partition
        }
        _ => false,
    }
}

impl fmt::Display for Why {
    /// The answers, one a line, then the critical path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} at {}", self.subject, self.at)?;
        for Answer { text, evidence } in &self.answers {
            write!(f, "- {text}")?;
            if !evidence.is_empty() {
                let names: Vec<String> = evidence.iter().map(ToString::to_string).collect();
                write!(f, "  [{}]", names.join(", "))?;
            }
            writeln!(f)?;
        }
        match &self.critical_path {
            Some(path) => write!(f, "\n{path}"),
            None => Ok(()),
        }
    }
}
