//! Messages as short texts that name every field.

use std::{fmt::Write, sync::Arc};

use crate::{
    core::Sending,
    lineage::Blob,
    message::{
        AccumUpdate, AttemptCause, BarrierCoordinatorMessage as Barrier, DagSchedulerMessage as Dag,
        DriverEndpointMessage as Driver, ExecutorAllocationMessage as Allocation,
        ExecutorBackendMessage as Backend, HostMessage as Host, JobWaiterMessage as Waiter,
        MapOutputTrackerMessage as Tracker, MapStatus, Message, Properties, Reason, RegisterMapOutput,
        ResultGetterMessage as Getter, SparkListenerEvent as Event, StageInfo, StageTask, StatusUpdate,
        TaskDescription, TaskEndReason, TaskInfo, TaskKind, TaskLocality, TaskMetrics, TaskOutput,
        TaskResult, TaskRunnerMessage as Runner, TaskSchedulerMessage as Tasks, TaskStatus, TaskValue,
        WorkerOffer,
    },
    resources::{ProfileId, ResourceProfile},
};

/// `after 200ms, Receiver: what`.
pub(crate) fn brief(sending: &Sending) -> String {
    let what = match &sending.message {
        Message::DagScheduler(message) => dag(message),
        Message::TaskScheduler(message) => tasks(message),
        Message::DriverEndpoint(message) => driver(message),
        Message::ExecutorBackend(message) => backend(message),
        Message::TaskRunner(message) => runner(message),
        Message::ResultGetter(Getter::EnqueueSuccessfulTask(get)) => format!(
            "decode {:?} of {} out {} on {}: {}",
            get.task_id,
            stage_task(&get.stage),
            get.output_id,
            get.executor_id,
            result(&get.result)
        ),
        Message::JobWaiter(message) => waiter(message),
        Message::ListenerBus(event) => listener(event),
        Message::HeartbeatReceiver(message) => format!("{message:?}"),
        Message::MapOutputTracker(message) => tracker(message),
        Message::BarrierCoordinator(message) => barrier(message),
        Message::ExecutorAllocation(Allocation::Schedule(_)) => "schedule".to_owned(),
        Message::ExecutorAllocation(message) => format!("{message:?}"),
        Message::ClusterManager(message) => format!("{message:?}"),
        Message::Host(Host::Explanation(answer)) => reasons(&answer.reasons),
        Message::Host(Host::JobsCancelled(answer)) => {
            format!("#{} cancelled {:?}", answer.request, answer.job_ids)
        }
    };
    let after = sending.after.map(|after| format!("after {after:?}, ")).unwrap_or_default();
    format!("{after}{}: {what}", sending.to)
}

fn dag(message: &Dag) -> String {
    match message {
        Dag::BeginEvent(begin) => {
            format!("begin {:?}.{} {}", begin.stage_id, begin.stage_attempt_id, task_info(&begin.task_info))
        }
        Dag::CompletionEvent(end) => format!(
            "end {} out {} {}: {}{}{}",
            stage_task(&end.stage),
            end.output_id,
            task_info(&end.task_info),
            reason(&end.reason),
            end.output.as_ref().map(output).unwrap_or_default(),
            metrics(&end.metrics)
        ),
        Dag::TaskSetFailed(failed) => format!(
            "failed {:?}.{}: {}{}",
            failed.stage_id,
            failed.stage_attempt_id,
            failed.reason,
            cause(failed.cause.as_ref())
        ),
        Dag::ExecutorAdded(added) => format!("executor {} is new", added.executor_id),
        Dag::ExecutorLost(lost) => format!("executor {} is lost: {}", lost.executor_id, lost.reason),
        Dag::ExecutorDecommission(leaving) => {
            let host = leaving.worker_host.as_ref().map(|host| format!(" with {host}")).unwrap_or_default();
            format!("executor {} leaves{host}", leaving.executor_id)
        }
        Dag::ResubmitFailedStages(_) => "resubmit failed stages".to_owned(),
        Dag::GettingResultEvent(getting) => format!(
            "getting result {:?}.{} {}",
            getting.stage_id,
            getting.stage_attempt_id,
            task_info(&getting.task_info)
        ),
        Dag::SpeculativeTaskSubmitted(copy) => format!(
            "copy wanted {:?}.{} i{} p{}",
            copy.stage_id, copy.stage_attempt_id, copy.index, copy.partition_id
        ),
        Dag::UnschedulableTaskSetAdded(set) => {
            format!("unschedulable {:?}.{}", set.stage_id, set.stage_attempt_id)
        }
        Dag::UnschedulableTaskSetRemoved(set) => {
            format!("schedulable {:?}.{}", set.stage_id, set.stage_attempt_id)
        }
        other => format!("{other:?}"),
    }
}

