//! `shuffle_processes`: 10 million pairs of numbers from two processes to two processes, against a plain copy of as many
//! bytes over the loopback.

use std::{
    error::Error,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Instant,
};

use firesteel::{Context as Firesteel, HashPartitioner};

use super::{LARGE_MASTER, print};
use crate::{
    child,
    compare::median,
    context::{Context, Outcome},
    report::Report,
};

const PAIRS: i64 = 10_000_000;
/// Bytes of a pair in memory.
const PAIR: usize = 16;
/// Rounds of both sides in turn.
const ROUNDS: usize = 5;

/// `shuffle`: prints the seconds of a shuffle, of its making and its reading together.
pub(crate) fn child(_arguments: &[String]) -> Outcome {
    let context = Firesteel::builder().master(LARGE_MASTER).start()?;
    // Both executors are there.
    context.range(0..64, 1, 64).count()?;
    let pairs = context.range(0..PAIRS, 1, 4).map(|x| (x as u64, x as u64 + 1));
    let begun = Instant::now();
    let sum = pairs.partition_by(HashPartitioner::new(4)).map(|(a, b)| a ^ b).fold(0, |a, b| a ^ b)?;
    let seconds = begun.elapsed().as_secs_f64();
    let expected = (0..PAIRS as u64).fold(0, |sum, x| sum ^ x ^ (x + 1));
    if sum != expected {
        return Err(format!("the sum is {sum} and should be {expected}").into());
    }
    print(&seconds)
}

/// Seconds for a copy of as many bytes from one thread to another, plain.
fn plain_copy() -> Result<f64, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let begun = Instant::now();
    let sender = std::thread::spawn(move || -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        let block = vec![7u8; 64 << 10];
        let mut left = PAIRS as usize * PAIR;
        while left > 0 {
            let part = left.min(block.len());
            stream.write_all(block.get(..part).unwrap_or_default())?;
            left -= part;
        }
        Ok(())
    });
    let (mut stream, _) = listener.accept()?;
    let mut block = vec![0; 64 << 10];
    while stream.read(&mut block)? > 0 {}
    sender.join().map_err(|_| "the sending thread panicked")??;
    Ok(begun.elapsed().as_secs_f64())
}

/// Runs the bench and emits its report.
///
/// # Errors
/// If a side fails.
pub(crate) fn run(_context: &Context) -> Outcome {
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(serde_json::from_str::<f64>(&child::run("shuffle", &[])?.stdout)?);
        plain.push(plain_copy()?);
    }
    let ratio = median(ours.iter().zip(&plain).map(|(ours, plain)| plain / ours));
    let rate = |seconds: f64| (PAIRS as usize * PAIR) as f64 / 1e6 / seconds;
    let (ours, plain) = (rate(median(ours.into_iter())), rate(median(plain.into_iter())));
    Ok(Report::new("shuffle_processes", ours, "MB/s").baseline(plain, ratio).emit()?)
}
