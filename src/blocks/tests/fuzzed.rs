//! Requests and answers that were changed at random: each run has other ones, and says its seed when it fails.

use std::{
    sync::{
        Arc,
        atomic::AtomicBool,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

use firesteel_actors::{ExecutorId, ShuffleId, TaskId, carrier::TaskControl};

use super::{
    super::{
        answer::{Answered, StreamReader},
        fetch::verify,
        fuzz::fuzz_request,
        landing::Landing,
        parts::{Event, PartsAnswer, PartsReader, What},
        protocol::{Item, PartHead, Refusal, Request, Wanted, begin_answer, encode, push_item, split_answer},
    },
    Cluster,
};
use crate::{random::Random, task::TaskContext};

const FOR: Duration = Duration::from_secs(2);

/// The task for which [`fuzz_answer`] fetches.
fn reader(task: &Arc<TaskContext>, blocks: usize) -> (Box<PartsAnswer>, Receiver<Event>) {
    let executor_id = ExecutorId(1);
    let (events, heard) = channel();
    let parts = PartsReader {
        serial: 0,
        executor_id,
        shuffle_id: ShuffleId(0),
        reduce: 1,
        blocks: (0..blocks).map(|block| (block, block as u32, TaskId(0))).collect(),
        current: None,
        landing: Landing::new(task, 1 << 20),
        events,
        abandoned: Arc::<AtomicBool>::default(),
    };
    (Box::new(PartsAnswer { stream: StreamReader::new(executor_id), parts }), heard)
}

/// A message of a server, for a task that waits for three blocks: it ends in any case, and what came can be looked at.
fn fuzz_answer(bytes: &[u8], task: &Arc<TaskContext>) -> usize {
    let (mut answered, heard) = reader(task, 3);
    let result = match split_answer(bytes) {
        Some((_, _, stream)) => answered.stream(stream),
        None => return 0,
    };
    answered.end(result);
    let mut blocks = 0;
    for event in heard.try_iter() {
        if let What::Came { file, .. } = event.what {
            verify(&file).ok();
            blocks += 1;
        }
    }
    blocks
}

/// Changes some bytes.
fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..1 + random.next_u64() % 4 {
        let place = random.next_u64() as usize % bytes.len().max(1);
        match random.next_u64() % 4 {
            0 => bytes.truncate(place),
            1 => bytes.insert(place.min(bytes.len()), random.next_u64() as u8),
            _ => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << (random.next_u64() % 8);
                }
            }
        }
    }
}

fn fuzz(inputs: &[Vec<u8>], test: impl Fn(&[u8])) {
    use std::hash::{BuildHasher, RandomState};
    let seed = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let (mut random, begun) = (Random::new(seed), Instant::now());
    inputs.iter().for_each(|input| test(input));
    while begun.elapsed() < FOR {
        let mut input = inputs[random.next_u64() as usize % inputs.len()].clone();
        change(&mut input, &mut random);
        test(&input);
    }
}

#[test]
fn any_request_is_answered_or_refused() {
    let maps = (0..5).map(|map| (map, TaskId(map.into()))).collect();
    let wanted = [
        Wanted::Parts { shuffle_id: ShuffleId(0), reduce: 1, maps },
        Wanted::TaskResult { task_id: TaskId(3) },
        Wanted::Broadcast { id: 0, asks: ExecutorId(1) },
        Wanted::Piece { id: 0, piece: 3 },
    ];
    fuzz(&wanted.map(|wanted| encode(&Request { id: 7, wanted })), fuzz_request);
}

#[test]
fn any_answer_is_taken_or_refused() {
    let cluster = Cluster::start(1, &[]);
    let rows = cluster.context.range(0..1, 1, 1);
    let task = cluster.collecting(0, &rows, 0);
    let control = Arc::new(TaskControl::new(task.task_id));
    let context = Arc::new(TaskContext::new(&task, control, cluster.executors[0].env.clone()));
    let mut whole = Vec::new();
    begin_answer(&mut whole, 7);
    let head = PartHead { codec: 1, first: 2, count: 2, parts: vec![(20, 1, 4), (0, 0, 0)] };
    push_item(&mut whole, &Item::Part(head.clone()));
    whole.extend_from_slice(&[7; 20]);
    push_item(&mut whole, &Item::Refused(Refusal::OtherAttempt(TaskId(5))));
    push_item(&mut whole, &Item::Part(PartHead { parts: Vec::new(), ..head }));
    assert_eq!(fuzz_answer(&whole, &context), 2);
    fuzz(&[whole], |bytes| assert!(fuzz_answer(bytes, &context) <= 3));
    drop(context);
    assert_eq!(cluster.executors[0].env.memory.used(), 0);
}
