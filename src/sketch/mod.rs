//! Layer 4: u64 slices in, signatures out.
//!
//! A sketch stands for a set of shingle hashes in a few hundred bytes and answers how alike two sets are.
//!
//! # Which sketch should you use?
//!
//! | you want | sketch | size | error of the estimate |
//! |---|---|---|---|
//! | resemblance of whole texts | [`MinHasher`] | 4 bytes a bin: 512 for 128 | at most 0.044 with 128 bins |
//! | how much of one text is in another; copies that are cut, noisy or wrapped | [`FracMinHasher`] | 8 bytes a kept value: one in 12, or about 96 of a small set | falls with the number of kept values |
//! | near copies among very many; shingles with weights | [`SimHasher`] | 8 or 16 bytes | 0.06 at cosine 0.9 with 64 bits |
//! | multisets, tf-idf weights | [`WeightedMinHasher`] | 4 bytes a bin | at most 0.044 with 128 bins |
//! | resemblance in less memory | [`BBitSignature`] of either | 1, 2, 4, 8 or 16 bits a bin | 0.027 at J = ½ with 1,024 bins of one bit, 128 bytes |
//! | how many distinct elements | [`UltraLogLog`] | 2ᵖ bytes | 1.2 % with 4 KiB |
//!
//! - **Resemblance |A ∩ B| / |A ∪ B| of whole texts** (copies with few changes): [`MinHasher`]. Its default
//!   scheme is the fast one; choose [`Scheme::Classic`] only where signatures must be
//!   [merged](MinHashSignature::merge) or [updated](MinHasher::update). 128 bins give a standard error of at
//!   most 0.044; twice the accuracy takes four times the bins. Pairs come from bands:
//!   [`candidate_pairs`](crate::index::candidate_pairs), [`MinHashIndex`](crate::index::MinHashIndex).
//! - **Containment |A ∩ B| / |A|** (a story cut to a third, a page that holds ten stories, a scan of which a
//!   tenth of the shingles survive): [`FracMinHasher`]. Its signatures grow with the set, so that sets of
//!   very different sizes can be compared; that is what a signature of fixed size cannot do. Pairs come from
//!   an inverted index: [`PostingsBatch`](crate::index::PostingsBatch),
//!   [`PostingsIndex`](crate::index::PostingsIndex).
//! - **Few bytes** (many millions of documents that are near copies or nothing alike), **or weights** (a
//!   shingle that occurs ten times counts ten times): [`SimHasher`]. It estimates a cosine, and coarsely: 64
//!   bits tell 0.9 from 0.5, not 0.7 from 0.5. Every pair within k bits comes from
//!   [`HammingIndex`](crate::index::HammingIndex).
//! - **Weights** (term counts, tf-idf) and an index of them that is exact in expectation:
//!   [`WeightedMinHasher`], by the weighted or the probability Jaccard index; [`term_counts`] and
//!   [`TermStatistics`] make the weights. Pairs come from
//!   [`weighted_candidate_pairs`](crate::index::weighted_candidate_pairs).
//! - **Many signatures in memory, to be compared one with all**: [`BBitSignatures`]. Of one size in bytes,
//!   one bit of many bins is worth more than whole values of few where J is high; sketching takes longer, for
//!   the bins are more.
//! - **How many**: [`UltraLogLog`] for the size of a set, of a union, of a corpus' shingles.
//!
//! # One shape
//!
//! A builder checks what was chosen; what it builds has `params`, the identity that its signatures carry and
//! compare; `sketch` of one set; `sketch_into`, which allocates nothing in a loop; and `sketch_all` of many
//! sets, on all cores. A set is a [`ShingleSet`](crate::shingle::ShingleSet) or anything else with
//! [`Shingles`](crate::shingle::Shingles); of [`WeightedMinHasher`] it is [`Weights`], pairs of element and
//! weight.
//!
//! | | writes into | scratch | many |
//! |---|---|---|---|
//! | [`MinHasher`] | a row of values | [`MinHashScratch`] | the table [`MinHashSignatures`] |
//! | [`WeightedMinHasher`] | a row of values | [`WeightedScratch`] | the table [`WeightedSignatures`] |
//! | [`FracMinHasher`] | a [`FracMinHashSignature`] | none needed | a vector |
//! | [`SimHasher`] | a [`SimHashSignature`] | none needed | a vector |
//! | [`UltraLogLogHasher`] | an [`UltraLogLog`] | none needed | a vector |
//!
//! [`BBitSignature`] and [`BBitSignatures`] are cut from signatures or tables that are there.
//!
//! When in doubt: `MinHash`, and verify what it proposes with [`overlap`](crate::verify::overlap).
//!
//! The same sets, three questions:
//!
//! ```
//! use reprint::hash::xxh3;
//! use reprint::sketch::{FracMinHasher, MinHasher, SimHasher};
//!
//! let story: Vec<u64> = (0..3_000_u64).map(|i| xxh3(&i.to_le_bytes())).collect();
//! let cut = &story[..1_000];
//!
//! let min = MinHasher::default();
//! let resemblance = min.sketch(&story).resemblance(&min.sketch(cut))?;
//! assert!((resemblance.value - 1.0 / 3.0).abs() < 4.0 * resemblance.standard_error);
//!
//! let frac = FracMinHasher::default();
//! assert_eq!(frac.sketch(cut).containment_in(&frac.sketch(&story))?.value, 1.0);
//!
//! let sim = SimHasher::<u64>::default();
//! assert!(sim.sketch(&story).hamming_distance(&sim.sketch(cut))? > 3);
//! # Ok::<(), reprint::Error>(())
//! ```

mod bbit;
mod cardinality;
mod fracminhash;
mod minhash;
mod rows;
mod simhash;
mod weighted;

pub use bbit::{BBitParams, BBitSignature, BBitSignatures, BBitSource};
pub use cardinality::{SizeEstimate, UltraLogLog, UltraLogLogBuilder, UltraLogLogHasher, UltraLogLogParams};
pub use fracminhash::{FracMinHashParams, FracMinHashSignature, FracMinHasher, FracMinHasherBuilder};
pub use minhash::{
    MinHashParams, MinHashScratch, MinHashSignature, MinHashSignatures, MinHasher, MinHasherBuilder, Scheme,
};
pub use rows::{BinParams, Signature, Signatures};
pub use simhash::{SimHashBits, SimHashParams, SimHashSignature, SimHasher, SimHasherBuilder};
pub use weighted::terms::{TermStatistics, term_counts};
pub use weighted::{
    Measure, TermWeights, WeightedMinHasher, WeightedMinHasherBuilder, WeightedParams, WeightedScratch,
    WeightedSignature, WeightedSignatures, Weights,
};
