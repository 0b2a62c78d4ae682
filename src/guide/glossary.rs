//! The words of this crate, each in a sentence or two. There is no code in this module.
//!
//! # From a text to a match
//!
//! | term | is |
//! |---|---|
//! | document | a text and its id; perhaps its source (the paper, the site) and its date |
//! | corpus | documents by number: in memory, in a file or in a folder ([`corpus`](crate::corpus)) |
//! | normalised text | a text without what does not matter: case, punctuation, accents ([`text`](crate::text)) |
//! | token | a word by the rules of UAX #29; in scripts without spaces, a letter |
//! | shingle, n-gram | some tokens or letters in a row; a text is compared as the set of its shingles ([`shingle`](crate::shingle)) |
//! | gram | in `wire`: a shingle of letters, long enough to be rare in its script |
//! | resemblance, Jaccard index | of two sets, what both hold as a share of what either holds: from 0 to 1 |
//! | containment | of two sets, what both hold as a share of one of them |
//! | sketch, signature | a set as a few numbers, from which resemblance or containment is estimated ([`sketch`](crate::sketch)) |
//! | bin | one of the numbers of a `MinHash` signature: in each, two sets agree with the probability of their resemblance |
//! | scale | of `FracMinHash`: one hash in so many is kept |
//! | LSH, locality-sensitive hashing | hashing by which what is alike falls together more often than what is not ([`index`](crate::index)) |
//! | band, row | bins of a signature that are hashed together are a band, each bin a row of it; whose hashes of one band agree are candidates |
//! | recall | the share of the pairs at the threshold that become candidates |
//! | bucket | the documents with one hash of a band |
//! | posting | a document in the list of a value: the index of `FracMinHash` is such lists, inverted as those of a book's register |
//! | holder | of a value: a document that has it |
//! | candidate | two documents that an index finds worth comparing; never a result |
//! | alignment | two texts laid side by side: what is equal, misread, replaced, added and left out ([`align`](crate::verify::align)) |
//! | passage | a stretch that two texts share, as bytes of both originals |
//! | covered | of a letter: it lies in a passage, and is the same in both or misread |
//! | noise, character error rate | the share of the covered letters that were misread |
//! | scan | a text that was read by a machine from paper, with errors |
//! | abjad | a script that writes few vowels (Arabic, Hebrew): a story told anew shares more of its letters there |
//! | score | how strong a match is, from 0 to 1; each preset says of what it is the share |
//! | basis, evidence | by what a pair was judged ([`Basis`](crate::verify::Basis)), and the figures ([`Evidence`](crate::verify::Evidence)) |
//! | verdict | score, basis, evidence, and whether the score reaches the threshold |
//! | match | two documents whose score does |
//!
//! # From matches to clusters
//!
//! | term | is |
//! |---|---|
//! | cluster | documents that are copies of one another, by matches and the rule that joins them ([`cluster`](crate::cluster)) |
//! | connected components | the rule of `web` and `strict`: a match joins |
//! | linkage | the rule of `wire`: two groups are joined when a sample of pairs between them agrees |
//! | representative | the document that stands for its cluster: the longest, if nothing else is said |
//! | round-up | a document of several stories, which must not make one of them |
//! | boilerplate, standing text | what a source prints on many of its pages: menus, notices, bylines |
//! | form, slot | a text that is filled in again and again (results, obituaries, forecasts), and the places that are filled |
//! | statistics | what a corpus says about how rare words are, and its boilerplate ([`Statistics`](crate::corpus::Statistics)) |
//!
//! # What is kept
//!
//! | term | is |
//! |---|---|
//! | catalog | known documents in memory, which new texts are compared with ([`Catalog`](crate::engine::Catalog)) |
//! | archive | documents on disk, inserted, asked and removed one by one (feature `archive`) |
//! | commit | one change of an archive: it is there as a whole after a crash, or not at all |
//! | log, segment | the changes of an archive in the order of time; documents and their lists as they are in memory |
//! | snapshot | an archive as it was after a commit |
//! | epoch | the number of the statistics by which an archive judges; it rises when they are measured anew |
//! | stored bits | shingle hashes, signatures and band keys: fixed by [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION) |
