//! What a round does not touch, and what it forgets.

use super::{all, barrier::barrier, exclusion, set, some, submit, tasks};
use crate::{Config, StageId, config::Exclusion, message::TaskSchedulerMessage, testkit::visits};

#[test]
fn with_exclusion_on_a_round_that_is_used_up_asks_no_set_that_nobody_is_excluded_from() {
    let limits = Exclusion { application_enabled: false, ..exclusion::exclusion() };
    let cost = |others: bool| {
        let mut tasks = tasks(Config { is_local: true, ..exclusion::config(limits.clone()) });
        submit(&mut tasks, set(0, 0, 0, 9));
        if others {
            submit(&mut tasks, barrier(set(1, 1, 0, 9)));
            submit(&mut tasks, set(2, 2, 0, 9));
        }
        let (sent, cost) = visits(|| some(&mut tasks, &[(1, "a", 1)]));
        assert_eq!(sent, ["t0 = s0 i0.0 on 1"]);
        assert!(tasks.core.delayed.is_empty(), "nor does the barrier set want all cores");
        cost
    };
    // But for the levels of each set, as the executor is new.
    assert_eq!(cost(true), cost(false) + 2);
}

#[test]
fn a_single_offer_says_nothing_about_the_slots_of_a_barrier_set() {
    let mut tasks = tasks(super::local(1));
    submit(&mut tasks, barrier(set(0, 0, 0, 9)));
    let slots = |tasks: &super::Tasks| tasks.core.task_sets[&(StageId(0), 0)].barrier_slots;
    assert!(all(&mut tasks, &[(1, "a", 4), (2, "b", 4)]).is_empty());
    assert_eq!(slots(&tasks), Some(8));
    assert_eq!(some(&mut tasks, &[(1, "a", 1)]).len(), 1, "it asks for all cores");
    assert_eq!(slots(&tasks), Some(8));
}

#[test]
fn once_something_was_launched_nobody_watches_for_starvation() {
    let mut tasks = tasks(Config::default());
    let starvation = |sent: &[String]| sent.iter().any(|sent| sent.ends_with("check starvation"));
    assert!(starvation(&tasks.tell(set(0, 0, 0, 1))));
    assert_eq!(all(&mut tasks, &[(1, "a", 1)]).len(), 1);
    let check = TaskSchedulerMessage::CheckStarvation(crate::message::CheckStarvation {});
    assert_eq!(tasks.tell(check), crate::testkit::NOTHING);
    assert!(!starvation(&tasks.tell(set(1, 1, 0, 1))));
}
