//! From a folder of stories to tuning the pieces: a guide. There is no code in this module.
//!
//! 1. [I have a folder of stories](#i-have-a-folder-of-stories)
//! 2. [Which preset?](#which-preset)
//! 3. [Resemblance and containment](#resemblance-and-containment)
//! 4. [Reading the report](#reading-the-report)
//! 5. [The score of the wire preset](#the-score-of-the-wire-preset)
//! 6. [Stories that come one by one](#stories-that-come-one-by-one)
//! 7. [Turning the screws](#turning-the-screws)
//! 8. [The pieces by themselves](#the-pieces-by-themselves)
//! 9. [What is not found](#what-is-not-found)
//! 10. [The same bits](#the-same-bits)
//! 11. [What it costs](#what-it-costs)
//!
//! What a word means, the [glossary] says.
//!
//! # I have a folder of stories
//!
//! Without writing a line, in a copy of this crate:
//!
//! ```sh
//! cargo run --release --example find_reprints -- --tsv clusters.tsv --html report.html examples/stories/
//! ```
//!
//! prints the clusters of the stories that come with it (give it a folder of your own), and writes a table
//! with the cluster of every file and a page to open in a browser. In a program of your own:
//!
//! ```sh
//! cargo new my_reprints && cd my_reprints
//! cargo add reprint --features html
//! cargo run --release
//! ```
//!
//! with this in `src/main.rs`:
//!
//! ```no_run
//! use std::error::Error;
//! use std::fs;
//!
//! use reprint::report::View;
//! use reprint::{Finder, Preset};
//!
//! fn main() -> Result<(), Box<dyn Error>> {
//!     // The texts of the folder, by name. What cannot be read is an error that says which file.
//!     let mut paths = Vec::new();
//!     for entry in fs::read_dir("my_stories")? {
//!         let path = entry?.path();
//!         if path.extension().is_some_and(|extension| extension == "txt") {
//!             paths.push(path);
//!         }
//!     }
//!     paths.sort();
//!     let (mut ids, mut texts) = (Vec::new(), Vec::new());
//!     for path in &paths {
//!         ids.push(path.display().to_string());
//!         texts.push(fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?);
//!     }
//!
//!     let report = Finder::preset(Preset::Wire).run(&texts)?;
//!
//!     let view = View::new(&report, &ids, &texts)?;
//!     view.write_tsv(fs::File::create("clusters.tsv")?)?;
//!     view.write_html(fs::File::create("report.html")?)?;
//!     for cluster in report.clusters().multiple() {
//!         println!("cluster {cluster}");
//!         for &member in report.clusters().members(cluster) {
//!             println!("  {}", view.id(member));
//!         }
//!         for m in report.matches_in(cluster) {
//!             println!("    {} = {}, score {:.2}", view.id(m.pair.a), view.id(m.pair.b), m.score);
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! `run(&texts)` leaves you the texts, which the view needs; `run(texts)` takes them. Texts must be UTF-8.
//! They are numbered in the order in which they are given ([`DocId`](crate::DocId)), and each stands for one
//! document: cut newspaper pages into articles first, as far as you can.
//!
//! # Which preset?
//!
//! - [`Wire`](crate::Preset::Wire) for news, archives and scans, and whenever a copy may be *cut*, *wrapped*
//!   in other text or *misread*. It lays the texts side by side and asks how much of the shorter one the
//!   longer one shares. Any script; the same parameters for clean and for noisy text.
//! - [`Web`](crate::Preset::Web) for pages and corpora where a copy is nearly the same from end to end. It
//!   compares the sets of word 5-grams. Its threshold has a plain meaning (resemblance 0.8), and so has its
//!   recall.
//! - [`Strict`](crate::Preset::Strict) as `Web` with threshold 0.95: the same text but for a word in
//!   two hundred.
//!
//! Where copies are whole and clean, `wire` and `web` find much the same. `wire` costs more, since every
//! match is aligned.
//!
//! # Resemblance and containment
//!
//! A text is taken as the set of its *shingles*: every run of k words, here of 3.
//!
//! ```text
//! "the ferry will not sail on Monday"
//!     the ferry will
//!         ferry will not
//!               will not sail
//!                    not sail on
//!                        sail on Monday
//! ```
//!
//! Two such sets, A and B, overlap:
//!
//! ```text
//!     A ┌─────────────────────┐
//!       │            ┌────────┼────────┐ B   resemblance      = shared / all = |A ∩ B| / |A ∪ B|
//!       │   only A   │ shared │ only B │     containment of A = shared / A   = |A ∩ B| / |A|
//!       └────────────┼────────┘        │     containment of B = shared / B   = |A ∩ B| / |B|
//!                    └─────────────────┘
//! ```
//!
//! *Resemblance* (the Jaccard index) asks whether two texts are the same as wholes. *Containment* asks
//! whether one is in the other. They part where lengths differ. A story of 300 words, printed whole in one
//! paper and cut to its first 100 in another:
//!
//! ```text
//!     A ┌──────────────────────────────┐        resemblance       1/3
//!       │┌─────────┐                   │        containment of B  1
//!       ││    B    │                   │        containment of A  1/3
//!       │└─────────┘                   │
//!       └──────────────────────────────┘
//! ```
//!
//! That is why resemblance of 0.8 does not find cut copies, and why no lower threshold serves: one that finds
//! them also joins stories that share a paragraph of background.
//!
//! One changed word spoils k shingles. With 5-grams, a text in which one word in 20 differs has a resemblance
//! of about 0.63 to its original; where one in five was misread, a third of the shingles survive and the
//! resemblance is 0.20. That is why bad scans are compared by letters.
//!
//! ```
//! use reprint::{shingle::Shingler, verify::overlap};
//!
//! let shingler = Shingler::words(3)?;
//! let whole = shingler.shingle("the ferry will not sail on Monday the harbour master said on Friday night");
//! let cut = shingler.shingle("The ferry will not sail on Monday.");
//! let s = overlap(&whole, &cut);
//! assert_eq!(s.containment_of_b(), 1.0);
//! assert!(s.resemblance() < 0.5);
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! ## Which long documents hold this short one?
//!
//! Index every shingle of the long documents
//! ([`FracMinHasher::for_queries`](crate::sketch::FracMinHasher::for_queries)): the defaults keep one in
//! twelve, of which ten words have none. Then ask the index, and [align](crate::verify::align) the query with
//! each candidate to see one place where it stands.
//!
//! ```
//! use reprint::index::PostingsIndex;
//! use reprint::sketch::FracMinHasher;
//! use reprint::shingle::{ShingleBuffer, Shingler};
//! use reprint::verify::align;
//!
//! let filler: String = (0..3000).map(|i| format!("word{} ", i * 7919 % 10_007)).collect();
//! let line = "the old ferry sank off the northern pier in a storm";
//! let documents = [filler.clone(), format!("{filler} {line}. {filler}"), "a short note".to_owned()];
//!
//! let (shingler, hasher) = (Shingler::letters(), FracMinHasher::for_queries());
//! let (mut index, mut buffer) = (PostingsIndex::default(), ShingleBuffer::default());
//! for (number, text) in documents.iter().enumerate() {
//!     index.insert(number, &hasher.sketch(shingler.hash_into(text, &mut buffer)))?;
//! }
//! let mut holders = Vec::new();
//! index.query(&hasher.sketch(shingler.hash_into(line, &mut buffer)), &mut holders)?;
//! assert_eq!(holders.len(), 1);
//! let found = align(line, &documents[holders[0].document])?;
//! assert_eq!(found.coverage_of_a(), 1.0);
//! assert!(documents[1][found.passages[0].b.clone()].contains(line));
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! # Reading the report
//!
//! A [`Report`](crate::Report) holds
//!
//! - the [clusters](crate::Report::clusters): every document is in just one, mostly alone;
//!   [`multiple`](crate::cluster::Clusters::multiple) gives those of two or more;
//! - a [representative](crate::Report::representative) of each: by default the longest, which is most often
//!   the story before anyone cut it;
//! - the [matches](crate::Report::matches_in) that hold a cluster together. There are enough to connect it,
//!   not one for every pair: of 300 copies, most were compared with a few others;
//! - [counts](crate::Report::counts): documents, empty ones, candidates, comparisons, matches, and the time
//!   of each stage.
//!
//! A [`Match`](crate::verify::Match) has a score from 0 to 1 and its [`Evidence`](crate::verify::Evidence).
//! With `web` and `strict` that is the [`Similarity`](crate::Similarity) of the two shingle sets; the score
//! is their resemblance. With `wire` it is the [`Coverage`](crate::verify::Coverage), in letters:
//!
//! | field | says |
//! |---|---|
//! | `coverage_of_a()`, `coverage_of_b()` | the share of each text's letters that the other has; near 1 on one side only: a cut copy |
//! | `noise` | the share of the shared letters that were misread: 0 for clean copies, 0.1 to 0.5 for bad scans |
//!
//! Which passages two texts share is laid when someone asks, by [`align`](crate::verify::align): byte ranges
//! of the two original texts, and how many letters of them are the same. It needs nothing but the two texts
//! and shows what the verdict went by.
//!
//! ```
//! use reprint::verify::{Evidence, align};
//! use reprint::{Finder, Preset};
//!
//! let stories = [
//!     "Growers in the valley lost half of the pear blossom to three nights of frost, the fruit board said on Thursday. \
//!      Apples flower later and were mostly spared. Prices are expected to rise.",
//!     "Growers in the valley lost half of the pear blossom to three nights of frost, the fruit board said Thursday.",
//! ];
//! let report = Finder::preset(Preset::Wire).run(&stories)?;
//! let [m] = report.matches() else { panic!("one match") };
//! if let Evidence::Passages(coverage) = &m.evidence {
//!     assert!(coverage.coverage_of_b() > 0.9);
//!     assert!(coverage.coverage_of_a() < 0.8);
//! }
//! for passage in align(stories[0], stories[1])?.passages {
//!     println!("{:?} = {:?}", &stories[0][passage.a], &stories[1][passage.b]);
//! }
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! With the feature `report`, `report::View` puts a report together with ids and texts and writes it as
//! tables (clusters, documents, matches, passages) and as JSON; with `html` also as a page that can be
//! searched and sorted, with the shared passages marked in the texts.
//!
//! # The score of the wire preset
//!
//! ```text
//! c = min(covered letters of either), less 4 for each other word in a slot
//! l = short^0.84 · long^0.16                                            lengths in letters
//! A = c / (l + 20 · (1 − (c / l)⁴))
//! W = shared weight / sqrt(weight of one · weight of the other)         words, in any order, rarer ones more
//! o = ln(short / 300) / ln(1200 / 300), within 0..1                     how much alignment has to go by
//! t = (c − 30) / (80 − 30), within 0..1                                 letters enough to tell a scan
//! m = t · (noise − 0.1) / (0.2 − 0.1), within 0..1                      is one of the two a bad scan?
//! f = how surely the two are reports on one form, within 0..1
//! clean = max(A, o·A + (1 − o)·W·min(1, A/0.1)·0.5/0.33)                o = 1 but for Arabic and Hebrew script
//!                                                                   and A alone where c < 30
//! score = (1 − f) · ((1 − m) · clean + m · (1 + 0.75·m) · A), at most 1
//! ```
//!
//! Texts with the same letters have score 1, however short. Reports on one form (forecasts, results,
//! invoices) share their long runs of words, and between these have other figures and names, again and again;
//! f comes from how many, and from how many figures are the same. [`Basis`](crate::verify::Basis) says by
//! what a pair was judged.
//!
//! For long clean texts that is A: about the share of the shorter text that both have, less where the other
//! is much longer (a copy cut to a third without other change has 0.84, one cut to a tenth 0.69). A pair with
//! score 0.5 or more is a match. The pair itself shows whether it is clean: in a scan, seeds are missed and A
//! comes out too low, so it is raised; words are broken, so W is not asked. W counts for clean texts below
//! 1,200 letters in Arabic and Hebrew script, in corpora large enough to tell which words are rare, and only
//! beside a shared passage. In scripts where a letter is a syllable or a word (Han, kana, Hangul) each counts
//! as three. Text that stands on pages which differ otherwise is [boilerplate](crate::corpus::Boilerplate)
//! and left out of account; give documents their sources where they are known. Without sources, a story that
//! 24 papers or more printed with other text of their own at one end each time, or four with other text in
//! its middle, can be taken for boilerplate from 15 % of such text on; with sources it is not. Notices at the
//! head of a few pages of prose can still join them.
//!
//! Matches become clusters by [`Linkage`](crate::cluster::Linkage): unless a match holds nearly the whole of
//! both texts, or the texts are bad scans, it joins two groups only if a sample of their members resembles
//! each other too. For a round-up or a running story is a little like many stories that are not one.
//!
//! Some matches are true of two texts and join nothing, which only the other comparisons show:
//!
//! - A *round-up* holds two stories, each as a block of its own, that do not match each other: it is joined
//!   to none of what it holds. A block is a document of which 3/4 lie in at most 6/10 of another.
//! - A *quote* is a document that lies as a block in others which share nothing more: it stays with the story
//!   that most of these are, if one has two of them or more, and is joined to no other.
//! - *Forms without figures* (notices in which only names differ) look like edited copies, two at a time. A
//!   document is known to be on a form when four others have the same words from end to end, but for slots
//!   with others in them, and three quarters of these words are where half of the others differ: a form has
//!   its slots in the same places of all, and an edited copy differs from each other one in places of its
//!   own. Two such are not joined that differ in the slots, unless in no word and two figures at most.
//!
//! So [`Wire::compare`](crate::method::Wire::compare) may find a match whose documents a run or an archive
//! leaves in two clusters; a report has the matches within clusters.
//!
//! What these rules get wrong:
//!
//! - A story beside two cuts of it that share nothing looks like a round-up of them, and all three stand
//!   alone.
//! - A story that many print with other words in the same places (the names of a town and its paper) looks
//!   like a form, and notices that have but one slot like one story.
//! - Pages of which the story is a tenth or less (a sixth, where sources are not known) can be joined by
//!   their boilerplate, and texts of fewer than 15 words by a long phrase that both have.
//! - Licence heads after a mark that no comment of a common language has count as text of the file.
//!
//! # Stories that come one by one
//!
//! [`PostingsIndex`](crate::index::PostingsIndex) answers which known stories share a few rare letter grams
//! with a new one; [`align`](fn@crate::verify::align) says how much. The examples `check_new_story` and
//! `watch_feed` are this, with files.
//!
//! ```
//! use reprint::index::PostingsIndex;
//! use reprint::shingle::Shingler;
//! use reprint::sketch::FracMinHasher;
//! use reprint::verify::align;
//!
//! let known = [
//!     "The council voted to close the library on Mill Street, and the mayor promised a new one by spring.",
//!     "The ferry to the islands will not sail before Monday, the harbour master said on Friday. Nobody was hurt.",
//! ];
//! let new = "No boats! The ferry to the islands will not sail before Monday, said the harbour master on Friday.";
//!
//! let (shingler, hasher) = (Shingler::letters(), FracMinHasher::default());
//! let signature = |text: &str| hasher.sketch(shingler.shingle(text).as_slice());
//! let mut index = PostingsIndex::default();
//! for text in known {
//!     index.insert(text, &signature(text))?;
//! }
//! let mut candidates = Vec::new();
//! index.query(&signature(new), &mut candidates)?;
//! let best = candidates[0].document;
//! assert!(best.starts_with("The ferry"));
//! assert!(align(new, best)?.coverage_of_a() > 0.6);
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! The index alone judges nothing: what shares a few rare grams may be a quotation. `engine::Catalog` gives
//! the verdict of the preset, in memory; with the feature `archive`, `archive::Archive` does so on disk, and
//! `guide::archive` is its chapter.
//!
//! # Turning the screws
//!
//! The builders of [`Wire`](crate::method::Wire) and [`Jaccard`](crate::method::Jaccard) have them. Change
//! one at a time, and look at the matches next to the threshold before you believe it.
//!
//! | you see | turn |
//! |---|---|
//! | updates of one running story joined, in clean modern text | `wire`: `threshold(0.6)` |
//! | copies stay apart of which half was written anew | `wire`: `threshold(0.4)` |
//! | pairs missing with `web` | `recall(0.99)`: more bands; or a lower `threshold` |
//! | short texts (titles, captions) never match with `web` | `shingler(Shingler::words(2)?)` |
//! | texts without spaces, or many misspellings, with `web` | `shingler(Shingler::characters(9)?)`, or take `wire` |
//! | `build` says that no bands reach the recall | more `bins`, or a lower `recall` |
//! | too many candidates, and memory allows | more `bins` |
//!
//! The example `choose_threshold` prints, for a threshold, a recall and a number of bins, the chance that a
//! pair becomes a candidate by its resemblance, and what each choice of bands and rows costs;
//! [`Banding`](crate::index::Banding) answers the same to a program.
//!
//! # The pieces by themselves
//!
//! What `web` does, by hand:
//!
//! ```
//! use reprint::cluster::Clusters;
//! use reprint::index::{Banding, candidate_pairs};
//! use reprint::shingle::{ShingleSet, Shingler};
//! use reprint::sketch::MinHasher;
//! use reprint::verify::overlap;
//!
//! let texts = [
//!     "one two three four five six seven eight nine ten",
//!     "One, two, three, four, five, six, seven, eight, nine, ten!",
//!     "something else that has as many words as the other two",
//! ];
//! let shingler = Shingler::words(5)?;                                          // text to shingles
//! let sets: Vec<ShingleSet> = texts.iter().map(|text| shingler.shingle(text)).collect();
//!
//! let hasher = MinHasher::builder().bins(128).build()?;                        // shingles to signatures
//! let slices: Vec<&[u64]> = sets.iter().map(ShingleSet::as_slice).collect();
//! let signatures = hasher.sketch_all(&slices);
//!
//! let banding = Banding::for_recall(0.8, 0.95, 128)?;                          // signatures to candidates
//! let candidates = candidate_pairs(&signatures, banding)?;
//!
//! let matches = candidates.into_iter().filter(|pair| {                         // candidates to matches
//!     overlap(&sets[pair.a.index()], &sets[pair.b.index()]).resemblance() >= 0.8
//! });
//! let clusters = Clusters::from_pairs(texts.len() as u32, matches);            // matches to clusters
//! assert_eq!(clusters.len(), 2);
//! # Ok::<(), reprint::Error>(())
//! ```
//!
//! For many documents, [`hash_into`](crate::shingle::Shingler::hash_into) and the `sketch_into` of each
//! hasher use memory again instead of allocating it for each text. [`sketch`](crate::sketch) says which
//! sketch to take, [`index`](crate::index) which index goes with it.
//!
//! # What is not found
//!
//! - **Paraphrase and translation.** Texts are compared by their letters and words, not by what they mean.
//! - **The same event.** Two reports by different hands are two texts, and are kept apart.
//! - **Short quotations.** A sentence in a long article is a passage, not a copy.
//! - **Several stories in one document.** A document is in one cluster. A page that holds ten stories is kept
//!   from joining them, and so most often stands alone or with one of them: cut it up first.
//! - **Very short texts.** Below some 24 letters (8 in Han, kana, Hangul) there is nothing to align. With
//!   `web`, a text of fewer than five words has one shingle, and matches only its equal.
//! - **Pairs below the recall.** Candidates are found by hashing: `web` finds a pair at its threshold with
//!   probability 0.95 by default, and pairs above more surely. What is reported was compared exactly.
//!
//! # The same bits
//!
//! A result depends on the texts, their order and the parameters. In another order the documents have other
//! numbers; which are together stays the same but for ties. `rayon`'s threads, the instruction set
//! ([`Backend`](crate::Backend)) and the machine do not show.
//!
//! Shingle hashes are plain XXH3-64 of normalised text, which any XXH3 library reproduces (see
//! [`shingle`](crate::shingle)). Signatures and band keys follow from them by integer arithmetic that
//! [`sketch`](crate::sketch) and [`index`](crate::index) document. All of it is fixed by
//! [`FORMAT_VERSION`](crate::hash::FORMAT_VERSION); a signature refuses one of another scheme, size, seed or
//! version.
//!
//! # What it costs
//!
//! Time grows with the text: every step is linear in it, but for sorting (n log n) and for comparing pairs,
//! whose number is bounded for each document. [`performance`](crate::performance) has the figures, what a run
//! holds in memory, and what to do when it hurts.

#[cfg(feature = "archive")]
pub mod archive;
pub mod glossary;
pub mod recipes;
