//! Stages that run again and again: how often, and what of older attempts counts.

use super::{Dag, RESUBMIT, any, unreadable};
use crate::{
    Config,
    config::StageConfig,
    message::{AllJobsCancelled, TaskEndReason},
    testkit::{Graph, NOTHING},
};

/// A chain of three stages, each of one task; the first two have run, the outputs are on executors 1 and 2.
fn three_stages(dag: &mut Dag) {
    dag.two_maps_and_result(1);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.map(1, 0, 0, 2).len(), 3);
}

#[test]
fn dag_026_failures_of_two_stages_are_counted_apart() {
    let mut dag = Dag::with(Config {
        stage: StageConfig { max_consecutive_attempts: 3, ..Default::default() },
        ..Config::default()
    });
    dag.two_maps_and_result(1);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    for attempt in 0..2 {
        assert_eq!(dag.end((1, attempt, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
        assert_eq!(dag.resubmit().len(), 2);
        assert_eq!(dag.map(0, attempt + 1, 0, 1).len(), 3);
    }
    assert_eq!(dag.map(1, 2, 0, 2).len(), 3);
    for attempt in 0..2 {
        assert_eq!(dag.end((2, attempt, 0), 3, unreadable(1, 0, 2), None)[1], RESUBMIT);
        assert_eq!(dag.resubmit().len(), 2);
        assert_eq!(dag.map(1, attempt + 3, 0, 2).len(), 3);
    }
    dag.results(2, 2);
    dag.finish();
}

#[test]
fn dag_027_a_success_of_the_stage_resets_the_count() {
    let mut dag = Dag::new();
    dag.two_maps_and_result(1);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    for attempt in 0..3 {
        assert_eq!(dag.end((1, attempt, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
        assert_eq!(dag.resubmit().len(), 2);
        assert_eq!(dag.map(0, attempt + 1, 0, 1).len(), 3);
    }
    assert_eq!(dag.map(1, 3, 0, 2).len(), 3);
    // Its output is lost, and the next attempt fails to fetch once more: the first failure in a row.
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 2), None)[1], RESUBMIT);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.end((1, 4, 0), 2, unreadable(0, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 4, 0, 1).len(), 3);
    assert_eq!(dag.map(1, 5, 0, 2).len(), 3);
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn dag_028_two_failures_of_one_attempt_are_one_stage_failure() {
    let mut dag = Dag::new();
    dag.two_stages(2);
    let first = dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None);
    assert!(any(&first, "StageCompleted s1.0"));
    // The second output is forgotten as well, and nothing more is told.
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 1, 2), None), NOTHING);
    assert_eq!(dag.outputs(0), [None, None]);
    assert!(any(&dag.resubmit(), "[0>0, 1>1]"));
    assert_eq!(dag.tell(AllJobsCancelled {}).len(), 5);
    dag.finish();
}

#[test]
fn dag_032_a_late_failure_does_not_run_a_map_stage_twice_at_once() {
    let mut dag = Dag::new();
    dag.two_stages(2);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.resubmit().len(), 2);
    // The other output cannot be read either, while the map stage makes the first again.
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 1, 2), None), [RESUBMIT]);
    assert_eq!(dag.resubmit(), NOTHING);
    let sent = dag.map(0, 1, 0, 3);
    assert_eq!(
        sent,
        [
            "ListenerBus: StageCompleted s0.1 x1 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from \
             executor 1) from 0 to 0",
            "ListenerBus: StageSubmitted s0.2 x1 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from \
             executor 2) from 0",
            r#"TaskScheduler: submit j0.s0.2 shuffle0/2 "map0" epoch 6 [1>1]"#,
        ]
    );
    assert_eq!(dag.map(0, 2, 0, 3).len(), 3);
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn dag_033_a_failure_of_an_older_attempt_is_old_news() {
    let mut dag = Dag::new();
    dag.two_stages(2);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(0, 1, 0, 3).len(), 3);
    assert_eq!(dag.end((1, 0, 1), 3, unreadable(0, 1, 2), None), NOTHING);
    assert_eq!(dag.outputs(0), [Some(3), Some(2)]);
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn dag_044_lost_parts_of_both_shuffles_are_made_again_in_order() {
    let mut dag = Dag::new();
    three_stages(&mut dag);
    // The last stage cannot read from executor 2; executor 1, with the first output, is lost meanwhile.
    assert_eq!(dag.end((2, 0, 0), 3, unreadable(1, 0, 2), None).len(), 2);
    assert_eq!(dag.lose(1), NOTHING);
    let sent = dag.resubmit();
    assert!(any(&sent, "submit j0.s0.1") && !any(&sent, "submit j0.s1"), "{sent:?}");
    assert!(any(&dag.map(0, 1, 0, 3), "submit j0.s1.1"));
    assert!(any(&dag.map(1, 1, 0, 3), "submit j0.s2.1"));
    dag.results(2, 1);
    dag.finish();
}

#[test]
fn dag_046_a_speculative_copy_fails_to_fetch_and_the_original_succeeds() {
    let mut dag = Dag::new();
    dag.two_stages(2);
    assert_eq!(dag.result(1, 0, 0).len(), 1);
    // A copy of task 1 fails; the original of the same attempt ends well, before or after the map stage runs again.
    let sent = dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None);
    assert!(any(&sent, "StageCompleted s1.0"));
    assert!(any(&dag.resubmit(), "StageSubmitted s0.1"));
    let sent = dag.result(1, 0, 1);
    // Stage 0 only runs for this job, so it ends with it: 0 and 1 first, then 1 again and 0.
    let completed: Vec<&str> =
        sent.iter().filter_map(|text| text.strip_prefix("ListenerBus: StageCompleted ")).collect();
    assert!(completed[0].starts_with("s1.0") && completed[1].starts_with("s0.1"), "{sent:?}");
    assert!(any(&sent, "JobEnd j0 at 0"));
    dag.finish();
}

