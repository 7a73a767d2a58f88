//! The DAGScheduler: cuts jobs into stages at shuffles, submits the task sets whose parents are there, and
//! follows them to the end of the job.
//!
//! Talks to: the TaskScheduler (SubmitTasks, KillAllTaskAttempts, NotifyPartitionCompletion, ExplainStages), the job's
//! waiter, the ListenerBus, the MapOutputTracker (its copy of the map outputs), the BarrierCoordinator (the end of a
//! barrier stage), the DriverEndpoint (are there slots for a barrier stage?) and the task threads (may this task
//! commit?). Hears from the context (JobSubmitted, ...), the TaskScheduler (CompletionEvent, ...) and those that it
//! asked. Does not: choose executors, retry tasks, or see a function or a row.
//!
//! Life of a job:
//! 1. `JobSubmitted` (`jobs`): the stages that it lacks are planned and checked (`plan`). A job with barrier stages
//!    waits until they have slots (`barrier_slots`). The stages are created, parents first (`stages`).
//! 2. `submission`: a stage whose parents lack outputs (`missing`) waits, and they are submitted; else its missing
//!    partitions go to the TaskScheduler, each with the places that it prefers (`locations`, `cached`).
//! 3. `completion`: a map output is registered (`map_outputs`), a result goes to the waiter, before it what was added
//!    to `accumulators`. The last of a map stage submits the stages that waited for it, the last of a job ends it.
//! 4. `fetch_failed`, `barrier_failure`, `executors`: what makes stages run again, which of it is old news (`epochs`,
//!    `decommission`), and what must then start from nothing (`indeterminate`).
//! 5. `failure`, `cancel`: what fails a job, and how it is cleaned up.
//!
//! Costs: a task's end costs the logarithm of the tables, and its reducers if a map-stage job wants the sizes of the
//! shuffle; the submission of a stage its partitions, times its inputs' outputs where reducers prefer hosts (less than
//! 1,000 of each), and the outputs of inputs that the MapOutputTracker has not been told of; the submission of a
//! map-stage job the outputs that are there, times the reducers, the first time; the loss of an executor all cached
//! partitions, and if it holds outputs the map outputs of the shuffles up to the last of them; an indeterminate stage
//! that is made again the stages behind it and their outputs; a question (`explain`) the stages that it is about.

mod accumulators;
mod barrier_failure;
mod barrier_slots;
mod cached;
mod cancel;
mod completion;
mod decommission;
mod epochs;
mod events;
mod executors;
mod explain;
mod failure;
mod fetch_failed;
mod groups;
mod indeterminate;
mod jobs;
mod locations;
mod map_outputs;
mod map_stage_jobs;
mod missing;
mod plan;
mod stage;
mod stages;
mod state;
mod submission;
#[cfg(test)]
mod tests;
mod tracker;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    ActorId, Config, ExecutorId, JobId, ShuffleId, StageId, Time,
    commit::OutputCommitCoordinator,
    core::{Core, Outbox},
    message::{
        AskPermissionToCommitOutput, CommitPermission, DagSchedulerMessage, ListenerBus, SparkListenerEvent,
        TaskRunner,
    },
    resources::MergedProfiles,
};
use barrier_slots::WaitingJob;
use cached::CachedPartitions;
use decommission::Decommissions;
use epochs::FailureEpochs;
use groups::CancelledGroups;
use map_outputs::MapOutputs;
use stage::Stage;
use state::ActiveJob;

/// The DAGScheduler's state.
#[derive(Clone, Debug)]
pub struct DagSchedulerCore {
    config: Config,
    next_stage_id: u32,
    stopped: bool,
    jobs: BTreeMap<JobId, ActiveJob>,
    /// Jobs whose barrier stages lack slots. They have no stages yet.
    waiting_jobs: BTreeMap<JobId, WaitingJob>,
    cancelled_groups: CancelledGroups,
    stages: BTreeMap<StageId, Stage>,
    shuffle_id_to_map_stage: BTreeMap<ShuffleId, StageId>,
    job_id_to_stage_ids: BTreeMap<JobId, BTreeSet<StageId>>,
    waiting: BTreeSet<StageId>,
    running: BTreeSet<StageId>,
    /// Stages that failed, each with the time at which it is to be submitted again.
    failed: BTreeMap<StageId, Time>,
    map_outputs: MapOutputs,
    /// Shuffles to forget once no job needs them.
    removed_shuffles: BTreeSet<ShuffleId>,
    cached: CachedPartitions,
    /// Of executors that are there, or that have left outputs behind.
    hosts: BTreeMap<ExecutorId, Arc<str>>,
    /// Executors that are gone and have left outputs behind.
    departed: BTreeSet<ExecutorId>,
    epochs: FailureEpochs,
    decommissions: Decommissions,
    commit: OutputCommitCoordinator,
    profiles: MergedProfiles,
}

