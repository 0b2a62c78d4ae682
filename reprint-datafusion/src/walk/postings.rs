//! The postings of `wire` in columns: which holders of which values are visited, and what they share.
//!
//! What [`PostingsBatch`](reprint::index::PostingsBatch) does with lists in memory, from sorted rows. A *seat*
//! is a document's number in the order of the batch: the longest first.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, RecordBatch, UInt32Builder, UInt64Array, UInt64Builder,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use reprint::index::{PostingsJudge, PostingsRules, SharedValues};

use super::columns::batch;
use super::{Rows, Step};

/// Numbers rows.
pub(super) struct Seats {
    schema: SchemaRef,
    next: u64,
}

impl Seats {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, next: 0 }
    }
}

impl Step for Seats {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let seats = self.next..self.next + rows.num_rows() as u64;
        self.next = seats.end;
        let columns: Vec<ArrayRef> =
            vec![Arc::clone(rows.column(3)), Arc::new(UInt64Array::from_iter_values(seats))];
        batch(&self.schema, columns, rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// Counts the holders of a value that come before each.
pub(super) struct Earlier {
    schema: SchemaRef,
    value: Option<(u64, u64)>,
}

impl Earlier {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, value: None }
    }
}

impl Step for Earlier {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let count = |&value: &u64| {
            let earlier = match self.value {
                Some((last, holders)) if last == value => holders,
                _ => 0,
            };
            self.value = Some((value, earlier + 1));
            earlier
        };
        let earlier = UInt64Array::from_iter_values(Rows(rows).u64s(0)?.values().iter().map(count));
        let column = |place: usize| Arc::clone(rows.column(place));
        let columns = vec![column(1), column(2), column(0), Arc::new(earlier), column(3)];
        batch(&self.schema, columns, rows.num_rows())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// A value of a document: the frequency, the value, the holders before, whether it is passed over.
type Own = (u64, u64, u64, bool);

/// Tells which values of a document are visited, and sums up the others.
pub(super) struct Asked {
    schema: SchemaRef,
    judge: PostingsJudge,
    seat: Option<u64>,
    /// The rarest first.
    own: Vec<Own>,
    rows: AskedRows,
}

#[derive(Default)]
struct AskedRows {
    seats: UInt64Builder,
    values: UInt64Builder,
    frequencies: UInt64Builder,
    visited: BooleanBuilder,
    has_left: BooleanBuilder,
    lists: UInt64Builder,
    portions: UInt64Builder,
    held: UInt64Builder,
    left: BinaryBuilder,
}

impl Asked {
    pub(super) fn new(schema: SchemaRef, judge: PostingsJudge) -> Self {
        Self { schema, judge, seat: None, own: Vec::new(), rows: AskedRows::default() }
    }

    fn close(&mut self) {
        let Some(seat) = self.seat.take() else { return };
        let lists = self.own.len() as u64;
        let own = std::mem::take(&mut self.own);
        let kept: Vec<&Own> = own.iter().filter(|own| !own.3).collect();
        let mut visits = 0;
        let visited = kept.iter().take_while(|own| {
            let goes_on = visits < self.judge.document_visits();
            visits += own.2.min(2 * self.judge.ends(own.0));
            goes_on
        });
        let visited = visited.count();
        let (mut portions, mut left) = (0_u64, Vec::new());
        for (i, &&(frequency, value, _, _)) in kept.iter().enumerate() {
            portions += self.judge.weight(frequency).portion;
            if i >= visited {
                left.extend_from_slice(&value.to_le_bytes());
                left.extend_from_slice(&frequency.to_le_bytes());
            }
        }
        let has_left = visited < kept.len();
        let is_visited = |i: &mut usize, own: &Own| {
            *i += usize::from(!own.3);
            !own.3 && *i <= visited
        };
        let given = &mut self.rows;
        let mut i = 0;
        for own in &own {
            given.seats.append_value(seat);
            given.values.append_value(own.1);
            given.frequencies.append_value(own.0);
            given.visited.append_value(is_visited(&mut i, own));
            given.has_left.append_value(has_left);
            given.lists.append_null();
            given.portions.append_null();
            given.held.append_null();
            given.left.append_null();
        }
        given.seats.append_value(seat);
        given.values.append_null();
        given.frequencies.append_null();
        given.visited.append_value(false);
        given.has_left.append_value(has_left);
        given.lists.append_value(lists);
        given.portions.append_value(portions);
        given.held.append_value(kept.len() as u64);
        given.left.append_value(left);
    }

    fn given(&mut self) -> Result<RecordBatch> {
        let given = &mut self.rows;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(given.seats.finish()),
            Arc::new(given.values.finish()),
            Arc::new(given.frequencies.finish()),
            Arc::new(given.visited.finish()),
            Arc::new(given.has_left.finish()),
            Arc::new(given.lists.finish()),
            Arc::new(given.portions.finish()),
            Arc::new(given.held.finish()),
            Arc::new(given.left.finish()),
        ];
        let rows = columns[0].len();
        batch(&self.schema, columns, rows)
    }
}

impl Step for Asked {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (seats, frequencies, values) = (columns.u64s(0)?, columns.u64s(1)?, columns.u64s(2)?);
        let (earlier, skipped) = (columns.u64s(3)?, columns.flags(4)?);
        for i in 0..rows.num_rows() {
            if self.seat != Some(seats.value(i)) {
                self.close();
                self.seat = Some(seats.value(i));
            }
            self.own.push((frequencies.value(i), values.value(i), earlier.value(i), skipped.value(i)));
        }
        self.given()
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        self.close();
        self.given()
    }
}

