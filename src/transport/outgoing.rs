//! The outgoing half of a connection, which all its senders share.
//!
//! Whoever has the [`Wire`] writes: a sender that finds it idle, or the connection's writer thread. Others put their messages
//! into the queue and go; the one who writes takes them along. A sender that must not wait hands the wire to the writer thread
//! when the socket is full. The thread is started then, and ends when it has had nothing to do for a while.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    TransportError, TransportOptions,
    channel::{MAX_PAYLOAD, Sealer},
    limits::Permit,
    socket::Socket,
    wire::{Wait, Wire},
};

/// A writer thread that has nothing to do for so long ends.
const LINGER: Duration = Duration::from_secs(1);

/// A sender writes what others queue so many times; then the writer thread goes on.
const ROUNDS: usize = 8;

/// A hold keeps back so many bytes at most.
const HELD_BACK: usize = MAX_PAYLOAD;

pub(super) struct Outgoing {
    socket: Socket,
    queue: Mutex<Queue>,
    /// Something changed that a waiting thread may wait for.
    changed: Condvar,
    max_message: usize,
    queue_bytes: usize,
    thread_name: String,
    _permit: Option<Permit>,
}

struct Queue {
    /// Messages, each behind its length.
    bytes: Vec<u8>,
    /// Bytes that the one who writes has taken of it.
    in_flight: usize,
    place: Place,
    writer_runs: bool,
    holds: usize,
    closing: bool,
    failure: Option<TransportError>,
    /// Threads that wait for a change: without any, nobody is woken.
    waiting: usize,
}

/// Where the wire is.
enum Place {
    Idle(Box<Wire>),
    /// A thread writes.
    InUse,
    /// The writer thread is to take it.
    HandedOver(Box<Wire>),
    /// Nothing will be written any more.
    Gone,
}

impl Queue {
    fn check(&self) -> Result<(), TransportError> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None if self.closing => Err(TransportError::Closed),
            None => Ok(()),
        }
    }

    fn queued(&self) -> usize {
        self.bytes.len() + self.in_flight
    }

    /// Whether a hold keeps back what is queued and so many bytes more.
    fn is_held_back(&self, more: usize, limit: usize) -> bool {
        self.holds > 0 && self.bytes.len() + more < HELD_BACK.min(limit)
    }

    fn take_idle(&mut self) -> Option<Box<Wire>> {
        match std::mem::replace(&mut self.place, Place::InUse) {
            Place::Idle(wire) => Some(wire),
            place => {
                self.place = place;
                None
            }
        }
    }

    fn take_handed_over(&mut self) -> Option<Box<Wire>> {
        match std::mem::replace(&mut self.place, Place::InUse) {
            Place::HandedOver(wire) => Some(wire),
            place => {
                self.place = place;
                None
            }
        }
    }

    /// Gives the wire what is to be written next. False if there is nothing.
    fn load(&mut self, wire: &mut Wire) -> bool {
        if !wire.is_behind() {
            if !self.bytes.is_empty() {
                wire.take(&mut self.bytes);
                self.in_flight = wire.held();
            } else if self.closing && !wire.is_ended() {
                wire.end();
            }
        }
        wire.is_behind()
    }
}

