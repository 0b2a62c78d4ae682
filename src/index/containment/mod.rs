//! Containment search: the sets that hold a share of one, with the share chosen when asked.

mod holders;
mod stored;

use std::collections::HashMap;

use self::holders::Holders;
use super::ids::{Id, Ids, MOST};
use crate::hash::{FORMAT_VERSION, SecretState};
use crate::sketch::{FracMinHashParams, FracMinHashSignature};
use crate::{DocId, Error, Estimate, Result};

/// A query counts shared values in a row of all slots when it visits a holder for so many of them, and in a
/// hash map otherwise.
const SLOTS_A_VISIT: usize = 16;

/// What [`ContainmentIndex::query`] found: a set, and how much of the one asked about it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Container<I> {
    /// The caller's id.
    pub id: I,
    /// |Q ∩ X| / |Q| for the set Q asked about and this one, X, with its standard error.
    pub containment: Estimate,
}

/// What is kept of a signature.
#[derive(Clone, Debug)]
struct Set {
    scale: u32,
    size: u64,
    /// Of its values, in their order.
    numbers: Box<[u32]>,
}

/// The sets that hold at least a share t of a query, over sets of any sizes; t is chosen for each query.
///
/// It does what LSH Ensemble (Zhu, Nargesian, Pu, Miller 2016) is for, with the postings of `FracMinHash`
/// values (Irber et al. 2022) in place of `MinHash` bands for each class of sizes. Kept values can be
/// intersected as if they were the sets, so nothing depends on how the sizes are spread. Every set whose
/// estimate is at least t is found, and no other: recall and precision are those of the estimate, whose error
/// falls with the number of values that the query keeps at the coarser of both scales.
///
/// # Choose the scale by the smallest query
/// A query of n shingles has about n / s values in common with a large set of scale s that holds it. 50 of
/// them or more make a standard error of at most 0.07: for queries of 100 shingles, s = 2.
///
/// # Cost
/// Insertion and removal O(k) for k values, where a removal also moves the later holders of each value, 4
/// bytes each. A query counts the holders of each of its values: O(k + holders).
///
/// # Memory
/// 8 bytes for each value of each set, up to 12 where lists have grown, and 43 to 75 for each distinct value
/// ([`memory`](Self::memory)).
///
/// ```
/// use reprint::hash::xxh3;
/// use reprint::index::ContainmentIndex;
/// use reprint::sketch::FracMinHasher;
///
/// let hasher = FracMinHasher::builder().scale(4).build()?;
/// let set = |from: u64, to: u64| -> Vec<u64> { (from..to).map(|i| xxh3(&i.to_le_bytes())).collect() };
/// let mut index = ContainmentIndex::new();
/// index.insert("all", &hasher.sketch(&set(0, 100_000)))?;
/// index.insert("half", &hasher.sketch(&set(300, 700)))?;
///
/// let (query, mut found) = (hasher.sketch(&set(500, 900)), Vec::new());
/// index.query(&query, 0.8, &mut found)?;
/// assert_eq!((found.len(), found[0].id), (1, "all"));
/// index.query(&query, 0.3, &mut found)?;
/// assert_eq!(found.len(), 2);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        into = "stored::Form<I>",
        try_from = "stored::Form<I>",
        bound(serialize = "I: Id + serde::Serialize", deserialize = "I: Id + serde::Deserialize<'de>")
    )
)]
pub struct ContainmentIndex<I = DocId> {
    params: Option<FracMinHashParams>,
    ids: Ids<I>,
    /// By slot.
    sets: Vec<Set>,
    holders: Holders,
    most_values: usize,
}

impl<I: Id> Default for ContainmentIndex<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id> ContainmentIndex<I> {
    /// An empty index. The first signature says which others can be compared with it: those of its seed,
    /// format version and shingler.
    pub fn new() -> Self {
        Self {
            params: None,
            ids: Ids::default(),
            sets: Vec::new(),
            holders: Holders::new(),
            most_values: MOST,
        }
    }

    /// How the first signature was made; nothing before there was one.
    pub fn params(&self) -> Option<FracMinHashParams> {
        self.params
    }

    /// How many documents there are, the empty ones among them.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no document.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// Is there a document with this id?
    pub fn contains(&self, id: &I) -> bool {
        self.ids.contains(id)
    }

    /// The ids of all documents, in the order of insertion. O(n log n).
    pub fn ids(&self) -> impl Iterator<Item = &I> {
        self.ids.by_age()
    }

    /// The documents of which nothing was kept: they are counted but never found; ids ascending. O(n).
    pub fn empty_documents(&self) -> Vec<I> {
        self.ids.wanted(|slot| self.sets[slot as usize].numbers.is_empty())
    }

