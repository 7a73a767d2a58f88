//! The DAGScheduler as a value: one event in, the exact messages out.

mod cancel;
mod failure;
mod fetch_failed;
mod jobs;
mod stages;

use std::{collections::BTreeMap, sync::Arc};

use super::DagSchedulerCore;
use crate::{
    Config, ExecutorId, StageId, TaskId,
    core::Sending,
    message::{
        CompletionEvent, DagSchedulerMessage, MapStatus, Message, SparkListenerEvent, TaskEnd, TaskEndReason,
        TaskInfo, TaskLocality, TaskMetrics, TaskOutput, TaskSchedulerMessage, TaskSet, TaskState,
    },
    testkit::{Harness, brief},
};

/// A DAGScheduler, with the task sets that it has submitted.
struct Dag {
    bench: Harness<DagSchedulerCore>,
    sets: BTreeMap<(u32, u32), TaskSet>,
    next_task: u64,
}

impl Dag {
    fn new() -> Self {
        Dag::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Dag { bench: Harness::new(DagSchedulerCore::new(config)), sets: BTreeMap::new(), next_task: 0 }
    }

    fn send(&mut self, message: impl Into<DagSchedulerMessage>) -> Vec<Sending> {
        let sendings = self.bench.send(message);
        for sending in &sendings {
            if let Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit)) = &sending.message {
                let set = &submit.task_set;
                self.sets.insert((set.stage.stage_id.0, set.stage.stage_attempt_id), set.clone());
            }
        }
        sendings
    }

    #[must_use = "all that the core sends is compared"]
    fn tell(&mut self, message: impl Into<DagSchedulerMessage>) -> Vec<String> {
        self.send(message).iter().map(brief).collect()
    }

    /// A task of a submitted set ends. The TaskEnd that listeners get first of all is checked here; the rest
    /// is returned.
    #[must_use = "all that the core sends is compared"]
    fn end(
        &mut self,
        (stage, attempt, index): (u32, u32, u32),
        executor: u32,
        reason: TaskEndReason,
        output: Option<TaskOutput>,
    ) -> Vec<String> {
        let set = &self.sets[&(stage, attempt)];
        let spec = &set.tasks[index as usize];
        let task_info = TaskInfo {
            task_id: TaskId(self.next_task),
            index,
            attempt_number: 0,
            partition_id: spec.partition_id,
            executor_id: ExecutorId(executor),
            locality: TaskLocality::ProcessLocal,
            speculative: false,
            launch_time: self.bench.now,
            getting_result_time: None,
            finish_time: Some(self.bench.now),
            outcome: Some(TaskState::Finished),
        };
        self.next_task += 1;
        let metrics = TaskMetrics { records_read: 7, ..TaskMetrics::default() };
        let task_end = TaskEnd {
            stage_id: StageId(stage),
            stage_attempt_id: attempt,
            reason: reason.clone(),
            task_info,
            metrics: metrics.clone(),
        };
        let stage = Arc::clone(&set.stage);
        let output_id = spec.output_id;
        let mut sent = self.send(CompletionEvent {
            stage,
            output_id,
            reason,
            output,
            metrics,
            accum_updates: Vec::new(),
            task_info,
        });
        let first = sent.remove(0);
        assert_eq!(first.message, Message::ListenerBus(SparkListenerEvent::from(task_end)));
        sent.iter().map(brief).collect()
    }

    /// A result task succeeds.
    #[must_use = "all that the core sends is compared"]
    fn result(&mut self, stage: u32, attempt: u32, index: u32) -> Vec<String> {
        self.end((stage, attempt, index), 1, TaskEndReason::Success, Some(TaskOutput::Decoded))
    }

    /// A map task succeeds on an executor.
    #[must_use = "all that the core sends is compared"]
    fn map(&mut self, stage: u32, attempt: u32, index: u32, executor: u32) -> Vec<String> {
        let status = MapStatus::new(ExecutorId(executor), TaskId(self.next_task), [1]);
        let output = Some(TaskOutput::MapStatus(status));
        self.end((stage, attempt, index), executor, TaskEndReason::Success, output)
    }

    fn finish(self) {
        self.bench.finish();
    }
}
