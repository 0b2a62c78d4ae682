//! A scheduler and three executors, each a process of its own, find what the core finds; also when one of
//! them is killed. What goes wrong on another machine is told where the run was started.

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
    /// Executors whose files may have so many blocks each.
    fn start(directory: &Path, most_blocks: Option<usize>) -> Self {
        let ports = free_ports(7);
        let url = format!("http://127.0.0.1:{}", ports[0]);
        let scheduler = Command::new(env!("CARGO_BIN_EXE_reprint-scheduler"))
            .args(["--port", &ports[0].to_string(), "--timeout", "5"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", ports[0])).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(2), "the scheduler does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        let executor = |number: usize| {
            let work = directory.join(format!("executor-{number}"));
            let binary = env!("CARGO_BIN_EXE_reprint-executor");
            let mut command = match most_blocks {
                None => Command::new(binary),
                // As if the disk were full: what is longer is refused.
                Some(blocks) => {
                    let mut shell = Command::new("sh");
                    shell
                        .arg("-c")
                        .arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""))
                        .arg(binary);
                    shell
                }
            };
            command
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

/// Writes documents into three files of a folder.
async fn write(folder: &Path, documents: &[(u64, Option<String>)]) -> String {
    let input = folder.join("input/").to_string_lossy().into_owned() + "/";
    let local = SessionContext::new();
    let written = table(&local, documents, 3).write_parquet(&input, DataFrameWriteOptions::new(), None).await;
    written.unwrap();
    input
}

/// Loses an executor shortly after the beginning of a stage.
async fn check(preset: Preset, kill_at: &'static str) {
    let directory = tempfile::tempdir().unwrap();
    let documents = corpus(11, 60);
    let expected = partition_of_core(&documents, preset);
    let input = write(directory.path(), &documents).await;
    let cluster = Cluster::start(directory.path(), None);
    // More than the slots of an executor, of which one task takes as many as are free.
    let context = reprint_ballista::connect(&cluster.url, Session::new().partitions(5)).await.unwrap();
    let executors = Arc::clone(&cluster.executors);
    let run = Run::in_directory(context, directory.path().join("run"), "corpus 11").unwrap();
    let run = run.on_progress(move |event| {
        if matches!(event, StageEvent::Begun { stage } if *stage == kill_at) {
            let mut executor = executors.lock().unwrap().remove(0);
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(30));
                executor.kill().unwrap();
                executor.wait().unwrap();
            });
        }
    });
    let table = run.context().read_parquet(&input, ParquetReadOptions::default()).await.unwrap();
    let found = deduplicate(&run, table, &Options::new(preset)).await.unwrap();
    assert_eq!(partition(found.clusters).await, expected);
    assert_eq!(found.survivors.count().await.unwrap(), expected.len());
    assert_eq!(cluster.executors.lock().unwrap().len(), 2);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_on_another_machine_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let input = write(directory.path(), &corpus(12, 20)).await;
    let cluster = Cluster::start(directory.path(), Some(4));
    let error = async |name: &str, options: &Options| {
        let context = reprint_ballista::connect(&cluster.url, Session::new().partitions(3)).await.unwrap();
        let run = Run::in_directory(context, directory.path().join(name), name).unwrap();
        let table = run.context().read_parquet(&input, ParquetReadOptions::default()).await.unwrap();
        deduplicate(&run, table, options).await.unwrap_err().to_string()
    };
    let found = error("column", &Options::default().text("body")).await;
    assert!(found.contains("no column \"body\"") && found.contains("id, text"), "{found}");
    let found = error("disk", &Options::default()).await;
    assert!(found.contains("stage texts") && found.contains("File too large"), "{found}");
}
