//! From texts to clusters, passages and reports.

mod adversaries;
mod boilerplate;
#[path = "../../examples/corpus/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod corpus;
mod end_to_end;
#[path = "../../examples/generated/mod.rs"]
#[allow(dead_code, reason = "the examples use the rest")]
mod generated;
mod report;
#[path = "../../examples/scores/mod.rs"]
mod scores;
mod sections;
#[path = "../shared/mod.rs"]
mod shared;
mod wire;
