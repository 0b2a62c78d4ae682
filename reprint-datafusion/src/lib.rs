//! Copies of a text among columns: the functions of [`reprint`] on `DataFusion`, and plans from tables to
//! clusters that keep to a memory limit.

mod functions;
mod plan;
mod run;
mod session;
mod walk;

pub use functions::{aggregate_functions, register_all, scalar_functions};
pub use plan::{Components, Deduplicated, Options, clusters, deduplicate, near_duplicates};
pub use run::{Run, StageEvent};
pub use session::Session;
