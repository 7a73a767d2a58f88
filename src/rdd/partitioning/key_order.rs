//! [`KeyOrder`].

/// In which order the keys of an RDD are.
///
/// ```
/// use firesteel::rdd::KeyOrder;
/// let context = firesteel::Context::builder().master("local[2]").start()?;
/// let sorted = context.range(0..100, 1, 4).map(|x| (x % 10, x)).sort_by_key(true);
/// assert_eq!(sorted.filter(|pair| pair.1 > 5).key_order(), Some(KeyOrder::Ascending));
/// // This one has nothing to do any more, and takes no shuffle:
/// assert_eq!(sorted.sort_by_key(true).to_debug_string().matches("+-").count(), 1);
/// # Ok::<(), firesteel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrder {
    /// From the smallest key to the largest.
    Ascending,
    /// From the largest key to the smallest.
    Descending,
}

impl KeyOrder {
    pub(crate) fn new(ascending: bool) -> Self {
        if ascending { KeyOrder::Ascending } else { KeyOrder::Descending }
    }
}
