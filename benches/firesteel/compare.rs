//! Comparing two ways to do the same work, in runs that take turns.
//!
//! A machine's speed drifts by far more than the differences of interest, so only runs side by side say anything:
//! the ratio is the median over the pairs of each pair's own ratio. Answers are checked by whoever runs the sides.

use std::error::Error;

/// One run of one side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
    /// The most memory that it had resident, in bytes.
    pub(crate) peak_rss_bytes: u64,
}

/// One quantity of both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measure {
    /// The subject's median.
    pub(crate) subject: f64,
    /// The baseline's median.
    pub(crate) baseline: f64,
    /// The median of subject / baseline over the pairs; not the quotient of the medians.
    pub(crate) ratio: f64,
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison {
    /// The seconds.
    pub(crate) seconds: Measure,
    /// The peaks of resident memory, in bytes.
    pub(crate) peak_rss_bytes: Measure,
}

/// A side of a comparison: runs once and gives its sample.
pub(crate) type Side<'a> = &'a mut dyn FnMut() -> Result<Sample, Box<dyn Error>>;

/// Runs each side once to warm up, then `pairs` times (at least once) in turn; prints what it finds, under
/// `name`, to standard error.
///
/// # Errors
/// The first error of a side.
pub(crate) fn in_turn(
    name: &str,
    pairs: usize,
    subject: Side<'_>,
    baseline: Side<'_>,
) -> Result<Comparison, Box<dyn Error>> {
    subject()?;
    baseline()?;
    let mut samples = Vec::with_capacity(pairs);
    for _ in 0..pairs.max(1) {
        samples.push((subject()?, baseline()?));
    }
    let comparison = Comparison {
        seconds: measure(&samples, |sample| sample.seconds),
        peak_rss_bytes: measure(&samples, |sample| sample.peak_rss_bytes as f64),
    };
    print(name, &samples, &comparison);
    Ok(comparison)
}

fn measure(samples: &[(Sample, Sample)], of: impl Fn(&Sample) -> f64) -> Measure {
    Measure {
        subject: median(samples.iter().map(|(subject, _)| of(subject))),
        baseline: median(samples.iter().map(|(_, baseline)| of(baseline))),
        ratio: median(samples.iter().map(|(subject, baseline)| of(subject) / of(baseline))),
    }
}

/// The middle value, or the mean of the two in the middle; not a number if there are no values.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    match values.as_slice() {
        [] => f64::NAN,
        sorted if sorted.len() % 2 == 1 => sorted[sorted.len() / 2],
        sorted => f64::midpoint(sorted[sorted.len() / 2 - 1], sorted[sorted.len() / 2]),
    }
}

fn print(name: &str, samples: &[(Sample, Sample)], comparison: &Comparison) {
    let Comparison { seconds, peak_rss_bytes } = comparison;
    let side = |what: &str, of: &dyn Fn(&(Sample, Sample)) -> Sample, median: f64, peak: f64| {
        let least = samples.iter().map(|pair| of(pair).seconds).fold(f64::INFINITY, f64::min);
        let most = samples.iter().map(|pair| of(pair).seconds).fold(0.0, f64::max);
        eprintln!(
            "  {what:<8} {median:.3} s ({least:.3} to {most:.3}), peak {:.1} MiB",
            peak / f64::from(1 << 20)
        );
    };
    eprintln!("{name}: medians of {} runs in turn", samples.len());
    side("subject", &|pair| pair.0, seconds.subject, peak_rss_bytes.subject);
    side("baseline", &|pair| pair.1, seconds.baseline, peak_rss_bytes.baseline);
    eprintln!("  ratio    {:.3} of the time, {:.3} of the memory", seconds.ratio, peak_rss_bytes.ratio);
}
