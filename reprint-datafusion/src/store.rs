//! Rows to files: each attempt at a partition writes one of its own, and those count that are reported.

use std::cmp::Ordering;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError, Result, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::StreamExt;

use crate::walk::Rows;

/// Bytes of a row group, which a writer keeps until it is full: of a memory limit the 64th part, within bounds.
fn row_group(pool: &dyn MemoryPool) -> usize {
    match pool.memory_limit() {
        MemoryLimit::Finite(bytes) => (bytes / 64).clamp(1 << 20, 8 << 20),
        _ => 8 << 20,
    }
}

/// What storing gives: a row for each file.
fn schema() -> SchemaRef {
    let field = |name: &str, of: DataType| Field::new(name, of, false);
    let (file, number) = (DataType::Utf8, DataType::UInt64);
    Arc::new(Schema::new(vec![field("file", file), field("rows", number.clone()), field("bytes", number)]))
}

/// An error about a file.
pub(crate) fn at(path: &Path, error: &dyn std::error::Error) -> DataFusionError {
    DataFusionError::Execution(format!("{}: {error}", path.display()))
}

/// Stores the rows of a table in the files of a folder; how many there are, and the bytes.
///
/// Where a machine is lost, its work is done again elsewhere, and both attempts may leave files; a machine that was
/// only thought to be lost may even write after the others are done. So each attempt writes a file of its own
/// beside the folder, and the files of those that are reported as done are moved into it.
pub(crate) async fn store(folder: &Path, table: DataFrame) -> Result<(u64, u64)> {
    let attempts = beside(folder);
    for folder in [folder, &attempts] {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|error| at(folder, &error))?;
        }
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    }
    let (state, plan) = table.into_parts();
    let node = Arc::new(StoreNode::new(attempts.clone(), plan)?);
    let stored = DataFrame::new(state, LogicalPlan::Extension(Extension { node })).collect().await?;
    let mut files = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    for batch in &stored {
        let columns = Rows(batch);
        files.extend(batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
        rows += columns.u64s(1)?.values().iter().sum::<u64>();
        bytes += columns.u64s(2)?.values().iter().sum::<u64>();
    }
    files.sort_unstable();
    for (part, file) in files.iter().enumerate() {
        let (from, to) = (attempts.join(file), folder.join(format!("part-{part:05}.parquet")));
        fs::rename(&from, to).map_err(|error| at(&from, &error))?;
    }
    fs::remove_dir_all(&attempts).map_err(|error| at(&attempts, &error))?;
    Ok((rows, bytes))
}

/// Where attempts at the parts of a folder are written.
fn beside(folder: &Path) -> PathBuf {
    folder.with_extension("attempts")
}

/// Stores the rows of a plan, of each partition in a file of a new name: `(file, rows, bytes)`.
///
/// The engine's own writer takes all partitions through one, and does not report its files.
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
        let stored = write(self.folder.clone(), partition, input, (memory, row_group));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), futures::stream::once(stored))))
    }
}

/// Writes a file; of one that is not finished no name is known.
async fn write(
    folder: PathBuf,
    partition: usize,
    mut input: SendableRecordBatchStream,
    (memory, row_group): (MemoryReservation, usize),
) -> Result<RecordBatch> {
    // Another machine than the one that began the stage may not see yet what that one made.
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    let file = tempfile::Builder::new()
        .prefix(&format!("part-{partition:05}-"))
        .suffix(".parquet")
        .tempfile_in(&folder);
    let file = file.map_err(|error| at(&folder, &error))?;
    let path = file.path().to_path_buf();
    // A stage is read soon, and whole: it is packed quickly, and has no statistics to pass over parts by.
    let properties = WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
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
    let (_, path) = file.keep().map_err(|error| at(&path, &error.error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbers = [rows, bytes].map(|number| -> ArrayRef { Arc::new(UInt64Array::from(vec![number])) });
    let [rows, bytes] = numbers;
    Ok(RecordBatch::try_new(schema(), vec![Arc::new(StringArray::from(vec![name])), rows, bytes])?)
}
