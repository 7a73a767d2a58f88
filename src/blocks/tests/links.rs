//! One connection for many requests: none of them waits for ever, and they are no flood.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use firesteel_actors::{ExecutorId, ShuffleId, TaskId};

use super::{
    super::{
        FetchError,
        answer::Answered,
        protocol::{MAX_BLOCKS, Wanted},
        server::QUEUE_BYTES,
    },
    Cluster,
    fake::{FakeServer, reply},
};

const SERVER: ExecutorId = ExecutorId(9);

#[derive(Clone, Copy, PartialEq)]
enum Panics {
    Never,
    Reading,
    Ending,
}

/// Tells the test how it ended.
struct Waits(Panics, Sender<Result<(), FetchError>>);

impl Answered for Waits {
    fn stream(&mut self, _: &[u8]) -> Result<(), FetchError> {
        assert!(self.0 != Panics::Reading, "as the test wants it");
        Ok(())
    }

    fn end(self: Box<Self>, result: Result<(), FetchError>) {
        assert!(self.0 != Panics::Ending, "as the test wants it");
        self.1.send(result).unwrap();
    }

    fn is_abandoned(&self) -> bool {
        false
    }
}

fn heard(ended: &Receiver<Result<(), FetchError>>) -> Result<(), FetchError> {
    ended.recv_timeout(Duration::from_secs(60)).expect("an end")
}

#[test]
fn who_waits_hears_of_a_panic_of_the_thread_that_reads() {
    let cluster = Cluster::start(1, &[]);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[0].remote.executor_added(SERVER, server.address());
    let link = cluster.executors[0].remote.directory.link(SERVER).unwrap();
    let ask = |panics| {
        let (sender, ended) = channel();
        link.request(Wanted::TaskResult { task_id: TaskId(0) }, Box::new(Waits(panics, sender)));
        ended
    };
    for panics in [Panics::Reading, Panics::Ending] {
        let (first, second) = (ask(panics), ask(Panics::Never));
        let (request, sender) = server.next();
        server.next();
        reply(&request, &sender, &[]);
        assert!(matches!(heard(&second), Err(FetchError::Panicked(SERVER))));
        if panics == Panics::Reading {
            assert!(matches!(heard(&first), Err(FetchError::Panicked(SERVER))));
        }
        // Over another connection.
        let third = ask(Panics::Never);
        let (request, sender) = server.next();
        reply(&request, &sender, &[]);
        assert!(heard(&third).is_ok());
    }
}

#[test]
fn requests_wait_until_those_before_them_are_answered_if_they_are_long() {
    const REQUESTS: usize = 40;
    let cluster = Cluster::start(1, &[]);
    let server = FakeServer::start(&cluster.secret);
    cluster.executors[0].remote.executor_added(SERVER, server.address());
    let link = cluster.executors[0].remote.directory.link(SERVER).unwrap();
    let maps: Vec<_> =
        (0..MAX_BLOCKS).map(|map| (map as u32 + 100_000, TaskId(map as u64 + 100_000))).collect();
    let (sender, ended) = channel();
    let ids = [(); REQUESTS].map(|()| {
        let wanted = Wanted::Parts { shuffle_id: ShuffleId(0), reduce: 0, maps: maps.clone() };
        link.request(wanted, Box::new(Waits(Panics::Never, sender.clone())))
    });
    // Nobody waits for it any more before it is sent.
    link.abandon(ids[REQUESTS - 1]);
    let mut on_way = vec![server.next()];
    let (bytes, unsent) = link.outstanding();
    assert!(bytes > 0 && bytes <= QUEUE_BYTES / 2, "{bytes}");
    assert!(unsent > REQUESTS / 2 && unsent < REQUESTS - 1, "{unsent}");
    on_way.extend((1..REQUESTS - unsent).map(|_| server.next()));
    let mut seen = Vec::new();
    while !on_way.is_empty() {
        let (request, sender) = on_way.remove(0);
        seen.push(request.id);
        reply(&request, &sender, &[]);
        assert!(heard(&ended).is_ok());
        if seen.len() + on_way.len() < REQUESTS - 1 {
            on_way.push(server.next());
        }
    }
    assert_eq!(seen, ids[..REQUESTS - 1]);
    assert_eq!(link.outstanding(), (0, 0));
    assert!(server.is_quiet());
}
