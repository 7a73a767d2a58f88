//! A part of what an executor has: cores, and resources beyond them.

use std::{collections::BTreeMap, sync::Arc};

use crate::resources::{
    ResourceAmount, Resources,
    allocator::{give_back, take},
};

/// Cores and resources. It lists no address of which it has nothing, so that two of the same worth are equal.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Share {
    pub(super) cores: u32,
    pub(super) resources: Resources,
}

impl Share {
    pub(super) fn new(cores: u32, mut resources: Resources) -> Self {
        for addresses in resources.values_mut() {
            addresses.retain(|_, amount| *amount > ResourceAmount::ZERO);
        }
        resources.retain(|_, addresses| !addresses.is_empty());
        Share { cores, resources }
    }

    /// Whether `part` can be taken out of it.
    pub(super) fn contains(&self, part: &Share) -> bool {
        let covers = |(name, addresses): (&Arc<str>, &BTreeMap<Arc<str>, ResourceAmount>)| {
            let own = self.resources.get(name);
            addresses.iter().all(|(address, wanted)| {
                let has = own.and_then(|own| own.get(address)).copied().unwrap_or_default();
                has >= *wanted
            })
        };
        self.cores >= part.cores && part.resources.iter().all(covers)
    }

    pub(super) fn add(&mut self, part: &Share) {
        self.cores = self.cores.saturating_add(part.cores);
        give_back(&mut self.resources, &part.resources);
    }

    /// Takes `part` out; the caller knows that it [`contains`](Self::contains) it.
    pub(super) fn subtract(&mut self, part: &Share) {
        self.cores = self.cores.saturating_sub(part.cores);
        take(&mut self.resources, &part.resources);
    }
}
