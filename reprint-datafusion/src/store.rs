//! Rows to files: each partition writes one, and a second attempt at it replaces the first.

use std::cmp::Ordering;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError, Result, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::StreamExt;

/// Bytes of a row group, which a writer keeps until it is full: of a memory limit the 64th part, within bounds.
fn row_group(pool: &dyn MemoryPool) -> usize {
    match pool.memory_limit() {
        MemoryLimit::Finite(bytes) => (bytes / 64).clamp(1 << 20, 8 << 20),
        _ => 8 << 20,
    }
}

/// What storing gives: a row for each part.
fn schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::UInt64, false);
    Arc::new(Schema::new(vec![number("part"), number("rows"), number("bytes")]))
}

/// An error about a file.
pub(crate) fn at(path: &Path, error: &dyn std::error::Error) -> DataFusionError {
    DataFusionError::Execution(format!("{}: {error}", path.display()))
}

/// Stores the rows of a plan in a folder: `(part, rows, bytes)` of each file.
///
/// The engine's own writer takes all partitions through one, and gives its files new names at each attempt:
/// where a machine is lost and its work done again, what the first attempt left would be read as well.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoreNode {
    folder: PathBuf,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl StoreNode {
    pub(crate) fn new(folder: PathBuf, input: LogicalPlan) -> Result<Self> {
        Ok(Self { folder, input, schema: Arc::new(DFSchema::try_from(schema())?) })
    }

    /// Stores the rows of a table.
    pub(crate) fn over(folder: PathBuf, table: DataFrame) -> Result<DataFrame> {
        let (state, plan) = table.into_parts();
        let node = Arc::new(Self::new(folder, plan)?);
        Ok(DataFrame::new(state, LogicalPlan::Extension(Extension { node })))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl PartialOrd for StoreNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (&self.folder, &self.input).partial_cmp(&(&other.folder, &other.input))
    }
}

impl UserDefinedLogicalNodeCore for StoreNode {
    fn name(&self) -> &'static str {
        "Store"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store: {}", self.folder.display())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let [input] = <[LogicalPlan; 1]>::try_from(inputs)
            .or_else(|inputs| plan_err!("what is stored is of one input, and not of {}", inputs.len()))?;
        Self::new(self.folder.clone(), input)
    }
}

/// Storing as the engine runs it.
#[derive(Debug)]
pub(crate) struct StoreExec {
    folder: PathBuf,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl StoreExec {
    pub(crate) fn new(folder: PathBuf, input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema()),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { folder, input, properties: Arc::new(properties) }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl DisplayAs for StoreExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreExec: {}", self.folder.display())
    }
}

impl ExecutionPlan for StoreExec {
    fn name(&self) -> &'static str {
        "StoreExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[Arc<dyn ExecutionPlan>; 1]>::try_from(children)
            .or_else(|children| plan_err!("what is stored is of one input, and not of {}", children.len()))?;
        Ok(Arc::new(Self::new(self.folder.clone(), input)))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let memory = MemoryConsumer::new(format!("the file of part {partition}"));
        let row_group = row_group(&**context.memory_pool());
        let memory = memory.register(context.memory_pool());
        let input = self.input.execute(partition, context)?;
        let stored = store(self.folder.clone(), partition, input, (memory, row_group));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), futures::stream::once(stored))))
    }
}

/// Writes a part: all of it, or no file of its name.
async fn store(
    folder: PathBuf,
    partition: usize,
    mut input: SendableRecordBatchStream,
    (memory, row_group): (MemoryReservation, usize),
) -> Result<RecordBatch> {
    let path = folder.join(format!("part-{partition:05}.parquet"));
    // On another machine than the one that began the stage, it may be the first to write here.
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    let file = tempfile::Builder::new().prefix(".part-").suffix(".tmp").tempfile_in(&folder);
    let file = file.map_err(|error| at(&folder, &error))?;
    let level = ZstdLevel::try_new(1)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut writer = ArrowWriter::try_new(file, input.schema(), Some(properties))?;
    let mut rows = 0;
    while let Some(batch) = input.next().await.transpose()? {
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(|error| at(&path, &error))?;
        if writer.in_progress_size() >= row_group {
            writer.flush().map_err(|error| at(&path, &error))?;
        }
        // Counted, so that others take less; but what is bounded is no reason to stop.
        memory.resize(writer.memory_size());
    }
    let file = writer.into_inner().map_err(|error| at(&path, &error))?;
    file.as_file().sync_all().map_err(|error| at(&path, &error))?;
    let bytes = file.as_file().metadata().map_err(|error| at(&path, &error))?.len();
    file.persist(&path).map_err(|error| at(&path, &error.error))?;
    let columns = [partition as u64, rows, bytes].map(|number| {
        let column: ArrayRef = Arc::new(UInt64Array::from(vec![number]));
        column
    });
    Ok(RecordBatch::try_new(schema(), columns.to_vec())?)
}
