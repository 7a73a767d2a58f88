//! Answers on small traces that are written by hand.

use super::*;
use crate::trace::by_hand::{SPECULATION, TWO_TASKS_ON_ONE_CORE, by_hand};

const HEADS_ONLY: &str =
    "- the trace has heads only: it does not tell reasons; record payloads to see them\n";

fn ask(messages: &Messages, subject: &str, micros: Option<u64>) -> String {
    let at = micros.map(|micros| Time(micros * 1_000));
    why(messages, subject.parse().unwrap(), at).unwrap().to_string().replace(HEADS_ONLY, "")
}

fn check(path: &CriticalPath) {
    let mut at = path.from;
    for segment in &path.segments {
        assert_eq!(segment.from, at);
        assert!(segment.to > segment.from);
        at = segment.to;
    }
    assert_eq!(at, path.to);
    let sum: std::time::Duration = path.by_kind().into_iter().map(|(_, time)| time).sum();
    assert_eq!(sum, path.duration());
}

#[test]
fn the_critical_path_of_a_job_accounts_for_every_moment() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE);
    let why = why(&messages, "job 0".parse().unwrap(), None).unwrap();
    let path = why.critical_path.unwrap();
    check(&path);
    let expected = "\
critical path of job 0: 2.553 ms
78 % of the time was task 1 of stage 0.0, which ran 1.6 times as long as the median of its stage.

  78 %   2.000 ms  tasks ran
  20 %   519.0 µs  waited for a free core
   1 %    20.0 µs  results were fetched
   1 %    13.0 µs  messages were under way
  <1 %     1.0 µs  in executors' queues

    0.000000   <1 %     2.0 µs  messages were under way and handled
    0.000002   20 %   519.0 µs  task 1 waited for a free core, until task 0 ended
    0.000521   <1 %     3.0 µs  messages were under way and handled
    0.000524   <1 %     1.0 µs  task 1 stood in its executor's queue
    0.000525   78 %   2.000 ms  task 1 ran
    0.002525   <1 %     4.0 µs  messages were under way and handled
    0.002529    1 %    20.0 µs  the result of task 1 was fetched
    0.002549   <1 %     4.0 µs  messages were under way and handled
";
    assert_eq!(path.to_string(), expected);
}

#[test]
fn a_speculative_copy_is_on_the_path_after_the_timer_that_wanted_it() {
    let messages = by_hand(SPECULATION);
    let path = CriticalPath::of(&messages, &Run::of(&messages), crate::JobId(0)).unwrap();
    check(&path);
    let expected = "\
critical path of job 0: 1.210 ms
82 % of the time was task 0 of stage 0.0, which ran so long that a copy of it was launched.

  82 %   993.0 µs  tasks ran until a copy was wanted
  17 %   200.0 µs  tasks ran
   1 %    17.0 µs  messages were under way

    0.000000    1 %     7.0 µs  messages were under way and handled
    0.000007   82 %   993.0 µs  task 0 ran, until a copy of it was wanted
    0.001000   <1 %     5.0 µs  messages were under way and handled
    0.001005   17 %   200.0 µs  task 1 ran
    0.001205   <1 %     5.0 µs  messages were under way and handled
";
    assert_eq!(path.to_string(), expected);
    assert!(ask(&messages, "task 1", None).contains("task 1 is a speculative copy"));
}