    /// The bytes that this index has allocated, but for what ids allocate themselves. O(values).
    pub fn memory(&self) -> usize {
        self.ids.memory()
            + size_of::<Set>() * self.sets.capacity()
            + self.sets.iter().map(|set| size_of_val(&*set.numbers)).sum::<usize>()
            + self.holders.memory()
    }

    fn check(&self, signature: &FracMinHashSignature) -> Result<()> {
        let params = signature.params();
        if params.version() != FORMAT_VERSION {
            return Err(Error::versions("format version", params.version(), FORMAT_VERSION));
        }
        self.params.map_or(Ok(()), |known| known.check_comparable(&params))
    }

    /// Can these be added, all of them?
    fn check_new(&self, ids: &[I], signatures: &[&FracMinHashSignature]) -> Result<()> {
        for signature in signatures {
            self.check(signature)?;
            signatures[0].params().check_comparable(&signature.params())?;
        }
        self.ids.check_new(ids)?;
        let values: usize = signatures.iter().map(|signature| signature.values().len()).sum();
        if self.holders.len() + values > self.most_values {
            return Err(Error::too_many("distinct values in one index", self.most_values));
        }
        Ok(())
    }

    /// Adds a document. One of which nothing was kept is counted, and is never found.
    ///
    /// # Errors
    /// When the id is there, when the signature cannot be compared with those that are there, or when the
    /// index would hold more than 2³² − 2 documents or as many distinct values. The index is then unchanged.
    pub fn insert(&mut self, id: I, signature: &FracMinHashSignature) -> Result<()> {
        self.check_new(std::slice::from_ref(&id), &[signature])?;
        self.add(id, signature);
        Ok(())
    }

    /// Adds many documents, or none of them.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), and when an id comes twice. The index is then unchanged.
    pub fn insert_all<'a>(
        &mut self,
        documents: impl IntoIterator<Item = (I, &'a FracMinHashSignature)>,
    ) -> Result<()> {
        let (ids, signatures): (Vec<I>, Vec<_>) = documents.into_iter().unzip();
        self.check_new(&ids, &signatures)?;
        ids.into_iter().zip(signatures).for_each(|(id, signature)| self.add(id, signature));
        Ok(())
    }

    /// Adds a document in place of that with the same id, if there is one; says whether there was.
    ///
    /// # Errors
    /// As [`insert`](Self::insert), but for the id. The index is then unchanged.
    pub fn replace(&mut self, id: I, signature: &FracMinHashSignature) -> Result<bool> {
        let is_there = self.contains(&id);
        let new = if is_there { &[][..] } else { std::slice::from_ref(&id) };
        self.check_new(new, &[signature])?;
        self.remove(&id);
        self.add(id, signature);
        Ok(is_there)
    }

    fn add(&mut self, id: I, signature: &FracMinHashSignature) {
        self.params = self.params.or(Some(signature.params()));
        let slot = self.ids.insert(id);
        let numbers = signature.values().iter().map(|&value| self.holders.add(value, slot)).collect();
        let set = Set { scale: signature.scale(), size: signature.size(), numbers };
        if let Some(place) = self.sets.get_mut(slot as usize) {
            *place = set;
        } else {
            self.sets.push(set);
        }
    }

