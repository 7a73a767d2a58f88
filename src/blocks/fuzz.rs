//! Any bytes, sent to a block server and to its client. What they find belongs to the ordinary tests.

use std::sync::{
    Arc, OnceLock,
    atomic::AtomicBool,
    mpsc::{Receiver, channel},
};

use firesteel_actors::{Config, ExecutorId, ShuffleId, TaskId};

use super::{
    answer::{Answered, StreamReader},
    landing::Landing,
    parts::{Event, PartsAnswer, PartsReader},
    protocol::{Request, decode, split_answer},
    serve::{Answer, answer},
};
use crate::task::{ExecutorEnv, TaskContext};

fn env() -> &'static Arc<ExecutorEnv> {
    static ENV: OnceLock<Arc<ExecutorEnv>> = OnceLock::new();
    ENV.get_or_init(|| Arc::new(ExecutorEnv::new(&Config::default(), 1)))
}

/// A message of a client: it is refused, or answered with messages that a client understands.
pub fn fuzz_request(bytes: &[u8]) {
    let Some(Request { id, wanted }) = decode(bytes) else { return };
    let mut messages = Vec::new();
    let mut send = |message: &[u8]| {
        messages.push(message.to_vec());
        Ok(())
    };
    let mut stream = Answer::new(&mut send, id);
    assert!(answer(env(), wanted, &mut stream).and_then(|()| stream.end()).is_ok());
    for message in messages {
        assert!(split_answer(&message).is_some_and(|(answered, ..)| answered == id));
    }
}

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
pub(super) fn fuzz_answer(bytes: &[u8], task: &Arc<TaskContext>) -> usize {
    let (mut answered, heard) = reader(task, 3);
    let result = match split_answer(bytes) {
        Some((_, _, stream)) => answered.stream(stream),
        None => return 0,
    };
    answered.end(result);
    let mut blocks = 0;
    for event in heard.try_iter() {
        if let super::parts::What::Came { file, .. } = event.what {
            super::fetch::verify(&file).ok();
            blocks += 1;
        }
    }
    blocks
}
