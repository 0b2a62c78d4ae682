//! Candidates among `MinHash` signatures: a batch at once, or an index to which documents are added.
//!
//! [`candidate_pairs`] is for a whole collection at hand: it sorts the keys of each band and keeps no
//! index. [`MinHashIndex`] is for asking one document at a time against those already known.
//!
//! Both cut each signature into the bands of a [`Banding`] and hash each band to a 64-bit
//! [`band_key`]. The documents that have a key in common form a *bucket* of that band. Keys of
//! different rows are equal once in 2⁶⁴, so that a bucket is in practice the documents whose rows agree.

use super::Banding;
use crate::error::{Error, Result};
use crate::hash::{splitmix, xxh3};
use crate::sketch::{MinHashParams, MinHashSignature, MinHashSignatures};
use crate::{DocId, Pair};

/// The largest bucket of which [`candidate_pairs`] proposes all pairs.
pub const SMALL_BUCKET: usize = 8;

/// In how many orders [`candidate_pairs`] pairs the neighbours of a larger bucket.
pub const CHAINS: usize = 4;

/// How many bins each of those orders looks at. Of 10,000 documents that agree by chance in two bins of
/// three, ln 10⁴ / ln 1.5 = 23 bins tell every one from the others.
const ORDER_BINS: usize = 32;

/// Bands whose keys are made in one pass over the signatures. One band a pass keeps less in memory but
/// reads a whole cache line, or four, for a few rows: 490 ns a document for 16 bands of 8 rows of
/// 1,000,000 documents, where this takes 77 ns.
const BANDS_A_PASS: usize = 16;

/// Documents whose keys lie together, band by band: 8 KiB a band, so that writing 16 of them at a time
/// stays in the cache, and reading one band is sequential.
const TILE: usize = 1024;

/// Vectors of table entries are linked by document number; these two are no document.
const NONE: u32 = u32::MAX;
const ABSENT: u32 = u32::MAX - 1;
const MOST_DOCUMENTS: usize = ABSENT as usize;

/// The key of a band of a signature: equal for equal rows of the same band.
///
/// It may be stored: the key is the XXH3-64 (seed 0) of the rows as little-endian 32-bit numbers, XOR the
/// `SplitMix64` output (Steele, Lea, Flood 2014) for the state `band`, and is part of
/// [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION) 1. The second part keeps equal rows of different
/// bands apart, so that one table may hold all bands. Bands are numbered from 0, and band `i` of `r`
/// rows holds the bins from `i`·`r`.
///
/// ```
/// use reprint::index::band_key;
///
/// assert_ne!(band_key(0, &[1, 2, 3]), band_key(1, &[1, 2, 3]));
/// assert_ne!(band_key(0, &[1, 2, 3]), band_key(0, &[3, 2, 1]));
/// ```
pub fn band_key(band: usize, rows: &[u32]) -> u64 {
    let mut bytes = Vec::new();
    little_endian(rows, &mut bytes);
    key_of_bytes(band, &bytes)
}

// Rejected: a folded multiply over pairs of 64-bit words, 16 bands of 8 rows in 146 ns a document instead of
// 165 (10,000 documents, band by band), too little to give up a key that any XXH3 library can make.
#[inline]
fn key_of_bytes(band: usize, rows: &[u8]) -> u64 {
    xxh3(rows) ^ splitmix(band as u64)
}

fn little_endian(values: &[u32], bytes: &mut Vec<u8>) {
    bytes.resize(4 * values.len(), 0);
    for (out, value) in bytes.chunks_exact_mut(4).zip(values) {
        out.copy_from_slice(&value.to_le_bytes());
    }
}

/// An empty document's row is filled with the largest value, which no shingle's bin takes.
fn is_empty(row: &[u32]) -> bool {
    row.first().is_none_or(|&value| value == u32::MAX)
}

fn check_bins(banding: Banding, params: MinHashParams) -> Result<()> {
    if banding.bins() <= params.bins() {
        return Ok(());
    }
    let given = format!("{banding}, {} bins", banding.bins());
    let remedy = "the signatures have fewer bins; choose fewer bands or rows, or sketch with more bins";
    Err(Error::parameter("banding", given, remedy))
}

fn check_count(documents: usize) -> Result<()> {
    if documents <= MOST_DOCUMENTS { Ok(()) } else { Err(Error::too_many("documents", MOST_DOCUMENTS)) }
}

