//! Walks: what one pass over sorted rows can find out, in memory that does not grow with them.
//!
//! The engine's windows keep a group, its joins may keep a side; a walk keeps a few rows of a group, whatever
//! its size. It asks the engine for rows that are parted by its groups and sorted, which the engine does on
//! disk where memory is short (pairs of numbers are sorted in `runs.rs`), and looks at each row once. All that
//! is quadratic or unbounded elsewhere (the members of a bucket, the holders of a value, the neighbours of a
//! document) goes through one.

mod columns;
mod edges;
mod exec;
mod link;
mod node;
mod pairs;
mod postings;
mod runs;
mod texts;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use columns::Rows;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{Result, plan_err};
use datafusion::dataframe::DataFrame;
use datafusion::execution::disk_manager::DiskManager;
use datafusion::logical_expr::{Extension, LogicalPlan};
pub(crate) use exec::WalkExec;
pub(crate) use node::{Planner, WalkNode};
use reprint::corpus::Statistics;
use reprint::index::{PostingsJudge, PostingsRules};
use reprint::method::Wire;
pub(crate) use texts::RANGE_BITS;

/// The walks by name. Columns are known by their place: the groups first, then what orders them, then what
/// else is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Walk {
    /// `(key, id, text, blank)` as they come to `(range, key, id, text, blank, bytes)`: without the text where this
    /// part had it shortly before, so that a text that is everywhere is not carried to one place each time. The
    /// range is what the key begins with.
    Copies,
    /// `(range, key, id, text, blank, bytes)` to `(range, number, id, bytes, text, is_place)`: one text for each key,
    /// and none of those that are blank. The first of a key is its place, and so is each that is blank; places are
    /// numbered from 0 on in each range, what is no place with the number before.
    Texts,
    /// `(key, place)` to `(a, b, key)`: the pairs of a bucket of up to eight; of a larger one its members as a,
    /// with null for b.
    Buckets,
    /// `(key, chain, values, place)` to `(a, b)`: each with the next.
    Neighbours,
    /// `(u, v)`, both ways, to `(u, v)`: each larger neighbour with the least one.
    LargeStar,
    /// `(u, v)` with u > v to `(u, v)`: each smaller neighbour and the document itself with the least one.
    SmallStar,
    /// `(u, v)` of the whole to `(u, v)`: each document but the least of its component, with that one. Holds all
    /// documents.
    Forest,
    /// `(cluster, order, id)` to `(id, cluster, is_survivor)`: the first of each cluster survives.
    Survivors,
    /// `(order, order, digest, place)` of the whole to `(place, seat)`: numbered from 0 on.
    Seats,
    /// `(value, seat, frequency, skipped)` to `(seat, frequency, value, earlier, skipped)`: how many holders of the
    /// value come before.
    Earlier,
    /// `(seat, frequency, value, earlier, skipped)` to `(seat, value, frequency, visited, has_left,
    /// lists, portions, held, remaining)`: for each value whether it is visited, and a row for the document.
    Asked(Documents),
    /// `(value, seat, frequency, visited, has_left)` to `(seat, holder, frequency, has_left)`: what is visited.
    Visits(Documents),
    /// `(seat, holder, frequency, has_left)` to `(seat, holder, values, bits, portion, rare)`: the sums.
    Shared(Documents),
    /// `(document, order, order, seat, candidate, within)` to `(document, candidate, rank)`: the strongest.
    Strongest,
    /// `(component, document, rank, candidate, text)` to `(a, b, score, basis, covered_of_a, covered_of_b, noise)`: of
    /// each document the least of its cluster, and with a score the matches.
    Link(Arc<Linking>),
}

/// The number of documents of a corpus: candidates are judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Documents(pub(crate) u64);

impl Documents {
    fn judge(self) -> PostingsJudge {
        PostingsJudge::new(PostingsRules::default(), self.0)
    }
}

/// What components are linked by: equal where the identity is.
#[derive(Debug)]
pub(crate) struct Linking {
    pub(crate) wire: Wire,
    pub(crate) statistics: Arc<Statistics>,
    /// Where the statistics are stored.
    pub(crate) folder: PathBuf,
    /// Of the method and the statistics.
    pub(crate) identity: String,
}

impl Linking {
    pub(crate) fn new(wire: Wire, statistics: Statistics, folder: PathBuf) -> Self {
        let identity = format!("{} {} {}", wire.threshold(), wire.seed(), statistics.identity());
        Self { wire, statistics: Arc::new(statistics), folder, identity }
    }
}

impl PartialEq for Linking {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Eq for Linking {}

impl PartialOrd for Linking {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Linking {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identity.cmp(&other.identity)
    }
}

impl Hash for Linking {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity.hash(state);
    }
}

