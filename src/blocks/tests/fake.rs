//! A block server that does what the test says.

use std::{
    net::SocketAddr,
    sync::mpsc::{Receiver, channel},
};

use firesteel_actors::config::FetchConfig;

use super::super::{
    protocol::{Item, PartHead, Request, Wanted, begin_answer, decode, end_answer, push_item},
    server::transport_options,
};
use crate::transport::{Listener, Secret, Sender};

/// Listens and hands its requests to the test.
pub(super) struct FakeServer {
    listener: Listener,
    asked: Receiver<(Request, Sender)>,
}

impl FakeServer {
    pub(super) fn start(secret: &Secret) -> Self {
        let (tell, asked) = channel();
        let options = transport_options(&FetchConfig::default());
        let listener = Listener::bind(super::cluster::LOOPBACK, secret, options, move |_, connection| {
            let tell = tell.clone();
            let mut receiver = connection.receiver;
            std::thread::spawn(move || {
                while let Ok(Some(message)) = receiver.receive() {
                    let request = decode(message).expect("a request");
                    if tell.send((request, connection.sender.clone())).is_err() {
                        break;
                    }
                }
            });
        });
        FakeServer { listener: listener.unwrap(), asked }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    /// The next request.
    pub(super) fn next(&self) -> (Request, Sender) {
        self.asked.recv_timeout(std::time::Duration::from_secs(60)).expect("a request")
    }

    /// Whether there is no request now.
    pub(super) fn is_quiet(&self) -> bool {
        self.asked.try_recv().is_err()
    }
}

/// How many blocks a request wants.
pub(super) fn blocks_of(request: &Request) -> usize {
    match &request.wanted {
        Wanted::Parts { maps, .. } => maps.len(),
        other => panic!("{other:?}"),
    }
}

/// Answers with a stream.
pub(super) fn reply(request: &Request, sender: &Sender, stream: &[u8]) {
    let mut message = Vec::new();
    begin_answer(&mut message, request.id);
    message.extend_from_slice(stream);
    end_answer(&mut message);
    // A client may have gone.
    sender.send(&message).ok();
}

/// Answers a request for parts with parts of no rows.
pub(super) fn reply_empty(request: &Request, sender: &Sender) {
    let Wanted::Parts { reduce, maps, .. } = &request.wanted else { panic!() };
    let mut stream = Vec::new();
    for _ in maps {
        let head = PartHead { codec: 0, first: (*reduce).into(), count: 1, parts: Vec::new() };
        push_item(&mut stream, &Item::Part(head));
    }
    reply(request, sender, &stream);
}
