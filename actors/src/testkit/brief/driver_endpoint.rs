//! Messages to the DriverEndpoint.

use std::sync::Arc;

use super::{
    parts::{cores, executors, profile, resources},
    tasks::{kill_task, status, task},
};
use crate::{
    message::{DriverEndpointMessage as Driver, RegisterExecutor},
    resources::ResourceProfile,
};

pub(super) fn brief(message: &Driver) -> String {
    match message {
        Driver::RegisterExecutor(register) => {
            let RegisterExecutor { executor_id, hostname, cores, resources: beyond, profile_id } = register;
            let (beyond, profile) = (resources(beyond), profile(*profile_id));
            format!("register {executor_id} on {hostname} with {cores}{beyond}{profile}")
        }
        Driver::LaunchedExecutor(launched) => format!("executor {} is ready", launched.executor_id),
        Driver::StatusUpdate(update) => status(update),
        Driver::ReviveOffers(_) => "revive".to_owned(),
        Driver::LaunchTasks(launch) => {
            let tasks: Vec<String> = launch.tasks.iter().map(task).collect();
            format!("{:?} [{}] returned {}", launch.round, tasks.join(", "), cores(&launch.returned))
        }
        Driver::KillTask(kill) => kill_task(kill),
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
