//! Asking why something is not running, or runs again.

use std::{fmt, future::Future};

use firesteel_actors::{
    JobId, StageId,
    message::{DagScheduler, ExplainJob, ExplainSubject, HostMessage, Reason},
};

use super::{Context, HOST};
use crate::Result;

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
        let answer =
            self.ask(|request| self.system().send(DagScheduler, ExplainJob { request, host: HOST, subject }));
        async move {
            answer
                .get(|answer| match answer {
                    HostMessage::Explanation(answer) => {
                        Some(Explanation { subject: answer.subject, reasons: answer.reasons })
                    }
                    HostMessage::JobsCancelled(_) => None,
                })
                .await
        }
    }
}
