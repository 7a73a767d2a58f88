use std::sync::Arc;

use super::SimSystem;
use crate::{
    Config, ExecutorId,
    carrier::{ExecutorSpec, Observed, Observer},
    testkit::{Nothing, errors},
};

/// A recorder that could not record all.
struct Full;

impl Observer for Full {
    fn message(&self, _: Observed<'_>) {}

    fn finish(&self) -> Result<(), String> {
        Err("the disk is full".to_owned())
    }
}

#[test]
fn what_an_observer_could_not_record_is_an_error_in_the_log() {
    let ((), errors) = errors(|| {
        let executors = vec![ExecutorSpec::new(ExecutorId(1), "a", 1)];
        let mut system = SimSystem::new(Arc::new(Nothing), Config::default(), executors, 1).unwrap();
        system.add_observer(Arc::new(Full));
        system.run_until_idle();
    });
    assert_eq!(errors, ["the disk is full"]);
}
