//! The pairs of a join's partition: a hash join that divides what does not fit (Grace).
//!
//! The right side is cut by hash into parts whose tables fit into a core's cache. The left side streams past them: row by
//! row if there is one table, else in batches that are cut in the same way. When memory is refused, both sides go to
//! temporary files by other bits of the hash, and each pair of files is joined like a partition of its own, by further
//! bits. Where that parts nothing any more (one key has nearly all rows), the right side's rows are taken in chunks that
//! fit, and the left side's file is read once for each.

use std::{marker::PhantomData, sync::Arc};

use super::{
    kind::{Flipped, JoinKind},
    probe::{Probe, Source},
    rows::{Rows, hash_of, part_of},
    table::{NO_ROW, Table},
    tables::Tables,
};
use crate::{
    rdd::{Data, Key, op::Either, pair::side::SidePairs},
    shuffle::{MAX_LEVEL, Overflow, hash_key},
    spill::{RowReader, SpillFile},
    task::{TaskContext, TaskError},
};

/// The iterator of [`Joined`](super::Joined). The side in tables is the right one, unless it is known to be the larger one by
/// far.
pub struct JoinPairs<K: 'static, V: 'static, W: 'static, J>(
    Either<HashJoin<K, V, W, J>, HashJoin<K, W, V, Flipped<J>>>,
);

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> JoinPairs<K, V, W, J> {
    pub(super) fn new(
        left: SidePairs<K, V>,
        right: SidePairs<K, W>,
        task: &Arc<TaskContext>,
    ) -> Result<Self, TaskError> {
        let flips = match (left.count_hint(), right.count_hint()) {
            (Some(left), Some(right)) => J::MAY_FLIP && left < right / 2,
            _ => false,
        };
        Ok(JoinPairs(if flips {
            Either::Second(HashJoin::new(right, left, task)?)
        } else {
            Either::First(HashJoin::new(left, right, task)?)
        }))
    }
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> Iterator for JoinPairs<K, V, W, J> {
    type Item = (K, J::Out);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        self.0.fold(init, f)
    }
}

/// Rows of both sides that may meet, and how often they were divided.
struct Files {
    left: Option<Arc<SpillFile>>,
    right: Option<Arc<SpillFile>>,
    level: u32,
}

/// Files of which the right one does not fit and cannot be divided.
struct Chunks<K, W> {
    left: Option<Arc<SpillFile>>,
    /// The rows of the right side that come after those at hand, and how many.
    rest: RowReader<(K, W)>,
    left_over: u64,
    /// Bits of the left side's rows that met some of the right.
    met: Vec<u64>,
}

impl<K, W> Chunks<K, W> {
    fn has_met(&self, row: u64) -> bool {
        self.met.get((row / 64) as usize).is_some_and(|bits| (bits >> (row % 64)) & 1 == 1)
    }

    fn meets(&mut self, row: u64) {
        if let Some(bits) = self.met.get_mut((row / 64) as usize) {
            *bits |= 1 << (row % 64);
        }
    }
}

/// A row of the left side, and the row that it meets next.
struct Meeting<K, V> {
    pair: (K, V),
    hash: u32,
    table: usize,
    row: u32,
}