fn tasks(message: &Tasks) -> String {
    match message {
        Tasks::SubmitTasks(submit) => {
            let set = &submit.task_set;
            let mut text = format!("submit {} [", stage_task(&set.stage));
            for (index, task) in set.tasks.iter().enumerate() {
                let gap = if index > 0 { ", " } else { "" };
                write!(text, "{gap}{}>{}{}", task.partition_id, task.output_id, blob(&task.partition))
                    .unwrap();
                for (index, place) in task.locations.iter().enumerate() {
                    write!(text, "{}{place}", if index == 0 { " at " } else { "," }).unwrap();
                }
            }
            let profile = set.profile.as_ref();
            text + "]" + &profile.map(|profile| format!(" profile {}", profile.id)).unwrap_or_default()
        }
        Tasks::KillAllTaskAttempts(kill) => {
            format!("kill {:?}{}: {}", kill.stage_id, interrupt(kill.interrupt_thread), kill.reason)
        }
        Tasks::NotifyPartitionCompletion(done) => {
            format!("{:?} partition {}>{} is done", done.stage_id, done.partition_id, done.output_id)
        }
        Tasks::ExplainStages(explain) => {
            format!("explain {:?} beyond [{}]", explain.stages, reasons(&explain.reasons))
        }
        Tasks::ResourceOffers(offers) => {
            let all = if offers.is_all_free_resources { " of all" } else { "" };
            format!("{:?}{all}: {}", offers.round, cores(&offers.offers))
        }
        Tasks::StatusUpdate(update) => status(update),
        Tasks::AbortTaskSet(abort) => format!("abort the set of {:?}: {}", abort.task_id, abort.reason),
        Tasks::TaskExecutorLost(lost) => format!("executor {} is lost: {}", lost.executor_id, lost.reason),
        Tasks::CheckStarvation(_) => "check starvation".to_owned(),
        Tasks::CheckSpeculatableTasks(_) => "check speculatable tasks".to_owned(),
        Tasks::CheckLocality(_) => "check locality".to_owned(),
        Tasks::ExpireExclusions(_) => "expire exclusions".to_owned(),
        Tasks::AbortUnschedulableTaskSet(abort) => {
            format!("abort unschedulable {:?}.{}", abort.stage_id, abort.stage_attempt_id)
        }
        other => format!("{other:?}"),
    }
}

