//! Runs a task: from its description to how it ended, in the order of `spark-semantics` section 21.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use firesteel_actors::{
    Config,
    carrier::{TaskControl, panic_text},
    lineage::Blob,
    message::{
        ExceptionFailure, MapStatus, TaskDescription, TaskEndReason, TaskMetrics, TaskResult, TaskStatus,
        TaskValue,
    },
};
use rustix::time::{ClockId, clock_gettime};

use super::{
    ExecutorEnv, StageOutput, TaskContext, TaskError, context::TaskFailed, current::InTask,
    panic_hook::take_panic_place,
};
/// Runs tasks of the executors of one system.
#[derive(Debug)]
pub(crate) struct TaskRunner {
    config: Config,
    env: Arc<ExecutorEnv>,
}

/// When a phase began, by the clock and by the thread's CPU time.
struct Stamp {
    wall: Instant,
    cpu: Duration,
}

impl Stamp {
    fn now() -> Self {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        let cpu =
            Duration::new(u64::try_from(cpu.tv_sec).unwrap_or(0), u32::try_from(cpu.tv_nsec).unwrap_or(0));
        Stamp { wall: Instant::now(), cpu }
    }

    /// Wall and CPU nanoseconds since an earlier stamp.
    fn since(&self, earlier: &Stamp) -> (u64, u64) {
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        (nanos(self.wall - earlier.wall), nanos(self.cpu.saturating_sub(earlier.cpu)))
    }
}

impl TaskRunner {
    pub(crate) fn new(config: Config, env: Arc<ExecutorEnv>) -> Self {
        TaskRunner { config, env }
    }

    /// Runs one attempt and says how it ended.
    pub(crate) fn run(&self, task: &TaskDescription, control: &Arc<TaskControl>) -> TaskStatus {
        let stage = &task.stage;
        let _span = tracing::debug_span!(
            "task",
            job = stage.job_id.0,
            stage = stage.stage_id.0,
            partition = task.partition_id,
            tid = task.task_id.0,
            attempt = task.attempt_number,
        )
        .entered();
        if tracing::enabled!(tracing::Level::INFO) {
            tracing::info!("Running {} (TID {})", task.name(), task.task_id);
        }
        let begun = Stamp::now();
        let context = Arc::new(TaskContext::new(task, control.clone(), self.env.clone()));
        let in_task = InTask::enter(&context);
        let stage = match catch_unwind(AssertUnwindSafe(|| self.env.stages.get(&task.stage))) {
            Ok(Ok(stage)) => stage,
            Ok(Err(error)) => return failed(task, control, Failure::Typed(error), Box::default()),
            // A `Deserialize` of the user's panicked.
            Err(payload) => return failed(task, control, Failure::Panic(payload), Box::default()),
        };
        if let Some(reason) = control.kill_reason() {
            return killed(task, &reason);
        }
        let decoded = Stamp::now();
        let partition = task.partition.bytes().unwrap_or_default();
        let outcome = catch_unwind(AssertUnwindSafe(|| stage.run(partition, &context)));
        drop(stage);
        let ended = Stamp::now();

        let (deserialize_time, deserialize_cpu_time) = decoded.since(&begun);
        let (run_time, cpu_time) = ended.since(&decoded);
        let mut metrics = Box::new(context.metrics.snapshot());
        metrics.executor_deserialize_time = deserialize_time;
        metrics.executor_deserialize_cpu_time = deserialize_cpu_time;
        metrics.executor_run_time = run_time.saturating_sub(metrics.result_serialization_time);
        metrics.executor_cpu_time = cpu_time;
        metrics.peak_execution_memory = context.memory.peak();

        // The stored error counts even if user code swallowed the unwinding.
        let outcome = match (context.take_error(), outcome) {
            (Some(error), _) => Err(Failure::Typed(error)),
            (None, Ok(Ok(output))) => Ok(output),
            (None, Ok(Err(error))) => Err(Failure::Typed(error)),
            (None, Err(payload)) => Err(Failure::Panic(payload)),
        };
        match outcome {
            Err(failure) => failed(task, control, failure, metrics),
            // A task that was killed while it ran fails as killed even though it finished.
            Ok(_) if control.is_killed() => killed(task, &control.kill_reason().unwrap_or_default()),
            Ok(output) => match in_task.take_parts().updates() {
                Ok(accum_updates) => {
                    let value = self.value(task, output, &mut metrics);
                    TaskStatus::Finished(Box::new(TaskResult { value, metrics, accum_updates }))
                }
                Err(error) => failed(task, control, Failure::Typed(error), metrics),
            },
        }
    }

