//! How many partitions an operator has: known when it is made, or only when a job is planned.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::rdd::{Deferred, PlanError, RddNode};

/// A partition count. Files are listed by the first action and not before, so the count of what is made from them
/// may come late.
#[derive(Clone)]
pub(crate) struct PartitionCount {
    operation: &'static str,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Given(usize),
    Late(Arc<Late>),
}

/// As many as the largest of some RDDs.
struct Late {
    /// Empty when it is found: what keeps the count keeps no lineage.
    parents: Mutex<Vec<Deferred<Arc<RddNode>>>>,
    found: OnceLock<usize>,
}

impl Late {
    fn lock_parents(&self) -> MutexGuard<'_, Vec<Deferred<Arc<RddNode>>>> {
        self.parents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartitionCount {
    /// A count that the program said or that is known. Whether it can be is checked when a job is planned.
    pub(crate) fn given(operation: &'static str, count: usize) -> Self {
        PartitionCount { operation, form: Form::Given(count) }
    }

    /// As many as the largest of these, found out when a job is planned.
    pub(crate) fn largest_of<'a>(
        operation: &'static str,
        parents: impl IntoIterator<Item = &'a Arc<RddNode>>,
    ) -> Self {
        let parents = parents.into_iter().map(|parent| Deferred::new(parent.clone())).collect();
        let late = Late { parents: Mutex::new(parents), found: OnceLock::new() };
        PartitionCount { operation, form: Form::Late(Arc::new(late)) }
    }

    /// The count. An error is not remembered: the file may be there next time.
    pub(crate) fn get(&self) -> Result<usize, PlanError> {
        let late = match &self.form {
            Form::Given(count) => return PlanError::check_count(self.operation, *count),
            Form::Late(late) => late,
        };
        if let Some(count) = late.found.get() {
            return Ok(*count);
        }
        // Sources may be empty; what is made from them has one empty partition.
        let mut largest = 1;
        let parents: Vec<Arc<RddNode>> =
            late.lock_parents().iter().map(|parent| Arc::clone(parent)).collect();
        for parent in &parents {
            largest = largest.max(parent.num_partitions()?);
        }
        let count = PlanError::check_count(self.operation, largest)?;
        // If another thread was faster there may have been no parents any more, but then this is its count.
        let count = *late.found.get_or_init(|| count);
        // Outside of the lock: a whole lineage may go.
        let lineages = std::mem::take(&mut *late.lock_parents());
        drop(lineages);
        Ok(count)
    }

    /// The count, if it is known already.
    pub(crate) fn known(&self) -> Option<usize> {
        match &self.form {
            Form::Given(count) => Some(*count),
            Form::Late(late) => late.found.get().copied(),
        }
    }

    /// Whether two counts are surely the same.
    pub(crate) fn is_same(&self, other: &PartitionCount) -> bool {
        match (&self.form, &other.form) {
            (Form::Late(a), Form::Late(b)) if Arc::ptr_eq(a, b) => true,
            _ => self.known().is_some_and(|count| other.known() == Some(count)),
        }
    }
}

impl fmt::Debug for PartitionCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some(count) => count.fmt(f),
            None => f.write_str("?"),
        }
    }
}
