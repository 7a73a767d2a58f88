//! Resources beyond cores move with the cores.

use super::{Driver, end, gpus, register, remove, task};
use crate::{
    ExecutorId, OfferRound,
    core::Sending,
    message::{
        LaunchTasks, Message, RegisterExecutor, ReviveOffers, TaskDescription, TaskSchedulerMessage,
        WorkerOffer,
    },
    resources::Resources,
    testkit::NOTHING,
};

/// An executor with four cores and two GPUs, all on lease in round 2.
fn on_lease() -> Driver {
    let mut driver = Driver::new();
    driver.executor_of(RegisterExecutor { resources: gpus(&[("0", 100), ("1", 100)]), ..register(1, 4) });
    assert_eq!(offered(&driver.0.send(ReviveOffers {})), gpus(&[("0", 100), ("1", 100)]));
    driver.check();
    driver
}

/// The resources of the only offer in what was sent.
fn offered(sent: &[Sending]) -> Resources {
    let offers = sent.iter().find_map(|sending| match &sending.message {
        Message::TaskScheduler(TaskSchedulerMessage::ResourceOffers(offers)) => Some(&offers.offers[..]),
        _ => None,
    });
    match offers {
        Some([offer]) => offer.resources.clone(),
        other => panic!("{other:?}"),
    }
}

fn with_gpus(id: u64, addresses: &[(&str, u64)]) -> TaskDescription {
    TaskDescription { resources: gpus(addresses), ..task(id, 1) }
}

fn answer(round: u64, tasks: Vec<TaskDescription>, cores: u32, addresses: &[(&str, u64)]) -> LaunchTasks {
    let resources = if addresses.is_empty() { Resources::new() } else { gpus(addresses) };
    let returned = vec![WorkerOffer { resources, ..WorkerOffer::new(ExecutorId(1), "here", cores) }];
    LaunchTasks { round: OfferRound(round), tasks, returned }
}

#[test]
fn a_task_takes_its_addresses_and_its_end_gives_them_back() {
    let mut driver = on_lease();
    let tasks = vec![with_gpus(0, &[("0", 25)]), with_gpus(1, &[("1", 100)])];
    assert_eq!(driver.tell(answer(2, tasks, 2, &[("0", 75)])).len(), 2);
    let sent = driver.0.send(end(1, 1));
    assert_eq!(offered(&sent), gpus(&[("0", 75), ("1", 100)]));
    assert_eq!(driver.tell(answer(3, Vec::new(), 3, &[("0", 75), ("1", 100)])), NOTHING);
    // Said twice, it gives back nothing.
    assert_eq!(driver.tell(end(1, 1)).len(), 1);
    assert_eq!(offered(&driver.0.send(end(0, 1))), gpus(&[("0", 100), ("1", 100)]));
    assert_eq!(driver.tell(answer(4, Vec::new(), 4, &[("0", 100), ("1", 100)])), NOTHING);
    driver.finish();
}

#[test]
fn addresses_that_are_taken_are_not_offered() {
    let mut driver = on_lease();
    let tasks = vec![with_gpus(0, &[("0", 100)]), with_gpus(1, &[("1", 100)])];
    assert_eq!(driver.tell(answer(2, tasks, 2, &[])).len(), 2);
    assert_eq!(offered(&driver.0.send(ReviveOffers {})), Resources::new());
    // An address becomes free while the cores are on lease.
    assert_eq!(driver.tell(end(0, 1)).len(), 1);
    assert_eq!(driver.tell(answer(3, Vec::new(), 2, &[])), ["TaskScheduler: round4: [1:3 gpu 0=1]"]);
    assert_eq!(driver.tell(answer(4, Vec::new(), 3, &[("0", 100)])), NOTHING);
    assert_eq!(offered(&driver.0.send(end(1, 1))), gpus(&[("0", 100), ("1", 100)]));
    assert_eq!(driver.tell(answer(5, Vec::new(), 4, &[("0", 100), ("1", 100)])), NOTHING);
    driver.finish();
}

#[test]
fn a_task_whose_addresses_are_not_on_lease_is_not_launched() {
    let mut driver = on_lease();
    let tasks = vec![with_gpus(0, &[("7", 100)]), with_gpus(1, &[("0", 100)]), with_gpus(2, &[("0", 1)])];
    let sent = driver.tell(answer(2, tasks, 3, &[("1", 100)]));
    assert_eq!(sent, ["Executor-1: launch t1 = j0.s0.0 result/9 i1.0 1>1 on 1 gpu 0=1"]);
    assert_eq!(driver.tell(remove(1)).len(), 3);
    driver.finish();
}

#[test]
fn addresses_of_which_there_is_nothing_are_none() {
    let mut driver = Driver::new();
    driver.executor_of(RegisterExecutor { resources: gpus(&[("0", 0)]), ..register(1, 1) });
    assert_eq!(offered(&driver.0.send(ReviveOffers {})), Resources::new());
    assert_eq!(driver.tell(answer(2, Vec::new(), 1, &[])), NOTHING);
    driver.finish();
}
