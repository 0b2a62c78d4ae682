//! A scheduler and three executors, each a process of its own, find what the core finds; also when one of
//! them is killed.

#[path = "../../reprint-datafusion/tests/plans/common.rs"]
mod common;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{corpus, partition, partition_of_core, table};
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use reprint::Preset;
use reprint_datafusion::{Options, Run, Session, StageEvent, deduplicate};

/// Processes that end with the test.
struct Cluster {
    url: String,
    scheduler: Child,
    executors: Arc<Mutex<Vec<Child>>>,
}

impl Cluster {
    fn start(directory: &Path) -> Self {
        let ports = free_ports(7);
        let url = format!("http://127.0.0.1:{}", ports[0]);
        let scheduler = Command::new(env!("CARGO_BIN_EXE_reprint-scheduler"))
            .args(["--port", &ports[0].to_string(), "--timeout", "10"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", ports[0])).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(120), "the scheduler does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        let executor = |number: usize| {
            let work = directory.join(format!("executor-{number}"));
            Command::new(env!("CARGO_BIN_EXE_reprint-executor"))
                .args(["--scheduler", &url, "--port", &ports[1 + 2 * number].to_string(), "--slots", "2"])
                .args(["--memory", "200000000", "--work", &work.to_string_lossy()])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        };
        let executors = Arc::new(Mutex::new((0..3).map(executor).collect()));
        Self { url, scheduler, executors }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut executors = self.executors.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for process in executors.iter_mut().chain([&mut self.scheduler]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Ports that are free, in pairs of neighbours from the second on.
fn free_ports(count: usize) -> Vec<u16> {
    let mut ports = Vec::new();
    while ports.len() < count {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if ports.is_empty() {
            ports.push(port);
        } else if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            ports.extend([port, port + 1]);
        }
    }
    ports
}

async fn check(preset: Preset, kill_at: &'static str) {
    let directory = tempfile::tempdir().unwrap();
    let documents = corpus(11, 60);
    let expected = partition_of_core(&documents, preset);
    let input = directory.path().join("input/").to_string_lossy().into_owned() + "/";
    let local = SessionContext::new();
    let written =
        table(&local, &documents, 3).write_parquet(&input, DataFrameWriteOptions::new(), None).await;
    written.unwrap();
    let cluster = Cluster::start(directory.path());
    let context = reprint_ballista::connect(&cluster.url, Session::new().partitions(4)).await.unwrap();
    let executors = Arc::clone(&cluster.executors);
    let run = Run::in_directory(context, directory.path().join("run"), "corpus 11").unwrap();
    let run = run.on_progress(move |event| {
        eprintln!("{event:?}");
        if matches!(event, StageEvent::Begun { stage } if std::env::var("NOKILL").is_err() && *stage == kill_at) {
            let mut executor = executors.lock().unwrap().remove(0);
            // In the middle of the stage, or of what it reads.
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                executor.kill().unwrap();
                executor.wait().unwrap();
            });
        }
    });
    let table = run.context().read_parquet(&input, ParquetReadOptions::default()).await.unwrap();
    let found = deduplicate(&run, table, &Options::new(preset)).await.unwrap();
    assert_eq!(partition(found.clusters).await, expected);
    assert_eq!(found.survivors.count().await.unwrap(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn web_is_the_partition_of_the_core_with_an_executor_lost() {
    check(Preset::Web, "buckets").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wire_is_the_partition_of_the_core_with_an_executor_lost() {
    check(Preset::Wire, "asked").await;
}

#[tokio::test]
async fn a_wrong_url_is_told() {
    let port = free_ports(1)[0];
    let url = format!("http://127.0.0.1:{port}");
    let error = reprint_ballista::connect(&url, Session::new()).await.err().unwrap().to_string();
    assert!(error.contains(&url) && error.contains("start reprint-scheduler"), "{error}");
    let error = reprint_ballista::connect("http://", Session::new()).await.err().unwrap().to_string();
    assert!(error.contains("no address of a scheduler"), "{error}");
}
