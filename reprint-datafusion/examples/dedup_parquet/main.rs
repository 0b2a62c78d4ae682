//! Deduplicates tables on one machine: `dedup_parquet IN... OUT.parquet`.
//!
//! Reads Parquet and JSON lines, and writes the rows of one document of each cluster.

mod command;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    command::dedup("dedup_parquet", |url, _| {
        let error = format!(
            "{url}: this example runs on one machine; dedup_on_ballista of reprint-ballista takes --scheduler"
        );
        Box::pin(async move { Err(error.into()) })
    })
    .await
}
