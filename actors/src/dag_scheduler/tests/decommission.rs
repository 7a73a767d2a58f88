//! Executors that leave on request.

use std::sync::Arc;

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    Config, ExecutorId,
    config::StageConfig,
    message::{AllJobsCancelled, ExecutorDecommission, ExecutorLossReason, ExecutorLost},
    testkit::NOTHING,
};

fn decommission(executor: u32, host: Option<&str>) -> ExecutorDecommission {
    ExecutorDecommission {
        executor_id: ExecutorId(executor),
        worker_host: host.map(Arc::from),
        reason: "it is old".to_owned(),
    }
}

/// A map stage s0 of two tasks, made on executors 1 and 2 of host h, and its reader s1, which runs.
fn two_stages(config: Config) -> Dag {
    let mut dag = Dag::with(config);
    dag.executor(1, "h");
    dag.executor(2, "h");
    dag.two_stages(2);
    dag
}

/// Attempt `attempt` of s1 cannot read from executor 1; what follows, up to the next attempt. Whether it aborted.
fn fail_once(dag: &mut Dag, attempt: u32) -> bool {
    let sent = dag.end((1, attempt, 0), 3, unreadable(0, 0, 1), None);
    if any(&sent, "has failed the maximum allowable number of times") {
        return true;
    }
    assert_eq!(sent[1], RESUBMIT);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, attempt + 1, 0, 1).len(), 3);
    false
}

#[test]
fn dag_024_a_failure_to_fetch_from_a_decommissioned_executor_is_no_fault_of_the_stage() {
    for ignore in [true, false] {
        let stage = StageConfig { ignore_decommission_fetch_failure: ignore, ..StageConfig::default() };
        let mut dag = two_stages(Config { stage, ..Config::default() });
        assert_eq!(dag.tell(decommission(1, None)), NOTHING);
        assert!(!fail_once(&mut dag, 0));
        // It is a new one from here on.
        dag.executor(1, "h");
        assert!(!fail_once(&mut dag, 1));
        assert!(!fail_once(&mut dag, 2));
        assert_eq!(fail_once(&mut dag, 3), !ignore);
        if ignore {
            dag.results(1, 4);
        }
        dag.finish();
    }
}

#[test]
fn tsi_047_executors_that_left_on_request_are_remembered_as_many_as_set() {
    // Executor 1 is the older one of two.
    for (retained, counted) in [(0, 1), (1, 1), (2, 0)] {
        let mut config = Config::default();
        config.decommission.max_retained_removed = retained;
        let mut dag = two_stages(config);
        for executor in [1, 2] {
            assert_eq!(dag.tell(decommission(executor, None)), NOTHING);
            let reason = ExecutorLossReason::ExecutorKilled;
            assert_eq!(dag.tell(ExecutorLost { executor_id: ExecutorId(executor), reason }), NOTHING);
        }
        assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
        let failures = dag.bench.core.stages[&crate::StageId(1)].failed_attempt_ids.len();
        assert_eq!(failures, counted, "{retained} are remembered");
        assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
        dag.finish();
    }
}

#[test]
fn a_loss_that_says_decommission_is_one() {
    let mut config = Config::default();
    config.decommission.max_retained_removed = 1;
    let mut dag = two_stages(config);
    let reason = ExecutorLossReason::ExecutorDecommission { worker_host: None, reason: "done".to_owned() };
    assert_eq!(dag.tell(ExecutorLost { executor_id: ExecutorId(1), reason }), NOTHING);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert!(dag.bench.core.stages[&crate::StageId(1)].failed_attempt_ids.is_empty());
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
    dag.finish();
}

#[test]
fn a_decommissioned_host_takes_all_its_outputs_along_each_time() {
    let mut config = Config::default();
    config.shuffle.unregister_output_on_host = true;
    let mut dag = two_stages(config);
    assert_eq!(dag.tell(decommission(1, Some("h"))), NOTHING);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.outputs(0), [None, None]);
    assert!(any(&dag.tell(AllJobsCancelled {}), "JobEnd"));
    dag.finish();
}

#[test]
fn tasks_of_an_attempt_whose_failure_is_not_counted_end_with_their_job() {
    let mut dag = two_stages(Config::default());
    assert_eq!(dag.tell(decommission(1, None)), NOTHING);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None)[1], RESUBMIT);
    // Its other task runs on while it waits for s0.
    assert_eq!(dag.resubmit().len(), 2);
    assert!(any(&dag.tell(AllJobsCancelled {}), "TaskScheduler: kill s1"));
    dag.finish();
}
