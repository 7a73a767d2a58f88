//! Cutting lineages into stages, and submitting them parents first.

use super::Dag;
use crate::{
    core::Core,
    message::{JobCancelled, Message, SparkListenerEvent},
    testkit::{CpuClock, Graph, NOTHING},
};

/// The stages of a job as JobStart tells them.
fn stages(dag: &mut Dag, graph: &Graph, job: u32, rdd: crate::RddId) -> String {
    let sent = dag.tell(graph.job(job, rdd));
    sent[0].split_once('[').unwrap().1.trim_end_matches(']').to_owned()
}

#[test]
fn dag_008_a_narrow_dependency_stays_in_one_stage() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.map(source);
    let mut dag = Dag::new();
    dag.bench.wait(5);
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 5 [s0.0 x2 job0]",
            "ListenerBus: StageSubmitted s0.0 x2 job0 from 5",
            r#"TaskScheduler: submit j0.s0.0 result/2 "result" [0>0, 1>1]"#,
        ]
    );
    assert!(!dag.bench.core.is_idle());
    dag.bench.wait(2);
    assert_eq!(dag.result(0, 0, 1), ["JobWaiter-0: j0 output 1 from t0"]);
    assert_eq!(
        dag.result(0, 0, 0),
        [
            "ListenerBus: StageCompleted s0.0 x2 job0 from 5 to 7",
            "TaskScheduler: kill s0: Stage finished",
            "ListenerBus: JobEnd j0 at 7",
            "JobWaiter-0: j0 output 0 from t1",
        ]
    );
    dag.finish();
}

#[test]
fn a_map_stage_runs_before_the_stage_that_reads_it() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x2 rdd0 makes shuffle0, s1.0 x2 job0 <s0]",
            "ListenerBus: StageSubmitted s0.0 x2 rdd0 makes shuffle0 from 0",
            r#"TaskScheduler: submit j0.s0.0 shuffle0/2 "map0" [0>0, 1>1]"#,
        ]
    );
    assert_eq!(dag.map(0, 0, 0, 1), NOTHING);
    assert_eq!(
        dag.map(0, 0, 1, 2),
        [
            "ListenerBus: StageCompleted s0.0 x2 rdd0 makes shuffle0 from 0 to 0",
            "ListenerBus: StageSubmitted s1.0 x2 job0 <s0 from 0",
            r#"TaskScheduler: submit j0.s1.0 result/2 "result" epoch 1 [0>0, 1>1]"#,
        ]
    );
    assert_eq!(dag.result(1, 0, 0), ["JobWaiter-0: j0 output 0 from t2"]);
    assert_eq!(
        dag.result(1, 0, 1),
        [
            "ListenerBus: StageCompleted s1.0 x2 job0 <s0 from 0 to 0",
            "TaskScheduler: kill s1: Stage finished",
            "ListenerBus: JobEnd j0 at 0",
            "JobWaiter-0: j0 output 1 from t3",
        ]
    );
    dag.finish();
}

