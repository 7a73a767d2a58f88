//! Texts in payloads.

use super::accepted;
use crate::trace::{
    filter::Filter,
    sample::{sample, with_payloads},
};

#[test]
fn texts_are_found_in_what_messages_say() {
    let messages = with_payloads();
    for (filter, expected) in [
        ("text ~ \"duplicate EXECUTOR\"", &[0][..]),
        ("text ~ duplicate and to = Executor", &[0]),
        ("text ~ \"Duplicate\" or ReviveOffers", &[0, 1]),
        ("not text ~ Duplicate", &[1]),
        ("text ~ 'a text that is nowhere'", &[]),
    ] {
        assert_eq!(accepted(filter, &messages), expected, "{filter}");
    }
}

#[test]
fn heads_decide_where_they_can_and_payloads_are_asked_for_where_not() {
    let messages = sample();
    let judged = |filter: &str| -> Vec<Option<bool>> {
        let mut filter: Filter = filter.parse().unwrap();
        messages.iter().take(3).map(|record| filter.judge(record)).collect()
    };
    assert_eq!(judged("text ~ x"), [None, None, None]);
    assert_eq!(judged("not text ~ x"), [None, None, None]);
    assert_eq!(judged("text ~ x and JobStart"), [Some(false), None, Some(false)]);
    assert_eq!(judged("text ~ x or JobStart"), [None, Some(true), None]);
    let mut filter: Filter = "text ~ x".parse().unwrap();
    assert!(!messages.iter().any(|record| filter.accepts(record)));
}
