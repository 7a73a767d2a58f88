//! What made a job as long as it was: back from its end through the causes of messages, every moment of it accounted
//! for once.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{TimeKind, verdict::verdict};
use crate::{
    ActorId, JobId, TaskId, Time,
    message::MessageId,
    trace::{
        Attempt, Messages, Record, Run, Waited,
        run::as_text,
        text::{duration, percent},
    },
};

/// The chain of waits and runs that made a job as long as it was. The segments follow each other without a gap, from
/// the moment the job was sent to the moment its waiter had its end, so they add up to its duration.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CriticalPath {
    /// The job.
    pub job: JobId,
    /// When it was sent.
    pub from: Time,
    /// When its waiter had its end.
    pub to: Time,
    /// What the time was, oldest first.
    pub segments: Vec<Segment>,
    /// One sentence that says what mattered most.
    pub verdict: String,
}

/// A part of a critical path.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Segment {
    /// From when on.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// What kind of time it was.
    pub kind: TimeKind,
    /// The message at whose sending or handling it ends.
    #[serde(serialize_with = "as_text")]
    pub message: MessageId,
}

impl CriticalPath {
    /// The critical path of a job; `None` if the trace does not have its submission and its end.
    pub fn of(messages: &Messages, run: &Run, job: JobId) -> Option<Self> {
        let life = run.jobs.get(&job)?;
        let (from, end) = (life.submitted?.time, life.ended?);
        let mut walk =
            Walk { messages, run, from, cursor: end.time, segments: Vec::new(), task: None, copy: None };
        walk.back(messages.get(end.message)?);
        let mut segments = walk.segments;
        segments.reverse();
        let mut path = CriticalPath { job, from, to: end.time, segments, verdict: String::new() };
        path.verdict = verdict(run, &path);
        Some(path)
    }

    /// The job's duration, which is the sum of the segments.
    pub fn duration(&self) -> Duration {
        self.to.since(self.from)
    }

    /// The time by kind, the longest first.
    pub fn by_kind(&self) -> Vec<(&'static str, Duration)> {
        let mut sums: BTreeMap<&'static str, Duration> = BTreeMap::new();
        for segment in &self.segments {
            *sums.entry(segment.kind.name()).or_default() += segment.lasted();
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by_key(|(name, time)| (std::cmp::Reverse(*time), *name));
        sums
    }
}

impl Segment {
    /// How long.
    pub fn lasted(&self) -> Duration {
        self.to.since(self.from)
    }
}

/// A walk from a job's end back to its beginning.
struct Walk<'a> {
    messages: &'a Messages,
    run: &'a Run,
    from: Time,
    /// What is later than this is accounted for.
    cursor: Time,
    segments: Vec<Segment>,
    /// The task whose launch led here.
    task: Option<TaskId>,
    /// The speculative copy whose launch led here.
    copy: Option<TaskId>,
}

impl<'a> Walk<'a> {
    fn back(&mut self, end: &'a Record) {
        let mut at = end;
        // A damaged trace could have a circle of causes.
        for _ in 0..=self.messages.len() {
            if self.cursor <= self.from {
                return;
            }
            if matches!(at.kind, "LaunchTask" | "BeginEvent") {
                self.task = at.ids.task;
                let is_copy =
                    |task: &TaskId| self.run.attempts.get(task).is_some_and(|task| task.speculative);
                self.copy = self.task.filter(is_copy);
            }
            if let Some(earlier) = self.offer(at).or_else(|| self.slow(at)) {
                at = earlier;
                continue;
            }
            self.account(at.head.sent, under_way(at), at.head.id);
            let Some(cause) = self.messages.cause(at) else { break };
            self.between(cause, at);
            at = cause;
        }
        self.account(self.from, TimeKind::Outside, at.head.id);
    }

    /// The time from `since` up to what is accounted for.
    fn account(&mut self, since: Time, kind: TimeKind, message: MessageId) {
        let since = since.max(self.from);
        if since >= self.cursor {
            return;
        }
        match self.segments.last_mut() {
            Some(last) if last.kind == kind => last.from = since,
            _ => self.segments.push(Segment { from: since, to: self.cursor, kind, message }),
        }
        self.cursor = since;
    }

