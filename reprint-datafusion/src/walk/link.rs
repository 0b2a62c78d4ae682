//! The comparisons and the linkage of `wire`, one component of the candidates after the other.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Builder, RecordBatch, StringBuilder, UInt64Builder};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use reprint::engine::{Clustered, Rounds};
use reprint::method::Comparer;
use reprint::verify::Match;
use reprint::{DocId, Pair};

use super::columns::batch;
use super::{Linking, Rows, Step};
use crate::functions::{basis_name, coverage, external};

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
    given: Given,
}

/// What was found and not yet given: of a document and the least of its cluster, the two numbers only.
#[derive(Default)]
struct Given {
    a: UInt64Builder,
    b: UInt64Builder,
    scores: Float64Builder,
    bases: StringBuilder,
    /// The shares of both texts that are covered, and the noise.
    figures: [Float64Builder; 3],
}

impl Given {
    fn label(&mut self, document: u64, least: u64) {
        self.a.append_value(document);
        self.b.append_value(least);
        self.scores.append_null();
        self.bases.append_null();
        self.figures.iter_mut().for_each(Float64Builder::append_null);
    }

    fn found(&mut self, a: u64, b: u64, found: &Match) {
        self.a.append_value(a);
        self.b.append_value(b);
        self.scores.append_value(found.score);
        self.bases.append_value(basis_name(found.basis));
        self.figures.iter_mut().zip(coverage(&found.evidence)).for_each(|(column, x)| column.append_value(x));
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        let [of_a, of_b, noise] = self.figures.each_mut().map(Float64Builder::finish);
        vec![
            Arc::new(self.a.finish()),
            Arc::new(self.b.finish()),
            Arc::new(self.scores.finish()),
            Arc::new(self.bases.finish()),
            Arc::new(of_a),
            Arc::new(of_b),
            Arc::new(noise),
        ]
    }
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
            given: Given::default(),
        }
    }

    fn close(&mut self) -> Result<()> {
        let (numbers, texts) = (std::mem::take(&mut self.numbers), std::mem::take(&mut self.texts));
        let candidates = std::mem::take(&mut self.candidates);
        if numbers.len() < 2 {
            return Ok(());
        }
        let Clustered { clusters, matches, .. } = self.link(&numbers, &texts, &candidates)?;
        let number = |document: DocId| numbers[document.index()];
        for members in clusters.iter() {
            members.iter().for_each(|&member| self.given.label(number(member), number(members[0])));
        }
        matches.iter().for_each(|found| self.given.found(number(found.pair.a), number(found.pair.b), found));
        Ok(())
    }

    fn link(&self, numbers: &[u64], texts: &[String], candidates: &[Vec<u64>]) -> Result<Clustered> {
        let Linking { wire, statistics, .. } = &*self.linking;
        let mut rounds = Rounds::new(numbers.len() as u32, wire.threshold());
        for (document, candidates) in (0..).map(DocId).zip(candidates) {
            let local = |number: &u64| numbers.binary_search(number).ok().map(|place| DocId(place as u32));
            rounds.add(document, candidates.iter().filter_map(local)).map_err(external)?;
        }
        let mut comparer = Comparer::new(wire, statistics);
        let mut compare = |pairs: &[Pair]| -> reprint::Result<Vec<_>> {
            let text = |document: DocId| (document.0, texts[document.index()].as_str().into());
            pairs.iter().map(|pair| comparer.judge_known(text(pair.a), text(pair.b))).collect()
        };
        // As the core numbers documents.
        let ranks: Vec<u32> = numbers.iter().map(|&number| number as u32).collect();
        let compared = rounds.compare(&mut compare).map_err(external)?;
        compared.cluster(&ranks, compare).map_err(external)
    }
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
            } else if let Some(of) = self.candidates.last_mut()
                && candidates.is_valid(i)
                && !of.contains(&candidates.value(i))
            {
                of.push(candidates.value(i));
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
        texts + self.numbers.len() * 400
    }
}

impl LinkStep {
    fn given(&mut self) -> Result<RecordBatch> {
        let columns = self.given.take();
        let rows = columns[0].len();
        batch(&self.schema, columns, rows)
    }
}
