//! Cancelling jobs by stage, group and tag.

use std::{collections::BTreeMap, sync::Arc};

use super::{Dag, any};
use crate::{
    Config, StageId,
    message::{
        JobGroupCancelled, JobSubmitted, JobTagCancelled, MaxConcurrentTasks, ReplyTo, StageCancelled, keys,
    },
    testkit::{Graph, NOTHING},
};

fn job(id: u32, key: &str, value: &str) -> JobSubmitted {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    let mut job = graph.job(id, rdd);
    job.properties = Arc::new(BTreeMap::from([(key.to_owned(), value.to_owned())]));
    job
}

fn cancel_group(group: &str, cancel_future_jobs: bool, reason: Option<&str>) -> JobGroupCancelled {
    JobGroupCancelled { group_id: group.into(), cancel_future_jobs, reason: reason.map(str::to_owned) }
}

#[test]
fn cancelling_a_stage_cancels_every_job_that_needs_it() {
    let mut graph = Graph::default();
    let source = graph.source(1);
    let shuffle = graph.shuffle(source);
    let (first, second) = (graph.read(&[shuffle], 1), graph.read(&[shuffle], 1));
    let other = graph.source(1);
    for (reason, text) in
        [(None, "because Stage 0 was cancelled"), (Some("it is slow"), "because it is slow")]
    {
        let mut dag = Dag::new();
        assert_eq!(dag.tell(graph.job(0, first)).len(), 3);
        assert_eq!(dag.tell(graph.job(1, second)).len(), 1);
        assert_eq!(dag.tell(graph.job(2, other)).len(), 3);
        let cancel = StageCancelled { stage_id: StageId(0), reason: reason.map(str::to_owned) };
        assert_eq!(
            dag.tell(cancel.clone()),
            [
                format!("JobWaiter-0: j0 failed: Job 0 cancelled {text}"),
                format!("ListenerBus: JobEnd j0 at 0: Job 0 cancelled {text}"),
                format!("TaskScheduler: kill s0: Job 1 cancelled {text}"),
                format!(
                    "ListenerBus: StageCompleted s0.0 x1 rdd0 makes shuffle0 from 0 to 0 failed: Job 1 cancelled {text}"
                ),
                format!("JobWaiter-1: j1 failed: Job 1 cancelled {text}"),
                format!("ListenerBus: JobEnd j1 at 0: Job 1 cancelled {text}"),
            ]
        );
        assert_eq!(dag.tell(cancel), NOTHING, "an unknown stage");
        dag.results(3, 0);
        dag.finish();
    }
}

#[test]
fn cancelling_a_group_cancels_its_jobs_alone() {
    let mut dag = Dag::new();
    for (id, group) in [(0, "a"), (1, "b"), (2, "a")] {
        assert_eq!(dag.tell(job(id, keys::JOB_GROUP_ID, group)).len(), 3);
    }
    let sent = dag.tell(cancel_group("a", false, None));
    assert!(any(&sent, "JobEnd j0 at 0: Job 0 cancelled part of cancelled job group a"), "{sent:?}");
    assert!(any(&sent, "JobEnd j2 at 0: Job 2 cancelled part of cancelled job group a"));
    assert_eq!(sent.len(), 8);
    // Later jobs of it run, and cancelling a group that has none does nothing.
    assert_eq!(dag.tell(job(3, keys::JOB_GROUP_ID, "a")).len(), 3);
    assert_eq!(dag.tell(cancel_group("c", false, None)), NOTHING);
    let sent = dag.tell(cancel_group("a", false, Some("because I can")));
    assert!(any(&sent, "JobEnd j3 at 0: Job 3 cancelled because I can"));
    dag.results(1, 0);
    dag.finish();
}

