//! Which addresses a task takes, and how many tasks fit.
//!
//! A task takes a share of one address, or a whole number of whole ones. What is free is named by address; an
//! address of which nothing is free is not there.

use std::{collections::BTreeMap, sync::Arc};

use super::{ResourceAmount, Resources};

/// What a task takes of an executor's free resources, addresses in order; `None` if it does not fit. An amount above
/// one that is not whole fits nowhere: no address can be shared in part by a task that has others.
pub(crate) fn assign(wanted: &BTreeMap<Arc<str>, ResourceAmount>, free: &Resources) -> Option<Resources> {
    let mut assigned = Resources::new();
    for (name, amount) in wanted {
        if *amount == ResourceAmount::ZERO {
            continue;
        }
        let addresses = free.get(name)?;
        let (share, count) = share_and_count(*amount)?;
        let taken: BTreeMap<_, _> = addresses
            .iter()
            .filter(|(_, free)| **free >= share)
            .take(count)
            .map(|(address, _)| (address.clone(), share))
            .collect();
        if taken.len() < count {
            return None;
        }
        assigned.insert(name.clone(), taken);
    }
    Some(assigned)
}

/// Takes what was assigned out of what is free.
pub(crate) fn take(free: &mut Resources, assigned: &Resources) {
    for (name, taken) in assigned {
        let Some(addresses) = free.get_mut(name) else { continue };
        for (address, amount) in taken {
            let Some(left) = addresses.get_mut(address) else { continue };
            *left = left.minus(*amount);
            if *left == ResourceAmount::ZERO {
                addresses.remove(address);
            }
        }
        if addresses.is_empty() {
            free.remove(name);
        }
    }
}

/// Makes free again what was assigned.
pub(crate) fn give_back(free: &mut Resources, assigned: &Resources) {
    for (name, taken) in assigned {
        let addresses = free.entry(name.clone()).or_default();
        for (address, amount) in taken {
            let left = addresses.entry(address.clone()).or_default();
            *left = left.plus(*amount);
        }
    }
}

/// How many tasks fit at once: as many as the scarcest resource allows; no limit for tasks that want none.
pub(crate) fn slots(wanted: &BTreeMap<Arc<str>, ResourceAmount>, free: &Resources) -> u32 {
    let wanted = wanted.iter().filter(|(_, amount)| **amount > ResourceAmount::ZERO);
    wanted.map(|(name, amount)| slots_of(*amount, free.get(name))).min().unwrap_or(u32::MAX)
}

fn slots_of(amount: ResourceAmount, addresses: Option<&BTreeMap<Arc<str>, ResourceAmount>>) -> u32 {
    let (Some(addresses), Some((share, count))) = (addresses, share_and_count(amount)) else { return 0 };
    let shares: u64 = addresses.values().map(|free| free.0 / share.0).sum();
    u32::try_from(shares / count as u64).unwrap_or(u32::MAX)
}