#[test]
fn dag_047_cancelling_kills_tasks_of_every_attempt() {
    let mut dag = Dag::new();
    dag.two_stages(2);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.resubmit().len(), 2);
    // Stage 0 runs again, and task 1 of stage 1 still does.
    let sent = dag.tell(AllJobsCancelled {});
    assert!(any(&sent, "TaskScheduler: kill s0") && any(&sent, "TaskScheduler: kill s1"), "{sent:?}");
    assert_eq!(dag.result(1, 0, 1), NOTHING);
    dag.finish();
}

#[test]
fn dag_069_a_job_that_aborted_leaves_nothing_that_stops_the_next() {
    let mut dag = Dag::new();
    for job in 0..2 {
        let mut graph = Graph::default();
        let source = graph.source(1);
        let rdd = graph.reduce(source);
        let (map, reduce) = (2 * job, 2 * job + 1);
        let mut lineage = graph.job(job, rdd);
        // Each job has a shuffle of its own.
        rename_shuffle(&mut lineage, job);
        assert_eq!(dag.tell(lineage).len(), 3);
        for attempt in 0..4 {
            assert_eq!(dag.map(map, attempt, 0, 1).len(), 3);
            let sent = dag.end((reduce, attempt, 0), 2, unreadable(job, 0, 1), None);
            assert_eq!(any(&sent, "has failed the maximum allowable number of times: 4"), attempt == 3);
            if attempt < 3 {
                assert_eq!(dag.resubmit().len(), 2);
            }
        }
        assert!(dag.bench.core.jobs.is_empty());
    }
    // The timer of an aborted job may still come.
    assert_eq!(dag.resubmit(), NOTHING);
    let mut graph = Graph::default();
    let source = graph.source(1);
    let rdd = graph.reduce(source);
    let mut lineage = graph.job(2, rdd);
    rename_shuffle(&mut lineage, 2);
    assert_eq!(dag.tell(lineage).len(), 3);
    assert_eq!(dag.map(4, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((5, 0, 0), 2, unreadable(2, 0, 1), None)[1], RESUBMIT);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.map(4, 1, 0, 1).len(), 3);
    dag.results(5, 1);
    dag.finish();
}

fn rename_shuffle(job: &mut crate::message::JobSubmitted, id: u32) {
    use crate::{ShuffleId, lineage::Dependency};
    let lineage = std::sync::Arc::make_mut(&mut job.lineage);
    if let Some(info) = lineage.shuffles.remove(&ShuffleId(0)) {
        lineage.shuffles.insert(ShuffleId(id), info);
    }
    for rdd in lineage.rdds.values_mut() {
        for dependency in &mut rdd.dependencies {
            if let Dependency::Shuffle { shuffle, .. } = dependency {
                *shuffle = ShuffleId(id);
            }
        }
    }
}

#[test]
fn dag_085_successes_of_an_older_attempt_are_told_to_the_live_set_and_count() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let middle = graph.reduce(source);
    graph.rdd(middle).num_partitions = 2;
    let rdd = graph.reduce(middle);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(dag.resubmit().len(), 2);
    assert!(any(&dag.map(0, 1, 0, 3), "submit j0.s1.1"));
    // Both partitions come from the older attempt: the live one has nothing left to do, and the next stage starts.
    assert_eq!(dag.map(1, 0, 1, 2), ["TaskScheduler: s1 partition 1>1 is done"]);
    let sent = dag.map(1, 0, 0, 2);
    assert_eq!(sent[0], "TaskScheduler: s1 partition 0>0 is done");
    assert!(any(&sent, "StageCompleted s1.1") && any(&sent, "submit j0.s2.0"), "{sent:?}");
    dag.results(2, 0);
    dag.finish();
}

#[test]
fn dag_120_a_stage_whose_outputs_are_lost_again_and_again_is_given_up() {
    let mut dag = Dag::with(Config {
        stage: StageConfig { max_consecutive_attempts: 2, max_attempts: 2, ..Default::default() },
        ..Config::default()
    });
    dag.map_and_result(2);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    assert!(any(&dag.map(0, 0, 1, 2), "submit j0.s0.1"));
    assert_eq!(dag.lose(2), NOTHING);
    let sent = dag.map(0, 1, 0, 3);
    assert!(
        any(
            &sent,
            "ShuffleMapStage 0 (name=rdd0) has been resubmitted for the maximum allowable number of times: 2, which \
             is the max value of config `spark.stage.maxAttempts` and `spark.stage.maxConsecutiveAttempts`."
        ),
        "{sent:?}"
    );
    dag.finish();
}

#[test]
fn a_resubmitted_task_of_a_result_stage_changes_nothing() {
    let mut dag = Dag::new();
    dag.two_stages(2);
    assert_eq!(dag.result(1, 0, 0).len(), 1);
    assert_eq!(dag.end((1, 0, 0), 1, TaskEndReason::Resubmitted, None), NOTHING);
    assert_eq!(dag.result(1, 0, 1).len(), 4);
    dag.finish();
}
