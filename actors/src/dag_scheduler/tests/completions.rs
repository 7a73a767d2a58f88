//! Successes that come late, from lost executors, or twice.

use super::{Dag, any, unreadable};
use crate::{
    message::TaskEndReason,
    testkit::{Graph, NOTHING},
};

#[test]
fn dag_007_one_task() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(
        dag.result(0, 0, 0),
        [
            "ListenerBus: StageCompleted s0.0 x1 job0 from 0 to 0",
            "TaskScheduler: kill s0: Stage finished",
            "ListenerBus: JobEnd j0 at 0",
            "JobWaiter-0: j0 output 0 from t0",
        ]
    );
    dag.finish();
}

#[test]
fn dag_018_two_maps_and_one_reduce() {
    let (graph, _, rdd) = Graph::two_stages(2, 1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.outputs(0), [Some(1), Some(2)]);
    assert_eq!(dag.result(1, 0, 0).last().unwrap(), "JobWaiter-0: j0 output 0 from t2");
    dag.finish();
}

/// A map stage s0 of `tasks` tasks that runs, and the stage s1 that will read it.
fn running_map_stage(dag: &mut Dag, tasks: u32) {
    let mut graph = Graph::default();
    let source = graph.source(tasks);
    let shuffle = graph.shuffle(source);
    let rdd = graph.read(&[shuffle], 1);
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
}

#[test]
fn dag_035_a_success_from_before_the_loss_of_its_executor_is_bogus() {
    let mut dag = Dag::new();
    running_map_stage(&mut dag, 3);
    let epoch = dag.sets[&(0, 0)].stage.epoch;
    dag.executor(1, "h1");
    assert_eq!(dag.lose(1), NOTHING);
    // A straggler from the lost executor ended well but its output is gone; one from another host counts.
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2), NOTHING);
    assert_eq!(dag.outputs(0), [None, Some(2), None]);
    assert!(any(&dag.map(0, 0, 2, 2), "submit j0.s0.1 shuffle0/3 \"map0\" epoch 2 [0>0]"));
    // The next attempt is newer than the loss: even that executor's output is believed.
    assert!(dag.sets[&(0, 1)].stage.epoch > epoch);
    assert!(any(&dag.map(0, 1, 0, 1), "submit j0.s1.0"));
    assert_eq!(dag.outputs(0), [Some(1), Some(2), Some(2)]);
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn an_executor_that_registers_anew_is_believed() {
    let mut dag = Dag::new();
    running_map_stage(&mut dag, 1);
    assert_eq!(dag.lose(1), NOTHING);
    dag.executor(1, "h1");
    assert!(any(&dag.map(0, 0, 0, 1), "submit j0.s1.0"));
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn an_executor_that_is_only_suspected_makes_outputs_that_count() {
    let mut dag = Dag::new();
    running_map_stage(&mut dag, 1);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    // A reader could not fetch from executor 2, which holds nothing: the epoch rises all the same.
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 2), None).len(), 2);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.resubmit().len(), 2);
    assert!(any(&dag.map(0, 1, 0, 2), "submit j0.s1.1"));
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn dag_039_outputs_that_are_resubmitted_are_waited_for_in_the_same_attempt() {
    let mut dag = Dag::new();
    running_map_stage(&mut dag, 2);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    // The TaskScheduler tells Resubmitted first, then the loss.
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::Resubmitted, None), NOTHING);
    assert_eq!(dag.lose(1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2), NOTHING);
    let sent = dag.map(0, 0, 0, 2);
    assert!(any(&sent, "StageCompleted s0.0") && any(&sent, "submit j0.s1.0"), "{sent:?}");
    assert_eq!(dag.outputs(0), [Some(2), Some(2)]);
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn dag_070_a_late_success_of_a_zombie_on_a_lost_executor_leaves_one_live_set() {
    let mut dag = Dag::new();
    running_map_stage(&mut dag, 2);
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(dag.map(0, 0, 1, 2).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    // Executor 2 goes as well: attempt 1 makes both.
    assert_eq!(dag.lose(2), NOTHING);
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(dag.partitions(0, 1), [0, 1]);
    // A copy of attempt 0 ends on the lost executor: its partition is no longer awaited, its output is not there.
    assert_eq!(dag.map(0, 0, 1, 2), ["TaskScheduler: s0 partition 1>1 is done"]);
    let sent = dag.map(0, 1, 0, 3);
    assert!(any(&sent, "submit j0.s0.2 shuffle0/2 \"map0\" epoch 5 [1>1]"), "{sent:?}");
    assert_eq!(sent.iter().filter(|text| text.contains(": submit ")).count(), 1);
    assert!(any(&dag.map(0, 2, 0, 3), "submit j0.s1.1"));
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn dag_119_a_stage_whose_outputs_came_while_it_did_not_run_moves_on_when_it_does() {
    let mut dag = Dag::new();
    running_map_stage(&mut dag, 1);
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None).len(), 2);
    // A speculative copy brings the lost output back before the map stage runs again (SPARK-5259).
    assert_eq!(dag.map(0, 0, 0, 2), NOTHING);
    assert_eq!(
        dag.resubmit(),
        [
            "ListenerBus: StageSubmitted s0.1 x0 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from \
             executor 1)",
            "ListenerBus: StageCompleted s0.1 x0 rdd0 makes shuffle0 (stage 1.0 could not fetch its outputs from \
             executor 1) to 0",
            "ListenerBus: StageSubmitted s1.1 x1 job0 <s0 (attempt 0 could not fetch output 0 of shuffle 0 from \
             executor 1) from 0",
            r#"TaskScheduler: submit j0.s1.1 result/1 "result" epoch 4 [0>0]"#,
        ]
    );
    dag.results(1, 1);
    dag.finish();
}

#[test]
fn a_map_task_without_an_output_fails_its_job_instead_of_leaving_it_to_wait() {
    let mut dag = Dag::new();
    dag.map_and_result(1);
    let sent = dag.result(0, 0, 0);
    let error =
        "JobEnd j0 at 0: Job aborted due to stage failure: Task 0 of map stage 0 succeeded without an output";
    assert!(any(&sent, error), "{sent:?}");
    dag.finish();
}

#[test]
fn a_result_task_with_a_map_output_fails_its_job_instead_of_leaving_it_to_wait() {
    let mut dag = Dag::new();
    dag.two_stages(1);
    let sent = dag.map(1, 0, 0, 1);
    let error = "JobEnd j0 at 0: Job aborted due to stage failure: Task 1 of result stage 1 succeeded without a result";
    assert!(any(&sent, error), "{sent:?}");
    dag.finish();
}
