//! The pairs of a join's partition: a hash join that divides what does not fit (Grace).
//!
//! The right side is cut by hash into parts whose tables fit into a core's cache. The left side streams past them: row by
//! row if there is one table, else in batches that are cut in the same way. When memory is refused, both sides go to
//! temporary files by other bits of the hash, and each pair of files is joined like a partition of its own, by further
//! bits. Where that parts nothing any more (one key has nearly all rows), the right side's rows are taken in chunks that
//! fit, and the left side's file is read once for each.

use std::{marker::PhantomData, sync::Arc};

use super::{
    chunks::{Chunks, Files},
    kind::JoinKind,
    meet::{fold_row, give, is_first, notes},
    probe::{Probe, Source},
    rows::{Rows, hash_of, part_of},
    table::NO_ROW,
    tables::Tables,
};
use crate::{
    rdd::{Data, Key, pair::side::SidePairs},
    shuffle::{MAX_LEVEL, Overflow, hash_key},
    spill::{RowReader, SpillFile},
    task::{TaskContext, TaskError},
};

/// A row of the left side, and the row that it meets next.
struct Meeting<K, V> {
    pair: (K, V),
    hash: u32,
    table: usize,
    row: u32,
}

/// Rows of the right side in tables, past which those of the left side come.
pub(super) struct HashJoin<K: 'static, V: 'static, W, J> {
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
    pub(super) fn new(
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
        // The batch first, whose room the tables are charged for.
        self.left.begin(Source::Ended, 1, true);
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
        if !J::KEEPS_RIGHT {
            return None;
        }
        loop {
            let (key, value) = self.tables.take_unmet()?;
            if let Some(out) = J::right_only(value) {
                return Some((key, out));
            }
        }
    }
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
