//! Pairs by resemblance: bands, buckets, exact comparison. The pairs that the core compares, no more and no
//! fewer.

use datafusion::common::{Result, plan_err};
use reprint::method::Jaccard;
use reprint::shingle::Shingler;

use super::count;
use crate::Run;
use crate::functions::external;
use crate::walk::Walk;

/// The stage `matches` of [`EVIDENCE`](super::EVIDENCE) with a < b: those among the texts of the stage `places`.
pub(super) async fn matches(run: &Run, jaccard: &Jaccard) -> Result<()> {
    if jaccard.shingler().id() != Shingler::words(5).map_err(external)?.id() {
        return plan_err!("this method has shingles of its own: plans compare by word 5-grams alone");
    }
    let params = jaccard.minhasher().params();
    let (bins, seed) = (params.bins(), params.seed());
    let (bands, rows) = (jaccard.banding().bands(), jaccard.banding().rows());
    let buckets = run.stage("buckets", async {
        let keys = format!(
            "SELECT unnest(reprint_buckets(minhash(text, {bins}, {seed}), {bands}, {rows})) AS key, place \
             FROM {{places}}"
        );
        Walk::Buckets.over(run.query(&keys).await?)
    });
    buckets.await?;
    let members = count(run, "SELECT count(*) FROM {buckets} WHERE b IS NULL").await?;
    let chains = run.stage("chains", async {
        let orders = format!(
            "SELECT key, get_field(c, 'chain') AS chain, get_field(c, 'order') AS values, place FROM ( \
                SELECT b.key, p.place, \
                    unnest(reprint_chains(minhash(p.text, {bins}, {seed}), b.key, {bands}, {rows})) AS c \
                FROM {{buckets}} b JOIN {{places}} p ON b.a = p.place WHERE b.b IS NULL)"
        );
        Walk::Neighbours.over(run.query_beside(members, &orders).await?)
    });
    chains.await?;
    let candidates = run.stage("candidates", async {
        run.query("SELECT a, b FROM {buckets} WHERE b IS NOT NULL UNION SELECT a, b FROM {chains}").await
    });
    candidates.await?;
    texts_of_candidates(run).await?;
    let threshold = jaccard.threshold();
    let matches = run.stage("matches", async {
        let compared = format!(
            "SELECT a, b, get_field(s, 'score') AS score, 'shingles' AS basis, \
                get_field(s, 'covered_of_a') AS covered_of_a, get_field(s, 'covered_of_b') AS covered_of_b, \
                CAST(0 AS DOUBLE) AS noise \
             FROM (SELECT c.a, c.b, reprint_shared(x.text, y.text) AS s FROM {{candidates}} c \
                JOIN {{compared}} x ON c.a = x.place JOIN {{compared}} y ON c.b = y.place) \
             WHERE get_field(s, 'score') >= {threshold:?}"
        );
        run.query(&compared).await
    });
    matches.await?;
    Ok(())
}

/// `compared` (place, text): the texts of the candidates, which are some of all where few documents are copies.
///
/// Where the places of the candidates fit into memory, texts are picked out as they are read. Otherwise `compared` is
/// all texts: they would be sorted to pick some, and are sorted to be compared.
async fn texts_of_candidates(run: &Run) -> Result<()> {
    let both = "SELECT a AS place FROM {candidates} UNION SELECT b AS place FROM {candidates}";
    let places = run.stage("candidate_places", async { run.query(both).await }).await?;
    if !run.fits(places.rows) {
        run.view("compared", "SELECT place, text FROM {places}");
        return Ok(());
    }
    let picked = "SELECT p.place, p.text FROM {candidate_places} c JOIN {places} p ON c.place = p.place";
    run.stage("compared", async { run.query_beside(places.rows, picked).await }).await?;
    Ok(())
}
