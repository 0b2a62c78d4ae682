//! A walk as the engine runs it.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, plan_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexRequirement, OrderingRequirements, Partitioning, PhysicalExpr,
    PhysicalSortRequirement,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements,
    PlanProperties,
};
use futures::StreamExt;

use super::{Step, Walk};

/// A walk over the partitions of a plan.
#[derive(Debug)]
pub(crate) struct WalkExec {
    walk: Walk,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl WalkExec {
    pub(crate) fn new(walk: Walk, input: Arc<dyn ExecutionPlan>) -> Result<Self> {
        let schema = walk.gives(&input.schema())?;
        let is_whole = walk.groups() == 0 && !walk.takes_all();
        let partitions = if is_whole { 1 } else { input.output_partitioning().partition_count() };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Ok(Self { walk, input, properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() })
    }

    pub(crate) fn walk(&self) -> &Walk {
        &self.walk
    }

    fn column(&self, place: usize) -> Arc<dyn PhysicalExpr> {
        Arc::new(Column::new(self.input.schema().field(place).name(), place))
    }
}

impl DisplayAs for WalkExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WalkExec: {}", self.walk.name())
    }
}

impl ExecutionPlan for WalkExec {
    fn name(&self) -> &'static str {
        "WalkExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let groups = (0..self.walk.groups()).map(|place| self.column(place)).collect::<Vec<_>>();
        let distribution = if self.walk.takes_all() {
            Distribution::UnspecifiedDistribution
        } else if groups.is_empty() {
            Distribution::SinglePartition
        } else {
            Distribution::KeyPartitioned(groups)
        };
        InputDistributionRequirements::new(vec![distribution])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let columns = (0..self.walk.sorted()).map(|place| {
            PhysicalSortRequirement::new(
                self.column(place),
                Some(datafusion::arrow::compute::SortOptions::default()),
            )
        });
        vec![LexRequirement::new(columns).map(OrderingRequirements::new)]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[Arc<dyn ExecutionPlan>; 1]>::try_from(children)
            .or_else(|children| plan_err!("a walk has one input and is given {}", children.len()))?;
        Ok(Arc::new(Self::new(self.walk.clone(), input)?))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let step = self.walk.begin(Arc::clone(&schema), &context.runtime_env().disk_manager);
        let memory = MemoryConsumer::new(format!("{} of part {partition}", self.walk.name()));
        let memory = memory.with_can_spill(step.can_spill());
        let walking = Walking {
            memory: memory.register(context.memory_pool()),
            input: Some(self.input.execute(partition, Arc::clone(&context))?),
            step,
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        let stream = futures::stream::try_unfold(walking, |mut walking| async move {
            Ok(walking.next().await?.map(|rows| (rows, walking)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// A walk over one partition.
struct Walking {
    /// `None` at the end.
    input: Option<SendableRecordBatchStream>,
    step: Box<dyn Step>,
    memory: MemoryReservation,
    metrics: BaselineMetrics,
}

impl Walking {
    async fn next(&mut self) -> Result<Option<datafusion::arrow::array::RecordBatch>> {
        loop {
            let rows = match &mut self.input {
                Some(input) => input.next().await.transpose()?,
                None => None,
            };
            let timer = self.metrics.elapsed_compute().timer();
            let given = match &rows {
                Some(rows) => self.step.push(rows)?,
                None => self.step.finish()?,
            };
            timer.done();
            if let Err(full) = self.memory.try_resize(self.step.memory()) {
                if !self.step.spill()? {
                    return Err(full);
                }
                // What it keeps now is little.
                self.memory.resize(self.step.memory());
            }
            if given.num_rows() > 0 {
                self.metrics.output_rows().add(given.num_rows());
            }
            if rows.is_none() {
                self.input = None;
                return Ok((given.num_rows() > 0).then_some(given));
            }
            if given.num_rows() > 0 {
                return Ok(Some(given));
            }
        }
    }
}
