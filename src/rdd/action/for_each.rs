//! `for_each`: side effects on the executors.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResultFunction, action};
use crate::{
    JobFuture,
    code::Fun,
    context::CallSite,
    rdd::{Apply, Compute, Data, Rdd, With},
    task::{TaskContext, TaskError},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "G: Serialize + serde::de::DeserializeOwned")]
struct ForEach<G>(G);

impl<T, I: Iterator<Item = T>, G: Apply<T>> ResultFunction<I> for ForEach<G> {
    type Out = ();

    fn run(&self, items: I, _task: &Arc<TaskContext>) -> Result<(), TaskError> {
        items.for_each(|item| {
            self.0.apply(item);
        });
        Ok(())
    }
}

impl<P: Compute> Rdd<P> {
    action! {
        /// Calls a function with each element, on the executors. A task that is retried calls it again.
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        for_each, for_each_async = for_each_job [F] (function: F) -> ()
        where F: Fn(P::Item) + Copy + Send + Sync + 'static
    }

    fn for_each_job<F>(&self, call_site: CallSite, function: F) -> JobFuture<()>
    where
        F: Fn(P::Item) + Copy + Send + Sync + 'static,
    {
        self.for_each_of(call_site, Fun::new(function))
    }

    action! {
        /// As [`for_each`](Self::for_each), with data that travels beside the function.
        ///
        /// # Errors
        /// [`Error`](crate::Error) if the job cannot be planned or fails.
        for_each_with, for_each_with_async = for_each_with_job [E, F] (data: E, function: F) -> ()
        where E: Data, F: Fn(&E, P::Item) + Copy + Send + Sync + 'static
    }

    fn for_each_with_job<E, F>(&self, call_site: CallSite, data: E, function: F) -> JobFuture<()>
    where
        E: Data,
        F: Fn(&E, P::Item) + Copy + Send + Sync + 'static,
    {
        self.for_each_of(call_site, With::new(data, function))
    }

    fn for_each_of<G: Apply<P::Item>>(&self, call_site: CallSite, function: G) -> JobFuture<()> {
        let rdd = self.clone();
        JobFuture::new(
            &self.context,
            async move { rdd.run(ForEach(function), None, call_site, |_, ()| {}).await },
        )
    }
}
