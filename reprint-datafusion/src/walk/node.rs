//! A walk in a logical plan, and how it becomes a physical one.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::{Walk, WalkExec};
use crate::store::{StoreExec, StoreNode};

/// A walk over the rows of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WalkNode {
    walk: Walk,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl WalkNode {
    pub(crate) fn new(walk: Walk, input: LogicalPlan) -> Result<Self> {
        let schema = walk.gives(input.schema().as_arrow())?;
        let schema = Arc::new(DFSchema::try_from(schema)?);
        Ok(Self { walk, input, schema })
    }

    pub(crate) fn walk(&self) -> Walk {
        self.walk.clone()
    }
}

impl PartialOrd for WalkNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (&self.walk, &self.input).partial_cmp(&(&other.walk, &other.input))
    }
}

impl UserDefinedLogicalNodeCore for WalkNode {
    fn name(&self) -> &'static str {
        "Walk"
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
        write!(f, "Walk: {}", self.walk.name())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let [input] = <[LogicalPlan; 1]>::try_from(inputs)
            .or_else(|inputs| plan_err!("a walk has one input and is given {}", inputs.len()))?;
        Self::new(self.walk(), input)
    }
}

/// Plans queries with walks in them, and stages.
#[derive(Debug, Default)]
pub(crate) struct Planner;

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)]);
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let [input] = inputs else { return Ok(None) };
        if let Some(node) = node.as_any().downcast_ref::<WalkNode>() {
            return Ok(Some(Arc::new(WalkExec::new(node.walk(), Arc::clone(input))?)));
        }
        let store = node.as_any().downcast_ref::<StoreNode>();
        Ok(store.map(|node| {
            let planned: Arc<dyn ExecutionPlan> =
                Arc::new(StoreExec::new(node.folder().to_path_buf(), Arc::clone(input)));
            planned
        }))
    }
}
