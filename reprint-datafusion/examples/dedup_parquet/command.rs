//! The command of `dedup_parquet` and `dedup_on_ballista`, on one machine or on a cluster that a function connects to.

use std::fmt::Write;
use std::io::IsTerminal;
use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use datafusion::dataframe::{DataFrame, DataFrameWriteOptions};
use datafusion::prelude::{JsonReadOptions, ParquetReadOptions, SessionContext};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use reprint::Preset;
use reprint_datafusion::{Options, Run, Session, StageEvent, deduplicate};

const HELP: &str = "Writes the rows of one document of each cluster of copies.

usage: {name} IN... OUT.parquet [options]

  IN              Parquet (.parquet) or JSON lines (.jsonl, .ndjson, .json); all with the same columns
  --id C          the column of the ids, each given once; default: id
  --text C        the column of the texts; default: text
  --preset P      web (resemblance from 0.8), strict (from 0.95) or wire (shared passages); default: web
  --threshold T   another resemblance, or another score of wire
  --memory SIZE   what sorts and joins may hold, such as 512MB or 2GB; the rest goes to disk
  --partitions N  in how many parts; default: one a core
  --run DIR       keep the stages here, and go on from what is there
  --scheduler URL run on the executors of this scheduler, which see all these files and DIR by the same names;
                  for the example dedup_on_ballista of reprint-ballista
  --clusters OUT  also write (id, cluster, is_survivor) of every document
";

pub(crate) type Error = Box<dyn std::error::Error>;

/// Connects to the scheduler at a URL.
pub(crate) type Connect = fn(String, Session) -> Pin<Box<dyn Future<Output = Result<SessionContext, Error>>>>;

/// Does what the command line says, as an example of this name.
pub(crate) async fn dedup(name: &str, connect: Connect) -> ExitCode {
    match run(name, connect).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line says.
struct Arguments {
    inputs: Vec<String>,
    output: String,
    clusters: Option<String>,
    directory: Option<String>,
    options: Options,
    session: Session,
    scheduler: Option<String>,
}

async fn run(name: &str, connect: Connect) -> Result<(), Error> {
    let Some(arguments) = arguments()? else {
        print!("{}", HELP.replace("{name}", name));
        return Ok(());
    };
    let context = match arguments.scheduler {
        Some(url) => connect(url, arguments.session).await?,
        None => arguments.session.build()?,
    };
    let run = match &arguments.directory {
        Some(directory) => Run::in_directory(context, directory, &identity(&arguments.inputs)?)?,
        None => Run::new(context)?,
    };
    let run = run.on_progress(tell);
    let table = read(run.context(), &arguments.inputs).await?;
    let found = deduplicate(&run, table, &arguments.options).await?;
    let one_file = || DataFrameWriteOptions::new().with_single_file_output(true);
    let (documents, survivors) =
        (found.clusters.clone().count().await?, found.survivors.clone().count().await?);
    found.survivors.write_parquet(&arguments.output, one_file(), None).await?;
    if let Some(path) = &arguments.clusters {
        found.clusters.write_parquet(path, one_file(), None).await?;
    }
    println!("{documents} documents, {survivors} of them written to {}", arguments.output);
    Ok(())
}

fn arguments() -> Result<Option<Arguments>, Error> {
    let (mut paths, mut clusters, mut directory, mut scheduler) = (Vec::new(), None, None, None);
    let (mut id, mut text) = ("id".to_owned(), "text".to_owned());
    let (mut preset, mut threshold, mut session) = (Preset::Web, None, Session::new());
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("id") => id = parser.value()?.string()?,
            Long("text") => text = parser.value()?.string()?,
            Long("preset") => preset = parser.value()?.parse()?,
            Long("threshold") => threshold = Some(parser.value()?.parse()?),
            Long("memory") => session = session.memory(bytes(&parser.value()?.string()?)?),
            Long("partitions") => session = session.partitions(parser.value()?.parse()?),
            Long("scheduler") => scheduler = Some(parser.value()?.string()?),
            Long("run") => directory = Some(parser.value()?.string()?),
            Long("clusters") => clusters = Some(parser.value()?.string()?),
            Value(path) => paths.push(path.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let output = paths.pop().filter(|_| !paths.is_empty());
    let output = output.ok_or("give at least one input and then the output; --help tells more")?;
    if !output.ends_with(".parquet") {
        return Err(format!("the output comes last and is a .parquet file: {output} is not").into());
    }
    if scheduler.is_some() && directory.is_none() {
        return Err("with --scheduler give --run DIR, which all machines see by this name".into());
    }
    let mut options = Options::new(preset).id(id).text(text);
    if let Some(threshold) = threshold {
        options = options.threshold(threshold)?;
    }
    Ok(Some(Arguments { inputs: paths, output, clusters, directory, options, session, scheduler }))
}

/// The bytes that a size such as 2GB says.
fn bytes(size: &str) -> Result<usize, Error> {
    let digits = size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len());
    let unit: usize = match size[digits..].trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        _ => return Err(format!("{size} is no size: write 512MB or 2GB").into()),
    };
    let count: usize =
        size[..digits].parse().map_err(|_| format!("{size} is no size: write 512MB or 2GB"))?;
    Ok(count.checked_mul(unit).ok_or("that is more memory than there is")?)
}

/// Which files, how long and how old: what is kept of a run is of these.
fn identity(inputs: &[String]) -> Result<String, Error> {
    let mut identity = String::new();
    for path in inputs {
        let metadata = std::fs::metadata(path).map_err(|error| format!("{path}: {error}"))?;
        let age = metadata.modified()?.duration_since(UNIX_EPOCH)?;
        write!(identity, "{path} {} {}; ", metadata.len(), age.as_nanos())?;
    }
    Ok(identity)
}

/// The rows of all inputs.
async fn read(context: &SessionContext, inputs: &[String]) -> Result<DataFrame, Error> {
    let mut tables = Vec::new();
    for path in inputs {
        if !Path::new(path).exists() {
            return Err(format!("{path}: there is no such file").into());
        }
        let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
        let table = match extension {
            Some("parquet") => context.read_parquet(path.as_str(), ParquetReadOptions::default()).await,
            Some(extension @ ("jsonl" | "ndjson" | "json")) => {
                let ending = format!(".{extension}");
                context.read_json(path.as_str(), JsonReadOptions::default().file_extension(&ending)).await
            }
            _ => return Err(format!("{path}: name it .parquet, .jsonl, .ndjson or .json").into()),
        };
        tables.push(table.map_err(|error| format!("{path}: {error}"))?);
    }
    let mut all = tables.remove(0);
    for table in tables {
        all = all.union_by_name(table)?;
    }
    Ok(all)
}

/// Shows how far the run is.
fn tell(event: &StageEvent<'_>) {
    let line = match event {
        StageEvent::Begun { stage } if std::io::stderr().is_terminal() => format!("{stage} ...\r"),
        StageEvent::Done { stage, rows, bytes, time } => {
            format!("{stage}: {rows} rows, {:.1} MB, {:.1} s\n", *bytes as f64 / 1e6, time.as_secs_f64())
        }
        StageEvent::Kept { stage, rows } => format!("{stage}: {rows} rows, kept\n"),
        _ => return,
    };
    eprint!("{line}");
}
