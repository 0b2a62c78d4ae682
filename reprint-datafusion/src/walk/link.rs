//! The comparisons and the linkage of `wire`, one component of the candidates after the other.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Builder, RecordBatch, UInt64Builder};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use reprint::cluster::{Clusters, Link, Linkage};
use reprint::corpus::Statistics;
use reprint::engine::{Outcome, Rounds};
use reprint::method::{Comparer, Wire};
use reprint::{DocId, Pair};

use super::columns::batch;
use super::{Linking, Rows, Step};
use crate::functions::external;

/// Compares and links each component by itself: no link leads out of it, so this is what the core's run of
/// the whole does with it.
pub(super) struct LinkStep {
    schema: SchemaRef,
    linking: Arc<Linking>,
    component: Option<u64>,
    /// The numbers of its documents, rising, their texts, and the candidates of each, the strongest first.
    numbers: Vec<u64>,
    texts: Vec<String>,
    candidates: Vec<Vec<u64>>,
    a: UInt64Builder,
    b: UInt64Builder,
    scores: Float64Builder,
}

impl LinkStep {
    pub(super) fn new(schema: SchemaRef, linking: Arc<Linking>) -> Self {
        Self {
            schema,
            linking,
            component: None,
            numbers: Vec::new(),
            texts: Vec::new(),
            candidates: Vec::new(),
            a: UInt64Builder::new(),
            b: UInt64Builder::new(),
            scores: Float64Builder::new(),
        }
    }

    fn close(&mut self) -> Result<()> {
        let (numbers, texts) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.texts));
        let candidates = std::mem::take(&mut self.candidates);
        if numbers.len() < 2 {
            return Ok(());
        }
        let (clusters, links) = self.link(&numbers, &texts, &candidates)?;
        let number = |document: DocId| numbers[document.index()];
        for members in clusters.iter() {
            for &member in members {
                self.give(number(member), number(members[0]), None);
            }
        }
        let threshold = self.linking.wire.threshold();
        for Link { pair, score, .. } in links {
            if score >= threshold && clusters.of(pair.a) == clusters.of(pair.b) {
                self.give(number(pair.a), number(pair.b), Some(score));
            }
        }
        Ok(())
    }

    fn give(&mut self, a: u64, b: u64, score: Option<f64>) {
        self.a.append_value(a);
        self.b.append_value(b);
        self.scores.append_option(score);
    }

    fn link(
        &self,
        numbers: &[u64],
        texts: &[String],
        candidates: &[Vec<u64>],
    ) -> Result<(Clusters, Vec<Link>)> {
        let Linking { wire, statistics, .. } = &*self.linking;
        let mut comparer = Comparer::new(wire, statistics);
        let mut rounds = Rounds::new(numbers.len() as u32, wire.threshold());
        for (document, candidates) in (0..).map(DocId).zip(candidates) {
            let local = |number: &u64| numbers.binary_search(number).ok().map(|place| DocId(place as u32));
            rounds.add(document, candidates.iter().filter_map(local)).map_err(external)?;
        }
        let text = |document: DocId| texts[document.index()].as_str();
        // As the core numbers documents.
        let ranks: Vec<u32> = numbers.iter().map(|&number| number as u32).collect();
        let (mut links, mut asked) = (Vec::new(), HashMap::new());
        loop {
            compare(wire, &mut comparer, &mut rounds, &text, &mut links)?;
            let mut linking = Linkage::new(wire.threshold()).begin_numbered(&ranks, &links);
            while !linking.wants().is_empty() {
                let mut scores = Vec::with_capacity(linking.wants().len());
                for &pair in linking.wants() {
                    let score = match asked.get(&pair) {
                        Some(&score) => score,
                        None => comparer.judge(text(pair.a), text(pair.b)).map_err(external)?.score,
                    };
                    asked.insert(pair, score);
                    scores.push(score);
                }
                linking.learn(&scores);
            }
            let clusters = linking.finish();
            let matches = links.iter().filter(|link| link.score >= wire.threshold()).map(|link| link.pair);
            if !rounds.reopen(&clusters, matches) {
                return Ok((clusters, links));
            }
        }
    }
}

/// Makes the comparisons that the rounds ask for. A pair far below the threshold is not kept.
fn compare<'t>(
    wire: &Wire,
    comparer: &mut Comparer<'_>,
    rounds: &mut Rounds,
    text: &impl Fn(DocId) -> &'t str,
    links: &mut Vec<Link>,
) -> Result<()> {
    while !rounds.wants().is_empty() {
        let mut outcomes = Vec::new();
        for comparison in rounds.wants() {
            let (a, b) = (comparison.candidate, comparison.document);
            let judged = comparer.judge(text(a), text(b)).map_err(external)?;
            outcomes.push(Outcome { score: judged.score, is_form: judged.is_form });
            if judged.score >= wire.threshold() / 2.0 {
                links.push(Link { pair: Pair::new(a, b), score: judged.score, noise: judged.noise });
            }
        }
        rounds.learn(&outcomes).map_err(external)?;
    }
    Ok(())
}

impl Step for LinkStep {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (components, numbers, candidates) = (columns.u64s(0)?, columns.u64s(1)?, columns.u64s(3)?);
        let texts = columns.texts(4)?;
        for i in 0..rows.num_rows() {
            if self.component != Some(components.value(i)) {
                self.close()?;
                self.component = Some(components.value(i));
            }
            let number = numbers.value(i);
            if self.numbers.last() != Some(&number) {
                self.numbers.push(number);
                self.texts.push(String::new());
                self.candidates.push(Vec::new());
            }
            if texts.is_valid(i) {
                if let Some(text) = self.texts.last_mut() {
                    text.push_str(texts.value(i));
                }
            } else if let Some(of) = self.candidates.last_mut().filter(|_| candidates.is_valid(i)) {
                if !of.contains(&candidates.value(i)) {
                    of.push(candidates.value(i));
                }
            }
        }
        self.given()
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        self.close()?;
        self.given()
    }

    fn memory(&self) -> usize {
        let texts: usize = self.texts.iter().map(String::capacity).sum();
        texts + self.numbers.len() * 200
    }
}

impl LinkStep {
    fn given(&mut self) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> =
            vec![Arc::new(self.a.finish()), Arc::new(self.b.finish()), Arc::new(self.scores.finish())];
        let rows = columns[0].len();
        batch(&self.schema, columns, rows)
    }
}
