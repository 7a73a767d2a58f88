//! Where tasks like to run.

use super::{Dag, any};
use crate::{
    Config, ExecutorId,
    config::ShuffleConfig,
    lineage::{PreferredLocations, TaskLocation},
    message::{BlockUpdated, JobCancelled},
    testkit::{CpuClock, Graph, NOTHING},
};

fn with_executors(config: Config) -> Dag {
    let mut dag = Dag::with(config);
    for executor in 1..=6 {
        dag.executor(executor, &format!("h{executor}"));
    }
    dag
}

fn cancel() -> JobCancelled {
    JobCancelled { job_id: crate::JobId(0), reason: None }
}

#[test]
fn tasks_run_where_their_first_parent_with_a_preference_likes_it() {
    let mut graph = Graph::default();
    let (plain, left, right) = (graph.source(2), graph.source(2), graph.source(2));
    graph.prefer(left, &["a", "hdfs_cache_b"]);
    graph.prefer(right, &["c", "d"]);
    let zip = graph.zip(&[plain, left, right]);
    let rdd = graph.map(zip);
    let mut dag = Dag::new();
    assert!(any(&dag.tell(graph.job(0, rdd)), "[0>0 at a, 1>1 at hdfs_cache_b]"));
    assert_eq!(dag.tell(cancel()).len(), 4);
    // A union's parts have their own.
    let union = graph.union(&[left, plain, right]);
    assert!(any(
        &dag.tell(graph.job(0, union)),
        "[0>0 at a, 1>1 at hdfs_cache_b, 2>2, 3>3, 4>4 at c, 5>5 at d]"
    ));
    assert_eq!(dag.tell(cancel()).len(), 4);
    dag.finish();
}

#[test]
fn a_cached_partition_comes_before_what_the_rdd_says() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    graph.prefer(source, &["a", "b"]);
    graph.cache(source);
    let mut dag = with_executors(Config::default());
    let block = BlockUpdated { rdd_id: source, partition_id: 1, executor_id: ExecutorId(2), is_cached: true };
    assert_eq!(dag.tell(block), NOTHING);
    assert!(any(&dag.tell(graph.job(0, source)), "[0>0 at a, 1>1 at executor_h2_2]"));
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn dag_013_thirty_nested_zips_are_looked_through_at_once() {
    let mut graph = Graph::default();
    let mut rdd = graph.source(10);
    graph.cache(rdd);
    for _ in 0..30 {
        rdd = graph.zip(&[rdd, rdd]);
    }
    let mut dag = Dag::new();
    let clock = CpuClock::start();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    clock.assert_at_most(10);
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn dag_053_locations_that_cannot_be_had_fail_the_job_and_the_next_runs() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    graph.rdd(source).preferred_locations = PreferredLocations::Failed("no such table".into());
    let mut dag = Dag::new();
    let error = "Job aborted due to stage failure: Task creation failed: no such table";
    assert_eq!(
        dag.tell(graph.job(0, source)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 job0]".to_owned(),
            "ListenerBus: StageSubmitted s0.0 x1 job0 from 0".to_owned(),
            format!("TaskScheduler: kill s0: {error}"),
            format!("ListenerBus: StageCompleted s0.0 x1 job0 from 0 to 0 failed: {error}"),
            format!("JobWaiter-0: j0 failed: {error}"),
            format!("ListenerBus: JobEnd j0 at 0: {error}"),
        ]
    );
    let plain = graph.source(1);
    assert_eq!(dag.tell(graph.job(1, plain)).len(), 3);
    dag.results(1, 0);
    dag.finish();
}

