//! Executors that are about to leave.

use super::{
    REVIVE, SECOND, Tasks, all, local, lost, map_done, map_set, prefer, set, some,
    speculation::{config, settings},
    status, submit, tasks,
};
use crate::{
    Config, ExecutorId, StageId,
    config::Decommission,
    message::{
        CheckSpeculatableTasks, ExecutorDecommission, ExecutorLossReason, TaskLocality as L, TaskStatus,
    },
    testkit::NOTHING,
};

fn leaves(executor: u32, worker_host: Option<&str>) -> ExecutorDecommission {
    ExecutorDecommission {
        executor_id: ExecutorId(executor),
        worker_host: worker_host.map(Into::into),
        reason: "spot".to_owned(),
    }
}

/// The DAGScheduler hears of it, and what preferred the executor may be allowed elsewhere.
fn told(executor: u32) -> [String; 2] {
    [format!("DAGScheduler: executor {executor} leaves: spot"), REVIVE.to_owned()]
}

fn levels(tasks: &Tasks) -> &[L] {
    tasks.core.task_sets[&(StageId(0), 0)].delay.levels()
}

/// Executors 1 and 2 on host `a`; a task that prefers executor 1, and one that prefers host `a`.
fn near_a() -> Tasks {
    let mut tasks = tasks(local(1));
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "a", 1), (3, "b", 1)]).is_empty());
    submit(&mut tasks, prefer(set(0, 0, 0, 2), &[&["executor_a_1"], &["a"]]));
    assert_eq!(levels(&tasks), [L::ProcessLocal, L::NodeLocal, L::Any]);
    tasks
}

#[test]
fn tsi_001_an_executor_that_is_to_leave_is_not_alive() {
    let mut tasks = tasks(local(1));
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "a", 1)]).is_empty());
    let host = tasks.core.executors.get(ExecutorId(1)).unwrap().host;
    assert!(tasks.core.executors.is_alive(ExecutorId(1)));
    assert_eq!(tasks.tell(leaves(1, None)), told(1));
    assert!(!tasks.core.executors.is_alive(ExecutorId(1)));
    assert!(tasks.core.executors.hosts.has_alive(host));
    assert_eq!(tasks.tell(leaves(2, None)), told(2));
    assert!(!tasks.core.executors.hosts.has_alive(host));
    assert_eq!(tasks.tell(leaves(7, None)), [REVIVE], "an unknown one, whose loss will not be told either");
    assert!(tasks.core.executors.decommission_state(ExecutorId(7)).is_none());
}

#[test]
fn tsm_016_a_host_whose_executors_leave_is_no_near_place() {
    let mut tasks = near_a();
    assert_eq!(tasks.tell(leaves(1, None)), told(1));
    assert_eq!(tasks.tell(leaves(2, None)), told(2));
    assert_eq!(levels(&tasks), [L::Any]);
    assert_eq!(some(&mut tasks, &[(3, "b", 2)]), ["t0 = s0 i0.0 on 3 ANY", "t1 = s0 i1.0 on 3 ANY"]);
}

#[test]
fn tsm_017_when_one_executor_of_a_host_leaves_the_host_is_still_near() {
    let mut tasks = near_a();
    assert_eq!(tasks.tell(leaves(1, None)), told(1));
    assert_eq!(levels(&tasks), [L::NodeLocal, L::Any]);
    assert_eq!(some(&mut tasks, &[(3, "b", 1)]).len(), 1, "it waits for the host");
    assert_eq!(
        some(&mut tasks, &[(2, "a", 2)]),
        ["t0 = s0 i0.0 on 2 NODE_LOCAL", "t1 = s0 i1.0 on 2 NODE_LOCAL"]
    );
}

#[test]
fn tsi_045_the_host_of_one_that_leaves_is_remembered() {
    let mut tasks = tasks(local(1));
    assert!(all(&mut tasks, &[(1, "a", 1), (2, "b", 1)]).is_empty());
    assert_eq!(tasks.tell(leaves(1, None)), told(1));
    assert_eq!(tasks.tell(leaves(2, Some("b"))), ["DAGScheduler: executor 2 leaves with b: spot", REVIVE]);
    let host = |id| tasks.core.executors.decommission_state(ExecutorId(id)).unwrap().worker_host.clone();
    assert_eq!((host(1), host(2)), (None, Some("b".into())));
    // Said twice, the latest counts.
    assert_eq!(tasks.tell(leaves(1, Some("a"))), ["DAGScheduler: executor 1 leaves with a: spot", REVIVE]);
    let state = tasks.core.executors.decommission_state(ExecutorId(1)).unwrap();
    assert_eq!(state.worker_host, Some("a".into()));
}

#[test]
fn tsi_046_an_executor_leaves_and_its_tasks_run_again_elsewhere() {
    let mut tasks = tasks(local(1));
    submit(&mut tasks, map_set(0, 0, 0, 2));
    assert_eq!(all(&mut tasks, &[(1, "a", 2)]).len(), 2);
    assert_eq!(tasks.tell(status(1, 1, TaskStatus::Running)), NOTHING);
    assert_eq!(tasks.tell(leaves(1, Some("a"))), ["DAGScheduler: executor 1 leaves with a: spot", REVIVE]);
    assert_eq!(map_done(&mut tasks, 0, 1).len(), 1, "what runs there may end well");
    // Its process ends: that is nobody's fault, and its host is lost with it.
    let sent = tasks.send(lost(1, ExecutorLossReason::process_lost("gone")));
    let texts: Vec<String> = sent.iter().map(crate::testkit::brief).collect();
    assert!(texts[0].contains("Resubmitted") && texts[0].contains(" t0 "), "{texts:?}");
    assert!(texts[1].contains("ExecutorLostFailure (executor 1 exited unrelated to the running tasks)"));
    assert_eq!(texts[3..], [REVIVE]);
    let told = format!("{:?}", sent[2].message);
    assert!(told.contains(r#"worker_host: Some("a")"#) && told.contains("caused_by_app: false"), "{told}");
    let mut launched = all(&mut tasks, &[(2, "b", 2)]);
    launched.sort();
    assert_eq!(launched, ["t2 = s0 i1.1 on 2", "t3 = s0 i0.1 on 2"]);
    for task in [2, 3] {
        assert_eq!(map_done(&mut tasks, task, 2).len(), 1);
    }
    tasks.finish();
}

#[test]
fn tsm_051_a_task_that_will_outlive_its_executor_has_a_copy() {
    let kill_interval = Some(std::time::Duration::from_secs(5));
    let decommission = Decommission { kill_interval, ..Decommission::default() };
    let mut tasks = tasks(Config { decommission, ..config(settings()) });
    submit(&mut tasks, map_set(0, 0, 0, 5));
    assert_eq!(all(&mut tasks, &[(1, "a", 4)]).len(), 4);
    tasks.wait(10 * SECOND);
    for task in [0, 1, 2] {
        assert!(!map_done(&mut tasks, task, 1).is_empty());
    }
    // It takes 10 s as the others did; task 3 has run as long and is not slow yet.
    assert_eq!(some(&mut tasks, &[(2, "b", 1)]), ["t4 = s0 i4.0 on 2"]);
    tasks.wait(SECOND);
    assert_eq!(tasks.tell(CheckSpeculatableTasks {}).len(), 1, "the next check");
    // In 5 s executor 2 is ended from outside, and the task has 9 s to go.
    assert_eq!(tasks.tell(leaves(2, None)), told(2));
    let sent = tasks.tell(CheckSpeculatableTasks {});
    assert_eq!(sent[..2], ["DAGScheduler: copy wanted s0.0 i4 p4", REVIVE]);
}
