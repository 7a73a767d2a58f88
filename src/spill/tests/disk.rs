use std::{fs::OpenOptions, os::unix::fs::symlink};

use super::*;
use crate::spill::{Compression, SpillWriter};

/// Writes until it fails, or a MiB.
fn fill(mut writer: SpillWriter) -> Result<Arc<SpillFile>, SpillError> {
    for number in 0..131_072u64 {
        writer.write(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15))?;
    }
    writer.end_part()?;
    writer.finish()
}

#[test]
fn a_disk_that_is_full_after_any_number_of_bytes_is_a_typed_error_and_leaves_no_file() {
    for room in (0..1_048_000).step_by(100_001) {
        let dirs = dirs();
        dirs.set_room(room);
        let error = fill(dirs.create_spill("test", 1).unwrap()).unwrap_err();
        let SpillError::Full { path, .. } = &error else { panic!("{error}") };
        assert!(
            error.to_string().contains(&*path.to_string_lossy())
                && error.to_string().contains("spark.local.dir")
        );
        assert!(!error.is_of_stored_data());
        assert!(dirs.files().is_empty());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn dev_full_is_full() {
    let dir = tempfile::tempdir().unwrap();
    // The file is removed at the end: a link to the device, not the device.
    let path = dir.path().join("full");
    symlink("/dev/full", &path).unwrap();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    let error = fill(SpillWriter::new(dirs(), path, file, 1, Compression::Lz4).unwrap()).unwrap_err();
    assert!(matches!(error, SpillError::Full { .. }), "{error}");
}

#[test]
fn a_directory_that_cannot_be_is_named() {
    let dir = tempfile::NamedTempFile::new().unwrap();
    let local_dir = Some(format!("{}/below", dir.path().display()));
    let dirs = LocalDirs::new(&SpillConfig { local_dir, ..SpillConfig::default() });
    let error = dirs.create_spill("test", 1).unwrap_err();
    assert!(error.to_string().starts_with("cannot make a directory in "), "{error}");
}

#[test]
fn a_row_that_cannot_be_written_is_named() {
    #[derive(serde::Serialize)]
    struct Row {
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<u8>,
    }
    let mut writer = dirs().create_spill("test", 1).unwrap();
    let error = writer.write(&Row { value: None }).unwrap_err();
    assert!(matches!(error, SpillError::Encode { .. }), "{error}");
}

#[test]
fn a_file_that_is_created_while_the_executor_stops_is_there_or_is_refused_by_name() {
    for _ in 0..20 {
        let root = tempfile::tempdir().unwrap();
        let local_dir = Some(root.path().to_str().unwrap().to_owned());
        let dirs = LocalDirs::new(&SpillConfig { local_dir, ..SpillConfig::default() });
        let creators: Vec<_> = (0..2)
            .map(|_| {
                let dirs = dirs.clone();
                std::thread::spawn(move || {
                    let mut created = Vec::new();
                    loop {
                        match dirs.create_spill("test", 1) {
                            Ok(writer) => created.push(writer),
                            Err(error) => return (error, created),
                        }
                    }
                })
            })
            .collect();
        while dirs.files().len() < 3 {
            std::thread::yield_now();
        }
        dirs.close();
        for creator in creators {
            let (error, _created) = creator.join().unwrap();
            assert!(matches!(error, SpillError::Stopped), "{error}");
        }
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0, "the directory is left behind");
    }
}
