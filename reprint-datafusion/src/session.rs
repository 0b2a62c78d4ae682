//! Sessions that plan walks, know the functions, and keep to a memory limit.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::register_all;
use crate::walk::Planner;

/// Makes a session in which the plans of this crate run: on one machine, within a memory limit.
///
/// ```
/// use reprint_datafusion::Session;
///
/// let context = Session::new().memory(256 << 20).partitions(4).build()?;
/// assert!(context.udf("minhash").is_ok());
/// # use datafusion::logical_expr::registry::FunctionRegistry;
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a session does nothing until `build`"]
pub struct Session {
    memory: Option<usize>,
    partitions: Option<usize>,
    spill: Option<PathBuf>,
    most_spilled: Option<u64>,
}

/// Rows that the engine handles at once: texts are long, and a sort holds a batch of each of its runs.
const BATCH: usize = 2048;

/// Bytes that are sorted as one at most: they are there twice then.
const AT_ONCE: usize = 64 << 20;

/// Bytes that a run on disk takes while it is merged with others: some batches of texts. As many runs are merged at
/// once as a partition's share has room for; with no bound, the first to merge takes what the others need.
const RUN: usize = 8 << 20;

/// Consumers of memory that an error names.
const NAMED: NonZeroUsize = NonZeroUsize::new(3).unwrap();

impl Session {
    /// Without a memory limit, a partition for each core.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes that sorts, joins and aggregates may hold together; what is more goes to disk. The process
    /// takes more than that: the engine counts what may grow, and not the batches on their way, which take
    /// some megabytes a partition.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = Some(bytes);
        self
    }

    /// The partitions that work is shared out into, at least 1. Results do not depend on it.
    pub fn partitions(mut self, partitions: usize) -> Self {
        self.partitions = Some(partitions.max(1));
        self
    }

    /// Where what is over the limit goes. By default the system's directory for temporary files.
    pub fn spill_to(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spill = Some(directory.into());
        self
    }

    /// The bytes that may be there at once. By default 100 GB, as the engine's own limit.
    pub fn most_spilled(mut self, bytes: u64) -> Self {
        self.most_spilled = Some(bytes);
        self
    }

    /// The session.
    ///
    /// # Errors
    /// If the directory for temporary files cannot be made.
    pub fn build(self) -> Result<SessionContext> {
        let config = configuration(self.partitions, self.memory);
        let mut runtime = RuntimeEnvBuilder::new();
        if let Some(memory) = self.memory {
            let pool = TrackConsumersPool::new(FairSpillPool::new(memory), NAMED);
            let merged = memory / config.target_partitions().max(1) / RUN;
            runtime = runtime.with_memory_pool(Arc::new(pool)).with_max_spill_merge_fan_in(merged.max(2));
        }
        if let Some(directory) = self.spill {
            runtime = runtime.with_temp_file_path(directory);
        }
        if let Some(most) = self.most_spilled {
            runtime = runtime.with_max_temp_directory_size(most);
        }
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime.build_arc()?)
            .with_default_features()
            .with_query_planner(Arc::new(Planner))
            .build();
        let mut context = SessionContext::new_with_state(state);
        register_all(&mut context)?;
        Ok(context)
    }
}

/// What the plans need of a configuration.
fn configuration(partitions: Option<usize>, memory: Option<usize>) -> SessionConfig {
    let mut config = SessionConfig::new().with_batch_size(BATCH);
    if let Some(partitions) = partitions {
        config = config.with_target_partitions(partitions);
    }
    let options = config.options_mut();
    // A hash join keeps one side in memory, whatever its size; a merge join sorts, and sorts spill.
    options.optimizer.prefer_hash_join = false;
    options.optimizer.enable_dynamic_filter_pushdown = false;
    // Filters of the plans keep most rows. Thought to keep few, all texts would be the smaller side of a join.
    options.optimizer.default_filter_selectivity = 100;
    // Views keep the buffers alive that they point into: texts that were sorted would hold those that are
    // gone.
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.parquet.compression = Some("zstd(1)".into());
    let partitions = config.target_partitions().max(1);
    // Up to so many bytes are sorted as one, otherwise batch by batch and then merged.
    let at_once = memory.map_or(AT_ONCE, |memory| (memory / 8 / partitions).min(AT_ONCE));
    config.options_mut().execution.sort_in_place_threshold_bytes = at_once;
    if let Some(memory) = memory {
        // What each sort keeps for merging its runs: at the default of 10 MB, many sorts would take it all.
        let share = memory / 16 / partitions;
        config.options_mut().execution.sort_spill_reservation_bytes = share.clamp(1 << 16, 10 << 20);
    }
    config
}
