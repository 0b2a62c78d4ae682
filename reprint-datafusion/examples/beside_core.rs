//! The plan beside the core in memory: `beside_core IN.parquet MEMORY_MB [PARTITIONS]`, with columns `id` and
//! `text` as `make_sample` writes them. Tells the time of both, the bytes of each stage for a document, and
//! whether the clusters are the same.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, UInt64Type};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{cast, ident};
use datafusion::prelude::ParquetReadOptions;
use reprint::{Finder, Preset};
use reprint_datafusion::{Options, Run, Session, StageEvent, deduplicate};

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    match compare().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("beside_core: the clusters differ");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("beside_core: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn compare() -> Result<bool, Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, memory, partitions) = match &arguments[..] {
        [path, memory] => (path, memory.parse::<usize>()?, 2),
        [path, memory, partitions] => (path, memory.parse()?, partitions.parse()?),
        _ => return Err("usage: beside_core IN.parquet MEMORY_MB [PARTITIONS]".into()),
    };
    let session = || Session::new().partitions(partitions).memory(memory << 20);
    let stages = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&stages);
    let run = Run::new(session().build()?)?.on_progress(move |event| {
        if let StageEvent::Done { stage, rows, bytes, time } = event {
            eprintln!("{stage}: {rows} rows, {:.1} s", time.as_secs_f64());
            if let Ok(mut seen) = seen.lock() {
                seen.push((stage.to_string(), *rows, *bytes));
            }
        }
    });
    let table = run.context().read_parquet(path.as_str(), ParquetReadOptions::default()).await?;
    let (begun, cpu) = (Instant::now(), processor());
    let found = deduplicate(&run, table, &Options::new(Preset::Web)).await?;
    let (engine, engine_cpu) = (begun.elapsed(), processor() - cpu);
    let peak = most_memory();

    let context = Session::new().partitions(1).build()?;
    let rows = context.read_parquet(path.as_str(), ParquetReadOptions::default()).await?;
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for batch in rows.select(vec![text("id"), text("text")])?.collect().await? {
        let column = |place: usize| batch.column(place).as_string::<i32>().clone();
        ids.extend(column(0).iter().map(|id| id.unwrap_or_default().to_owned()));
        texts.extend(column(1).iter().map(|text| text.unwrap_or_default().to_owned()));
    }
    let (begun, cpu) = (Instant::now(), processor());
    let report = Finder::preset(Preset::Web).run(&texts)?;
    let (core, core_cpu) = (begun.elapsed(), processor() - cpu);

    let documents = texts.len() as f64;
    println!("| documents | pool | engine, s (processor) | core, s (processor) | ratio | largest resident |");
    println!("|---|---|---|---|---|---|");
    println!(
        "| {documents} | {memory} MiB | {:.1} ({engine_cpu:.1}) | {:.1} ({core_cpu:.1}) | {:.1} | {peak:.0} MB |",
        engine.as_secs_f64(),
        core.as_secs_f64(),
        engine_cpu / core_cpu.max(0.01),
    );
    println!("\n| stage | rows a document | bytes a document |\n|---|---|---|");
    for (stage, rows, bytes) in stages.lock().map_err(|_| "a stage failed")?.iter() {
        println!("| {stage} | {:.3} | {:.1} |", *rows as f64 / documents, *bytes as f64 / documents);
    }
    println!("\n{} rounds, {} clusters", found.rounds, report.clusters().len());
    let of_core: HashMap<&str, usize> = report
        .clusters()
        .iter()
        .enumerate()
        .flat_map(|(number, members)| {
            let ids = &ids;
            members.iter().map(move |document| (ids[document.index()].as_str(), number))
        })
        .collect();
    same(&of_core, report.clusters().len(), found.clusters).await
}

/// Whether the clusters of a table are these.
async fn same(of_core: &HashMap<&str, usize>, clusters: usize, found: DataFrame) -> Result<bool, Error> {
    let mut paired: HashMap<u64, usize> = HashMap::new();
    let mut documents = 0;
    for batch in found.select(vec![text("id"), ident("cluster")])?.collect().await? {
        let (ids, numbers) =
            (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<UInt64Type>());
        for i in 0..batch.num_rows() {
            let of = *of_core.get(ids.value(i)).ok_or("the engine knows an id that the core does not")?;
            documents += 1;
            if *paired.entry(numbers.value(i)).or_insert(of) != of {
                return Ok(false);
            }
        }
    }
    // As many on both sides, and none of the engine's in two of the core's: so they are the same.
    Ok(documents == of_core.len() && paired.len() == clusters)
}

fn text(column: &str) -> datafusion::logical_expr::Expr {
    cast(ident(column), DataType::Utf8).alias(column)
}

/// The seconds that this process has had of all processors; 0 where the system does not tell.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = |place: usize| fields.split_whitespace().nth(place).and_then(|t| t.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}

/// The megabytes that this process had at most.
fn most_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    peak.map_or(0.0, |kilobytes: f64| kilobytes / 1024.0)
}
