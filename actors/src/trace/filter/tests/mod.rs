//! Tests of filters.

mod accepts;
mod causality;
mod errors;
mod noise;
mod payloads;

use super::{super::Messages, Filter};

/// The numbers of the messages that a filter lets through.
fn accepted(filter: &str, messages: &Messages) -> Vec<u64> {
    let mut filter: Filter = filter.parse().unwrap_or_else(|error| panic!("{error}"));
    filter.prepare(messages).unwrap();
    messages.iter().filter(|record| filter.accepts(record)).map(|record| record.number).collect()
}
