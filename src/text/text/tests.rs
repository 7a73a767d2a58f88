//! Every length, every range, and the counts of the chunk.

use super::*;

/// Bytes that tell their place, none of them zero.
fn sample(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8 + 1).collect()
}

#[test]
fn keeps_bytes_of_every_length() {
    for len in 0..=70 {
        let bytes = sample(len);
        let text = Text::from(bytes.as_slice());
        assert_eq!(text.as_bytes(), bytes);
        assert_eq!((text.len(), text.is_empty()), (len, len == 0));
        assert_eq!(text.inline_words().is_some(), len <= INLINE);
        assert_eq!(Text::from(bytes), text);
        assert_eq!(text.clone().as_bytes(), text.as_bytes());
    }
}

#[test]
fn slices_of_every_range_of_chunks_and_texts() {
    let bytes = sample(60);
    let chunk = Chunk::new(bytes.clone());
    let whole = chunk.slice(..);
    for start in 0..=bytes.len() {
        for end in start..=bytes.len() {
            let slice = chunk.slice(start..end);
            assert_eq!(slice.as_bytes(), &bytes[start..end]);
            assert_eq!(slice, whole.slice(start..end));
            assert_eq!(slice, Text::from(&bytes[start..end]));
            assert_eq!(whole.slice(start..).slice(..end - start), slice);
        }
    }
}

#[test]
fn long_slices_share_their_chunk_and_free_it() {
    let chunk = Chunk::new(sample(1000));
    let text = chunk.slice(100..900);
    let part = text.slice(1..=700);
    assert_eq!(part.as_bytes().as_ptr(), chunk.as_bytes()[101..].as_ptr());
    let clone = part.clone();
    assert_eq!(Arc::strong_count(chunk.shared()), 4);
    drop((text, part));
    assert_eq!(Arc::strong_count(chunk.shared()), 2);
    drop(clone);
    assert_eq!(Arc::strong_count(chunk.shared()), 1);
}

#[test]
fn a_chunk_is_freed_by_the_last_of_many_threads() {
    let text = Text::from(sample(1000));
    std::thread::scope(|scope| {
        for i in 0..8 {
            let text = text.slice(i..);
            scope.spawn(move || (0..100).for_each(|j| assert_eq!(text.clone()[j], sample(1000)[i + j])));
        }
    });
}

#[test]
#[should_panic(expected = "out of range")]
fn a_range_outside_panics() {
    let _ = Text::from("abc").slice(2..5);
}

#[test]
#[should_panic(expected = "out of the text")]
fn a_cut_outside_of_the_text_panics_though_its_chunk_is_longer() {
    let text = Chunk::new(sample(100)).slice(..50);
    let _ = text.cut(text.window(), 10, 51);
}

#[test]
fn trims_white_space() {
    for (text, trimmed) in
        [("", ""), ("  ", ""), (" a b\t", "a b"), ("a", "a"), ("\x0B\na\r\x0C", "a"), ("\u{a0}", "\u{a0}")]
    {
        assert_eq!(Text::from(text).trim(), trimmed, "{text:?}");
    }
}

#[test]
fn finds_bytes() {
    let text = Text::from("a needle in a haystack that is long");
    assert!(text.contains(b"needle") && text.contains(b"") && !text.contains(b"needles"));
    assert!(text.starts_with(b"a n") && text.starts_with(b"") && !text.starts_with(b"needle"));
}

#[test]
fn parses_also_what_is_not_utf8() {
    assert_eq!(Text::from("-17").parse::<i32>(), Ok(-17));
    assert!(Text::from("x").parse::<i32>().is_err());
    assert_eq!(Text::from(&b"a\xFF"[..]).parse::<String>(), Ok("a\u{fffd}".to_owned()));
    assert!(Text::from(&b"a\xFF"[..]).to_str().is_err());
    assert_eq!(Text::from("\u{e9}").to_str(), Ok("\u{e9}"));
}

#[test]
fn can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Text>();
}
