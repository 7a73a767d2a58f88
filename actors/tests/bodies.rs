//! Whole systems: the same bodies on the loop and on actix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Fake, Graph, Running, Setup, failure};
use firesteel_actors::{
    JobError,
    carrier::ResultError,
    message::{
        AllJobsCancelled, DagScheduler, JobCancelled, StopDagScheduler, TaskEndReason, TaskStatus, TaskValue,
    },
};

on_both!(success, Setup::attempts(1), Fake::new(), async |cx: Running| {
    for graph in [Graph::one(1), Graph::one(9), Graph::two(0, 3, 5), Graph::two(1, 1, 1)] {
        assert_eq!(cx.run(graph).await, Ok(graph.answer()));
    }
    let events = cx.program.events();
    assert_eq!((events["JobStart"], events["JobEnd"]), (4, 4));
    assert_eq!((events["StageSubmitted"], events["StageCompleted"]), (6, 6));
    assert_eq!((events["TaskStart"], events["TaskEnd"]), (20, 20));
    assert_eq!(events["SparkListenerExecutorAdded"], 2);
});

on_both!(events_come_in_sparks_order, Setup::attempts(1), Fake::new(), async |cx: Running| {
    assert_eq!(cx.run(Graph::two(0, 1, 1)).await, Ok(vec![0]));
    let history = cx.program.history();
    let kinds: Vec<&str> = history.iter().map(|event| event.split(' ').next().unwrap()).collect();
    let kinds: Vec<&str> = kinds.into_iter().filter(|kind| *kind != "SparkListenerExecutorAdded").collect();
    let stage = ["StageSubmitted", "TaskStart", "TaskEnd", "StageCompleted"];
    assert_eq!(kinds, [&["JobStart"], &stage[..], &stage, &["JobEnd"]].concat());
});

on_both!(
    a_result_that_is_fetched_from_its_executor_is_told_of_before_it_is_decoded,
    Setup::attempts(3),
    Fake::with(
        |task, _| (task.attempt_number == 0).then(|| common::finished(TaskValue::Indirect { size: 9 })),
        |result| match result.result.value {
            TaskValue::Indirect { .. } => Err(ResultError::Lost),
            _ => Ok(()),
        }
    ),
    async |cx: Running| {
        assert_eq!(cx.run(Graph::one(1)).await, Ok(Graph::one(1).answer()));
        let events = cx.program.events();
        assert_eq!((events.get("TaskGettingResult"), events["TaskEnd"]), (Some(&1), 2), "{events:?}");
    }
);

on_both!(
    a_task_that_fails_and_then_succeeds,
    Setup::attempts(3),
    Fake::running(|task, _| (task.partition_id == 1 && task.attempt_number < 2).then(|| failure("not yet"))),
    async |cx: Running| {
        let graph = Graph::two(0, 2, 3);
        assert_eq!(cx.run(graph).await, Ok(graph.answer()));
        // Two failures in each of the two stages.
        assert_eq!(cx.program.events()["TaskEnd"], 5 + 4);
    }
);

on_both!(
    a_task_that_fails_for_good,
    Setup::attempts(3),
    Fake::running(|task, _| (task.partition_id == 1).then(|| failure("never"))),
    async |cx: Running| {
        let error = cx.run(Graph::one(3)).await.unwrap_err();
        let JobError::StageFailure { reason, cause } = &error else { panic!("{error:?}") };
        let (start, end) = reason.split_once("(TID ").unwrap();
        assert_eq!(
            start,
            "Task 1 in stage 0.0 failed 3 times, most recent failure: Lost task 1.2 in stage 0.0 "
        );
        assert!(end.contains(") (") && end.contains(" executor "), "{end}");
        assert_eq!(end.split_once("): ").unwrap().1, "Error: never");
        assert!(
            matches!(cause.as_deref(), Some(TaskEndReason::ExceptionFailure(why)) if why.description == "never")
        );
        // The system goes on.
        assert_eq!(cx.run(Graph::one(1)).await, Ok(vec![0]));
    }
);

on_both!(
    a_task_that_panics_fails_its_attempt_only,
    Setup::attempts(2),
    Fake::running(|task, _| match (task.partition_id, task.attempt_number) {
        (0, 0) => panic!("a panic of partition {}", task.partition_id),
        (2, _) => panic!("always"),
        _ => None,
    }),
    async |cx: Running| {
        assert_eq!(cx.run(Graph::one(2)).await, Ok(vec![0, 2]));
        let error = cx.run(Graph::one(3)).await.unwrap_err().to_string();
        assert!(error.ends_with("panic: always"), "{error}");
    }
);

on_both!(
    a_runner_that_does_not_say_how_a_task_ended,
    Setup::attempts(1),
    Fake::running(|_, _| Some(TaskStatus::Running)),
    async |cx: Running| {
        let error = cx.run(Graph::one(1)).await.unwrap_err().to_string();
        assert!(error.contains("answered RUNNING where it has to say how the task ended"), "{error}");
    }
);

