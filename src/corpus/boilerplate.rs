//! Boilerplate: text that stands on many pages beside stories of their own.

use std::cmp::Reverse;
use std::ops::Range;

use super::measure;
use super::values::{self, TextEnds};
use crate::hash::{splitmix, xxh3};
use crate::index::PostingsBatch;
use crate::parallel::{self, Pool};
use crate::shingle::{ShingleBuffer, Shingler};
use crate::sketch::{FracMinHashSignature, FracMinHasher};
use crate::text::Places;
use crate::{Error, Result};

/// So many carriers of a block show that a document has it; and of the blocks of one document at most so
/// many.
const CARRIERS: u32 = 3;
const BLOCKS: usize = 8;

/// A document of which less stands is looked at as a whole: a phrase is no boilerplate.
const STANDING_SHARE: f64 = 0.05;

/// No source is known.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// The number by which boilerplate knows a source: the same in every corpus.
pub(crate) fn source_key(source: Option<&str>) -> u32 {
    source.map_or(UNKNOWN, |source| (xxh3(source.as_bytes()) as u32).min(UNKNOWN - 1))
}

/// What a corpus says about boilerplate: the values ([`FracMinHasher`](crate::sketch::FracMinHasher)) of
/// texts that recur in documents which differ otherwise, such as menus, notices, licences and tag lines.
///
/// A value is known by its low 32 bits, as in the postings. What stands in a text depends on the text, its
/// source and this; what this is depends on the documents and on nothing else, such as their order.
///
/// # How it is found
/// From the lists of holders alone, in one pass. The *group* of a value is its holders from one source, three
/// or more; of documents whose source is not known, four or more. Values whose groups have the same eight
/// holders of least hash are judged together. Their *block* is what half of the eight have; a holder's *rest*
/// is what it has beside it. The values stand when
/// - the rests have on average 60 letters, and 10 % of the documents (15 % without sources) or 500 letters;
/// - in 85 % of the pairs both rests have half of that, and share at most a fifth of the smaller;
/// - the block has 60 letters or more in values at most 2.5 times as common, and holders have on average 60
///   % of each other's block;
/// - without sources also: 70 % of the holders begin *and* end with the block; or there are 24 holders or
///   more, half of which begin *or* end with it, and half of which have a rest a quarter of whose values have
///   at most half as many holders. A story that is printed in other surroundings each time looks like
///   boilerplate but for that.
///
/// ```
/// use reprint::corpus::Boilerplate;
///
/// let none = Boilerplate::default();
/// assert!(none.is_empty() && none.spans("All of it is its own.", None).is_empty());
/// assert_eq!(none.clone().merged(none.clone())?.digest(), none.digest());
/// # Ok::<(), reprint::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Boilerplate {
    /// Of the values; none of what is empty.
    seed: Option<u64>,
    /// Ascending and distinct.
    blocks: Vec<BoilerplateBlock>,
    /// The key, then the place of its block · 2, and 1 for carriers; ascending.
    entries: Vec<(u32, u32)>,
}

/// A text that stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BoilerplateBlock {
    pub(super) source: Option<u32>,
    /// Letters that a document must have beside it to be one with a text of its own.
    pub(super) least_own: u32,
    /// The values that were judged: they stand wherever they are.
    pub(super) carriers: Vec<u32>,
    /// Those that stand in documents with some carriers.
    pub(super) members: Vec<u32>,
}

impl BoilerplateBlock {
    /// The source on whose pages it stands; none where sources were not known.
    pub fn source(&self) -> Option<u32> {
        self.source
    }

    /// The low 32 bits of the values that stand wherever they are, ascending.
    pub fn carriers(&self) -> &[u32] {
        &self.carriers
    }

    /// The low 32 bits of the values that stand in documents with three carriers, ascending.
    pub fn members(&self) -> &[u32] {
        &self.members
    }
}

impl Boilerplate {
    /// What the postings of a corpus say. `ends` and `sources` are by number of document; a source of
    /// `u32::MAX` is not known. In O(K) for K values, and O(K log K) with sources.
    pub(crate) fn measure(
        batch: &PostingsBatch,
        hasher: FracMinHasher,
        ends: &[TextEnds],
        sources: Option<&[u32]>,
    ) -> Result<Self> {
        Ok(Self::of_blocks(hasher.params().seed(), measure::blocks(batch, ends, sources)?))
    }

