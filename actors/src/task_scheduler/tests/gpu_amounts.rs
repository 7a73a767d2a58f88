//! Which addresses tasks get that take a part of one, or several.

use super::{
    Tasks,
    barrier::barrier,
    gpus::{gpus, profile, taken, wanting},
    local, set, submit, tasks,
};
use crate::{Config, message::SubmitTasks, testkit::NOTHING};

/// Plain and barrier sets of so many tasks.
fn both(count: u32) -> [SubmitTasks; 2] {
    [set(0, 0, 0, count), barrier(set(0, 0, 0, count))]
}

fn with(config: Config, set: SubmitTasks) -> Tasks {
    let mut tasks = tasks(config);
    submit(&mut tasks, set);
    tasks
}

/// So many tasks on each of four addresses.
fn on_each_of_four(parts: usize, text: impl Fn(usize) -> String) -> Vec<String> {
    (0..4).flat_map(|at| vec![text(at); parts]).collect()
}

const SHARES: [u32; 3] = [2, 4, 10];

#[test]
fn tsi_052_tasks_that_take_an_nth_share_the_addresses_of_one_executor() {
    for parts in SHARES {
        for set in both(4 * parts) {
            let mut tasks = with(wanting(1.0 / f64::from(parts)), set);
            let launched = taken(&mut tasks, vec![gpus(1, 100, &["0", "1", "2", "3"])]);
            assert_eq!(launched, on_each_of_four(parts as usize, |at| format!("1:{at}")));
        }
    }
}

#[test]
fn tsi_053_tasks_that_take_an_nth_share_the_addresses_of_four_executors() {
    for parts in SHARES {
        for set in both(4 * parts) {
            let mut tasks = with(wanting(1.0 / f64::from(parts)), set);
            let offers = (0..4).map(|at| gpus(at + 1, 100, &[["5", "6", "7", "8"][at as usize]])).collect();
            let launched = taken(&mut tasks, offers);
            assert_eq!(launched, on_each_of_four(parts as usize, |at| format!("{}:{}", at + 1, at + 5)));
        }
    }
}

#[test]
fn tsi_054_and_so_they_do_with_a_profile_for_tasks_only() {
    for parts in SHARES {
        for set in both(4 * parts) {
            let mut tasks = with(local(1), profile(set, 5, 1, 1.0 / f64::from(parts), true));
            let launched = taken(&mut tasks, vec![gpus(1, 100, &["0", "1", "2", "3"])]);
            assert_eq!(launched, on_each_of_four(parts as usize, |at| format!("1:{at}")));
        }
    }
}

/// A set whose tasks take 0.7, and after it one whose tasks take so much.
fn after_seven_tenths(amount: f64) -> Tasks {
    let mut tasks = with(local(1), profile(set(0, 0, 0, 4), 5, 1, 0.7, true));
    submit(&mut tasks, profile(set(1, 1, 0, 4), 6, 1, amount, true));
    tasks
}

#[test]
fn tsi_056_three_tenths_fit_beside_seven_tenths_on_each_address() {
    let launched = taken(&mut after_seven_tenths(0.3), vec![gpus(1, 100, &["0", "1", "2", "3"])]);
    assert_eq!(launched, on_each_of_four(2, |at| format!("1:{at}")));
}

#[test]
fn tsi_057_and_so_they_do_on_several_executors() {
    let offers = (0..4).map(|at| gpus(at + 1, 100, &["9"])).collect();
    let launched = taken(&mut after_seven_tenths(0.3), offers);
    assert_eq!(launched, on_each_of_four(2, |at| format!("{}:9", at + 1)));
}

#[test]
fn tsi_058_four_tenths_do_not_fit_beside_seven_tenths() {
    let mut tasks = after_seven_tenths(0.4);
    let launched = taken(&mut tasks, vec![gpus(1, 100, &["0", "1", "2", "3"])]);
    assert_eq!(launched, on_each_of_four(1, |at| format!("1:{at}")));
    assert_eq!(taken(&mut tasks, vec![gpus(1, 100, &[])]), NOTHING);
}

#[test]
fn tsi_059_a_barrier_set_whose_tasks_share_addresses_starts_as_a_whole() {
    let mut tasks = with(local(1), barrier(profile(set(0, 0, 0, 4), 5, 1, 0.5, true)));
    assert_eq!(taken(&mut tasks, vec![gpus(1, 9, &["0"])]), NOTHING);
    assert_eq!(taken(&mut tasks, vec![gpus(1, 9, &["0", "1"])]), ["1:0", "1:0", "1:1", "1:1"]);
}

#[test]
fn tsi_060_whole_amounts_take_whole_addresses_in_order() {
    let expected: [&[&str]; 4] =
        [&["1:0", "1:1", "1:2", "1:3"], &["1:0+1", "1:2+3"], &["1:0+1+2"], &["1:0+1+2+3"]];
    for (amount, expected) in (1_u32..).zip(expected) {
        for set in both(expected.len() as u32) {
            let mut tasks = with(wanting(f64::from(amount)), set);
            assert_eq!(taken(&mut tasks, vec![gpus(1, 100, &["0", "1", "2", "3"])]), expected);
        }
    }
}
