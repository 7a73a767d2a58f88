//! Why something does not run.

use super::{Dag, unreadable};
use crate::{
    ExecutorId, JobId, StageId, TaskId,
    message::{AllJobsCancelled, AskPermissionToCommitOutput, ExplainSubject},
    testkit::{Graph, NOTHING},
};

fn job(job: u32) -> ExplainSubject {
    ExplainSubject::Job(JobId(job))
}

fn stage(stage: u32) -> ExplainSubject {
    ExplainSubject::Stage(StageId(stage))
}

const UNKNOWN: &str = "it is not active: it has ended, or never was";

#[test]
fn what_is_not_active_is_unknown() {
    let mut dag = Dag::new();
    for question in [job(0), stage(0), ExplainSubject::Task { stage_id: StageId(0), partition_id: 0 }] {
        assert_eq!(dag.explain(question), UNKNOWN);
    }
    dag.finish();
}

#[test]
fn a_job_that_waits_for_parents_is_explained_by_what_they_do() {
    let mut dag = Dag::new();
    dag.map_and_result(1);
    let running = |subject: &str| {
        format!(
            "TaskScheduler: #7 of 3 explain {subject} in [s0] beyond [stage 1 waits for the outputs of stage 0 | \
             stage 0.0 was submitted: first attempt]"
        )
    };
    assert_eq!(dag.explain(job(0)), running("Job(j0)"));
    assert_eq!(dag.explain(stage(1)), running("Stage(s1)"));
    assert_eq!(
        dag.explain(stage(0)),
        "TaskScheduler: #7 of 3 explain Stage(s0) in [s0] beyond [stage 0.0 was submitted: first attempt]"
    );
    assert_eq!(dag.map(0, 0, 0, 1).len(), 3);
    assert_eq!(
        dag.explain(job(0)),
        "TaskScheduler: #7 of 3 explain Job(j0) in [s1] beyond [stage 1.0 was submitted: first attempt]"
    );
    // Failed, it waits for the timer; nothing runs that the TaskScheduler could explain.
    dag.bench.wait(1_000_000_000);
    assert_eq!(dag.end((1, 0, 0), 2, unreadable(0, 0, 1), None).len(), 2);
    assert_eq!(
        dag.explain(job(0)),
        "stage 1 failed and is submitted again at 1.200000 | stage 1.0 was submitted: first attempt"
    );
    assert_eq!(
        dag.explain(stage(0)),
        "stage 0 failed and is submitted again at 1.200000 | stage 0.0 was submitted: first attempt"
    );
    assert_eq!(dag.resubmit().len(), 2);
    assert_eq!(
        dag.explain(stage(0)),
        "TaskScheduler: #7 of 3 explain Stage(s0) in [s0] beyond [stage 0.1 was submitted: stage 1.0 could not \
         fetch its outputs from executor 1]"
    );
    assert_eq!(dag.map(0, 1, 0, 1).len(), 3);
    dag.results(1, 1);
    assert_eq!(dag.explain(job(0)), UNKNOWN);
    dag.finish();
}

#[test]
fn a_commit_that_was_denied_is_a_reason_for_its_partition() {
    let mut graph = Graph::default();
    let rdd = graph.source(2);
    let mut dag = Dag::new();
    assert_eq!(dag.tell(graph.job(0, rdd)).len(), 3);
    for attempt_number in [4, 5] {
        let ask = AskPermissionToCommitOutput {
            stage_id: StageId(0),
            stage_attempt_id: 0,
            partition_id: 1,
            attempt_number,
            task_id: TaskId(0),
            executor_id: ExecutorId(1),
        };
        assert_eq!(dag.tell(ask).len(), 1);
        let text = "stage 0.0 was submitted: first attempt";
        let denied = "partition 1 of stage 0 may not commit: attempt 4 may";
        let text = if attempt_number == 4 { text.to_owned() } else { format!("{text} | {denied}") };
        assert_eq!(
            dag.explain(job(0)),
            format!("TaskScheduler: #7 of 3 explain Job(j0) in [s0] beyond [{text}]")
        );
    }
    let task = |partition_id| ExplainSubject::Task { stage_id: StageId(0), partition_id };
    assert!(dag.explain(task(1)).contains("may not commit"));
    assert!(!dag.explain(task(0)).contains("may not commit"));
    // The one that may succeeds: nobody waits for the partition any more.
    assert_eq!(dag.result(0, 0, 1).len(), 1);
    assert!(!dag.explain(task(1)).contains("may not commit"));
    assert!(!dag.explain(job(0)).contains("may not commit"));
    assert_eq!(dag.tell(AllJobsCancelled {}).len(), 4);
    assert_eq!(dag.explain(task(1)), UNKNOWN);
    assert_eq!(dag.resubmit(), NOTHING);
    dag.finish();
}
