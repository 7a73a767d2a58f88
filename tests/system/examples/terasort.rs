//! The example `terasort`.

use super::{WAYS, fails, succeeds};
use crate::{
    harness::{Outcome, Scenario, scenario},
    support::{assert_contains, random},
};

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![scenario!(free records_are_sorted_and_checked), scenario!(free odd_sizes_of_terasort)]
}

/// The keys in order, and the checksum of ranks.
fn sorted(records: usize) -> (Vec<String>, u64) {
    let heads = random(1).map(|number| number >> 1);
    let keys = heads.zip(random(11).map(|number| number as u16)).zip(0u64..).take(records);
    let mut keys: Vec<(u64, u16, u64)> = keys.map(|((head, tail), number)| (head, tail, number)).collect();
    keys.sort();
    let weight =
        |(rank, (head, _, number)): (u64, &(u64, u16, u64))| rank.wrapping_mul(head.wrapping_add(3 * number));
    let ranked = (1..).zip(&keys).map(weight).fold(0, u64::wrapping_add);
    (keys.into_iter().map(|(head, tail, _)| format!("{head:016x}{tail:04x}")).collect(), ranked)
}

fn records_are_sorted_and_checked() -> Outcome {
    let (keys, ranked) = sorted(5_000);
    let mut digests = Vec::new();
    for way in WAYS {
        let printed = succeeds("terasort", &[&["--records", "5000"], &way[..]].concat())?;
        let lines: Vec<&str> = printed.lines().collect();
        assert!(lines[0].starts_with("generated 5000 records, 0.5 MiB, digest "), "{printed}");
        assert_eq!(lines[2], "in order, with the same count and digest");
        let keys = format!("keys from {} to {}, checksum of ranks {ranked}", keys[0], keys[4_999]);
        assert_eq!(lines[3], keys);
        let digest = lines[0].split("digest ").nth(1).and_then(|rest| rest.split(':').next());
        digests.push(digest.unwrap().to_owned());
    }
    assert!(digests[0].len() == 16 && digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    Ok(())
}

fn odd_sizes_of_terasort() -> Outcome {
    let (keys, ranked) = sorted(1);
    let printed = succeeds("terasort", &["--records", "1", "--partitions", "5"])?;
    assert_contains(&printed, &[&format!("keys from {0} to {0}, checksum of ranks {ranked}", keys[0])]);
    fails("terasort", &["--records", "0"], 2)?;
    assert_contains(&fails("terasort", &["--partitions", "0"], 1)?, &["cannot have 0 partitions"]);
    Ok(())
}
