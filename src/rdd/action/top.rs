//! `top` and `take_ordered`: the largest and the smallest elements.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    JobFuture,
    context::CallSite,
    rdd::{Compute, Data, Rdd},
    task::{TaskContext, TaskError},
};

/// Keeps the largest elements it is given, in no order.
struct Largest<T> {
    most: usize,
    heap: BinaryHeap<Reverse<T>>,
}

impl<T: Ord> Largest<T> {
    fn new(most: usize) -> Self {
        Largest { most, heap: BinaryHeap::new() }
    }

    fn offer(&mut self, item: T) {
        if self.heap.len() < self.most {
            self.heap.push(Reverse(item));
        } else if let Some(mut smallest) = self.heap.peek_mut()
            && smallest.0 < item
        {
            smallest.0 = item;
        }
    }

    fn into_vec(self) -> Vec<T> {
        self.heap.into_iter().map(|Reverse(item)| item).collect()
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Top {
    most: usize,
}

impl<T: Data + Ord, I: Iterator<Item = T>> ResultFunction<I> for Top {
    type Out = Vec<T>;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<Vec<T>, TaskError> {
        let mut largest = Largest::new(self.most);
        items.for_each(|item| largest.offer(item));
        Ok(largest.into_vec())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TakeOrdered {
    most: usize,
}

impl<T: Data + Ord, I: Iterator<Item = T>> ResultFunction<I> for TakeOrdered {
    type Out = Vec<T>;

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<Vec<T>, TaskError> {
        let mut smallest = Largest::new(self.most);
        items.for_each(|item| smallest.offer(Reverse(item)));
        Ok(smallest.into_vec().into_iter().map(|Reverse(item)| item).collect())
    }
}

impl<P: Compute> Rdd<P> {
    action! {
        /// The `count` smallest elements, smallest first. No more than that of each partition comes to the driver.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// assert_eq!(context.parallelize(vec![3, 9, 1, 7], 2).take_ordered(2)?, [1, 3]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        take_ordered, take_ordered_async = take_ordered_job (count: usize) -> Vec<P::Item>
        where P::Item: Data + Ord
    }

    fn take_ordered_job(&self, call_site: CallSite, count: usize) -> JobFuture<Vec<P::Item>>
    where
        P::Item: Data + Ord,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut smallest = Largest::new(count);
            rdd.run(TakeOrdered { most: count }, None, call_site, |_, part: Vec<P::Item>| {
                part.into_iter().for_each(|item| smallest.offer(Reverse(item)));
            })
            .await?;
            let mut items: Vec<P::Item> = smallest.into_vec().into_iter().map(|Reverse(item)| item).collect();
            items.sort();
            Ok(items)
        })
    }

    action! {
        /// The `count` largest elements, largest first.
        ///
        /// ```
        /// let context = firesteel::Context::builder().master("local[2]").start()?;
        /// assert_eq!(context.parallelize(vec![3, 9, 1, 7], 2).top(2)?, [9, 7]);
        /// # Ok::<(), firesteel::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        top, top_async = top_job (count: usize) -> Vec<P::Item> where P::Item: Data + Ord
    }

    fn top_job(&self, call_site: CallSite, count: usize) -> JobFuture<Vec<P::Item>>
    where
        P::Item: Data + Ord,
    {
        let rdd = self.clone();
        JobFuture::new(&self.context, async move {
            let mut largest = Largest::new(count);
            rdd.run(Top { most: count }, None, call_site, |_, part: Vec<P::Item>| {
                part.into_iter().for_each(|item| largest.offer(item));
            })
            .await?;
            let mut items = largest.into_vec();
            items.sort_by(|a, b| b.cmp(a));
            Ok(items)
        })
    }
}
