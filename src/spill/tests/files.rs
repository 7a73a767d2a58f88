use std::fs;

use super::*;
use crate::{spill::Compression, text::Text};

type Row = (u64, Text);

fn row(number: u64) -> Row {
    (number, Text::from(format!("row number {number}, which goes on for longer than what is kept inline")))
}

#[test]
fn rows_come_back_by_run_and_part_from_memory_and_from_disk() {
    let codecs = [CompressionCodec::Lz4, CompressionCodec::None];
    #[cfg(feature = "zstd")]
    let codecs = codecs.into_iter().chain([CompressionCodec::Zstd]);
    for codec in codecs {
        let dirs = dirs_with(codec);
        let mut writer = dirs.create_output("test", 3).unwrap();
        // Parts of many frames, of one, of none.
        let sizes = [[0u64, 10_000, 1], [3, 0, 20_000]];
        for size in sizes.into_iter().flatten() {
            (0..size).try_for_each(|number| writer.write(&row(number))).unwrap();
            let part = writer.end_part().unwrap();
            assert_eq!(part.rows, size);
            assert!(codec == CompressionCodec::None || part.stored * 2 < part.raw.max(600), "{part:?}");
        }
        assert_eq!(writer.runs(), 2);
        let file = writer.finish().unwrap();
        let check = |file: &SpillFile| {
            assert_eq!(file.runs(), 2);
            for (run, sizes) in sizes.iter().enumerate() {
                for (part, size) in sizes.iter().enumerate() {
                    assert_eq!(
                        rows_of::<Row>(file, run, part).unwrap(),
                        (0..*size).map(row).collect::<Vec<_>>()
                    );
                }
            }
            assert_eq!(rows_of::<Row>(file, 7, 7).unwrap(), [], "what is not there is empty");
        };
        check(&file);
        let copy = file.path().with_extension("copy");
        fs::copy(file.path(), &copy).unwrap();
        check(&SpillFile::open(copy).unwrap());
    }
}

#[test]
fn the_first_of_two_files_keeps_the_name() {
    let (dirs, dir) = (dirs(), tempfile::tempdir().unwrap());
    let place = dir.path().join("part");
    let write = |number: u64| {
        let mut writer = dirs.create_at(dir.path().join(format!("attempt-{number}")), 1).unwrap();
        writer.write(&number).unwrap();
        writer.end_part().unwrap();
        writer.finish().unwrap()
    };
    let (first, second) = (write(1), write(2));
    assert!(first.keep_as(&place).unwrap());
    assert!(!second.keep_as(&place).unwrap());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(rows_of::<u64>(&SpillFile::open(place).unwrap(), 0, 0).unwrap(), [1]);
}

#[test]
fn rows_without_bytes_are_counted() {
    let dirs = dirs();
    let mut writer = dirs.create_spill("test", 1).unwrap();
    (0..1_000).try_for_each(|_| writer.write(&((), ()))).unwrap();
    writer.end_part().unwrap();
    let file = writer.finish().unwrap();
    assert_eq!(rows_of::<((), ())>(&file, 0, 0).unwrap().len(), 1_000);
}

#[test]
fn a_row_may_be_larger_than_any_frame() {
    let dirs = dirs();
    let mut writer = dirs.create_spill("test", 1).unwrap();
    let huge: Vec<u64> = (0..1_000_000).collect();
    for row in [&[1][..], &huge, &[2]] {
        writer.write(row).unwrap();
    }
    writer.end_part().unwrap();
    let file = writer.finish().unwrap();
    assert_eq!(rows_of::<Vec<u64>>(&file, 0, 0).unwrap(), [vec![1], huge, vec![2]]);
}

#[test]
fn what_compression_would_make_larger_is_stored_as_it_is() {
    let noise: Vec<u64> =
        (0..5_000u64).map(|x| x.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17)).collect();
    let dirs = dirs();
    let mut writer = dirs.create_output("test", 1).unwrap();
    noise.iter().try_for_each(|number| writer.write(number)).unwrap();
    let part = writer.end_part().unwrap();
    assert!(part.raw == 40_000 && part.stored <= part.raw + 16, "{part:?}");
    assert_eq!(rows_of::<u64>(&writer.finish().unwrap(), 0, 0).unwrap(), noise);
}

#[test]
fn a_file_goes_with_its_last_owner_and_an_unfinished_one_with_its_writer() {
    let dirs = dirs();
    assert!(dirs.files().is_empty(), "no directory before the first file");
    let mut writer = dirs.create_spill("test", 1).unwrap();
    (0..1_000).try_for_each(|number| writer.write(&row(number))).unwrap();
    writer.end_part().unwrap();
    let file = writer.finish().unwrap();
    let mut rows = file.rows::<Row>(0, 0).unwrap();
    assert_eq!(dirs.files(), [file.path()]);
    drop(dirs.create_spill("other", 1).unwrap());
    assert_eq!(dirs.files().len(), 1);
    assert_eq!(rows.next().unwrap().unwrap(), row(0));
    drop(file);
    assert!(dirs.files().is_empty());
    assert_eq!(rows.count(), 999, "who has it open reads to the end");
}

#[test]
fn files_go_to_the_directories_in_turn_and_with_them() {
    let root = tempfile::tempdir().unwrap();
    let list = format!("{0}/a, {0}/b/c,", root.path().display());
    let dirs = LocalDirs::new(&SpillConfig { local_dir: Some(list), ..SpillConfig::default() });
    let files: Vec<_> = (0..4).map(|_| dirs.create_spill("x", 1).unwrap().finish().unwrap()).collect();
    let below =
        |dir: &str| files.iter().filter(|file| file.path().starts_with(root.path().join(dir))).count();
    assert_eq!((below("a"), below("b/c")), (2, 2));
    dirs.close();
    assert_eq!(fs::read_dir(root.path().join("a")).unwrap().count(), 0);
    assert!(matches!(dirs.create_spill("x", 1), Err(SpillError::Stopped)));
}

#[test]
fn what_is_not_built_in_is_refused_at_the_start() {
    let zstd = SpillConfig { codec: CompressionCodec::Zstd, ..SpillConfig::default() };
    assert_eq!(Compression::check(&zstd).is_ok(), cfg!(feature = "zstd"));
    assert!(Compression::check(&SpillConfig::default()).is_ok());
}
