//! Plans find what the core finds, however the work is shared out.

mod common;
mod labelled;

use common::{Random, corpus, partition, partition_of_core, table};
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Float64Type, UInt64Type};
use reprint::verify::{Evidence, Match};
use reprint::{DocId, Finder, Preset, Representative};
use reprint_datafusion::{Options, Run, Session, StageEvent, deduplicate, near_duplicates};

#[tokio::test]
async fn web_is_the_partition_of_the_core() {
    let mut documents = corpus(1, 300);
    let expected = partition_of_core(&documents, Preset::Web);
    assert!(expected.iter().any(|members| members.len() > 20) && expected.len() > 300);
    for partitions in [1, 2, 8] {
        let context = Session::new().partitions(partitions).build().unwrap();
        documents.rotate_left(17 * partitions);
        let run = Run::new(context).unwrap();
        let options = Options::new(Preset::Web);
        let found = deduplicate(&run, table(run.context(), &documents, partitions), &options);
        let found = found.await.unwrap();
        assert!(found.rounds < 12, "{}", found.rounds);
        assert_eq!(found.survivors.count().await.unwrap(), expected.len());
        assert_eq!(partition(found.clusters).await, expected);
    }
}

#[tokio::test]
async fn other_thresholds_are_those_of_the_core() {
    let documents = corpus(2, 60);
    for (preset, threshold) in [(Preset::Strict, 0.95), (Preset::Web, 0.55), (Preset::Web, 1.0)] {
        let options = Options::new(preset).threshold(threshold).unwrap();
        let expected = partition_of_core(&documents, options.method().clone());
        let run = Run::new(Session::new().partitions(2).build().unwrap()).unwrap();
        let found = deduplicate(&run, table(run.context(), &documents, 3), &options).await.unwrap();
        assert_eq!(partition(found.clusters).await, expected, "{preset} {threshold}");
    }
}

#[tokio::test]
async fn pairs_are_the_matches_of_the_core() {
    let documents = corpus(3, 80);
    let texts: Vec<&str> = documents.iter().map(|d| d.1.as_deref().unwrap_or_default()).collect();
    let id = |document: DocId| documents[document.index()].0;
    for preset in [Preset::Web, Preset::Wire] {
        let report = Finder::preset(preset).run(texts.clone()).unwrap();
        // By text, since each of some copies may stand for them; the evidence in rising order of the texts.
        let text = |id: u64| documents.iter().find(|d| d.0 == id).unwrap().1.clone().unwrap();
        let row = |a: u64, b: u64, score: f64, basis: &str, [of_a, of_b, noise]: [f64; 3]| {
            let (a, b) = ((text(a), of_a.to_bits()), (text(b), of_b.to_bits()));
            let (a, b) = if a < b { (a, b) } else { (b, a) };
            (a, b, score.to_bits(), basis.to_owned(), noise.to_bits())
        };
        let of_core = |m: &Match| {
            let figures = match m.evidence {
                Evidence::Shingles(of) => [of.containment_of_a(), of.containment_of_b(), 0.0],
                Evidence::Passages(of) => [of.coverage_of_a(), of.coverage_of_b(), of.noise],
                _ => [1.0, 1.0, 0.0],
            };
            row(id(m.pair.a), id(m.pair.b), m.score, &format!("{:?}", m.basis).to_lowercase(), figures)
        };
        let mut expected: Vec<_> = report.matches().iter().map(of_core).collect();
        let run = Run::new(Session::new().partitions(2).build().unwrap()).unwrap();
        let table = table(run.context(), &documents, 2);
        let pairs = near_duplicates(&run, table, &Options::new(preset)).await.unwrap();
        let mut found = Vec::new();
        for batch in pairs.collect().await.unwrap() {
            let ids = |i: usize| batch.column(i).as_primitive::<UInt64Type>();
            let share = |i: usize| batch.column(i).as_primitive::<Float64Type>();
            let bases = batch.column(3).as_string::<i32>();
            for i in 0..batch.num_rows() {
                let (a, b) = (ids(0).value(i), ids(1).value(i));
                assert_ne!(a, b);
                let figures = [4, 5, 6].map(|column| share(column).value(i));
                found.push(row(a, b, share(2).value(i), bases.value(i), figures));
            }
        }
        expected.sort();
        found.sort();
        assert!(found.len() > 100);
        assert!(found == expected, "{preset}: {} pairs, not {}", found.len(), expected.len());
    }
}

