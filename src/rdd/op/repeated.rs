//! [`Repeated`]: elements that a task goes over again and again.

use std::sync::Arc;

use crate::{
    memory::Reservation,
    rdd::Data,
    shuffle::RowsHeap,
    spill::{RowReader, SpillError, SpillFile, SpillWriter},
    task::{TaskContext, TaskError},
};

/// Elements between two looks at the task's kill flag.
const KILL_CHECK: usize = 1024;
/// So many elements are kept in memory even if it is refused: a file would be all overhead.
const LEAST: usize = 1024;

/// The elements of a partition: in memory as long as that is granted, else all of them in a file.
pub(super) struct Repeated<T> {
    values: Vec<T>,
    file: Option<Arc<SpillFile>>,
    task: Arc<TaskContext>,
    _held: Reservation,
}

/// How far one pass over them has come.
pub(super) struct Pass<T> {
    at: usize,
    rows: Option<RowReader<T>>,
}

impl<T: Data> Repeated<T> {
    /// Takes all elements.
    pub(super) fn of(items: impl Iterator<Item = T>, task: &Arc<TaskContext>) -> Result<Self, TaskError> {
        let mut filling = Filling {
            values: Vec::new(),
            heap: RowsHeap::default(),
            reservation: Reservation::reader(task),
            writer: None,
            task,
        };
        // By `fold`, as all chains are driven; an error leaves by the task's own way.
        items.for_each(|item| filling.push(item).unwrap_or_else(|error| task.fail(error.into())));
        let Filling { values, reservation, writer, .. } = filling;
        let file = writer.map(|mut writer| {
            let part = writer.end_part()?;
            task.metrics.disk_bytes_spilled(part.stored);
            writer.finish()
        });
        let file = file.transpose().map_err(TaskError::from)?;
        Ok(Repeated { values, file, task: task.clone(), _held: reservation })
    }

    /// From the first one on.
    pub(super) fn begin(&self) -> Pass<T> {
        let rows = self.file.as_ref().map(|file| file.rows(0, 0)).transpose();
        Pass { at: 0, rows: rows.unwrap_or_else(|error| self.task.fail(error.into())) }
    }

    /// The next one of a pass.
    #[inline]
    pub(super) fn next(&self, pass: &mut Pass<T>) -> Option<T> {
        if pass.at.is_multiple_of(KILL_CHECK) {
            self.task.kill_task_if_interrupted();
        }
        pass.at += 1;
        match &mut pass.rows {
            None => self.values.get(pass.at - 1).cloned(),
            Some(rows) => rows.next().transpose().unwrap_or_else(|error| self.task.fail(error.into())),
        }
    }
}

/// Takes elements, into memory as far as there is room.
struct Filling<'a, T> {
    values: Vec<T>,
    /// What they own.
    heap: RowsHeap,
    reservation: Reservation,
    writer: Option<SpillWriter>,
    task: &'a Arc<TaskContext>,
}

impl<T: Data> Filling<'_, T> {
    #[inline]
    fn push(&mut self, value: T) -> Result<(), SpillError> {
        if let Some(writer) = &mut self.writer {
            return writer.write(&value);
        }
        if self.values.len() == self.values.capacity() && !self.grow() {
            self.spill()?;
            return self.push(value);
        }
        let is_due = self.heap.add(&value);
        self.values.push(value);
        if is_due && !self.charge_heap() {
            self.spill()?;
        }
        Ok(())
    }

    /// Makes room for as many again. While it grows there are two.
    #[cold]
    fn grow(&mut self) -> bool {
        let more = self.values.capacity().max(LEAST);
        let bytes = |values: usize| (values * size_of::<T>()) as u64;
        if self.reservation.try_grow(bytes(self.values.len() + more)) {
            self.values.reserve_exact(more);
            self.reservation.resize(bytes(self.values.capacity()) + self.heap.charged());
            return true;
        }
        if self.values.is_empty() {
            // Not even the least: it goes on uncounted.
            self.values.reserve_exact(more);
            return true;
        }
        false
    }

    #[cold]
    fn charge_heap(&mut self) -> bool {
        self.heap.try_charge(&mut self.reservation) || (self.values.len() < LEAST && !self.heap.is_much())
    }

    /// All of them go to a file, and those that come too.
    fn spill(&mut self) -> Result<(), SpillError> {
        let name = format!("repeated-{}", self.task.task_attempt_id());
        let mut writer = self.task.env.local_dirs.create_spill(&name, 1)?;
        writer.write_all(std::mem::take(&mut self.values).into_iter(), || {
            self.task.kill_task_if_interrupted()
        })?;
        self.writer = Some(writer);
        self.task.metrics.memory_bytes_spilled(self.reservation.bytes());
        self.reservation.resize(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Context;

    /// Elements of two kinds, with little memory: how many bytes went to files.
    fn product(memory: &str, count: i64) {
        let context =
            Context::builder().master("local[2]").config("spark.driver.memory", memory).start().unwrap();
        let env = context.shuffle_cleaner().env();
        let few = context.range(0..5, 1, 2);
        let texts = context.range(0..count, 1, 2).map(|x| (x, format!("{x:030}")));
        let product = few.cartesian(&texts);
        let expected = (0..5).map(|x| x * count).sum::<i64>() + 5 * (0..count).sum::<i64>();
        assert_eq!(product.map(|(a, (b, _))| a + b).fold(0, |a, b| a + b).unwrap(), expected);
        // By `next`, and in order.
        let by_next = product.map_partitions(|mut pairs| std::iter::from_fn(move || pairs.next()));
        let pairs =
            by_next.filter(|(_, (x, text))| text.parse::<i64>().unwrap() == *x).map(|(a, (b, _))| (a, b));
        let mut expected = Vec::new();
        for (rows, columns) in
            [(0..2, 0..count / 2), (0..2, count / 2..count), (2..5, 0..count / 2), (2..5, count / 2..count)]
        {
            rows.for_each(|a| expected.extend(columns.clone().map(|b| (a, b))));
        }
        assert!(pairs.collect().unwrap() == expected);
        assert_eq!((env.memory.used(), env.local_dirs.files().len()), (0, 0));
        assert!(env.memory.peak() <= env.memory.region());
    }

    #[test]
    fn elements_that_fit_stay_in_memory_and_others_go_to_a_file() {
        product("64m", 10_000);
        product("256k", 20_000);
        product("256k", 7);
    }

    #[test]
    fn the_second_partition_is_computed_once() {
        let context = Context::builder().master("local[1]").start().unwrap();
        let computed = context.long_accumulator("computed");
        let second = context.range(0..3, 1, 1).map_with(computed.clone(), |computed, x| {
            computed.add(1);
            x
        });
        assert_eq!(context.range(0..4, 1, 1).cartesian(&second).count().unwrap(), 12);
        assert_eq!(computed.count(), 3);
        assert_eq!(context.range(0..0, 1, 1).cartesian(&second).count().unwrap(), 0);
        assert_eq!(computed.count(), 3, "not needed");
    }
}
