//! What simulated executors have beyond cores, and the resource profiles that simulated RDDs ask for.

use std::{collections::BTreeMap, sync::Arc};

use super::dice::Random;
use crate::resources::{
    ExecutorRequests, ProfileId, ResourceAmount, ResourceProfile, Resources, TaskRequests,
};

const GPU: &str = "gpu";

/// The profile of which executors are started: its tasks run on them alone.
pub(super) const OWN_EXECUTORS: ProfileId = ProfileId(3);

/// This many addresses of the one resource that there is.
pub(super) fn gpus(number: u32) -> Resources {
    if number == 0 {
        return Resources::new();
    }
    let addresses = (0..number).map(|address| (address.to_string().into(), ResourceAmount::ONE));
    Resources::from([(GPU.into(), addresses.collect())])
}

/// One of three profiles: more cores, or half an address, on default executors; or a whole address and more cores on
/// executors of its own. Whatever of them meet in one stage, executors for the merged profile are there: the third
/// asks for the most of everything.
pub(super) fn profile(random: &mut Random) -> Arc<ResourceProfile> {
    let half = ResourceAmount(ResourceAmount::ONE.0 / 2);
    let id = random.between(1, OWN_EXECUTORS.0);
    let (cpus, amount) = match id {
        1 => (Some(2), None),
        2 => (None, Some(half)),
        _ => (Some(2), Some(ResourceAmount::ONE)),
    };
    let amounts: BTreeMap<_, _> = amount.map(|amount| (GPU.into(), amount)).into_iter().collect();
    let id = ProfileId(id);
    let executor = ExecutorRequests { cores: None, amounts: BTreeMap::from([(GPU.into(), 2)]) };
    let executor = (id == OWN_EXECUTORS).then_some(executor);
    Arc::new(ResourceProfile { id, executor, task: TaskRequests { cpus, amounts } })
}
