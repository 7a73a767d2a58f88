//! [`splits()`]: how files become partitions.

use super::{FileSplit, InputFile};

/// The block size of Hadoop's local file system: no split is much longer.
const BLOCK_SIZE: u64 = 32 << 20;
/// The last split of a file may be longer than the others by this factor, so that none is tiny.
const SLOP: f64 = 1.1;

/// Cuts files into splits, in order, as Hadoop's `FileInputFormat` does: for about `min_partitions` splits,
/// of at most 32 MiB (the last of a file 10 % more). No split spans two files; a file that is compressed or
/// empty is one split.
///
/// There may be more splits than `min_partitions`, as every file has its own, and fewer if files are
/// compressed or not much longer than a split.
///
/// ```
/// use firesteel::text::input::{InputFile, splits};
///
/// let files = [InputFile::new("/data/a".into(), 100), InputFile::new("/data/b.gz".into(), 100)];
/// let splits = splits(&files, 4);
/// let cuts: Vec<(u64, u64)> = splits.iter().map(|split| (split.start, split.len)).collect();
/// assert_eq!(cuts, [(0, 50), (50, 50), (0, 100)]);
/// ```
#[must_use]
pub fn splits(files: &[InputFile], min_partitions: usize) -> Vec<FileSplit> {
    let total = files.iter().fold(0_u64, |total, file| total.saturating_add(file.len));
    let goal = total / (min_partitions.max(1) as u64);
    let size = goal.clamp(1, BLOCK_SIZE);

    let mut splits = Vec::new();
    for file in files {
        let whole = FileSplit::whole_of(file);
        if !file.splittable || file.len == 0 {
            splits.push(whole);
            continue;
        }
        let mut start = 0;
        while (file.len - start) as f64 / size as f64 > SLOP {
            splits.push(FileSplit { start, len: size, ..whole.clone() });
            start += size;
        }
        if start < file.len {
            splits.push(FileSplit { start, len: file.len - start, ..whole });
        }
    }
    splits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(lens: &[u64], min_partitions: usize) -> Vec<(u64, u64)> {
        let files: Vec<InputFile> = lens.iter().map(|&len| InputFile::new("/f".into(), len)).collect();
        splits(&files, min_partitions).into_iter().map(|split| (split.start, split.len)).collect()
    }

    #[test]
    fn as_hadoop_cuts() {
        assert_eq!(cuts(&[], 2), []);
        assert_eq!(cuts(&[0], 2), [(0, 0)]);
        assert_eq!(cuts(&[10], 0), [(0, 10)]);
        assert_eq!(cuts(&[10], 2), [(0, 5), (5, 5)]);
        // 11 bytes for two: the goal is 5, six are left, which is more than 10 % above.
        assert_eq!(cuts(&[11], 2), [(0, 5), (5, 5), (10, 1)]);
        // 21 bytes: the goal is 10, eleven are exactly 10 % above.
        assert_eq!(cuts(&[21], 2), [(0, 10), (10, 11)]);
        assert_eq!(cuts(&[3], 100), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(cuts(&[4, 0, 8], 3), [(0, 4), (0, 0), (0, 4), (4, 4)]);
    }

    #[test]
    fn blocks_bound_the_size() {
        const MIB: u64 = 1 << 20;
        assert_eq!(cuts(&[70 * MIB], 1), [(0, 32 * MIB), (32 * MIB, 32 * MIB), (64 * MIB, 6 * MIB)]);
        assert_eq!(cuts(&[35 * MIB], 1), [(0, 35 * MIB)]);
    }

    #[test]
    fn every_byte_is_in_one_split() {
        for len in 0..200 {
            for min_partitions in 0..20 {
                let mut at = 0;
                for (start, len) in cuts(&[len], min_partitions) {
                    assert_eq!(start, at);
                    at += len;
                }
                assert_eq!(at, len);
            }
        }
    }
}
