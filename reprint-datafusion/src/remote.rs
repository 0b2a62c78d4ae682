//! What another engine needs to run plans on other machines: how the parts of a plan that are this crate's
//! become bytes and plans again.
//!
//! `datafusion` carries its own parts by itself. Those of this crate go through here: a codec asks
//! [`node_to_bytes`] and [`execution_to_bytes`] for each extension, and [`function_to_bytes`] for each
//! function, and leaves to others what they know nothing of. Bytes are for the same version of this crate at
//! the other end.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{DataFusionError, Result, exec_err, plan_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::{Extension, LogicalPlan, ScalarUDF, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use reprint::method::Wire;
use serde::{Deserialize, Serialize};

use crate::functions::{WireRecords, external};
use crate::plan::read_statistics;
use crate::store::{StoreExec, StoreNode};
use crate::walk::{Linking, Planner, Walk, WalkExec, WalkNode};

/// What all bytes of this crate begin with.
const MARK: &[u8] = b"reprint 1 ";

/// A part of a plan.
#[derive(Debug, Serialize, Deserialize)]
enum Part {
    Walk { name: String, documents: u64, linking: Option<CarriedLinking> },
    Store { folder: PathBuf },
    Records(CarriedLinking),
}

/// What components are linked by. The statistics are in a file that every machine reads.
#[derive(Debug, Serialize, Deserialize)]
struct CarriedLinking {
    identity: String,
    /// The bits of the threshold, so that it is the same number.
    threshold: u64,
    seed: u64,
    folder: PathBuf,
}

impl From<&Linking> for CarriedLinking {
    fn from(linking: &Linking) -> Self {
        Self {
            identity: linking.identity.clone(),
            threshold: linking.wire.threshold().to_bits(),
            seed: linking.wire.seed(),
            folder: linking.folder.clone(),
        }
    }
}

/// What was read last: every task of a stage has the same.
static LAST: Mutex<Option<Arc<Linking>>> = Mutex::new(None);

impl CarriedLinking {
    fn read(self) -> Result<Arc<Linking>> {
        let Self { identity, threshold, seed, folder } = self;
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(linking) = last.as_ref().filter(|last| last.identity == identity && last.folder == folder)
        {
            return Ok(Arc::clone(linking));
        }
        let wire = Wire::builder().seed(seed).build().map_err(external)?;
        let wire = wire.with_threshold(f64::from_bits(threshold)).map_err(external)?;
        let linking = Arc::new(Linking::new(wire, read_statistics(&folder)?, folder));
        if linking.identity != identity {
            return exec_err!(
                "{} holds other statistics than the plan was made with: are the machines' directories the same?",
                linking.folder.display()
            );
        }
        *last = Some(Arc::clone(&linking));
        Ok(linking)
    }
}

fn walk_part(walk: &Walk) -> Part {
    let documents = match walk {
        Walk::Asked(documents) | Walk::Visits(documents) | Walk::Shared(documents) => documents.0,
        _ => 0,
    };
    let linking = if let Walk::Link(linking) = walk { Some(CarriedLinking::from(&**linking)) } else { None };
    Part::Walk { name: walk.name().to_owned(), documents, linking }
}

fn to_bytes(part: &Part) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(part).map_err(|error| DataFusionError::External(Box::new(error)))?;
    Ok([MARK, &json].concat())
}

fn from_bytes(bytes: &[u8]) -> Result<Option<Part>> {
    let Some(json) = bytes.strip_prefix(MARK) else { return Ok(None) };
    match serde_json::from_slice(json) {
        Ok(part) => Ok(Some(part)),
        Err(error) => exec_err!("a part of a plan is of another version of reprint-datafusion: {error}"),
    }
}

fn walk_of(name: &str, documents: u64, linking: Option<CarriedLinking>) -> Result<Walk> {
    let linking = linking.map(CarriedLinking::read).transpose()?;
    let Some(walk) = Walk::named(name, documents, linking) else {
        return plan_err!("there is no walk {name:?}: run one version of reprint-datafusion on all machines");
    };
    Ok(walk)
}

/// The one input of a part.
fn one<T: Clone>(inputs: &[T]) -> Result<T> {
    let [input] = inputs else {
        return plan_err!("a part of a plan has one input and is given {}", inputs.len());
    };
    Ok(input.clone())
}

/// The bytes of a node of a logical plan; `None` of one that is not this crate's.
///
/// # Errors
/// If it cannot be written: for paths that are no text.
pub fn node_to_bytes(node: &dyn UserDefinedLogicalNode) -> Result<Option<Vec<u8>>> {
    if let Some(node) = node.as_any().downcast_ref::<WalkNode>() {
        return to_bytes(&walk_part(&node.walk())).map(Some);
    }
    let Some(node) = node.as_any().downcast_ref::<StoreNode>() else { return Ok(None) };
    to_bytes(&Part::Store { folder: node.folder().to_path_buf() }).map(Some)
}

/// The node over these inputs that bytes say; `None` where they are not this crate's.
///
/// # Errors
/// If they are of another version, or the statistics cannot be read that a comparison needs.
pub fn node_from_bytes(bytes: &[u8], inputs: &[LogicalPlan]) -> Result<Option<Extension>> {
    let Some(part) = from_bytes(bytes)? else { return Ok(None) };
    let node: Arc<dyn UserDefinedLogicalNode> = match part {
        Part::Walk { name, documents, linking } => {
            Arc::new(WalkNode::new(walk_of(&name, documents, linking)?, one(inputs)?)?)
        }
        Part::Store { folder } => Arc::new(StoreNode::new(folder, one(inputs)?)?),
        Part::Records(_) => return plan_err!("a function stands where a part of a plan was to be"),
    };
    Ok(Some(Extension { node }))
}

