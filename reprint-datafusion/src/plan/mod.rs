//! Plans: near-duplicates, clusters, survivors, from tables to tables.

mod components;
mod documents;
mod jaccard;
mod wire;

use datafusion::arrow::array::AsArray;
use datafusion::common::{Result, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{JoinType, ident};
use reprint::method::Method;
use reprint::{Preset, Representative};

pub use components::{Components, clusters};
pub(crate) use wire::read_statistics;

use crate::Run;
use crate::run::Stage;
use crate::walk::Walk;

/// What the stage `matches` tells of a pair.
const EVIDENCE: &str = "m.a, m.b, m.score, m.basis, m.covered_of_a, m.covered_of_b, m.noise";

/// What is looked for, and in which columns.
///
/// ```
/// use reprint::Preset;
/// use reprint_datafusion::Options;
///
/// let options = Options::new(Preset::Web).id("url").text("body").threshold(0.7)?;
/// assert_eq!(options.method().threshold(), 0.7);
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    id: String,
    text: String,
    method: Method,
    representative: Representative,
}

impl Options {
    /// By a preset or a method, of columns `id` and `text`.
    pub fn new(method: impl Into<Method>) -> Self {
        Self {
            id: "id".into(),
            text: "text".into(),
            method: method.into(),
            representative: Representative::default(),
        }
    }

    /// The column of the ids: of any type that sorts and joins, each given once. Default: `id`.
    pub fn id(mut self, column: impl Into<String>) -> Self {
        self.id = column.into();
        self
    }

    /// The column of the texts: `Utf8`, `LargeUtf8`, `Utf8View` or a dictionary of these; null is empty.
    /// Default: `text`.
    pub fn text(mut self, column: impl Into<String>) -> Self {
        self.text = column.into();
        self
    }

    /// The score from which a pair is a match.
    ///
    /// # Errors
    /// If it is not above 0 and at most 1, or the method cannot find pairs of that score.
    pub fn threshold(mut self, threshold: f64) -> Result<Self> {
        self.method = self.method.with_threshold(threshold).map_err(crate::functions::external)?;
        Ok(self)
    }