/// `f` of each item, in order; on all cores where rayon is there.
fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        items.into_par_iter().map(f).collect()
    }
    #[cfg(not(feature = "rayon"))]
    {
        items.into_iter().map(f).collect()
    }
}

fn sort_distinct(pairs: &mut Vec<Pair>) {
    let key = |pair: &Pair| u64::from(pair.a.0) << 32 | u64::from(pair.b.0);
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        pairs.par_sort_unstable_by_key(key);
    }
    #[cfg(not(feature = "rayon"))]
    {
        pairs.sort_unstable_by_key(key);
    }
    pairs.dedup();
}

/// The keys of some consecutive bands of all documents.
///
/// Tiles of [`TILE`] documents (the last may be shorter); in a tile band after band; in a band a key a
/// document. The keys of empty documents are not to be used.
struct Keys {
    bands: usize,
    values: Vec<u64>,
    present: Vec<bool>,
}

impl Keys {
    /// Of the `bands` bands from `first`.
    fn new(signatures: &MinHashSignatures, banding: Banding, first: usize, bands: usize) -> Self {
        let (bins, rows, n) = (signatures.params().bins(), banding.rows(), signatures.len());
        let mut keys = vec![0; n * bands];
        let mut present = vec![false; n];
        let tiles = signatures.values().chunks(TILE * bins).zip(keys.chunks_mut(TILE * bands));
        let tiles = tiles.zip(present.chunks_mut(TILE)).collect();
        map(tiles, |((values, keys), present)| {
            let documents = present.len();
            let mut bytes = Vec::new();
            for (document, (row, present)) in values.chunks_exact(bins).zip(present).enumerate() {
                *present = !is_empty(row);
                little_endian(&row[first * rows..(first + bands) * rows], &mut bytes);
                for (band, bytes) in bytes.chunks_exact(4 * rows).enumerate() {
                    keys[band * documents + document] = key_of_bytes(first + band, bytes);
                }
            }
        });
        Self { bands, values: keys, present }
    }

    /// Band by band in passes: `f` of the number and the keys of each.
    fn each_band<R: Send>(
        signatures: &MinHashSignatures,
        banding: Banding,
        mut take: impl FnMut(Vec<R>),
        f: impl Fn(usize, Band<'_>) -> R + Send + Sync,
    ) {
        for first in (0..banding.bands()).step_by(BANDS_A_PASS) {
            let bands = BANDS_A_PASS.min(banding.bands() - first);
            let keys = Self::new(signatures, banding, first, bands);
            take(map((0..bands).collect(), |band| f(first + band, Band { keys: &keys, band })));
        }
    }
}

/// The keys of one band of all documents.
#[derive(Clone, Copy)]
struct Band<'a> {
    keys: &'a Keys,
    band: usize,
}

impl<'a> Band<'a> {
    fn len(self) -> usize {
        self.keys.present.len()
    }

    /// Key after key, those of empty documents among them.
    fn iter(self) -> impl Iterator<Item = u64> + 'a {
        self.keys
            .values
            .chunks(TILE * self.keys.bands)
            .flat_map(move |tile| {
                let documents = tile.len() / self.keys.bands;
                &tile[self.band * documents..][..documents]
            })
            .copied()
    }
}

/// The buckets of one band that hold two documents or more.
///
/// [`candidate_pairs`] looks at a bounded number of pairs of each; here are the buckets whole, for those
/// who want other pairs. Each is sorted by document number; they come in the order of their keys.
///
/// ```
/// use reprint::DocId;
/// use reprint::index::{Banding, Buckets};
/// use reprint::sketch::MinHasher;
///
/// let sets = [vec![1, 2, 3], vec![7, 8], vec![1, 2, 3], vec![]];
/// let signatures = MinHasher::default().sketch_all(&sets);
/// let buckets = Buckets::of_band(&signatures, Banding::new(16, 8)?, 0)?;
/// assert_eq!(buckets.iter().collect::<Vec<_>>(), [[DocId(0), DocId(2)]]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    documents: Vec<DocId>,
    /// Where each bucket ends among the documents.
    ends: Vec<u32>,
}

