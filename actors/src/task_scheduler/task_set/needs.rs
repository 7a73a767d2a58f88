//! What a task of a set takes, and which executors can give it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Config,
    message::WorkerOffer,
    resources::{ProfileId, ResourceAmount, ResourceProfile, Resources, allocator},
};

/// What each task of a set takes.
#[derive(Clone, Debug)]
pub(in crate::task_scheduler) struct Needs {
    pub(in crate::task_scheduler) profile_id: ProfileId,
    /// The profile is for tasks only: they run on executors of the default profile too.
    is_task_only: bool,
    pub(in crate::task_scheduler) cpus: u32,
    amounts: BTreeMap<Arc<str>, ResourceAmount>,
    /// How many tasks an executor of the profile runs at once; 1 if its cores are not known.
    pub(super) slots_of_executor: u32,
}

impl Needs {
    pub(super) fn new(config: &Config, profile: Option<&ResourceProfile>) -> Self {
        let Some(profile) = profile else {
            return Needs {
                profile_id: ProfileId::DEFAULT,
                is_task_only: false,
                cpus: config.task_cpus,
                amounts: config.task_resources.clone(),
                slots_of_executor: 1,
            };
        };
        let cpus = profile.task.cpus.unwrap_or(config.task_cpus);
        Needs {
            profile_id: profile.id,
            is_task_only: profile.executor.is_none(),
            cpus,
            amounts: profile.task.amounts.clone(),
            slots_of_executor: slots_of_executor(profile, cpus),
        }
    }

    /// Whether an executor of the profile may run these tasks.
    pub(in crate::task_scheduler) fn accept_profile(&self, offer: &WorkerOffer) -> bool {
        offer.profile_id == self.profile_id || (self.is_task_only && offer.profile_id == ProfileId::DEFAULT)
    }

    /// What a task takes of an offer beyond cores; `None` if the offer is not enough.
    pub(in crate::task_scheduler) fn assign(&self, offer: &WorkerOffer) -> Option<Resources> {
        if offer.cores < self.cpus {
            return None;
        }
        if self.amounts.is_empty() {
            return Some(Resources::new());
        }
        allocator::assign(&self.amounts, &offer.resources)
    }

    /// How many tasks fit into an offer.
    pub(in crate::task_scheduler) fn slots(&self, offer: &WorkerOffer) -> u32 {
        if !self.accept_profile(offer) {
            return 0;
        }
        let by_cores = offer.cores / self.cpus.max(1);
        by_cores.min(allocator::slots(&self.amounts, &offer.resources))
    }

    /// Of what these offers have too little beside cores, if it is that.
    pub(in crate::task_scheduler) fn shortage<'a>(
        &self,
        offers: impl Iterator<Item = &'a WorkerOffer>,
    ) -> Option<Arc<str>> {
        let mut offers = offers.peekable();
        offers.peek()?;
        let mut of_profile = offers.filter(|offer| self.accept_profile(offer)).peekable();
        if of_profile.peek().is_none() {
            return Some(format!("resource profile {}", self.profile_id).into());
        }
        let mut shortage = None;
        for offer in of_profile.filter(|offer| offer.cores >= self.cpus) {
            // One that has all was refused for another reason.
            let lacking = self.lacking(offer)?;
            shortage.get_or_insert(lacking);
        }
        shortage.cloned()
    }

    /// What an offer with enough cores has too little of.
    fn lacking(&self, offer: &WorkerOffer) -> Option<&Arc<str>> {
        let lacks = |name: &Arc<str>, amount: ResourceAmount| {
            allocator::slots(&BTreeMap::from([(name.clone(), amount)]), &offer.resources) == 0
        };
        self.amounts.iter().find(|(name, amount)| lacks(name, **amount)).map(|(name, _)| name)
    }
}

fn slots_of_executor(profile: &ResourceProfile, cpus: u32) -> u32 {
    let Some(executor) = &profile.executor else { return 1 };
    let Some(cores) = executor.cores else { return 1 };
    let by_amounts = profile.task.amounts.iter().filter(|(_, amount)| **amount > ResourceAmount::ZERO).map(
        |(name, amount)| {
            let addresses = executor.amounts.get(name).copied().unwrap_or(0);
            let amount = amount.as_f64();
            // A task takes whole addresses, or a part of one address.
            if amount < 1.0 {
                addresses.saturating_mul((1.0 / amount) as u32)
            } else {
                (f64::from(addresses) / amount) as u32
            }
        },
    );
    by_amounts.fold(cores / cpus.max(1), u32::min)
}