    /// Which member of a cluster survives: the longest or the earliest, of equals the one of least id.
    /// "Earliest" is that of least id. Default: the longest.
    pub fn representative(mut self, representative: Representative) -> Self {
        self.representative = representative;
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// What decides the stages of a run.
    fn identity(&self) -> String {
        let Self { id, text, method, representative } = self;
        let method = match method {
            Method::Jaccard(jaccard) => {
                let (seed, bins) = (jaccard.minhasher().params().seed(), jaccard.minhasher().params().bins());
                format!(
                    "resemblance {}, {}, {bins} bins, seed {seed}",
                    jaccard.threshold(),
                    jaccard.banding()
                )
            }
            Method::Wire(wire) => format!("passages {}, seed {}", wire.threshold(), wire.seed()),
            other => format!("threshold {}", other.threshold()),
        };
        format!("id {id:?}, text {text:?}, {method}, {representative:?} survive")
    }
}

impl Default for Options {
    /// By [`Preset::Web`].
    fn default() -> Self {
        Self::new(Preset::Web)
    }
}

/// The pairs of documents that match, each once: (`a`, `b`) of the ids' type, and the evidence.
///
/// | column | type | |
/// |---|---|---|
/// | `score` | `Float64` | in \[0, 1\] |
/// | `basis` | `Utf8` | by what the pair was judged: `identical`, `shingles`, `passages`, `scan` or `words`, see [`Basis`](reprint::verify::Basis) |
/// | `covered_of_a`, `covered_of_b` | `Float64` | the share of each text that the other has, in \[0, 1\]: of its letters by `wire`, otherwise of its word 5-grams |
/// | `noise` | `Float64` | the share of the covered letters that were misread, in \[0, 1\], by `wire`; otherwise 0 |
///
/// They are the matches of the core's [`Finder`](reprint::Finder), those that bind each copy of one text to
/// the first included. Where two texts share what, `align` shows.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> datafusion::error::Result<()> {
/// use reprint::Preset;
/// use reprint_datafusion::{Options, Run, Session, near_duplicates};
///
/// let run = Run::new(Session::new().build()?)?;
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night";
/// let rows = format!(
///     "SELECT * FROM (VALUES ('x', '{story}.'), ('y', '{story}, again.'), ('z', 'Rain.')) AS stories (id, text)"
/// );
/// let table = run.context().sql(&rows);
/// let pairs = near_duplicates(&run, table.await?, &Options::new(Preset::Web)).await?;
/// assert_eq!(pairs.count().await?, 1);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If a column is not there, an id is null or given twice, or the method has no plan; and whatever the engine
/// reports, with the stage that it happened in.
pub async fn near_duplicates(run: &Run, table: DataFrame, options: &Options) -> Result<DataFrame> {
    let found = Box::pin(find(run, table, options)).await?;
    let pairs = run.stage("pairs", async {
        // What is no place is a copy of what is one.
        run.query(
            "SELECT x.id AS a, y.id AS b, m.score, m.basis, m.covered_of_a, m.covered_of_b, m.noise FROM {matches} m \
             JOIN {documents} x ON m.a = x.place AND x.is_place JOIN {documents} y ON m.b = y.place AND y.is_place \
             UNION ALL \
             SELECT x.id AS a, y.id AS b, CAST(1 AS DOUBLE) AS score, 'identical' AS basis, \
                CAST(1 AS DOUBLE) AS covered_of_a, CAST(1 AS DOUBLE) AS covered_of_b, CAST(0 AS DOUBLE) AS noise \
             FROM {documents} x \
             JOIN {documents} y ON x.place = y.place WHERE x.is_place AND NOT y.is_place",
        )
        .await
    });
    let _ = found;
    run.table(&pairs.await?).await
}

/// What [`deduplicate`] gives.
#[derive(Debug)]
pub struct Deduplicated {
    /// (`id`, `cluster`, `is_survivor`), of the ids' type, `UInt64` and `Boolean`: every document. Clusters are
    /// known by numbers that depend on the texts alone.
    pub clusters: DataFrame,
    /// The rows of the table whose documents survive: one of each cluster.
    pub survivors: DataFrame,
    /// The rounds that the connected components took, 0 where they were found in memory.
    pub rounds: usize,
}

/// The clusters of a table's documents, and the rows of one document of each.
///
/// The same whatever the number of partitions, the order of rows and their files: the clusters of the core's
/// [`Finder`](reprint::Finder).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> datafusion::error::Result<()> {
/// use reprint::Preset;
/// use reprint_datafusion::{Options, Run, Session, deduplicate};
///
/// let run = Run::new(Session::new().build()?)?;
/// let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night";
/// let rows = format!(
///     "SELECT * FROM (VALUES (1, '{story}.'), (2, '{story}, again.'), (3, '')) AS stories (id, text)"
/// );
/// let table = run.context().sql(&rows);
/// let found = deduplicate(&run, table.await?, &Options::new(Preset::Web)).await?;
/// assert_eq!(found.survivors.count().await?, 2);
/// assert_eq!(found.clusters.count().await?, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`near_duplicates`].
pub async fn deduplicate(run: &Run, table: DataFrame, options: &Options) -> Result<Deduplicated> {
    // In the direction in which walks sort: the least first.
    let order = match options.representative {
        Representative::Earliest => "CAST(0 AS BIGINT UNSIGNED)",
        Representative::Longest => "CAST(18446744073709551615 AS BIGINT UNSIGNED) - bytes",
        other => return plan_err!("{other:?} survivors have no plan: choose the longest or the earliest"),
    };
    let found = Box::pin(find(run, table.clone(), options)).await?;
    let assigned = run.stage("clusters", async {
        let query = format!(
            "SELECT coalesce(c.v, d.place) AS cluster, {order} AS ordered, d.id FROM {{documents}} d \
             LEFT JOIN {{{}}} c ON d.place = c.u",
            found.components.name
        );
        Walk::Survivors.over(run.query_beside(found.components.rows, &query).await?)
    });
    let assigned = run.table(&assigned.await?).await?;
    let kept =
        assigned.clone().filter(ident("is_survivor"))?.select(vec![ident("id").alias("reprint_survivor")])?;
    let survivors = table.join(kept, JoinType::LeftSemi, &[&options.id], &["reprint_survivor"], None)?;
    Ok(Deduplicated { clusters: assigned, survivors, rounds: found.rounds })
}

/// What both plans find: the stages `documents`, `places` and `matches`, and components.
struct Found {
    components: Stage,
    rounds: usize,
}

async fn find(run: &Run, table: DataFrame, options: &Options) -> Result<Found> {
    run.begin_plan(&options.identity())?;
    documents::documents(run, table.clone(), options).await?;
    let (components, rounds) = match &options.method {
        Method::Jaccard(jaccard) => {
            jaccard::matches(run, jaccard).await?;
            let pairs = async { run.query("SELECT a, b FROM {matches}").await };
            Box::pin(components::components(run, "components", pairs)).await?
        }
        Method::Wire(method) => Box::pin(wire::matches(run, table, options, method)).await?,
        other => return plan_err!("there is no plan for {other:?}: choose wire, web or strict"),
    };
    Ok(Found { components, rounds })
}

/// The number that a query counts.
async fn count(run: &Run, query: &str) -> Result<u64> {
    let rows = run.query(query).await?.collect().await?;
    let counted = rows.first().map(|rows| rows.column(0));
    let counted =
        counted.and_then(|column| column.as_primitive_opt::<datafusion::arrow::datatypes::Int64Type>());
    Ok(counted.map_or(0, |counts| counts.value(0).unsigned_abs()))
}
