//! Connected components of pairs, round by round.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, UInt64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{cast, ident};

use crate::Run;
use crate::run::Stage;
use crate::walk::Walk;

/// The connected components of pairs.
#[derive(Debug)]
pub struct Components {
    /// (document, least), both `UInt64`: each document that is in a pair with another, but the least of its
    /// component, and that one.
    pub table: DataFrame,
    /// The rounds that it took, of two passes over the edges each.
    pub rounds: usize,
}

/// Rounds at most. Each at least halves the longest way to the least document but for some, and is 1 more at
/// most than the logarithm of the longest of all: 2⁶⁴ documents in a row would take 65.
const MOST_ROUNDS: usize = 100;

/// The connected components of pairs `a`, `b` of numbers: by alternating large-star and small-star passes
/// (Kiveris and others, 2014) until nothing changes.
///
/// Each pass is a sort of the edges, and keeps nothing of them in memory. A document's number is any `UInt64`;
/// components are known by the least of theirs.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> datafusion::error::Result<()> {
/// use reprint_datafusion::{Run, Session, clusters};
///
/// let run = Run::new(Session::new().build()?)?;
/// let pairs = run.context().sql("SELECT * FROM (VALUES (7, 3), (3, 9), (20, 21)) AS pairs (a, b)").await?;
/// let components = clusters(&run, pairs).await?;
/// // 7 and 9 belong to 3, and 21 to 20.
/// assert_eq!(components.table.count().await?, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the columns are not there, or are no numbers; and whatever the engine reports.
pub async fn clusters(run: &Run, pairs: DataFrame) -> Result<Components> {
    let (stage, rounds) = components(run, "components", async { Ok(pairs) }).await?;
    Ok(Components {
        table: run
            .table(&stage)
            .await?
            .select(vec![ident("u").alias("document"), ident("v").alias("least")])?,
        rounds,
    })
}

/// The stage (u, v) of each document and the least of its component, and the number of rounds.
pub(super) async fn components(
    run: &Run,
    name: &str,
    pairs: impl Future<Output = Result<DataFrame>>,
) -> Result<(Stage, usize)> {
    let mut stage = run
        .stage(&format!("{name}_0"), async {
            let pairs = pairs.await?;
            for column in ["a", "b"] {
                let field = pairs.schema().field_with_unqualified_name(column);
                if !field.is_ok_and(|field| field.data_type().is_integer()) {
                    return plan_err!(
                        "pairs have columns a and b of whole numbers: there is no such {column}"
                    );
                }
            }
            let number = |column: &str| cast(ident(column), DataType::UInt64);
            let pairs = pairs.select(vec![number("a").alias("a"), number("b").alias("b")])?;
            let edges = pairs.filter(ident("a").not_eq(ident("b")))?;
            let greatest = datafusion::logical_expr::when(ident("a").gt(ident("b")), ident("a"))
                .otherwise(ident("b"))?;
            let least = datafusion::logical_expr::when(ident("a").gt(ident("b")), ident("b"))
                .otherwise(ident("a"))?;
            edges.select(vec![greatest.alias("u"), least.alias("v")])?.distinct()
        })
        .await?;
    let mut before = fingerprint(run, &stage).await?;
    for round in 1..=MOST_ROUNDS {
        let last = &stage.name;
        let (first, second) = (format!("{name}_{round}_large"), format!("{name}_{round}"));
        let large = run.stage(&first, async {
            let both = format!("SELECT u, v FROM {{{last}}} UNION ALL SELECT v AS u, u AS v FROM {{{last}}}");
            Walk::LargeStar.over(run.query(&both).await?)?.distinct()
        });
        let large = large.await?.name;
        let small = run.stage(&second, async {
            Walk::SmallStar.over(run.query(&format!("SELECT u, v FROM {{{large}}}")).await?)?.distinct()
        });
        let small = small.await?;
        let after = fingerprint(run, &small).await?;
        stage = small;
        if after == before {
            return Ok((stage, round));
        }
        before = after;
    }
    exec_err!(
        "after {MOST_ROUNDS} rounds the components still change: this is a fault of the plan, please report it"
    )
}

/// Equal for equal edges.
async fn fingerprint(run: &Run, edges: &Stage) -> Result<(u64, u64)> {
    let sums = format!("SELECT bit_xor(reprint_edge_hash(u, v)) AS sum FROM {{{}}}", edges.name);
    let rows = run.query(&sums).await?.collect().await?;
    let sum = rows.first().and_then(|rows| {
        let sums = rows.column(0).as_primitive_opt::<UInt64Type>()?;
        (sums.len() == 1 && sums.is_valid(0)).then(|| sums.value(0))
    });
    Ok((edges.rows, sum.unwrap_or_default()))
}
