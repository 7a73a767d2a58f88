//! The listener as a value: events in, sums and tables out.

use firesteel_actors::{
    TaskId, Time,
    message::{
        AttemptCause, Properties, StageInfo, StageSubmitted, TaskEnd, TaskEndReason, TaskInfo, TaskLocality,
        TaskMetrics,
    },
    resources::ProfileId,
};

use super::{sums::MOST_ROWS, *};

fn submitted(stage_id: u32, name: &str) -> SparkListenerEvent {
    let stage = StageInfo {
        stage_id: StageId(stage_id),
        attempt: 0,
        name: name.into(),
        num_tasks: 2,
        parents: Vec::new(),
        submission_time: None,
        completion_time: None,
        failure_reason: None,
        cause: AttemptCause::FirstAttempt,
        profile_id: ProfileId::default(),
        shuffle_id: None,
    };
    SparkListenerEvent::StageSubmitted(Box::new(StageSubmitted { stage, properties: Properties::default() }))
}

fn ended(
    stage_id: u32,
    attempt: u32,
    executor_id: ExecutorId,
    reason: TaskEndReason,
    metrics: TaskMetrics,
) -> SparkListenerEvent {
    let task_info = TaskInfo {
        task_id: TaskId(0),
        index: 0,
        attempt_number: 0,
        partition_id: 0,
        executor_id,
        locality: TaskLocality::NoPref,
        speculative: false,
        launch_time: Time::ZERO,
        getting_result_time: None,
        finish_time: None,
        outcome: None,
    };
    let end = TaskEnd {
        stage_id: StageId(stage_id),
        stage_attempt_id: attempt,
        reason,
        task_info,
        metrics: Box::new(metrics),
    };
    SparkListenerEvent::TaskEnd(Box::new(end))
}

fn table_of(events: &[SparkListenerEvent]) -> MetricsTable {
    let table = MetricsTable::new();
    events.iter().for_each(|event| table.on_event(event));
    table
}

fn some_tasks() -> MetricsTable {
    let written = |time, bytes| TaskMetrics {
        executor_run_time: time,
        shuffle_bytes_written: bytes,
        ..TaskMetrics::default()
    };
    let read =
        TaskMetrics { executor_run_time: 20_000, shuffle_records_read: 1_234, ..TaskMetrics::default() };
    let killed = TaskEndReason::Resubmitted;
    table_of(&[
        submitted(0, "map at a.rs:1"),
        ended(0, 0, ExecutorId(1), TaskEndReason::Success, written(1_500_000, 700)),
        ended(0, 0, ExecutorId(2), killed, written(500_000, 0)),
        ended(0, 1, ExecutorId(1), TaskEndReason::Success, written(2_000_000, 324)),
        submitted(1, "count at a.rs:2"),
        ended(1, 0, ExecutorId(2), TaskEndReason::Success, read),
    ])
}

#[test]
fn every_counter_is_summed_per_stage_attempt_and_per_executor() {
    let table = some_tasks();
    let stages: Vec<_> = table
        .stages()
        .into_iter()
        .map(|stage| {
            (stage.stage_id.0, stage.attempt, stage.name.to_string(), stage.sum.tasks, stage.sum.unsuccessful)
        })
        .collect();
    assert_eq!(
        stages,
        [
            (0, 0, "map at a.rs:1".to_owned(), 2, 1),
            (0, 1, String::new(), 1, 0),
            (1, 0, "count at a.rs:2".to_owned(), 1, 0)
        ]
    );
    let executors: Vec<_> = table
        .executors()
        .into_iter()
        .map(|(id, sum)| (id.0, sum.tasks, sum.metrics.executor_run_time, sum.metrics.shuffle_bytes_written))
        .collect();
    assert_eq!(executors, [(1, 2, 3_500_000, 1_024), (2, 2, 520_000, 0)]);
    let total = TaskMetrics {
        executor_run_time: 4_020_000,
        shuffle_bytes_written: 1_024,
        shuffle_records_read: 1_234,
        ..TaskMetrics::default()
    };
    assert_eq!(table.total(), MetricsSum { tasks: 4, unsuccessful: 1, metrics: total });
}

#[test]
fn the_table_has_the_counters_that_counted_with_units() {
    let expected = "
                             executor  shuffle   shuffle
                        not       run  records     bytes
stage     tasks  successful      time     read   written
0.0           2           1    2.00ms        0   700.0 B  map at a.rs:1
0.1           1           0    2.00ms        0   324.0 B
1.0           1           0    20.0µs    1,234         0  count at a.rs:2
all           4           1    4.02ms    1,234  1024.0 B
executor
1             2           0    3.50ms        0  1024.0 B
2             2           1     520µs    1,234         0
";
    assert_eq!(format!("\n{}", some_tasks().table()), expected);
}

#[test]
fn of_nothing_there_is_no_table() {
    assert_eq!(MetricsTable::new().table(), "no task has ended\n");
    assert_eq!(table_of(&[submitted(0, "map")]).table(), "no task has ended\n");
}

#[test]
fn old_stages_are_one_sum_and_nothing_is_lost() {
    let table = MetricsTable::new();
    let metrics = || TaskMetrics { records_read: 1, ..TaskMetrics::default() };
    let end = |stage| ended(stage, 0, ExecutorId::DRIVER, TaskEndReason::Success, metrics());
    let stages = MOST_ROWS as u32 + 5;
    for stage in 0..stages {
        table.on_event(&submitted(stage, "map"));
        table.on_event(&end(stage));
    }
    // Late, of a stage that is no longer kept.
    table.on_event(&end(2));
    assert_eq!((table.stages().len(), table.stages()[0].stage_id), (MOST_ROWS, StageId(5)));
    assert_eq!(table.total().metrics.records_read, u64::from(stages) + 1);
    assert!(table.table().contains("\nearlier"));
}
