//! The whole life of a task, a stage, a job, an executor or a partition, told from the messages about it, with the
//! waits between the steps.
//!
//! It tells what happened; why a job took as long as it did is for [`why`](super::why()).

mod executor;
mod job;
mod stage;
mod subject;
mod task;

#[cfg(test)]
mod tests;

use std::{fmt, time::Duration};

pub use subject::{NotASubject, Subject};

use super::{
    Attempt, Messages, Moment, Run,
    run::as_text_if_any,
    text::{count, duration, without_reasons},
};
use crate::{Time, message::MessageId};

/// A life, in one or more chapters: a stage has one for each of its attempts, a partition one for each task attempt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Story {
    /// What it is about.
    pub subject: Subject,
    /// The chapters, oldest first.
    pub chapters: Vec<Chapter>,
    /// What is to be said beside them.
    pub notes: Vec<String>,
}

/// A part of a story.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Chapter {
    /// What it is about and how it ended.
    pub title: String,
    /// What happened, oldest first.
    pub steps: Vec<Step>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// When.
    pub at: Time,
    /// What.
    pub what: String,
    /// The message that tells it.
    #[serde(serialize_with = "as_text_if_any")]
    pub message: Option<MessageId>,
    /// What was waited for since the step before.
    pub wait: Option<Wait>,
}

/// The time between two steps.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Wait {
    /// What was waited for, such as `in the executor's queue`.
    pub what: String,
    /// How long.
    pub lasted: Duration,
}

/// A trace that does not tell of what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the trace does not tell of {subject}{}", instead(.known))]
pub struct NotInTrace {
    /// What was asked.
    pub subject: Subject,
    /// What of its kind the trace tells of.
    pub known: String,
}

fn instead(known: &str) -> String {
    if known.is_empty() { String::new() } else { format!("; it has {known}") }
}

/// Tells the life of `subject`.
///
/// ```
/// use firesteel_actors::trace::{Messages, story};
/// let nothing = story(&Messages::default(), "task 17".parse()?);
/// assert_eq!(nothing.unwrap_err().to_string(), "the trace does not tell of task 17");
/// # Ok::<(), firesteel_actors::trace::NotASubject>(())
/// ```
///
/// # Errors
/// [`NotInTrace`] if no message is about it.
pub fn story(messages: &Messages, subject: Subject) -> Result<Story, NotInTrace> {
    let run = Run::of(messages);
    let teller = Teller { messages, run: &run };
    let (chapters, mut notes) = match subject {
        Subject::Task(task) => teller.task(task),
        Subject::Partition(stage, attempt, partition) => teller.partition(stage, attempt, partition),
        Subject::Stage(stage, attempt) => teller.stage(stage, attempt),
        Subject::Job(job) => teller.job(job),
        Subject::Executor(executor) => teller.executor(executor),
    }
    .ok_or_else(|| not_in_trace(&run, subject))?;
    notes.extend(without_reasons(messages.payloads()).map(str::to_owned));
    Ok(Story { subject, chapters, notes })
}

/// What a part of a story is made from.
struct Teller<'a> {
    messages: &'a Messages,
    run: &'a Run,
}

/// Chapters with the notes beside them.
type Told = Option<(Vec<Chapter>, Vec<String>)>;

/// The error that names what there is instead.
pub(super) fn not_in_trace(run: &Run, subject: Subject) -> NotInTrace {
    use super::text::numbers;
    let known = match subject {
        Subject::Job(_) => ("job ", numbers(&run.jobs.keys().map(|job| u64::from(job.0)).collect())),
        Subject::Stage(..) | Subject::Partition(..) => {
            ("stage ", numbers(&run.stages.keys().map(|(stage, _)| u64::from(stage.0)).collect()))
        }
        Subject::Task(_) => ("task ", numbers(&run.attempts.keys().map(|task| task.0).collect())),
        Subject::Executor(_) => {
            let names: Vec<String> = run.executors.keys().take(10).map(ToString::to_string).collect();
            ("executor ", names.join(","))
        }
    };
    let known = if known.1.is_empty() { String::new() } else { format!("{}{}", known.0, known.1) };
    NotInTrace { subject, known }
}

/// Gathers the steps of a chapter.
#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn add(&mut self, moment: Option<Moment>, what: impl Into<String>) {
        if let Some(moment) = moment {
            self.0.push(Step {
                at: moment.time,
                what: what.into(),
                message: Some(moment.message),
                wait: None,
            });
        }
    }

    /// Puts what happened at one moment into the order in which the messages were handled.
    fn by_handling(mut self, messages: &Messages) -> Self {
        let number = |step: &Step| Some(messages.get(step.message?)?.number);
        self.0.sort_by_key(|step| number(step).unwrap_or(u64::MAX));
        self
    }

    /// The steps in order. `name` says what is waited for between two moments.
    fn in_order(mut self, name: impl Fn(Time, Time) -> Option<String>) -> Vec<Step> {
        self.0.sort_by_key(|step| step.at);
        let mut before: Option<Time> = None;
        for step in &mut self.0 {
            step.wait = before.filter(|before| *before < step.at).and_then(|before| {
                Some(Wait { what: name(before, step.at)?, lasted: step.at.since(before) })
            });
            before = Some(step.at);
        }
        self.0
    }
}

impl fmt::Display for Story {
    /// Chapters with a line for each step, and for each wait between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, chapter) in self.chapters.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            writeln!(f, "{}", chapter.title)?;
            for step in &chapter.steps {
                if let Some(wait) = &step.wait {
                    writeln!(f, "{:>12}   {:>10}  {}", "", duration(wait.lasted), wait.what)?;
                }
                write!(f, "{:>12} {}", step.at, step.what)?;
                match step.message {
                    Some(message) => writeln!(f, "  [{message}]")?,
                    None => writeln!(f)?,
                }
            }
        }
        if !self.notes.is_empty() {
            writeln!(f)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

/// When task attempts had cores.
struct UnderWay {
    chosen: Vec<Time>,
    ended: Vec<Time>,
}

impl UnderWay {
    fn of<'a>(tasks: impl IntoIterator<Item = &'a Attempt>) -> Self {
        let (mut chosen, mut ended) = (Vec::new(), Vec::new());
        for task in tasks {
            if let Some(begin) = task.chosen {
                chosen.push(begin.time);
                ended.extend(task.reported.or(task.completed).map(|end| end.time));
            }
        }
        chosen.sort_unstable();
        ended.sort_unstable();
        UnderWay { chosen, ended }
    }

    /// How many were under way at some time between two moments.
    fn between(&self, from: Time, to: Time) -> usize {
        let begun = self.chosen.partition_point(|begin| *begin < to);
        begun.saturating_sub(self.ended.partition_point(|end| *end <= from))
    }
}

/// Such as `3 attempts`.
fn attempts(number: usize) -> String {
    count(number, "attempt")
}
