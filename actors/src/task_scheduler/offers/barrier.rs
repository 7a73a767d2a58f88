//! Barrier sets: all tasks are launched together, or none (`spark-semantics` 8.4 and 8.7).

use std::{sync::Arc, time::Duration};

use super::{asking::Chosen, lease::Lease};
use crate::{
    Time,
    core::Outbox,
    task_scheduler::{TaskSchedulerCore, TaskSetId, task_set::TaskSetManager},
};

/// How often the log says of a set that it gives its places back.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Whether a barrier set could find places for all its tasks. Only the slots of all free cores explain anything.
pub(super) fn has_slots(set: &mut TaskSetManager, lease: &Lease, is_all_free_resources: bool) -> bool {
    let offers = lease.usable.iter().filter_map(|at| lease.offer(*at));
    let slots = offers.fold(0_u32, |slots, offer| slots.saturating_add(set.needs.slots(offer)));
    if is_all_free_resources {
        set.barrier_slots = Some(slots);
    }
    if slots < set.tasks.len() {
        tracing::info!(
            "Skip current round of resource offers for barrier stage {} because the barrier taskSet requires {} slots, \
             while the total number of available slots is {slots}.",
            set.stage.stage_id,
            set.tasks.len()
        );
    }
    slots >= set.tasks.len()
}

/// The hosts of a set's tasks, by partition.
pub(super) fn addresses(set: &TaskSetManager, chosen: &[Chosen], lease: &Lease) -> Arc<[Arc<str>]> {
    let mut hosts: Vec<(u32, Arc<str>)> = chosen
        .iter()
        .map(|chosen| (set.tasks.partition_id(chosen.choice.index), lease.host(chosen.at)))
        .collect();
    hosts.sort_by_key(|(partition, _)| *partition);
    hosts.into_iter().map(|(_, host)| host).collect()
}

impl TaskSchedulerCore {
    /// Only some tasks of a set have places: they give them back for other sets (SPARK-24818). With the waits of
    /// before Spark 3.1 that would happen again and again, so the set is given up.
    pub(super) fn release_partial(
        &mut self,
        now: Time,
        id: TaskSetId,
        chosen: Vec<Chosen>,
        lease: &mut Lease,
        out: &mut Outbox,
    ) {
        let Some(set) = self.task_sets.get_mut(&id) else { return };
        let (found, total) = (chosen.len(), set.tasks.len());
        for Chosen { choice, at, resources } in chosen.into_iter().rev() {
            lease.give_back(at, set.needs.cpus, &resources);
            set.give_back(choice.index, &mut self.executors.hosts);
        }
        if self.config.locality.legacy_reset_on_task_launch {
            let reason = format!(
                "Fail resource offers for barrier stage {} because only {found} out of a total number of {total} tasks got \
                 resource offers. We highly recommend you to use the non-legacy delay scheduling by setting \
                 spark.locality.wait.legacyResetOnTaskLaunch to false to get rid of this error.",
                id.0
            );
            return self.abort(id, reason, None, out);
        }
        if set.barrier_logged.is_none_or(|logged| now.since(logged) > LOG_INTERVAL) {
            set.barrier_logged = Some(now);
            tracing::info!(
                "Releasing the assigned resource offers since only partial tasks can be launched. Waiting for later round \
                 resource offers for barrier stage {}",
                id.0
            );
        }
    }
}
