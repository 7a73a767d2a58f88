use std::{fs, path::PathBuf};

use super::*;

type Row = (u32, String);

/// A file of two runs with two parts each; its bytes and rows.
fn sample(dirs: &Arc<LocalDirs>, name: &str) -> (Vec<u8>, Vec<Vec<Row>>) {
    let mut writer = dirs.create_output(name, 2).unwrap();
    let mut rows = Vec::new();
    for part in [3, 0, 1, 5u32] {
        let part: Vec<Row> = (0..part).map(|number| (number, "abc".repeat(number as usize))).collect();
        part.iter().try_for_each(|row| writer.write(row)).unwrap();
        writer.end_part().unwrap();
        rows.push(part);
    }
    let file = writer.finish().unwrap();
    (fs::read(file.path()).unwrap(), rows)
}

/// Writes bytes to a file of their own and reads everything.
fn read_back(path: PathBuf, bytes: &[u8]) -> Result<Vec<Vec<Row>>, SpillError> {
    fs::write(&path, bytes).unwrap();
    all_rows(&*SpillFile::open(path)?, 2)
}

#[test]
fn every_damaged_byte_is_found() {
    for codec in [CompressionCodec::Lz4, CompressionCodec::None] {
        let dirs = dirs_with(codec);
        let (bytes, rows) = sample(&dirs, "good");
        let path = tempfile::tempdir().unwrap();
        let path = path.path().join("bad");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert_eq!(read_back(path.clone(), &bytes).unwrap(), rows);
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xFF] {
                let mut bad = bytes.clone();
                bad[at] ^= flip;
                let outcome = read_back(path.clone(), &bad);
                assert!(
                    matches!(outcome, Err(SpillError::Damaged { .. })),
                    "byte {at} ^ {flip}: {outcome:?}"
                );
            }
        }
    }
}

#[test]
fn every_torn_file_is_found() {
    let dirs = dirs();
    let (bytes, _) = sample(&dirs, "good");
    let dir = tempfile::tempdir().unwrap();
    for len in 0..bytes.len() {
        let outcome = read_back(dir.path().join("torn"), &bytes[..len]);
        assert!(matches!(outcome, Err(SpillError::Damaged { .. })), "{len} bytes: {outcome:?}");
    }
    let longer = [&bytes[..], b"!"].concat();
    assert!(matches!(read_back(dir.path().join("longer"), &longer), Err(SpillError::Damaged { .. })));
}

#[test]
fn damage_after_the_file_was_written_is_found_without_its_index() {
    let dirs = dirs();
    let write = || {
        let mut writer = dirs.create_spill("test", 1).unwrap();
        (0..50_000u64).try_for_each(|number| writer.write(&number)).unwrap();
        writer.end_part().unwrap();
        writer.finish().unwrap()
    };
    let len = fs::metadata(write().path()).unwrap().len();
    for at in (16..len - 64).step_by(997) {
        let file = write();
        let mut bytes = fs::read(file.path()).unwrap();
        bytes[at as usize] ^= 4;
        fs::write(file.path(), &bytes).unwrap();
        let error = rows_of::<u64>(&file, 0, 0).unwrap_err();
        assert!(matches!(error, SpillError::Damaged { .. }) && error.is_of_stored_data(), "{error}");
        assert!(error.to_string().contains("is damaged: the "), "{error}");
    }
    let file = write();
    fs::OpenOptions::new().write(true).open(file.path()).unwrap().set_len(len / 2).unwrap();
    let error = rows_of::<u64>(&file, 0, 0).unwrap_err();
    assert!(error.to_string().contains("the length of the file"), "{error}");
}

#[test]
fn a_file_that_is_gone_is_missing() {
    let dirs = dirs();
    let mut writer = dirs.create_spill("test", 1).unwrap();
    writer.write(&1u8).unwrap();
    writer.end_part().unwrap();
    let file = writer.finish().unwrap();
    fs::remove_file(file.path()).unwrap();
    let error = rows_of::<u8>(&file, 0, 0).unwrap_err();
    assert!(matches!(error, SpillError::Missing { .. }) && error.is_of_stored_data());
    assert!(error.to_string().ends_with("is gone"), "{error}");
}

#[test]
fn rows_of_another_type_are_an_error() {
    let dirs = dirs();
    let mut writer = dirs.create_spill("test", 1).unwrap();
    writer.write(&7u8).unwrap();
    writer.end_part().unwrap();
    let file = writer.finish().unwrap();
    assert!(matches!(rows_of::<u64>(&file, 0, 0), Err(SpillError::Decode { .. })));
    assert!(matches!(rows_of::<bool>(&file, 0, 0), Err(SpillError::Decode { .. })));
    assert!(matches!(rows_of::<()>(&file, 0, 0), Err(SpillError::Damaged { .. })));
}