impl Walk {
    /// The walk of a name, of so many documents, or with what it links by.
    pub(crate) fn named(name: &str, documents: u64, linking: Option<Arc<Linking>>) -> Option<Self> {
        const PLAIN: [Walk; 11] = [
            Walk::Copies,
            Walk::Texts,
            Walk::Buckets,
            Walk::Neighbours,
            Walk::LargeStar,
            Walk::SmallStar,
            Walk::Forest,
            Walk::Survivors,
            Walk::Seats,
            Walk::Earlier,
            Walk::Strongest,
        ];
        let documents = Documents(documents);
        let others = [
            Some(Self::Asked(documents)),
            Some(Self::Visits(documents)),
            Some(Self::Shared(documents)),
            linking.map(Self::Link),
        ];
        PLAIN.into_iter().chain(others.into_iter().flatten()).find(|walk| walk.name() == name)
    }

    /// As plans show it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Copies => "copies",
            Self::Texts => "texts",
            Self::Buckets => "buckets",
            Self::Neighbours => "neighbours",
            Self::LargeStar => "large_star",
            Self::SmallStar => "small_star",
            Self::Forest => "forest",
            Self::Survivors => "survivors",
            Self::Seats => "seats",
            Self::Earlier => "earlier",
            Self::Asked(_) => "asked",
            Self::Visits(_) => "visits",
            Self::Shared(_) => "shared",
            Self::Strongest => "strongest",
            Self::Link(_) => "link",
        }
    }

    /// Whether it looks at rows as they come, in whatever parts.
    fn takes_all(&self) -> bool {
        matches!(self, Self::Copies)
    }

    /// How many of the first columns make a group; with none, all rows are one.
    fn groups(&self) -> usize {
        match self {
            Self::Copies | Self::Seats | Self::Forest => 0,
            Self::Neighbours => 2,
            _ => 1,
        }
    }

    /// How many of the first columns the engine sorts rows by.
    fn sorted(&self) -> usize {
        match self {
            // Pairs of numbers are sorted by the walk.
            Self::Copies | Self::Forest | Self::Buckets | Self::LargeStar | Self::SmallStar => 0,
            Self::Earlier | Self::Visits(_) => 2,
            Self::Texts | Self::Survivors | Self::Asked(_) | Self::Shared(_) | Self::Link(_) => 3,
            Self::Neighbours | Self::Seats | Self::Strongest => 4,
        }
    }

    /// What it reads, as far as it is not the caller's choice.
    fn reads(&self) -> &'static [Option<DataType>] {
        const KEY: Option<DataType> = Some(DataType::Binary);
        const U64: Option<DataType> = Some(DataType::UInt64);
        const FLAG: Option<DataType> = Some(DataType::Boolean);
        const U32: Option<DataType> = Some(DataType::UInt32);
        match self {
            Self::Copies => &[KEY, None, Some(DataType::Utf8), FLAG],
            Self::Texts => &[U64, KEY, None, Some(DataType::Utf8), FLAG, U64],
            Self::Neighbours => &[U64, U32, KEY, U64],
            Self::Buckets | Self::LargeStar | Self::SmallStar | Self::Forest => &[U64, U64],
            Self::Survivors => &[U64, U64, None],
            Self::Seats => &[U64, U64, U64, U64],
            Self::Earlier | Self::Shared(_) => &[U64, U64, U64, FLAG],
            Self::Asked(_) => &[U64, U64, U64, U64, FLAG],
            Self::Visits(_) => &[U64, U64, U64, FLAG, FLAG],
            Self::Strongest => &[U64, U64, U64, U64, U64, FLAG],
            Self::Link(_) => &[U64, U64, U64, U64, Some(DataType::Utf8)],
        }
    }

    /// What it gives of rows of these columns.
    fn gives(&self, input: &Schema) -> Result<SchemaRef> {
        let reads = self.reads();
        let fits = |(field, wanted): (&Arc<Field>, &Option<DataType>)| {
            wanted.as_ref().is_none_or(|wanted| wanted == field.data_type())
        };
        if input.fields().len() != reads.len() || !input.fields().iter().zip(reads).all(fits) {
            return plan_err!("the walk {} reads {reads:?} and is given {input}", self.name());
        }
        let field = |name: &str, of: DataType, nullable: bool| Field::new(name, of, nullable);
        let own = |i: usize| input.field(i).clone();
        let numbers = |names: &[&str]| -> Vec<Field> {
            names.iter().map(|name| field(name, DataType::UInt64, false)).collect()
        };
        let fields = match self {
            Self::Copies => {
                let (range, bytes) =
                    (field("range", DataType::UInt64, false), field("bytes", DataType::UInt64, false));
                vec![range, own(0), own(1), own(2).with_nullable(true), own(3), bytes]
            }
            Self::Texts => vec![
                own(0),
                field("number", DataType::UInt64, false),
                own(2),
                field("bytes", DataType::UInt64, false),
                field("text", DataType::Utf8, true),
                field("is_place", DataType::Boolean, false),
            ],
            Self::Buckets => vec![
                field("a", DataType::UInt64, false),
                field("b", DataType::UInt64, true),
                field("key", DataType::UInt64, false),
            ],
            Self::Neighbours => {
                vec![field("a", DataType::UInt64, false), field("b", DataType::UInt64, false)]
            }
            Self::LargeStar | Self::SmallStar | Self::Forest => {
                vec![field("u", DataType::UInt64, false), field("v", DataType::UInt64, false)]
            }
            Self::Survivors => {
                vec![own(2), own(0), field("is_survivor", DataType::Boolean, false)]
            }
            Self::Seats => numbers(&["place", "seat"]),
            Self::Earlier => {
                let mut fields = numbers(&["seat", "frequency", "value", "earlier"]);
                fields.push(own(3).with_name("skipped"));
                fields
            }
            Self::Asked(_) => vec![
                field("seat", DataType::UInt64, false),
                field("value", DataType::UInt64, true),
                field("frequency", DataType::UInt64, true),
                field("visited", DataType::Boolean, false),
                field("has_left", DataType::Boolean, false),
                field("lists", DataType::UInt64, true),
                field("portions", DataType::UInt64, true),
                field("held", DataType::UInt64, true),
                field("remaining", DataType::Binary, true),
            ],
            Self::Visits(_) => {
                let mut fields = numbers(&["seat", "holder", "frequency"]);
                fields.push(field("has_left", DataType::Boolean, false));
                fields
            }
            Self::Shared(_) => numbers(&["seat", "holder", "shared", "bits", "portion", "rare"]),
            Self::Strongest => {
                let mut fields = numbers(&["document", "candidate"]);
                fields.push(field("rank", DataType::UInt32, false));
                fields
            }
            Self::Link(_) => {
                let mut fields = numbers(&["a", "b"]);
                fields.push(field("score", DataType::Float64, true));
                fields.push(field("basis", DataType::Utf8, true));
                let figures = ["covered_of_a", "covered_of_b", "noise"];
                fields.extend(figures.map(|name| field(name, DataType::Float64, true)));
                fields
            }
        };
        Ok(Arc::new(Schema::new(fields)))
    }

    /// Begins a walk over one partition.
    fn begin(&self, schema: SchemaRef, disk: &Arc<DiskManager>) -> Box<dyn Step> {
        match self {
            Self::Copies => Box::new(texts::Copies::new(schema)),
            Self::Texts => Box::new(texts::Texts::new(schema)),
            Self::Buckets => {
                Box::new(runs::Sorted::new(pairs::Buckets::new(Arc::clone(&schema)), schema, disk))
            }
            Self::Neighbours => Box::new(pairs::Neighbours::new(schema)),
            Self::LargeStar => {
                Box::new(runs::Sorted::new(edges::LargeStar::new(Arc::clone(&schema)), schema, disk))
            }
            Self::SmallStar => {
                Box::new(runs::Sorted::new(edges::SmallStar::new(Arc::clone(&schema)), schema, disk))
            }
            Self::Forest => Box::new(edges::Forest::new(schema)),
            Self::Survivors => Box::new(texts::Survivors::new(schema)),
            Self::Seats => Box::new(postings::Seats::new(schema)),
            Self::Earlier => Box::new(postings::Earlier::new(schema)),
            Self::Asked(documents) => Box::new(postings::Asked::new(schema, documents.judge())),
            Self::Visits(documents) => Box::new(postings::Visits::new(schema, documents.judge())),
            Self::Shared(documents) => Box::new(postings::Shared::new(schema, documents.judge())),
            Self::Strongest => Box::new(postings::Strongest::new(schema)),
            Self::Link(linking) => Box::new(link::LinkStep::new(schema, Arc::clone(linking))),
        }
    }

    /// The rows that this walk makes of those of a table.
    pub(crate) fn over(self, table: DataFrame) -> Result<DataFrame> {
        let (state, plan) = table.into_parts();
        let node = WalkNode::new(self, plan)?;
        Ok(DataFrame::new(state, LogicalPlan::Extension(Extension { node: Arc::new(node) })))
    }
}

/// A walk on its way: it takes rows in their order, batch after batch.
trait Step: Send {
    /// What comes of some more rows.
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch>;

    /// What comes of the end, a part at each call until there is no more.
    fn finish(&mut self) -> Result<RecordBatch>;

    /// The bytes that it holds, where that is more than some rows.
    fn memory(&self) -> usize {
        0
    }

    /// Whether it may put to disk what it holds.
    fn can_spill(&self) -> bool {
        false
    }

    /// Puts to disk what it holds, where that is worth it; false of one that holds what it must.
    fn spill(&mut self) -> Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let schema = Schema::new(vec![Field::new("u", DataType::Int64, false)]);
        assert!(Walk::LargeStar.gives(&schema).unwrap_err().to_string().contains("large_star"));
    }
}
