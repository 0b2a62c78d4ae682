//! Whole programs of some twenty lines, one for each task.
//!
//! Those that read or write JSON lines need `serde_json` beside the crate, and its feature `jsonl`
//! (`cargo add serde_json` and `cargo add reprint --features jsonl`); those of an archive the feature
//! `archive`.
//!
//! # Keep one document of each cluster
//!
//! ```no_run
//! use std::io::Write;
//!
//! use reprint::corpus::{Corpus, Fields, JsonLines};
//! use reprint::{Finder, Preset};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let corpus = JsonLines::open("docs.jsonl", &Fields::default())?;
//!     let report = Finder::preset(Preset::Web).run_on(&corpus)?;
//!     let mut out = std::io::BufWriter::new(std::fs::File::create("survivors.jsonl")?);
//!     let mut buffer = String::new();
//!     for document in report.survivors() {
//!         let (id, text) = (report.id(document), corpus.read(document, &mut buffer)?);
//!         writeln!(out, "{}", serde_json::json!({ "id": id, "text": text }))?;
//!     }
//!     out.flush()?;
//!     Ok(())
//! }
//! ```
//!
//! # Stories one by one
//!
//! A service: it inserts, asks with the verdict of the preset, removes, is stored, and goes on.
//!
//! ```
//! use reprint::corpus::{Document, Statistics};
//! use reprint::engine::Catalog;
//! use reprint::method::Wire;
//!
//! fn main() -> reprint::Result<()> {
//!     let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
//!     let mut catalog = Catalog::new(Wire::default(), Statistics::default())?;
//!     catalog.insert(Document::new("gazette-17", story).with_source("Gazette").with_date("1864-11-09".parse()?))?;
//!     catalog.insert(Document::new("post-3", "The council voted to close the library on Mill Street."))?;
//!
//!     let stored = catalog.to_bytes();
//!     let mut catalog = Catalog::from_bytes(Wire::default(), &stored)?;
//!     catalog.remove("post-3");
//!     for answer in catalog.ask(&format!("NO BOATS TODAY. {story}"))? {
//!         println!("a copy of {}, score {:.2}", answer.id, answer.verdict.score);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # The ten nearest
//!
//! ```
//! use reprint::index::HammingIndex;
//! use reprint::shingle::Shingler;
//! use reprint::sketch::SimHasher;
//!
//! fn main() -> reprint::Result<()> {
//!     let (shingler, hasher) = (Shingler::letters(), SimHasher::<u64>::default());
//!     let mut index = HammingIndex::new(3)?;
//!     for day in 1..=30 {
//!         let text = format!("The ferry to the islands will not sail before the {day}th, the harbour master said.");
//!         index.insert(format!("gazette-{day}"), &hasher.sketch(&shingler.shingle(&text)))?;
//!     }
//!     let asked = hasher.sketch(&shingler.shingle("The ferry to the islands will not sail, the harbour master said."));
//!     let mut nearest = Vec::new();
//!     index.nearest(&asked, 10, &mut nearest)?;
//!     for (id, distance) in &nearest {
//!         println!("{id}: {distance} of 64 bits");
//!     }
//!     assert_eq!(nearest.len(), 10);
//!     Ok(())
//! }
//! ```
//!
//! # Which long documents hold this short one?
//!
//! By the share of the query's shingles, and with documents that come and go. The
//! [guide](crate::guide#which-long-documents-hold-this-short-one) does the same with a
//! [`PostingsIndex`](crate::index::PostingsIndex), whose values are weighted by how rare they are, and aligns
//! what it finds.
//!
//! ```
//! use reprint::index::ContainmentIndex;
//! use reprint::shingle::Shingler;
//! use reprint::sketch::FracMinHasher;
//!
//! fn main() -> reprint::Result<()> {
//!     let filler: String = (0..3000).map(|i| format!("word{} ", i * 7919 % 10_007)).collect();
//!     let line = "the old ferry sank off the northern pier in a storm";
//!     let (shingler, hasher) = (Shingler::letters(), FracMinHasher::for_queries());
//!     let mut index = ContainmentIndex::new();
//!     index.insert("annals", &hasher.sketch(&shingler.shingle(&filler)))?;
//!     index.insert("almanac", &hasher.sketch(&shingler.shingle(&format!("{filler} {line}. {filler}"))))?;
//!     let mut holders = Vec::new();
//!     index.query(&hasher.sketch(&shingler.shingle(line)), 0.9, &mut holders)?;
//!     for holder in &holders {
//!         println!("{} holds {:.2} of it", holder.id, holder.containment.value);
//!     }
//!     assert_eq!(holders[0].id, "almanac");
//!     Ok(())
//! }
//! ```
//!
//! # Signatures stored in one program and compared in another
//!
//! The first program writes them to a file, the second one reads them; a signature of another shingler or of
//! other parameters is refused.
//!
//! ```
//! use reprint::codec::Stored;
//! use reprint::shingle::Shingler;
//! use reprint::sketch::{MinHashSignatures, MinHasher};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let path = std::env::temp_dir().join(format!("reprint-{}.signatures", std::process::id()));
//!     let shingler = Shingler::words(3)?;
//!     let sets = ["to be or not to be that is the question", "rain again"].map(|text| shingler.shingle(text));
//!     std::fs::write(&path, MinHasher::default().sketch_all(&sets).to_bytes())?;
//!
//!     let known = MinHashSignatures::from_bytes(&std::fs::read(&path)?)?;
//!     let new = MinHasher::default().sketch(&shingler.shingle("to be or not to be is that the question"));
//!     for i in 0..known.len() {
//!         println!("{i}: {}", known.signature(i).resemblance(&new)?);
//!     }
//!     let other = MinHasher::default().sketch(&Shingler::words(5)?.shingle("to be or not to be"));
//!     assert!(known.signature(0).resemblance(&other).is_err());
//!     Ok(std::fs::remove_file(&path)?)
//! }
//! ```
//!
//! # Only documents within three days of each other
//!
//! ```
//! use reprint::corpus::{Document, Documents};
//! use reprint::{Finder, Preset};
//!
//! fn main() -> reprint::Result<()> {
//!     let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
//!     let mut documents = Documents::new();
//!     documents.push(Document::new("a", story).with_date("1864-11-09".parse()?))?;
//!     documents.push(Document::new("b", story).with_date("1864-11-11".parse()?))?;
//!     documents.push(Document::new("c", story).with_date("1865-02-01".parse()?))?;
//!     let report = Finder::preset(Preset::Wire)
//!         .admit(|x, y| x.date.zip(y.date).is_some_and(|(x, y)| x.is_within(3, y)))
//!         .run_on(&documents)?;
//!     let cluster = report.cluster(report.cluster_of("a").unwrap()).unwrap();
//!     assert_eq!(cluster.ids().collect::<Vec<_>>(), ["a", "b"]);
//!     Ok(())
//! }
//! ```
//!
//! # Which training documents hold test documents?
//!
//! ```
//! use reprint::{Finder, Preset};
//!
//! fn main() -> reprint::Result<()> {
//!     let story = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night.";
//!     let training = [format!("{story} Nobody was hurt when the swing bridge jammed."), "rain".to_owned()];
//!     let test = ["something else that nobody has printed before or after", story];
//!     for found in Finder::preset(Preset::Wire).cross(&training, &test)? {
//!         println!("training {} holds test {}, score {:.2}", found.known, found.new, found.score);
//!         assert_eq!((found.known.index(), found.new.index()), (0, 1));
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Stop a run from another thread
//!
//! ```
//! use std::ops::ControlFlow;
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicBool, Ordering};
//!
//! use reprint::{ErrorKind, Finder, Preset};
//!
//! fn main() {
//!     let stop = Arc::new(AtomicBool::new(false));
//!     let (flag, button) = (Arc::clone(&stop), Arc::clone(&stop));
//!     std::thread::spawn(move || button.store(true, Ordering::Relaxed)).join().unwrap();
//!     let finder = Finder::preset(Preset::Wire).progress(move |_| match flag.load(Ordering::Relaxed) {
//!         true => ControlFlow::Break(()),
//!         false => ControlFlow::Continue(()),
//!     });
//!     let error = finder.run(["one text", "another text"]).unwrap_err();
//!     assert_eq!(error.kind(), ErrorKind::Cancelled);
//! }
//! ```
//!
//! # Your own features
//!
//! ```
//! use reprint::hash::xxh3;
//! use reprint::{Finder, Preset};
//!
//! fn main() -> reprint::Result<()> {
//!     let recipes = ["flour sugar butter eggs milk salt", "flour sugar butter eggs milk salt", "beans rice"];
//!     let ingredients = |recipe: &&str| recipe.split(' ').map(|word| xxh3(word.as_bytes())).collect();
//!     let sets: Vec<Vec<u64>> = recipes.iter().map(ingredients).collect();
//!     let report = Finder::preset(Preset::Web).run_features(&sets)?;
//!     assert_eq!(report.clusters().len(), 2);
//!     Ok(())
//! }
//! ```
//!
//! # Your own stemmer, with the places of the words
//!
//! ```
//! use reprint::shingle::{ShingleSet, Shingler, ShinglerId};
//! use reprint::verify::overlap;
//!
//! /// Leaves out short words and cuts endings; a token keeps its place.
//! fn stems(shingler: &Shingler, text: &str) -> reprint::Result<ShingleSet> {
//!     let mut tokens = shingler.tokens(text);
//!     tokens.retain(|token| token.text.len() > 3);
//!     for token in &mut tokens {
//!         token.text = token.text.trim_end_matches("ed").trim_end_matches("ing").trim_end_matches('s').to_owned();
//!     }
//!     for shingle in shingler.shingle_tokens(&tokens)? {
//!         println!("{:016x} is {:?}", shingle.hash, &text[shingle.span]);
//!     }
//!     Ok(shingler.set_of_tokens(&tokens)?.with_shingler(ShinglerId::named("stems, 2 words")))
//! }
//!
//! fn main() -> reprint::Result<()> {
//!     let shingler = Shingler::words(2)?;
//!     let (a, b) = (stems(&shingler, "The owls were hooting")?, stems(&shingler, "An owl hooted")?);
//!     println!("resemblance {:.2}", overlap(&a, &b).resemblance());
//!     Ok(())
//! }
//! ```
//!
//! # A report from your own matches
//!
//! ```
//! use reprint::verify::{Basis, Evidence, Match};
//! use reprint::{DocId, Pair, Report, Similarity};
//!
//! fn main() -> reprint::Result<()> {
//!     // Three documents; some measure of your own has found that the first and the last are alike.
//!     let evidence = Evidence::Shingles(Similarity::new(40, 42, 37));
//!     let pair = Pair::new(DocId(0), DocId(2));
//!     let matches = vec![Match { pair, score: 0.82, basis: Basis::Shingles, evidence }];
//!     let report = Report::from_matches(3, matches, 0.8)?.with_ids(["north", "south", "east"])?;
//!     assert_eq!(report.cluster_of("north"), report.cluster_of("east"));
//!     Ok(())
//! }
//! ```
//!
//! # Signatures from a reader, without holding the texts
//!
//! ```
//! use std::io::BufRead;
//!
//! use reprint::index::{Banding, candidate_pairs};
//! use reprint::shingle::{ShingleBuffer, Shingler};
//! use reprint::sketch::{MinHashSignatures, MinHasher};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let lines = "one two three four five six\nrain and more rain again today\none two three four five six\n";
//!     let (shingler, hasher) = (Shingler::words(5)?, MinHasher::builder().bins(64).build()?);
//!     let (mut buffer, mut values) = (ShingleBuffer::default(), Vec::new());
//!     for line in lines.as_bytes().lines() {
//!         values.extend_from_slice(hasher.sketch(shingler.hash_into(&line?, &mut buffer)).values());
//!     }
//!     let signatures = MinHashSignatures::from_values(hasher.params(), values)?;
//!     let pairs = candidate_pairs(&signatures, Banding::for_recall(0.8, 0.95, 64)?)?;
//!     assert_eq!(pairs.len(), 1);
//!     Ok(())
//! }
//! ```
//!
//! # Cut boilerplate out of pages
//!
//! ```
//! use reprint::corpus::{Document, Documents};
//! use reprint::method::{Text, Wire};
//!
//! fn main() -> reprint::Result<()> {
//!     let words = |seed: usize, n: usize| (0..n).map(|i| format!("w{} ", (i + 7) * seed % 9973)).collect::<String>();
//!     let menu = words(31, 120);
//!     let mut pages = Documents::new();
//!     for page in 0..12 {
//!         pages.push(Document::new(page.to_string(), menu.clone() + &words(1000 + page * 97, 150)).with_source("site"))?;
//!     }
//!     let wire = Wire::default();
//!     let statistics = wire.measure(&pages)?;
//!     let page = menu.clone() + &words(5000, 150);
//!     let mut own = page.clone();
//!     for span in wire.boilerplate(Text::from(&page).with_source("site"), &statistics)?.into_iter().rev() {
//!         own.replace_range(span, "");
//!     }
//!     assert!(own.len() < page.len() - menu.len() / 2);
//!     Ok(())
//! }
//! ```