on_both!(
    a_result_that_is_lost_is_made_again,
    Setup::attempts(2),
    Fake::with(|_, _| None, |result| if result.task_id.0 == 0 { Err(ResultError::Lost) } else { Ok(()) }),
    async |cx: Running| {
        assert_eq!(cx.run(Graph::one(2)).await, Ok(vec![0, 2]));
        assert_eq!(cx.program.events()["TaskEnd"], 3);
    }
);

on_both!(
    a_result_that_does_not_decode_fails_the_job,
    Setup::attempts(4),
    Fake::with(|_, _| None, |_| Err(ResultError::Undecodable("it is upside down".to_owned()))),
    async |cx: Running| {
        let error = cx.run(Graph::one(2)).await.unwrap_err().to_string();
        let text = "Job aborted due to stage failure: Exception while getting task result: it is upside down";
        assert_eq!(error, text);
    }
);

on_both!(
    a_decoder_that_panics_fails_the_job,
    Setup::attempts(4),
    Fake::with(|_, _| None, |_| panic!("no bytes like these")),
    async |cx: Running| {
        let error = cx.run(Graph::one(1)).await.unwrap_err().to_string();
        let text =
            "Job aborted due to stage failure: Exception while getting task result: no bytes like these";
        assert_eq!(error, text);
    }
);

on_both!(cancel, Setup::attempts(1), Fake::new(), async |cx: Running| {
    let (job_id, end) = cx.submit(Graph::two(0, 20, 20));
    let reason = Some("on a whim".to_owned());
    for _ in 0..2 {
        cx.system.send(DagScheduler, JobCancelled { job_id, reason: reason.clone() }).unwrap();
    }
    assert_eq!(end.await, Err(JobError::Cancelled { job_id, reason }));
    // One that has ended, and one that there never was.
    cx.system.send(DagScheduler, JobCancelled { job_id, reason: None }).unwrap();
    let unknown = firesteel_actors::JobId(999);
    cx.system.send(DagScheduler, JobCancelled { job_id: unknown, reason: None }).unwrap();
    assert_eq!(cx.run(Graph::two(0, 20, 2)).await, Ok(Graph::two(0, 20, 2).answer()));
});

on_both!(all_jobs_cancelled, Setup::attempts(1), Fake::new(), async |cx: Running| {
    let jobs: Vec<_> = (0..3).map(|shuffle| cx.submit(Graph::two(shuffle, 20, 20))).collect();
    cx.system.send(DagScheduler, AllJobsCancelled {}).unwrap();
    for (job_id, end) in jobs {
        let reason = Some("as part of cancellation of all jobs".to_owned());
        assert_eq!(end.await, Err(JobError::Cancelled { job_id, reason }));
    }
});

on_both!(several_jobs_at_once, Setup::attempts(1), Fake::new(), async |cx: Running| {
    // Jobs of one stage, of two, and some that share shuffle 0.
    let graphs = (0..30).map(|number| match number % 3 {
        0 => Graph::one(number),
        1 => Graph::two(number as u8, 4, 3),
        _ => Graph::two(0, 5, number),
    });
    // An empty job has no waiter that could be told; Graph::one(0) is left to the next test.
    let graphs: Vec<Graph> = graphs.filter(|graph| graph.partitions > 0).collect();
    let jobs: Vec<_> = graphs.iter().map(|graph| (graph.answer(), cx.submit(*graph).1)).collect();
    for (answer, end) in jobs {
        assert_eq!(end.await, Ok(answer));
    }
});

on_both!(an_empty_job_only_starts_and_ends, Setup::attempts(1), Fake::new(), async |cx: Running| {
    drop(cx.submit(Graph::one(0)));
    assert_eq!(cx.run(Graph::one(1)).await, Ok(vec![0]));
    let events = cx.program.events();
    assert_eq!((events["JobStart"], events["JobEnd"], events["StageSubmitted"]), (2, 2, 1));
});

on_both!(stop_while_running, Setup::attempts(1), Fake::new(), async |cx: Running| {
    let (job_id, end) = cx.submit(Graph::two(0, 20, 20));
    cx.system.send(DagScheduler, StopDagScheduler {}).unwrap();
    assert_eq!(end.await, Err(JobError::ContextStopped { job_id }));
    let (job_id, end) = cx.submit(Graph::one(1));
    assert_eq!(end.await, Err(JobError::ContextStopped { job_id }));
});

on_both!(
    shuffle_output_that_is_gone_is_made_again,
    Setup::attempts(1),
    Fake::running(|task, _| {
        let lost = matches!(task.stage.binary.bytes(), Some([_, _]))
            && task.stage.stage_attempt_id == 0
            && task.partition_id == 1;
        lost.then(|| {
            TaskStatus::Failed(Box::new(TaskEndReason::FetchFailed {
                executor_id: Some(firesteel_actors::ExecutorId(1)),
                shuffle_id: firesteel_actors::ShuffleId(0),
                map_id: None,
                map_index: Some(0),
                reduce_id: 1,
                message: "gone".to_owned(),
            }))
        })
    }),
    async |cx: Running| {
        let graph = Graph::two(0, 4, 3);
        assert_eq!(cx.run(graph).await, Ok(graph.answer()));
        let retried = |event: &String| event.starts_with("StageSubmitted stage 1.1");
        assert!(cx.program.history().iter().any(retried), "{:?}", cx.program.history());
    }
);