impl Buckets {
    /// The buckets of band number `band` (from 0), made from that band's rows alone.
    ///
    /// Empty documents are in no bucket.
    ///
    /// # Errors
    /// When `band` is not below the number of bands, when the banding needs more bins than the signatures
    /// have, or when there are more than 2³² − 2 signatures.
    pub fn of_band(signatures: &MinHashSignatures, banding: Banding, band: usize) -> Result<Self> {
        check_bins(banding, signatures.params())?;
        check_count(signatures.len())?;
        check_band(banding, band)?;
        Ok(Self::new(Band { keys: &Keys::new(signatures, banding, band, 1), band: 0 }))
    }

    fn new(band: Band<'_>) -> Self {
        let mut entries = shared(band);
        entries.sort_unstable();
        let mut buckets = Self::default();
        for bucket in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|bucket| bucket.len() > 1) {
            buckets.documents.extend(bucket.iter().map(|&entry| DocId(entry as u32)));
            buckets.ends.push(buckets.documents.len() as u32);
        }
        buckets
    }

    /// How many buckets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no two documents share a bucket.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bucket after bucket, each two documents or more, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &[DocId]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.documents[start as usize..end as usize])
    }
}

fn check_band(banding: Banding, band: usize) -> Result<()> {
    if band < banding.bands() {
        return Ok(());
    }
    Err(Error::parameter("band", band, "bands are numbered from 0; give one below the number of bands"))
}

/// The documents whose key may be another's, too: the key, then the number in the lower 32 bits.
///
/// Most documents are alone with their key. Two bits in a table of 8 to 16 slots a document, "seen" and
/// "seen again", leave out all but one in eight of those, at a third of what sorting them would cost:
/// 4 / 10 / 12 ns a document among 10,000 / 100,000 / 1,000,000 without copies.
// Rejected: all sorted, 24 / 30 / 39 ns as (key, number), 12 / 17 / 24 ns as 64 bits of half a key and the
// number; a radix sort of those by three digits of 11 bits, 11 / 12 / 30 ns. Behind the table half keys, whose
// other half must be looked up, take as long as these entries.
fn shared(band: Band<'_>) -> Vec<u128> {
    let present = || band.iter().zip(&band.keys.present).enumerate().filter(|(_, (_, present))| **present);
    let slots = (8 * band.len()).next_power_of_two().max(64);
    let place = |key: u64| {
        let slot = (key >> (64 - slots.trailing_zeros())) as usize;
        (slot / 32, 2 * (slot % 32))
    };
    let mut seen = vec![0_u64; slots / 32];
    for (_, (key, _)) in present() {
        let (word, bit) = place(key);
        let again = (seen[word] >> bit & 1) << 1;
        seen[word] |= (1 | again) << bit;
    }
    let again = present().filter(|&(_, (key, _))| {
        let (word, bit) = place(key);
        seen[word] >> bit & 2 != 0
    });
    again.map(|(document, (key, _))| u128::from(key) << 32 | document as u128).collect()
}

