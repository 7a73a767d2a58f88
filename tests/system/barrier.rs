//! Spark's BarrierTaskContextSuite: tasks that run all at once and wait for each other. On actix, for on the loop tasks
//! run one after the other.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use firesteel::{
    Context, Error, Rdd,
    actors::{
        JobError, TaskId,
        carrier::{Observed, Subscription},
        message::{
            BarrierCoordinatorMessage, Describe, ExecutorBackendMessage, MessageRef, TaskRunnerMessage,
        },
    },
    rdd::Compute,
    task::TaskError,
};

use crate::{
    harness::{LIMIT, Outcome, Scenario, scenario, wait},
    probe::{Probe, until_interrupted},
    support::{assert_fails, assert_usable, sorted},
};

/// Why executors are in this process.
const WATCHED: &str = "it begins to watch, on the way, messages that executors handle";

pub(crate) fn scenarios() -> Vec<Scenario> {
    let timeout = |scenario: Scenario| scenario.master("local[4]").config("spark.barrier.sync.timeout", "1s");
    let few_checks = |scenario: Scenario| {
        scenario
            .config("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "2")
            .config("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "10ms")
    };
    vec![
        scenario!(blocking bar_001_no_task_leaves_before_all_have_come).master("local[4]"),
        scenario!(blocking bar_002_all_gather_gives_all_messages_in_order).master("local[4]"),
        scenario!(blocking bar_003_mixing_barrier_and_all_gather_fails).master("local[4]"),
        scenario!(blocking bar_004_all_gather_and_then_barrier).master("local[4]"),
        timeout(scenario!(blocking bar_006_a_barrier_that_takes_too_long_fails_with_its_time)),
        timeout(scenario!(blocking bar_007_a_task_that_never_comes_is_waited_for_only_so_long)),
        scenario!(blocking bar_009_a_kill_that_does_not_interrupt_ends_the_wait),
        scenario!(blocking bar_010_a_kill_that_interrupts_ends_the_wait).in_process(WATCHED),
        scenario!(blocking bar_012_the_other_tasks_are_killed_as_the_job_says).in_process(WATCHED),
        scenario!(blocking jc_013_cancelling_a_group_that_interrupts_ends_its_waits).in_process(WATCHED),
        scenario!(both a_barrier_stage_runs_all_at_once).master("local[3]").in_process(WATCHED),
        few_checks(scenario!(both a_stage_with_more_tasks_than_cores_is_refused)),
        scenario!(both a_stage_that_lacks_cores_says_so_and_can_be_cancelled),
        scenario!(both some_chains_cannot_be_barrier_stages).master("local[4]"),
        scenario!(blocking a_barrier_map_stage_is_tried_again_as_a_whole).master("local[2,2]"),
        scenario!(both only_barrier_stages_have_the_other_side).master("local[2]"),
        scenario!(free on_the_loop_waiting_for_others_is_refused),
    ]
}

fn bar_001_no_task_leaves_before_all_have_come(context: Context) -> Outcome {
    let entered = Probe::new();
    let seen = context.range(0..4, 1, 4).barrier().map_partitions_with(entered, |entered, _, task| {
        let mut seen = Vec::new();
        for round in 1..=50 {
            entered.hit();
            task.barrier()?;
            // All of this round, and perhaps some of the next.
            let hits = entered.hits();
            seen.push(hits >= 4 * round && hits < 4 * (round + 1));
        }
        Ok(seen.into_iter())
    });
    assert_eq!(seen.collect()?, [true; 200]);
    Ok(())
}

fn bar_002_all_gather_gives_all_messages_in_order(context: Context) -> Outcome {
    let texts = context.range(0..4, 1, 4).barrier().map_partitions(|items, task| {
        assert_eq!(task.addresses().len(), 4);
        assert_eq!(&*task.addresses()[0], "localhost");
        let own: Vec<i64> = items.collect();
        assert_eq!(own, [i64::from(task.partition_id())]);
        let all = task.all_gather(&format!("from {}", task.partition_id()))?;
        Ok(std::iter::once(all.iter().map(ToString::to_string).collect::<Vec<_>>()))
    });
    assert_eq!(
        texts.collect()?,
        vec![["from 0", "from 1", "from 2", "from 3"].map(str::to_owned).to_vec(); 4]
    );
    Ok(())
}

fn bar_003_mixing_barrier_and_all_gather_fails(context: Context) -> Outcome {
    let mixed = context.range(0..4, 1, 4).barrier().map_partitions(|items, task| {
        // The others see what becomes of it.
        match task.partition_id() {
            0 => task.barrier()?,
            1 => drop(task.all_gather("")?),
            _ => until_interrupted(&task),
        }
        Ok(items)
    });
    let parts = ["Different barrier sync types found for the sync", "within a single sync"];
    assert_fails(mixed.collect(), &parts);
    wait(LIMIT, assert_usable(&context))?
}

fn bar_004_all_gather_and_then_barrier(context: Context) -> Outcome {
    let lengths = context.range(0..4, 1, 4).barrier().map_partitions(|_, task| {
        let all = task.all_gather(&task.partition_id().to_string())?;
        task.barrier()?;
        let again = task.all_gather("x")?;
        Ok(std::iter::once((all.concat(), again.concat())))
    });
    assert_eq!(lengths.collect()?, vec![("0123".to_owned(), "xxxx".to_owned()); 4]);
    Ok(())
}

fn bar_006_a_barrier_that_takes_too_long_fails_with_its_time(context: Context) -> Outcome {
    let late = context.range(0..4, 1, 4).barrier().map_partitions(|items, task| {
        if task.partition_id() == 3 {
            until_interrupted(&task);
        }
        task.barrier()?;
        Ok(items)
    });
    let parts = [
        "Could not recover from a failed barrier ResultStage",
        "The coordinator didn't get all barrier sync requests for barrier epoch 0",
        "within 1 second(s)",
    ];
    assert_fails(late.collect(), &parts);
    wait(LIMIT, assert_usable(&context))?
}

fn bar_007_a_task_that_never_comes_is_waited_for_only_so_long(context: Context) -> Outcome {
    let alone = context.range(0..4, 1, 4).barrier().map_partitions(|items, task| {
        task.barrier()?;
        if task.partition_id() != 3 {
            task.barrier()?;
        }
        Ok(items)
    });
    let parts = ["didn't get all barrier sync requests for barrier epoch 1", "within 1 second(s)"];
    assert_fails(alone.collect(), &parts);
    wait(LIMIT, assert_usable(&context))?
}

/// Kills task 0 as soon as it waits at the barrier.
fn kill_at_barrier(context: &Context, interrupt_thread: bool) -> Subscription {
    let killer = context.clone();
    context.system().observe(move |observed: Observed<'_>| {
        if let MessageRef::BarrierCoordinator(BarrierCoordinatorMessage::RequestToSync(request)) =
            observed.message
            && request.task_id == TaskId(0)
        {
            killer.kill_task_attempt(TaskId(0), interrupt_thread, "as a test").unwrap();
        }
    })
}

/// Two tasks: one waits at a barrier, and counts that it was told to leave, and whether by a kill; the other never comes.
fn lonely(context: &Context, probes: (Probe, Probe)) -> Rdd<impl Compute<Item = i64> + use<>> {
    context.range(0..2, 1, 2).barrier().map_partitions_with(probes, |(killed, left), items, task| {
        if task.partition_id() == 0 {
            let outcome = task.barrier();
            if matches!(outcome, Err(TaskError::Killed(_))) {
                killed.hit();
            }
            left.hit();
            outcome?;
        } else {
            until_interrupted(&task);
        }
        Ok(items)
    })
}

fn killed_at_barrier(context: &Context, interrupt_thread: bool) -> Outcome {
    let (killed, left) = (Probe::new(), Probe::new());
    let kills = Arc::new(Kills::default());
    let (watching, killing) = (kills.watch(context), kill_at_barrier(context, interrupt_thread));
    let parts = ["Could not recover from a failed barrier ResultStage", "TaskKilled (as a test)"];
    assert_fails(lonely(context, (killed, left)).collect(), &parts);
    drop((watching, killing));
    assert_eq!(killed.hits(), 1);
    assert_eq!(kills.interrupting.load(Ordering::Relaxed), u64::from(interrupt_thread));
    wait(LIMIT, assert_usable(context))?
}

fn bar_009_a_kill_that_does_not_interrupt_ends_the_wait(context: Context) -> Outcome {
    killed_at_barrier(&context, false)
}

fn bar_010_a_kill_that_interrupts_ends_the_wait(context: Context) -> Outcome {
    killed_at_barrier(&context, true)
}

/// Counts the kills that come to the task threads.
#[derive(Default)]
struct Kills {
    all: AtomicU64,
    interrupting: AtomicU64,
}

impl Kills {
    fn watch(self: &Arc<Self>, context: &Context) -> Subscription {
        let kills = self.clone();
        context.system().observe(move |observed: Observed<'_>| {
            if let MessageRef::TaskRunner(TaskRunnerMessage::KillTask(kill)) = observed.message {
                kills.all.fetch_add(1, Ordering::Relaxed);
                kills.interrupting.fetch_add(u64::from(kill.interrupt_thread), Ordering::Relaxed);
            }
        })
    }
}

