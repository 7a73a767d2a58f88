//! Resources beyond cores, and the profiles that ask for them.

use std::{collections::BTreeMap, sync::Arc};

use super::{Tasks, barrier::barrier, local, map_done, map_set, round, set, submit, tasks};
use crate::{
    Config, ExecutorId, OfferRound,
    message::{DriverEndpointMessage, Message, ResourceOffers, SubmitTasks, TaskDescription, WorkerOffer},
    resources::{ExecutorRequests, ProfileId, ResourceAmount, ResourceProfile, Resources, TaskRequests},
    testkit::NOTHING,
};

/// An offer with whole gpus at these addresses.
pub(super) fn gpus(executor: u32, cores: u32, addresses: &[&str]) -> WorkerOffer {
    let addresses: BTreeMap<Arc<str>, _> =
        addresses.iter().map(|address| (Arc::from(*address), ResourceAmount::ONE)).collect();
    let mut offer = WorkerOffer::new(ExecutorId(executor), format!("h{executor}"), cores);
    if !addresses.is_empty() {
        offer.resources = Resources::from([("gpu".into(), addresses)]);
    }
    offer
}

pub(super) fn amounts(gpus: f64) -> BTreeMap<Arc<str>, ResourceAmount> {
    BTreeMap::from([("gpu".into(), ResourceAmount::from_f64(gpus))])
}

/// Tasks take so many gpus.
pub(super) fn wanting(gpus: f64) -> Config {
    Config { task_resources: amounts(gpus), ..local(1) }
}

/// The set's tasks take so many cores and gpus; they run on executors of the profile, or if it is for tasks only, of the
/// default profile too.
pub(super) fn profile(
    mut submit: SubmitTasks,
    id: u32,
    cpus: u32,
    gpus: f64,
    task_only: bool,
) -> SubmitTasks {
    let profile = ResourceProfile {
        id: ProfileId(id),
        executor: (!task_only).then(ExecutorRequests::default),
        task: TaskRequests { cpus: Some(cpus), amounts: amounts(gpus) },
    };
    submit.task_set.profile = Some(Arc::new(profile));
    submit
}

fn of_profile(mut offer: WorkerOffer, id: u32) -> WorkerOffer {
    offer.profile_id = ProfileId(id);
    offer
}

/// What is launched, as executor and addresses such as `2:0+1`; and that what is taken is missing in what comes back.
pub(super) fn taken(tasks: &mut Tasks, offers: Vec<WorkerOffer>) -> Vec<String> {
    let total = |resources: &Resources| -> u64 {
        resources.values().flat_map(BTreeMap::values).map(|amount| amount.0).sum()
    };
    let offered: u64 = offers.iter().map(|offer| total(&offer.resources)).sum();
    let message = ResourceOffers { round: OfferRound(1), offers, is_all_free_resources: true };
    let mut sent = tasks.send(message);
    let Some(Message::DriverEndpoint(DriverEndpointMessage::LaunchTasks(launch))) =
        sent.pop().map(|sending| sending.message)
    else {
        panic!("{sent:?}")
    };
    let used: u64 = launch.tasks.iter().map(|task| total(&task.resources)).sum();
    let back: u64 = launch.returned.iter().map(|offer| total(&offer.resources)).sum();
    assert_eq!(offered, used + back);
    let text = |task: &TaskDescription| {
        let addresses: Vec<&str> =
            task.resources.values().flat_map(BTreeMap::keys).map(|address| &**address).collect();
        format!("{}:{}", task.executor_id, addresses.join("+"))
    };
    let mut texts: Vec<String> = launch.tasks.iter().map(text).collect();
    texts.sort();
    texts
}

#[test]
fn tsm_045_a_task_is_told_what_it_has() {
    let mut tasks = tasks(wanting(2.0));
    assert_eq!(tasks.tell(set(0, 0, 0, 1)).len(), 1);
    let message = ResourceOffers {
        round: OfferRound(1),
        offers: vec![gpus(1, 2, &["0", "1", "2"])],
        is_all_free_resources: true,
    };
    assert_eq!(
        tasks.tell(message)[2],
        "DriverEndpoint: round1 [t0 = j0.s0.0 result/1 i0.0 0>0 on 1 gpu 0=1+1=1] returned [1:1 on h1 gpu 2=1]"
    );
}

