//! Tasks, as messages to several receivers show them.

use std::fmt::Write;

use super::parts::{accum_updates, attempt, blob, interrupt, metrics, properties, reason, resources};
use crate::{
    StageId,
    message::{
        KillTask, StageTask, StatusUpdate, TaskDescription, TaskInfo, TaskKind, TaskLocality, TaskOutput,
        TaskResult, TaskStatus, TaskValue,
    },
};

/// `j0.s1.0 result/2 "result" barrier epoch 3`: job, stage and attempt, kind, partitions of its RDD, code, and what
/// is not usual.
pub(super) fn stage_task(stage: &StageTask) -> String {
    let kind = match stage.kind {
        TaskKind::ShuffleMap { shuffle_id } => format!("{shuffle_id:?}"),
        TaskKind::Result => "result".to_owned(),
    };
    let StageTask {
        job_id,
        stage_id,
        stage_attempt_id,
        kind: _,
        num_partitions,
        binary,
        properties: set,
        epoch,
        is_barrier,
    } = stage;
    let epoch = if *epoch == 0 { String::new() } else { format!(" epoch {epoch}") };
    let barrier = if *is_barrier { " barrier" } else { "" };
    let (code, properties) = (blob(binary), properties(set));
    format!(
        "{job_id:?}.{stage_id:?}.{stage_attempt_id} {kind}/{num_partitions}{code}{barrier}{epoch}{properties}"
    )
}

/// `t5 i2.0 p2 on driver since 0 until 7 FINISHED`.
pub(super) fn task_info(info: &TaskInfo) -> String {
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
pub(super) fn task(task: &TaskDescription) -> String {
    let TaskDescription { task_id, index, attempt_number, partition_id, output_id, executor_id, .. } = task;
    let cpus = if task.cpus == 1 { String::new() } else { format!(" x{}", task.cpus) };
    let mut text = format!(
        "{task_id:?} = {} i{index}.{attempt_number} {partition_id}>{output_id}{} on {executor_id}{cpus}",
        stage_task(&task.stage),
        blob(&task.partition)
    );
    text.push_str(&resources(&task.resources));
    if !task.addresses.is_empty() {
        write!(text, " with {}", task.addresses.join(",")).unwrap();
    }
    text
}

pub(super) fn status(update: &StatusUpdate) -> String {
    let detail = match &update.status {
        TaskStatus::Running => String::new(),
        TaskStatus::Finished(value) => format!(" {}", result(value)),
        TaskStatus::Failed(why) | TaskStatus::Killed(why) => format!(" {}", reason(why)),
    };
    let StatusUpdate { task_id, executor_id, status, task_cpus } = update;
    format!("{task_id:?} on {executor_id} x{task_cpus} {}{detail}", status.state())
}

pub(super) fn result(result: &TaskResult) -> String {
    let value = match &result.value {
        TaskValue::Direct(bytes) => format!("direct{}", blob(bytes)),
        TaskValue::Indirect { size } => format!("indirect {size}"),
        TaskValue::Dropped { size } => format!("dropped {size}"),
        TaskValue::MapStatus(status) => format!("{status:?}"),
    };
    value + &metrics(&result.metrics) + &accum_updates(&result.accum_updates)
}

pub(super) fn output(output: &TaskOutput) -> String {
    match output {
        TaskOutput::Decoded => " decoded".to_owned(),
        TaskOutput::MapStatus(status) => {
            format!(" {:?} at {} {:?}", status.map_id, status.executor_id, status.sizes)
        }
    }
}

/// `s1.0 t5 i2.0 p2 on driver since 0`: an attempt of a stage attempt's task.
pub(super) fn task_of(stage_id: StageId, stage_attempt_id: u32, info: &TaskInfo) -> String {
    format!("{} {}", attempt(stage_id, stage_attempt_id), task_info(info))
}

/// `s1.0 i2 p2`: a task that is to have a speculative copy.
pub(super) fn copy_of(stage_id: StageId, stage_attempt_id: u32, index: u32, partition_id: u32) -> String {
    format!("{} i{index} p{partition_id}", attempt(stage_id, stage_attempt_id))
}

pub(super) fn kill_task(kill: &KillTask) -> String {
    let KillTask { task_id, executor_id, interrupt_thread, reason } = kill;
    format!("kill {task_id:?} on {executor_id}{}: {reason}", interrupt(*interrupt_thread))
}