/// A shuffle of these outputs (executor and sizes by reducer), and what its reader's submission looks like.
fn reader(config: Config, outputs: &[(u32, &[u64])]) -> String {
    let mut graph = Graph::default();
    let source = graph.source(outputs.len() as u32);
    let shuffle = graph.shuffle(source);
    let num_reduces = outputs[0].1.len() as u32;
    graph.lineage.shuffles.get_mut(&shuffle).unwrap().num_reduces = num_reduces;
    let rdd = graph.read(&[shuffle], num_reduces);
    let mut dag = with_executors(config);
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    let mut last = Vec::new();
    for (index, (executor, sizes)) in (0u32..).zip(outputs) {
        last = dag.map_of(0, 0, index, *executor, sizes);
    }
    dag.results(1, 0);
    dag.finish();
    last[2].split_once('[').unwrap().1.to_owned()
}

#[test]
fn dag_057_a_reducer_likes_the_host_of_the_single_map() {
    assert_eq!(reader(Config::default(), &[(1, &[10])]), "0>0 at h1]");
}

#[test]
fn a_reducer_likes_hosts_with_a_fifth_of_its_input() {
    let maps: Vec<(u32, &[u64])> =
        vec![(1, &[10, 0]), (2, &[10, 0]), (3, &[10, 9]), (4, &[1, 0]), (3, &[10, 1])];
    assert_eq!(reader(Config::default(), &maps), "0>0 at h1,h2,h3, 1>1 at h3]");
    // Nothing to read: nothing to prefer.
    assert_eq!(reader(Config::default(), &[(1, &[0, 5])]), "0>0, 1>1 at h1]");
    let off = ShuffleConfig { reduce_locality_enabled: false, ..ShuffleConfig::default() };
    assert_eq!(reader(Config { shuffle: off, ..Config::default() }, &maps), "0>0, 1>1]");
    assert_eq!(reader(Config { is_local: true, ..Config::default() }, &maps), "0>0, 1>1]");
}

#[test]
fn two_executors_of_a_host_name_it_once() {
    let (graph, _, rdd) = Graph::two_stages(2, 1);
    let mut dag = Dag::new();
    dag.executor(1, "a");
    dag.executor(2, "a");
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert!(any(&dag.map(0, 0, 1, 2), "[0>0 at a]"));
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn a_shuffle_of_very_many_tasks_is_not_looked_through() {
    for (maps, reduces, is_looked_at) in [(999, 999, true), (1_000, 1, false), (1, 1_000, false)] {
        let mut graph = Graph::default();
        let source = graph.source(maps);
        let shuffle = graph.shuffle(source);
        graph.lineage.shuffles.get_mut(&shuffle).unwrap().num_reduces = reduces;
        let rdd = graph.read(&[shuffle], 1);
        let mut dag = with_executors(Config::default());
        assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
        let mut last = Vec::new();
        for index in 0..maps {
            last = dag.map(0, 0, index, 1);
        }
        assert_eq!(any(&last, "[0>0 at h1]"), is_looked_at, "{maps} {reduces}");
        assert_eq!(dag.bench.core.stages[&crate::StageId(1)].has_locality, is_looked_at);
        dag.results(1, 0);
        dag.finish();
    }
}

#[test]
fn dag_059_a_narrow_parent_comes_before_a_shuffle() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let narrow = graph.source(1);
    graph.prefer(narrow, &["a"]);
    let rdd = graph.read(&[shuffle], 1);
    graph.rdd(rdd).dependencies.push(crate::lineage::Dependency::OneToOne { rdd: narrow });
    let mut dag = with_executors(Config::default());
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert!(any(&dag.map(0, 0, 0, 1), "[0>0 at a]"));
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn a_stage_without_anything_to_prefer_is_not_walked() {
    let mut graph = Graph::default();
    let mut rdd = graph.source(100_000);
    for _ in 0..200 {
        rdd = graph.map(rdd);
    }
    let mut dag = Dag::new();
    let clock = CpuClock::start();
    let sent = dag.send(graph.job(0, rdd));
    // A walk would visit twenty million partitions.
    clock.assert_at_most(5);
    assert_eq!(sent.len(), 3);
    assert!(dag.sets[&(0, 0)].tasks.iter().all(|task| task.locations == Vec::<TaskLocation>::new()));
    assert_eq!(dag.tell(cancel()).len(), 4);
    dag.finish();
}
