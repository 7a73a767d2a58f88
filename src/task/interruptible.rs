//! Looks at the kill flag while elements pass.

use std::sync::Arc;

use super::TaskContext;

/// Elements between two looks.
const EVERY: u32 = 1024;

/// An iterator that ends its task when that was asked to end: for sources and shuffle readers, at which every chain
/// begins.
#[derive(Clone, Debug)]
pub struct Interruptible<I> {
    items: I,
    passed: u32,
    task: Arc<TaskContext>,
}

impl<I> Interruptible<I> {
    pub(crate) fn new(items: I, task: &Arc<TaskContext>) -> Self {
        Interruptible { items, passed: 0, task: task.clone() }
    }
}

impl<I: Iterator> Iterator for Interruptible<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        if self.passed.is_multiple_of(EVERY) {
            self.task.kill_task_if_interrupted();
        }
        self.passed = self.passed.wrapping_add(1);
        self.items.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, I::Item) -> B>(self, init: B, mut f: F) -> B {
        let Interruptible { items, mut passed, task } = self;
        items.fold(init, move |sum, item| {
            if passed.is_multiple_of(EVERY) {
                task.kill_task_if_interrupted();
            }
            passed = passed.wrapping_add(1);
            f(sum, item)
        })
    }
}
