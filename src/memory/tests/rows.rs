use super::super::RowsEstimate;
use crate::text::{Chunk, Text};

const CHUNK: usize = 256 << 10;
const LEN: usize = 128;

fn chunk() -> Chunk {
    Chunk::new(vec![b'x'; CHUNK])
}

fn estimate(rows: &[(u32, Text)]) -> usize {
    let mut estimate = RowsEstimate::default();
    rows.iter().map(|row| estimate.add(row)).sum::<u64>() as usize
}

/// The texts of all of a chunk's bytes, one by one: whoever cuts it holds it until the last is there.
fn cut(estimate: &mut RowsEstimate, rows: &mut Vec<(u32, Text)>) -> usize {
    let chunk = chunk();
    let mut sum = 0;
    for at in (0..CHUNK).step_by(LEN) {
        let row = (1, chunk.slice(at..at + LEN));
        sum += estimate.add(&row);
        rows.push(row);
    }
    sum as usize
}

#[test]
fn texts_of_a_chunk_count_it_once() {
    let (mut estimate, mut rows) = (RowsEstimate::default(), Vec::new());
    let counted: usize = (0..20).map(|_| cut(&mut estimate, &mut rows)).sum();
    assert!((20 * CHUNK..21 * CHUNK).contains(&counted), "{counted}");
}

#[test]
fn few_texts_of_many_chunks_count_all_of_them() {
    for per_chunk in [1, 3, 50, 100] {
        let mut estimate = RowsEstimate::default();
        let (mut rows, mut counted) = (Vec::new(), 0);
        for _ in 0..30 {
            let chunk = chunk();
            for at in 0..per_chunk {
                let row = (1, chunk.slice(at * LEN..(at + 1) * LEN));
                counted += estimate.add(&row) as usize;
                rows.push(row);
            }
        }
        assert!((30 * CHUNK..32 * CHUNK).contains(&counted), "{per_chunk}: {counted}");
    }
}

#[test]
fn texts_of_chunks_that_others_fill_count_for_themselves() {
    let (mut unused, mut all) = (RowsEstimate::default(), Vec::new());
    (0..20).for_each(|_| assert!(cut(&mut unused, &mut all) > 0));
    // A reducer's part: some texts of each chunk.
    let part: Vec<_> = all.iter().step_by(100).cloned().collect();
    let counted = estimate(&part);
    assert!((part.len() * LEN..part.len() * 2 * LEN).contains(&counted), "{counted}");
}

#[test]
fn texts_with_chunks_of_their_own_count_as_strings_do() {
    let rows: Vec<_> = (0..1_000).map(|row| (row, Text::from("x".repeat(LEN)))).collect();
    let counted = estimate(&rows);
    assert!((1_000 * LEN..1_300 * LEN).contains(&counted), "{counted}");
}
