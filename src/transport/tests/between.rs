//! Somebody between two ends, who sees every record and passes on what he likes.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::support::any;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Initiator,
    Responder,
}

/// A handshake message or record of an end, by its number, with the length before it.
pub(super) type Frame = Vec<u8>;

/// Listens for one connection to `target`. `tamper` says what becomes of each frame.
pub(super) fn between(
    target: SocketAddr,
    tamper: impl FnMut(Of, usize, Frame) -> Vec<u8> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind(any()).unwrap();
    let address = listener.local_addr().unwrap();
    let tamper = Arc::new(Mutex::new(tamper));
    thread::spawn(move || {
        let initiator = listener.accept().unwrap().0;
        let responder = TcpStream::connect(target).unwrap();
        let back = {
            let (initiator, responder, tamper) =
                (initiator.try_clone().unwrap(), responder.try_clone().unwrap(), tamper.clone());
            move || {
                pass(&responder, &initiator, |number, frame| {
                    tamper.lock().unwrap()(Of::Responder, number, frame)
                })
            }
        };
        let back = thread::spawn(back);
        pass(&initiator, &responder, |number, frame| tamper.lock().unwrap()(Of::Initiator, number, frame));
        back.join().unwrap();
    });
    address
}

fn pass(mut from: &TcpStream, mut to: &TcpStream, mut tamper: impl FnMut(usize, Frame) -> Vec<u8>) {
    for number in 0.. {
        let Some(frame) = read_frame(&mut from) else { break };
        if to.write_all(&tamper(number, frame)).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

pub(super) fn read_frame(from: &mut impl Read) -> Option<Frame> {
    let mut length = [0; 2];
    from.read_exact(&mut length).ok()?;
    let mut frame = vec![0; 2 + usize::from(u16::from_be_bytes(length))];
    frame[..2].copy_from_slice(&length);
    from.read_exact(&mut frame[2..]).ok()?;
    Some(frame)
}
