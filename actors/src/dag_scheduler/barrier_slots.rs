//! A job with barrier stages starts only when all tasks of each can run at once (`spark-semantics` section 18).
//!
//! Spark asks its backend under a lock; here the job waits in a table while `GetMaxConcurrentTasks` is answered. What
//! may come between (a cancel, another job over the same shuffle) is looked at when the answer is there.

use std::sync::Arc;

use super::{
    DagSchedulerCore,
    jobs::refuse,
    plan::PlannedStage,
    state::{Goal, NewJob},
};
use crate::{
    JobId, Time,
    core::Outbox,
    message::{
        DagScheduler, DriverEndpoint, GetMaxConcurrentTasks, MaxConcurrentTasks, Reason, RecheckBarrierSlots,
    },
    resources::ResourceProfile,
};

/// A job that waits for its barrier stages' slots. It has no stages yet.
#[derive(Clone, Debug)]
pub(super) struct WaitingJob {
    pub(super) job: NewJob,
    /// What was asked for each barrier stage: its slots, and the profile that they are of.
    question: Vec<(u32, Option<Arc<ResourceProfile>>)>,
    /// Whether the answer is on its way; else the timer is.
    is_asked: bool,
    /// Checks that have failed.
    failures: u32,
    /// The stage that lacked slots at the last check: what it needs and what there was.
    lacked: Option<(u32, u32)>,
}

impl WaitingJob {
    /// Why the job waits.
    pub(super) fn reason(&self) -> Reason {
        let asked = self.question.iter().map(|(needed, _)| *needed).max().unwrap_or_default();
        Reason::BarrierSlotsCheck {
            job_id: self.job.job_id,
            needed: self.lacked.map_or(asked, |(needed, _)| needed),
            available: self.lacked.map(|(_, available)| available),
            failures: self.failures,
        }
    }
}

impl DagSchedulerCore {
    /// Asks whether the barrier stages of a new job have slots enough.
    pub(super) fn ask_for_slots(&mut self, job: NewJob, plan: &[PlannedStage], out: &mut Outbox) {
        let waiting = WaitingJob { job, question: Vec::new(), is_asked: false, failures: 0, lacked: None };
        self.ask_again(waiting, plan, out);
    }

    fn ask_again(&mut self, mut waiting: WaitingJob, plan: &[PlannedStage], out: &mut Outbox) {
        let job_id = waiting.job.job_id;
        waiting.question = question(plan);
        waiting.is_asked = true;
        let profiles = waiting.question.iter().map(|(_, profile)| profile.clone()).collect();
        self.waiting_jobs.insert(job_id, waiting);
        out.send(DriverEndpoint, GetMaxConcurrentTasks { job_id, profiles });
    }

    pub(super) fn on_max_concurrent_tasks(&mut self, now: Time, reply: MaxConcurrentTasks, out: &mut Outbox) {
        let MaxConcurrentTasks { job_id, slots } = reply;
        // A job that was cancelled meanwhile is not there.
        let Some(waiting) = self.waiting_jobs.get_mut(&job_id).filter(|waiting| waiting.is_asked) else {
            return;
        };
        let slots = slots.into_iter().chain(std::iter::repeat(0));
        let mut compared = waiting.question.iter().map(|(needed, _)| *needed).zip(slots);
        match compared.find(|(needed, available)| needed > available) {
            Some((needed, available)) => self.slots_are_lacking(job_id, needed, available, out),
            None => self.slots_are_there(now, job_id, out),
        }
    }

    fn slots_are_lacking(&mut self, job_id: JobId, needed: u32, available: u32, out: &mut Outbox) {
        let Some(waiting) = self.waiting_jobs.get_mut(&job_id) else { return };
        waiting.failures += 1;
        waiting.lacked = Some((needed, available));
        waiting.is_asked = false;
        let max = self.config.barrier.check_max_failures;
        let retries = match waiting.job.goal {
            Goal::Result(_) => (max + 1).saturating_sub(waiting.failures),
            Goal::MapStage(_) => 0,
        };
        tracing::warn!(
            "The job {job_id} requires to run a barrier stage that requires more slots than the total number of \
             slots in the cluster currently. It needs {needed}, there are {available}; {retries} more checks follow"
        );
        if retries > 0 {
            let interval = self.config.barrier.check_interval;
            return out.send_after(interval, DagScheduler, RecheckBarrierSlots { job_id });
        }
        self.waiting_jobs.remove(&job_id);
        let reason = format!(
            "[SPARK-24819]: Barrier execution mode does not allow run a barrier stage that requires more slots than \
             the total number of slots in the cluster currently. Please init a new cluster with more resources(e.g. \
             CPU, GPU) or repartition the input RDD(s) to reduce the number of slots required to run this barrier \
             stage. It needs {needed}, there are {available}."
        );
        refuse(job_id, reason, out);
    }

    /// Starts the job, unless it needs other barrier stages by now than those that were asked for.
    fn slots_are_there(&mut self, now: Time, job_id: JobId, out: &mut Outbox) {
        let Some(waiting) = self.waiting_jobs.remove(&job_id) else { return };
        match self.plan(&waiting.job) {
            Err(reason) => refuse(job_id, reason, out),
            Ok(plan) if question(&plan) == waiting.question => self.start_job(now, waiting.job, plan, out),
            Ok(plan) => self.check_again(now, waiting, plan, out),
        }
    }

    pub(super) fn on_recheck_barrier_slots(
        &mut self,
        now: Time,
        recheck: RecheckBarrierSlots,
        out: &mut Outbox,
    ) {
        let RecheckBarrierSlots { job_id } = recheck;
        // A timer of a job that was cancelled is stale.
        if self.waiting_jobs.get(&job_id).is_none_or(|waiting| waiting.is_asked) {
            return;
        }
        let Some(waiting) = self.waiting_jobs.remove(&job_id) else { return };
        match self.plan(&waiting.job) {
            Err(reason) => refuse(job_id, reason, out),
            Ok(plan) => self.check_again(now, waiting, plan, out),
        }
    }

    fn check_again(&mut self, now: Time, waiting: WaitingJob, plan: Vec<PlannedStage>, out: &mut Outbox) {
        if plan.iter().any(|stage| stage.chain.is_barrier) {
            self.ask_again(waiting, &plan, out);
        } else {
            self.start_job(now, waiting.job, plan, out);
        }
    }
}

fn question(plan: &[PlannedStage]) -> Vec<(u32, Option<Arc<ResourceProfile>>)> {
    let barriers = plan.iter().filter(|stage| stage.chain.is_barrier);
    barriers.map(|stage| (stage.num_partitions, stage.profile.clone())).collect()
}
