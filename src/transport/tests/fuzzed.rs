//! The handshake and the receiver on inputs that somebody saved, and on many that are nearly those.

use std::{fs, path::Path};

use crate::{
    random::Random,
    transport::{
        Purpose, Secret,
        channel::SecureChannel,
        fuzz::{fuzz_handshake, fuzz_receiver},
        noise::Initiator,
    },
};

/// The saved inputs.
fn inputs(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz-inputs").join(name);
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 4, "{paths:?}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Changes some bytes: flips, numbers at borders, cuts, parts twice.
fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
    for _ in 0..=below(4) {
        let (at, end) = (below(bytes.len()), below(bytes.len()));
        let (from, until) = (at.min(end), at.max(end).min(bytes.len()));
        let value = [0, 1, 0x7F, 0x80, 0xFF][below(5)];
        let bit = 1 << below(8);
        match below(5) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit),
            1 => bytes.iter_mut().skip(at).take(4).for_each(|byte| *byte = value),
            2 => bytes.truncate(from),
            3 => drop(bytes.drain(from..until)),
            _ => {
                let part = bytes[from..until].to_vec();
                bytes.splice(from..from, part);
            }
        }
        bytes.truncate(1 << 17);
    }
}

fn run(name: &str, mutations: usize, fuzz: fn(&[u8])) {
    let inputs = inputs(name);
    inputs.iter().for_each(|input| fuzz(input));
    let mut random = Random::new(1);
    for number in 0..mutations {
        let mut bytes = inputs[number % inputs.len()].clone();
        mutate(&mut bytes, &mut random);
        fuzz(&bytes);
    }
}

#[test]
fn nobody_is_believed_without_the_secret_whatever_he_says() {
    run("transport-handshake", 400, fuzz_handshake);
}

#[test]
fn a_receiver_hands_out_what_was_said_and_nothing_else() {
    run("transport-receiver", 400, fuzz_receiver);
}

#[test]
#[ignore = "writes the saved inputs anew"]
fn save_inputs() {
    let save = |name: &str, bytes: &[u8]| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz-inputs").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    // A first message of somebody with another secret, short of a byte, with more behind it, and what is none.
    let mut message = [0; 50];
    let other = Secret::from_bytes([2; 32]);
    Initiator::new(&other, Purpose::Control).unwrap().write(&mut message[2..]).unwrap();
    message[1] = 48;
    save("transport-handshake/other-secret", &message);
    save("transport-handshake/cut", &message[..49]);
    save("transport-handshake/twice", &message.repeat(2));
    save("transport-handshake/http", b"GET / HTTP/1.1\r\n\r\n");
    save("transport-handshake/longest", &[&[1, 0][..], &[3; 256]].concat());
    // Payloads behind their lengths, and within them messages behind theirs.
    let payload = |payload: &[u8]| [&(payload.len() as u16).to_le_bytes()[..], payload].concat();
    let message = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat();
    let short = payload(&[message(b"one"), message(b""), message(b"three")].concat());
    save("transport-receiver/short", &short);
    save("transport-receiver/end", &[&short[..], &payload(b""), &short].concat());
    let long = message(&[7; 60_000]);
    let parts: Vec<u8> = long.chunks(25_000).flat_map(payload).collect();
    save("transport-receiver/long", &[&parts[..], &short].concat());
    save("transport-receiver/too-long", &payload(&u32::MAX.to_be_bytes()));
    let bytes: Vec<u8> = message(b"byte by byte").iter().flat_map(|byte| payload(&[*byte])).collect();
    save("transport-receiver/bytes", &bytes);
}
