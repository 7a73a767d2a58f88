//! The reader on inputs that somebody saved, and on many that are nearly those.

use std::{fs, path::Path};

use firesteel_actors::trace::{
    RecordOptions,
    fuzz::{fuzz, mended},
};

use crate::synthetic::{self, Random};

/// Inputs that are mutated, so many times in all: some seconds.
const MUTATIONS: usize = 1_500;

/// The saved inputs, by name.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz-inputs/trace");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 4, "{paths:?}");
    paths.iter().map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

/// Changes some bytes: flips, numbers at borders, cuts, parts twice, parts of another input.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(4) {
        let length = bytes.len().max(1) as u64;
        let (at, end) = (random.below(length) as usize, random.below(length) as usize);
        let (from, until) = (at.min(end), at.max(end).min(bytes.len()));
        match random.below(7) {
            0 | 1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            2 => {
                let value = [0, 1, 0x7F, 0x80, 0xFF][random.below(5) as usize];
                bytes.iter_mut().skip(at).take(1 + random.below(9) as usize).for_each(|byte| *byte = value);
            }
            3 => bytes.truncate(from),
            4 => drop(bytes.drain(from..until)),
            5 => {
                let part = bytes[from..until].to_vec();
                bytes.splice(from..from, part);
            }
            _ => {
                let place = random.below(other.len().max(1) as u64) as usize;
                let part = other.iter().copied().skip(place).take(random.below(200) as usize);
                bytes.splice(from..from, part.collect::<Vec<_>>());
            }
        }
        bytes.truncate(1 << 16);
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let inputs = inputs();
    inputs.iter().for_each(|(_, bytes)| fuzz(bytes));
    let mut random = Random(1);
    for _ in 0..MUTATIONS {
        let mut pick = || &inputs[random.below(inputs.len() as u64) as usize].1;
        let (mut bytes, other) = (pick().clone(), pick());
        mutate(&mut bytes, other, &mut random);
        fuzz(&bytes);
    }
}

#[test]
fn saved_inputs_are_traces_once_their_checksums_are_mended() {
    // So that mutations reach what is behind the checksums, also after messages changed.
    for (name, bytes) in inputs().iter().filter(|(name, _)| name.ends_with(".trace")) {
        let mut reader = firesteel_actors::trace::TraceReader::from_bytes(mended(bytes)).unwrap();
        assert!(reader.by_ref().filter(Result::is_ok).count() > 10, "{name}");
    }
}

#[test]
#[ignore = "writes the saved inputs anew"]
fn save_inputs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz-inputs/trace");
    fs::create_dir_all(&folder).unwrap();
    let records = synthetic::records(60, 5);
    let save = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    save("heads.trace", &synthetic::bytes(&records, RecordOptions::heads().program("inputs")));
    let payloads = synthetic::bytes(&records, RecordOptions::payloads().program("inputs"));
    save("payloads.trace", &payloads);
    save(
        "compressed.trace",
        &synthetic::bytes(&records, RecordOptions::payloads().program("inputs").compressed()),
    );
    save("torn.trace", &payloads[..payloads.len() - 40]);
    let run = crate::on_loop(RecordOptions::payloads().program("inputs").with_blobs());
    save("run.trace", &fs::read(run.path).unwrap()[..]);
}
