//! The DAGScheduler: cuts jobs into stages at shuffles, submits the task sets whose parents are there, and
//! follows them to the end of the job.
//!
//! Talks to: the TaskScheduler (SubmitTasks, KillAllTaskAttempts, NotifyPartitionCompletion), the job's
//! waiter (TaskSucceeded, JobFailed) and the ListenerBus. Hears from the context (JobSubmitted, ...) and
//! the TaskScheduler (BeginEvent, CompletionEvent, TaskSetFailed, ...). Does not: choose executors, retry
//! tasks, or see a function or a row.
//!
//! Life of a job:
//! 1. `JobSubmitted`: stages are created, parents first (`stages`), and the final one is submitted.
//! 2. `submission`: a stage whose parents lack outputs waits, and they are submitted; else its missing
//!    partitions go to the TaskScheduler.
//! 3. `completion`: a map output is registered, a result goes to the waiter. The last of a map stage
//!    submits the stages that waited for it, the last of a job ends it.
//! 4. `failure`, `cancel`: what fails a job, and how it is cleaned up.

mod cancel;
mod completion;
mod failure;
mod map_outputs;
mod stage;
mod stages;
mod state;
mod submission;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ActorId, Config, JobId, ShuffleId, StageId, Time,
    core::{Core, Outbox},
    message::{DagSchedulerMessage, ListenerBus, SparkListenerEvent, StageTask, TaskStart},
};
use map_outputs::MapOutputs;
use stage::Stage;
use state::ActiveJob;

/// The DAGScheduler's state.
#[derive(Debug)]
pub struct DagSchedulerCore {
    config: Config,
    next_stage_id: u32,
    stopped: bool,
    jobs: BTreeMap<JobId, ActiveJob>,
    stages: BTreeMap<StageId, Stage>,
    shuffle_id_to_map_stage: BTreeMap<ShuffleId, StageId>,
    job_id_to_stage_ids: BTreeMap<JobId, BTreeSet<StageId>>,
    waiting: BTreeSet<StageId>,
    running: BTreeSet<StageId>,
    failed: BTreeSet<StageId>,
    map_outputs: MapOutputs,
    /// Shuffles to forget once no job needs them.
    removed_shuffles: BTreeSet<ShuffleId>,
}

impl DagSchedulerCore {
    /// A scheduler without jobs.
    pub fn new(config: Config) -> Self {
        DagSchedulerCore {
            config,
            next_stage_id: 0,
            stopped: false,
            jobs: BTreeMap::new(),
            stages: BTreeMap::new(),
            shuffle_id_to_map_stage: BTreeMap::new(),
            job_id_to_stage_ids: BTreeMap::new(),
            waiting: BTreeSet::new(),
            running: BTreeSet::new(),
            failed: BTreeSet::new(),
            map_outputs: MapOutputs::default(),
            removed_shuffles: BTreeSet::new(),
        }
    }

    /// A shuffle that a job still needs is forgotten after the job: without it the job would never end.
    fn on_remove_shuffle(&mut self, shuffle: ShuffleId) {
        if self.shuffle_id_to_map_stage.contains_key(&shuffle) {
            self.removed_shuffles.insert(shuffle);
        } else {
            self.map_outputs.remove(shuffle);
        }
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
            M::JobSubmitted(job) => self.on_job_submitted(now, *job, out),
            M::JobCancelled(cancel) => self.on_job_cancelled(now, cancel, out),
            M::AllJobsCancelled(_) => self.on_all_jobs_cancelled(now, out),
            M::BeginEvent(begin) => self.post(
                TaskStart {
                    stage_id: begin.stage_id,
                    stage_attempt_id: begin.stage_attempt_id,
                    task_info: begin.task_info,
                },
                out,
            ),
            M::CompletionEvent(event) => self.on_completion(now, *event, out),
            M::TaskSetFailed(failed) => self.on_task_set_failed(now, *failed, out),
            // What it forgets are failure epochs, which this scheduler does not keep yet.
            M::ExecutorAdded(_) => {}
            M::ExecutorLost(lost) => self.map_outputs.remove_executor(lost.executor_id),
            M::ResubmitFailedStages(_) => self.on_resubmit_failed_stages(now, out),
            M::RemoveShuffle(remove) => self.on_remove_shuffle(remove.shuffle_id),
            M::StopDagScheduler(_) => self.on_stop(now, out),
            _ => {}
        }
    }

    /// Map outputs outlive jobs: a later job over the same shuffle skips its map stage.
    fn is_idle(&self) -> bool {
        self.jobs.is_empty()
            && self.stages.is_empty()
            && self.shuffle_id_to_map_stage.is_empty()
            && self.job_id_to_stage_ids.is_empty()
            && self.waiting.is_empty()
            && self.running.is_empty()
            && self.failed.is_empty()
            && self.removed_shuffles.is_empty()
    }
}

/// Whether the attempt of `task` is an older one than `attempt`.
fn is_older_attempt(task: &StageTask, attempt: Option<u32>) -> bool {
    attempt.is_some_and(|attempt| task.stage_attempt_id < attempt)
}