/// How much a task takes of each address, never nothing, and of how many; `None` for what no task can have.
fn share_and_count(amount: ResourceAmount) -> Option<(ResourceAmount, usize)> {
    if amount < ResourceAmount::ONE {
        (amount > ResourceAmount::ZERO).then_some((amount, 1))
    } else if amount.0.is_multiple_of(ResourceAmount::ONE.0) {
        usize::try_from(amount.0 / ResourceAmount::ONE.0).ok().map(|count| (ResourceAmount::ONE, count))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(wanted: &[(&str, f64)]) -> BTreeMap<Arc<str>, ResourceAmount> {
        wanted.iter().map(|(name, amount)| (Arc::from(*name), ResourceAmount::from_f64(*amount))).collect()
    }

    fn whole(name: &str, addresses: &[&str]) -> Resources {
        let addresses = addresses.iter().map(|address| (Arc::from(*address), ResourceAmount::ONE)).collect();
        Resources::from([(Arc::from(name), addresses)])
    }

    /// Tasks that fit one after another, as the addresses that each gets.
    fn fill(amount: f64, free: &mut Resources) -> Vec<String> {
        let mut tasks = Vec::new();
        while let Some(assigned) = assign(&amounts(&[("gpu", amount)]), free) {
            take(free, &assigned);
            tasks.push(assigned["gpu"].keys().map(|address| &**address).collect::<Vec<_>>().join("+"));
        }
        tasks
    }

    #[test]
    fn three_thirds_share_one_address() {
        let mut free = whole("gpu", &["0", "1"]);
        assert_eq!(slots(&amounts(&[("gpu", 1.0 / 3.0)]), &free), 6);
        assert_eq!(fill(1.0 / 3.0, &mut free), ["0", "0", "0", "1", "1", "1"]);
        let rest = free["gpu"].values().map(|amount| amount.0).collect::<Vec<_>>();
        assert_eq!(rest, [1, 1], "what the rounding of the thirds leaves, too little for any task");
    }

    #[test]
    fn every_share_from_a_half_to_a_hundredth_fits_as_often_as_it_should() {
        for parts in 2..=100_u32 {
            let mut free = whole("gpu", &["0"]);
            let share = 1.0 / f64::from(parts);
            assert_eq!(slots(&amounts(&[("gpu", share)]), &free), parts);
            assert_eq!(fill(share, &mut free).len(), parts as usize);
        }
    }

    #[test]
    fn seven_tenths_and_three_tenths_are_one_address() {
        let mut free = whole("gpu", &["0"]);
        let large = assign(&amounts(&[("gpu", 0.7)]), &free).unwrap();
        take(&mut free, &large);
        assert_eq!(assign(&amounts(&[("gpu", 0.7)]), &free), None);
        let small = assign(&amounts(&[("gpu", 0.3)]), &free).unwrap();
        take(&mut free, &small);
        assert_eq!(free, Resources::new(), "nothing is left, not even a name");
        give_back(&mut free, &large);
        give_back(&mut free, &small);
        assert_eq!(free, whole("gpu", &["0"]));
    }

    #[test]
    fn a_share_goes_to_the_first_address_that_has_room_for_it() {
        let mut free = whole("gpu", &["0", "1"]);
        assert_eq!(fill(0.6, &mut free), ["0", "1"]);
        assert_eq!(fill(0.4, &mut free), ["0", "1"]);
    }

    #[test]
    fn whole_amounts_take_whole_addresses_only() {
        let mut free = whole("gpu", &["0", "1", "2", "3"]);
        let share = assign(&amounts(&[("gpu", 0.5)]), &free).unwrap();
        take(&mut free, &share);
        assert_eq!(slots(&amounts(&[("gpu", 2.0)]), &free), 1);
        assert_eq!(slots(&amounts(&[("gpu", 1.0)]), &free), 3);
        assert_eq!(fill(2.0, &mut free), ["1+2"]);
        assert_eq!(fill(1.0, &mut free), ["3"]);
        assert_eq!(fill(0.5, &mut free), ["0"]);
    }

    #[test]
    fn the_scarcest_resource_decides() {
        let mut free = whole("gpu", &["0", "1"]);
        free.extend(whole("fpga", &["a"]));
        let wanted = amounts(&[("fpga", 1.0), ("gpu", 0.5)]);
        assert_eq!(slots(&wanted, &free), 1);
        let assigned = assign(&wanted, &free).unwrap();
        take(&mut free, &assigned);
        assert_eq!(assign(&wanted, &free), None, "it has its gpu, but no fpga");
        assert_eq!(slots(&wanted, &free), 0);
        give_back(&mut free, &assigned);
        assert_eq!(slots(&wanted, &free), 1);
    }

    #[test]
    fn who_wants_nothing_fits_anywhere_and_takes_nothing() {
        for wanted in [amounts(&[]), amounts(&[("gpu", 0.0)])] {
            assert_eq!(assign(&wanted, &Resources::new()), Some(Resources::new()));
            assert_eq!(slots(&wanted, &Resources::new()), u32::MAX);
        }
    }

    #[test]
    fn an_unknown_resource_and_one_and_a_half_addresses_fit_nowhere() {
        let free = whole("gpu", &["0", "1", "2"]);
        for wanted in [amounts(&[("fpga", 1.0)]), amounts(&[("gpu", 1.5)]), amounts(&[("gpu", 4.0)])] {
            assert_eq!(assign(&wanted, &free), None);
            assert_eq!(slots(&wanted, &free), 0);
        }
    }
}
