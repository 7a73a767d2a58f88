//! Stories, reasons, diagrams and comparisons of traces that the loop made.
#![cfg(feature = "trace")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::time::Duration;

use common::{Fake, Graph, LONG, Running, Setup, executor, failure, start, wait};
use firesteel_actors::{
    JobId, Time,
    message::Message,
    testing::{Probe, TraceAssertions, assert_golden},
    trace::{
        CriticalPath, Diagram, Look, Messages, Parting, Record, Run, diff, mermaid, path, sequence_text,
        story, why,
    },
};

/// What the loop did with this seed: jobs on these graphs, one after the other, of which each fails once on partition
/// `fails` of its result stage.
fn run(seed: u64, setup: Setup, graphs: &[Graph], fails: Option<u32>) -> Messages {
    let program = Fake::running(move |task, _| {
        let first =
            task.attempt_number == 0 && task.stage.binary.bytes().is_some_and(|code| !code.is_empty());
        (first && Some(task.partition_id) == fails).then(|| failure("six"))
    });
    let mut system = setup.on_loop(program.clone(), seed);
    let probe = Probe::of(system.handle());
    let cx = Running { system: system.handle().clone(), program };
    for graph in graphs {
        let _ = system.block_on(cx.run(*graph)).unwrap();
    }
    system.run_until_idle();
    probe.messages()
}

fn heads_only(messages: &Messages) -> Messages {
    let mut heads = Messages::default();
    for record in messages {
        heads.push(Record { message: None, ..record.clone() });
    }
    heads
}

const GRAPH: Graph = Graph::two(0, 6, 9);

#[test]
fn a_critical_path_adds_up_whatever_the_seed() {
    for seed in 0..40 {
        let fails = (seed % 2 == 0).then_some(3);
        let messages = run(seed, Setup::attempts(2), &[GRAPH, Graph::one(7)], fails);
        let index = Run::of(&messages);
        for job in [JobId(0), JobId(1)] {
            let path = CriticalPath::of(&messages, &index, job).unwrap();
            let mut at = path.from;
            for segment in &path.segments {
                assert_eq!(segment.from, at, "seed {seed}: {path}");
                at = segment.to;
            }
            assert_eq!(at, path.to, "seed {seed}: {path}");
            let sum: Duration = path.by_kind().into_iter().map(|(_, time)| time).sum();
            assert_eq!(sum, path.duration());
            // On the loop only tasks take time.
            let kinds: Vec<&str> = path.by_kind().into_iter().map(|(name, _)| name).collect();
            assert!(
                kinds.iter().all(|kind| ["tasks ran", "waited for a free core"].contains(kind)),
                "seed {seed}: {path}"
            );
        }
    }
}

#[test]
fn a_critical_path_adds_up_with_real_clocks() {
    let program = Fake::new();
    let (system, cx) = start(Setup::attempts(1), &program);
    let probe = Probe::of(&cx.system);
    assert!(wait(cx.run(GRAPH)).is_ok());
    assert_eq!(system.stop(LONG).left_behind, []);
    let messages = probe.messages();
    let path = CriticalPath::of(&messages, &Run::of(&messages), JobId(0)).unwrap();
    let mut at = path.from;
    for segment in &path.segments {
        assert_eq!(segment.from, at, "{path}");
        at = segment.to;
    }
    assert_eq!(at, path.to, "{path}");
    assert!(!path.by_kind().iter().any(|(kind, _)| kind.contains("outside")), "{path}");
}