/// Gives the first and the last holders of a value that come before each that visits it.
pub(super) struct Visits {
    schema: SchemaRef,
    judge: PostingsJudge,
    /// Holders of the value that are kept from each end.
    most: usize,
    value: Option<u64>,
    first: Vec<u64>,
    last: VecDeque<u64>,
}

impl Visits {
    pub(super) fn new(schema: SchemaRef, judge: PostingsJudge) -> Self {
        Self { schema, judge, most: 0, value: None, first: Vec::new(), last: VecDeque::new() }
    }
}

impl Step for Visits {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (values, seats, frequencies) = (columns.u64s(0)?, columns.u64s(1)?, columns.u64s(2)?);
        let (visited, has_left) = (columns.flags(3)?, columns.flags(4)?);
        let (mut asking, mut holders) = (UInt64Builder::new(), UInt64Builder::new());
        let (mut of, mut left) = (UInt64Builder::new(), BooleanBuilder::new());
        for i in 0..rows.num_rows() {
            let seat = seats.value(i);
            if self.value != Some(values.value(i)) {
                self.value = Some(values.value(i));
                self.most = self.judge.ends(frequencies.value(i)) as usize;
                self.first.clear();
                self.last.clear();
            }
            if visited.value(i) {
                for &holder in self.first.iter().chain(&self.last) {
                    asking.append_value(seat);
                    holders.append_value(holder);
                    of.append_value(frequencies.value(i));
                    left.append_value(has_left.value(i));
                }
            }
            if self.first.len() < self.most {
                self.first.push(seat);
            } else {
                if self.last.len() == self.most {
                    self.last.pop_front();
                }
                self.last.push_back(seat);
            }
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(asking.finish()),
            Arc::new(holders.finish()),
            Arc::new(of.finish()),
            Arc::new(left.finish()),
        ];
        let rows = columns[0].len();
        batch(&self.schema, columns, rows)
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}

/// Adds up what each holder was found to share with a document; of those that are probed the strongest.
pub(super) struct Shared {
    schema: SchemaRef,
    judge: PostingsJudge,
    seat: Option<(u64, bool)>,
    found: Vec<(u64, SharedValues)>,
    given: [Vec<u64>; 6],
}

impl Shared {
    pub(super) fn new(schema: SchemaRef, judge: PostingsJudge) -> Self {
        Self { schema, judge, seat: None, found: Vec::new(), given: Default::default() }
    }

    fn close(&mut self) {
        let Some((seat, has_left)) = self.seat.take() else { return };
        let least = self.judge.min_shared();
        self.found.retain(|(_, shared)| shared.values >= least);
        if has_left {
            self.found.sort_unstable_by_key(|&(holder, shared)| (Reverse(shared.rare), holder));
            self.found.truncate(self.judge.most_probed());
        }
        for (holder, SharedValues { values, bits, portion, rare }) in self.found.drain(..) {
            let row = [seat, holder, u64::from(values), bits, portion, rare];
            self.given.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
    }

    fn given(&mut self) -> Result<RecordBatch> {
        let rows = self.given[0].len();
        let column =
            |values: &mut Vec<u64>| -> ArrayRef { Arc::new(UInt64Array::from(std::mem::take(values))) };
        let columns = self.given.iter_mut().map(column).collect();
        batch(&self.schema, columns, rows)
    }
}

impl Step for Shared {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (seats, holders, frequencies) = (columns.u64s(0)?, columns.u64s(1)?, columns.u64s(2)?);
        let has_left = columns.flags(3)?;
        for i in 0..rows.num_rows() {
            let (seat, holder) = (seats.value(i), holders.value(i));
            if self.seat.is_none_or(|(last, _)| last != seat) {
                self.close();
                self.seat = Some((seat, has_left.value(i)));
            }
            let weight = self.judge.weight(frequencies.value(i));
            match self.found.last_mut() {
                Some((last, shared)) if *last == holder => shared.add(weight),
                _ => self.found.push((holder, weight)),
            }
        }
        self.given()
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        self.close();
        self.given()
    }
}

/// Ranks the candidates of each document, and keeps the strongest.
pub(super) struct Strongest {
    schema: SchemaRef,
    most: u32,
    document: Option<(u64, u32)>,
}

impl Strongest {
    pub(super) fn new(schema: SchemaRef) -> Self {
        let most = PostingsJudge::new(PostingsRules::default(), 0).most_candidates() as u32;
        Self { schema, most, document: None }
    }
}

impl Step for Strongest {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (documents, candidates, within) = (columns.u64s(0)?, columns.u64s(4)?, columns.flags(5)?);
        let (mut a, mut b, mut ranks) = (UInt64Builder::new(), UInt64Builder::new(), UInt32Builder::new());
        for i in 0..rows.num_rows() {
            let document = documents.value(i);
            let rank = match self.document {
                Some((last, rank)) if last == document => rank + 1,
                _ => 1,
            };
            self.document = Some((document, rank));
            // What is out of reach takes the place of others, as in memory.
            if rank <= self.most && within.value(i) {
                a.append_value(document);
                b.append_value(candidates.value(i));
                ranks.append_value(rank);
            }
        }
        let columns: Vec<ArrayRef> =
            vec![Arc::new(a.finish()), Arc::new(b.finish()), Arc::new(ranks.finish())];
        let rows = columns[0].len();
        batch(&self.schema, columns, rows)
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        Ok(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }
}