/// The pairs of documents that share a band, each once, sorted; with a bounded number from any large bucket.
///
/// Documents are numbered by their place among the signatures, and empty ones are in no pair. The result
/// depends on nothing but the signatures and the banding.
///
/// ```
/// use reprint::index::{Banding, candidate_pairs};
/// use reprint::sketch::MinHasher;
/// use reprint::{DocId, Pair};
///
/// let sets = [vec![1, 2, 3], vec![7, 8], vec![1, 2, 3], vec![], vec![]];
/// let signatures = MinHasher::default().sketch_all(&sets);
/// let pairs = candidate_pairs(&signatures, Banding::for_recall(0.8, 0.95, 128)?)?;
/// assert_eq!(pairs, [Pair::new(DocId(0), DocId(2))]);
/// # Ok::<(), reprint::Error>(())
/// ```
///
/// # Large buckets
///
/// A bucket of *s* documents has *s*²/2 pairs, and one passage that is printed everywhere makes a bucket
/// of everything. Therefore this proposes
///
/// - all pairs of a bucket of at most [`SMALL_BUCKET`] = 8 documents, which is at most 3.5 pairs a document;
/// - in a larger one the neighbours in [`CHAINS`] = 4 orders, which is fewer than 4 pairs a document.
///
/// Order *i* sorts the bucket by the 32 bins that follow the band by *i* quarters of the
/// signature (cyclically), ties by document number, and pairs each document with the next. Documents
/// that agree in many bins have long common beginnings and so lie side by side, as in an LSH Forest
/// (Bawa, Condie, Ganesan 2005); each order is another chance. Exact copies keep the order of their
/// numbers in every order of every band, so that *s* copies yield *s* − 1 pairs in all.
///
/// What it keeps was simulated with 10,000 documents that share a template. Of the pairs of copies
/// that share a band these shares end up connected when the proposed pairs are verified and united; in
/// brackets the pairs proposed per document:
///
/// | bands × rows, resemblance of copies / of others | a star about the lowest number | 4 stars | star and neighbours by number | 1 order | 2 orders | 4 orders |
/// |---|---|---|---|---|---|---|
/// | 13 × 8, 0.85 / 0.67, clusters of 2 | 0.963 (2.1) | 0.963 (6.7) | 0.963 (3.7) | 0.979 (2.0) | 0.987 (3.5) | 0.996 (6.4) |
/// | 8 × 3, 0.60 / 0.43, clusters of 20 | 0.814 (3.5) | 0.816 (9.8) | 0.814 (5.7) | 0.857 (3.4) | 0.930 (5.5) | 0.983 (9.2) |
/// | 3 × 2, 0.82 / 0.33, clusters of 2 | 0.810 (1.5) | 0.810 (5.5) | 0.810 (2.8) | 0.860 (1.2) | 0.966 (2.2) | 0.998 (4.0) |
///
/// A star beside the orders added nothing that was measurable. In a bucket of true copies only, a star is
/// cheaper (at 13 × 8, 3,000 documents at 0.82: 3.6 pairs a document against 16.0), which a verifier
/// wins back by skipping pairs that are already connected. For a scheme of your own, or a second round
/// with other partners, take the [`Buckets`] themselves.
///
/// # Cost
///
/// Time is linear but for the sorts, which only see documents that share a bucket. The memory, with `b`
/// bands and `t` threads:
///
/// | | bytes per document |
/// |---|---|
/// | this, beside the signatures | 8 · min(`b`, 16) + 1 for keys, 2 to 48 · min(`t`, `b`, 16) for a band in work, by the share of documents with company, and 8 for each pair of each band |
/// | [`MinHashIndex::from_signatures`] | 16 to 20 · `b` |
/// | [`MinHashIndex::insert`] one by one | 16 to 32 · `b`, by how full the last doubling left its vectors |
///
/// # Errors
/// When the banding needs more bins than the signatures have, or when there are more than 2³² − 2 of them.
pub fn candidate_pairs(signatures: &MinHashSignatures, banding: Banding) -> Result<Vec<Pair>> {
    check_bins(banding, signatures.params())?;
    check_count(signatures.len())?;
    let mut pairs = Vec::new();
    let take = |bands: Vec<Vec<Pair>>| {
        for band in bands {
            pairs.extend(band);
        }
        sort_distinct(&mut pairs);
    };
    Keys::each_band(signatures, banding, take, |number, band| {
        let mut pairs = Vec::new();
        for bucket in Buckets::new(band).iter() {
            if bucket.len() <= SMALL_BUCKET {
                for (i, &a) in bucket.iter().enumerate() {
                    pairs.extend(bucket[i + 1..].iter().map(|&b| Pair { a, b }));
                }
            } else {
                pairs.extend(link(signatures, (number + 1) * banding.rows(), bucket));
            }
        }
        pairs
    });
    Ok(pairs)
}

/// The neighbours of a large bucket in each of the orders that begin at the bin `after` the band.
fn link(signatures: &MinHashSignatures, after: usize, bucket: &[DocId]) -> Vec<Pair> {
    let bins = signatures.params().bins();
    let (mut order, mut neighbours) = (Vec::<(u64, DocId)>::new(), Vec::new());
    for chain in 0..CHAINS {
        let start = (after + chain * bins / CHAINS) % bins;
        let end = start + ORDER_BINS.min(bins);
        // The bins from `start` and, where they run over the end, those from 0.
        let window = |document: DocId| {
            let row = signatures.row(document.index());
            (&row[start..end.min(bins)], &row[..end.saturating_sub(bins)])
        };
        order.clear();
        // Two values beside the number, so that most comparisons leave the signatures alone.
        order.extend(bucket.iter().map(|&document| {
            let (from, before) = window(document);
            let head =
                from.iter().chain(before).take(2).fold(0, |head, &value| head << 32 | u64::from(value));
            (head, document)
        }));
        order.sort_unstable_by(|x, y| {
            let rest = || window(x.1).cmp(&window(y.1));
            x.0.cmp(&y.0).then_with(rest).then(x.1.cmp(&y.1))
        });
        neighbours.extend(order.windows(2).map(|next| Pair::new(next[0].1, next[1].1)));
    }
    // Copies come in the same order each time; without this a band of them would hold four of each pair.
    neighbours.sort_unstable();
    neighbours.dedup();
    neighbours
}