#[test]
fn a_task_that_waits_for_a_core_says_who_has_it() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE);
    let expected = "\
task 1 at 0.000100
- task 1 was ready at 0.000002 and given a core at 0.000521: for 519.0 µs waited for a free core, until task 0 ended  [DAGScheduler#3, TaskScheduler#5]
- in use: 1 task of stage 0.0
";
    assert_eq!(ask(&messages, "task 1", Some(100)), expected);
    let expected = "\
stage 0 at 0.000100
- stage 0.0 had 1 task under way, 0 of 2 done  [DAGScheduler#3]
- the next that got a core, task 1 (partition 1 of stage 0.0) at 0.000521, waited for a free core, until task 0 ended  [TaskScheduler#5]
- in use: 1 task of stage 0.0
";
    assert_eq!(ask(&messages, "stage 0", Some(100)), expected);
}

#[test]
fn before_it_came_there_is_nothing_to_wait_for() {
    let messages = by_hand(
        "
        10 11 Host-0#1 - DAGScheduler JobSubmitted job=0 count=1
        11 12 DAGScheduler#1 Host-0#1 ListenerBus StageSubmitted stage=0.0 count=1
    ",
    );
    assert_eq!(
        ask(&messages, "job 0", Some(3)),
        "\
job 0 at 0.000003
- it had not been submitted: it came at 0.000010  [Host-0#1]
"
    );
    assert_eq!(
        ask(&messages, "stage 0", Some(3)),
        "\
stage 0 at 0.000003
- it had not been submitted: that was at 0.000011  [DAGScheduler#1]
"
    );
}

/// Stage 0.0 reads what is gone and runs again.
const RUN_AGAIN: &str = "
    0 1 Host-0#1 - DAGScheduler JobSubmitted job=0 count=1
    1 2 DAGScheduler#1 Host-0#1 TaskScheduler SubmitTasks job=0 stage=1.0 count=1
    2 3 TaskScheduler#1 DAGScheduler#1 DAGScheduler BeginEvent stage=1.0 partition=0 task=0 executor=1
    9 10 TaskScheduler#2 - DAGScheduler CompletionEvent job=0 stage=1.0 partition=0 task=0 executor=1 FetchFailed
    10 11 DAGScheduler#2 TaskScheduler#2 ListenerBus StageCompleted stage=1.0 count=1 failed
    10 210 DAGScheduler#3 TaskScheduler#2 DAGScheduler ResubmitFailedStages
    210 211 DAGScheduler#4 DAGScheduler#3 TaskScheduler SubmitTasks job=0 stage=1.1 count=1
    211 212 TaskScheduler#3 DAGScheduler#4 DAGScheduler BeginEvent stage=1.1 partition=0 task=1 executor=1
    220 221 TaskScheduler#4 - DAGScheduler TaskSetFailed stage=1.1
    221 222 DAGScheduler#5 TaskScheduler#4 JobWaiter-0 JobFailed job=0
";

#[test]
fn a_stage_that_ran_again_says_after_what() {
    let expected = "\
stage 1.1 at 0.000215
- stage 1.1 was submitted at 0.000210 after task 0 (partition 0 of stage 1.0) ended: FetchFailed  [DAGScheduler#4]
- stage 1.1 had 1 task under way, 0 of 1 done  [DAGScheduler#4]
";
    assert_eq!(ask(&by_hand(RUN_AGAIN), "stage 1.1", Some(215)), expected);
}

#[test]
fn a_job_that_failed_says_of_what_it_came() {
    let why = ask(&by_hand(RUN_AGAIN), "job 0", None);
    let (answers, path) = why.split_once("\n\n").unwrap();
    let expected = "\
job 0 at 0.000222
- it failed after 222.0 µs  [DAGScheduler#5]
- that came of TaskSetFailed stage 1.1  [TaskScheduler#4]
- stage 1.1 was submitted at 0.000210 after task 0 (partition 0 of stage 1.0) ended: FetchFailed  [DAGScheduler#4]
- 1 task attempt ended badly, all on executor 1 (1 FetchFailed); the first: task 0 (partition 0 of stage 1.0), FetchFailed  [TaskScheduler#2]
";
    assert_eq!(answers, expected.trim_end());
    assert!(path.starts_with("critical path of job 0: 222.0 µs\n"), "{path}");
}

#[test]
fn a_stage_that_others_were_served_before_says_so() {
    let messages = by_hand(
        "
        0 1 DAGScheduler#1 - TaskScheduler SubmitTasks job=1 stage=3.0 count=1
        0 1 DAGScheduler#2 - TaskScheduler SubmitTasks job=0 stage=2.0 count=2
        2 3 TaskScheduler#1 - DAGScheduler BeginEvent stage=2.0 partition=0 task=0 executor=1
        4 5 TaskScheduler#2 - DAGScheduler BeginEvent stage=2.0 partition=1 task=1 executor=1
        8 9 TaskScheduler#3 - DAGScheduler BeginEvent stage=3.0 partition=0 task=2 executor=1
    ",
    );
    let expected = "\
stage 3 at 0.000007
- stage 3.0 had 0 tasks under way, 0 of 1 done  [DAGScheduler#1]
- the next that got a core, task 2 (partition 0 of stage 3.0) at 0.000008, waited for the next offers  [TaskScheduler#3]
- 2 tasks of stage 2.0 of job 0 got cores first, while stage 3.0 waited
- in use: 2 tasks of stage 2.0
";
    assert_eq!(ask(&messages, "stage 3", Some(7)), expected);
}

#[test]
fn who_was_served_first_costs_what_was_launched_and_names_few() {
    let many = |stages: u32| {
        let mut lines = "0 1 Host-0#1 - DAGScheduler JobSubmitted job=0 count=1\n".to_owned();
        for stage in 0..stages {
            let number = stage + 1;
            lines += &format!(
                "1 2 DAGScheduler#{number} Host-0#1 TaskScheduler SubmitTasks job=0 stage={stage}.0 count=1\n"
            );
        }
        for stage in 0..stages {
            let (number, at) = (stage + 1, stage + 10);
            lines += &format!(
                "{at} {at} TaskScheduler#{number} - DAGScheduler BeginEvent stage={stage}.0 partition=0 task={stage} executor=1\n"
            );
        }
        lines += "9000 9001 Host-0#2 - ListenerBus JobEnd job=0 JobSucceeded\n";
        let messages = by_hand(&lines);
        crate::testkit::visits(|| ask(&messages, "job 0", None))
    };
    let ((few, cost), (_, twice)) = (many(200), many(400));
    assert!(
        cost > 0 && cost <= 7 * 200 && twice <= 7 * 400,
        "{cost} visits, of twice as many stages {twice}"
    );
    assert_eq!(few.lines().filter(|line| line.contains("while stage 199.0 waited")).count(), 6, "{few}");
    assert!(
        few.contains("- 1 task of stage 4.0 of job 0 got cores first, while stage 199.0 waited\n"),
        "{few}"
    );
    assert!(few.contains("- 194 tasks of other stages got cores first, while stage 199.0 waited\n"), "{few}");
    assert!(
        few.contains("- 1 task of stage 0.0 of job 0 got cores first, while stage 1.0 waited\n"),
        "{few}"
    );
    assert!(!few.contains("while stage 0.0 waited"), "{few}");
}

#[test]
fn heads_are_told_from_another_version() {
    let messages = by_hand(TWO_TASKS_ON_ONE_CORE);
    assert!(why(&messages, "job 0".parse().unwrap(), None).unwrap().to_string().contains(HEADS_ONLY));
    let messages = messages.with_payloads(crate::trace::Payloads::OtherSchema);
    let text = ask(&messages, "job 0", None);
    assert!(text.contains("\n- another version recorded what messages say"), "{text}");
    assert!(!text.contains("record payloads"), "{text}");
}
