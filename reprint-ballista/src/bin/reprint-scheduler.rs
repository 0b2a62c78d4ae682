//! Shares out the tasks of plans among executors: `reprint-scheduler [--bind HOST] [--port P] [--timeout S]`.

mod process;

use std::net::ToSocketAddrs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::scheduler_process::start_server;
use lexopt::prelude::{Long, Short, ValueExt};
use process::Error;

const HELP: &str = "Shares out the tasks of plans among executors.

usage: reprint-scheduler [options]

  --bind HOST     the address to listen at, by which executors and clients know it; default: 127.0.0.1
  --port P        default: 50050
  --timeout S     seconds after which an executor that is not heard of is lost; default: 60
  --log LEVEL     tell error, warn, info or debug on the standard error; default: nothing
";

fn main() -> ExitCode {
    process::run("reprint-scheduler", serve())
}

async fn serve() -> Result<(), Error> {
    let (mut host, mut port, mut timeout) = ("127.0.0.1".to_owned(), reprint_ballista::SCHEDULER_PORT, 60);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            Long("bind") => host = parser.value()?.string()?,
            Long("port") => port = parser.value()?.parse()?,
            Long("timeout") => timeout = parser.value()?.parse()?,
            Long("log") => reprint_ballista::log_to_stderr(&parser.value()?.string()?)?,
            other => return Err(other.unexpected().into()),
        }
    }
    let address = (host.as_str(), port).to_socket_addrs()?.next();
    let address = address.ok_or_else(|| format!("{host} has no address"))?;
    let config = reprint_ballista::scheduler(&host, port, Duration::from_secs(timeout));
    let cluster = BallistaCluster::new_from_config(&config).await?;
    println!("reprint-scheduler listens at {address}");
    start_server(cluster, address, Arc::new(config)).await?;
    Ok(())
}