fn bar_012_the_other_tasks_are_killed_as_the_job_says(context: Context) -> Outcome {
    for interrupt in [false, true] {
        context.set_job_group("barriers", "", interrupt);
        let kills = Arc::new(Kills::default());
        let watching = kills.watch(&context);
        let begun = Probe::new();
        let one_fails =
            context.range(0..2, 1, 2).barrier().map_partitions_with(begun, |begun, items, task| {
                begun.hit();
                if task.partition_id() == 0 {
                    begun.await_hits(2);
                    task.fail(TaskError::User("it had to be".to_owned()));
                }
                until_interrupted(&task);
                task.barrier()?;
                Ok(items)
            });
        assert_fails(one_fails.collect(), &["failed barrier ResultStage", "it had to be"]);
        context.clear_job_group();
        wait(LIMIT, assert_usable(&context))??;
        drop(watching);
        let counts = (kills.all.load(Ordering::Relaxed), kills.interrupting.load(Ordering::Relaxed));
        // As in Spark it may be killed twice: with its attempt, and with its job.
        assert!(counts.0 >= 1 && counts.1 == if interrupt { counts.0 } else { 0 }, "{counts:?}");
    }
    Ok(())
}

fn jc_013_cancelling_a_group_that_interrupts_ends_its_waits(context: Context) -> Outcome {
    let (killed, left) = (Probe::new(), Probe::new());
    context.set_job_group("impatient", "", true);
    let kills = Arc::new(Kills::default());
    let watching = kills.watch(&context);
    let canceller = context.clone();
    let cancelling = context.system().observe(move |observed: Observed<'_>| {
        if observed.message.kind() == "RequestToSync" {
            canceller.cancel_job_group("impatient", "as it takes too long").unwrap();
        }
    });
    assert_fails(lonely(&context, (killed, left)).collect(), &["Job 0 cancelled as it takes too long"]);
    drop(cancelling);
    context.clear_job_group();
    // By the kill, or by the end of its barrier, whichever comes first.
    left.await_hits(1);
    wait(LIMIT, assert_usable(&context))??;
    drop(watching);
    let counts = (kills.all.load(Ordering::Relaxed), kills.interrupting.load(Ordering::Relaxed));
    // The one that has left already need not be killed any more.
    assert!(counts.0 >= 1 && counts.1 == counts.0, "{counts:?}");
    Ok(())
}

