//! What listeners are told, and in which order.

use super::{Dag, any, unreadable};
use crate::{
    StageId, TaskId,
    core::Sending,
    message::{
        BeginEvent, GettingResultEvent, JobCancelled, Message, SparkListenerEvent, SpeculativeTaskSubmitted,
        TaskEndReason, UnschedulableTaskSetAdded, UnschedulableTaskSetRemoved,
    },
    testkit::{Graph, NOTHING},
};

/// The names of all events in what was sent.
fn names(sent: &[Sending]) -> Vec<&'static str> {
    use crate::message::Describe;
    let events = sent.iter().filter_map(|sending| match &sending.message {
        Message::ListenerBus(event) => Some(event.kind()),
        _ => None,
    });
    events.collect()
}

#[test]
fn lis_001_events_of_a_job_come_in_the_guaranteed_order() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    assert_eq!(names(&dag.send(graph.job(0, rdd))), ["JobStart", "StageSubmitted"]);
    let ends = |dag: &mut Dag, stage: u32, output| {
        let set = dag.sets[&(stage, 0)].clone();
        let task_info = dag.task_info(0, 0, 1);
        dag.send(crate::message::CompletionEvent {
            stage: set.stage,
            output_id: 0,
            reason: TaskEndReason::Success,
            output: Some(output),
            metrics: Default::default(),
            accum_updates: Vec::new(),
            task_info,
        })
    };
    let status = crate::message::MapStatus::new(crate::ExecutorId(1), TaskId(0), [1]);
    let sent = ends(&mut dag, 0, crate::message::TaskOutput::MapStatus(status));
    assert_eq!(names(&sent), ["TaskEnd", "StageCompleted", "StageSubmitted"]);
    let sent = ends(&mut dag, 1, crate::message::TaskOutput::Decoded);
    assert_eq!(names(&sent), ["TaskEnd", "StageCompleted", "JobEnd"]);
    dag.finish();
}

#[test]
fn lis_002_a_task_of_a_stage_that_is_gone_still_has_its_end() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    assert_eq!(dag.tell(JobCancelled { job_id: crate::JobId(0), reason: None }).len(), 4);
    // `end` checks that the TaskEnd is sent.
    assert_eq!(dag.end((0, 0, 0), 1, TaskEndReason::killed("because"), None), NOTHING);
    dag.finish();
}

#[test]
fn lis_003_every_stage_that_was_submitted_is_completed() {
    let mut graph = Graph::default();
    let source = graph.source(2);
    let rdd = graph.reduce(source);
    let mut dag = Dag::new();
    let mut texts = dag.tell(graph.job(0, rdd));
    texts.extend(dag.map(0, 0, 0, 1));
    texts.extend(dag.map(0, 0, 1, 2));
    texts.extend(dag.end((1, 0, 0), 3, unreadable(0, 0, 1), None));
    texts.extend(dag.end((1, 0, 1), 3, unreadable(0, 0, 1), None));
    texts.extend(dag.resubmit());
    texts.extend(dag.map(0, 1, 0, 1));
    texts.extend(dag.tell(JobCancelled { job_id: crate::JobId(0), reason: None }));
    let attempts = |kind: &str| {
        let events = texts.iter().filter_map(|text| text.strip_prefix(kind));
        let mut attempts: Vec<&str> = events.filter_map(|event| event.split(' ').next()).collect();
        attempts.sort_unstable();
        attempts
    };
    assert_eq!(attempts("ListenerBus: StageSubmitted "), ["s0.0", "s0.1", "s1.0", "s1.1"]);
    assert_eq!(attempts("ListenerBus: StageCompleted "), ["s0.0", "s0.1", "s1.0", "s1.1"]);
    dag.finish();
}

#[test]
fn lis_004_an_attempt_without_work_has_no_submission_time() {
    let mut graph = Graph::default();
    let source = graph.source(0);
    let shuffle = graph.shuffle(source);
    let mut dag = Dag::new();
    // It is skipped: no event but those of the job.
    assert_eq!(
        dag.tell(graph.map_stage_job(0, shuffle)),
        [
            "ListenerBus: JobStart j0 at 0 [s0.0 x0 rdd0 makes shuffle0]",
            "JobWaiter-0: j0 shuffle0 of [0] bytes",
            "ListenerBus: JobEnd j0 at 0",
        ]
    );
    dag.finish();
}

#[test]
fn lis_005_what_the_task_scheduler_tells_of_tasks_is_passed_on() {
    let mut dag = Dag::new();
    let task_info = dag.task_info(1, 4, 5);
    let (stage_id, stage_attempt_id) = (StageId(2), 1);
    let begin = BeginEvent { stage_id, stage_attempt_id, task_info };
    assert!(any(&dag.tell(begin), "ListenerBus: TaskStart s2.1 t0 i1.0 p4 on 5"));
    let getting = GettingResultEvent { stage_id, stage_attempt_id, task_info };
    assert!(any(&dag.tell(getting), "ListenerBus: TaskGettingResult s2.1 t0 i1.0 p4 on 5"));
    let copy = SpeculativeTaskSubmitted { stage_id, stage_attempt_id, index: 1, partition_id: 4 };
    assert_eq!(dag.tell(copy), ["ListenerBus: SpeculativeTask s2.1 i1 p4"]);
    let added = UnschedulableTaskSetAdded { stage_id, stage_attempt_id };
    assert_eq!(dag.tell(added), ["ListenerBus: UnschedulableAdded s2.1"]);
    let removed = UnschedulableTaskSetRemoved { stage_id, stage_attempt_id };
    assert_eq!(dag.tell(removed), ["ListenerBus: UnschedulableRemoved s2.1"]);
    dag.finish();
}

#[test]
fn dag_022_a_job_without_partitions_starts_with_equal_properties() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut job = graph.job_on(0, rdd, &[]);
    let properties = std::collections::BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    job.properties = std::sync::Arc::new(properties.clone());
    let mut dag = Dag::new();
    let sent = dag.send(job);
    match &sent[0].message {
        Message::ListenerBus(SparkListenerEvent::JobStart(start)) => {
            assert_eq!(*start.properties, properties);
            assert!(start.stages.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(names(&sent), ["JobStart", "JobEnd"]);
    dag.finish();
}
