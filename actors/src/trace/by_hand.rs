//! Traces that are written by hand, for tests: a line for each message.

use super::{Messages, Record};
use crate::{
    Time,
    message::{Head, Ids, Message, MessageId, catalogue},
};

const NOTES: [&str; 11] = [
    "RUNNING",
    "FINISHED",
    "FAILED",
    "KILLED",
    "Success",
    "ExceptionFailure",
    "ExecutorLostFailure",
    "FetchFailed",
    "failed",
    "JobSucceeded",
    "JobFailed",
];

/// Messages from lines such as `10 12 DAGScheduler#1 Host-0#1 TaskScheduler SubmitTasks job=0 stage=1.0 count=4`: sent
/// and handled in microseconds, name, cause (`-` for none), receiver, kind, ids and note.
pub(super) fn by_hand(lines: &str) -> Messages {
    with_payloads(lines, |_| None)
}

/// As [`by_hand`], with what messages say.
pub(super) fn with_payloads(lines: &str, say: impl Fn(MessageId) -> Option<Message>) -> Messages {
    let mut messages = Messages::default();
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    for (number, line) in lines.enumerate() {
        let mut record = record(number as u64, line);
        record.message = say(record.head.id);
        messages.push(record);
    }
    messages
}

fn record(number: u64, line: &str) -> Record {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [sent, handled, id, cause, to, kind, about @ ..] = &words[..] else { panic!("too short: {line}") };
    let micros = |text: &str| Time(text.parse::<u64>().unwrap() * 1_000);
    let kinds = catalogue().into_iter().flat_map(|(_, kinds)| kinds.iter().copied());
    let mut ids = Ids::default();
    about.iter().for_each(|word| add(&mut ids, word));
    Record {
        number,
        head: Head {
            id: id.parse().unwrap(),
            cause: (*cause != "-").then(|| cause.parse().unwrap()),
            to: to.parse().unwrap(),
            sent: micros(sent),
        },
        handled: micros(handled),
        kind: kinds.into_iter().find(|known| known == kind).expect(line),
        ids,
        message: None,
    }
}

fn add(ids: &mut Ids, word: &str) {
    let Some((name, value)) = word.split_once('=') else {
        ids.note = Some(NOTES.into_iter().find(|note| *note == word).expect(word));
        return;
    };
    let number = || value.parse::<u32>().expect(word);
    match name {
        "job" => ids.job = Some(crate::JobId(number())),
        "stage" => {
            let (stage, attempt) =
                value.split_once('.').map_or((value, None), |(stage, of)| (stage, Some(of)));
            ids.stage = Some(crate::StageId(stage.parse().unwrap()));
            ids.stage_attempt = attempt.map(|attempt| attempt.parse().unwrap());
        }
        "partition" => ids.partition = Some(number()),
        "task" => ids.task = Some(crate::TaskId(u64::from(number()))),
        "executor" => ids.executor = Some(value.parse().unwrap()),
        "shuffle" => ids.shuffle = Some(crate::ShuffleId(number())),
        "count" => ids.count = Some(number()),
        _ => panic!("{word}"),
    }
}

/// The life of one task on an executor of one core, and of another that waited for its core. All times in microseconds;
/// every step takes one.
pub(super) const TWO_TASKS_ON_ONE_CORE: &str = "
    0 1 Host-0#1 - DAGScheduler JobSubmitted job=0 count=2
    1 2 DAGScheduler#1 Host-0#1 ListenerBus JobStart job=0
    1 2 DAGScheduler#2 Host-0#1 ListenerBus StageSubmitted stage=0.0 count=2
    1 2 DAGScheduler#3 Host-0#1 TaskScheduler SubmitTasks job=0 stage=0.0 count=2
    2 3 TaskScheduler#1 DAGScheduler#3 DriverEndpoint ReviveOffers
    3 4 DriverEndpoint#1 TaskScheduler#1 TaskScheduler ResourceOffers executor=1 count=1
    4 5 TaskScheduler#2 DriverEndpoint#1 DAGScheduler BeginEvent stage=0.0 partition=0 task=0 executor=1
    4 5 TaskScheduler#3 DriverEndpoint#1 DriverEndpoint LaunchTasks count=1
    5 6 DriverEndpoint#2 TaskScheduler#3 Executor-1 LaunchTask job=0 stage=0.0 partition=0 task=0 executor=1
    6 7 Executor-1#1 DriverEndpoint#2 TaskRunner-1 LaunchTask job=0 stage=0.0 partition=0 task=0 executor=1
    17 18 TaskRunner-1#1 Executor-1#1 Executor-1 StatusUpdate task=0 executor=1 RUNNING
    517 518 TaskRunner-1#2 Executor-1#1 Executor-1 StatusUpdate task=0 executor=1 FINISHED
    518 519 Executor-1#2 TaskRunner-1#2 DriverEndpoint StatusUpdate task=0 executor=1 FINISHED
    519 520 DriverEndpoint#3 Executor-1#2 TaskScheduler StatusUpdate task=0 executor=1 FINISHED
    519 521 DriverEndpoint#4 Executor-1#2 TaskScheduler ResourceOffers executor=1 count=1
    520 521 TaskScheduler#4 DriverEndpoint#3 ResultGetter EnqueueSuccessfulTask job=0 stage=0.0 task=0 executor=1
    521 522 TaskScheduler#5 DriverEndpoint#4 DAGScheduler BeginEvent stage=0.0 partition=1 task=1 executor=1
    521 522 TaskScheduler#6 DriverEndpoint#4 DriverEndpoint LaunchTasks count=1
    522 523 DriverEndpoint#5 TaskScheduler#6 Executor-1 LaunchTask job=0 stage=0.0 partition=1 task=1 executor=1
    523 524 Executor-1#3 DriverEndpoint#5 TaskRunner-1 LaunchTask job=0 stage=0.0 partition=1 task=1 executor=1
    525 526 TaskRunner-1#3 Executor-1#3 Executor-1 StatusUpdate task=1 executor=1 RUNNING
    541 542 ResultGetter#1 TaskScheduler#4 TaskScheduler HandleSuccessfulTask task=0
    542 543 TaskScheduler#7 ResultGetter#1 DAGScheduler CompletionEvent job=0 stage=0.0 partition=0 task=0 executor=1 Success
    543 544 DAGScheduler#4 TaskScheduler#7 JobWaiter-0 TaskSucceeded job=0 partition=0 task=0
    2525 2526 TaskRunner-1#4 Executor-1#3 Executor-1 StatusUpdate task=1 executor=1 FINISHED
    2526 2527 Executor-1#4 TaskRunner-1#4 DriverEndpoint StatusUpdate task=1 executor=1 FINISHED
    2527 2528 DriverEndpoint#6 Executor-1#4 TaskScheduler StatusUpdate task=1 executor=1 FINISHED
    2528 2529 TaskScheduler#8 DriverEndpoint#6 ResultGetter EnqueueSuccessfulTask job=0 stage=0.0 task=1 executor=1
    2549 2550 ResultGetter#2 TaskScheduler#8 TaskScheduler HandleSuccessfulTask task=1
    2550 2551 TaskScheduler#9 ResultGetter#2 DAGScheduler CompletionEvent job=0 stage=0.0 partition=1 task=1 executor=1 Success
    2551 2552 DAGScheduler#5 TaskScheduler#9 ListenerBus StageCompleted stage=0.0 count=2
    2551 2552 DAGScheduler#6 TaskScheduler#9 ListenerBus JobEnd job=0 JobSucceeded
    2551 2553 DAGScheduler#7 TaskScheduler#9 JobWaiter-0 TaskSucceeded job=0 partition=1 task=1
