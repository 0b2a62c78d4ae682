//! Deduplicates tables on several machines: `dedup_on_ballista IN... OUT.parquet --scheduler URL`.
//!
//! The command `dedup_parquet` of `reprint-datafusion`, which reads Parquet and JSON lines, and writes the rows of one document
//! of each cluster.

#[path = "../../reprint-datafusion/examples/dedup_parquet/command.rs"]
mod command;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    command::dedup("dedup_on_ballista", |url, session| {
        Box::pin(async move { Ok(reprint_ballista::connect(&url, session).await?) })
    })
    .await
}
