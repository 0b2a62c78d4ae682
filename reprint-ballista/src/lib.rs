//! Copies of a text on several machines: the plans of [`reprint_datafusion`], unchanged, on Ballista.
//!
//! A scheduler and executors run in processes of their own, the binaries `reprint-scheduler` and
//! `reprint-executor`, which know the functions and the parts of plans. A program connects to the scheduler
//! and runs plans as on one machine:
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> datafusion::error::Result<()> {
//! use datafusion::prelude::ParquetReadOptions;
//! use reprint_datafusion::{Options, Run, Session, deduplicate};
//!
//! let context = reprint_ballista::connect("http://scheduler:50050", Session::new().partitions(48)).await?;
//! // All machines see these directories by the same names.
//! let run = Run::in_directory(context, "/mnt/shared/run", "news of May")?;
//! let table = run.context().read_parquet("/mnt/shared/news/", ParquetReadOptions::default()).await?;
//! let found = deduplicate(&run, table, &Options::default()).await?;
//! found.survivors.show().await
//! # }
//! ```
//!
//! Where an executor is lost, Ballista does its tasks again on others; each attempt at a part of a stage writes a
//! file of its own, and those that were reported as done are the stage, so the result is the same.

mod codec;
mod log;

use std::sync::Arc;
use std::time::Duration;

use ballista_core::config::{BALLISTA_ADAPTIVE_PLANNER_ENABLED, BALLISTA_BROADCAST_JOIN_THRESHOLD_BYTES};
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use ballista_core::optimizer::ballista_default_optimizer_rules;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::ExecutorProcessConfig;
use ballista_scheduler::config::SchedulerConfig;
use codec::{LogicalCodec, PhysicalCodec};
use datafusion::common::{Result, config_err, exec_err};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::{SessionConfig, SessionContext};
pub use log::log_to_stderr;
use reprint_datafusion::{Session, register_all, remote};

/// The port that a scheduler listens on where no other is said.
pub const SCHEDULER_PORT: u16 = 50050;

/// Bytes that a message may be of: the statistics of a corpus go through one, and are tens of megabytes.
const MOST_MESSAGE: u32 = 256 << 20;

/// How long a scheduler may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The host and port that a URL such as `http://host:50050` says; the scheme and the port may be left out.
///
/// # Errors
/// If it is no such URL.
///
/// ```
/// assert_eq!(reprint_ballista::address("df://machine-1")?, ("machine-1".to_owned(), 50050));
/// assert!(reprint_ballista::address("http://machine-1:many").is_err());
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// ```
pub fn address(url: &str) -> Result<(String, u16)> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (rest, Some(SCHEDULER_PORT)),
    };
    match port {
        Some(port) if !host.is_empty() && !host.contains('/') => Ok((host.to_owned(), port)),
        _ => config_err!("{url:?} is no address of a scheduler: write http://host:{SCHEDULER_PORT}"),
    }
}

/// A session whose plans run on the executors of a scheduler.
///
/// The session's memory limit is to be what one slot of an executor has: by it plans decide what a task may hold in
/// memory, and without it they hold whatever they can. The session's partitions are the parts of a stage, and should be
/// some times the slots of all executors together.
///
/// # Errors
/// If the URL is wrong, or no scheduler answers there within ten seconds.
pub async fn connect(url: &str, session: Session) -> Result<SessionContext> {
    let (host, port) = address(url)?;
    let reached = tokio::net::TcpStream::connect((host.as_str(), port));
    let remedy = "start reprint-scheduler there, or give another URL";
    match tokio::time::timeout(PATIENCE, reached).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return exec_err!("no scheduler answers at {url}: {error}: {remedy}"),
        Err(_) => return exec_err!("no scheduler answers at {url} within {PATIENCE:?}: {remedy}"),
    }
    let state = session.build()?.state();
    let config = of_cluster(state.config().clone());
    let state = SessionStateBuilder::new_from_existing(state).with_config(config).build();
    let state = state.upgrade_for_ballista(format!("http://{host}:{port}"))?;
    let mut context = SessionContext::new_with_state(state);
    register_all(&mut context)?;
    Ok(context)
}

/// What all processes say of messages, codecs and planning.
fn of_cluster(config: SessionConfig) -> SessionConfig {
    config
        .upgrade_for_ballista()
        .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::default()))
        .with_ballista_physical_extension_codec(Arc::new(PhysicalCodec::default()))
        .with_ballista_grpc_client_max_message_size(MOST_MESSAGE as usize)
        // Planned anew after each stage, a join below a repartition never ends: its stage is done again and again.
        .set_bool(BALLISTA_ADAPTIVE_PLANNER_ENABLED, false)
        // What is sent to all is held by all: joins are of sorted rows, as on one machine.
        .set_u64(BALLISTA_BROADCAST_JOIN_THRESHOLD_BYTES, 0)
}

/// A session of a scheduler: it plans, and runs nothing.
fn planning(config: SessionConfig) -> Result<SessionState> {
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(of_cluster(config))
        .with_optimizer_rules(ballista_default_optimizer_rules())
        .with_query_planner(remote::planner())
        .build();
    let mut context = SessionContext::new_with_state(state);
    register_all(&mut context)?;
    Ok(context.state())
}

/// The configuration of a scheduler that plans what is sent to it.
///
/// An executor that is not heard of for so long is taken for lost, and its tasks go to others.
pub fn scheduler(host: &str, port: u16, timeout: Duration) -> SchedulerConfig {
    let seconds = timeout.as_secs().max(1);
    SchedulerConfig {
        external_host: host.to_owned(),
        bind_host: host.to_owned(),
        bind_port: port,
        executor_timeout_seconds: seconds,
        expire_dead_executor_interval_seconds: seconds.div_ceil(4),
        grpc_server_max_decoding_message_size: MOST_MESSAGE,
        grpc_server_max_encoding_message_size: MOST_MESSAGE,
        grpc_client_max_message_size: MOST_MESSAGE,
        override_config_producer: Some(Arc::new(|| of_cluster(SessionConfig::new_with_ballista()))),
        override_session_builder: Some(Arc::new(planning)),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
        ..SchedulerConfig::default()
    }
}

/// The configuration of an executor of the scheduler at this host and port, which does so many tasks at once.
///
/// What is not said here (its own addresses, its memory pool, where it works) has Ballista's defaults.
///
/// # Errors
/// If the functions cannot be registered.
pub fn executor(scheduler_host: &str, scheduler_port: u16, slots: usize) -> Result<ExecutorProcessConfig> {
    let registry = BallistaFunctionRegistry::from(&planning(SessionConfig::new_with_ballista())?);
    Ok(ExecutorProcessConfig {
        scheduler_host: scheduler_host.to_owned(),
        scheduler_port,
        scheduler_connect_timeout_seconds: 60,
        vcores: slots.max(1),
        executor_heartbeat_interval_seconds: 2,
        grpc_max_decoding_message_size: MOST_MESSAGE,
        grpc_max_encoding_message_size: MOST_MESSAGE,
        override_function_registry: Some(Arc::new(registry)),
        override_config_producer: Some(Arc::new(|| of_cluster(SessionConfig::new_with_ballista()))),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
        ..ExecutorProcessConfig::default()
    })
}
