//! Runs: stages that leave Parquet files, so that a run goes on where it was stopped.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use datafusion::common::{Result, exec_err};
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::store::{at, store};

/// Where plans run: a session, and a directory in which each stage leaves its rows.
///
/// The directory holds a folder of Parquet files for each stage and `manifest.json`, which lists the stages
/// that are done. A run in the same directory with the same identity does only what is missing; what a stage
/// left half done is thrown away.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> datafusion::error::Result<()> {
/// use reprint_datafusion::{Run, Session};
///
/// let directory = tempfile::tempdir()?;
/// let run = Run::in_directory(Session::new().build()?, directory.path(), "news of May")?;
/// // Another input would read what the first one left.
/// let other = Run::in_directory(Session::new().build()?, directory.path(), "news of June");
/// assert!(other.unwrap_err().to_string().contains("another directory"));
/// # drop(run);
/// # Ok(())
/// # }
/// ```
pub struct Run {
    context: SessionContext,
    directory: PathBuf,
    manifest: std::sync::Mutex<Manifest>,
    /// Queries that are called as stages are, and leave no rows.
    views: std::sync::Mutex<BTreeMap<&'static str, String>>,
    progress: Option<Arc<Progress>>,
    /// By which its tables are known in the session.
    number: u64,
    /// Removed with the run, where the caller gave no directory.
    temporary: Option<TempDir>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// What a run tells of itself.
type Progress = dyn Fn(&StageEvent<'_>) + Send + Sync;

/// How far a run is.
///
/// ```
/// use reprint_datafusion::{Run, Session, StageEvent};
///
/// let run = Run::new(Session::new().build()?)?.on_progress(|event| match event {
///     StageEvent::Begun { stage } => eprintln!("{stage} ..."),
///     StageEvent::Done { stage, rows, .. } => eprintln!("{stage}: {rows} rows"),
///     _ => {}
/// });
/// # drop(run);
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum StageEvent<'a> {
    /// A stage began.
    Begun {
        /// Its name.
        stage: &'a str,
    },
    /// A stage is done.
    Done {
        /// Its name.
        stage: &'a str,
        /// The rows that it gave.
        rows: u64,
        /// The bytes of its files.
        bytes: u64,
        /// How long it took.
        time: Duration,
    },
    /// A stage was done before.
    Kept {
        /// Its name.
        stage: &'a str,
        /// The rows that it gave.
        rows: u64,
    },
}

/// The stages that are done.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    /// Of what the stages are.
    identity: String,
    /// The options of the plan that they are stages of.
    #[serde(default)]
    options: Option<String>,
    stages: BTreeMap<String, Done>,
}

/// A stage that is done.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Done {
    rows: u64,
    bytes: u64,
    milliseconds: u64,
}

/// The rows of a stage, and how many there are.
pub(crate) struct Stage {
    pub(crate) rows: u64,
    pub(crate) name: String,
}

static RUNS: AtomicU64 = AtomicU64::new(0);

impl Run {
    /// A run whose stages go with it.
    ///
    /// # Errors
    /// If no temporary directory can be made.
    pub fn new(context: SessionContext) -> Result<Self> {
        let temporary = tempfile::Builder::new().prefix("reprint-").tempdir()?;
        let directory = temporary.path().to_path_buf();
        let mut run = Self::begin(context, directory, Manifest::default());
        run.temporary = Some(temporary);
        Ok(run)
    }

