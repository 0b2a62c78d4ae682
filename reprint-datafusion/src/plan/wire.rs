//! Pairs by passages: postings in columns, then comparisons and linkage component by component.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{ScalarUDF, cast, ident};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use reprint::codec::Stored;
use reprint::corpus::Statistics;
use reprint::engine::LONGER;
use reprint::method::Wire;

use super::components::components;
use super::{EVIDENCE, Options, count};
use crate::Run;
use crate::functions::{WireRecords, external};
use crate::run::Stage;
use crate::store::at;
use crate::walk::{Documents, Linking, Rows, Walk};

/// The stage `matches` of [`EVIDENCE`] with a < b, and a stage (u, v) of each document and the least of its
/// cluster; with the rounds that the components of the candidates took.
pub(super) async fn matches(
    run: &Run,
    table: DataFrame,
    options: &Options,
    wire: &Wire,
) -> Result<(Stage, usize)> {
    let linking = Arc::new(Box::pin(statistics(run, table, options, wire)).await?);
    records(run, &linking).await?;
    let documents = count(run, "SELECT count(*) FROM {documents} WHERE is_place").await?;
    candidates(run, documents).await?;
    let graph = async { run.query("SELECT document AS a, candidate AS b FROM {proposed}").await };
    let (graph, rounds) = Box::pin(components(run, "graph", graph)).await?;
    let linked = run.stage("linked", async {
        // A component is known by its least document, which no row of its own names.
        let rows = format!(
            "WITH parts AS (SELECT u AS document, v AS part FROM {{{0}}} UNION SELECT v AS document, v AS part FROM {{{0}}}) \
             SELECT g.part, p.place AS document, CAST(0 AS BIGINT UNSIGNED) AS rank, \
                CAST(NULL AS BIGINT UNSIGNED) AS candidate, p.text \
             FROM {{places}} p JOIN parts g ON p.place = g.document \
             UNION ALL \
             SELECT g.part, c.document, c.rank, c.candidate, CAST(NULL AS VARCHAR) AS text \
             FROM {{proposed}} c JOIN parts g ON c.document = g.document",
            graph.name
        );
        Walk::Link(Arc::clone(&linking)).over(run.query(&rows).await?)
    });
    linked.await?;
    let matches = run.stage("matches", async {
        run.query(&format!("SELECT {EVIDENCE} FROM {{linked}} m WHERE score IS NOT NULL")).await
    });
    matches.await?;
    let labels = run.stage("labels", async {
        run.query("SELECT a AS u, b AS v FROM {linked} WHERE score IS NULL").await
    });
    Ok((labels.await?, rounds))
}

/// What the corpus says of rarity and boilerplate, and how texts are compared by it.
async fn statistics(run: &Run, table: DataFrame, options: &Options, wire: &Wire) -> Result<Linking> {
    let measured = run.stage("statistics", async {
        let measure =
            datafusion::logical_expr::registry::FunctionRegistry::udaf(run.context(), "corpus_statistics")?;
        let text = cast(ident(&options.text), DataType::Utf8);
        table.aggregate(Vec::new(), vec![measure.call(vec![text]).alias("statistics")])
    });
    let folder = run.directory().join(measured.await?.name);
    Ok(Linking::new(wire.clone(), read_statistics(&folder)?, folder))
}

/// The statistics that a stage stored: one row in one of its files.
pub(crate) fn read_statistics(folder: &Path) -> Result<Statistics> {
    for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry.map_err(|error| at(folder, &error))?.path();
        if path.extension().is_none_or(|extension| extension != "parquet") {
            continue;
        }
        let file = fs::File::open(&path).map_err(|error| at(&path, &error))?;
        for rows in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
            let rows = rows?;
            if let Some(bytes) = Rows(&rows).keys(0)?.iter().flatten().next() {
                return Statistics::from_bytes(bytes).map_err(external);
            }
        }
    }
    exec_err!("{} holds no statistics: remove the run and begin again", folder.display())
}