    /// Removes a document; says whether it was there. The index then answers as if it had never been.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(slot) = self.ids.remove(id) else { return false };
        for number in std::mem::take(&mut self.sets[slot as usize].numbers) {
            self.holders.remove(number, slot);
        }
        self.ids.release(slot);
        true
    }

    /// Makes `found` the documents that hold at least a share `least` of the signature's set, by
    /// [`containment_in`](FracMinHashSignature::containment_in), largest share first, equal ones by id. Sets
    /// of which no value is shared are not found, whatever `least` is.
    ///
    /// # Errors
    /// When `least` is not from 0 to 1, or the signature cannot be compared with those that are there; then
    /// `found` is as it was.
    pub fn query(
        &self,
        signature: &FracMinHashSignature,
        least: f64,
        found: &mut Vec<Container<I>>,
    ) -> Result<()> {
        self.check(signature)?;
        if !(0.0..=1.0).contains(&least) {
            return Err(Error::parameter("least share", least, "choose 0 (any share) to 1 (the whole set)"));
        }
        found.clear();
        for (slot, shared) in self.shared(signature) {
            // At the coarser of the two scales, since a finer value is in one of them at most.
            let containment = signature.containment_by_count(shared, self.sets[slot as usize].scale);
            if containment.value >= least
                && let Some(id) = self.ids.get(slot)
            {
                found.push(Container { id: id.clone(), containment });
            }
        }
        found.sort_unstable_by(|a, b| {
            b.containment.value.total_cmp(&a.containment.value).then_with(|| a.id.cmp(&b.id))
        });
        Ok(())
    }

    /// How many values each slot shares with a signature, for those that share one; in no order.
    fn shared(&self, signature: &FracMinHashSignature) -> Vec<(u32, u32)> {
        let lists = self.holders.of(signature.values());
        let slots = || lists.iter().copied().flatten().copied();
        let visits: usize = lists.iter().map(|list| list.len()).sum();
        if visits > self.sets.len() / SLOTS_A_VISIT {
            let mut counts = vec![0_u32; self.sets.len()];
            slots().for_each(|slot| counts[slot as usize] += 1);
            (0..).zip(counts).filter(|&(_, count)| count > 0).collect()
        } else {
            let mut counts: HashMap<u32, u32, SecretState> = HashMap::default();
            slots().for_each(|slot| *counts.entry(slot).or_default() += 1);
            counts.into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::hash::splitmix;
    use crate::sketch::FracMinHasher;

    fn set(from: u64, to: u64) -> Vec<u64> {
        (from..to).map(splitmix).collect()
    }

    proptest! {
        #[test]
        fn the_same_as_every_set_compared(
            steps in prop::collection::vec((0..4_u8, 0..12_u8, 0..1_000_u64, 0..3_u32), 0..40),
            least in 0.0..=1.0_f64,
        ) {
            let hasher = FracMinHasher::builder().scale(8).minimum(20).build().unwrap();
            let sketch = |from: u64, size: u32| hasher.sketch(&set(from, from + 20 * 10_u64.pow(size)));
            let mut index = ContainmentIndex::new();
            let mut model = BTreeMap::new();
            let mut found = Vec::new();
            for (step, id, from, size) in steps {
                match step {
                    0 => prop_assert_eq!(index.remove(&id), model.remove(&id).is_some()),
                    1 => {
                        let query = sketch(from, size);
                        index.query(&query, least, &mut found).unwrap();
                        let mut all: Vec<Container<u8>> = model
                            .iter()
                            .filter(|&(_, other)| query.shared(other).unwrap() > 0)
                            .map(|(&id, other)| Container { id, containment: query.containment_in(other).unwrap() })
                            .filter(|container| container.containment.value >= least)
                            .collect();
                        all.sort_by(|a, b| b.containment.value.total_cmp(&a.containment.value));
                        prop_assert_eq!(&found, &all);
                    }
                    _ => {
                        let was_there = model.insert(id, sketch(from, size)).is_some();
                        prop_assert_eq!(index.replace(id, &sketch(from, size)).unwrap(), was_there);
                    }
                }
                prop_assert_eq!(index.len(), model.len());
            }
            let ids: Vec<u8> = model.keys().copied().collect();
            prop_assert!(ids.iter().all(|id| index.contains(id) && index.remove(id)));
            prop_assert!(index.is_empty() && index.holders.len() == 0);
        }
    }

    /// Recall and precision against the sets themselves, over sizes from 100 to a million.
    #[test]
    fn sizes_may_differ_by_ten_thousand() {
        let hasher = FracMinHasher::builder().scale(4).build().unwrap();
        let mut index = ContainmentIndex::new();
        let ranges: Vec<(u64, u64)> = (0..60)
            .map(|i| (i * 777, [100, 1_000, 10_000, 1_000_000][i as usize % 4]))
            .map(|(from, size)| (from, from + size))
            .collect();
        for (id, &(from, to)) in ranges.iter().enumerate() {
            index.insert(id, &hasher.sketch(&set(from, to))).unwrap();
        }
        let mut found = Vec::new();
        for from in (0..40_000).step_by(1_111) {
            let (query, to) = (hasher.sketch(&set(from, from + 400)), from + 400);
            for least in [0.3, 0.5, 0.9] {
                index.query(&query, least, &mut found).unwrap();
                for (id, &(a, b)) in ranges.iter().enumerate() {
                    let exact = to.min(b).saturating_sub(from.max(a)) as f64 / 400.0;
                    let there = found.iter().any(|container| container.id == id);
                    // Four standard errors at 100 values.
                    assert!((exact - least).abs() < 0.2 || there == (exact >= least), "{exact} {least}");
                }
            }
        }
    }

    #[test]
    fn wrong_input_is_refused() {
        let mut index = ContainmentIndex::new();
        let hasher = FracMinHasher::default();
        index.insert(1, &hasher.sketch(&[1])).unwrap();
        for least in [-0.1, 1.1, f64::NAN] {
            assert!(index.query(&hasher.sketch(&[1]), least, &mut Vec::new()).is_err());
        }
        let other = FracMinHasher::builder().seed(1).build().unwrap();
        assert!(index.insert(2, &other.sketch(&[1])).is_err());
    }
}