    /// An offer on which the task was launched for which it had waited: accounts for the wait, and gives the message
    /// that made the task ready. Nothing if the task had not waited, or this is no offer.
    fn offer(&mut self, at: &Record) -> Option<&'a Record> {
        let task = self.task.filter(|_| at.kind == "ResourceOffers")?;
        let attempt = self.run.attempts.get(&task)?;
        let kind = match self.run.waited_for(self.messages, attempt)? {
            Waited::Nothing => return None,
            Waited::FreeCore { task: behind } => TimeKind::FreeCore { task, behind },
            Waited::Locality => TimeKind::Locality { task },
            Waited::Executor { executor } => TimeKind::Executor { task, executor },
            Waited::Exclusion => TimeKind::Exclusion { task },
            Waited::Offers => TimeKind::Offers { task },
        };
        let ready = attempt.ready?;
        let record = self.messages.get(ready.message)?;
        self.task = None;
        self.account(ready.time, kind, at.head.id);
        self.lost(attempt).or(Some(record))
    }

    /// The attempt before this one ran until its executor was lost, which has no cause within the system: accounts for
    /// that run; gives the message that launched it.
    fn lost(&mut self, attempt: &Attempt) -> Option<&'a Record> {
        let ready = attempt.ready?.time;
        let mut others = self.run.tasks(attempt.stage, attempt.stage_attempt);
        let lost = others.find(|other| {
            let ended = other.completed.filter(|_| other.outcome == Some("ExecutorLostFailure"));
            other.partition == attempt.partition && ended.is_some_and(|ended| ended.time == ready)
        })?;
        let chosen = lost.chosen.filter(|chosen| chosen.time < self.cursor)?;
        let launch = self.messages.get(chosen.message)?;
        if let Some(began) = lost.began {
            self.account(began.time, TimeKind::LostRun { task: lost.task }, launch.head.id);
        }
        self.account(chosen.time, TimeKind::Mailbox { actor: ActorId::DriverEndpoint }, launch.head.id);
        Some(launch)
    }

    /// The look at running tasks by which a speculative copy was wanted: what the time was is the run of the attempt
    /// that was slow; gives the message that launched it.
    fn slow(&mut self, at: &Record) -> Option<&'a Record> {
        let copy = self.copy.filter(|_| at.kind == "CheckSpeculatableTasks")?;
        let copy = self.run.attempts.get(&copy)?;
        let mut others = self.run.tasks(copy.stage, copy.stage_attempt);
        let slow =
            others.find(|other| other.partition == copy.partition && other.is_under_way(at.handled))?;
        let chosen = slow.chosen.filter(|chosen| chosen.time < self.cursor)?;
        let launch = self.messages.get(chosen.message)?;
        self.copy = None;
        if let Some(began) = slow.began {
            self.account(began.time, TimeKind::SlowRun { task: slow.task }, at.head.id);
        }
        self.account(chosen.time, TimeKind::Mailbox { actor: ActorId::DriverEndpoint }, at.head.id);
        Some(launch)
    }

    /// The time between the handling of a message and the sending of what it caused.
    fn between(&mut self, cause: &Record, at: &Record) {
        let Some(attempt) = at.ids.task.and_then(|task| self.run.attempts.get(&task)) else {
            return self.account(cause.handled, TimeKind::Handling { actor: at.from() }, at.head.id);
        };
        let task = attempt.task;
        match at.from() {
            ActorId::TaskRunner(_) => {
                if at.ids.note != Some("RUNNING") {
                    let began = attempt.began.map_or(cause.handled, |began| began.time);
                    self.account(began, TimeKind::TaskRun { task }, at.head.id);
                }
                self.account(cause.handled, TimeKind::ExecutorQueue { task }, at.head.id);
            }
            ActorId::ResultGetter => self.account(cause.handled, TimeKind::ResultFetch { task }, at.head.id),
            actor => self.account(cause.handled, TimeKind::Handling { actor }, at.head.id),
        }
    }
}

/// What the time was in which a message was under way.
fn under_way(record: &Record) -> TimeKind {
    match record.to() {
        actor if actor == record.from() => TimeKind::Timer { actor },
        actor => TimeKind::Mailbox { actor },
    }
}

impl fmt::Display for CriticalPath {
    /// The verdict, the sums by kind, and a row for each part; times in which only messages were under way or handled
    /// are one row as long as nothing else comes between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.duration();
        writeln!(f, "critical path of job {}: {}", self.job, duration(whole))?;
        writeln!(f, "{}\n", self.verdict)?;
        for (name, time) in self.by_kind() {
            writeln!(f, "{:>6} {:>10}  {name}", percent(time, whole), duration(time))?;
        }
        writeln!(f)?;
        for (from, to, what) in self.rows() {
            let time = to.since(from);
            writeln!(f, "{from:>12} {:>6} {:>10}  {what}", percent(time, whole), duration(time))?;
        }
        Ok(())
    }
}

impl CriticalPath {
    fn rows(&self) -> Vec<(Time, Time, String)> {
        let mut rows: Vec<(Time, Time, String)> = Vec::new();
        let mut in_messages = false;
        for segment in &self.segments {
            let is_message = matches!(segment.kind, TimeKind::Mailbox { .. } | TimeKind::Handling { .. });
            match rows.last_mut().filter(|_| is_message && in_messages) {
                Some(last) => last.1 = segment.to,
                None => rows.push((segment.from, segment.to, segment.kind.to_string())),
            }
            in_messages = is_message;
        }
        rows
    }
}
