//! Does tasks of plans: `reprint-executor --scheduler URL [--bind HOST] [--port P] [--slots N] [--memory SIZE]`.

mod process;

use std::process::ExitCode;
use std::sync::Arc;

use ballista_executor::executor_process::start_executor_process;
use lexopt::prelude::{Long, Short, ValueExt};
use process::Error;

const HELP: &str = "Does tasks of plans that a scheduler shares out.

usage: reprint-executor --scheduler URL [options]

  --scheduler URL   such as http://machine-1:50050
  --bind HOST       the address to listen at, by which other executors know it; default: 127.0.0.1
  --port P          for data, and the port after it for tasks; default: 50051
  --slots N         tasks at once; default: one a core
  --memory BYTES    what sorts and joins may hold, the same part of it for each slot; the rest goes to disk
  --work DIR        where shuffled and spilled data goes; default: a new directory among the temporary ones
  --log LEVEL       tell error, warn, info or debug on the standard error; default: nothing
";

fn main() -> ExitCode {
    process::run("reprint-executor", serve())
}

async fn serve() -> Result<(), Error> {
    let (mut scheduler, mut host, mut port) = (None, "127.0.0.1".to_owned(), 50051_u16);
    let (mut slots, mut memory, mut work) = (std::thread::available_parallelism()?.get(), None, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("scheduler") => scheduler = Some(parser.value()?.string()?),
            Long("bind") => host = parser.value()?.string()?,
            Long("port") => port = parser.value()?.parse()?,
            Long("slots") => slots = parser.value()?.parse()?,
            Long("memory") => memory = Some(parser.value()?.parse()?),
            Long("work") => work = Some(parser.value()?.string()?),
            Long("log") => reprint_ballista::log_to_stderr(&parser.value()?.string()?)?,
            other => return Err(other.unexpected().into()),
        }
    }
    let scheduler = scheduler.ok_or("give --scheduler URL; --help tells more")?;
    let (scheduler_host, scheduler_port) = reprint_ballista::address(&scheduler)?;
    let mut config = reprint_ballista::executor(&scheduler_host, scheduler_port, slots)?;
    let tasks = port.checked_add(1).ok_or("the port after --port is for tasks: give a smaller one")?;
    config.bind_host.clone_from(&host);
    config.external_host = Some(host);
    (config.port, config.grpc_port) = (port, tasks);
    config.memory_pool_size = memory;
    let work = match work {
        Some(work) => work,
        None => format!("{}/reprint-executor-{}", std::env::temp_dir().display(), std::process::id()),
    };
    std::fs::create_dir_all(&work).map_err(|error| format!("{work}: {error}"))?;
    config.work_dir = Some(work);
    println!("reprint-executor works for {scheduler}");
    start_executor_process(Arc::new(config)).await?;
    Ok(())
}
