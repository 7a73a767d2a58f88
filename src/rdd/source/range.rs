//! `range`: numbers that nobody has to hold.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Context,
    context::CallSite,
    rdd::{Compute, PlanError, Rdd},
    task::{TaskContext, TaskError},
};

/// Numbers between two looks at the task's kill flag.
const KILL_CHECK: i64 = 1024;

/// The operator of [`Context::range`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RangeSource {
    start: i64,
    end: i64,
    step: i64,
    num_slices: usize,
}

impl RangeSource {
    /// How many numbers there are.
    fn count(&self) -> u128 {
        let (start, end, step) = (i128::from(self.start), i128::from(self.end), i128::from(self.step));
        let distance = if step > 0 { end - start } else { start - end };
        if step == 0 || distance <= 0 { 0 } else { (distance as u128).div_ceil(step.unsigned_abs()) }
    }

    /// The number at a position, which may be one past the last.
    fn at(&self, position: u128) -> i64 {
        let value = i128::from(self.start) + position as i128 * i128::from(self.step);
        value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }
}

impl Compute for RangeSource {
    type Item = i64;
    /// First number, and how many.
    type Split = (i64, u64);
    type Iter = RangeIter;

    fn num_partitions(&self) -> Result<usize, PlanError> {
        if self.step == 0 {
            return Err(PlanError::ZeroStep);
        }
        PlanError::check_count("range", self.num_slices)
    }

    fn known_num_partitions(&self) -> Option<usize> {
        Some(self.num_slices)
    }

    fn split(&self, index: usize) -> Result<(i64, u64), PlanError> {
        let cut = |index: usize| index as u128 * self.count() / self.num_slices as u128;
        Ok((self.at(cut(index)), (cut(index + 1) - cut(index)) as u64))
    }

    fn compute(&self, (next, left): Self::Split, task: &Arc<TaskContext>) -> Result<RangeIter, TaskError> {
        task.kill_task_if_interrupted();
        Ok(RangeIter { next, left, step: self.step, task: task.clone() })
    }
}

/// The iterator of [`RangeSource`].
#[derive(Clone, Debug)]
pub struct RangeIter {
    next: i64,
    left: u64,
    step: i64,
    task: Arc<TaskContext>,
}

impl Iterator for RangeIter {
    type Item = i64;

    #[inline]
    fn next(&mut self) -> Option<i64> {
        if self.left == 0 {
            return None;
        }
        if self.left.is_multiple_of(KILL_CHECK as u64) {
            self.task.kill_task_if_interrupted();
        }
        self.left -= 1;
        let number = self.next;
        // One past the last may not exist.
        self.next = number.wrapping_add(self.step);
        Some(number)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).ok();
        (left.unwrap_or(usize::MAX), left)
    }

    #[inline]
    fn fold<B, F: FnMut(B, i64) -> B>(mut self, init: B, mut f: F) -> B {
        let mut sum = init;
        while self.left > 0 {
            self.task.kill_task_if_interrupted();
            // A plain inner loop, which the compiler can turn into vector code.
            let run = self.left.min(KILL_CHECK as u64);
            for _ in 0..run {
                sum = f(sum, self.next);
                self.next = self.next.wrapping_add(self.step);
            }
            self.left -= run;
        }
        sum
    }
}

impl Context {
    /// An RDD of the numbers of a range, every `step`-th one, cut into `num_slices` partitions. The step may be
    /// negative; then the range goes down from its start to above its end.
    ///
    /// ```
    /// let context = firesteel::Context::builder().master("local[2]").start()?;
    /// assert_eq!(context.range(0..10, 3, 2).collect()?, [0, 3, 6, 9]);
    /// assert_eq!(context.range(3..0, -1, 2).collect()?, [3, 2, 1]);
    /// # Ok::<(), firesteel::Error>(())
    /// ```
    #[track_caller]
    #[allow(clippy::reversed_empty_ranges)]
    pub fn range(&self, range: Range<i64>, step: i64, num_slices: usize) -> Rdd<RangeSource> {
        let op = RangeSource { start: range.start, end: range.end, step, num_slices };
        Rdd::new(self, "RangeRDD", CallSite::here("range"), Vec::new(), op)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_hold_every_number_once_also_at_the_edges_of_i64() {
        for (start, end, step) in [
            (0, 10, 1),
            (0, 10, 3),
            (5, 5, 1),
            (9, 0, -2),
            (i64::MIN, i64::MAX, i64::MAX),
            (i64::MAX - 3, i64::MAX, 2),
        ] {
            for num_slices in 1..5 {
                let source = RangeSource { start, end, step, num_slices };
                let mut numbers = Vec::new();
                for index in 0..num_slices {
                    let (mut next, left) = source.split(index).unwrap();
                    for _ in 0..left {
                        numbers.push(next);
                        next = next.wrapping_add(step);
                    }
                }
                let expected: Vec<i64> =
                    std::iter::successors(Some(i128::from(start)), |n| Some(n + i128::from(step)))
                        .take_while(|n| if step > 0 { *n < i128::from(end) } else { *n > i128::from(end) })
                        .map(|n| n as i64)
                        .collect();
                assert_eq!(numbers, expected, "{start}..{end} step {step} in {num_slices}");
            }
        }
    }
}