#[test]
fn dag_001_a_chain_of_shuffles_numbers_parents_first() {
    let mut graph = Graph::default();
    let mut rdd = graph.source(1);
    for _ in 0..3 {
        rdd = graph.reduce(rdd);
    }
    let mut dag = Dag::new();
    assert_eq!(
        stages(&mut dag, &graph, 0, rdd),
        "s0.0 x1 rdd0 makes shuffle0, s1.0 x1 rdd1 <s0 makes shuffle1, s2.0 x1 rdd2 <s1 makes shuffle2, s3.0 x1 \
         job0 <s2"
    );
    for stage in 0..3 {
        let next = stage + 1;
        let sent = dag.map(stage, 0, 0, 1);
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert!(sent[0].starts_with(&format!("ListenerBus: StageCompleted s{stage}.0")));
        assert!(sent[1].starts_with(&format!("ListenerBus: StageSubmitted s{next}.0")));
        assert!(sent[2].starts_with(&format!("TaskScheduler: submit j0.s{next}.0")));
    }
    assert_eq!(dag.result(3, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn a_diamond_has_its_common_parent_once() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let top = graph.shuffle(source);
    let (left, right) = (graph.read(&[top], 1), graph.read(&[top], 1));
    let (left, right) = (graph.shuffle(left), graph.shuffle(right));
    let bottom = graph.read(&[left, right], 1);
    let mut dag = Dag::new();
    let job = dag.tell(graph.job(0, bottom));
    assert_eq!(
        job,
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 rdd0 makes shuffle0, s1.0 x1 rdd1 <s0 makes shuffle1, s2.0 x1 \
             rdd2 <s0 makes shuffle2, s3.0 x1 job0 <s1,s2]",
            "ListenerBus: StageSubmitted s0.0 x1 rdd0 makes shuffle0 from 0",
            r#"TaskScheduler: submit j0.s0.0 shuffle0/1 "map0" [0>0]"#,
        ]
    );
    assert_eq!(
        dag.map(0, 0, 0, 1),
        [
            "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0",
            "ListenerBus: StageSubmitted s1.0 x1 rdd1 <s0 makes shuffle1 from 0",
            r#"TaskScheduler: submit j0.s1.0 shuffle1/1 "map1" epoch 1 [0>0]"#,
            "ListenerBus: StageSubmitted s2.0 x1 rdd2 <s0 makes shuffle2 from 0",
            r#"TaskScheduler: submit j0.s2.0 shuffle2/1 "map2" epoch 1 [0>0]"#,
        ]
    );
    assert_eq!(
        dag.map(2, 0, 0, 1),
        ["ListenerBus: StageCompleted s2.0 x1 rdd2 <s0 makes shuffle2 from 0 to 0"]
    );
    assert_eq!(
        dag.map(1, 0, 0, 1),
        [
            "ListenerBus: StageCompleted s1.0 x1 rdd1 <s0 makes shuffle1 from 0 to 0",
            "ListenerBus: StageSubmitted s3.0 x1 job0 <s1,s2 from 0",
            r#"TaskScheduler: submit j0.s3.0 result/1 "result" epoch 3 [0>0]"#,
        ]
    );
    assert_eq!(dag.result(3, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn unions_read_their_parents_in_one_stage() {
    let mut graph = Graph::default();
    let (first, second) = (graph.source(2), graph.source(1));
    let shuffled = graph.reduce(second);
    let union = graph.union(&[first, shuffled, shuffled]);
    let rdd = graph.map(union);
    let mut dag = Dag::new();
    assert_eq!(stages(&mut dag, &graph, 0, rdd), "s0.0 x1 rdd1 makes shuffle0, s1.0 x4 job0 <s0");
    assert_eq!(
        dag.map(0, 0, 0, 1)[2],
        r#"TaskScheduler: submit j0.s1.0 result/4 "result" epoch 1 [0>0, 1>1, 2>2, 3>3]"#
    );
    for index in 0..4 {
        assert_eq!(
            dag.result(1, 0, index).last().unwrap(),
            &format!("JobWaiter-0: j0 output {index} from t{}", index + 1)
        );
    }
    dag.finish();
}

#[test]
fn independent_parents_are_submitted_at_once_in_the_order_of_their_ids() {
    let mut graph = Graph::default();
    let shuffles: Vec<_> = (0..3)
        .map(|_| {
            let source = graph.source(1);
            graph.shuffle(source)
        })
        .collect();
    // Named in another order than that of their ids; stages are numbered as they are met.
    let rdd = graph.read(&[shuffles[2], shuffles[0], shuffles[1], shuffles[0]], 1);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x1 rdd2 makes shuffle2, s1.0 x1 rdd0 makes shuffle0, s2.0 x1 rdd1 \
             makes shuffle1, s3.0 x1 job0 <s0,s1,s2]",
            "ListenerBus: StageSubmitted s0.0 x1 rdd2 makes shuffle2 from 0",
            r#"TaskScheduler: submit j0.s0.0 shuffle2/1 "map2" [0>0]"#,
            "ListenerBus: StageSubmitted s1.0 x1 rdd0 makes shuffle0 from 0",
            r#"TaskScheduler: submit j0.s1.0 shuffle0/1 "map0" [0>0]"#,
            "ListenerBus: StageSubmitted s2.0 x1 rdd1 makes shuffle1 from 0",
            r#"TaskScheduler: submit j0.s2.0 shuffle1/1 "map1" [0>0]"#,
        ]
    );
    assert_eq!(dag.map(0, 0, 0, 1).len(), 1);
    assert_eq!(dag.map(1, 0, 0, 1).len(), 1);
    assert_eq!(dag.map(2, 0, 0, 1).len(), 3);
    assert_eq!(dag.result(3, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn a_shuffle_of_an_empty_rdd_is_there_at_once() {
    let mut graph = Graph::default();
    let empty = graph.source(0);
    let shuffle = graph.shuffle(empty);
    let rdd = graph.read(&[shuffle], 1);
    let mut dag = Dag::new();
    assert_eq!(
        dag.tell(graph.job(0, rdd)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x0 rdd0 makes shuffle0, s1.0 x1 job0 <s0]",
            "ListenerBus: StageSubmitted s1.0 x1 job0 <s0 from 0",
            r#"TaskScheduler: submit j0.s1.0 result/1 "result" [0>0]"#,
        ]
    );
    assert_eq!(dag.result(1, 0, 0).len(), 4);
    dag.finish();
}

#[test]
fn deep_lineages_need_no_deep_stack() {
    let run = || {
        let mut graph = Graph::default();
        let mut rdd = graph.source(1);
        for _ in 0..50_000 {
            rdd = graph.map(rdd);
        }
        let narrow = graph.job(0, rdd);
        let mut graph = Graph::default();
        let mut rdd = graph.source(1);
        for _ in 0..5_000 {
            rdd = graph.reduce(rdd);
        }
        let wide = graph.job(1, rdd);

        let mut dag = Dag::new();
        let clock = CpuClock::start();
        assert_eq!(dag.tell(narrow).len(), 3);
        let sent = dag.send(wide);
        clock.assert_at_most(2);
        match &sent[0].message {
            Message::ListenerBus(SparkListenerEvent::JobStart(start)) => {
                assert_eq!(start.stages.len(), 5_001);
                let parents_first =
                    |stage: &crate::message::StageInfo| stage.parents.iter().all(|id| *id < stage.stage_id);
                assert!(start.stages.iter().all(parents_first));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(sent.len(), 3);
        // The result stage of job 0 has id 0, so the first map stage of job 1 is stage 1.
        assert_eq!(dag.map(1, 0, 0, 1).len(), 3);
        for job_id in [0, 1] {
            assert_eq!(dag.tell(JobCancelled { job_id: crate::JobId(job_id), reason: None }).len(), 4);
        }
        dag.finish();
    };
    // Test threads have 2 MiB; a quarter of it must do.
    std::thread::Builder::new().stack_size(512 << 10).spawn(run).unwrap().join().unwrap();
}

#[test]
fn the_end_of_a_stage_does_not_look_at_all_stages_that_wait() {
    let count = 20_000;
    let mut graph = Graph::default();
    let mut rdd = graph.source(1);
    for _ in 0..count {
        rdd = graph.reduce(rdd);
    }
    let mut dag = Dag::new();
    let clock = CpuClock::start();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    for stage in 0..count {
        assert_eq!(dag.map(stage, 0, 0, 1).len(), 3);
    }
    assert_eq!(dag.result(count, 0, 0).len(), 4);
    clock.assert_at_most(10);
    dag.finish();
}

#[test]
fn a_stage_that_ends_with_its_job_is_no_child_of_those_that_live_on() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, first)).len(), 3);
    assert_eq!(dag.tell(graph.job(1, second)).len(), 1);
    assert_eq!(dag.bench.core.stages[&crate::StageId(0)].children.len(), 2);
    assert_eq!(dag.tell(JobCancelled { job_id: crate::JobId(0), reason: None }).len(), 2);
    assert_eq!(dag.bench.core.stages[&crate::StageId(0)].children.len(), 1);
    assert_eq!(dag.map(0, 0, 0, 1)[2], r#"TaskScheduler: submit j1.s2.0 result/1 "result" epoch 1 [0>0]"#);
    assert_eq!(dag.result(2, 0, 0).len(), 4);
    dag.finish();
}