/// Rows of the right side in tables, past which those of the left side come.
struct HashJoin<K: 'static, V: 'static, W, J> {
    tables: Tables<K, W>,
    left: Probe<K, V>,
    meeting: Option<Meeting<K, V>>,
    /// Rows at hand are some of these.
    chunks: Option<Chunks<K, W>>,
    /// Not begun; the last is the next.
    files: Vec<Files>,
    task: Arc<TaskContext>,
    kind: PhantomData<fn() -> J>,
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> HashJoin<K, V, W, J> {
    fn new(
        left: SidePairs<K, V>,
        right: SidePairs<K, W>,
        task: &Arc<TaskContext>,
    ) -> Result<Self, TaskError> {
        let mut join = HashJoin {
            tables: Tables::new(J::IS_SET, Rows::<K, V>::ROW, task),
            left: Probe::new(task),
            meeting: None,
            chunks: None,
            files: Vec::new(),
            task: task.clone(),
            kind: PhantomData,
        };
        join.tables.begin(right.count_hint());
        let (tables, mut overflow) = (&mut join.tables, None);
        // By `fold`, as all chains are driven; an error leaves by the task's own way.
        right.for_each(|pair| {
            let done = match &mut overflow {
                Some(files) => write(files, &pair),
                none => begin_if_full(none, tables, pair, task),
            };
            done.unwrap_or_else(|error| task.fail(error));
        });
        match overflow {
            None => join.left.begin(Source::Side(left), join.tables.parts.len(), false),
            Some(files) => join.divide(files, 0, Source::Side(left))?,
        }
        Ok(join)
    }

    /// Divides the left side as the right one was.
    fn divide(&mut self, right: Overflow, level: u32, left: Source<K, V>) -> Result<(), TaskError> {
        let right = right.finish()?;
        let mut files = Overflow::new("join", level, &self.task);
        let task = &self.task;
        left.fold(task, (), |(), pair| write(&mut files, &pair).unwrap_or_else(|error| task.fail(error)));
        let both = files.finish()?.into_iter().zip(right);
        let both = both.map(|(left, right)| Files { left, right, level: level + 1 });
        self.files.extend(both.rev());
        Ok(())
    }

    /// Goes on to the next rows of the right side, and all of the left that may meet them; `false`: there are none.
    fn advance(&mut self) -> bool {
        self.task.kill_task_if_interrupted();
        let advanced = match self.chunks.take() {
            Some(chunks) if chunks.left_over > 0 => self.next_chunk(chunks).map(|()| true),
            _ => self.next_files(),
        };
        advanced.unwrap_or_else(|error| self.task.fail(error))
    }

    fn next_files(&mut self) -> Result<bool, TaskError> {
        self.tables.release();
        let Some(Files { left, right, level }) = self.files.pop() else { return Ok(false) };
        if left.is_none() && !J::KEEPS_RIGHT || right.is_none() && !J::KEEPS_LEFT {
            return Ok(true);
        }
        let rows = right.as_ref().map_or(0, |file| file.part(0, 0).rows);
        self.tables.begin(usize::try_from(rows).ok());
        let Some(right) = right else {
            self.left.begin(Source::of_file(left.as_deref())?, 1, true);
            return Ok(true);
        };
        let mut rest = right.rows(0, 0)?;
        let taken = self.take_rows(&mut rest)?;
        if taken == rows {
            self.left.begin(Source::of_file(left.as_deref())?, self.tables.parts.len(), false);
        } else if level < MAX_LEVEL && self.tables.can_divide(level) {
            let mut files = begin_overflow(&mut self.tables, level, &self.task)?;
            for pair in rest {
                write(&mut files, &pair?)?;
            }
            // Its name goes before as much is written again.
            drop(right);
            self.divide(files, level, Source::of_file(left.as_deref())?)?;
        } else {
            self.begin_chunks(left, rest, rows - taken)?;
        }
        Ok(true)
    }

    /// Takes rows of the right side while they fit, and counts them.
    fn take_rows(&mut self, rows: &mut RowReader<(K, W)>) -> Result<u64, TaskError> {
        let mut taken = 0u64;
        for row in rows {
            if taken & 1023 == 0 {
                self.task.kill_task_if_interrupted();
            }
            taken += 1;
            if self.tables.push(row?) {
                break;
            }
        }
        Ok(taken)
    }

    fn begin_chunks(
        &mut self,
        left: Option<Arc<SpillFile>>,
        rest: RowReader<(K, W)>,
        left_over: u64,
    ) -> Result<(), TaskError> {
        let rows = left.as_ref().map_or(0, |file| file.part(0, 0).rows);
        let met = if J::KEEPS_LEFT || J::IS_SET { vec![0; (rows / 64 + 1) as usize] } else { Vec::new() };
        tracing::debug!(
            "task {} joins {rows} rows with {left_over} that do not fit and cannot be divided",
            self.task.task_attempt_id()
        );
        self.left.begin(Source::of_file(left.as_deref())?, self.tables.parts.len(), true);
        self.chunks = Some(Chunks { left, rest, left_over, met });
        Ok(())
    }

    fn next_chunk(&mut self, mut chunks: Chunks<K, W>) -> Result<(), TaskError> {
        self.tables.begin(usize::try_from(chunks.left_over).ok());
        chunks.left_over -= self.take_rows(&mut chunks.rest)?;
        self.left.begin(Source::of_file(chunks.left.as_deref())?, self.tables.parts.len(), true);
        self.chunks = Some(chunks);
        Ok(())
    }

    /// The next pair that rows of the left side give.
    #[inline]
    fn next_of_left(&mut self) -> Option<(K, J::Out)> {
        loop {
            while self.meeting.is_some() {
                if let Some(pair) = self.meet() {
                    return Some(pair);
                }
            }
            let (hash, table, pair) = self.left.next()?;
            if !self.left.is_streamed() {
                self.tables.enter(table, notes::<V, W, J>());
            }
            // Below the count.
            let row = self.tables.parts[table].first(hash, &pair.0, notes::<V, W, J>());
            if let Some(chunks) = &mut self.chunks {
                let number = self.left.number();
                let has_met = chunks.has_met(number);
                if row != NO_ROW {
                    chunks.meets(number);
                }
                if has_met && (J::IS_SET || row == NO_ROW) || row == NO_ROW && chunks.left_over > 0 {
                    continue;
                }
            }
            if row != NO_ROW {
                self.meeting = Some(Meeting { pair, hash, table, row });
            } else if let Some(out) = J::left_only(pair.1) {
                return Some((pair.0, out));
            }
        }
    }

    /// Lets the row at hand meet its next.
    #[inline]
    fn meet(&mut self) -> Option<(K, J::Out)> {
        let Meeting { pair: (key, value), hash, table: at, row } = self.meeting.take()?;
        let table = &mut self.tables.parts[at];
        if !is_first::<K, V, W, J>(table, row) {
            return None;
        }
        let next = if J::IS_SET { NO_ROW } else { table.after(row, hash, &key) };
        if next == NO_ROW {
            return give::<K, V, W, J>(|| (key, value), table, row);
        }
        let pair = give::<K, V, W, J>(|| (key.clone(), value.clone()), table, row);
        self.meeting = Some(Meeting { pair: (key, value), hash, table: at, row: next });
        pair
    }

    /// All pairs that rows of the left side give.
    #[inline]
    fn fold_left<B, F: FnMut(B, (K, J::Out)) -> B>(&mut self, init: B, f: &mut F) -> B {
        let mut sum = init;
        // What needs notes of the left side's rows goes one by one.
        while self.chunks.is_some() {
            match self.next_of_left() {
                Some(pair) => sum = f(sum, pair),
                None => return sum,
            }
        }
        while self.meeting.is_some() {
            if let Some(pair) = self.meet() {
                sum = f(sum, pair);
            }
        }
        if self.left.is_streamed() {
            let parts = &mut self.tables.parts;
            let count = parts.len();
            let source = std::mem::replace(&mut self.left.source, Source::Ended);
            return source.fold(&self.task, sum, |sum, (key, value)| {
                let hash = hash_of(&key);
                let table = &mut parts[part_of(hash, count)];
                fold_row::<K, V, W, J, B, F>(table, hash, (key, value), sum, f)
            });
        }
        while let Some((at, rows)) = self.left.next_rows() {
            self.tables.enter(at, notes::<V, W, J>());
            let table = &mut self.tables.parts[at];
            while let Some((hash, pair)) = rows.pop() {
                sum = fold_row::<K, V, W, J, B, F>(table, hash, pair, sum, f);
            }
        }
        sum
    }

    /// The next row of the right side that met none, as a pair.
    fn next_of_right(&mut self) -> Option<(K, J::Out)> {
        while J::KEEPS_RIGHT {
            let (key, value) = self.tables.take_unmet()?;
            if let Some(out) = J::right_only(value) {
                return Some((key, out));
            }
        }
        None
    }
}

/// All pairs that a row of the left side gives.
#[inline(always)]
fn fold_row<K: Key, V: Data, W: Data, J: JoinKind<V, W>, B, F: FnMut(B, (K, J::Out)) -> B>(
    table: &mut Table<K, W>,
    hash: u32,
    (key, value): (K, V),
    init: B,
    f: &mut F,
) -> B {
    let mut row = table.first(hash, &key, notes::<V, W, J>());
    if row == NO_ROW {
        return match J::left_only(value) {
            Some(out) => f(init, (key, out)),
            None => init,
        };
    }
    if !is_first::<K, V, W, J>(table, row) {
        return init;
    }
    let mut sum = init;
    loop {
        let next = if J::IS_SET { NO_ROW } else { table.after(row, hash, &key) };
        if next == NO_ROW {
            return match give::<K, V, W, J>(|| (key, value), table, row) {
                Some(pair) => f(sum, pair),
                None => sum,
            };
        }
        if let Some(pair) = give::<K, V, W, J>(|| (key.clone(), value.clone()), table, row) {
            sum = f(sum, pair);
        }
        row = next;
    }
}

/// Whether it matters which rows of the right side met one.
const fn notes<V, W, J: JoinKind<V, W>>() -> bool {
    J::KEEPS_RIGHT || J::IS_SET && J::GIVES_BOTH
}

/// Whether a row of the right side may meet another.
#[inline(always)]
fn is_first<K, V, W, J: JoinKind<V, W>>(table: &Table<K, W>, row: u32) -> bool {
    !(J::IS_SET && J::GIVES_BOTH && table.met[row as usize])
}

/// What two rows that meet give.
#[inline(always)]
fn give<K: Key, V, W: Data, J: JoinKind<V, W>>(
    left: impl FnOnce() -> (K, V),
    table: &mut Table<K, W>,
    row: u32,
) -> Option<(K, J::Out)> {
    let at = row as usize;
    if notes::<V, W, J>() {
        table.met[at] = true;
    }
    if !J::GIVES_BOTH {
        return None;
    }
    let (key, left) = left();
    J::both(left, table.rows.pairs[at].1.clone()).map(|out| (key, out))
}

/// From now on rows of the right side go to files.
fn begin_overflow<K: Key, W: Data>(
    tables: &mut Tables<K, W>,
    level: u32,
    task: &Arc<TaskContext>,
) -> Result<Overflow, TaskError> {
    let mut files = Overflow::new("join", level, task);
    tables.spill(&mut files, task)?;
    Ok(files)
}

/// Adds a row of the right side; where it was the last that fits, those to come go to files.
#[inline(always)]
fn begin_if_full<K: Key, W: Data>(
    files: &mut Option<Overflow>,
    tables: &mut Tables<K, W>,
    pair: (K, W),
    task: &Arc<TaskContext>,
) -> Result<(), TaskError> {
    if tables.push(pair) {
        *files = Some(begin_overflow(tables, 0, task)?);
    }
    Ok(())
}

fn write<K: Key, V: Data>(files: &mut Overflow, pair: &(K, V)) -> Result<(), TaskError> {
    Ok(files.write(hash_key(&pair.0), pair)?)
}

impl<K: Key, V: Data, W: Data, J: JoinKind<V, W>> Iterator for HashJoin<K, V, W, J> {
    type Item = (K, J::Out);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(pair) = self.next_of_left() {
                return Some(pair);
            }
            if let Some(pair) = self.next_of_right() {
                return Some(pair);
            }
            if !self.advance() {
                return None;
            }
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        loop {
            sum = self.fold_left(sum, &mut f);
            while let Some(pair) = self.next_of_right() {
                sum = f(sum, pair);
            }
            if !self.advance() {
                return sum;
            }
        }
    }
}
