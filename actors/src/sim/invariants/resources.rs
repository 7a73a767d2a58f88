//! A task runs on an executor of its profile, with all that the profile asks for, and no address of a resource is
//! given away twice.

use std::{collections::BTreeMap, sync::Arc};

use super::{Check, Invariant, View};
use crate::{
    ActorId, StageId,
    message::{Message, TaskDescription, TaskRunnerMessage, TaskSchedulerMessage},
    resources::{ProfileId, ResourceAmount, ResourceProfile},
    sim::executors::SimExecutor,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Resources {
    /// By set whose tasks are not of the default profile.
    profiles: BTreeMap<(StageId, u32), Arc<ResourceProfile>>,
}

impl Resources {
    fn has_what_it_asks_for(&self, task: &TaskDescription, executor: &SimExecutor) -> Check {
        let set = (task.stage.stage_id, task.stage.stage_attempt_id);
        let (wanted, there) = (self.profiles.get(&set), executor.machine.profile_id);
        let id = wanted.map_or(ProfileId::DEFAULT, |profile| profile.id);
        let is_task_only = wanted.is_some_and(|profile| profile.executor.is_none());
        if there != id && !(is_task_only && there == ProfileId::DEFAULT) {
            return Err(format!("{} is of profile {id}, its executor of profile {there}", task.name()));
        }
        let Some(wanted) = wanted.map(|profile| &profile.task) else { return Ok(()) };
        if wanted.cpus.is_some_and(|cpus| cpus != task.cpus) {
            return Err(format!("{} asks for {:?} cores and gets {}", task.name(), wanted.cpus, task.cpus));
        }
        for (name, amount) in &wanted.amounts {
            let given = task.resources.get(name).into_iter().flatten();
            let given = given.fold(ResourceAmount::ZERO, |sum, (_, amount)| sum.plus(*amount));
            if given != *amount {
                return Err(format!("{} asks for {amount} of {name} and gets {given}", task.name()));
            }
        }
        Ok(())
    }

    fn gets_what_is_free(view: &View<'_>, task: &TaskDescription, executor: &SimExecutor) -> Check {
        let Some(world) = view.scene.world() else { return Ok(()) };
        let others = || executor.running.iter().filter_map(|other| world.tasks.running.get(other));
        for (name, addresses) in &task.resources {
            for (address, amount) in addresses {
                let taken = others().filter_map(|other| other.description.resources.get(name)?.get(address));
                let taken = taken.fold(*amount, |sum, amount| sum.plus(*amount));
                if taken > ResourceAmount::ONE {
                    return Err(format!(
                        "{} gets {name} {address}, of which {taken} is then taken",
                        task.name()
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Invariant for Resources {
    fn name(&self) -> &'static str {
        "resources"
    }

    fn needs_world(&self) -> bool {
        true
    }

    fn message(&mut self, view: &View<'_>, _to: ActorId, message: &Message) -> Check {
        match message {
            Message::TaskScheduler(TaskSchedulerMessage::SubmitTasks(submit)) => {
                let set = &submit.task_set;
                if let Some(profile) = &set.profile {
                    let id = (set.stage.stage_id, set.stage.stage_attempt_id);
                    self.profiles.insert(id, profile.clone());
                }
                Ok(())
            }
            Message::TaskRunner(TaskRunnerMessage::LaunchTask(launch)) => {
                let task = &launch.task;
                let executor = view.scene.world().and_then(|world| world.executors.get(&task.executor_id));
                let Some(executor) = executor else { return Ok(()) };
                self.has_what_it_asks_for(task, executor)?;
                Resources::gets_what_is_free(view, task, executor)
            }
            _ => Ok(()),
        }
    }
}