fn driver(message: &Driver) -> String {
    match message {
        Driver::RegisterExecutor(register) => {
            format!("register {} on {} with {}", register.executor_id, register.hostname, register.cores)
        }
        Driver::LaunchedExecutor(launched) => format!("executor {} is ready", launched.executor_id),
        Driver::StatusUpdate(update) => status(update),
        Driver::ReviveOffers(_) => "revive".to_owned(),
        Driver::LaunchTasks(launch) => {
            let tasks: Vec<String> = launch.tasks.iter().map(task).collect();
            format!("{:?} [{}] returned {}", launch.round, tasks.join(", "), cores(&launch.returned))
        }
        Driver::KillTask(kill) => {
            format!(
                "kill {:?} on {}{}: {}",
                kill.task_id,
                kill.executor_id,
                interrupt(kill.interrupt_thread),
                kill.reason
            )
        }
        Driver::RemoveExecutor(remove) => format!("remove {}: {:?}", remove.executor_id, remove.reason),
        Driver::StopExecutors(_) => "stop executors".to_owned(),
        Driver::RequestExecutors(request) => format!("request {} executors", request.total),
        Driver::GetMaxConcurrentTasks(ask) => {
            let id = |profile: &Option<Arc<ResourceProfile>>| match profile {
                Some(profile) => profile.id.to_string(),
                None => "default".to_owned(),
            };
            let profiles: Vec<String> = ask.profiles.iter().map(id).collect();
            format!("{:?} asks for slots of [{}]", ask.job_id, profiles.join(", "))
        }
        Driver::KillExecutors(kill) => {
            let force = if kill.force { " by force" } else { "" };
            format!("kill executors {}{force}", executors(&kill.executor_ids))
        }
        Driver::KillExecutorsOnHost(kill) => format!("kill executors on {}", kill.host),
        Driver::DecommissionExecutors(leave) => {
            let host = leave.worker_host.as_ref().map(|host| format!(" with {host}")).unwrap_or_default();
            format!("decommission executors {}{host}: {}", executors(&leave.executor_ids), leave.reason)
        }
        Driver::DecommissionExecutorsOnHost(leave) => format!("decommission executors on {}", leave.host),
        Driver::ExcludedNodesChanged(excluded) => {
            let nodes: Vec<&str> = excluded.nodes.iter().map(|host| &**host).collect();
            format!("excluded nodes [{}]", nodes.join(" "))
        }
        other => format!("{other:?}"),
    }
}

fn backend(message: &Backend) -> String {
    match message {
        Backend::RegisteredExecutor(_) => "registered".to_owned(),
        Backend::RegisterExecutorFailed(failed) => format!("refused: {}", failed.message),
        Backend::LaunchTask(launch) => format!("launch {}", task(&launch.task)),
        Backend::KillTask(kill) => {
            format!(
                "kill {:?} on {}{}: {}",
                kill.task_id,
                kill.executor_id,
                interrupt(kill.interrupt_thread),
                kill.reason
            )
        }
        Backend::StatusUpdate(update) => status(update),
        Backend::StopExecutor(_) => "stop".to_owned(),
        other => format!("{other:?}"),
    }
}

fn runner(message: &Runner) -> String {
    match message {
        Runner::LaunchTask(launch) => format!("launch {}", task(&launch.task)),
        Runner::KillTask(kill) => {
            format!(
                "kill {:?} on {}{}: {}",
                kill.task_id,
                kill.executor_id,
                interrupt(kill.interrupt_thread),
                kill.reason
            )
        }
        Runner::StopTaskRunner(_) => "stop".to_owned(),
        Runner::CommitPermission(answer) => {
            let may = if answer.allowed { "may" } else { "may not" };
            format!("{:?} {may} commit", answer.task_id)
        }
        Runner::BarrierReply(reply) => match &reply.result {
            Ok(messages) => format!("{:?} passes [{}]", reply.task_id, messages.join(" ")),
            Err(error) => format!("{:?} fails: {error}", reply.task_id),
        },
        other => format!("{other:?}"),
    }
}

fn barrier(message: &Barrier) -> String {
    match message {
        Barrier::BarrierStageCompleted(end) => {
            format!("{:?}.{} is over", end.stage_id, end.stage_attempt_id)
        }
        Barrier::BarrierTimeout(timeout) => format!(
            "timeout of {:?}.{} epoch {}",
            timeout.stage_id, timeout.stage_attempt_id, timeout.barrier_epoch
        ),
        other => format!("{other:?}"),
    }
}

fn waiter(message: &Waiter) -> String {
    match message {
        Waiter::TaskSucceeded(done) => {
            format!("{:?} output {} from {:?}", done.job_id, done.output_id, done.task_id)
        }
        Waiter::JobFailed(failed) => {
            format!("{:?} failed: {}{}", failed.job_id, failed.error, job_cause(&failed.error))
        }
        Waiter::MapStageSucceeded(done) => {
            format!("{:?} {:?} of {:?} bytes", done.job_id, done.shuffle_id, done.bytes_by_partition)
        }
        Waiter::MergeAccumulators(merge) => {
            let update = |update: &AccumUpdate| format!("{}{}", update.id, blob(&update.value));
            let updates: Vec<String> = merge.updates.iter().map(update).collect();
            format!("{:?} merge [{}] from {:?}", merge.job_id, updates.join(", "), merge.task_id)
        }
    }
}