/// Known documents, to ask which of them share a band with a new one.
///
/// The index holds keys, not signatures: 16 to 20 bytes a band and document when built from a batch. Its
/// answers do not depend on the order of insertion but for the numbers, which are given in turn.
///
/// ```
/// use reprint::index::{Banding, MinHashIndex};
/// use reprint::sketch::MinHasher;
///
/// let hasher = MinHasher::default();
/// let mut index = MinHashIndex::new(hasher.params(), Banding::for_recall(0.8, 0.95, 128)?)?;
/// let first = index.insert(&hasher.sketch(&[1, 2, 3]))?;
/// index.insert(&hasher.sketch(&[7, 8]))?;
/// assert_eq!(index.query(&hasher.sketch(&[3, 2, 1]))?, [first]);
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "stored::Index", try_from = "stored::Index")
)]
pub struct MinHashIndex {
    params: MinHashParams,
    banding: Banding,
    documents: usize,
    empty: Vec<DocId>,
    tables: Vec<Table>,
}

/// One band's documents by key: in each slot the newest document whose key begins with that slot's number,
/// and for each document the next older one of its slot.
///
/// Rejected: a map from key to a vector of documents; 24 bytes for the vector and an allocation for a
/// document that most often is alone with its key, where this spends 16 to 20 in all.
#[derive(Clone, Debug, Default)]
struct Table {
    keys: Vec<u64>,
    /// [`ABSENT`] for an empty document, [`NONE`] for the last of a slot.
    next: Vec<u32>,
    /// A power of two of slots, or none.
    slots: Vec<u32>,
}

impl Table {
    /// Of the keys of documents 0, 1, ...; `present` says which of them count.
    fn new(keys: Vec<u64>, present: impl Iterator<Item = bool>) -> Self {
        let next = present.map(|present| if present { NONE } else { ABSENT }).collect();
        let mut table = Self { keys, next, slots: Vec::new() };
        table.grow();
        table
    }

    fn slot(&self, key: u64) -> usize {
        // `checked_shr`: a single slot takes none of the 64 bits.
        key.checked_shr(64 - self.slots.len().trailing_zeros()).unwrap_or(0) as usize
    }

    /// As many slots as documents or up to twice as many, and all documents into them.
    fn grow(&mut self) {
        self.slots = vec![NONE; self.keys.len().next_power_of_two()];
        for document in 0..self.keys.len() {
            if self.next[document] != ABSENT {
                self.link(document);
            }
        }
    }

    fn link(&mut self, document: usize) {
        let slot = self.slot(self.keys[document]);
        self.next[document] = std::mem::replace(&mut self.slots[slot], document as u32);
    }

    /// Adds the next document; `None` is an empty one.
    fn push(&mut self, key: Option<u64>) {
        self.keys.push(key.unwrap_or(0));
        self.next.push(if key.is_some() { NONE } else { ABSENT });
        if self.keys.len() > self.slots.len() {
            self.grow();
        } else if key.is_some() {
            self.link(self.keys.len() - 1);
        }
    }

    /// The documents with this key, newest first.
    fn find(&self, key: u64) -> impl Iterator<Item = DocId> {
        let mut at = self.slots.get(self.slot(key)).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            while at != NONE {
                let document = at as usize;
                at = self.next[document];
                if self.keys[document] == key {
                    return Some(DocId(document as u32));
                }
            }
            None
        })
    }

    fn bytes(&self) -> usize {
        8 * self.keys.capacity() + 4 * self.next.capacity() + 4 * self.slots.capacity()
    }
}

impl MinHashIndex {
    /// An empty index for signatures made with `params`.
    ///
    /// # Errors
    /// When the banding needs more bins than the signatures have.
    pub fn new(params: MinHashParams, banding: Banding) -> Result<Self> {
        check_bins(banding, params)?;
        let tables = vec![Table::default(); banding.bands()];
        Ok(Self { params, banding, documents: 0, empty: Vec::new(), tables })
    }

