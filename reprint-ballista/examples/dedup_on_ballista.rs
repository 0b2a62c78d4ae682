//! Deduplicates tables on several machines: `dedup_parquet IN... OUT.parquet --scheduler URL`.
//!
//! The command of `reprint-datafusion`, which reads Parquet and JSON lines, and writes the rows of one document
//! of each cluster.

#[path = "../../reprint-datafusion/examples/dedup_parquet/command.rs"]
mod command;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    command::dedup_parquet(|url, session| {
        Box::pin(async move { Ok(reprint_ballista::connect(&url, session).await?) })
    })
    .await
}