async fn a_barrier_stage_runs_all_at_once(context: Context) -> Outcome {
    let launched = Arc::new(AtomicU64::new(0));
    let too_few = Arc::new(AtomicBool::new(false));
    let (count, wrong) = (launched.clone(), too_few.clone());
    let _observing = context.system().observe(move |observed: Observed<'_>| match observed.message {
        MessageRef::ExecutorBackend(ExecutorBackendMessage::LaunchTask(launch))
            if launch.task.stage.is_barrier =>
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
        message if message.kind() == "CompletionEvent" && message.ids().stage.is_some_and(|id| id.0 == 1) => {
            wrong.fetch_or(count.load(Ordering::Relaxed) < 3, Ordering::Relaxed);
        }
        _ => {}
    });
    // The first job may still hold cores when the barrier's comes.
    let first = context.range(0..10, 1, 5).count_async();
    let shuffled =
        context.range(0..30, 1, 3).barrier().map_partitions(|items, _| Ok(items.map(|x| (x % 3, x))));
    let sums = shuffled.reduce_by_key(|a, b| a + b);
    assert_eq!(sorted(sums.collect_async().await?), [(0, 135), (1, 145), (2, 155)]);
    assert_eq!((first.await?, launched.load(Ordering::Relaxed)), (10, 3));
    assert!(!too_few.load(Ordering::Relaxed));
    Ok(())
}

