//! Pairs of numbers in order, of which there may be more than fit into memory.
//!
//! The engine sorts batch by batch and merges thousands of these, whatever they hold: for ten million documents that
//! is most of the time of a plan. Pairs of numbers are sorted here, as many at once as memory has room for; what is more
//! goes to disk as a sorted run, and runs are merged as they are read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::{Result, exec_err};
use datafusion::execution::disk_manager::DiskManager;
use datafusion::execution::spill_file::SpillFile;

use super::columns::pairs;
use super::{Rows, Step};

type Pair = (u64, u64);

/// Pairs of a run at least: fewer are not worth a file, and take a megabyte.
const LEAST: usize = 1 << 16;

/// Bytes of a run that are read or written at once.
const BUFFER: usize = 1 << 16;

/// Pairs that a walk is given at once.
const GIVEN: usize = 1 << 13;

/// A walk over pairs of numbers that come in no order, and are sorted for it.
pub(super) struct Sorted<S> {
    walk: S,
    /// Of what it is given, and of what it gives.
    input: SchemaRef,
    output: SchemaRef,
    disk: Arc<DiskManager>,
    pairs: Vec<Pair>,
    runs: Vec<Arc<dyn SpillFile>>,
    /// Once all pairs are there.
    merged: Option<Merged>,
}

impl<S: Step> Sorted<S> {
    pub(super) fn new(walk: S, output: SchemaRef, disk: &Arc<DiskManager>) -> Self {
        let number = |name: &str| Field::new(name, DataType::UInt64, false);
        Self {
            walk,
            input: Arc::new(Schema::new(vec![number("first"), number("second")])),
            output,
            disk: Arc::clone(disk),
            pairs: Vec::new(),
            runs: Vec::new(),
            merged: None,
        }
    }
}

impl<S: Step> Step for Sorted<S> {
    fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = Rows(rows);
        let (first, second) = (columns.u64s(0)?, columns.u64s(1)?);
        self.pairs.extend(first.values().iter().copied().zip(second.values().iter().copied()));
        Ok(RecordBatch::new_empty(Arc::clone(&self.output)))
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let merged = if let Some(merged) = &mut self.merged {
            merged
        } else {
            self.pairs.sort_unstable();
            self.merged.insert(Merged::new(std::mem::take(&mut self.pairs), &self.runs)?)
        };
        loop {
            let (mut first, mut second) = (Vec::with_capacity(GIVEN), Vec::with_capacity(GIVEN));
            while first.len() < GIVEN
                && let Some(pair) = merged.next()?
            {
                first.push(pair.0);
                second.push(pair.1);
            }
            if first.is_empty() {
                return self.walk.finish();
            }
            let given = self.walk.push(&pairs(&self.input, &mut first, &mut second)?)?;
            if given.num_rows() > 0 {
                return Ok(given);
            }
        }
    }

    fn memory(&self) -> usize {
        let merged = self.merged.as_ref().map_or(0, Merged::memory);
        size_of::<Pair>() * self.pairs.len() + merged + self.walk.memory()
    }

    fn can_spill(&self) -> bool {
        true
    }

    fn spill(&mut self) -> Result<bool> {
        if self.pairs.len() >= LEAST {
            self.pairs.sort_unstable();
            let run = self.disk.create_tmp_file("sorting pairs of numbers")?;
            let mut out = run.open_writer()?;
            let mut buffer = Vec::with_capacity(BUFFER);
            for pairs in self.pairs.chunks(BUFFER / size_of::<Pair>()) {
                buffer.clear();
                pairs.iter().for_each(|&pair| buffer.extend(bytes(pair)));
                out.write_all(&buffer)?;
            }
            out.finish()?;
            self.runs.push(run);
            self.pairs = Vec::new();
        }
        Ok(true)
    }
}

fn bytes((first, second): Pair) -> [u8; 16] {
    (u128::from(second) << 64 | u128::from(first)).to_le_bytes()
}

/// All pairs, ascending.
struct Merged {
    runs: Vec<Run>,
    /// The next pair of each run that has one.
    next: BinaryHeap<Reverse<(Pair, usize)>>,
}

enum Run {
    /// Sorted the other way round.
    Memory(Vec<Pair>),
    Disk(BufReader<File>),
}

