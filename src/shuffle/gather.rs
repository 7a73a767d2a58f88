//! Distributing pairs over reducers without combining them.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Partitioner,
    hash::{bucket, hash_key},
    map_stage::{ShuffleWriter, Written},
    output_file::{Kept, OutputFile},
    table::{LEAST_ROWS, is_plain},
};
use crate::{
    memory::{Reservation, heap_bytes},
    rdd::{Data, Key, Prepare},
    spill::SpillError,
    task::{TaskContext, TaskError},
};

/// A map task's output: each reducer's pairs, in the order in which they came. Those that did not fit into memory are in
/// runs of its file and come first.
pub(crate) struct GatheredBlock<K, V> {
    parts: Vec<Vec<(K, V)>>,
    pub(super) kept: Kept,
}

impl<K, V> GatheredBlock<K, V> {
    /// A reducer's pairs that are in memory.
    pub(super) fn part(&self, reduce: usize) -> &[(K, V)] {
        self.parts.get(reduce).map_or(&[], Vec::as_slice)
    }
}

/// Which reducer a key goes to.
pub(crate) trait Distribute<K>: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Below `num_reduces`, or the task fails.
    fn reducer(&self, key: &K, num_reduces: usize) -> usize;

    /// What has to be found out first, if anything.
    fn prepare(&self) -> Option<&dyn Prepare> {
        None
    }
}

/// By hash, whatever the number of reducers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ByHash;

impl<K: Key> Distribute<K> for ByHash {
    #[inline]
    fn reducer(&self, key: &K, num_reduces: usize) -> usize {
        bucket(hash_key(key), num_reduces)
    }
}

/// By a partitioner of the user's choice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct By<R>(pub(crate) R);

impl<K, R: Partitioner<K>> Distribute<K> for By<R> {
    #[inline]
    fn reducer(&self, key: &K, _num_reduces: usize) -> usize {
        self.0.partition(key)
    }
}

/// The writer that only distributes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "D: Serialize + DeserializeOwned")]
pub(crate) struct Gather<D>(pub(crate) D);

impl<K: Data, V: Data, D: Distribute<K>> ShuffleWriter<(K, V)> for Gather<D> {
    fn write(
        &self,
        pairs: impl Iterator<Item = (K, V)>,
        num_reduces: usize,
        task: &Arc<TaskContext>,
    ) -> Result<Written, TaskError> {
        let mut parts = Gathering::new(num_reduces, task);
        let mut records = 0u64;
        pairs.for_each(|(key, value)| {
            if records & 1023 == 0 {
                task.kill_task_if_interrupted();
            }
            records += 1;
            let partition = self.0.reducer(&key, num_reduces);
            if parts.parts.get(partition).is_some_and(|part| part.len() == part.capacity()) {
                parts.grow(partition);
            }
            match parts.parts.get_mut(partition) {
                Some(part) => part.push((key, value)),
                None => task.fail(TaskError::PartitionOutOfRange { partition, num_partitions: num_reduces }),
            }
        });
        parts.finish(records)
    }

    fn prepare(&self) -> Option<&dyn Prepare> {
        self.0.prepare()
    }
}

/// The parts of a running map task.
struct Gathering<K, V> {
    parts: Vec<Vec<(K, V)>>,
    task: Arc<TaskContext>,
    /// Charged for the parts' room and what their pairs own.
    reservation: Reservation,
    file: OutputFile,
}

/// Pairs for which a part has room at first.
const FIRST_ROOM: usize = 4;

impl<K: Data, V: Data> Gathering<K, V> {
    fn new(num_reduces: usize, task: &Arc<TaskContext>) -> Self {
        let mut parts = Vec::new();
        parts.resize_with(num_reduces, Vec::new);
        let (reservation, file) = (Reservation::writer(task), OutputFile::new(task, num_reduces));
        Gathering { parts, task: task.clone(), reservation, file }
    }

    /// Makes room in a part, or spills everything. While it grows there are two; the pairs to come are taken to own what
    /// the present ones do.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        let Some(part) = self.parts.get(index) else { return };
        let more = part.capacity().max(FIRST_ROOM);
        let (old, new) = (room::<K, V>(part.capacity()), room::<K, V>(part.capacity() + more));
        let granted = self.reservation.try_grow(new + pairs_heap(part));
        let rows: usize = self.parts.iter().map(Vec::len).sum();
        if !granted && rows >= LEAST_ROWS {
            self.spill();
        }
        let Some(part) = self.parts.get_mut(index) else { return };
        if part.len() == part.capacity() {
            part.reserve_exact(more);
        }
        if granted {
            self.reservation.shrink(old);
        }
    }

    /// Writes everything as a run and begins anew.
    fn spill(&mut self) {
        if let Err(error) = self.write_run() {
            self.task.fail(error.into());
        }
        let bytes = self.parts.iter().map(|part| room::<K, V>(part.capacity())).sum();
        // Parts of very different sizes: one that is full must not make all the others' empty room stay.
        let (largest, all) = self
            .parts
            .iter()
            .map(Vec::capacity)
            .fold((0, 0), |(largest, all), room| (largest.max(room), all + room));
        if bytes > self.reservation.bytes() || largest * 2 > all {
            self.parts.iter_mut().for_each(|part| *part = Vec::new());
            self.reservation.resize(0);
        } else {
            self.reservation.resize(bytes);
        }
    }

    fn write_run(&mut self) -> Result<(), SpillError> {
        let (parts, task) = (&mut self.parts, &self.task);
        self.file.run(self.reservation.bytes(), |writer, part| {
            let Some(pairs) = parts.get_mut(part) else { return Ok(()) };
            for (rows, pair) in pairs.drain(..).enumerate() {
                if rows % 1024 == 0 {
                    task.kill_task_if_interrupted();
                }
                writer.write(&pair)?;
            }
            Ok(())
        })
    }

    /// Keeps the parts in memory if that is granted, else writes them as the last run.
    fn finish(mut self, records: u64) -> Result<Written, TaskError> {
        let memory = self.reservation.keep_output();
        if memory.is_none() {
            self.write_run()?;
            self.parts = Vec::new();
            self.reservation.resize(0);
        }
        let Gathering { mut parts, file, .. } = self;
        let num_reduces = file.parts();
        parts.resize_with(num_reduces, Vec::new);
        let mut sizes: Vec<u64> = parts.iter().map(|part| room::<K, V>(part.len())).collect();
        file.add_sizes(&mut sizes);
        let block = GatheredBlock { parts, kept: Kept::new(file, memory)? };
        Ok(Written { block: Arc::new(block), sizes, records })
    }
}

/// Bytes of so many pairs.
pub(super) fn room<K, V>(pairs: usize) -> u64 {
    (pairs * size_of::<(K, V)>()) as u64
}

/// Heap bytes that pairs own, judged by some of them.
pub(super) fn pairs_heap<K: Data, V: Data>(pairs: &[(K, V)]) -> u64 {
    const LOOKED_AT: usize = 64;
    if is_plain::<(K, V)>() || pairs.is_empty() {
        return 0;
    }
    let step = pairs.len().div_ceil(LOOKED_AT);
    let looked_at = pairs.iter().step_by(step);
    let count = looked_at.len() as f64;
    let sum: u64 = looked_at.map(heap_bytes).sum();
    (sum as f64 / count * pairs.len() as f64) as u64
}
