//! A barrier set that was offered executors one by one is offered all of them.

use std::sync::Arc;

use super::{local, offers, set, tasks};
use crate::{
    OfferRound,
    message::{CheckLocality, ResourceOffers, SubmitTasks},
};

fn barrier_set() -> SubmitTasks {
    let mut submit = set(0, 0, 0, 2);
    Arc::make_mut(&mut submit.task_set.stage).is_barrier = true;
    submit
}

#[test]
fn a_barrier_set_that_single_offers_do_not_suffice_for_is_offered_all_cores_a_second_later() {
    let mut tasks = tasks(local(4));
    assert_eq!(tasks.tell(barrier_set()), ["DriverEndpoint: revive"]);
    let single =
        |round, executor| ResourceOffers { is_all_free_resources: false, ..offers(round, &[(executor, 1)]) };
    let first = tasks.tell(single(1, 1));
    assert!(first.iter().any(|line| line.starts_with("after 1s, TaskScheduler:")), "{first:?}");
    // One timer is enough.
    let second = tasks.tell(single(2, 2));
    assert!(!second.iter().any(|line| line.starts_with("after")), "{second:?}");
    tasks.wait(1_000_000_000);
    assert_eq!(tasks.tell(CheckLocality {}), ["DriverEndpoint: revive"]);
    let launched = tasks.send(ResourceOffers { round: OfferRound(3), ..offers(3, &[(1, 1), (2, 1)]) });
    assert_eq!(launched.len(), 3, "two begin, and the answer: {launched:?}");
    // All cores were offered: nothing is left to wait for.
    assert_eq!(tasks.tell(CheckLocality {}), crate::testkit::NOTHING);
}
