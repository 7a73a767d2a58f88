//! Messages to the TaskScheduler.

use std::fmt::Write;

use super::{
    parts::{attempt, blob, cores, interrupt, leaves, loss, reasons},
    tasks::{stage_task, status},
};
use crate::message::{AbortUnschedulableTaskSet, ExplainStages, SubmitTasks, TaskSchedulerMessage as Tasks};

pub(super) fn brief(message: &Tasks) -> String {
    match message {
        Tasks::SubmitTasks(message) => submit(message),
        Tasks::KillAllTaskAttempts(kill) => {
            format!("kill {:?}{}: {}", kill.stage_id, interrupt(kill.interrupt_thread), kill.reason)
        }
        Tasks::NotifyPartitionCompletion(done) => {
            format!("{:?} partition {}>{} is done", done.stage_id, done.partition_id, done.output_id)
        }
        Tasks::ExplainStages(explain) => {
            let ExplainStages { request, host, subject, reasons: known, stages } = &**explain;
            let known = reasons(known);
            format!("#{request} of {host} explain {subject:?} in {stages:?} beyond [{known}]")
        }
        Tasks::ResourceOffers(offers) => {
            let all = if offers.is_all_free_resources { " of all" } else { "" };
            format!("{:?}{all}: {}", offers.round, cores(&offers.offers))
        }
        Tasks::StatusUpdate(update) => status(update),
        Tasks::AbortTaskSet(abort) => format!("abort the set of {:?}: {}", abort.task_id, abort.reason),
        Tasks::TaskExecutorLost(lost) => format!("executor {} {}", lost.executor_id, loss(&lost.reason)),
        Tasks::ExecutorDecommission(leaving) => leaves(leaving),
        Tasks::CheckStarvation(_) => "check starvation".to_owned(),
        Tasks::CheckSpeculatableTasks(_) => "check speculatable tasks".to_owned(),
        Tasks::CheckLocality(_) => "check locality".to_owned(),
        Tasks::ExpireExclusions(_) => "expire exclusions".to_owned(),
        Tasks::AbortUnschedulableTaskSet(abort) => {
            let AbortUnschedulableTaskSet { stage_id, stage_attempt_id, serial } = abort;
            format!("abort unschedulable {} #{serial}", attempt(*stage_id, *stage_attempt_id))
        }
        other => format!("{other:?}"),
    }
}

/// `submit j0.s1.0 result/2 [0>0 "a" at host1,host2, 1>1 "b"] profile 3`.
fn submit(submit: &SubmitTasks) -> String {
    let set = &submit.task_set;
    let mut text = format!("submit {} [", stage_task(&set.stage));
    for (index, task) in set.tasks.iter().enumerate() {
        let gap = if index > 0 { ", " } else { "" };
        write!(text, "{gap}{}>{}{}", task.partition_id, task.output_id, blob(&task.partition)).unwrap();
        for (index, place) in task.locations.iter().enumerate() {
            write!(text, "{}{place}", if index == 0 { " at " } else { "," }).unwrap();
        }
    }
    let profile = set.profile.as_ref();
    text + "]" + &profile.map(|profile| format!(" profile {}", profile.id)).unwrap_or_default()
}
