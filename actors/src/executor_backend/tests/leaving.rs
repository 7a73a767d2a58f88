//! Leaving when told to by the driver, or from outside.

use super::{backend, failed, launch, registered, update};
use crate::{
    message::{
        CheckDecommission, DecommissionExecutor, ExecutorDecommissionSigReceived, RegisteredExecutor,
        StopExecutor,
    },
    testkit::NOTHING,
};

const CHECK: [&str; 1] = ["after 1s, Executor-1: CheckDecommission(CheckDecommission)"];
const FINISHED: [&str; 2] = [
    "TaskRunner-1: stop",
    "DriverEndpoint: remove 1: ExecutorExited { exit_code: 0, exit_caused_by_app: false, reason: \"Finished \
     decommissioning\" }",
];

#[test]
fn it_leaves_once_nothing_runs() {
    let mut backend = registered();
    assert_eq!(backend.tell(launch(0)).len(), 1);
    assert_eq!(backend.tell(DecommissionExecutor {}), CHECK);
    assert_eq!(backend.tell(DecommissionExecutor {}), NOTHING);
    assert_eq!(backend.tell(CheckDecommission {}), CHECK);
    // A task that was on its way still runs.
    assert_eq!(backend.tell(launch(1)).len(), 1);
    assert_eq!(backend.tell(update(0, failed())).len(), 1);
    assert_eq!(backend.tell(CheckDecommission {}), CHECK);
    assert_eq!(backend.tell(update(1, failed())).len(), 1);
    assert_eq!(backend.tell(CheckDecommission {}), FINISHED);
    assert_eq!(backend.tell(CheckDecommission {}), NOTHING);
    assert_eq!(backend.tell(StopExecutor {}), NOTHING);
    backend.finish();
}

#[test]
fn told_from_outside_it_asks_the_driver_first() {
    let mut backend = registered();
    assert_eq!(
        backend.tell(ExecutorDecommissionSigReceived {}),
        ["DriverEndpoint: ExecutorDecommissioning(ExecutorDecommissioning { executor_id: executor 1 })"]
    );
    // Nothing happens until the driver agrees.
    assert_eq!(backend.tell(CheckDecommission {}), NOTHING);
    assert_eq!(backend.tell(DecommissionExecutor {}), CHECK);
    assert_eq!(backend.tell(ExecutorDecommissionSigReceived {}), NOTHING);
    assert_eq!(backend.tell(CheckDecommission {}), FINISHED);
    backend.finish();
}

#[test]
fn one_that_has_stopped_does_not_leave_once_more() {
    let mut backend = registered();
    assert_eq!(backend.tell(DecommissionExecutor {}), CHECK);
    assert_eq!(backend.tell(StopExecutor {}), ["TaskRunner-1: stop"]);
    assert_eq!(backend.tell(CheckDecommission {}), NOTHING);
    assert_eq!(backend.tell(DecommissionExecutor {}), NOTHING);
    assert_eq!(backend.tell(ExecutorDecommissionSigReceived {}), NOTHING);
    backend.finish();
}

#[test]
fn it_may_be_told_to_leave_before_it_has_registered() {
    let mut backend = backend();
    assert_eq!(backend.tell(DecommissionExecutor {}), CHECK);
    assert_eq!(backend.tell(RegisteredExecutor {}).len(), 1);
    assert_eq!(backend.tell(CheckDecommission {}), FINISHED);
    backend.finish();
}
