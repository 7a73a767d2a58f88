mod damage;
mod disk;
mod files;

use std::sync::Arc;

use firesteel_actors::config::{CompressionCodec, SpillConfig};
use serde::de::DeserializeOwned;

use super::{LocalDirs, SpillError, SpillFile};

fn dirs() -> Arc<LocalDirs> {
    LocalDirs::new(&SpillConfig::default())
}

fn dirs_with(codec: CompressionCodec) -> Arc<LocalDirs> {
    LocalDirs::new(&SpillConfig { codec, ..SpillConfig::default() })
}

fn rows_of<T: DeserializeOwned>(file: &SpillFile, run: usize, part: usize) -> Result<Vec<T>, SpillError> {
    file.rows(run, part)?.collect()
}

/// The rows of all parts, in order.
fn all_rows<T: DeserializeOwned>(file: &SpillFile, per_run: usize) -> Result<Vec<Vec<T>>, SpillError> {
    let places = (0..file.runs()).flat_map(|run| (0..per_run).map(move |part| (run, part)));
    places.map(|(run, part)| rows_of(file, run, part)).collect()
}
