//! Giving up jobs, stages and tasks by name.

use firesteel_actors::{
    JobId, StageId, TaskId,
    message::{
        AllJobsCancelled, DagScheduler, HostMessage, JobCancelled, JobGroupCancelled, JobTagCancelled,
        KillTaskAttempt, ReplyTo, StageCancelled, TaskScheduler,
    },
};

use super::{Context, HOST, local_properties::check_tag};
use crate::Result;

/// Reasons are optional: `cancel_job(id, "too slow")`, `cancel_job(id, None)`.
fn owned<'a>(reason: impl Into<Option<&'a str>>) -> Option<String> {
    reason.into().map(str::to_owned)
}

impl Context {
    /// Cancels a job, with a reason for its error if there is one. One that has ended is left alone.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn cancel_job<'a>(&self, job_id: JobId, reason: impl Into<Option<&'a str>>) -> Result<()> {
        Ok(self.system().send(DagScheduler, JobCancelled { job_id, reason: owned(reason) })?)
    }

    /// Cancels all jobs that need a stage. One that is unknown is left alone.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn cancel_stage<'a>(&self, stage_id: StageId, reason: impl Into<Option<&'a str>>) -> Result<()> {
        Ok(self.system().send(DagScheduler, StageCancelled { stage_id, reason: owned(reason) })?)
    }

    /// Cancels the active jobs of a [group](Self::set_job_group).
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// context.set_job_group("reports", "nightly", true);
    /// let job = context.range(0..i64::MAX, 1, 2).count_async();
    /// context.cancel_job_group("reports", "as they are out of date")?;
    /// let error = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job).unwrap_err();
    /// assert!(error.to_string().starts_with("Job 0 cancelled as they are out of date"), "{error}");
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn cancel_job_group<'a>(&self, group_id: &str, reason: impl Into<Option<&'a str>>) -> Result<()> {
        self.cancel_group(group_id, false, owned(reason))
    }

    /// As [`cancel_job_group`](Self::cancel_job_group), and refuses jobs of the group that come later. The last
    /// `spark.scheduler.numCancelledJobGroupsToTrack` groups are remembered.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn cancel_job_group_and_future_jobs<'a>(
        &self,
        group_id: &str,
        reason: impl Into<Option<&'a str>>,
    ) -> Result<()> {
        self.cancel_group(group_id, true, owned(reason))
    }

    fn cancel_group(&self, group_id: &str, cancel_future_jobs: bool, reason: Option<String>) -> Result<()> {
        let cancel = JobGroupCancelled { group_id: group_id.into(), cancel_future_jobs, reason };
        Ok(self.system().send(DagScheduler, cancel)?)
    }

    /// Cancels the active jobs with a [tag](Self::add_job_tag).
    ///
    /// # Errors
    /// [`Error::InvalidJobTag`](crate::Error::InvalidJobTag) if the tag is empty or has a comma;
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn cancel_jobs_with_tag<'a>(&self, tag: &str, reason: impl Into<Option<&'a str>>) -> Result<()> {
        check_tag(tag)?;
        let cancel = JobTagCancelled { tag: tag.into(), reason: owned(reason), reply_to: None };
        Ok(self.system().send(DagScheduler, cancel)?)
    }

    /// As [`cancel_jobs_with_tag`](Self::cancel_jobs_with_tag), as a future of the jobs that had the tag. They are
    /// cancelled at once, whether it is awaited or not.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// context.add_job_tag("reports")?;
    /// let job = context.range(0..i64::MAX, 1, 2).count_async();
    /// let cancelled = context.cancel_jobs_with_tag_async("reports", None);
    /// let cancelled = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(cancelled)?;
    /// assert_eq!(cancelled, job.handle().job_ids());
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`cancel_jobs_with_tag`](Self::cancel_jobs_with_tag).
    pub fn cancel_jobs_with_tag_async<'a, R: Into<Option<&'a str>>>(
        &self,
        tag: &str,
        reason: R,
    ) -> impl Future<Output = Result<Vec<JobId>>> + Send + use<'a, R> {
        let (checked, tag, reason) = (check_tag(tag), tag.into(), owned(reason));
        let answer = checked.map(|()| {
            self.ask(|request| {
                let reply_to = Some(ReplyTo { request, host: HOST });
                self.system().send(DagScheduler, JobTagCancelled { tag, reason, reply_to })
            })
        });
        async move {
            answer?
                .get(|answer| match answer {
                    HostMessage::JobsCancelled(cancelled) => Some(cancelled.job_ids),
                    HostMessage::Explanation(_) => None,
                })
                .await
        }
    }

    /// Cancels all jobs.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn cancel_all_jobs(&self) -> Result<()> {
        Ok(self.system().send(DagScheduler, AllJobsCancelled {})?)
    }

    /// Kills one attempt of a task. The task is tried again, and the kill does not count as a failure. An attempt that
    /// has ended is left alone.
    ///
    /// # Errors
    /// [`Error::Stopped`](crate::Error::Stopped) if the context has been stopped.
    pub fn kill_task_attempt<'a>(
        &self,
        task_id: TaskId,
        interrupt_thread: bool,
        reason: impl Into<Option<&'a str>>,
    ) -> Result<()> {
        let reason = reason.into().unwrap_or("killed via SparkContext.killTaskAttempt").to_owned();
        Ok(self.system().send(TaskScheduler, KillTaskAttempt { task_id, interrupt_thread, reason })?)
    }
}
