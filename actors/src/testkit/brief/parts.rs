//! What messages to several receivers hold.

use std::fmt::Write;

use crate::{
    ExecutorId, JobError, StageId,
    lineage::Blob,
    message::{
        AccumUpdate, ExecutorDecommission, ExecutorLossReason, Properties, Reason, TaskEndReason,
        TaskMetrics, WorkerOffer,
    },
    resources::{ProfileId, Resources},
};

/// `s1.0`.
pub(super) fn attempt(stage_id: StageId, stage_attempt_id: u32) -> String {
    format!("{stage_id:?}.{stage_attempt_id}")
}

/// Each reason as the sentence that people see.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join(" | ")
}

/// Why an executor is gone; ` with HOST` if its host is gone with it.
pub(super) fn loss(reason: &ExecutorLossReason) -> String {
    let host = match reason {
        ExecutorLossReason::ExecutorProcessLost { worker_host, .. }
        | ExecutorLossReason::ExecutorDecommission { worker_host, .. } => worker_host.as_ref(),
        _ => None,
    };
    let host = host.map(|host| format!(" with {host}")).unwrap_or_default();
    format!("is lost{host}: {reason}")
}

/// The reason on one line.
pub(super) fn reason(reason: &TaskEndReason) -> String {
    let text = reason.to_string().replace('\n', "|") + &accum_updates(reason.accum_updates());
    match reason {
        TaskEndReason::ExceptionFailure(failure) if failure.fatal => format!("{text} (fatal)"),
        _ => text,
    }
}

pub(super) fn cause(cause: Option<&TaskEndReason>) -> String {
    cause.map(|cause| format!(" (cause {})", cause.name())).unwrap_or_default()
}

pub(super) fn job_cause(error: &JobError) -> String {
    match error {
        JobError::StageFailure { cause: why, .. } => cause(why.as_deref()),
        _ => String::new(),
    }
}

pub(super) fn metrics(metrics: &TaskMetrics) -> String {
    let set: Vec<String> = metrics
        .counters()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if set.is_empty() { String::new() } else { format!(" {{{}}}", set.join(", ")) }
}

pub(super) fn properties(properties: &Properties) -> String {
    if properties.is_empty() { String::new() } else { format!(" {properties:?}") }
}

/// `1:4`, with all that is not usual: ` on a gpu 0=1 profile 3`.
pub(super) fn cores(offers: &[WorkerOffer]) -> String {
    let offer = |offer: &WorkerOffer| {
        let WorkerOffer { executor_id, host, cores, resources: beyond, profile_id } = offer;
        format!("{executor_id}:{cores}{}{}{}", on_host(host), resources(beyond), profile(*profile_id))
    };
    let offers: Vec<String> = offers.iter().map(offer).collect();
    format!("[{}]", offers.join(" "))
}

/// Most executors of the tests are `here`.
pub(super) fn on_host(host: &str) -> String {
    if host == "here" { String::new() } else { format!(" on {host}") }
}

pub(super) fn profile(id: ProfileId) -> String {
    if id == ProfileId::DEFAULT { String::new() } else { format!(" profile {id}") }
}

/// ` adds [0 "x", 3 "y" (also if it fails)]`, if there are any.
pub(super) fn accum_updates(updates: &[AccumUpdate]) -> String {
    if updates.is_empty() { String::new() } else { format!(" adds {}", updates_of(updates)) }
}

pub(super) fn updates_of(updates: &[AccumUpdate]) -> String {
    let update = |AccumUpdate { id, value, counts_failed }: &AccumUpdate| {
        format!("{id}{}{}", blob(value), if *counts_failed { " (also if it fails)" } else { "" })
    };
    let updates: Vec<String> = updates.iter().map(update).collect();
    format!("[{}]", updates.join(", "))
}

/// `executor 1 leaves with a: spot`.
pub(super) fn leaves(leaving: &ExecutorDecommission) -> String {
    let ExecutorDecommission { executor_id, worker_host, reason } = leaving;
    let host = worker_host.as_ref().map(|host| format!(" with {host}")).unwrap_or_default();
    format!("executor {executor_id} leaves{host}: {reason}")
}

/// ` gpu 0=1+1=0.5`, if there are any.
pub(super) fn resources(resources: &Resources) -> String {
    let mut text = String::new();
    for (name, addresses) in resources {
        let addresses: Vec<String> =
            addresses.iter().map(|(address, amount)| format!("{address}={amount}")).collect();
        write!(text, " {name} {}", addresses.join("+")).unwrap();
    }
    text
}

pub(super) fn executors(executors: &[ExecutorId]) -> String {
    let executors: Vec<String> = executors.iter().map(ToString::to_string).collect();
    format!("[{}]", executors.join(" "))
}

pub(super) fn interrupt(interrupt: bool) -> &'static str {
    if interrupt { " interrupting" } else { "" }
}

pub(super) fn blob(blob: &Blob) -> String {
    match blob.bytes() {
        Some([]) => String::new(),
        Some(bytes) if bytes.len() <= 16 => format!(" {:?}", String::from_utf8_lossy(bytes)),
        _ => format!(" {} bytes", blob.len()),
    }
}