";

/// A speculative copy: task 0 takes long, its copy 1 on executor 2 ends first, and task 0 is killed.
pub(super) const SPECULATION: &str = "
    0 1 Host-0#1 - DAGScheduler JobSubmitted job=0 count=1
    1 2 DAGScheduler#1 Host-0#1 TaskScheduler SubmitTasks job=0 stage=0.0 count=1
    2 3 TaskScheduler#1 DAGScheduler#1 DriverEndpoint ReviveOffers
    2 1000 TaskScheduler#2 DAGScheduler#1 TaskScheduler CheckSpeculatableTasks
    3 4 DriverEndpoint#1 TaskScheduler#1 TaskScheduler ResourceOffers count=2
    4 5 TaskScheduler#3 DriverEndpoint#1 DAGScheduler BeginEvent stage=0.0 partition=0 task=0 executor=1
    4 5 TaskScheduler#4 DriverEndpoint#1 DriverEndpoint LaunchTasks count=1
    5 6 DriverEndpoint#2 TaskScheduler#4 Executor-1 LaunchTask job=0 stage=0.0 partition=0 task=0 executor=1
    6 7 Executor-1#1 DriverEndpoint#2 TaskRunner-1 LaunchTask job=0 stage=0.0 partition=0 task=0 executor=1
    7 8 TaskRunner-1#1 Executor-1#1 Executor-1 StatusUpdate task=0 executor=1 RUNNING
    1000 1001 TaskScheduler#5 TaskScheduler#2 DAGScheduler SpeculativeTaskSubmitted stage=0.0 partition=0
    1000 1001 TaskScheduler#6 TaskScheduler#2 DriverEndpoint ReviveOffers
    1001 1002 DriverEndpoint#3 TaskScheduler#6 TaskScheduler ResourceOffers executor=2 count=1
    1002 1003 TaskScheduler#7 DriverEndpoint#3 DAGScheduler BeginEvent stage=0.0 partition=0 task=1 executor=2
    1002 1003 TaskScheduler#8 DriverEndpoint#3 DriverEndpoint LaunchTasks count=1
    1003 1004 DriverEndpoint#4 TaskScheduler#8 Executor-2 LaunchTask job=0 stage=0.0 partition=0 task=1 executor=2
    1004 1005 Executor-2#1 DriverEndpoint#4 TaskRunner-2 LaunchTask job=0 stage=0.0 partition=0 task=1 executor=2
    1005 1006 TaskRunner-2#1 Executor-2#1 Executor-2 StatusUpdate task=1 executor=2 RUNNING
    1205 1206 TaskRunner-2#2 Executor-2#1 Executor-2 StatusUpdate task=1 executor=2 FINISHED
    1206 1207 Executor-2#2 TaskRunner-2#2 DriverEndpoint StatusUpdate task=1 executor=2 FINISHED
    1207 1208 DriverEndpoint#5 Executor-2#2 TaskScheduler StatusUpdate task=1 executor=2 FINISHED
    1208 1209 TaskScheduler#9 DriverEndpoint#5 DriverEndpoint KillTask task=0 executor=1
    1208 1209 TaskScheduler#10 DriverEndpoint#5 DAGScheduler CompletionEvent job=0 stage=0.0 partition=0 task=1 executor=2 Success
    1209 1210 DAGScheduler#2 TaskScheduler#10 JobWaiter-0 TaskSucceeded job=0 partition=0 task=1
";