#[test]
fn jc_008_later_jobs_of_a_cancelled_group_are_refused_if_so_asked() {
    let mut dag = Dag::new();
    assert_eq!(dag.tell(cancel_group("a", true, None)), NOTHING);
    assert_eq!(
        dag.tell(job(0, keys::JOB_GROUP_ID, "a")),
        ["JobWaiter-0: j0 failed: Job 0 cancelled part of cancelled job group a"]
    );
    assert_eq!(dag.tell(job(1, keys::JOB_GROUP_ID, "b")).len(), 3);
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn jc_010_the_groups_that_are_remembered_are_bounded() {
    let mut dag = Dag::with(Config { cancelled_job_groups_to_track: 2, ..Config::default() });
    for group in ["a", "b", "a", "c"] {
        assert_eq!(dag.tell(cancel_group(group, true, None)), NOTHING);
    }
    // The oldest runs again.
    assert_eq!(dag.tell(job(0, keys::JOB_GROUP_ID, "a")).len(), 3);
    assert_eq!(dag.tell(job(1, keys::JOB_GROUP_ID, "b")).len(), 1);
    assert_eq!(dag.tell(job(2, keys::JOB_GROUP_ID, "c")).len(), 1);
    dag.results(0, 0);
    dag.finish();
}

#[test]
fn jc_011_a_tag_hits_the_jobs_that_have_it_among_theirs() {
    let mut dag = Dag::new();
    for (id, tags) in [(0, "one,two"), (1, "two"), (2, "twofold,,three")] {
        assert_eq!(dag.tell(job(id, keys::JOB_TAGS, tags)).len(), 3);
    }
    let cancel = |tag: &str, reason: Option<&str>| JobTagCancelled {
        tag: tag.into(),
        reason: reason.map(str::to_owned),
        reply_to: None,
    };
    assert_eq!(dag.tell(cancel("", None)), NOTHING);
    let sent = dag.tell(cancel("two", None));
    assert!(any(&sent, "JobEnd j0 at 0: Job 0 cancelled part of cancelled job tag two"), "{sent:?}");
    assert!(any(&sent, "JobEnd j1 at 0: Job 1 cancelled part of cancelled job tag two"));
    assert_eq!(sent.len(), 8);
    let sent = dag.tell(cancel("three", Some("because I can")));
    assert!(any(&sent, "JobEnd j2 at 0: Job 2 cancelled because I can"));
    dag.finish();
}

#[test]
fn who_asks_is_told_which_jobs_a_tag_has_hit() {
    let mut dag = Dag::new();
    for (id, tags) in [(3, "two"), (0, "one,two"), (1, "one")] {
        assert_eq!(dag.tell(job(id, keys::JOB_TAGS, tags)).len(), 3);
    }
    let cancel = |tag: &str, request| JobTagCancelled {
        tag: tag.into(),
        reason: None,
        reply_to: Some(ReplyTo { request, host: 5 }),
    };
    let sent = dag.tell(cancel("two", 7));
    assert_eq!(sent.len(), 9);
    // When it comes they have been cancelled.
    assert_eq!(sent[8], "Host-5: #7 cancelled [j0, j3]");
    assert_eq!(dag.tell(cancel("two", 8)), ["Host-5: #8 cancelled []"]);
    dag.results(2, 0);
    dag.finish();
}

#[test]
fn a_job_that_waits_for_barrier_slots_is_cancelled_with_its_group() {
    let mut graph = Graph::default();
    let rdd = graph.source(1);
    graph.barrier(rdd);
    let mut waiting = graph.job(4, rdd);
    waiting.properties = Arc::new(BTreeMap::from([(keys::JOB_GROUP_ID.to_owned(), "a".to_owned())]));
    let mut dag = Dag::new();
    assert_eq!(dag.tell(waiting).len(), 1);
    assert_eq!(
        dag.tell(cancel_group("a", false, None)),
        ["JobWaiter-4: j4 failed: Job 4 cancelled part of cancelled job group a"]
    );
    assert_eq!(dag.tell(MaxConcurrentTasks { job_id: crate::JobId(4), slots: vec![1] }), NOTHING);
    dag.finish();
}
