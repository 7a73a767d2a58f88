//! The DAGScheduler as a value: one event in, the exact messages out.

mod accumulators;
mod attempts;
mod barrier;
mod barrier_slots;
mod cached;
mod cancel;
mod causes;
mod commit;
mod completions;
mod decommission;
mod events;
mod executors;
mod explain;
mod failure;
mod fetch_failed;
mod groups;
mod indeterminate;
mod jobs;
mod locations;
mod map_stage_jobs;
mod profiles;
mod rollbacks;
mod shared;
mod stages;
mod tracker;

use std::{collections::BTreeMap, sync::Arc};

use super::DagSchedulerCore;
use crate::{
    ActorId, Config, ExecutorId, ShuffleId, StageId, TaskId,
    core::Sending,
    map_outputs::MapOutputTrackerCore,
    message::{
        AccumUpdate, CompletionEvent, DagSchedulerMessage, ExecutorAdded, ExecutorLossReason, ExecutorLost,
        ExplainJob, ExplainSubject, GetMapOutputStatuses, HostMessage, JobWaiterMessage, MapStatus, Message,
        ResubmitFailedStages, SparkListenerEvent, TaskEnd, TaskEndReason, TaskInfo, TaskLocality,
        TaskMetrics, TaskOutput, TaskRunnerMessage, TaskSchedulerMessage, TaskSet, TaskState,
    },
    testkit::{Graph, Harness, NOTHING, brief, reasons},
};

/// The timer that a failed stage sets.
const RESUBMIT: &str = "after 200ms, DAGScheduler: resubmit failed stages";

/// A DAGScheduler, with the task sets that it has submitted and the MapOutputTracker that it tells of outputs.
struct Dag {
    bench: Harness<DagSchedulerCore>,
    tracker: Harness<MapOutputTrackerCore>,
    sets: BTreeMap<(u32, u32), TaskSet>,
    next_task: u64,
}

impl Dag {
    fn new() -> Self {
        Dag::with(Config::default())
    }

    fn with(config: Config) -> Self {
        Dag {
            bench: Harness::new(DagSchedulerCore::new(config)),
            tracker: Harness::new(MapOutputTrackerCore::new()),
            sets: BTreeMap::new(),
            next_task: 0,
        }
    }