fn tracker(message: &Tracker) -> String {
    let of = |status: &Option<MapStatus>| match status {
        Some(status) => status.executor_id.to_string(),
        None => "-".to_owned(),
    };
    match message {
        Tracker::RegisterMapOutputs(register) => {
            let executors: Vec<String> = register.statuses.iter().map(of).collect();
            let executors = executors.join(" ");
            format!("{:?} is at [{executors}] in epoch {}", register.shuffle_id, register.epoch)
        }
        Tracker::RegisterMapOutput(register) => {
            let RegisterMapOutput { shuffle_id, epoch, map_index, status } = register;
            format!("{shuffle_id:?} output {map_index} is at {} in epoch {epoch}", status.executor_id)
        }
        Tracker::UnregisterMapOutputs(lost) => {
            format!("{:?} has lost {:?} in epoch {}", lost.shuffle_id, lost.map_indices, lost.epoch)
        }
        Tracker::UnregisterShuffle(gone) => format!("{:?} is gone", gone.shuffle_id),
        other => format!("{other:?}"),
    }
}

/// Each reason as the sentence that people see.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join(" | ")
}

fn listener(event: &Event) -> String {
    match event {
        Event::JobStart(start) => {
            let stages: Vec<String> = start.stages.iter().map(stage).collect();
            format!(
                "JobStart {:?} at {} [{}]{}",
                start.job_id,
                start.time.0,
                stages.join(", "),
                properties(&start.properties)
            )
        }
        Event::JobEnd(end) => {
            let error = end.error.as_ref();
            let error = error.map(|error| format!(": {error}{}", job_cause(error))).unwrap_or_default();
            format!("JobEnd {:?} at {}{error}", end.job_id, end.time.0)
        }
        Event::StageSubmitted(submitted) => {
            format!("StageSubmitted {}{}", stage(&submitted.stage), properties(&submitted.properties))
        }
        Event::StageCompleted(completed) => format!("StageCompleted {}", stage(&completed.stage)),
        Event::TaskStart(start) => {
            format!(
                "TaskStart {:?}.{} {}",
                start.stage_id,
                start.stage_attempt_id,
                task_info(&start.task_info)
            )
        }
        Event::TaskEnd(end) => format!(
            "TaskEnd {:?}.{} {}: {}{}",
            end.stage_id,
            end.stage_attempt_id,
            task_info(&end.task_info),
            reason(&end.reason),
            metrics(&end.metrics)
        ),
        Event::SparkListenerExecutorAdded(added) => {
            format!(
                "ExecutorAdded {} on {} with {} at {}",
                added.executor_id, added.hostname, added.cores, added.time.0
            )
        }
        Event::SparkListenerExecutorRemoved(removed) => {
            format!("ExecutorRemoved {} at {}: {}", removed.executor_id, removed.time.0, removed.reason)
        }
        Event::ExecutorExcluded(_)
        | Event::ExecutorExcludedForStage(_)
        | Event::ExecutorUnexcluded(_)
        | Event::NodeExcluded(_)
        | Event::NodeExcludedForStage(_)
        | Event::NodeUnexcluded(_) => exclusion(event),
        Event::TaskGettingResult(event) => format!(
            "TaskGettingResult {:?}.{} {}",
            event.stage_id,
            event.stage_attempt_id,
            task_info(&event.task_info)
        ),
        Event::SpeculativeTask(event) => format!(
            "SpeculativeTask {:?}.{} i{} p{}",
            event.stage_id, event.stage_attempt_id, event.index, event.partition_id
        ),
        Event::UnschedulableAdded(event) => {
            format!("UnschedulableAdded {:?}.{}", event.stage_id, event.stage_attempt_id)
        }
        Event::UnschedulableRemoved(event) => {
            format!("UnschedulableRemoved {:?}.{}", event.stage_id, event.stage_attempt_id)
        }
        other => format!("{other:?}"),
    }
}

