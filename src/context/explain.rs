//! Asking why something is not running, or runs again.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    sync::{Mutex, PoisonError},
};

use firesteel_actors::{
    JobId, StageId,
    message::{self, DagScheduler, ExplainJob, ExplainSubject, Reason},
};
use tokio::sync::oneshot;

use super::Context;
use crate::{Error, Result};

/// Why something is not running, or runs again: what the schedulers knew when they were asked. Shown with one reason
/// per line.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What it is about.
    pub subject: ExplainSubject,
    /// The reasons, the most telling first.
    pub reasons: Vec<Reason>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            ExplainSubject::Job(job_id) => write!(f, "job {job_id}:")?,
            ExplainSubject::Stage(stage_id) => write!(f, "stage {stage_id}:")?,
            ExplainSubject::Task { stage_id, partition_id } => {
                write!(f, "partition {partition_id} of stage {stage_id}:")?;
            }
        }
        if self.reasons.is_empty() {
            f.write_str("\n  nothing keeps it")?;
        }
        self.reasons.iter().try_for_each(|reason| write!(f, "\n  {reason}"))
    }
}

/// Questions that wait for their answers.
#[derive(Default)]
pub(super) struct Questions {
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    next: u64,
    waiting: HashMap<u64, oneshot::Sender<Explanation>>,
}

impl Questions {
    fn ask(&self) -> (u64, oneshot::Receiver<Explanation>) {
        let (answer, answered) = oneshot::channel();
        let mut asked = self.lock();
        // Those that nobody waits for any more.
        asked.waiting.retain(|_, answer| !answer.is_closed());
        asked.next += 1;
        let request = asked.next;
        asked.waiting.insert(request, answer);
        (request, answered)
    }

    /// An answer has come.
    pub(super) fn answer(&self, explanation: message::Explanation) {
        let message::Explanation { request, subject, reasons } = explanation;
        let answer = self.lock().waiting.remove(&request);
        answer.map(|answer| answer.send(Explanation { subject, reasons }));
    }

    /// No answer will come any more.
    pub(super) fn end(&self) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        drop(waiting);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

macro_rules! explain {
    ($($(#[$meta:meta])* $name:ident, $name_async:ident ($($argument:ident: $type:ty),*) = $subject:expr;)*) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped;
        /// [`Error::Blocking`](crate::Error::Blocking) where no call may block.
        pub fn $name(&self $(, $argument: $type)*) -> Result<Explanation> {
            self.block_on(|| self.explain($subject))
        }

        #[doc = concat!("As [`", stringify!($name), "`](Self::", stringify!($name), "), as a future. The question is asked at once.")]
        pub fn $name_async(
            &self $(, $argument: $type)*
        ) -> impl Future<Output = Result<Explanation>> + Send + use<> {
            self.explain($subject)
        }
    )*};
}

impl Context {
    explain! {
        /// Why a job's stages are not running, or run again: what they wait for, how far they are, and what caused
        /// each attempt.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[1]").start()?;
        /// let job = context.range(0..i64::MAX, 1, 2).map(|x| (x % 3, x)).reduce_by_key(|a, _| a).count_async();
        /// let explanation = context.explain_job(job.handle().job_ids()[0])?;
        /// assert!(explanation.to_string().contains("stage 1 waits for the outputs of stage 0"), "{explanation}");
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        explain_job, explain_job_async (job_id: JobId) = ExplainSubject::Job(job_id);
        /// As [`explain_job`](Self::explain_job), of one stage.
        explain_stage, explain_stage_async (stage_id: StageId) = ExplainSubject::Stage(stage_id);
        /// As [`explain_job`](Self::explain_job), of the task of one partition.
        explain_task, explain_task_async (stage_id: StageId, partition_id: u32)
            = ExplainSubject::Task { stage_id, partition_id };
    }

    fn explain(&self, subject: ExplainSubject) -> impl Future<Output = Result<Explanation>> + Send + use<> {
        let driver = self.inner.driver.clone();
        let (request, answered) = driver.questions.ask();
        let asked = self.system().send(DagScheduler, ExplainJob { request, host: super::HOST, subject });
        async move {
            asked?;
            answered.await.map_err(|_| driver.end_error().unwrap_or(Error::Stopped))
        }
    }
}