impl Run {
    fn next(&mut self) -> Result<Option<Pair>> {
        match self {
            Self::Memory(pairs) => Ok(pairs.pop()),
            Self::Disk(file) => {
                let mut pair = [0; 16];
                match file.read_exact(&mut pair) {
                    Ok(()) => {
                        let pair = u128::from_le_bytes(pair);
                        Ok(Some((pair as u64, (pair >> 64) as u64)))
                    }
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}

impl Merged {
    /// Of sorted pairs, and of runs of more.
    fn new(mut pairs: Vec<Pair>, files: &[Arc<dyn SpillFile>]) -> Result<Self> {
        pairs.reverse();
        let mut runs = vec![Run::Memory(pairs)];
        for file in files {
            let Some(path) = file.path() else {
                return exec_err!("pairs of numbers are sorted on a local disk: let the engine spill to one");
            };
            runs.push(Run::Disk(BufReader::with_capacity(BUFFER, File::open(path)?)));
        }
        let mut next = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            next.extend(run.next()?.map(|pair| Reverse((pair, number))));
        }
        Ok(Self { runs, next })
    }

    fn next(&mut self) -> Result<Option<Pair>> {
        let Some(mut least) = self.next.peek_mut() else { return Ok(None) };
        let Reverse((pair, run)) = *least;
        match self.runs[run].next()? {
            Some(next) => *least = Reverse((next, run)),
            None => drop(std::collections::binary_heap::PeekMut::pop(least)),
        }
        Ok(Some(pair))
    }

    fn memory(&self) -> usize {
        let of_run = |run: &Run| match run {
            Run::Memory(pairs) => size_of::<Pair>() * pairs.len(),
            Run::Disk(_) => BUFFER,
        };
        self.runs.iter().map(of_run).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what it is given.
    struct Same(Vec<Pair>, SchemaRef);

    impl Step for Same {
        fn push(&mut self, rows: &RecordBatch) -> Result<RecordBatch> {
            let columns = Rows(rows);
            let (first, second) = (columns.u64s(0)?.values(), columns.u64s(1)?.values());
            self.0.extend(first.iter().copied().zip(second.iter().copied()));
            self.finish()
        }

        fn finish(&mut self) -> Result<RecordBatch> {
            let (mut first, mut second) = self.0.drain(..).unzip();
            pairs(&self.1, &mut first, &mut second)
        }
    }

    #[test]
    fn what_is_spilled_comes_in_order() {
        let number = |i: u64| reprint::hash::xxh3(&i.to_le_bytes());
        for (count, spilled_after) in [(0, 1), (1000, 1), (1000, 100), (400_000, 70_000), (300_000, 100_000)]
        {
            let disk = Arc::new(DiskManager::builder().build().unwrap());
            let fields =
                vec![Field::new("a", DataType::UInt64, false), Field::new("b", DataType::UInt64, false)];
            let schema: SchemaRef = Arc::new(Schema::new(fields));
            let mut sorted = Sorted::new(Same(Vec::new(), Arc::clone(&schema)), Arc::clone(&schema), &disk);
            // Some first numbers are there many times.
            let mut all: Vec<Pair> = (0..count).map(|i| (number(i) % (count / 3 + 1), number(!i))).collect();
            let mut since = 0;
            for part in all.chunks(999) {
                let (mut first, mut second) = part.iter().copied().unzip();
                assert_eq!(
                    sorted.push(&pairs(&schema, &mut first, &mut second).unwrap()).unwrap().num_rows(),
                    0
                );
                since += part.len();
                if since >= spilled_after {
                    let before = sorted.memory();
                    assert!(sorted.spill().unwrap());
                    // Few are kept.
                    assert_eq!(sorted.memory(), if since < LEAST { before } else { 0 });
                    since = 0;
                }
            }
            let mut found: Vec<Pair> = Vec::new();
            loop {
                let given = sorted.finish().unwrap();
                if given.num_rows() == 0 {
                    break;
                }
                let columns = Rows(&given);
                let (first, second) = (columns.u64s(0).unwrap(), columns.u64s(1).unwrap());
                found.extend(first.values().iter().copied().zip(second.values().iter().copied()));
            }
            all.sort_unstable();
            assert!(found == all, "{count} pairs, spilled after {spilled_after}");
        }
    }
}