fn exclusion(event: &Event) -> String {
    match event {
        Event::ExecutorExcluded(event) => format!(
            "ExecutorExcluded {} after {} failures at {}",
            event.executor_id, event.task_failures, event.time.0
        ),
        Event::ExecutorExcludedForStage(event) => format!(
            "ExecutorExcludedForStage {} after {} failures for {:?}.{} at {}",
            event.executor_id, event.task_failures, event.stage_id, event.stage_attempt_id, event.time.0
        ),
        Event::ExecutorUnexcluded(event) => {
            format!("ExecutorUnexcluded {} at {}", event.executor_id, event.time.0)
        }
        Event::NodeExcluded(event) => {
            format!(
                "NodeExcluded {} after {} executors at {}",
                event.host, event.executor_failures, event.time.0
            )
        }
        Event::NodeExcludedForStage(event) => format!(
            "NodeExcludedForStage {} after {} executors for {:?}.{} at {}",
            event.host, event.executor_failures, event.stage_id, event.stage_attempt_id, event.time.0
        ),
        Event::NodeUnexcluded(event) => format!("NodeUnexcluded {} at {}", event.host, event.time.0),
        other => format!("{other:?}"),
    }
}

/// `s1.1 x2 job0 <s0 profile 3 (cause) from 0 to 5 failed: why`; the profile and the cause if they are not the usual.
fn stage(stage: &StageInfo) -> String {
    let mut text = format!("{:?}.{} x{} {}", stage.stage_id, stage.attempt, stage.num_tasks, stage.name);
    for (index, parent) in stage.parents.iter().enumerate() {
        write!(text, "{}{parent:?}", if index == 0 { " <" } else { "," }).unwrap();
    }
    if stage.profile_id != ProfileId::DEFAULT {
        write!(text, " profile {}", stage.profile_id).unwrap();
    }
    if stage.cause != AttemptCause::FirstAttempt {
        write!(text, " ({})", stage.cause).unwrap();
    }
    if let Some(time) = stage.submission_time {
        write!(text, " from {}", time.0).unwrap();
    }
    if let Some(time) = stage.completion_time {
        write!(text, " to {}", time.0).unwrap();
    }
    if let Some(reason) = &stage.failure_reason {
        write!(text, " failed: {reason}").unwrap();
    }
    text
}

/// `j0.s1.0 result/2 "result"`: job, stage and attempt, kind, partitions of its RDD, code.
fn stage_task(stage: &StageTask) -> String {
    let kind = match stage.kind {
        TaskKind::ShuffleMap { shuffle_id } => format!("{shuffle_id:?}"),
        TaskKind::Result => "result".to_owned(),
    };
    let StageTask { job_id, stage_id, stage_attempt_id, num_partitions, binary, .. } = stage;
    let properties = properties(&stage.properties);
    format!("{job_id:?}.{stage_id:?}.{stage_attempt_id} {kind}/{num_partitions}{}{properties}", blob(binary))
}

/// `t5 i2.0 p2 on driver since 0 until 7 FINISHED`.
fn task_info(info: &TaskInfo) -> String {
    let TaskInfo { task_id, index, attempt_number, partition_id, executor_id, launch_time, .. } = info;
    let mut text = format!(
        "{task_id:?} i{index}.{attempt_number} p{partition_id} on {executor_id} since {}",
        launch_time.0
    );
    if info.locality != TaskLocality::ProcessLocal {
        write!(text, " {}", info.locality).unwrap();
    }
    if info.speculative {
        text.push_str(" speculative");
    }
    if let Some(time) = info.getting_result_time {
        write!(text, " fetched {}", time.0).unwrap();
    }
    if let Some(time) = info.finish_time {
        write!(text, " until {}", time.0).unwrap();
    }
    if let Some(state) = info.outcome {
        write!(text, " {state}").unwrap();
    }
    text
}