    /// An index of all these signatures, numbered by their place, built on all cores.
    ///
    /// The same index as that of inserting them one by one, in less time and with no room to spare.
    ///
    /// ```
    /// use reprint::DocId;
    /// use reprint::index::{Banding, MinHashIndex};
    /// use reprint::sketch::MinHasher;
    ///
    /// let hasher = MinHasher::default();
    /// let known = hasher.sketch_all(&[vec![1, 2, 3], vec![7, 8]]);
    /// let index = MinHashIndex::from_signatures(&known, Banding::new(16, 8)?)?;
    /// assert_eq!(index.query(&hasher.sketch(&[7, 8]))?, [DocId(1)]);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the banding needs more bins than the signatures have, or when there are more than 2³² − 2 of
    /// them.
    pub fn from_signatures(signatures: &MinHashSignatures, banding: Banding) -> Result<Self> {
        check_count(signatures.len())?;
        let mut index = Self::new(signatures.params(), banding)?;
        index.documents = signatures.len();
        let empty = (0_u32..).zip(signatures.rows()).filter(|(_, row)| is_empty(row));
        index.empty = empty.map(|(document, _)| DocId(document)).collect();
        index.tables.clear();
        let take = |tables: Vec<Table>| index.tables.extend(tables);
        Keys::each_band(signatures, banding, take, |_, band| {
            let mut keys = Vec::with_capacity(band.len());
            keys.extend(band.iter());
            Table::new(keys, band.keys.present.iter().copied())
        });
        Ok(index)
    }

    /// Adds a document and returns its number, which is the number of documents added before it.
    ///
    /// A document without shingles is counted, and is never a candidate. Amortised O(`b` · `r`).
    ///
    /// # Errors
    /// When the signature was made with other parameters than this index is for, or when the index holds
    /// 2³² − 2 documents. The index is then unchanged.
    pub fn insert(&mut self, signature: &MinHashSignature) -> Result<DocId> {
        self.params.check_same(&signature.params())?;
        check_count(self.documents + 1)?;
        let document = DocId(self.documents as u32);
        self.documents += 1;
        if is_empty(signature.values()) {
            self.empty.push(document);
            self.tables.iter_mut().for_each(|table| table.push(None));
        } else {
            let keys = band_keys(self.banding, signature);
            self.tables.iter_mut().zip(keys).for_each(|(table, key)| table.push(Some(key)));
        }
        Ok(document)
    }

    /// The documents that share a band with this one: distinct, ascending.
    ///
    /// None for a document without shingles. The time grows with `b` and with the number of candidates,
    /// each counted once for every band it shares.
    ///
    /// # Errors
    /// When the signature was made with other parameters than this index is for.
    pub fn query(&self, signature: &MinHashSignature) -> Result<Vec<DocId>> {
        self.params.check_same(&signature.params())?;
        let mut found = Vec::new();
        if !is_empty(signature.values()) {
            for (table, key) in self.tables.iter().zip(band_keys(self.banding, signature)) {
                found.extend(table.find(key));
            }
            found.sort_unstable();
            found.dedup();
        }
        Ok(found)
    }

    /// The parameters that signatures must be made with.
    pub fn params(&self) -> MinHashParams {
        self.params
    }

    /// The bands and rows of this index.
    pub fn banding(&self) -> Banding {
        self.banding
    }

    /// How many documents were added, the empty ones among them.
    pub fn len(&self) -> usize {
        self.documents
    }

    /// Whether no document was added.
    pub fn is_empty(&self) -> bool {
        self.documents == 0
    }

    /// The documents without shingles, which are counted but never candidates; ascending.
    pub fn empty_documents(&self) -> &[DocId] {
        &self.empty
    }

    /// The bytes that this index has allocated.
    pub fn memory(&self) -> usize {
        let tables = size_of::<Table>() * self.tables.capacity();
        tables
            + size_of::<DocId>() * self.empty.capacity()
            + self.tables.iter().map(Table::bytes).sum::<usize>()
    }

    /// The most bytes per document that an index takes which was built from a batch: 20 for each band.
    ///
    /// ```
    /// use reprint::index::{Banding, MinHashIndex};
    ///
    /// assert_eq!(MinHashIndex::memory_per_document(Banding::new(16, 8)?), 320);
    /// # Ok::<(), reprint::Error>(())
    /// ```
    pub fn memory_per_document(banding: Banding) -> usize {
        20 * banding.bands()
    }
}

fn band_keys(banding: Banding, signature: &MinHashSignature) -> impl Iterator<Item = u64> {
    let mut bytes = Vec::new();
    let bands = signature.values().chunks_exact(banding.rows()).take(banding.bands());
    bands.enumerate().map(move |(band, rows)| {
        little_endian(rows, &mut bytes);
        key_of_bytes(band, &bytes)
    })
}