/// The stages `records` of each text, `seats` in the order of the longest, and `seated` of both.
async fn records(run: &Run, linking: &Arc<Linking>) -> Result<()> {
    let records = run.stage("records", async {
        let record = ScalarUDF::new_from_impl(WireRecords::new(Arc::clone(linking)));
        let records = run.query("SELECT place, text FROM {places}").await?;
        records.select(vec![ident("place"), record.call(vec![ident("text")]).alias("record")])
    });
    records.await?;
    let seats = run.stage("seats", async {
        const MOST: &str = "CAST(18446744073709551615 AS BIGINT UNSIGNED)";
        let ordered = format!(
            "SELECT {MOST} - count * scale AS size, {MOST} - count AS count, digest, place FROM ( \
                SELECT place, get_field(record, 'count') AS count, get_field(record, 'scale') AS scale, \
                    get_field(record, 'digest') AS digest FROM {{records}})"
        );
        Walk::Seats.over(run.query(&ordered).await?)
    });
    seats.await?;
    let seated = run.stage("seated", async {
        run.query(
            "SELECT s.seat, r.place, get_field(r.record, 'scale') AS scale, \
                get_field(r.record, 'count') AS count, get_field(r.record, 'keys') AS keys, \
                get_field(r.record, 'postings') AS postings \
             FROM {records} r JOIN {seats} s ON r.place = s.place",
        )
        .await
    });
    seated.await?;
    Ok(())
}

/// The stage `proposed` (document, rank, candidate): what each document is compared with, the strongest first.
async fn candidates(run: &Run, documents: u64) -> Result<()> {
    let corpus = Documents(documents);
    let values = run.stage("values", async {
        run.query(
            "SELECT get_field(p, 'value') AS value, seat, get_field(p, 'skipped') AS skipped \
             FROM (SELECT seat, unnest(postings) AS p FROM {seated})",
        )
        .await
    });
    values.await?;
    let frequencies = run.stage("frequencies", async {
        run.query(
            "SELECT value, CAST(count(*) AS BIGINT UNSIGNED) AS frequency FROM {values} \
             GROUP BY value HAVING count(*) > 1",
        )
        .await
    });
    frequencies.await?;
    let asked = run.stage("asked", async {
        let held = "SELECT v.value, v.seat, f.frequency, v.skipped FROM {values} v \
                    JOIN {frequencies} f ON v.value = f.value";
        Walk::Asked(corpus).over(Walk::Earlier.over(run.query(held).await?)?)
    });
    asked.await?;
    let shared = run.stage("shared", async {
        let of_values =
            "SELECT value, seat, frequency, visited, has_left FROM {asked} WHERE value IS NOT NULL";
        Walk::Shared(corpus).over(Walk::Visits(corpus).over(run.query(of_values).await?)?)
    });
    shared.await?;
    let ranked = run.stage("ranked", async {
        let judged = format!(
            "SELECT document, get_field(c, 'strength') AS strength, get_field(c, 'shared') AS shared, holder, \
                candidate, within FROM ( \
                SELECT o.place AS document, h.place AS candidate, x.holder, \
                    h.count * h.scale <= o.count * o.scale * {LONGER} AS within, \
                    reprint_candidate({documents}, o.count, o.scale, \
                        (o.count - a.lists) * CAST(65536 AS BIGINT UNSIGNED) + a.portions, a.held, a.remaining, \
                        h.count, h.scale, h.keys, x.shared, x.bits, x.portion, x.rare) AS c \
                FROM {{shared}} x \
                JOIN (SELECT seat, lists, portions, held, remaining FROM {{asked}} WHERE value IS NULL) a \
                    ON x.seat = a.seat \
                JOIN {{seated}} o ON x.seat = o.seat JOIN {{seated}} h ON x.holder = h.seat) \
             WHERE c IS NOT NULL"
        );
        Walk::Strongest.over(run.query(&judged).await?)
    });
    ranked.await?;
    let proposed = run.stage("proposed", async {
        run.query(
            "WITH digests AS (SELECT place, get_field(record, 'letters') AS letters FROM {records}) \
             SELECT document, CAST(rank + 1 AS BIGINT UNSIGNED) AS rank, candidate FROM {ranked} \
             UNION ALL \
             SELECT d.place AS document, CAST(1 AS BIGINT UNSIGNED) AS rank, f.place AS candidate FROM digests d \
             JOIN (SELECT letters, min(place) AS place FROM digests GROUP BY letters HAVING count(*) > 1) f \
                ON d.letters = f.letters WHERE d.place <> f.place",
        )
        .await
    });
    proposed.await?;
    Ok(())
}
