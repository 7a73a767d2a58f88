//! Requests and answers that were changed at random: each run has other ones, and says its seed when it fails.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use firesteel_actors::{ExecutorId, ShuffleId, TaskId, carrier::TaskControl};

use super::{
    super::{
        fuzz::{fuzz_answer, fuzz_request},
        protocol::{Item, PartHead, Refusal, Request, Wanted, begin_answer, encode, push_item},
    },
    Cluster,
};
use crate::{random::Random, task::TaskContext};

const FOR: Duration = Duration::from_secs(2);

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
    fuzz(&[whole], |bytes| drop(fuzz_answer(bytes, &context)));
    drop(context);
    assert_eq!(cluster.executors[0].env.memory.used(), 0);
}