#[test]
fn a_failed_attempt_and_the_one_after_it_are_told_with_the_reason() {
    let messages = run(5, Setup::attempts(2), &[GRAPH], Some(3));
    let story = story(&messages, "partition 1/3".parse().unwrap()).unwrap().to_string();
    let expected = "\
task 9 (partition 3 of stage 1.0) of job 0, on executor 2: ExceptionFailure after 8.295 ms
    0.008718 the TaskScheduler had it with its stage's tasks  [DAGScheduler#18]
    0.008718 given a core of executor 2  [TaskScheduler#28]
    0.008718 received by executor 2  [DriverEndpoint#35]
    0.008718 handed to the task threads  [Executor-2#16]
    0.008718 began to run  [TaskRunner-2#11]
                 8.295 ms  running
    0.017013 its thread ended it: FAILED  [TaskRunner-2#12]
    0.017013 its end reached the TaskScheduler  [DriverEndpoint#64]
    0.017013 the DAGScheduler counted it: ExceptionFailure: Error: six  [TaskScheduler#56]

task 15 (partition 3 of stage 1.0) of job 0, attempt 1, on executor 2: Success after 10.026 ms
    0.017013 the attempt before it had failed  [DriverEndpoint#64]
    0.017013 given a core of executor 2  [TaskScheduler#58]
    0.017013 received by executor 2  [DriverEndpoint#66]
    0.017013 handed to the task threads  [Executor-2#26]
    0.017013 began to run  [TaskRunner-2#17]
                10.026 ms  running
    0.027039 its thread ended it: FINISHED  [TaskRunner-2#18]
    0.027039 its end reached the TaskScheduler  [DriverEndpoint#71]
    0.027039 its result was handed to the result getter  [TaskScheduler#64]
    0.027039 its result reached the TaskScheduler  [ResultGetter#9]
    0.027039 the DAGScheduler counted it: Success  [TaskScheduler#66]

note: 2 attempts of partition 3
";
    assert_eq!(story, expected);
}

#[test]
fn a_job_that_failed_says_why_from_payloads() {
    let messages = run(5, Setup::attempts(1), &[GRAPH], Some(3));
    let why = why(&messages, "job 0".parse().unwrap(), None).unwrap().to_string();
    let (answers, path) = why.split_once("\n\n").unwrap();
    let expected = "\
job 0 at 0.021048
- it failed after 17.013 ms: Job aborted due to stage failure: Task 3 in stage 1.0 failed 1 times, most recent failure: Lost task 3.0 in stage 1.0 (TID 9) (localhost executor 2): Error: six  [DAGScheduler#45]
- that came of TaskSetFailed stage 1.0, which came of StatusUpdate task 9 executor 2 FAILED  [TaskScheduler#57, DriverEndpoint#64]
- 1 task attempt ended badly, all on executor 2 (1 ExceptionFailure); the first: task 9 (partition 3 of stage 1.0), ExceptionFailure: Error: six  [TaskScheduler#56]
";
    assert_eq!(answers, expected.trim_end());
    assert!(path.starts_with("critical path of job 0: "), "{path}");
}

#[test]
fn heads_alone_tell_the_same_steps() {
    let messages = run(5, Setup::attempts(2), &[GRAPH], Some(3));
    let heads = heads_only(&messages);
    for subject in ["job 0", "stage 1", "task 4", "executor 2", "partition 0/1"] {
        let subject = subject.parse().unwrap();
        let (full, heads) = (story(&messages, subject).unwrap(), story(&heads, subject).unwrap());
        let times = |story: &firesteel_actors::trace::Story| {
            let steps = story.chapters.iter().flat_map(|chapter| &chapter.steps);
            steps.map(|step| (step.at, step.message)).collect::<Vec<_>>()
        };
        assert_eq!(times(&full), times(&heads), "{subject}");
        assert!(heads.notes.iter().any(|note| note.contains("heads only")));
    }
    let paths =
        [&messages, &heads].map(|messages| CriticalPath::of(messages, &Run::of(messages), JobId(0)).unwrap());
    assert_eq!(paths[0], paths[1]);
}

#[test]
fn every_message_has_a_path_to_a_root_and_the_roots_cause_all() {
    let messages = run(5, Setup::attempts(2), &[GRAPH], Some(3));
    let mut caused = 0;
    for record in &messages {
        let path = path(&messages, record.head.id, 3).unwrap();
        assert_eq!(path.missing, None);
        assert_eq!(path.chain.last().unwrap().id, record.head.id);
        if path.chain.len() == 1 {
            caused += 1 + path.caused;
        }
    }
    assert_eq!(caused, messages.len());
}

#[test]
fn a_stage_at_a_moment_says_who_has_the_cores() {
    let messages = run(5, Setup::attempts(2), &[GRAPH], None);
    let at = Time(11_000_000);
    let why = why(&messages, "stage 1".parse().unwrap(), Some(at)).unwrap().to_string();
    let expected = "\
stage 1 at 0.011000
- stage 1.0 had 4 tasks under way, 2 of 9 done  [DAGScheduler#18]
- the next that got a core, task 12 (partition 6 of stage 1.0) at 0.011198, waited for a free core, until task 10 ended  [TaskScheduler#39]
- in use of 4 cores: 4 tasks of stage 1.0
";
    assert_eq!(why, expected);
}

#[test]
fn the_same_seed_twice_has_no_difference() {
    let [first, second] = [1, 1].map(|seed| run(seed, Setup::attempts(2), &[GRAPH], Some(3)));
    let diff = diff(&first, &second);
    assert!(diff.is_same(), "{diff}");
    assert_eq!(diff.heads_only, None);
}

#[test]
fn another_seed_only_reorders() {
    let first = run(1, Setup::attempts(2), &[GRAPH, Graph::one(5)], Some(3));
    for seed in 2..30 {
        let second = run(seed, Setup::attempts(2), &[GRAPH, Graph::one(5)], Some(3));
        let diff = diff(&first, &second);
        assert!(diff.only_reordered(), "seed {seed}: {diff}");
        assert!(!diff.is_same() && diff.reordered > 0, "seed {seed}: {diff}");
    }
}

#[test]
fn a_task_that_fails_in_one_run_is_the_first_real_difference() {
    let first = run(1, Setup::attempts(2), &[GRAPH], None);
    let second = run(1, Setup::attempts(2), &[GRAPH], Some(3));
    let diff = diff(&first, &second);
    let parting = diff.first.as_ref().unwrap();
    assert_eq!(parting.what, Parting::Changed, "{diff}");
    let last = parting.first.last().unwrap();
    assert!(last.text.starts_with("TaskRunner-") && last.text.contains("StatusUpdate"), "{diff}");
    assert!(parting.second.last().unwrap().text.ends_with("FAILED"), "{diff}");
    assert_eq!(diff.extra.get("LaunchTask"), Some(&2), "{diff}");
    // The second attempt's messages are not those of the first, which did not come.
    let missing: Vec<&str> = diff.missing.keys().copied().collect();
    assert_eq!(missing, ["EnqueueSuccessfulTask", "HandleSuccessfulTask", "TaskSucceeded"], "{diff}");
}

#[test]
fn a_diagram_of_a_job_shows_all_its_messages() {
    let mut setup = Setup::attempts(1);
    setup.executors = vec![executor(1, 2)];
    let messages = run(5, setup, &[Graph::one(2)], None);
    let no_listeners = |record: &&Record| !matches!(record.message, Some(Message::ListenerBus(_)));
    let diagram = Diagram::of(messages.iter().filter(no_listeners), true);
    assert_eq!(diagram.messages(), messages.iter().filter(no_listeners).count());
    let expected = "\
\x20               Host-0  DAGScheduler         DriverEndpoint         TaskRunner-1           JobWaiter-0
                   │          │    TaskScheduler    │     Executor-1      │    ResultGetter     │
                   │          │          │          │          │          │          │          │
    0.000000       │          │          │          │ RegisterExecutor executor 1    │          │
                   │          │          │          │<─────────┤          │          │          │
                   │ JobSubmitted job 0 x2          │          │          │          │          │
                   ├─────────>│          │          │          │          │          │          │
                   │          │          │          │ RegisteredExecutor  │          │          │
                   │          │          │          ├─────────>│          │          │          │
                   │          │ SubmitTasks job 0 stage 0.0 x2 │          │          │          │
                   │          ├─────────>│          │          │          │          │          │
                   │          │          │          │ LaunchedExecutor executor 1    │          │
                   │          │          │          │<─────────┤          │          │          │
                   │          │          │ ReviveOffers        │          │          │          │
                   │          │          ├─────────>│          │          │          │          │
                   │          │          │ ResourceOffers executor 1 x2   │          │          │
                   │          │          │<─────────┤          │          │          │          │
                   │          │ ExecutorAdded executor 1       │          │          │          │
                   │          │<─────────┤          │          │          │          │          │
                   │          │ BeginEvent x2 stage 0.0 partition 0,1 task 0,1 executor 1       │
                   │          │<─────────┤          │          │          │          │          │
                   │          │          │ LaunchTasks x2      │          │          │          │
                   │          │          ├─────────>│          │          │          │          │
                   │          │          │     LaunchTask x2 job 0 stage 0.0 partition 0,1 task 0,1 executor 1
                   │          │          │          ├─────────>│          │          │          │
                   │          │          │     LaunchTask x2 job 0 stage 0.0 partition 0,1 task 0,1 executor 1
                   │          │          │          │          ├─────────>│          │          │
                   │          │          │          │          │ StatusUpdate x2 task 0,1 executor 1 RUNNING
                   │          │          │          │          │<─────────┤          │          │
                   │          │          │          │ StatusUpdate x2 task 0,1 executor 1 RUNNING
                   │          │          │          │<─────────┤          │          │          │
                   │          │          │ StatusUpdate x2 task 0,1 executor 1 RUNNING          │
                   │          │          │<─────────┤          │          │          │          │
             6.444 ms later   ┊          ┊          ┊          ┊          ┊          ┊          ┊
    0.006444       │          │          │          │          │ StatusUpdate task 1 executor 1 FINISHED
                   │          │          │          │          │<─────────┤          │          │
                   │          │          │          │ StatusUpdate task 1 executor 1 FINISHED   │
                   │          │          │          │<─────────┤          │          │          │
                   │          │          │ StatusUpdate task 1 executor 1 FINISHED   │          │
                   │          │          │<─────────┤          │          │          │          │
                   │          │          │ ResourceOffers executor 1 x1   │          │          │
                   │          │          │<─────────┤          │          │          │          │
                   │          │          │ EnqueueSuccessfulTask job 0 stage 0.0 task 1 executor 1
                   │          │          ├──────────────────────────────────────────>│          │
                   │          │          │ LaunchTasks x0      │          │          │          │
                   │          │          ├─────────>│          │          │          │          │
                   │          │          │ HandleSuccessfulTask task 1    │          │          │
                   │          │          │<──────────────────────────────────────────┤          │
                   │          │ CompletionEvent job 0 stage 0.0 partition 1 task 1 executor 1 Success
                   │          │<─────────┤          │          │          │          │          │
                   │          │ TaskSucceeded job 0 partition 1 task 1    │          │          │
                   │          ├────────────────────────────────────────────────────────────────>│
             2.274 ms later   ┊          ┊          ┊          ┊          ┊          ┊          ┊
    0.008718       │          │          │          │          │ StatusUpdate task 0 executor 1 FINISHED
                   │          │          │          │          │<─────────┤          │          │
                   │          │          │          │ StatusUpdate task 0 executor 1 FINISHED   │
                   │          │          │          │<─────────┤          │          │          │
                   │          │          │ StatusUpdate task 0 executor 1 FINISHED   │          │
                   │          │          │<─────────┤          │          │          │          │
                   │          │          │ ResourceOffers executor 1 x2   │          │          │
                   │          │          │<─────────┤          │          │          │          │
                   │          │          │ EnqueueSuccessfulTask job 0 stage 0.0 task 0 executor 1
                   │          │          ├──────────────────────────────────────────>│          │
                   │          │          │ LaunchTasks x0      │          │          │          │
                   │          │          ├─────────>│          │          │          │          │
                   │          │          │ HandleSuccessfulTask task 0    │          │          │
                   │          │          │<──────────────────────────────────────────┤          │
                   │          │ CompletionEvent job 0 stage 0.0 partition 0 task 0 executor 1 Success
                   │          │<─────────┤          │          │          │          │          │
                   │          │ KillAllTaskAttempts stage 0    │          │          │          │
                   │          ├─────────>│          │          │          │          │          │
                   │          │ TaskSucceeded job 0 partition 0 task 0    │          │          │
                   │          ├────────────────────────────────────────────────────────────────>│
";
    assert_eq!(sequence_text(&diagram, Look { width: 110, ascii: false }), expected);
    assert!(mermaid(&diagram).lines().all(|line| !line.contains('#') && !line.contains(';')));
}

#[test]
fn a_lost_executor_is_told_by_it_and_by_its_tasks() {
    use firesteel_actors::message::{DriverEndpoint, ExecutorLossReason, RemoveExecutor};
    let program = Fake::new();
    let mut system = Setup::attempts(2).on_loop(program.clone(), 5);
    let mut probe = Probe::of(system.handle());
    let cx = Running { system: system.handle().clone(), program };
    let (_, end) = cx.submit(Graph::one(4));
    probe.within_on(&mut system, Duration::from_secs(1)).record("StatusUpdate");
    let reason = ExecutorLossReason::process_lost("the machine is gone");
    let remove = RemoveExecutor { executor_id: firesteel_actors::ExecutorId(2), reason };
    cx.system.send(DriverEndpoint, remove).unwrap();
    assert!(system.block_on(end).unwrap().is_ok());
    system.run_until_idle();
    let messages = probe.messages();
    messages.happens_before("RemoveExecutor and executor = 2", "ExecutorLost and executor = 2");
    messages.exactly_once("kind = TaskSucceeded and partition = 3");
    let tell = |subject: &str| story(&messages, subject.parse().unwrap()).unwrap().to_string();
    let expected = "\
executor 2 on localhost, 2 cores: 2 tasks, 3.972 ms of task time, lost
    0.000000 it asked to work  [Executor-2#1]
    0.000000 it was ready for tasks  [Executor-2#2]
    0.000000 it was given its first task  [TaskScheduler#7]
    0.000000 its removal was asked for: the machine is gone  [Host-0#2]
    0.000000 it was lost: the machine is gone  [DriverEndpoint#13]
    0.000000 task 2 (partition 2 of stage 0.0) ended: ExecutorLostFailure: executor 2 was lost: the machine is gone  [TaskScheduler#10]
    0.000000 task 3 (partition 3 of stage 0.0) ended: ExecutorLostFailure: executor 2 was lost: the machine is gone  [TaskScheduler#11]
";
    assert_eq!(tell("executor 2"), expected);
    let why = why(&messages, "partition 0/3".parse().unwrap(), None).unwrap().to_string();
    let expected = "\
partition 0/3 at 0.013254
- task 3 was given a core at 0.000000, as soon as it was ready  [DAGScheduler#3, TaskScheduler#8]
- task 3 ended: ExecutorLostFailure: executor 2 was lost: the machine is gone  [TaskScheduler#11]
- task 4 is attempt 1 of its partition: task 3 ended: ExecutorLostFailure: executor 2 was lost: the machine is gone  [TaskScheduler#11]
- task 4 was ready at 0.000000 and given a core at 0.006444: for 6.444 ms waited for a free core, until task 1 ended  [DriverEndpoint#13, TaskScheduler#15]
- task 4 ended: Success  [TaskScheduler#24]
";
    assert_eq!(why, expected);
}

/// On one core tasks run one after the other, so times alone differ between seeds.
#[test]
fn the_messages_of_two_stages_on_one_core_are_these_whatever_the_seed() {
    for seed in [1, 2] {
        let mut setup = Setup::attempts(1);
        setup.executors = vec![executor(1, 1)];
        let messages = run(seed, setup, &[Graph::two(0, 2, 2)], None);
        assert_golden(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/two_stages.txt"), &messages);
    }
}

#[test]
fn the_run_of_a_task_whose_executor_was_lost_is_on_the_critical_path() {
    use firesteel_actors::message::{DriverEndpoint, ExecutorLossReason, RemoveExecutor};
    let (second, half) = (Duration::from_secs(1), Duration::from_millis(500));
    let program = Fake::new();
    let mut setup = Setup::attempts(2);
    setup.executors = vec![executor(1, 1), executor(2, 1)];
    let mut system = setup.on_loop(program.clone(), 1);
    system.set_task_times(move |_| Some(second));
    let mut probe = Probe::of(system.handle());
    let cx = Running { system: system.handle().clone(), program };
    let (job, end) = cx.submit(Graph::one(2));
    probe.within_on(&mut system, half).nothing("failures");
    let reason = ExecutorLossReason::process_lost("the machine is gone");
    let remove = RemoveExecutor { executor_id: firesteel_actors::ExecutorId(2), reason };
    cx.system.send(DriverEndpoint, remove).unwrap();
    assert!(system.block_on(end).unwrap().is_ok());
    let messages = probe.messages();
    let path = CriticalPath::of(&messages, &Run::of(&messages), job).unwrap();
    let expected = [
        ("tasks ran", second),
        ("tasks ran whose executor was lost", half),
        ("waited for a free core", half),
    ];
    assert_eq!(path.by_kind(), expected, "{path}");
}
