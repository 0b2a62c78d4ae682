//! What a run costs, how the cost grows, and what to do when it hurts. There is no code in this module.
//!
//! Each table is of one run of the command beside it. The stages and shapes were taken at commit ae68911,
//! before verdicts and candidates of `wire` were rebuilt, on two shared x86-64 cores of an AMD EPYC with
//! AVX-512 (Zen 5); growth and what others asked about are of this version, on two shared cores of an Intel
//! Xeon with AVX-512, which takes twice as long for a `MinHash` signature (`throughput`). On another machine
//! the proportions hold better than the figures.
//!
//! # Stage by stage
//!
//! One thread, `cargo bench --bench bounds`, with AVX-512 (`benches/README.md` has the other instruction
//! sets, and what bounds each stage):
//!
//! | stage | ns a byte of text |
//! |---|---|
//! | reading it | 0.02 |
//! | splitting it into words | 0.10 |
//! | to the hashes of word 5-grams | 0.46 |
//! | to a `SimHash` of 64 bits | 0.49 |
//! | to a `MinHash` signature of 128 bins | 0.58 |
//!
//! Text that is half in another script costs 2.4 to 2.7 ns a byte for words: 372 to 409 MB a second
//! (`cargo bench --bench stages -- shingle`).
//!
//! `web` and `strict` are that and little more: candidates by sorted band keys, and an exact comparison of
//! each candidate pair, which shingles both texts again (so that no shingles are kept). `wire` does much more
//! for each document. On 5,068 news stories of 3.1 KB, one thread (documents by `throughput`; shares by
//! `find_reprints`, which prints the times of its stages):
//!
//! | preset | documents/s | sketch | candidates | verify | cluster |
//! |---|---|---|---|---|---|
//! | `web` at 0.8 | 372,000 | 74 % | 6 % | 20 % | 0 % |
//! | `wire` | 25,100 | 21 % | 16 % | 61 % | 3 % |
//!
//! [`StageTimes`](crate::StageTimes) has them for every run of yours.
//!
//! # How the cost grows
//!
//! `cargo run --release --example growth` clusters stories of 300 words with `web` at resemblance 0.8; every
//! tenth is a copy. Both cores:
//!
//! | documents | MB of text | time | µs/document | ns/document/log₂(documents) | bytes beyond the text/document |
//! |---|---|---|---|---|---|
//! | 10,000 | 25 | 0.05 s | 4.7 | 355 | 754 |
//! | 100,000 | 254 | 0.38 s | 3.8 | 227 | 676 |
//! | 1,000,000 | 2,542 | 2.98 s | 3.0 | 149 | 661 |
//!
//! The time a document must not grow faster than log₂ of their number, by which sorting grows; it falls.
//! `growth wire` prints the same for `wire`, whose table of word frequencies takes up to 16 MB whatever the
//! number of documents. What lies beyond the text is what the system counts, freed memory that the allocator keeps
//! included: allocated at once are 1.0 KB a document at a million.
//!
//! | documents | time | compared/document | µs/document: sketch | candidates | verify | all | bytes beyond the text/document |
//! |---|---|---|---|---|---|---|---|
//! | 10,000 | 0.35 s | 0.13 | 9.6 | 20.2 | 4.4 | 34.5 | 3,860 |
//! | 100,000 | 4.04 s | 0.14 | 11.1 | 24.7 | 4.4 | 40.4 | 1,475 |
//! | 1,000,000 | 38.7 s | 0.12 | 11.5 | 22.8 | 4.2 | 38.7 | 1,085 |
//!
//! With texts on disk (`growth 5000000 --stories > FILE`, then `find_reprints --on-disk --preset wire FILE`; time
//! as printed, memory as the system counts it). The file is read once more before that, to know where each line
//! begins.
//!
//! | documents | GB of file | `web`: time | memory | `wire`: time | memory |
//! |---|---|---|---|---|---|
//! | 1,000,000 | 2.6 | 5.8 s | 0.83 GB | 35.6 s | 1.7 GB |
//! | 5,000,000 | 12.9 | 33.5 s | 3.8 GB | 256 s | 5.5 GB |
//!
//! For five millions `wire` takes 1.44 times as long a document: four times as many holders are visited for it
//! ([`PostingsJudge::document_visits`](crate::index::PostingsJudge::document_visits)), which is what keeps its
//! verdicts; from there on their number stays.
//!
//! With what the corpus is made of (`growth 10000 --shape`, and `growth wire 5000 --shape`; µs a document,
//! both cores):
//!
//! | | `web` | `wire` |
//! |---|---|---|
//! | stories of 30 words | 1.4 | 3.3 |
//! | of 300 | 1.6 | 8.2 |
//! | of 3,000 | 9.7 | 77 |
//! | 64 bins | 1.0 | |
//! | 128 bins | 1.2 | |
//! | 256 bins | 2.4 | |
//! | no story printed often | 1.5 | 8.8 |
//! | one document in ten is one story | 3.3 | 10 |
//! | one in two | 11 | 52 |
//! | all | 21 | 38 |
//!
//! - **Documents**: n log n in all, from sorting. Comparisons a document stay the same or fall: a candidate
//!   of `wire` must carry more bits in a larger corpus.
//! - **Document length**: linear. With `wire` each comparison costs the length of both texts; what is kept of
//!   a text grows up to some 2,000 letters, and then stays at 160 values.
//! - **Bins**: twice the bins, up to twice the time to sketch; 4 bytes each, and their band keys.
//! - **Skew**: documents in one bucket, or with one popular value, cost a bounded number of pairs each: at
//!   most eight for each band with `web`, with `wire` 512 visits, and up to 2,048 among millions. A corpus of which
//!   half is one story is the dearest with `wire`: its copies are compared to the end, those of other stories
//!   are not.
//!
//! - **Threads**: on the Xeon two were 1.60 to 1.72 times as fast as one with `web` on 2,000 generated
//!   stories, which take 7 ms (`threads 41`, the median of rounds in which one and two took turns), and 1.68
//!   to 1.79 with `wire` (`threads wire 21`). On the EPYC, at commit ae68911, 1.81 to 1.90 and 1.81 to 1.84.
//!   Beside other programs it was down to 1.1. What is left to one thread is joining groups, and putting the rounds of
//!   comparisons together.
//!
//! # What others asked about
//!
//! One cluster of a million near-copies, and a million documents of which half are copies of one story
//! (`growth web 1000000 --copies 100`, and so on); and the 63,905 descriptions of Debian's packages, of which
//! most share a form with others (`find_reprints --preset wire descriptions.jsonl`):
//!
//! | corpus | preset | time | compared/document | clusters | bytes beyond the text/document |
//! |---|---|---|---|---|---|
//! | one story a million times | `web` | 84.6 s | 15.8 | 1 | 3,726 |
//! | | `wire` | 75.5 s | 1.00 | 1 | 1,102 |
//! | half of a million one story | `web` | 42.6 s | 7.93 | 49,998 | 1,963 |
//! | | `wire` | 91.5 s | 1.06 | 50,007 | 1,105 |
//! | package descriptions | `web` | 0.23 s | 0.77 | 2,922 | |
//! | | `wire` | 9.2 s | 4.73 | 9,524 | |
//!
//! The descriptions are nobody's to copy here; on a Debian 12 the list is made by
//!
//! ```sh
//! apt-get -o Acquire::Languages=en update
//! /usr/lib/apt/apt-helper cat-file /var/lib/apt/lists/*_dists_bookworm_main_i18n_Translation-en* | python3 -c '
//! import json, sys
//! seen = set()
//! for paragraph in sys.stdin.read().split("\n\n"):
//!     head, _, text = paragraph.partition("Description-en: ")
//!     package = head.partition("Package: ")[2].partition("\n")[0]
//!     if package and package not in seen:
//!         seen.add(package)
//!         print(json.dumps({"id": package, "text": text}))' > descriptions.jsonl
//! ```
//!
//! What a crowd of others does to the verdicts on 5,068 news stories (`crowd CORPUS N --tsv OUT`): among 10⁵,
//! 10⁶ and 3 · 10⁶ stories of their own word pairs the adjusted Rand index is that of the stories alone, .9903.
//! From 10⁶ on one pair is another one. With bounds on visits that do not grow with the corpus eight of 1,019
//! right pairs are lost among 3 · 10⁶ (.9863).
//!
//! # Memory
//!
//! A run holds the texts, which are yours, and at its peak beside them:
//!
//! | preset | bytes a document | of that |
//! |---|---|---|
//! | `web`, `strict` | 650 for 128 bins (the tables above) | the signature, 4 a bin; band keys, 8 for each of the 13 to 16 bands |
//! | `wire` | 1,000 at a million to 1,500 at a few thousand, and 16 MB (`tests/wire_memory.rs`) | the postings, at most 160 values; candidates |
//!
//! And on each thread what reading its longest text takes: with `wire` 14 bytes for each of its bytes, 23 if
//! it says the same over and over (`tests/wire_memory.rs`): 3 to 5 GB for one text of 200 MB. Long texts are
//! best cut into their parts.
//!
//! To be kept for longer than a run:
//!
//! | what | bytes a document |
//! |---|---|
//! | `MinHash` signature of 128 bins | 512 |
//! | [`MinHashIndex`](crate::index::MinHashIndex) | at most 27 a band, and 45 with an id of 8 bytes: 477 for 16 bands |
//! | `SimHash` signature | 8 or 16 for its bits; in a [`HammingIndex`](crate::index::HammingIndex) what [`memory`](crate::index::HammingIndex::memory) tells |
//! | `FracMinHash` signature | 8 a kept value and 48 |
//! | [`PostingsIndex`](crate::index::PostingsIndex), [`PostingsBatch`](crate::index::PostingsBatch) | 1,530 to 1,860 for 200 values, a story of 3 KB |
//! | clusters | 12 |
//!
//! # When it hurts
//!
//! | it is | so |
//! |---|---|
//! | too slow with `wire`, and copies are whole and clean | take `web`: some fifteen times as fast (the table of presets above) |
//! | too slow, and the corpus is full of exact copies | take those out first, with `strict` or a hash of the text |
//! | too slow to verify: `counts().verified` is many times the documents | a corpus of near-copies; cut pages into stories, take navigation out |
//! | too large for memory | run by year or by feed, and ask across with [`PostingsIndex`](crate::index::PostingsIndex) or [`MinHashIndex`](crate::index::MinHashIndex), which need the signatures only |
//! | too large still | fewer bins, with a flatter S-curve: `choose_threshold` shows what that costs |
//! | slow on one core only | is the feature `rayon` on? It is by default |
//! | slow in one place of a large program | pass a thread pool of your own: a run inside [`rayon::ThreadPool::install`](https://docs.rs/rayon/latest/rayon/struct.ThreadPool.html#method.install) uses that pool's threads |
//!
//! # What is not needed
//!
//! - `-C target-cpu=native`: the hot loops ask the CPU at run time which instructions it has
//!   ([`Backend`](crate::Backend)).
//! - A faster allocator: once its buffers are warm, sketching allocates for a document only what it keeps
//!   (`tests/allocations.rs`).
