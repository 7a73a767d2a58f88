//! Why a job could not even be submitted.

use thiserror::Error;

use crate::text::input::InputError;

/// Why a job could not be planned. Found by the action, on the caller's thread: transformations never fail.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The input files cannot be listed.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A partition count that cannot be.
    #[error("{operation} cannot have {requested} partitions: it takes 1 to {}", PlanError::MAX_PARTITIONS)]
    PartitionCount {
        /// The transformation.
        operation: &'static str,
        /// The count.
        requested: usize,
    },
    /// A shuffle with too many parts.
    #[error(
        "{operation} from {maps} into {reduces} partitions has too many parts: choose fewer partitions on one side"
    )]
    TooManyParts {
        /// The transformation.
        operation: &'static str,
        /// Its map tasks.
        maps: usize,
        /// Its reduce partitions.
        reduces: usize,
    },
    /// A step of a range that cannot be.
    #[error("step cannot be 0")]
    ZeroStep,
    /// A job on a partition that there is not.
    #[error(
        "Attempting to access a non-existent partition: {partition}. Total number of partitions: {total}"
    )]
    NoSuchPartition {
        /// Which.
        partition: usize,
        /// How many there are.
        total: usize,
    },
    /// A job on RDDs of two contexts.
    #[error("{rdd} belongs to another context: collect it and make an RDD of the result where it is needed")]
    OtherContext {
        /// The RDD that is not of the job's context.
        rdd: String,
    },
    /// Too many boxed levels in one stage.
    #[error(
        "a stage of {levels} boxed operators is too deep (at most {}): put a shuffle between, or make several steps \
         one with map_partitions",
        PlanError::MAX_BOXED_LEVELS
    )]
    TooDeep {
        /// How many levels it has.
        levels: usize,
    },
    /// A partition does not serialize.
    #[error("partition {partition} of {rdd} does not serialize: {reason}")]
    PartitionNotSerializable {
        /// The RDD.
        rdd: String,
        /// Which partition.
        partition: usize,
        /// What is wrong.
        reason: String,
    },
    /// Two RDDs that are zipped differ.
    #[error("Can't zip RDDs with unequal numbers of partitions: {first} and {second}")]
    UnequalPartitions {
        /// How many partitions the one has.
        first: usize,
        /// How many the other has.
        second: usize,
    },
    /// A partition whose elements are not counted yet.
    #[error("the elements before partition {partition} have not been counted")]
    NotCounted {
        /// Which.
        partition: usize,
    },
    /// Partitions that are not known before a job has found out their sizes.
    #[error("coalesce_by_size: how many partitions there are is not known before an action has run")]
    NotSized,
    /// Partitions are coalesced by their sizes in a shuffle, and there is none.
    #[error(
        "coalesce_by_size: the partitions of {rdd} are not those of a shuffle, so their sizes are not known: take \
         coalesce, or put it behind a shuffle such as reduce_by_key, with steps such as map between at most"
    )]
    NoShuffle {
        /// The RDD.
        rdd: String,
    },
    /// A sample that cannot be.
    #[error(
        "cannot sample the fraction {fraction}: it is {}",
        if *with_replacement { "to be nonnegative and at most 1000000" } else { "to be on interval [0, 1]" }
    )]
    Fraction {
        /// How much of the elements.
        fraction: f64,
        /// Whether an element may be chosen again.
        with_replacement: bool,
    },
    /// Weights that cannot be.
    #[error("Weights must be nonnegative and their sum positive, but got {weights:?}")]
    Weights {
        /// The weights.
        weights: Vec<f64>,
    },
    /// A tree without levels.
    #[error("Depth must be greater than or equal to 1 but got {depth}.")]
    TreeDepth {
        /// Its levels.
        depth: usize,
    },
    /// A histogram that cannot be.
    #[error("cannot make a histogram: {reason}")]
    Histogram {
        /// What is wrong.
        reason: &'static str,
    },
    /// A checkpoint is to be written, and nobody said where.
    #[error("Checkpoint directory has not been set in the SparkContext")]
    NoCheckpointDir,
    /// Finding the key ranges of a sort failed.
    #[error("sampling the keys for {operation} failed: {reason}")]
    Sampling {
        /// The transformation.
        operation: &'static str,
        /// Why.
        reason: String,
    },
}

impl PlanError {
    /// The most partitions that an RDD may have.
    pub const MAX_PARTITIONS: usize = 1 << 24;

    /// The most boxed operators in one stage.
    pub const MAX_BOXED_LEVELS: usize = 500;

    /// A partition count, checked.
    pub(crate) fn check_count(operation: &'static str, requested: usize) -> Result<usize, PlanError> {
        if (1..=PlanError::MAX_PARTITIONS).contains(&requested) {
            Ok(requested)
        } else {
            Err(PlanError::PartitionCount { operation, requested })
        }
    }
}