    /// The value by the route that its size allows.
    fn value(&self, task: &TaskDescription, output: StageOutput, metrics: &mut TaskMetrics) -> TaskValue {
        let bytes = match output {
            StageOutput::MapOutput(sizes) => {
                return TaskValue::MapStatus(MapStatus::new(task.executor_id, task.task_id, sizes));
            }
            StageOutput::Result(bytes) => bytes,
        };
        let size = bytes.len() as u64;
        metrics.result_size = size;
        let max = self.config.driver_max_result_size;
        let direct = self.config.task_max_direct_result_size.min(self.config.rpc_message_max_size);
        let task_id = task.task_id;
        if max > 0 && size > max {
            tracing::warn!(
                "Finished {} (TID {task_id}). Result is larger than maxResultSize ({size} > {max}), dropping it.",
                task.name()
            );
            TaskValue::Dropped { size }
        } else if size > direct {
            self.env.results.put(task_id, bytes);
            tracing::info!(
                "Finished {} (TID {task_id}). {size} bytes result sent via BlockManager)",
                task.name()
            );
            TaskValue::Indirect { size }
        } else {
            if tracing::enabled!(tracing::Level::INFO) {
                tracing::info!(
                    "Finished {} (TID {task_id}). {size} bytes result sent to driver",
                    task.name()
                );
            }
            TaskValue::Direct(Blob::from(bytes))
        }
    }
}

enum Failure {
    Typed(TaskError),
    Panic(Box<dyn Any + Send>),
}

/// How a task that did not succeed ended; the first match of `spark-semantics` 21.13 wins.
fn failed(
    task: &TaskDescription,
    control: &TaskControl,
    failure: Failure,
    metrics: Box<TaskMetrics>,
) -> TaskStatus {
    if let Some(reason) = control.kill_reason() {
        let how = match failure {
            Failure::Typed(TaskError::Killed(_)) => "killed",
            _ => "interrupted and killed",
        };
        return killed_as(how, task, &reason);
    }
    let reason = match failure {
        Failure::Typed(error) => error.into_reason(metrics),
        Failure::Panic(payload) => panicked(&*payload, metrics),
    };
    tracing::error!("Exception in {} (TID {}): {reason}", task.name(), task.task_id);
    match reason {
        TaskEndReason::TaskKilled { .. } | TaskEndReason::TaskCommitDenied { .. } => {
            TaskStatus::Killed(Box::new(reason))
        }
        reason => TaskStatus::Failed(Box::new(reason)),
    }
}

fn killed(task: &TaskDescription, reason: &Arc<str>) -> TaskStatus {
    killed_as("killed", task, reason)
}

fn killed_as(how: &str, task: &TaskDescription, reason: &Arc<str>) -> TaskStatus {
    tracing::info!("Executor {how} {} (TID {}), reason: {reason}", task.name(), task.task_id);
    TaskStatus::Killed(Box::new(TaskEndReason::killed(reason.clone())))
}

fn panicked(payload: &(dyn Any + Send), metrics: Box<TaskMetrics>) -> TaskEndReason {
    let description = if payload.is::<TaskFailed>() {
        // Its context is another one: a task's iterator outlived its task.
        "an iterator of another task failed".to_owned()
    } else {
        panic_text(payload)
    };
    let place = take_panic_place();
    TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
        class_name: "panic".to_owned(),
        description,
        location: place.location,
        stack_trace: place.backtrace,
        causes: Vec::new(),
        fatal: false,
        metrics,
        accum_updates: Vec::new(),
    }))
}
