//! Reading an answer, as its messages come.

use firesteel_actors::ExecutorId;

use super::{
    FetchError,
    protocol::{Item, MAX_HEAD, decode},
};

/// Who wants an answer. Called on the connection's thread: be quick.
pub(super) trait Answered: Send {
    /// A piece of the answer's stream. After an error the connection ends.
    fn stream(&mut self, bytes: &[u8]) -> Result<(), FetchError>;

    /// There is no more: the answer is complete, or why it is not.
    fn end(self: Box<Self>, result: Result<(), FetchError>);

    /// Whether nobody waits any more.
    fn is_abandoned(&self) -> bool;
}

/// What becomes of a stream's items.
pub(super) trait Items {
    /// An item begins; how many bytes of data it has.
    fn item(&mut self, item: Item) -> Result<u64, FetchError>;

    /// Some of its data.
    fn data(&mut self, bytes: &[u8]) -> Result<(), FetchError>;

    /// It is complete.
    fn item_end(&mut self) -> Result<(), FetchError>;
}

/// Cuts a stream into items.
#[derive(Debug)]
pub(super) struct StreamReader {
    executor_id: ExecutorId,
    /// The length of a head and what is there of it.
    head: Vec<u8>,
    /// Bytes of data that are to come; `None`: a head is.
    left: Option<u64>,
}

impl StreamReader {
    pub(super) fn new(executor_id: ExecutorId) -> Self {
        StreamReader { executor_id, head: Vec::new(), left: None }
    }

    pub(super) fn malformed(&self, what: &'static str) -> FetchError {
        FetchError::Malformed { executor_id: self.executor_id, what }
    }

    /// Whether the stream may end here.
    pub(super) fn is_between_items(&self) -> bool {
        self.left.is_none() && self.head.is_empty()
    }

    pub(super) fn read(&mut self, mut bytes: &[u8], items: &mut impl Items) -> Result<(), FetchError> {
        loop {
            if let Some(left) = self.left {
                let some = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let (data, rest) = bytes.split_at(some);
                if !data.is_empty() {
                    items.data(data)?;
                }
                bytes = rest;
                let left = left - some as u64;
                if left > 0 {
                    self.left = Some(left);
                    return Ok(());
                }
                self.left = None;
                items.item_end()?;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            bytes = self.read_head(bytes, items)?;
        }
    }

    /// Reads of a head what is there of it; the bytes behind it.
    fn read_head<'b>(&mut self, bytes: &'b [u8], items: &mut impl Items) -> Result<&'b [u8], FetchError> {
        let (length, bytes) = bytes.split_at(4usize.saturating_sub(self.head.len()).min(bytes.len()));
        self.head.extend_from_slice(length);
        let Some((length, there)) = self.head.split_first_chunk() else { return Ok(bytes) };
        let length = u32::from_le_bytes(*length) as usize;
        if length > MAX_HEAD {
            return Err(self.malformed("the length of a head"));
        }
        let (more, bytes) = bytes.split_at((length - there.len()).min(bytes.len()));
        self.head.extend_from_slice(more);
        let head = self.head.get(4..).unwrap_or_default();
        if head.len() == length {
            let item = decode(head).ok_or_else(|| self.malformed("a head"))?;
            self.head.clear();
            self.left = Some(items.item(item)?);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::protocol::{Refusal, push_item},
        *,
    };

    #[derive(Default)]
    struct Seen(Vec<(Item, Vec<u8>)>, usize);

    impl Items for Seen {
        fn item(&mut self, item: Item) -> Result<u64, FetchError> {
            let length = if let Item::Bytes(length) = item { length } else { 0 };
            self.0.push((item, Vec::new()));
            Ok(length)
        }

        fn data(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
            self.0.last_mut().unwrap().1.extend_from_slice(bytes);
            Ok(())
        }

        fn item_end(&mut self) -> Result<(), FetchError> {
            self.1 += 1;
            Ok(())
        }
    }

    #[test]
    fn items_are_found_however_the_stream_is_cut() {
        let mut stream = Vec::new();
        for length in [0u64, 5, 300] {
            push_item(&mut stream, &Item::Bytes(length));
            stream.extend((0..length).map(|byte| byte as u8));
            push_item(&mut stream, &Item::Refused(Refusal::NoOutput));
        }
        for cut in 1..=stream.len() {
            let (mut reader, mut seen) = (StreamReader::new(ExecutorId(1)), Seen::default());
            for bytes in stream.chunks(cut) {
                reader.read(bytes, &mut seen).unwrap();
            }
            assert!(reader.is_between_items() && seen.1 == 6);
            let lengths: Vec<usize> = seen.0.iter().map(|(_, data)| data.len()).collect();
            assert_eq!(lengths, [0, 0, 5, 0, 300, 0]);
        }
        let (mut reader, mut seen) = (StreamReader::new(ExecutorId(1)), Seen::default());
        reader.read(&stream[..stream.len() - 1], &mut seen).unwrap();
        assert!(!reader.is_between_items());
    }

    #[test]
    fn a_head_that_is_too_long_is_refused_before_it_is_kept() {
        let mut reader = StreamReader::new(ExecutorId(1));
        let error = reader.read(&[0xff; 64], &mut Seen::default()).unwrap_err();
        assert!(matches!(error, FetchError::Malformed { what: "the length of a head", .. }));
        let mut reader = StreamReader::new(ExecutorId(1));
        let error = reader.read(&[1, 0, 0, 0, 0xc1], &mut Seen::default()).unwrap_err();
        assert!(matches!(error, FetchError::Malformed { what: "a head", .. }));
    }
}