#[test]
fn tsi_040_without_a_gpu_nothing_is_launched_and_of_two_each_task_gets_one() {
    let mut tasks = tasks(wanting(1.0));
    submit(&mut tasks, set(0, 0, 0, 2));
    assert_eq!(taken(&mut tasks, vec![gpus(1, 4, &[])]), NOTHING);
    assert_eq!(taken(&mut tasks, vec![gpus(1, 4, &[]), gpus(2, 4, &["0", "1"])]), ["2:0", "2:1"]);
}

#[test]
fn tsi_041_three_tasks_that_take_a_third_share_an_address() {
    let mut tasks = tasks(wanting(1.0 / 3.0));
    submit(&mut tasks, set(0, 0, 0, 3));
    assert_eq!(taken(&mut tasks, vec![gpus(1, 4, &["0", "1"])]), ["1:0", "1:0", "1:0"]);
}

#[test]
fn tsi_032_a_barrier_set_with_enough_cores_and_too_few_gpus_does_not_start() {
    let mut tasks = tasks(wanting(1.0));
    submit(&mut tasks, barrier(set(0, 0, 0, 3)));
    assert_eq!(taken(&mut tasks, vec![gpus(1, 3, &["0"]), gpus(2, 3, &["0"])]), NOTHING);
    assert_eq!(taken(&mut tasks, vec![gpus(1, 3, &["0"]), gpus(2, 3, &["0", "1"])]), ["1:0", "2:0", "2:1"]);
}

#[test]
fn tsi_034_a_barrier_set_of_another_profile_starts_as_a_whole_on_its_executors() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, barrier(profile(set(0, 0, 0, 3), 5, 1, 1.0, false)));
    let offers =
        vec![gpus(1, 9, &["0"]), of_profile(gpus(2, 2, &["0", "1"]), 5), of_profile(gpus(3, 1, &["0"]), 5)];
    assert_eq!(taken(&mut tasks, offers), ["2:0", "2:1", "3:0"]);
}

#[test]
fn tsi_035_a_barrier_set_of_another_profile_with_too_few_gpus_does_not_start() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, barrier(profile(set(0, 0, 0, 3), 5, 1, 1.0, false)));
    let offers = vec![gpus(1, 9, &["0", "1", "2"]), of_profile(gpus(2, 9, &["0", "1"]), 5)];
    assert_eq!(taken(&mut tasks, offers), NOTHING);
}

#[test]
fn tsi_042_each_set_uses_executors_of_its_own_profile() {
    let mut tasks = tasks(wanting(1.0));
    submit(&mut tasks, set(0, 0, 0, 4));
    submit(&mut tasks, profile(set(1, 1, 0, 4), 5, 1, 2.0, false));
    let offers = || vec![gpus(1, 9, &["0", "1"]), of_profile(gpus(2, 9, &["0", "1", "2", "3", "4"]), 5)];
    assert_eq!(taken(&mut tasks, offers()), ["1:0", "1:1", "2:0+1", "2:2+3"]);
    assert_eq!(taken(&mut tasks, offers()).len(), 4);
    assert_eq!(taken(&mut tasks, offers()), NOTHING);
}

#[test]
fn tsi_043_a_profile_for_tasks_only_shares_the_default_executors() {
    let mut tasks = tasks(wanting(1.0));
    submit(&mut tasks, set(0, 0, 0, 1));
    submit(&mut tasks, profile(set(1, 1, 0, 2), 5, 2, 0.5, true));
    let offers = vec![gpus(1, 4, &["0", "1"]), of_profile(gpus(2, 4, &["0"]), 6)];
    assert_eq!(taken(&mut tasks, offers), ["1:0", "1:1"], "cores for no more");
    assert_eq!(taken(&mut tasks, vec![gpus(1, 4, &["1"])]), ["1:1"]);
}

#[test]
fn what_an_offer_lacks_leaves_it_to_the_next_set() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, profile(set(0, 0, 0, 2), 5, 1, 1.0, true));
    submit(&mut tasks, map_set(1, 1, 0, 2));
    let launched = round(&mut tasks, true, vec![gpus(1, 4, &["0"])]);
    assert_eq!(launched, ["t0 = s0 i0.0 on 1", "t1 = s1 i0.0 on 1", "t2 = s1 i1.0 on 1"]);
    assert_eq!(map_done(&mut tasks, 1, 1).len(), 1);
}
