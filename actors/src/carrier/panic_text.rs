//! What a panic said.

use std::any::Any;

/// The text of a panic, from the payload that [`catch_unwind`](std::panic::catch_unwind) or a thread's `join` gives.
pub fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic whose payload is no text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_and_anything_else_is_said_to_be_none() {
        assert_eq!(panic_text(&"fixed"), "fixed");
        assert_eq!(panic_text(&"made".to_owned()), "made");
        assert_eq!(panic_text(&7), "a panic whose payload is no text");
    }
}
