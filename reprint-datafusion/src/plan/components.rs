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
    /// The rounds that it took, of two passes over the edges each; 0 where the edges were few enough for one pass
    /// in memory.
    pub rounds: usize,
}

/// Rounds at most. Each at least halves the longest way to the least document but for some, and is 1 more at
/// most than the logarithm of the longest of all: 2⁶⁴ documents in a row would take 65.
const MOST_ROUNDS: usize = 100;

/// The connected components of pairs `a`, `b` of numbers: in memory where they fit into half of the session's
/// limit, otherwise by alternating large-star and small-star passes (Kiveris and others, 2014) until nothing
/// changes.
///
/// Each pass of the latter is a sort of the edges, and keeps nothing of them in memory. A document's number is any `UInt64`;
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

/// Bytes that the forest takes for an edge at most, of two documents that are in no other.
const FOREST: usize = 192;

/// The stage (u, v) of each document and the least of its component, and the number of rounds.
pub(super) async fn components(
    run: &Run,
    name: &str,
    pairs: impl Future<Output = Result<DataFrame>>,
) -> Result<(Stage, usize)> {
    let edges = edges(run, name, pairs).await?;
    components_of(run, name, edges, run.most_in_memory(FOREST)).await
}

/// Components in memory if there are so many edges at most, otherwise by stars.
async fn components_of(run: &Run, name: &str, edges: Stage, in_memory: u64) -> Result<(Stage, usize)> {
    if edges.rows > in_memory {
        return stars(run, name, edges).await;
    }
    let in_memory = format!("{name}_forest");
    let forest = run.stage(&in_memory, async {
        Walk::Forest.over(run.query(&format!("SELECT u, v FROM {{{}}}", edges.name)).await?)
    });
    Ok((forest.await?, 0))
}

/// The stage (u, v) of pairs, each once, the greater first.
async fn edges(run: &Run, name: &str, pairs: impl Future<Output = Result<DataFrame>>) -> Result<Stage> {
    let first = format!("{name}_0");
    let stage = run.stage(&first, async {
        let pairs = pairs.await?;
        for column in ["a", "b"] {
            let field = pairs.schema().field_with_unqualified_name(column);
            if !field.is_ok_and(|field| field.data_type().is_integer()) {
                return plan_err!("pairs have columns a and b of whole numbers: there is no such {column}");
            }
        }
        let number = |column: &str| cast(ident(column), DataType::UInt64);
        let pairs = pairs.select(vec![number("a").alias("a"), number("b").alias("b")])?;
        let edges = pairs.filter(ident("a").not_eq(ident("b")))?;
        let greatest =
            datafusion::logical_expr::when(ident("a").gt(ident("b")), ident("a")).otherwise(ident("b"))?;
        let least =
            datafusion::logical_expr::when(ident("a").gt(ident("b")), ident("b")).otherwise(ident("a"))?;
        edges.select(vec![greatest.alias("u"), least.alias("v")])?.distinct()
    });
    stage.await
}

/// Components by alternating stars.
async fn stars(run: &Run, name: &str, edges: Stage) -> Result<(Stage, usize)> {
    let mut stage = edges;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
    use reprint::cluster::Clusters;
    use reprint::{DocId, Pair};

    use super::*;
    use crate::Session;
    use crate::walk::Rows;

    /// What leads to the least of each component, in memory or by stars; the rounds.
    async fn found(pairs: &[(u64, u64)], in_memory: u64) -> (BTreeMap<u64, u64>, usize) {
        let run = Run::new(Session::new().partitions(2).build().unwrap()).unwrap();
        let columns: [ArrayRef; 2] = [
            std::sync::Arc::new(UInt64Array::from_iter_values(pairs.iter().map(|pair| pair.0))),
            std::sync::Arc::new(UInt64Array::from_iter_values(pairs.iter().map(|pair| pair.1))),
        ];
        let rows = RecordBatch::try_from_iter(["a", "b"].into_iter().zip(columns)).unwrap();
        let table = run.context().read_batch(rows).unwrap();
        let edges = edges(&run, "components", async { Ok(table) }).await.unwrap();
        let (stage, rounds) = components_of(&run, "components", edges, in_memory).await.unwrap();
        let mut least = BTreeMap::new();
        for batch in run.table(&stage).await.unwrap().collect().await.unwrap() {
            let rows = Rows(&batch);
            for (&u, &v) in rows.u64s(0).unwrap().values().iter().zip(rows.u64s(1).unwrap().values()) {
                assert_eq!(least.insert(u, v), None, "{u} is there twice");
            }
        }
        (least, rounds)
    }

    /// Compares both ways with the core; the rounds of the stars.
    async fn check(documents: u64, pairs: &[(u64, u64)]) -> usize {
        let id = |number: u64| DocId(number as u32);
        let of_pairs = pairs.iter().map(|&(a, b)| Pair::new(id(a), id(b)));
        let clusters = Clusters::from_pairs(documents as u32, of_pairs);
        let mut expected = BTreeMap::new();
        for number in 0..documents {
            let least = u64::from(clusters.members(clusters.of(id(number)).unwrap())[0].0);
            if least != number {
                expected.insert(number, least);
            }
        }
        assert_eq!(found(pairs, u64::MAX).await, (expected.clone(), 0));
        let (by_stars, rounds) = found(pairs, 0).await;
        assert_eq!(by_stars, expected);
        rounds
    }

    #[tokio::test]
    async fn components_are_those_of_the_core() {
        for (documents, edges) in [(1_u64, 0_u64), (2, 1), (50, 30), (300, 290), (400, 2000)] {
            let number = |i: u64| reprint::hash::xxh3(&(documents + (i << 32)).to_le_bytes());
            let pairs: Vec<(u64, u64)> =
                (0..edges).map(|i| (number(2 * i) % documents, number(2 * i + 1) % documents)).collect();
            check(documents, &pairs).await;
        }
        // A path, the worst that there is, and a star.
        assert!(check(1000, &(1..1000).map(|i| (i, i - 1)).collect::<Vec<_>>()).await < 14);
        assert!(check(1000, &(0..999).map(|i| (999, i)).collect::<Vec<_>>()).await < 4);
        // More than are given at once.
        let many: Vec<(u64, u64)> = (0..70_000).map(|i| (i, i % 7)).collect();
        let (least, _) = found(&many, u64::MAX).await;
        assert_eq!(least.len(), 70_000 - 7);
        assert!(least.iter().all(|(document, least)| document % 7 == *least));
    }

    #[tokio::test]
    async fn what_does_not_fit_into_half_of_the_limit_goes_by_stars() {
        let run = Run::new(Session::new().memory(192_000_000).build().unwrap()).unwrap();
        assert_eq!(run.most_in_memory(FOREST), 500_000);
        let run = Run::new(Session::new().build().unwrap()).unwrap();
        assert_eq!(run.most_in_memory(FOREST), u64::MAX);
    }
}