    /// The seed of the values; 0 where nothing stands.
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or_default()
    }

    pub(super) fn of_blocks(seed: u64, mut blocks: Vec<BoilerplateBlock>) -> Self {
        blocks.sort_unstable();
        blocks.dedup();
        let mut entries: Vec<(u32, u32)> = Vec::new();
        for (block, number) in blocks.iter().zip((0_u32..).step_by(2)) {
            entries.extend(block.members.iter().map(|&key| (key, number)));
            entries.extend(block.carriers.iter().map(|&key| (key, number + 1)));
        }
        entries.sort_unstable();
        let seed = (!blocks.is_empty()).then_some(seed);
        Self { seed, blocks, entries }
    }

    /// The blocks, in an order that depends on nothing but them.
    pub fn blocks(&self) -> &[BoilerplateBlock] {
        &self.blocks
    }

    /// True when nothing was found to stand.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// What two corpora say: the blocks of both. The same for either order.
    ///
    /// # Errors
    /// When their values are of different seeds.
    pub fn merged(mut self, other: Self) -> Result<Self> {
        match (self.seed, other.seed) {
            (Some(a), Some(b)) if a != b => Err(Error::mismatch("seed", a, b)),
            (a, b) => {
                self.blocks.extend(other.blocks);
                Ok(Self::of_blocks(a.or(b).unwrap_or_default(), self.blocks))
            }
        }
    }

    /// The identity: equal for what is equal, whatever made it.
    pub fn digest(&self) -> u64 {
        let add = |digest: u64, value: u64| splitmix(digest ^ value);
        self.blocks.iter().fold(self.seed.map_or(0, splitmix), |digest, block| {
            let source = block.source.map_or(0, |source| 1 << 32 | u64::from(source));
            let lengths = (block.carriers.len() as u64) << 32 | block.members.len() as u64;
            let source = source | u64::from(block.least_own) << 33;
            let keys = block.carriers.iter().chain(&block.members).map(|&key| u64::from(key));
            keys.fold(add(add(digest, source), lengths), add)
        })
    }

    /// The bytes of a text that are boilerplate, as ranges that neither touch nor overlap, in order: of a
    /// text from `source`, or from one that is not known, for which all blocks count. Nothing of a text that
    /// has hardly anything beside boilerplate, which is compared as a whole. O(bytes).
    pub fn spans(&self, text: &str, source: Option<&str>) -> Vec<Range<usize>> {
        let Some(seed) = self.seed else { return Vec::new() };
        let hasher = FracMinHasher::of_seed(seed);
        let (mut buffer, mut grams, mut marks) = (ShingleBuffer::default(), Vec::new(), Vec::new());
        Shingler::letters().hash_into(text, &mut buffer);
        let scale = values::signature(hasher, buffer.hashes()).scale();
        values::grams(hasher, &buffer, scale, &mut grams);
        let source = Some(source_key(source)).filter(|&source| source != UNKNOWN);
        self.marks(buffer.letters().codes().len(), &grams, source, &mut marks);
        let mut letter = 0;
        let places = Places::of(text);
        let runs = marks.chunk_by(|a, b| a == b).map(|run| {
            letter += run.len();
            (run[0], letter - run.len()..letter)
        });
        runs.filter(|(stands, _)| *stands).map(|(_, letters)| places.bytes(letters)).collect()
    }

    /// The entries of a key that hold for documents of a source.
    fn of_key(&self, key: u32, source: Option<u32>) -> impl Iterator<Item = (usize, bool)> + '_ {
        let start = self.entries.partition_point(|&(other, _)| other < key);
        let same = self.entries[start..].iter().take_while(move |&&(other, _)| other == key);
        let blocks = same.map(|&(_, entry)| (entry as usize / 2, entry % 2 == 1));
        blocks.filter(move |&(block, _)| match (self.blocks[block].source, source) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        })
    }

    /// For each of a document's values, given by their keys, whether it stands there; and how many letters
    /// the document must have beside them.
    fn standing(&self, keys: &[u32], source: Option<u32>) -> (Vec<bool>, usize) {
        let found: Vec<(usize, usize, bool)> = (0..)
            .zip(keys)
            .flat_map(|(i, &key)| self.of_key(key, source).map(move |(block, carrier)| (i, block, carrier)))
            .collect();
        let mut carriers: Vec<usize> = found.iter().filter(|f| f.2).map(|f| f.1).collect();
        let mut standing = vec![false; keys.len()];
        if carriers.is_empty() {
            return (standing, 0);
        }
        carriers.sort_unstable();
        let mut whole: Vec<(u32, usize)> = carriers
            .chunk_by(|a, b| a == b)
            .map(|same| (same.len() as u32, same[0]))
            .filter(|&(count, _)| count >= CARRIERS)
            .collect();
        whole.sort_unstable_by_key(|&(count, block)| (Reverse(count), block));
        whole.truncate(BLOCKS);
        let mut least_own = u32::MAX;
        for (i, block, carrier) in found {
            if carrier || whole.iter().any(|&(_, other)| other == block) {
                standing[i] = true;
                least_own = least_own.min(self.blocks[block].least_own);
            }
        }
        (standing, least_own as usize)
    }

    /// Which of a text's letters stand: of `letters` letters, the grams that are kept begin and end at the
    /// places given with their values, in the order of the text. Empty when none do, when the text has hardly
    /// any other letters, or when hardly any of its values stand.
    pub(crate) fn marks(
        &self,
        letters: usize,
        grams: &[(Range<usize>, u64)],
        source: Option<u32>,
        marks: &mut Vec<bool>,
    ) {
        marks.clear();
        if self.is_empty() {
            return;
        }
        let keys: Vec<u32> = grams.iter().map(|&(_, value)| value as u32).collect();
        let (standing, least_own) = self.standing(&keys, source);
        let count = standing.iter().filter(|&&stands| stands).count();
        if count == 0 || (count as f64) < STANDING_SHARE * keys.len() as f64 {
            return;
        }
        marks.resize(letters, false);
        // What lies between a standing gram and one that is not may be either: it tells nothing, so it is
        // left out with what stands.
        let (mut decided, mut after_standing) = (0, false);
        for ((gram, _), stands) in grams.iter().zip(standing) {
            if stands || after_standing {
                let end = if stands { gram.end } else { gram.start.max(decided) };
                marks[decided..end].fill(true);
            }
            decided = decided.max(gram.end);
            after_standing = stands;
        }
        if after_standing {
            marks[decided..].fill(true);
        }
        if marks.iter().filter(|&&standing| !standing).count() < least_own {
            marks.clear();
        }
    }

    /// For each value of a signature whether it stands there: such values are not looked up for candidates.
    ///
    /// ```
    /// use reprint::corpus::Boilerplate;
    /// use reprint::sketch::FracMinHasher;
    ///
    /// let signature = FracMinHasher::default().sketch(&[1, 2, 3]);
    /// assert_eq!(Boilerplate::default().standing_values(&signature, None), [false; 3]);
    /// ```
    pub fn standing_values(&self, signature: &FracMinHashSignature, source: Option<&str>) -> Vec<bool> {
        let keys: Vec<u32> = signature.values().iter().map(|&value| value as u32).collect();
        let source = Some(source_key(source)).filter(|&source| source != UNKNOWN);
        let values = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        self.standing_among(&keys, (values, signature.scale()), source)
    }

    /// For each key of a document of so many values at a scale whether it stands.
    fn standing_among(&self, keys: &[u32], (values, scale): (u32, u32), source: Option<u32>) -> Vec<bool> {
        let (mut standing, least_own) = self.standing(keys, source);
        let count = standing.iter().filter(|&&stands| stands).count();
        let own_letters = u64::from(values).saturating_sub(count as u64) * u64::from(scale);
        if own_letters < least_own as u64 || (count as f64) < STANDING_SHARE * f64::from(values) {
            standing.fill(false);
        }
        standing
    }

    /// For each document of a batch, by place, whether anything may stand in it. Has the batch pass over the
    /// values that do.
    pub(crate) fn skip_in(&self, batch: &mut PostingsBatch, sources: Option<&[u32]>) -> Result<Vec<bool>> {
        if self.is_empty() {
            return Ok(vec![false; batch.order().len()]);
        }
        let mut carries = vec![false; batch.keys().len()];
        for &(key, entry) in &self.entries {
            if let Some(list) = batch.find(key) {
                carries[list] |= entry % 2 == 1;
            }
        }
        let places: Vec<usize> = (0..batch.order().len()).collect();
        let mut may_hold = vec![false; places.len()];
        // What stands is put down run by run: together it is more than a byte a value.
        for run in places.chunks(parallel::RUN) {
            let there = &*batch;
            let of_place = |own: &mut Vec<u32>, _: usize, &place: &usize| -> Result<Option<Vec<bool>>> {
                there.own_lists(place, own);
                if !own.iter().any(|&list| carries[list as usize]) {
                    return Ok(None);
                }
                let source = sources.map(|of| of[there.order()[place].index()]).filter(|&s| s != UNKNOWN);
                let keys: Vec<u32> = own.iter().map(|&list| there.keys()[list as usize]).collect();
                Ok(Some(self.standing_among(&keys, there.values(place), source)))
            };
            let found = parallel::map(run, None, &Pool::default(), of_place)?;
            for (&place, standing) in run.iter().zip(found) {
                may_hold[place] = standing.is_some();
                if let Some(standing) = standing.filter(|standing| standing.contains(&true)) {
                    batch.skip(place, &standing);
                }
            }
        }
        Ok(may_hold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{PostingsEntry, PostingsRules};

    /// So many words that no other seed gives.
    fn words(seed: u64, count: u64) -> String {
        let letters = |hash: u64| -> String {
            (0..4 + hash % 5).map(|i| char::from(b'a' + (hash >> (8 * i)) as u8 % 26)).collect()
        };
        (0..count).map(|i| letters(splitmix(splitmix(seed) ^ i)) + " ").collect()
    }

    /// Pages of one site.
    fn pages(site: u64, count: u64) -> Vec<String> {
        let [head, foot] = [site, site + 1].map(|seed| words(seed, 60));
        (0..count).map(|page| format!("{head}{}{foot}", words(1000 * site + page, 80))).collect()
    }

    fn measure(texts: &[String], sources: Option<&[u32]>) -> Boilerplate {
        let (hasher, mut buffer) = (FracMinHasher::default(), ShingleBuffer::default());
        let sketch = |text: &String| {
            let signature = values::signature(hasher, Shingler::letters().hash_into(text, &mut buffer));
            (PostingsEntry::new(&signature), TextEnds::new(text, &buffer, hasher, signature.scale()))
        };
        let (entries, ends): (Vec<_>, Vec<_>) = texts.iter().map(sketch).unzip();
        let batch = PostingsBatch::of_entries(PostingsRules::default(), &entries).unwrap();
        Boilerplate::measure(&batch, hasher, &ends, sources).unwrap()
    }

    #[test]
    fn spans_are_what_the_pages_share() {
        let texts = pages(1, 12);
        let own = words(1, 60).len()..words(1, 60).len() + words(1000, 80).len();
        let one = vec![source_key(Some("one")); 12];
        for (sources, source) in
            [(None, None), (Some(one.as_slice()), Some("one")), (Some(one.as_slice()), None)]
        {
            let boilerplate = measure(&texts, sources);
            let spans = boilerplate.spans(&texts[0], source);
            assert_eq!(spans.len(), 2, "{spans:?}");
            assert!(
                spans[0].end.abs_diff(own.start) < 40 && spans[1].start.abs_diff(own.end) < 40,
                "{spans:?} {own:?}"
            );
            assert_eq!(boilerplate.spans(&words(77, 100), source), []);
            assert_eq!(boilerplate.spans("", source), []);
        }
        // Of another source, it may be a story.
        assert_eq!(measure(&texts, Some(&one)).spans(&texts[0], Some("another")), []);
    }

    #[test]
    fn the_order_of_documents_does_not_show() {
        let mut texts = pages(1, 9);
        texts.extend(pages(5, 7));
        let there = measure(&texts, None);
        assert!(!there.is_empty());
        texts.reverse();
        texts.swap(3, 9);
        let back = measure(&texts, None);
        assert_eq!((&there, there.digest()), (&back, back.digest()));
    }

    #[test]
    fn what_is_merged_is_a_union() {
        let (a, b) = (measure(&pages(1, 9), None), measure(&pages(5, 7), None));
        let both = a.clone().merged(b.clone()).unwrap();
        assert_eq!(both, b.clone().merged(a.clone()).unwrap());
        assert_eq!(both, both.clone().merged(a.clone()).unwrap());
        assert_eq!(a, a.clone().merged(Boilerplate::default()).unwrap());
        assert_ne!(a.digest(), both.digest());
        for text in [&pages(1, 1)[0], &pages(5, 1)[0]] {
            assert!(!both.spans(text, None).is_empty());
        }
        let other = Boilerplate { seed: Some(9), ..b };
        assert!(a.merged(other).unwrap_err().to_string().contains("seed"));
    }

    #[test]
    fn nothing_stands_in_a_few_stories() {
        assert!(measure(&[], None).is_empty());
        assert!(measure(&pages(1, 3), None).is_empty());
        let copies: Vec<String> =
            (0..20).map(|i| format!("{}{}", words(100 + i, 4), words(1, 200))).collect();
        assert!(measure(&copies, None).is_empty());
        assert!(measure(&copies, Some(&[0; 20])).is_empty());
    }
}
