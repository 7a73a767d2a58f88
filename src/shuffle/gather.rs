//! Distributing pairs over reducers without combining them.

use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[cfg(feature = "cluster")]
use super::served::ServedPart;
use super::{
    Partitioner,
    block::ShuffleBlock,
    hash::{bucket, hash_key},
    key_keeper::KeyKeeper,
    map_stage::{ShuffleWriter, Written},
    output_file::{Kept, OutputFile},
    rows_heap::RowsHeap,
    table::{LEAST_ROWS, is_plain},
};
#[cfg(feature = "cluster")]
use crate::spill::LocalDirs;
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

impl<K: Data, V: Data> ShuffleBlock for GatheredBlock<K, V> {
    fn of_kept(kept: Kept) -> Self {
        GatheredBlock { parts: Vec::new(), kept }
    }

    #[cfg(feature = "cluster")]
    fn serve(&self, reduce: usize, dirs: &Arc<LocalDirs>) -> Result<ServedPart, TaskError> {
        let pairs = self.part(reduce);
        ServedPart::new(&self.kept, (reduce, 1), !pairs.is_empty(), dirs, |writer, _| {
            pairs.iter().try_for_each(|pair| writer.write(pair))
        })
    }
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
        let mut keeper = KeyKeeper::default();
        let mut records = 0u64;
        pairs.for_each(|(mut key, mut value)| {
            if records & 1023 == 0 {
                task.kill_task_if_interrupted();
            }
            records += 1;
            let partition = self.0.reducer(&key, num_reduces);
            if parts.parts.get(partition).is_some_and(|part| part.len() == part.capacity()) {
                parts.grow(partition);
            }
            keeper.keep(&mut key);
            keeper.keep(&mut value);
            let pair = (key, value);
            let is_due = parts.heap.add(&pair);
            match parts.parts.get_mut(partition) {
                Some(part) => part.push(pair),
                None => task.fail(TaskError::PartitionOutOfRange { partition, num_partitions: num_reduces }),
            }
            if is_due {
                parts.charge_heap();
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
    /// Bytes of all parts' room.
    room: u64,
    /// What their pairs own.
    heap: RowsHeap,
    /// Charged for both.
    reservation: Reservation,
    file: OutputFile,
}

/// Pairs for which a part has room at first.
const FIRST_ROOM: usize = 4;

impl<K: Data, V: Data> Gathering<K, V> {
    fn new(num_reduces: usize, task: &Arc<TaskContext>) -> Self {
        let mut parts = Vec::new();
        parts.resize_with(num_reduces, Vec::new);
        let (reservation, file) = (Reservation::writer(task), OutputFile::of::<(K, V)>(task, num_reduces));
        Gathering { parts, task: task.clone(), room: 0, heap: RowsHeap::default(), reservation, file }
    }

    fn rows(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

    /// Makes room in a full part, or spills everything. Few rows go on uncounted.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, index: usize) {
        let mut granted = self.try_grow(index);
        if !granted && self.rows() >= LEAST_ROWS {
            self.spill();
            // Its room stayed, or it begins with little.
            granted = self.try_grow(index);
        }
        if !granted {
            self.add_room(index);
        }
    }

    /// Makes room in a part if it has none and that is granted. While it grows there are two.
    fn try_grow(&mut self, index: usize) -> bool {
        let Some(part) = self.parts.get(index) else { return true };
        if part.len() < part.capacity() {
            return true;
        }
        let new = room::<K, V>(part.capacity() + more_room(part));
        let granted = self.reservation.try_grow(new + self.heap.uncharged());
        if granted {
            self.heap.set_charged();
            self.add_room(index);
            self.reservation.resize(self.room + self.heap.charged());
        }
        granted
    }

    fn add_room(&mut self, index: usize) {
        let Some(part) = self.parts.get_mut(index) else { return };
        let before = room::<K, V>(part.capacity());
        part.reserve_exact(more_room(part));
        self.room += room::<K, V>(part.capacity()) - before;
    }

    /// Charges what pairs own, or spills everything.
    #[cold]
    #[inline(never)]
    fn charge_heap(&mut self) {
        let granted = self.heap.try_charge(&mut self.reservation);
        if !granted && (self.rows() >= LEAST_ROWS || self.heap.is_much()) {
            self.spill();
        }
    }

    /// Writes everything as a run and begins anew.
    fn spill(&mut self) {
        self.file.add_heap(self.heap.total());
        if let Err(error) = self.write_run() {
            self.task.fail(error.into());
        }
        self.heap.clear();
        // Parts of very different sizes: one that is full must not make all the others' empty room stay.
        let largest = self.parts.iter().map(Vec::capacity).max().unwrap_or(0);
        if self.room > self.reservation.bytes() || room::<K, V>(largest) * 2 > self.room {
            self.parts.iter_mut().for_each(|part| *part = Vec::new());
            self.room = 0;
        }
        self.reservation.resize(self.room);
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
        let is_charged = self.reservation.resize(self.room + self.heap.total());
        debug_assert!(
            !is_charged
                || self.reservation.bytes()
                    >= self.parts.iter().map(|part| room::<K, V>(part.capacity())).sum()
        );
        let memory = if is_charged { self.reservation.keep_output() } else { None };
        self.file.add_heap(self.heap.total());
        if memory.is_none() {
            self.write_run()?;
            self.parts = Vec::new();
            self.reservation.resize(0);
        }
        let Gathering { mut parts, mut file, .. } = self;
        parts.resize_with(file.parts(), Vec::new);
        let sizes = file.sizes(parts.iter().map(|part| part.len() as u64).collect());
        let block = GatheredBlock { parts, kept: Kept::new(file, memory)? };
        Ok(Written { block: Arc::new(block), sizes, records })
    }
}

/// For how many more pairs a full part gets room.
fn more_room<T>(part: &Vec<T>) -> usize {
    part.capacity().max(FIRST_ROOM)
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