    /// A run that goes on from what an earlier one left in a directory.
    ///
    /// The identity says of what the stages are: the input, and whatever else decides them but the options
    /// of the plans, which are added to it.
    ///
    /// # Errors
    /// If the directory cannot be made or read, or holds stages of another identity.
    pub fn in_directory(
        context: SessionContext,
        directory: impl Into<PathBuf>,
        identity: &str,
    ) -> Result<Self> {
        let directory = directory.into();
        fs::create_dir_all(&directory).map_err(|error| at(&directory, &error))?;
        let file = directory.join(MANIFEST);
        let manifest = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| at(&file, &error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Manifest { identity: identity.to_owned(), ..Manifest::default() }
            }
            Err(error) => return Err(at(&file, &error)),
        };
        if manifest.identity != identity {
            return exec_err!(
                "{} holds a run of {:?}, and this one is of {identity:?}: give another directory, or remove that one",
                directory.display(),
                manifest.identity
            );
        }
        let run = Self::begin(context, directory, manifest);
        // From now on the directory is of this identity.
        run.save()?;
        Ok(run)
    }

    fn begin(context: SessionContext, directory: PathBuf, manifest: Manifest) -> Self {
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let manifest = std::sync::Mutex::new(manifest);
        let views = std::sync::Mutex::default();
        Self { context, directory, manifest, views, progress: None, number, temporary: None }
    }

    /// A function that is told of each stage.
    #[must_use]
    pub fn on_progress(mut self, progress: impl Fn(&StageEvent<'_>) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(progress));
        self
    }

    /// The session.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Where the stages are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn manifest(&self) -> std::sync::MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn tell(&self, event: StageEvent<'_>) {
        if let Some(progress) = &self.progress {
            progress(&event);
        }
    }

    /// The name of a stage's table.
    fn table_name(&self, stage: &str) -> String {
        format!("reprint_{}_{stage}", self.number)
    }

    /// Begins a plan with these options: a run is of one.
    pub(crate) fn begin_plan(&self, options: &str) -> Result<()> {
        let mut manifest = self.manifest();
        match &manifest.options {
            Some(before) if before != options => exec_err!(
                "{} holds a run with other options ({before}; and now {options}): begin another run, or remove that one",
                self.directory.display()
            ),
            _ => {
                manifest.options = Some(options.to_owned());
                Ok(())
            }
        }
    }

    /// Does a stage, unless it is done.
    pub(crate) async fn stage(
        &self,
        name: &str,
        plan: impl Future<Output = Result<DataFrame>>,
    ) -> Result<Stage> {
        let done = self.manifest().stages.get(name).copied();
        let folder = self.directory.join(name);
        let rows = if let Some(done) = done {
            self.tell(StageEvent::Kept { stage: name, rows: done.rows });
            done.rows
        } else {
            self.tell(StageEvent::Begun { stage: name });
            let start = Instant::now();
            let written = async { store(&folder, plan.await?).await }.await;
            let (rows, bytes) =
                written.map_err(|error| error.context(format!("stage {name}, in {}", folder.display())))?;
            let time = start.elapsed();
            let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            self.manifest().stages.insert(name.to_owned(), Done { rows, bytes, milliseconds });
            self.save()?;
            self.tell(StageEvent::Done { stage: name, rows, bytes, time });
            rows
        };
        let path = folder.to_string_lossy().into_owned() + "/";
        self.context.register_parquet(&self.table_name(name), path, ParquetReadOptions::default()).await?;
        Ok(Stage { rows, name: name.to_owned() })
    }

    fn save(&self) -> Result<()> {
        let file = self.directory.join(MANIFEST);
        let bytes = serde_json::to_vec_pretty(&*self.manifest()).map_err(|error| at(&file, &error))?;
        // All of it or nothing, whenever the machine stops.
        let mut new = tempfile::NamedTempFile::new_in(&self.directory)?;
        std::io::Write::write_all(&mut new, &bytes).map_err(|error| at(&file, &error))?;
        new.as_file().sync_all().map_err(|error| at(&file, &error))?;
        new.persist(&file).map_err(|error| at(&file, &error.error))?;
        Ok(())
    }

    /// Gives a name to a query over stages, by which others call it as they call a stage.
    pub(crate) fn view(&self, name: &'static str, query: &str) {
        let sql = self.sql(query);
        self.views().insert(name, sql);
    }

    fn views(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.views.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A query in which stages and views stand in the place of their names in braces.
    fn sql(&self, query: &str) -> String {
        let views = self.views();
        let mut sql = String::with_capacity(query.len());
        let mut rest = query;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            sql += before;
            match views.get(name) {
                Some(view) => sql.extend(["(", view, ")"]),
                None => sql += &self.table_name(name),
            }
            rest = after;
        }
        sql + rest
    }

    /// A query over stages and views, which it names in braces.
    pub(crate) async fn query(&self, query: &str) -> Result<DataFrame> {
        self.context.sql(&self.sql(query)).await
    }

    /// As [`query`](Self::query), of joins with so many rows of numbers on one side: these are kept in memory, if they
    /// fit, and the other side is not sorted.
    pub(crate) async fn query_beside(&self, rows: u64, query: &str) -> Result<DataFrame> {
        self.joining_in_memory(self.fits(rows)).sql(&self.sql(query)).await
    }

    /// The session, in which joins keep their smaller side in memory or keep neither.
    fn joining_in_memory(&self, is_in_memory: bool) -> SessionContext {
        let mut state = self.context.state();
        state.config_mut().options_mut().optimizer.prefer_hash_join = is_in_memory;
        SessionContext::new_with_state(state)
    }

    /// Whether a join may keep so many rows of numbers.
    pub(crate) fn fits(&self, rows: u64) -> bool {
        rows <= self.most_in_memory(JOINED)
    }

    /// The rows of so many bytes each that fit into half of the memory limit.
    pub(crate) fn most_in_memory(&self, bytes: usize) -> u64 {
        match self.context.runtime_env().memory_pool.memory_limit() {
            MemoryLimit::Finite(limit) => (limit / 2 / bytes) as u64,
            _ => u64::MAX,
        }
    }

    /// The rows of a stage.
    pub(crate) async fn table(&self, stage: &Stage) -> Result<DataFrame> {
        self.context.table(self.table_name(&stage.name)).await
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let stages: Vec<String> = self.manifest().stages.keys().cloned().collect();
        for stage in stages {
            // Whoever still reads a table has it.
            let _ = self.context.deregister_table(self.table_name(&stage));
        }
    }
}

/// Bytes that a join takes for a row of numbers that it keeps, at most.
const JOINED: usize = 128;

/// The file that lists the stages.
const MANIFEST: &str = "manifest.json";
