//! Any bytes, sent to a block server. What they find belongs to the ordinary tests.

use std::sync::{Arc, OnceLock};

use firesteel_actors::Config;

use super::{
    protocol::{Request, decode, split_answer},
    serve::{Answer, answer},
};
use crate::task::ExecutorEnv;

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