/// The form in which an index is stored: its keys, from which the slots are made again.
#[cfg(feature = "serde")]
mod stored {
    use super::{Banding, DocId, Error, MinHashIndex, Result, Table, check_bins, check_count};
    use crate::hash::FORMAT_VERSION;
    use crate::sketch::{MinHasher, Scheme};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(rename = "MinHashIndex")]
    pub(super) struct Index {
        version: u32,
        scheme: Scheme,
        bins: usize,
        seed: u64,
        banding: Banding,
        documents: usize,
        empty: Vec<DocId>,
        keys: Vec<Vec<u64>>,
    }

    impl From<MinHashIndex> for Index {
        fn from(index: MinHashIndex) -> Self {
            let MinHashIndex { params, banding, documents, empty, tables } = index;
            let keys = tables.into_iter().map(|table| table.keys).collect();
            let (version, scheme) = (params.version(), params.scheme());
            Self {
                version,
                scheme,
                bins: params.bins(),
                seed: params.seed(),
                banding,
                documents,
                empty,
                keys,
            }
        }
    }

    impl TryFrom<Index> for MinHashIndex {
        type Error = Error;

        fn try_from(index: Index) -> Result<Self> {
            let Index { version, scheme, bins, seed, banding, documents, empty, keys } = index;
            if version != FORMAT_VERSION {
                return Err(Error::mismatch("format version", version, FORMAT_VERSION));
            }
            let params = MinHasher::builder().scheme(scheme).bins(bins).seed(seed).build()?.params();
            check_bins(banding, params)?;
            check_count(documents)?;
            let remedy = "the stored index is damaged; build it again";
            if keys.len() != banding.bands() {
                return Err(Error::parameter("the number of stored bands", keys.len(), remedy));
            }
            if let Some(band) = keys.iter().find(|band| band.len() != documents) {
                return Err(Error::parameter("the number of stored keys of a band", band.len(), remedy));
            }
            let ascending = empty.is_sorted_by(|x, y| x < y);
            if !ascending || empty.last().is_some_and(|last| last.index() >= documents) {
                return Err(Error::parameter("the list of empty documents", "out of order", remedy));
            }
            let tables = keys.into_iter().map(|keys| {
                let mut present = vec![true; documents];
                for document in &empty {
                    present[document.index()] = false;
                }
                Table::new(keys, present.into_iter())
            });
            let tables = tables.collect();
            Ok(Self { params, banding, documents, empty, tables })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::MinHasher;

    #[test]
    fn tiles_are_read_as_they_were_written() {
        let hasher = MinHasher::builder().bins(12).build().unwrap();
        let sets: Vec<Vec<u64>> = (0..TILE as u64 + 77).map(|i| vec![splitmix(i)]).collect();
        let signatures = hasher.sketch_all(&sets);
        let banding = Banding::new(4, 3).unwrap();
        let keys = Keys::new(&signatures, banding, 1, 2);
        for band in 0..2 {
            let band_keys = Band { keys: &keys, band };
            let listed: Vec<u64> = band_keys.iter().collect();
            assert_eq!(listed.len(), sets.len());
            for (document, &key) in listed.iter().enumerate() {
                let rows = &signatures.row(document)[(1 + band) * 3..][..3];
                assert_eq!(key, band_key(1 + band, rows));
            }
        }
    }

    #[test]
    fn half_equal_keys_are_told_apart() {
        // Four keys of one upper half and two lower halves: two buckets.
        let keys = vec![5 << 32 | 1, 5 << 32 | 2, 5 << 32 | 1, 5 << 32 | 2, 6 << 32];
        let keys = Keys { bands: 1, present: vec![true; keys.len()], values: keys };
        let buckets = Buckets::new(Band { keys: &keys, band: 0 });
        let found: Vec<&[DocId]> = buckets.iter().collect();
        assert_eq!(found, [[DocId(0), DocId(2)], [DocId(1), DocId(3)]]);
    }

    #[test]
    fn a_long_row_is_hashed_whole() {
        // Beyond the 240 bytes where XXH3 changes its ways.
        let mut rows: Vec<u32> = (0..100).collect();
        let key = band_key(3, &rows);
        rows[99] += 1;
        assert_ne!(band_key(3, &rows), key);
    }
}
