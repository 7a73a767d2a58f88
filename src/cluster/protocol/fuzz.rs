//! Any bytes as a frame of a control connection, from a side that has the secret. What they find belongs to the tests below.

use serde::Serialize;

use super::{FromExecutor, FromExecutorRef, ToExecutor, ToExecutorRef, read, write};

/// Any bytes to both sides: they are refused, or are a frame that, written again, is read as the same.
///
/// # Panics
/// If it is another, or a side panics.
pub fn fuzz_frame(bytes: &[u8]) {
    if let Some(written) = from_executor(bytes)
        && let Some(again) = from_executor(&written)
    {
        assert_eq!(written, again, "another frame of an executor");
    }
    if let Some(written) = to_executor(bytes)
        && let Some(again) = to_executor(&written)
    {
        assert_eq!(written, again, "another frame of a driver");
    }
}

/// What a driver understands, written again.
fn from_executor(bytes: &[u8]) -> Option<Vec<u8>> {
    let frame = read::<FromExecutor>(bytes, "executor").ok()?;
    written(&match &frame {
        FromExecutor::Hello(hello) => FromExecutorRef::Hello(hello),
        FromExecutor::Message(head, message) => FromExecutorRef::Message(head, message.as_ref()),
        FromExecutor::Observed(head, handled, message) => {
            FromExecutorRef::Observed(head, *handled, message.as_ref())
        }
    })
}

/// What an executor understands, written again.
fn to_executor(bytes: &[u8]) -> Option<Vec<u8>> {
    let frame = read::<ToExecutor>(bytes, "driver").ok()?;
    written(&match &frame {
        ToExecutor::Welcome(welcome) => ToExecutorRef::Welcome(welcome),
        ToExecutor::Refused(why) => ToExecutorRef::Refused(why),
        ToExecutor::Message(head, message) => ToExecutorRef::Message(head, message),
        ToExecutor::Stage(slot, stage) => ToExecutorRef::Stage(*slot, stage),
        ToExecutor::Launch(head, launch) => ToExecutorRef::Launch(head, launch),
        ToExecutor::Tokens(head, tokens) => ToExecutorRef::Tokens(head, tokens),
        ToExecutor::ExecutorAdded(id, blocks) => ToExecutorRef::ExecutorAdded(*id, *blocks),
        ToExecutor::ExecutorLost(id, why) => ToExecutorRef::ExecutorLost(*id, why),
        ToExecutor::Notice(notice) => ToExecutorRef::Notice(notice),
    })
}