/// `t5 = j0.s1.0 result/2 i2.0 p2>2 on driver`, with its cores if they are not one.
fn task(task: &TaskDescription) -> String {
    let TaskDescription { task_id, index, attempt_number, partition_id, output_id, executor_id, .. } = task;
    let cpus = if task.cpus == 1 { String::new() } else { format!(" x{}", task.cpus) };
    let mut text = format!(
        "{task_id:?} = {} i{index}.{attempt_number} {partition_id}>{output_id}{} on {executor_id}{cpus}",
        stage_task(&task.stage),
        blob(&task.partition)
    );
    for (name, addresses) in &task.resources {
        let addresses: Vec<String> =
            addresses.iter().map(|(address, amount)| format!("{address}={amount}")).collect();
        write!(text, " {name} {}", addresses.join("+")).unwrap();
    }
    if !task.addresses.is_empty() {
        write!(text, " with {}", task.addresses.join(",")).unwrap();
    }
    text
}

fn status(update: &StatusUpdate) -> String {
    let detail = match &update.status {
        TaskStatus::Running => String::new(),
        TaskStatus::Finished(value) => format!(" {}", result(value)),
        TaskStatus::Failed(why) | TaskStatus::Killed(why) => format!(" {}", reason(why)),
    };
    let StatusUpdate { task_id, executor_id, status, task_cpus } = update;
    format!("{task_id:?} on {executor_id} x{task_cpus} {}{detail}", status.state())
}

fn result(result: &TaskResult) -> String {
    let value = match &result.value {
        TaskValue::Direct(bytes) => format!("direct{}", blob(bytes)),
        TaskValue::Indirect { size } => format!("indirect {size}"),
        TaskValue::Dropped { size } => format!("dropped {size}"),
        TaskValue::MapStatus(status) => format!("{status:?}"),
    };
    value + &metrics(&result.metrics)
}

fn output(output: &TaskOutput) -> String {
    match output {
        TaskOutput::Decoded => " decoded".to_owned(),
        TaskOutput::MapStatus(status) => {
            format!(" {:?} at {} {:?}", status.map_id, status.executor_id, status.sizes)
        }
    }
}

/// The reason on one line.
fn reason(reason: &TaskEndReason) -> String {
    let text = reason.to_string().replace('\n', "|");
    match reason {
        TaskEndReason::ExceptionFailure(failure) if failure.fatal => format!("{text} (fatal)"),
        _ => text,
    }
}

fn cause(cause: Option<&TaskEndReason>) -> String {
    cause.map(|cause| format!(" (cause {})", cause.name())).unwrap_or_default()
}

fn job_cause(error: &crate::JobError) -> String {
    match error {
        crate::JobError::StageFailure { cause: why, .. } => cause(why.as_deref()),
        _ => String::new(),
    }
}

fn metrics(metrics: &TaskMetrics) -> String {
    let set: Vec<String> = metrics
        .counters()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if set.is_empty() { String::new() } else { format!(" {{{}}}", set.join(", ")) }
}

fn properties(properties: &Properties) -> String {
    if properties.is_empty() { String::new() } else { format!(" {properties:?}") }
}

fn cores(offers: &[WorkerOffer]) -> String {
    let offers: Vec<String> =
        offers.iter().map(|offer| format!("{}:{}", offer.executor_id, offer.cores)).collect();
    format!("[{}]", offers.join(" "))
}

fn executors(executors: &[crate::ExecutorId]) -> String {
    let executors: Vec<String> = executors.iter().map(ToString::to_string).collect();
    format!("[{}]", executors.join(" "))
}

fn interrupt(interrupt: bool) -> &'static str {
    if interrupt { " interrupting" } else { "" }
}

fn blob(blob: &Blob) -> String {
    match blob.bytes() {
        Some([]) => String::new(),
        Some(bytes) if bytes.len() <= 16 => format!(" {:?}", String::from_utf8_lossy(bytes)),
        _ => format!(" {} bytes", blob.len()),
    }
}
