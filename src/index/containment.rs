//! Containment search: the sets that hold a share of one, with the share chosen when asked.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::hash::SecretState;
use crate::sketch::{FracMinHashParams, FracMinHashSignature};
use crate::{Error, Estimate, Result};

type Map<K, V> = HashMap<K, V, SecretState>;

/// What [`ContainmentIndex::query`] found: a set, and how much of the one asked about it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Container<I> {
    /// The caller's id.
    pub id: I,
    /// |Q ∩ X| / |Q| for the set Q asked about and this one, X, with its standard error.
    pub containment: Estimate,
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
/// Insertion and removal O(k) for k values, where a removal also looks through the holders of each value. A
/// query visits the holders of each of its values, and compares those that share enough.
///
/// # Memory
/// 12 bytes for each value of each set, and about 60 for each distinct value.
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
pub struct ContainmentIndex<I> {
    params: Option<FracMinHashParams>,
    /// By place.
    sets: Vec<Option<(I, FracMinHashSignature)>>,
    free: Vec<u32>,
    /// The places of the sets that hold a value.
    holders: Map<u64, Vec<u32>>,
    ids: BTreeMap<I, u32>,
}

impl<I> Default for ContainmentIndex<I> {
    fn default() -> Self {
        Self {
            params: None,
            sets: Vec::new(),
            free: Vec::new(),
            holders: Map::default(),
            ids: BTreeMap::new(),
        }
    }
}

impl<I: Clone + Eq + Hash + Ord> ContainmentIndex<I> {
    /// An empty index. The first signature fixes seed and format version.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of sets.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// True when it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether it holds this id.
    pub fn contains(&self, id: &I) -> bool {
        self.ids.contains_key(id)
    }

    /// About the bytes that the index takes, what ids hold beyond their own size left out. O(n).
    pub fn memory(&self) -> usize {
        self.sets.capacity() * size_of::<Option<(I, FracMinHashSignature)>>()
            + self.sets.iter().flatten().map(|(_, set)| size_of_val(set.values())).sum::<usize>()
            + self.free.capacity() * 4
            + self.holders.capacity() * (size_of::<(u64, Vec<u32>)>() + 1)
            + self.holders.values().map(|places| 4 * places.capacity()).sum::<usize>()
            + self.ids.len() * (size_of::<I>() + 4) * 4 / 3
    }

    fn check(&self, signature: &FracMinHashSignature) -> Result<()> {
        self.params.map_or(Ok(()), |params| params.check_comparable(&signature.params()))
    }

    /// Adds a set; a set that had the id goes.
    ///
    /// # Errors
    /// When the signature has another seed or format version than the first, or there are 2³² − 1 sets
    /// already.
    pub fn insert(&mut self, id: I, signature: &FracMinHashSignature) -> Result<()> {
        self.check(signature)?;
        if self.free.is_empty() && self.sets.len() >= u32::MAX as usize {
            return Err(Error::too_many("sets in one index", u32::MAX as usize));
        }
        self.params = self.params.or(Some(signature.params()));
        self.remove(&id);
        let set = Some((id.clone(), signature.clone()));
        let place = if let Some(place) = self.free.pop() {
            self.sets[place as usize] = set;
            place
        } else {
            self.sets.push(set);
            self.sets.len() as u32 - 1
        };
        for &value in signature.values() {
            self.holders.entry(value).or_default().push(place);
        }
        self.ids.insert(id, place);
        Ok(())
    }

    /// Takes a set out; false when the id was not there.
    pub fn remove(&mut self, id: &I) -> bool {
        let Some(place) = self.ids.remove(id) else { return false };
        if let Some((_, signature)) = self.sets[place as usize].take() {
            for value in signature.values() {
                if let Some(places) = self.holders.get_mut(value) {
                    if let Some(at) = places.iter().position(|&other| other == place) {
                        places.swap_remove(at);
                    }
                    if places.is_empty() {
                        self.holders.remove(value);
                    }
                }
            }
        }
        self.free.push(place);
        true
    }

    /// Makes `found` the sets that hold at least a share `least` of the signature's set, by
    /// [`containment_in`](FracMinHashSignature::containment_in), largest share first, equal ones by id. Sets
    /// of which no value is shared are not found, whatever `least` is.
    ///
    /// # Errors
    /// When `least` is not from 0 to 1, or the signature has another seed or format version.
    pub fn query(
        &self,
        signature: &FracMinHashSignature,
        least: f64,
        found: &mut Vec<Container<I>>,
    ) -> Result<()> {
        found.clear();
        self.check(signature)?;
        if !(0.0..=1.0).contains(&least) {
            return Err(Error::parameter("least share", least, "choose 0 (any share) to 1 (the whole set)"));
        }
        let mut shared: Map<u32, usize> = Map::default();
        for place in signature.values().iter().filter_map(|value| self.holders.get(value)).flatten() {
            *shared.entry(*place).or_default() += 1;
        }
        for (place, shared) in shared {
            let Some((id, set)) = &self.sets[place as usize] else { continue };
            let scale = u64::from(signature.scale().max(set.scale()));
            let kept = signature.values().partition_point(|&value| value <= u64::MAX / scale);
            // Small sets are estimated with a correction that raises the share.
            let small = signature.size() < 16 * scale;
            if !small && (shared as f64) < 0.999 * least * kept as f64 {
                continue;
            }
            let containment = signature.containment_in(set)?;
            if containment.value >= least {
                found.push(Container { id: id.clone(), containment });
            }
        }
        found.sort_unstable_by(|a, b| {
            b.containment.value.total_cmp(&a.containment.value).then_with(|| a.id.cmp(&b.id))
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
                        index.insert(id, &sketch(from, size)).unwrap();
                        model.insert(id, sketch(from, size));
                    }
                }
                prop_assert_eq!(index.len(), model.len());
            }
            let ids: Vec<u8> = model.keys().copied().collect();
            prop_assert!(ids.iter().all(|id| index.contains(id) && index.remove(id)));
            prop_assert!(index.is_empty() && index.holders.is_empty());
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
