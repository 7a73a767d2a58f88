//! The resource profiles of stages.

use std::sync::Arc;

use super::{Dag, any};
use crate::{
    Config, RddId,
    message::JobCancelled,
    resources::{ExecutorRequests, ProfileId, ResourceAmount, ResourceProfile, TaskRequests},
    testkit::Graph,
};

fn profile(id: u32, cores: Option<u32>, cpus: Option<u32>, gpus: u32) -> ResourceProfile {
    let amounts = |gpus: u32| (gpus > 0).then(|| (Arc::from("gpu"), gpus));
    let task_amounts = (gpus > 0).then(|| (Arc::from("gpu"), ResourceAmount::from_f64(f64::from(gpus))));
    ResourceProfile {
        id: ProfileId(id),
        executor: cores.map(|cores| ExecutorRequests {
            cores: Some(cores),
            amounts: amounts(gpus).into_iter().collect(),
        }),
        task: TaskRequests { cpus, amounts: task_amounts.into_iter().collect() },
    }
}

/// A chain of as many RDDs in one stage as there are profiles.
fn chain(profiles: &[ResourceProfile]) -> (Graph, RddId) {
    let mut graph = Graph::default();
    let mut rdd = graph.source(1);
    for (index, profile) in profiles.iter().enumerate() {
        if index > 0 {
            rdd = graph.map(rdd);
        }
        graph.rdd(rdd).resource_profile = Some(Arc::new(profile.clone()));
    }
    (graph, rdd)
}

fn merging() -> Dag {
    Dag::with(Config { profile_merge_conflicts: true, ..Config::default() })
}

/// The profile of the one stage of a job on a chain.
fn profile_of(dag: &mut Dag, profiles: &[ResourceProfile]) -> Option<Arc<ResourceProfile>> {
    let (graph, rdd) = chain(profiles);
    let stage = dag.bench.core.next_stage_id;
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: crate::JobId(0), reason: None }).len(), 4);
    dag.sets[&(stage, 0)].profile.clone()
}

#[test]
fn dag_086_a_stage_has_the_default_profile() {
    assert_eq!(profile_of(&mut Dag::new(), &[]), None);
}

#[test]
fn dag_087_a_stage_has_exactly_the_profile_of_its_rdd() {
    let wanted = profile(3, Some(4), Some(2), 1);
    let (graph, rdd) = chain(&[wanted.clone(), wanted.clone()]);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 job0 profile 3]",
            "ListenerBus: StageSubmitted s0.0 x1 job0 profile 3 from 0",
            r#"TaskScheduler: submit j0.s0.0 result/1 "result" [0>0] profile 3"#,
        ]
    );
    assert_eq!(dag.sets[&(0, 0)].profile.as_deref(), Some(&wanted));
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn dag_088_two_profiles_in_a_stage_are_an_error() {
    let (graph, rdd) = chain(&[profile(1, Some(4), None, 0), profile(2, Some(2), None, 0)]);
    let mut dag = Dag::new();
    let sent = dag.tell(graph.job(0, rdd));
    assert_eq!(sent.len(), 1);
    assert!(any(&sent, "Multiple ResourceProfiles specified in the RDDs for this stage"), "{sent:?}");
    dag.finish();
}

#[test]
fn dag_089_two_profiles_are_merged_with_the_larger_amounts() {
    let merged =
        profile_of(&mut merging(), &[profile(1, Some(4), Some(1), 0), profile(2, Some(2), Some(2), 0)]);
    let merged = merged.unwrap();
    assert!(merged.asks_the_same(&profile(0, Some(4), Some(2), 0)), "{merged:?}");
    assert!(merged.id != ProfileId(1) && merged.id != ProfileId(2) && merged.id != ProfileId::DEFAULT);
}

#[test]
fn dag_090_the_same_merge_again_has_the_same_id() {
    let mut dag = merging();
    let profiles = [profile(1, Some(4), Some(1), 0), profile(2, Some(2), Some(2), 0)];
    let first = profile_of(&mut dag, &profiles).unwrap();
    assert_eq!(profile_of(&mut dag, &profiles).unwrap().id, first.id);
    let other = profile_of(&mut dag, &[profile(1, Some(4), Some(1), 0), profile(3, Some(2), Some(3), 0)]);
    assert_ne!(other.unwrap().id, first.id);
    // One that has the largest amounts of all is taken as it is.
    let largest = profile_of(&mut dag, &[profile(1, Some(4), Some(4), 0), profile(2, Some(2), Some(2), 0)]);
    assert_eq!(largest.unwrap().id, ProfileId(1));
}

#[test]
fn dag_091_each_resource_has_its_larger_amount() {
    let mut one = profile(1, Some(4), Some(1), 2);
    let mut two = profile(2, Some(8), None, 1);
    one.executor.as_mut().unwrap().amounts.insert("fpga".into(), 1);
    two.executor.as_mut().unwrap().amounts.insert("nic".into(), 3);
    two.task.amounts.insert("nic".into(), ResourceAmount::from_f64(0.5));
    let merged = one.merge(&two);
    let executor = merged.executor.unwrap();
    assert_eq!(executor.cores, Some(8));
    let amounts: Vec<(&str, u32)> = executor.amounts.iter().map(|(name, n)| (&**name, *n)).collect();
    assert_eq!(amounts, [("fpga", 1), ("gpu", 2), ("nic", 3)]);
    assert_eq!(merged.task.cpus, Some(1));
    let amounts: Vec<(&str, f64)> =
        merged.task.amounts.iter().map(|(name, amount)| (&**name, amount.as_f64())).collect();
    assert_eq!(amounts, [("gpu", 2.0), ("nic", 0.5)]);
}

#[test]
fn dag_092_three_profiles_are_merged() {
    let merged = profile_of(
        &mut merging(),
        &[profile(1, Some(1), Some(3), 0), profile(2, Some(2), Some(2), 0), profile(3, Some(3), Some(1), 1)],
    );
    assert!(merged.unwrap().asks_the_same(&profile(0, Some(3), Some(3), 1)));
}

#[test]
fn dag_093_profiles_for_tasks_only_stay_so() {
    let merged =
        profile_of(&mut merging(), &[profile(1, None, Some(3), 0), profile(2, None, Some(1), 2)]).unwrap();
    assert!(merged.asks_the_same(&profile(0, None, Some(3), 2)), "{merged:?}");
    let merged = profile(1, None, Some(3), 0).merge(&profile(2, Some(4), Some(1), 0));
    assert_eq!(merged.executor.unwrap().cores, Some(4));
}

#[test]
fn dag_094_the_profiles_and_the_shuffles_of_a_stage_are_found_together() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    graph.rdd(source).resource_profile = Some(Arc::new(profile(1, None, Some(3), 0)));
    let shuffle = graph.shuffle(source);
    let read = graph.read(&[shuffle], 1);
    graph.rdd(read).resource_profile = Some(Arc::new(profile(2, None, Some(2), 0)));
    let rdd = graph.map(read);
    let found = graph.lineage.chain(rdd);
    assert_eq!(found.shuffles, [shuffle]);
    let ids: Vec<ProfileId> = found.profiles.iter().map(|profile| profile.id).collect();
    assert_eq!(ids, [ProfileId(2)]);
    // A profile ends at the shuffle.
    let mut dag = Dag::new();
    assert!(any(
        &dag.tell(graph.job(0, rdd)),
        "s0.0 x1 rdd0 makes shuffle0 profile 1, s1.0 x1 job0 <s0 profile 2"
    ));
    assert_eq!(dag.tell(JobCancelled { job_id: crate::JobId(0), reason: None }).len(), 4);
    dag.finish();
}
