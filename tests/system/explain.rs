//! Asking why something is not running, or ran again.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use firesteel::{
    Context, Error,
    actors::{
        JobId, StageId,
        carrier::Observed,
        message::{AttemptCause, DagScheduler, Describe, ExplainJob, ExplainSubject, Reason},
    },
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::Probe,
    support::{assert_contains, assert_fails},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario!(both what_is_not_there_is_unknown),
        scenario!(both a_stage_waits_for_its_parents),
        scenario!(blocking a_job_waits_for_cores).master("local[1]"),
        scenario!(blocking a_task_that_failed_says_how_often).master("local[1,2]"),
        scenario!(both many_questions_at_once_get_their_own_answers),
        scenario!(both other_hosts_ask_for_themselves),
        scenario!(blocking where_no_call_may_block_it_is_refused),
        scenario!(free after_the_end_there_is_no_answer),
    ]
}

async fn what_is_not_there_is_unknown(context: Context) -> Outcome {
    assert_eq!(context.range(0..10, 1, 2).count_async().await?, 10);
    let explanation = context.explain_job_async(JobId(0)).await?;
    assert_eq!(
        (explanation.subject, &explanation.reasons[..]),
        (ExplainSubject::Job(JobId(0)), &[Reason::Unknown][..])
    );
    assert_eq!(explanation.to_string(), "job 0:\n  it is not active: it has ended, or never was");
    let explanation = context.explain_stage_async(StageId(7)).await?;
    assert_contains(&explanation.to_string(), &["stage 7:\n  it is not active"]);
    let explanation = context.explain_task_async(StageId(7), 3).await?;
    assert_contains(&explanation.to_string(), &["partition 3 of stage 7:\n  it is not active"]);
    Ok(())
}

async fn a_stage_waits_for_its_parents(context: Context) -> Outcome {
    let sums = context.range(0..1_000_000, 1, 8).map(|x| (x % 3, x)).reduce_by_key(|a, b| a + b);
    let job = sums.count_async();
    let job_id = job.handle().job_ids()[0];
    let (of_job, of_stage) =
        (context.explain_job_async(job_id).await?, context.explain_stage_async(StageId(0)).await?);
    let waits = Reason::WaitingForParents { stage_id: StageId(1), parents: vec![StageId(0)] };
    assert!(of_job.reasons.contains(&waits), "{of_job}");
    let runs = |reason: &Reason| {
        matches!(
            reason,
            Reason::Attempt { stage_id: StageId(0), attempt: 0, cause: AttemptCause::FirstAttempt }
        )
    };
    assert!(of_job.reasons.iter().any(runs) && of_stage.reasons.iter().any(runs), "{of_stage}");
    assert_contains(
        &of_job.to_string(),
        &[
            "job 0:\n",
            "\n  stage 1 waits for the outputs of stage 0",
            "\n  stage 0.0 was submitted: first attempt",
        ],
    );
    assert_eq!(job.await?, 3);
    Ok(())
}

fn a_job_waits_for_cores(context: Context) -> Outcome {
    let (begun, gate) = (Probe::new(), Probe::new());
    let first = context.range(0..1, 1, 1).map_with((begun, gate), |(begun, gate), x| {
        begun.hit();
        gate.pass();
        x
    });
    let (first, second) = (first.count_async(), context.range(0..2, 1, 2).count_async());
    begun.await_hits(1);
    let running = context.explain_job(first.handle().job_ids()[0])?;
    assert_contains(&running.to_string(), &["stage 0: 1 tasks run, 0 of 1 have ended well"]);
    let waiting = context.explain_job(second.handle().job_ids()[0])?;
    assert_contains(&waiting.to_string(), &["stage 1 waits for 1 free cores on one executor"]);
    let task = context.explain_task(StageId(1), 1)?;
    assert_contains(&task.to_string(), &["partition 1 of stage 1:", "stage 1 waits for 1 free cores"]);
    gate.open();
    assert_eq!((wait(LIMIT, first)??, wait(LIMIT, second)??), (1, 2));
    Ok(())
}

fn a_task_that_failed_says_how_often(context: Context) -> Outcome {
    let (begun, gate) = (Probe::new(), Probe::new());
    let numbers = context.range(0..1, 1, 1).map_with((begun, gate), |(begun, gate), x| {
        assert!(begun.hit() > 1, "deliberate");
        gate.pass();
        x
    });
    let job = numbers.count_async();
    begun.await_hits(2);
    let task = context.explain_task(StageId(0), 0)?;
    assert_contains(&task.to_string(), &["partition 0 of stage 0 has failed 1 times of at most 2"]);
    gate.open();
    assert_eq!(wait(LIMIT, job)??, 1);
    Ok(())
}

async fn many_questions_at_once_get_their_own_answers(context: Context) -> Outcome {
    let questions: Vec<_> = (0..50).map(|number| context.explain_stage_async(StageId(number))).collect();
    // One that nobody waits for does no harm.
    drop(context.explain_job_async(JobId(3)));
    for (number, question) in (0..).zip(questions) {
        assert_eq!(question.await?.subject, ExplainSubject::Stage(StageId(number)));
    }
    Ok(())
}

async fn other_hosts_ask_for_themselves(context: Context) -> Outcome {
    let answers = Arc::new(AtomicU64::new(0));
    let seen = answers.clone();
    let _observing = context.system().observe(move |observed: Observed<'_>| {
        if observed.message.kind() == "Explanation" {
            seen.fetch_add(1, Ordering::Relaxed);
        }
    });
    let question = context.explain_job_async(JobId(1));
    // The same number as the context's question, from another host.
    let subject = ExplainSubject::Job(JobId(2));
    context.system().named(7).send(DagScheduler, ExplainJob { request: 1, host: 7, subject })?;
    assert_eq!(question.await?.subject, ExplainSubject::Job(JobId(1)));
    assert_eq!(context.explain_job_async(JobId(3)).await?.subject, ExplainSubject::Job(JobId(3)));
    assert_eq!(answers.load(Ordering::Relaxed), 3);
    Ok(())
}

fn where_no_call_may_block_it_is_refused(context: Context) -> Outcome {
    assert_contains(&context.explain_job(JobId(0))?.to_string(), &["not active"]);
    let (simulated, _system) = Context::builder().master("local[1]").start_sim(1)?;
    let error =
        assert_fails(simulated.explain_job(JobId(0)), &["cannot be called on a system that runs on a loop"]);
    assert!(matches!(error, Error::Blocking { .. }));
    Ok(())
}

fn after_the_end_there_is_no_answer() -> Outcome {
    let context = Context::builder().master("local[1]").start()?;
    context.stop();
    assert!(matches!(context.explain_job(JobId(0)), Err(Error::Stopped)));
    // One that was asked before the end.
    let (context, system) = Context::builder().master("local[1]").start_sim(1)?;
    let question = context.explain_job_async(JobId(0));
    drop(system);
    assert!(matches!(wait(LIMIT, question)?, Err(Error::Stopped)));
    Ok(())
}