impl Outgoing {
    pub(super) fn new(
        socket: Socket,
        sealer: Box<dyn Sealer>,
        options: &TransportOptions,
        thread_name: String,
        permit: Option<Permit>,
    ) -> Arc<Outgoing> {
        let queue = Queue {
            bytes: Vec::new(),
            in_flight: 0,
            place: Place::Idle(Box::new(Wire::new(sealer))),
            writer_runs: false,
            holds: 0,
            closing: false,
            failure: None,
            waiting: 0,
        };
        Arc::new(Outgoing {
            socket,
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            max_message: options.max_message,
            queue_bytes: options.queue_bytes,
            thread_name,
            _permit: permit,
        })
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Why the connection ended, if it did not end in order.
    pub(super) fn failure(&self) -> Option<TransportError> {
        self.lock().failure.clone()
    }

    /// Sends without waiting: what the socket does not take now is written later.
    pub(super) fn send(self: &Arc<Self>, message: &[u8]) -> Result<(), TransportError> {
        let length = self.check_length(message)?;
        let queue = self.lock();
        queue.check()?;
        let queued = queue.queued();
        if queued > self.queue_bytes {
            drop(queue);
            return Err(self.fail(TransportError::Overflow { queued, limit: self.queue_bytes }));
        }
        self.put(queue, length, message, Wait::Never)
    }

    /// Sends, and waits while more is queued than may be, and while the socket is full if nobody else writes.
    pub(super) fn send_waiting(self: &Arc<Self>, message: &[u8]) -> Result<(), TransportError> {
        let length = self.check_length(message)?;
        let mut queue = self.lock();
        loop {
            queue.check()?;
            if queue.queued() <= self.queue_bytes {
                return self.put(queue, length, message, Wait::ForRoom);
            }
            queue.waiting += 1;
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.waiting -= 1;
        }
    }

    pub(super) fn hold(&self) {
        self.lock().holds += 1;
    }

    pub(super) fn release(self: &Arc<Self>) {
        self.lock().holds -= 1;
        self.flush();
    }

    /// Queues a message that may wait for the next one.
    pub(super) fn send_later(self: &Arc<Self>, message: &[u8]) -> Result<(), TransportError> {
        let length = self.check_length(message)?;
        let mut queue = self.lock();
        queue.check()?;
        let queued = queue.queued();
        if queued > self.queue_bytes {
            drop(queue);
            return Err(self.fail(TransportError::Overflow { queued, limit: self.queue_bytes }));
        }
        if queue.bytes.len() + message.len() >= HELD_BACK {
            return self.put(queue, length, message, Wait::Never);
        }
        queue.bytes.extend_from_slice(&length);
        queue.bytes.extend_from_slice(message);
        Ok(())
    }

    /// Writes what waits, unless somebody writes anyway or holds it back.
    pub(super) fn flush(self: &Arc<Self>) {
        let mut queue = self.lock();
        if queue.holds == 0
            && !queue.bytes.is_empty()
            && let Some(wire) = queue.take_idle()
        {
            // If it fails, the next who sends or receives hears of it.
            let _ = self.drive(queue, wire, &[], Wait::Never);
        }
    }

    /// Ends this side in order: behind what was sent goes the record that says that nothing follows.
    pub(super) fn close(self: &Arc<Self>) {
        let mut queue = self.lock();
        if queue.closing || queue.failure.is_some() {
            return;
        }
        queue.closing = true;
        self.socket.ending();
        self.wake(&queue);
        if let Some(wire) = queue.take_idle() {
            let _ = self.drive(queue, wire, &[], Wait::Never);
        }
    }

    /// Ends the connection at once. Returns what others will be told, now and later: the first failure.
    pub(super) fn fail(&self, error: TransportError) -> TransportError {
        let mut queue = self.lock();
        let failure = queue.failure.get_or_insert(error).clone();
        queue.bytes = Vec::new();
        queue.in_flight = 0;
        queue.place = Place::Gone;
        self.wake(&queue);
        self.socket.shut_down();
        failure
    }

    /// Without a sender there is nobody to end it in order.
    pub(super) fn last_sender_dropped(&self) {
        if !self.lock().closing {
            self.fail(TransportError::Aborted);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, queue: &Queue) {
        if queue.waiting > 0 {
            self.changed.notify_all();
        }
    }

    fn check_length(&self, message: &[u8]) -> Result<[u8; 4], TransportError> {
        let too_long = TransportError::TooLong { length: message.len(), limit: self.max_message };
        match u32::try_from(message.len()) {
            Ok(length) if message.len() <= self.max_message => Ok(length.to_be_bytes()),
            _ => Err(too_long),
        }
    }

    /// Queues a message, and writes if nobody else does. A long one is not copied if it can be written from where it is.
    fn put<'a>(
        self: &'a Arc<Self>,
        mut queue: MutexGuard<'a, Queue>,
        length: [u8; 4],
        message: &[u8],
        wait: Wait,
    ) -> Result<(), TransportError> {
        queue.bytes.extend_from_slice(&length);
        let wire = if queue.is_held_back(message.len(), self.queue_bytes) { None } else { queue.take_idle() };
        let Some(wire) = wire else {
            queue.bytes.extend_from_slice(message);
            return Ok(());
        };
        let (head, tail) = message.split_at(message.len().min(MAX_PAYLOAD - length.len()));
        queue.bytes.extend_from_slice(head);
        self.drive(queue, wire, tail, wait)
    }

    /// Writes until nothing is queued; the first time, `tail` belongs behind what is queued.
    fn drive<'a>(
        self: &'a Arc<Self>,
        mut queue: MutexGuard<'a, Queue>,
        mut wire: Box<Wire>,
        mut tail: &[u8],
        wait: Wait,
    ) -> Result<(), TransportError> {
        for _ in 0..ROUNDS {
            if !queue.load(&mut wire) {
                queue.place = if wire.is_ended() { Place::Gone } else { Place::Idle(wire) };
                self.wake(&queue);
                return Ok(());
            }
            if !tail.is_empty() {
                // A long message does not count as queued, however slowly it goes.
                queue.in_flight = 0;
            }
            drop(queue);
            let all = wire.write(&self.socket, std::mem::take(&mut tail), wait);
            let all = all.map_err(|error| self.fail(error))?;
            if wire.is_ended() {
                self.socket.end();
            }
            queue = self.lock();
            if let Some(failure) = &queue.failure {
                return Err(failure.clone());
            }
            if !all {
                return self.hand_over(queue, wire);
            }
            queue.in_flight = 0;
            self.wake(&queue);
        }
        self.hand_over(queue, wire)
    }

    fn hand_over(
        self: &Arc<Self>,
        mut queue: MutexGuard<'_, Queue>,
        wire: Box<Wire>,
    ) -> Result<(), TransportError> {
        queue.place = Place::HandedOver(wire);
        if queue.writer_runs {
            self.wake(&queue);
            return Ok(());
        }
        queue.writer_runs = true;
        drop(queue);
        let outgoing = self.clone();
        let thread = thread::Builder::new().name(self.thread_name.clone()).spawn(move || outgoing.run());
        thread.map(drop).map_err(|source| self.fail(TransportError::io("start a writer thread")(source)))
    }

    /// What the writer thread does.
    fn run(self: Arc<Self>) {
        let mut queue = self.lock();
        loop {
            if let Some(wire) = queue.take_handed_over() {
                // If it fails, the next who sends or receives hears of it.
                let _ = self.drive(queue, wire, &[], Wait::ForRoom);
                queue = self.lock();
                continue;
            }
            if matches!(queue.place, Place::Gone) {
                break;
            }
            queue.waiting += 1;
            let (woken, waited) =
                self.changed.wait_timeout(queue, LINGER).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.waiting -= 1;
            if waited.timed_out() && !matches!(queue.place, Place::HandedOver(_)) {
                break;
            }
        }
        queue.writer_runs = false;
    }
}