    fn send(&mut self, message: impl Into<DagSchedulerMessage>) -> Vec<Sending> {
        let sendings = self.bench.send(message);
        for sending in &sendings {
            if let Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit)) = &sending.message {
                let set = &submit.task_set;
                self.sets.insert((set.stage.stage_id.0, set.stage.stage_attempt_id), set.clone());
            }
            if let Message::MapOutputTracker(message) = &sending.message {
                assert_eq!(self.tracker.tell(message.clone()), NOTHING);
            }
        }
        self.check_tracker();
        sendings
    }

    /// Between any two messages the tracker's copy of what it was told of is what the DAGScheduler has.
    fn check_tracker(&mut self) {
        for shuffle_id in (0..4).map(ShuffleId) {
            let outputs = &self.bench.core.map_outputs;
            if outputs.is_published(shuffle_id) {
                let ask = GetMapOutputStatuses { shuffle_id, executor_id: ExecutorId(9) };
                match &self.tracker.send(ask)[..] {
                    [
                        Sending {
                            message: Message::TaskRunner(TaskRunnerMessage::MapOutputStatuses(copy)),
                            ..
                        },
                    ] => {
                        assert_eq!(copy.statuses.as_deref(), Some(outputs.outputs(shuffle_id)));
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[must_use = "all that the core sends is compared"]
    fn tell(&mut self, message: impl Into<DagSchedulerMessage>) -> Vec<String> {
        self.send(message).iter().map(brief).collect()
    }

    /// Submits job 0: the map stage s0 of `tasks` tasks, which runs, and the result stage s1 that reads it.
    fn map_and_result(&mut self, tasks: u32) {
        let mut graph = Graph::default();
        let source = graph.source(tasks);
        let rdd = graph.reduce(source);
        assert_eq!(self.tell(graph.job(0, rdd)).len(), 3);
    }

    /// As [`map_and_result`](Self::map_and_result), and s0 ends: its outputs are on executors 1, 2, ..., and s1 runs.
    fn two_stages(&mut self, tasks: u32) {
        self.map_and_result(tasks);
        for index in 0..tasks {
            let is_last = index + 1 == tasks;
            assert_eq!(self.map(0, 0, index, index + 1).len(), if is_last { 3 } else { 0 });
        }
    }

    /// Submits job 0: as [`map_and_result`](Self::map_and_result), with a second map stage s1 between; s2 answers.
    fn two_maps_and_result(&mut self, tasks: u32) {
        let mut graph = Graph::default();
        let source = graph.source(tasks);
        let middle = graph.reduce(source);
        let rdd = graph.reduce(middle);
        assert_eq!(self.tell(graph.job(0, rdd)).len(), 3);
    }

    /// Runs job 0 up to s2, of two tasks, which reads the shuffles of s0 and s1, of one task each; s1 is another one each
    /// time.
    fn two_inputs() -> Self {
        let mut graph = Graph::default();
        let (left, right) = (graph.source(1), graph.source(1));
        graph.indeterminate(right);
        let (left, right) = (graph.shuffle(left), graph.shuffle(right));
        let rdd = graph.read(&[left, right], 2);
        let mut dag = Dag::new();
        assert_eq!(dag.tell(graph.job(0, rdd)).len(), 5);
        assert_eq!(dag.map(0, 0, 0, 1).len(), 1);
        assert_eq!(dag.map(1, 0, 0, 2).len(), 3);
        dag
    }

    /// A task of a submitted set ends. The TaskEnd that listeners get first of all is checked here; the rest
    /// is returned.
    #[must_use = "all that the core sends is compared"]
    fn end(
        &mut self,
        task: (u32, u32, u32),
        executor: u32,
        reason: TaskEndReason,
        output: Option<TaskOutput>,
    ) -> Vec<String> {
        self.end_with(task, executor, reason, output, Vec::new())
    }

    /// As [`end`](Self::end), with what the task added to accumulators. Only that goes out before the TaskEnd.
    #[must_use = "all that the core sends is compared"]
    fn end_with(
        &mut self,
        (stage, attempt, index): (u32, u32, u32),
        executor: u32,
        reason: TaskEndReason,
        output: Option<TaskOutput>,
        accum_updates: Vec<AccumUpdate>,
    ) -> Vec<String> {
        let set = &self.sets[&(stage, attempt)];
        let spec = &set.tasks[index as usize];
        let task_info = self.task_info(index, spec.partition_id, executor);
        let (stage_task, output_id) = (Arc::clone(&set.stage), spec.output_id);
        self.next_task += 1;
        let metrics = Box::new(TaskMetrics { records_read: 7, ..TaskMetrics::default() });
        let task_end = Message::ListenerBus(SparkListenerEvent::from(TaskEnd {
            stage_id: StageId(stage),
            stage_attempt_id: attempt,
            reason: reason.clone(),
            task_info,
            metrics: metrics.clone(),
        }));
        let mut sent = self.send(CompletionEvent {
            stage: stage_task,
            output_id,
            reason,
            output,
            metrics,
            accum_updates,
            task_info,
        });
        let is_merge = |sending: &Sending| {
            matches!(&sending.message, Message::JobWaiter(JobWaiterMessage::MergeAccumulators(_)))
        };
        let at = sent.iter().position(|sending| !is_merge(sending)).unwrap();
        assert_eq!(sent.remove(at).message, task_end);
        sent.iter().map(brief).collect()
    }

    fn task_info(&self, index: u32, partition_id: u32, executor: u32) -> TaskInfo {
        TaskInfo {
            task_id: TaskId(self.next_task),
            index,
            attempt_number: 0,
            partition_id,
            executor_id: ExecutorId(executor),
            locality: TaskLocality::ProcessLocal,
            speculative: false,
            launch_time: self.bench.now,
            getting_result_time: None,
            finish_time: Some(self.bench.now),
            outcome: Some(TaskState::Finished),
        }
    }

    /// A result task succeeds.
    #[must_use = "all that the core sends is compared"]
    fn result(&mut self, stage: u32, attempt: u32, index: u32) -> Vec<String> {
        self.end((stage, attempt, index), 1, TaskEndReason::Success, Some(TaskOutput::Decoded))
    }

    /// A map task succeeds on an executor; its output is of one byte for one reducer.
    #[must_use = "all that the core sends is compared"]
    fn map(&mut self, stage: u32, attempt: u32, index: u32, executor: u32) -> Vec<String> {
        self.map_of(stage, attempt, index, executor, &[1])
    }

    /// A map task succeeds on an executor; its output has parts of these sizes.
    #[must_use = "all that the core sends is compared"]
    fn map_of(&mut self, stage: u32, attempt: u32, index: u32, executor: u32, sizes: &[u64]) -> Vec<String> {
        let status = MapStatus::new(ExecutorId(executor), TaskId(self.next_task), sizes.iter().copied());
        let output = Some(TaskOutput::MapStatus(status));
        self.end((stage, attempt, index), executor, TaskEndReason::Success, output)
    }

    /// Result tasks of a stage attempt that has these succeed one by one, and end their job.
    fn results(&mut self, stage: u32, attempt: u32) {
        let count = self.sets[&(stage, attempt)].tasks.len() as u32;
        for index in 0..count {
            let sent = self.result(stage, attempt, index);
            let is_last = index + 1 == count;
            assert_eq!(sent.iter().any(|text| text.starts_with("ListenerBus: JobEnd")), is_last, "{sent:?}");
        }
    }

    /// What is answered to a question about why something does not run: the sentences for host 3, or what the
    /// TaskScheduler is asked.
    fn explain(&mut self, subject: ExplainSubject) -> String {
        let sent = self.send(ExplainJob { request: 7, host: 3, subject });
        match &sent[..] {
            [Sending { to: ActorId::Host(3), message: Message::Host(answer), after: None }] => {
                let HostMessage::Explanation(answer) = answer else { panic!("{answer:?}") };
                assert_eq!((answer.request, answer.subject), (7, subject));
                reasons(&answer.reasons)
            }
            [sending] => brief(sending),
            other => panic!("{other:?}"),
        }
    }

    /// A new executor on a host.
    fn executor(&mut self, executor: u32, host: &str) {
        let executor_id = ExecutorId(executor);
        assert_eq!(self.tell(ExecutorAdded { executor_id, host: host.into() }), NOTHING);
    }

    /// An executor is lost, nothing but the process.
    #[must_use = "all that the core sends is compared"]
    fn lose(&mut self, executor: u32) -> Vec<String> {
        let reason = ExecutorLossReason::process_lost("it is gone");
        self.tell(ExecutorLost { executor_id: ExecutorId(executor), reason })
    }

    #[must_use = "all that the core sends is compared"]
    fn resubmit(&mut self) -> Vec<String> {
        self.tell(ResubmitFailedStages {})
    }

    /// Where the outputs of a shuffle are: the executors by map partition.
    fn outputs(&self, shuffle: u32) -> Vec<Option<u32>> {
        let outputs = self.bench.core.map_outputs.outputs(ShuffleId(shuffle));
        outputs.iter().map(|status| status.as_ref().map(|status| status.executor_id.0)).collect()
    }

    /// The partitions of a submitted set.
    fn partitions(&self, stage: u32, attempt: u32) -> Vec<u32> {
        self.sets[&(stage, attempt)].tasks.iter().map(|task| task.partition_id).collect()
    }

    fn finish(self) {
        self.bench.finish();
    }
}

/// A failure to fetch one output of a shuffle from an executor.
fn unreadable(shuffle: u32, map_index: u32, executor: u32) -> TaskEndReason {
    TaskEndReason::FetchFailed {
        executor_id: Some(ExecutorId(executor)),
        shuffle_id: ShuffleId(shuffle),
        map_id: Some(TaskId(0)),
        map_index: Some(map_index),
        reduce_id: 0,
        message: "gone".to_owned(),
    }
}

/// Whether one of these texts holds such a part.
fn any(sent: &[String], part: &str) -> bool {
    sent.iter().any(|text| text.contains(part))
}