#[tokio::test]
async fn survivors_are_the_longest_or_the_earliest() {
    let story = Random(9).story(50);
    let documents = vec![
        (30, Some(format!("{story} and more"))),
        (10, Some(story.clone())),
        (20, Some(format!("{story} and much more"))),
        (5, Some("rain".into())),
    ];
    for (representative, expected) in
        [(Representative::Longest, [5, 20]), (Representative::Earliest, [5, 10])]
    {
        let run = Run::new(Session::new().partitions(2).build().unwrap()).unwrap();
        let options = Options::new(Preset::Web).representative(representative);
        let found = deduplicate(&run, table(run.context(), &documents, 1), &options).await.unwrap();
        let mut ids: Vec<u64> = Vec::new();
        for batch in found.survivors.collect().await.unwrap() {
            assert_eq!(batch.num_columns(), 2);
            ids.extend(batch.column(0).as_primitive::<UInt64Type>().values());
        }
        ids.sort_unstable();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn what_is_done_is_not_done_again() {
    let documents = corpus(5, 40);
    let directory = tempfile::tempdir().unwrap();
    let counted = |stop_after: Option<usize>| {
        let (directory, documents) = (directory.path().to_path_buf(), documents.clone());
        async move {
            let events = std::sync::Arc::new(std::sync::Mutex::new((0, 0)));
            let seen = std::sync::Arc::clone(&events);
            let context = Session::new().partitions(2).build().unwrap();
            let run = Run::in_directory(context, directory, "corpus 5").unwrap().on_progress(move |event| {
                let mut seen = seen.lock().unwrap();
                match event {
                    StageEvent::Done { rows, bytes, .. } => {
                        assert!(*rows == 0 || *bytes > 0);
                        seen.0 += 1;
                    }
                    StageEvent::Kept { .. } => seen.1 += 1,
                    _ => {}
                }
                // As a machine that stops: between two stages or within one.
                assert!(stop_after.is_none_or(|most| seen.0 < most), "stopped");
            });
            let table = table(run.context(), &documents, 2);
            let found = deduplicate(&run, table, &Options::new(Preset::Web)).await.unwrap();
            let partition = partition(found.clusters).await;
            let events = *events.lock().unwrap();
            (partition, events)
        }
    };
    assert!(tokio::spawn(counted(Some(2))).await.is_err());
    // A stage that was left half done.
    std::fs::create_dir_all(directory.path().join("chains")).unwrap();
    std::fs::write(directory.path().join("chains/half.parquet"), "no Parquet").unwrap();
    let (found, (done, kept)) = counted(None).await;
    assert_eq!(kept, 2);
    assert_eq!(found, partition_of_core(&documents, Preset::Web));
    let (again, events) = counted(None).await;
    assert_eq!((again, events), (found, (0, done + kept)));
    let run = Run::in_directory(Session::new().build().unwrap(), directory.path(), "corpus 5").unwrap();
    let table = table(run.context(), &documents, 2);
    let other = deduplicate(&run, table, &Options::new(Preset::Strict)).await.unwrap_err().to_string();
    assert!(other.contains("other options"), "{other}");
}

#[tokio::test]
async fn errors_name_what_is_wrong() {
    let run = || Run::new(Session::new().partitions(2).build().unwrap()).unwrap();
    let options = Options::new(Preset::Web);
    let error = async |run: Run, documents: &[(u64, Option<String>)], options: &Options| {
        let table = table(run.context(), documents, 1);
        deduplicate(&run, table, options).await.unwrap_err().to_string()
    };
    let twice = [(7, Some("a b c".into())), (7, Some("d e f".into()))];
    assert!(error(run(), &twice, &options).await.contains("the id 7 is given to 2 documents"));
    let found = error(run(), &twice, &options.clone().text("body")).await;
    assert!(found.contains("no column \"body\"") && found.contains("id, text"), "{found}");
    let small = Session::new().partitions(2).memory(1 << 20).most_spilled(1 << 16).build().unwrap();
    let found = error(Run::new(small).unwrap(), &corpus(6, 3000), &options).await;
    assert!(found.contains("stage texts, in "), "{found}");
}

#[tokio::test]
async fn wire_is_the_partition_of_the_core() {
    let mut documents = corpus(7, 250);
    // Cut and wrapped copies.
    let mut random = Random(70);
    let mut id = 100_000;
    for _ in 0..40 {
        let story = random.story(70);
        let words: Vec<&str> = story.split(' ').collect();
        let wrapped = format!("{} {}", random.story(10), words[20..].join(" "));
        for text in [story.clone(), words[..35].join(" "), wrapped] {
            documents.push((id, Some(text)));
            id += 1;
        }
    }
    documents.push((id, Some("No boats!".into())));
    documents.push((id + 1, Some("NO BOATS".into())));
    let expected = partition_of_core(&documents, Preset::Wire);
    assert!(expected.len() < documents.len() - 60);
    for partitions in [1, 2, 8] {
        documents.rotate_left(17 * partitions);
        let run = Run::new(Session::new().partitions(partitions).build().unwrap()).unwrap();
        let table = table(run.context(), &documents, partitions);
        let found = deduplicate(&run, table, &Options::new(Preset::Wire)).await.unwrap();
        assert_eq!(partition(found.clusters).await, expected);
    }
}

/// Round-ups, quotes and forms that many fill join nothing, in the core and in a plan.
#[tokio::test]
async fn what_all_comparisons_say_is_heard_by_wire() {
    let mut random = Random(71);
    let mut texts = Vec::new();
    for _ in 0..20 {
        let (story, other, quote) = (random.story(70), random.story(70), random.story(40));
        texts.extend([story.clone(), format!("{story} {other}"), other, random.story(40)]);
        // A statement, and articles that share nothing else.
        texts.extend((0..3).map(|_| format!("{} {quote} {}", random.story(40), random.story(30))));
        texts.push(quote);
    }
    // A form, in whose slots words stand and no figures.
    let form: Vec<String> = (0..80).map(|_| spelled(random.below(100_000))).collect();
    for _ in 0..12 {
        let filled = form.chunks(8).flat_map(|words| [words.join(" "), spelled(random.below(100_000))]);
        texts.push(filled.collect::<Vec<_>>().join(" "));
    }
    let documents: Vec<_> = (0..).zip(texts.into_iter().map(Some)).collect();
    let expected = partition_of_core(&documents, Preset::Wire);
    assert_eq!(expected.len(), documents.len());
    for partitions in [1, 3] {
        let run = Run::new(Session::new().partitions(partitions).build().unwrap()).unwrap();
        let options = Options::new(Preset::Wire);
        let found = deduplicate(&run, table(run.context(), &documents, 2), &options).await.unwrap();
        assert_eq!(partition(found.clusters).await, expected);
    }
}

/// A word of letters for each number.
fn spelled(number: u64) -> String {
    let letter = |i: u32| char::from(b'a' + (number / 10_u64.pow(i) % 10) as u8 * 2);
    (0..5).map(letter).collect()
}

/// One document many times, and one value in every document: the rows of all stages together grow as the
/// documents do.
#[tokio::test]
async fn what_is_everywhere_costs_linear_work() {
    let mut random = Random(8);
    let copied = random.story(40);
    let footer = random.story(6);
    let stories: Vec<String> = (0..4000).map(|_| random.story(30)).collect();
    for preset in [Preset::Web, Preset::Wire] {
        let mut rows = Vec::new();
        for size in [1000, 4000] {
            let copies = (0..size).map(|id| (id, Some(copied.clone())));
            let with_footer = (0..).zip(&stories[..size as usize]);
            let with_footer = with_footer.map(|(id, story)| (size + id, Some(format!("{story} {footer}"))));
            let documents: Vec<_> = copies.chain(with_footer).collect();
            let seen = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
            let counted = std::sync::Arc::clone(&seen);
            let run = Run::new(Session::new().partitions(4).build().unwrap()).unwrap();
            let run = run.on_progress(move |event| {
                if let StageEvent::Done { rows, .. } = event {
                    counted.fetch_add(*rows, std::sync::atomic::Ordering::Relaxed);
                }
            });
            let table = table(run.context(), &documents, 4);
            let found = deduplicate(&run, table, &Options::new(preset)).await.unwrap();
            let expected = partition_of_core(&documents, preset);
            assert_eq!(partition(found.clusters).await, expected);
            assert!(expected.iter().any(|members| members.len() == size as usize));
            rows.push(seen.load(std::sync::atomic::Ordering::Relaxed));
        }
        assert!(rows[1] < 5 * rows[0], "{preset}: {rows:?}");
    }
}