/// The bytes of a node of a physical plan; `None` of one that is not this crate's.
///
/// # Errors
/// As [`node_to_bytes`].
pub fn execution_to_bytes(node: &dyn ExecutionPlan) -> Result<Option<Vec<u8>>> {
    if let Some(node) = node.downcast_ref::<WalkExec>() {
        return to_bytes(&walk_part(node.walk())).map(Some);
    }
    let Some(node) = node.downcast_ref::<StoreExec>() else { return Ok(None) };
    to_bytes(&Part::Store { folder: node.folder().to_path_buf() }).map(Some)
}

/// The node over these inputs that bytes say; `None` where they are not this crate's.
///
/// # Errors
/// As [`node_from_bytes`].
pub fn execution_from_bytes(
    bytes: &[u8],
    inputs: &[Arc<dyn ExecutionPlan>],
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(part) = from_bytes(bytes)? else { return Ok(None) };
    Ok(Some(match part {
        Part::Walk { name, documents, linking } => {
            Arc::new(WalkExec::new(walk_of(&name, documents, linking)?, one(inputs)?)?)
        }
        Part::Store { folder } => Arc::new(StoreExec::new(folder, one(inputs)?)),
        Part::Records(_) => return plan_err!("a function stands where a part of a plan was to be"),
    }))
}

/// The bytes of a function that is more than its name; `None` of all others, which
/// [`register_all`](crate::register_all) registers.
///
/// # Errors
/// As [`node_to_bytes`].
pub fn function_to_bytes(function: &ScalarUDF) -> Result<Option<Vec<u8>>> {
    let Some(records) = function.inner().downcast_ref::<WireRecords>() else { return Ok(None) };
    to_bytes(&Part::Records(CarriedLinking::from(&**records.linking()))).map(Some)
}

/// The function that bytes say; `None` where they are not this crate's.
///
/// # Errors
/// As [`node_from_bytes`].
pub fn function_from_bytes(bytes: &[u8]) -> Result<Option<Arc<ScalarUDF>>> {
    let Some(Part::Records(linking)) = from_bytes(bytes)? else { return Ok(None) };
    Ok(Some(Arc::new(ScalarUDF::new_from_impl(WireRecords::new(linking.read()?)))))
}

/// What makes physical plans of logical ones that have parts of this crate: for the session in which another
/// engine plans.
pub fn planner() -> Arc<dyn QueryPlanner + Send + Sync> {
    Arc::new(Planner)
}

#[cfg(test)]
mod tests {
    use datafusion::common::DFSchema;
    use datafusion::logical_expr::EmptyRelation;
    use reprint::Preset;

    use super::*;
    use crate::walk::Documents;
    use crate::{Options, Run, Session, deduplicate};

    fn again(walk: &Walk) -> Result<Walk> {
        match from_bytes(&to_bytes(&walk_part(walk))?)? {
            Some(Part::Walk { name, documents, linking }) => walk_of(&name, documents, linking),
            other => exec_err!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn walks_are_the_same_at_the_other_end() {
        for name in ["copies", "texts", "buckets", "neighbours", "large_star", "small_star"] {
            assert_eq!(again(&Walk::named(name, 0, None).unwrap()).unwrap().name(), name);
        }
        for name in ["forest", "survivors", "seats", "earlier", "strongest"] {
            assert_eq!(again(&Walk::named(name, 0, None).unwrap()).unwrap().name(), name);
        }
        let documents = Documents(7);
        for walk in [Walk::Asked(documents), Walk::Visits(documents), Walk::Shared(documents)] {
            assert_eq!(again(&walk).unwrap(), walk);
        }

        let run = Run::new(Session::new().partitions(1).build().unwrap()).unwrap();
        let table = run.context().sql("SELECT 1 AS id, 'no boats before Monday' AS text").await.unwrap();
        deduplicate(&run, table, &Options::new(Preset::Wire)).await.unwrap();
        let folder = run.directory().join("statistics");
        let wire = Wire::builder().seed(3).build().unwrap().with_threshold(0.3).unwrap();
        let linking = Linking::new(wire, read_statistics(&folder).unwrap(), folder);
        assert_eq!(again(&Walk::Link(Arc::new(linking))).unwrap().name(), "link");
        let function = ScalarUDF::new_from_impl(WireRecords::new(LAST.lock().unwrap().clone().unwrap()));
        let bytes = function_to_bytes(&function).unwrap().unwrap();
        assert_eq!(*function_from_bytes(&bytes).unwrap().unwrap(), function);
        // Statistics of another corpus are told.
        let other = String::from_utf8(bytes).unwrap().replace("0.3 3 ", "0.3 4 ");
        let error = function_from_bytes(other.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("other statistics"), "{error}");
    }

    #[test]
    fn parts_of_others_are_left_to_them() {
        assert!(node_from_bytes(b"of another", &[]).unwrap().is_none());
        assert!(execution_from_bytes(b"", &[]).unwrap().is_none());
        assert!(function_from_bytes(b"reprint").unwrap().is_none());
        let input = LogicalPlan::EmptyRelation(EmptyRelation {
            produce_one_row: false,
            schema: Arc::new(DFSchema::empty()),
        });
        let store = StoreNode::new("/run/texts".into(), input.clone()).unwrap();
        let bytes = node_to_bytes(&store).unwrap().unwrap();
        let node = node_from_bytes(&bytes, std::slice::from_ref(&input)).unwrap().unwrap();
        assert_eq!(node.node.as_any().downcast_ref::<StoreNode>(), Some(&store));
        assert!(node_from_bytes(&bytes, &[]).unwrap_err().to_string().contains("one input"));
        assert!(node_from_bytes(b"reprint 1 {}", &[]).unwrap_err().to_string().contains("another version"));
    }
}