impl DagSchedulerCore {
    /// A scheduler without jobs.
    pub fn new(config: Config) -> Self {
        DagSchedulerCore {
            config,
            next_stage_id: 0,
            stopped: false,
            jobs: BTreeMap::new(),
            waiting_jobs: BTreeMap::new(),
            cancelled_groups: CancelledGroups::default(),
            stages: BTreeMap::new(),
            shuffle_id_to_map_stage: BTreeMap::new(),
            job_id_to_stage_ids: BTreeMap::new(),
            waiting: BTreeSet::new(),
            running: BTreeSet::new(),
            failed: BTreeMap::new(),
            map_outputs: MapOutputs::default(),
            removed_shuffles: BTreeSet::new(),
            cached: CachedPartitions::default(),
            hosts: BTreeMap::new(),
            departed: BTreeSet::new(),
            epochs: FailureEpochs::default(),
            decommissions: Decommissions::default(),
            commit: OutputCommitCoordinator::default(),
            profiles: MergedProfiles::default(),
        }
    }

    /// Whether no map output is known, nor an executor that is gone.
    pub(crate) fn has_no_outputs(&self) -> bool {
        self.map_outputs.is_empty() && self.departed.is_empty()
    }

    fn on_ask_permission_to_commit(&mut self, ask: AskPermissionToCommitOutput, out: &mut Outbox) {
        let AskPermissionToCommitOutput {
            stage_id,
            stage_attempt_id,
            partition_id,
            attempt_number,
            task_id,
            executor_id,
        } = ask;
        // What an attempt that no longer counts makes must not be seen.
        let counts =
            self.stages.get(&stage_id).is_some_and(|stage| stage_attempt_id >= stage.first_valid_attempt);
        let allowed =
            counts && self.commit.can_commit(stage_id, stage_attempt_id, partition_id, attempt_number);
        out.send(TaskRunner(executor_id), CommitPermission { task_id, allowed });
    }

    fn post(&self, event: impl Into<SparkListenerEvent>, out: &mut Outbox) {
        out.send(ListenerBus, event);
    }
}

impl Core for DagSchedulerCore {
    type Message = DagSchedulerMessage;

    fn actor(&self) -> ActorId {
        ActorId::DagScheduler
    }

    fn handle(&mut self, now: Time, message: DagSchedulerMessage, out: &mut Outbox) {
        use DagSchedulerMessage as M;
        match message {
            M::JobSubmitted(job) => self.on_new_job(now, (*job).into(), out),
            M::MapStageSubmitted(job) => self.on_new_job(now, (*job).into(), out),
            M::JobCancelled(cancel) => self.on_job_cancelled(now, cancel, out),
            M::StageCancelled(cancel) => self.on_stage_cancelled(now, cancel, out),
            M::JobGroupCancelled(cancel) => self.on_job_group_cancelled(now, cancel, out),
            M::JobTagCancelled(cancel) => self.on_job_tag_cancelled(now, cancel, out),
            M::AllJobsCancelled(_) => self.on_all_jobs_cancelled(now, out),
            M::CompletionEvent(event) => self.on_completion(now, *event, out),
            M::TaskSetFailed(failed) => self.on_task_set_failed(now, *failed, out),
            M::ExecutorAdded(added) => self.on_executor_added(added),
            M::ExecutorLost(lost) => self.on_executor_lost(lost, out),
            M::ExecutorDecommission(decommission) => self.on_executor_decommission(decommission),
            M::WorkerRemoved(removed) => self.on_worker_removed(removed, out),
            M::MaxConcurrentTasks(reply) => self.on_max_concurrent_tasks(now, reply, out),
            M::RecheckBarrierSlots(recheck) => self.on_recheck_barrier_slots(now, recheck, out),
            M::AskPermissionToCommitOutput(ask) => self.on_ask_permission_to_commit(ask, out),
            M::BlockUpdated(update) => self.on_block_updated(update),
            M::ExplainJob(explain) => self.on_explain(explain, out),
            M::ResubmitFailedStages(_) => self.on_resubmit_failed_stages(now, out),
            M::RemoveShuffle(remove) => self.on_remove_shuffle(remove.shuffle_id, out),
            M::StopDagScheduler(_) => self.on_stop(now, out),
            M::BeginEvent(event) => self.post(events::task_start(event), out),
            M::GettingResultEvent(event) => self.post(events::task_getting_result(event), out),
            M::SpeculativeTaskSubmitted(event) => self.post(events::speculative_task(event), out),
            M::UnschedulableTaskSetAdded(event) => self.post(events::unschedulable_added(event), out),
            M::UnschedulableTaskSetRemoved(event) => self.post(events::unschedulable_removed(event), out),
        }
    }

    /// Map outputs, cached partitions, hosts and cancelled groups outlive jobs: later jobs need them.
    fn is_idle(&self) -> bool {
        self.jobs.is_empty()
            && self.waiting_jobs.is_empty()
            && self.stages.is_empty()
            && self.shuffle_id_to_map_stage.is_empty()
            && self.job_id_to_stage_ids.is_empty()
            && self.waiting.is_empty()
            && self.running.is_empty()
            && self.failed.is_empty()
            && self.removed_shuffles.is_empty()
            && self.epochs.is_empty()
            && self.commit.is_empty()
    }
}