fn written(frame: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    write(frame, &mut bytes).ok().map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        hash::{BuildHasher, RandomState},
        net::SocketAddr,
        path::{Path, PathBuf},
        sync::Arc,
        time::{Duration, Instant},
    };

    use firesteel_actors::{
        ActorId, ExecutorId, RddId, ShuffleId, TaskId, Time,
        lineage::Blob,
        message::{
            DriverEndpointMessage, ExecutorBackendMessage, GetMapOutputStatuses, Head, LaunchedExecutor,
            MapOutputTrackerMessage, Message, MessageId, RegisterExecutor, StopExecutor, TaskDescription,
        },
    };

    use super::*;
    use crate::{
        blocks::Notice,
        cluster::protocol::{Hello, PROTOCOL, TaskLaunch, Welcome, test_stage},
        random::Random,
    };

    const FOR: Duration = Duration::from_secs(2);
    const ID: ExecutorId = ExecutorId(3);

    fn head(to: ActorId) -> Head {
        let id = MessageId { actor: ActorId::ExecutorBackend(ID), incarnation: 0, number: 1 };
        Head { id, cause: None, to, sent: Time(7) }
    }

    /// What executors say.
    fn of_executor() -> Vec<(&'static str, Vec<u8>)> {
        let hello = Hello {
            protocol: PROTOCOL,
            version: "1".to_owned(),
            digest: None,
            executor_id: Some(ID),
            hostname: "here".to_owned(),
            cores: 2,
            block_port: 7,
            process_id: 9,
        };
        let register = RegisterExecutor {
            executor_id: ID,
            hostname: "here".to_owned(),
            cores: 1,
            resources: Default::default(),
            profile_id: Default::default(),
        };
        let register = Message::DriverEndpoint(register.into());
        let launched = DriverEndpointMessage::from(LaunchedExecutor { executor_id: ID }).into();
        let get = GetMapOutputStatuses { shuffle_id: ShuffleId(0), executor_id: ID };
        let get: Message = MapOutputTrackerMessage::from(get).into();
        let message =
            |to, message: &Message| written(&FromExecutorRef::Message(&head(to), message.as_ref())).unwrap();
        let of_task = head(ActorId::TaskRunner(ID));
        let observed = FromExecutorRef::Observed(&of_task, Time(8), get.as_ref());
        vec![
            ("hello", written(&FromExecutorRef::Hello(&hello)).unwrap()),
            ("register", message(ActorId::DriverEndpoint, &register)),
            ("launched", message(ActorId::DriverEndpoint, &launched)),
            ("get", message(ActorId::MapOutputTracker, &get)),
            ("observed", written(&observed).unwrap()),
        ]
    }

    /// What drivers say.
    fn of_driver() -> Vec<(&'static str, Vec<u8>)> {
        let blocks = SocketAddr::from(([127, 0, 0, 1], 7077));
        let welcome = Welcome {
            executor_id: ID,
            application: 5,
            settings: vec![("key".to_owned(), "value".to_owned())],
            now: Time(6),
            is_observed: true,
            executors: vec![(ExecutorId::DRIVER, blocks)],
        };
        let head = head(ActorId::ExecutorBackend(ID));
        let stage = Arc::new(test_stage(4));
        let task = TaskDescription {
            task_id: TaskId(1),
            attempt_number: 0,
            executor_id: ID,
            index: 0,
            partition_id: 0,
            output_id: 0,
            cpus: 1,
            resources: Default::default(),
            addresses: Arc::from([]),
            stage: stage.clone(),
            partition: Blob::from(vec![1, 2, 3]),
        };
        let launch = TaskLaunch::new(&task, 4);
        let notice = Notice::Unpersist { rdd_id: RddId(2) };
        let stop = Message::ExecutorBackend(ExecutorBackendMessage::from(StopExecutor {}));
        let frames = [
            ("welcome", ToExecutorRef::Welcome(&welcome)),
            ("refused", ToExecutorRef::Refused("no")),
            ("stop", ToExecutorRef::Message(&head, &stop)),
            ("stage", ToExecutorRef::Stage(4, &stage)),
            ("launch", ToExecutorRef::Launch(&head, &launch)),
            ("tokens", ToExecutorRef::Tokens(&head, b"token")),
            ("added", ToExecutorRef::ExecutorAdded(ExecutorId(4), blocks)),
            ("lost", ToExecutorRef::ExecutorLost(ExecutorId(4), "gone")),
            ("notice", ToExecutorRef::Notice(&notice)),
        ];
        frames.map(|(name, frame)| (name, written(&frame).unwrap())).to_vec()
    }

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz-inputs/cluster-frames")
    }

    /// Changes some bytes: flips, borders of numbers and of markers, cuts, parts twice.
    fn change(bytes: &mut Vec<u8>, random: &mut Random) {
        let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
        for _ in 0..=below(4) {
            let (at, end) = (below(bytes.len()), below(bytes.len()));
            let (from, until) = (at.min(end), at.max(end).min(bytes.len()));
            // Some are markers of MessagePack: long texts, bytes and arrays.
            let value = [0, 1, 0x7F, 0x80, 0xC6, 0xDB, 0xDD, 0xFF][below(8)];
            let bit = 1 << below(8);
            match below(5) {
                0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit),
                1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = value),
                2 => bytes.truncate(from),
                3 => drop(bytes.drain(from..until)),
                _ => {
                    let part = bytes[from..until].to_vec();
                    bytes.splice(from..from, part);
                }
            }
            bytes.truncate(1 << 16);
        }
    }

    #[test]
    fn frames_are_read_as_what_was_written_and_by_the_other_side_only() {
        for (name, bytes) in of_executor() {
            assert_eq!((from_executor(&bytes).as_ref(), name), (Some(&bytes), name));
            assert!(read::<FromExecutor>(&[&bytes[..], &[0]].concat(), "executor").is_err(), "{name}");
        }
        for (name, bytes) in of_driver() {
            assert_eq!((to_executor(&bytes).as_ref(), name), (Some(&bytes), name));
            assert!(read::<ToExecutor>(&bytes[..bytes.len() - 1], "driver").is_err(), "{name}");
        }
        let (hello, welcome) = (&of_executor()[0].1, &of_driver()[0].1);
        assert_eq!((to_executor(hello), from_executor(welcome)), (None, None));
    }

    #[test]
    fn any_frame_is_understood_or_refused() {
        let mut paths: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= 4, "{paths:?}");
        let mut inputs: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        inputs.extend(of_executor().into_iter().chain(of_driver()).map(|(_, bytes)| bytes));
        inputs.iter().for_each(|input| fuzz_frame(input));
        let seed = RandomState::new().hash_one(0);
        println!("seed {seed}");
        let (mut random, begun) = (Random::new(seed), Instant::now());
        while begun.elapsed() < FOR {
            let mut input = inputs[random.next_u64() as usize % inputs.len()].clone();
            change(&mut input, &mut random);
            fuzz_frame(&input);
        }
    }

    #[test]
    #[ignore = "writes the saved inputs anew"]
    fn save_inputs() {
        fs::create_dir_all(folder()).unwrap();
        for (name, bytes) in of_executor().into_iter().chain(of_driver()) {
            fs::write(folder().join(name), bytes).unwrap();
        }
        // Longer than all memory, and deeper than all stacks.
        fs::write(folder().join("long"), [&b"\x81\xA6Tokens\xDD\xFF\xFF\xFF\xFF"[..], &[0; 9]].concat())
            .unwrap();
        fs::write(folder().join("deep"), [&b"\x81\xA7Message"[..], &[0x91; 9_000]].concat()).unwrap();
    }
}
