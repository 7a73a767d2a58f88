//! How many tasks can run at once, and how many executors there are to be.

use std::sync::Arc;

use super::{Driver, gpus, ready, register};
use crate::{
    Config, ExecutorId, JobId,
    message::{
        DecommissionExecutors, GetMaxConcurrentTasks, RegisterExecutor, RequestAcknowledged,
        RequestExecutors, ReviveOffers,
    },
    resources::{ExecutorRequests, ProfileId, ResourceAmount, ResourceProfile, TaskRequests},
    testkit::NOTHING,
};

fn get(profiles: Vec<Option<Arc<ResourceProfile>>>) -> GetMaxConcurrentTasks {
    GetMaxConcurrentTasks { job_id: JobId(3), profiles }
}

fn slots(slots: &str) -> [String; 1] {
    [format!("DAGScheduler: MaxConcurrentTasks(MaxConcurrentTasks {{ job_id: j3, slots: [{slots}] }})")]
}

/// A profile whose tasks take these cores and this much of a GPU.
fn profile(id: u32, own_executors: bool, cpus: Option<u32>, gpu: f64) -> Option<Arc<ResourceProfile>> {
    let amounts = [(Arc::from("gpu"), ResourceAmount::from_f64(gpu))].into();
    Some(Arc::new(ResourceProfile {
        id: ProfileId(id),
        executor: own_executors.then(ExecutorRequests::default),
        task: TaskRequests { cpus, amounts },
    }))
}

#[test]
fn cgsb_004_busy_executors_count_too() {
    let mut driver = Driver::with(Config { task_cpus: 2, ..Config::default() });
    assert_eq!(driver.tell(get(vec![None])), slots("0"));
    driver.executor(1, 5);
    driver.executor(2, 4);
    assert_eq!(driver.tell(get(vec![None])), slots("4"));
    assert_eq!(driver.tell(ReviveOffers {}).len(), 1);
    assert_eq!(driver.tell(get(vec![None, None])), slots("4, 4"));
    assert_eq!(driver.answer(3, &[(0, 1), (1, 2)], &[(1, 4), (2, 3)]).len(), 2);
    assert_eq!(driver.tell(get(vec![None])), slots("4"));
    // One that has registered counts before it is ready; one that is to leave does not.
    assert_eq!(driver.tell(register(3, 2)).len(), 2);
    assert_eq!(driver.tell(get(vec![None])), slots("5"));
    let leave =
        DecommissionExecutors { executor_ids: vec![ExecutorId(2)], worker_host: None, reason: String::new() };
    assert_eq!(driver.tell(leave).len(), 2);
    assert_eq!(driver.tell(get(vec![None])), slots("3"));
    assert_eq!(driver.tell(ready(3)), ["TaskScheduler: round4: [3:2]"]);
}

#[test]
fn cgsb_005_gpus_limit_the_slots() {
    let task_resources = [(Arc::from("gpu"), ResourceAmount::ONE)].into();
    let mut driver = Driver::with(Config { task_resources, ..Config::default() });
    driver.executor_of(RegisterExecutor { resources: gpus(&[("0", 100), ("1", 100)]), ..register(1, 8) });
    driver.executor_of(RegisterExecutor { resources: gpus(&[("0", 100)]), ..register(2, 8) });
    driver.executor(3, 8);
    assert_eq!(driver.tell(get(vec![None])), slots("3"));
    driver.finish();
}

#[test]
fn cgsb_006_the_scarcer_of_cores_and_gpus_decides() {
    // Cores and GPUs of the executor, cores and share of a GPU of the task, slots.
    let cases = [
        (4, 4, 1, 1.0, 4),
        (4, 2, 1, 1.0, 2),
        (4, 4, 2, 1.0, 2),
        (4, 2, 2, 1.0, 2),
        (4, 2, 1, 0.5, 4),
        (8, 2, 1, 0.5, 4),
        (8, 3, 2, 0.25, 4),
        (8, 3, 1, 1.0 / 3.0, 8),
        (8, 4, 1, 2.0, 2),
        (8, 1, 1, 2.0, 0),
    ];
    for (cores, count, task_cpus, share, expected) in cases {
        let task_resources = [(Arc::from("gpu"), ResourceAmount::from_f64(share))].into();
        let mut driver = Driver::with(Config { task_cpus, task_resources, ..Config::default() });
        let addresses = [("0", 100), ("1", 100), ("2", 100), ("3", 100)];
        driver.executor_of(RegisterExecutor { resources: gpus(&addresses[..count]), ..register(1, cores) });
        assert_eq!(driver.tell(get(vec![None])), slots(&expected.to_string()));
        driver.finish();
    }
}

#[test]
fn a_profile_counts_the_executors_that_were_started_for_it() {
    let mut driver = Driver::new();
    let resources = gpus(&[("0", 100), ("1", 100)]);
    driver.executor_of(RegisterExecutor { resources: resources.clone(), ..register(1, 4) });
    driver.executor_of(RegisterExecutor { resources, profile_id: ProfileId(7), ..register(2, 6) });
    // The default profile, one of its own executors, one for tasks only, one that nobody has.
    let own = profile(7, true, Some(3), 0.5);
    let tasks_only = profile(8, false, None, 1.0);
    let nobody = profile(9, true, None, 1.0);
    assert_eq!(driver.tell(get(vec![None, own, tasks_only, nobody])), slots("4, 2, 2, 0"));
    driver.finish();
}

#[test]
fn requests_for_executors_go_to_the_cluster_manager_and_its_answer_to_who_asked() {
    let mut driver = Driver::new();
    assert_eq!(
        driver.tell(RequestExecutors { total: 5 }),
        ["ClusterManager: RequestTotalExecutors(RequestTotalExecutors { total: 5 })"]
    );
    assert_eq!(
        driver.tell(RequestAcknowledged { total: 5, accepted: true }),
        ["ExecutorAllocation: RequestAcknowledged(RequestAcknowledged { total: 5, accepted: true })"]
    );
    assert_eq!(driver.tell(ReviveOffers {}), NOTHING);
    driver.finish();
}