async fn a_stage_with_more_tasks_than_cores_is_refused(context: Context) -> Outcome {
    let wide = context.range(0..3, 1, 3).barrier().map_partitions(|items, _| Ok(items));
    let parts = ["[SPARK-24819]: Barrier execution mode does not allow", "It needs 3, there are 2."];
    let error = assert_fails(wide.collect_async().await, &parts);
    assert!(
        matches!(&error, Error::Job(failure) if matches!(failure.source, JobError::StageCreation { .. })),
        "{error:?}"
    );
    assert_usable(&context).await
}

async fn a_stage_that_lacks_cores_says_so_and_can_be_cancelled(context: Context) -> Outcome {
    let wide = context.range(0..3, 1, 3).barrier().map_partitions(|items, _| Ok(items));
    let job = wide.collect_async();
    let text = context.explain_job_async(job.handle().job_ids()[0]).await?.to_string();
    assert!(text.contains("job 0 waits until 3 barrier tasks can run at once"), "{text}");
    // Its checks are 15 seconds apart.
    job.cancel("after its first check");
    assert_fails(job.await, &["Job 0 cancelled after its first check"]);
    assert_usable(&context).await
}

async fn some_chains_cannot_be_barrier_stages(context: Context) -> Outcome {
    let barrier = context.range(0..4, 1, 2).barrier().map_partitions(|items, _| Ok(items));
    let parts = ["Barrier execution mode does not allow the following pattern"];
    // A union has more partitions than the barrier, and take runs fewer tasks.
    assert_fails(barrier.union(&context.range(0..4, 1, 2)).count_async().await, &parts);
    assert_fails(barrier.first_async().await, &parts);
    assert_eq!(barrier.count_async().await?, 4);
    // Behind a shuffle another stage begins.
    let sums = barrier.map(|x| (x, 1)).reduce_by_key(|a, b| a + b);
    assert_eq!(sums.take_async(9).await?.len(), 4);
    assert_usable(&context).await
}

fn a_barrier_map_stage_is_tried_again_as_a_whole(context: Context) -> Outcome {
    let runs = Probe::new();
    let pairs = context.range(0..2, 1, 2).barrier().map_partitions_with(runs, |runs, items, task| {
        runs.hit();
        task.barrier()?;
        if task.stage_attempt_number() == 0 && task.partition_id() == 0 {
            return Err(TaskError::User("the first attempt fails".to_owned()));
        }
        Ok(items.map(|x| (x, x)))
    });
    assert_eq!(sorted(pairs.reduce_by_key(|a, b| a + b).collect()?), [(0, 0), (1, 1)]);
    assert_eq!(runs.hits(), 4);
    Ok(())
}

async fn only_barrier_stages_have_the_other_side(context: Context) -> Outcome {
    let plain = context
        .range(0..2, 1, 2)
        .map_partitions_with_index(|_, _, task| std::iter::once(task.barrier().is_some()));
    assert_eq!(plain.collect_async().await?, [false, false]);
    // What follows within the stage has it, what comes before the operator as well.
    let chain = context
        .range(0..2, 1, 2)
        .map_partitions_with_index(|_, _, task| std::iter::once(task.barrier().is_some()))
        .barrier()
        .map_partitions(|items, task| Ok(items.chain([task.task().barrier().is_some()])))
        .map_partitions_with_index(|_, items, task| items.chain([task.barrier().is_some()]));
    assert_eq!(chain.collect_async().await?, [true; 6]);
    let behind = chain.map(|yes| (yes, 1)).partition_by(firesteel::HashPartitioner::new(2));
    let behind = behind.map_partitions_with_index(|_, _, task| std::iter::once(task.barrier().is_some()));
    assert_eq!(behind.collect_async().await?, [false, false]);
    Ok(())
}

fn on_the_loop_waiting_for_others_is_refused() -> Outcome {
    let (context, mut system) = Context::builder().master("local[2]").start_sim(1)?;
    let job = context.range(0..2, 1, 2).barrier().map_partitions(|items, task| {
        task.barrier()?;
        Ok(items)
    });
    let outcome = system.block_on(job.count_async())?;
    assert_fails(outcome, &["barrier tasks need a carrier with threads"]);
    Ok(())
}
