//! Sequences of all calls against a naive reference that computes everything anew.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reprint::archive::{Answer, Archive, Options, Snapshot, Window};
use reprint::corpus::{Date, Document, Fields, Statistics};
use reprint::engine::Catalog;
use reprint::method::{Method, Text, Wire};
use reprint::{DocId, ErrorKind, Preset};

use crate::{Folder, version};

fn document(id: usize, text: String) -> Document {
    let day = i32::try_from(id % 9).unwrap();
    let document = Document::new(format!("d{id}"), text).with_date(Date::from_days(day));
    if id.is_multiple_of(3) { document } else { document.with_source(format!("paper {}", id % 4)) }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<(usize, u64, u64)>),
    Remove(usize),
    RemoveAll(Vec<usize>),
    Replace(usize, u64, u64),
    Ask(u64, u64),
    AskWithin(u64, u64, i32, u32),
    AskOthers(u64, u64, usize),
    Export,
    Reopen,
    Compact,
    Refresh(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = 0..24_usize;
    let story = || (0..5_u64, 0..10_u64);
    let one = (id.clone(), story()).prop_map(|(id, (story, version))| (id, story, version));
    let step = prop_oneof![
        6 => prop::collection::vec(one, 1..6).prop_map(Step::Insert),
        2 => id.clone().prop_map(Step::Remove),
        1 => prop::collection::vec(id.clone(), 0..6).prop_map(Step::RemoveAll),
        2 => (id, story()).prop_map(|(id, (story, version))| Step::Replace(id, story, version)),
        2 => story().prop_map(|(story, version)| Step::Ask(story, version)),
        1 => (story(), 0..9_i32, 0..4_u32).prop_map(|((story, version), day, days)| Step::AskWithin(story, version, day, days)),
        1 => (story(), 0..4_usize).prop_map(|((story, version), paper)| Step::AskOthers(story, version, paper)),
        1 => Just(Step::Export),
        2 => Just(Step::Reopen),
        1 => Just(Step::Compact),
        1 => (0..3_u64).prop_map(Step::Refresh),
    ];
    prop::collection::vec(step, 1..25)
}

fn text(document: &Document) -> Text<'_> {
    let text = Text::from(document.text());
    document.about(DocId(0)).source.map_or(text, |source| text.with_source(source))
}

/// What an archive must be, made anew for every question.
struct Reference {
    method: Method,
    statistics: Statistics,
    /// In the order of insertion.
    documents: Vec<Document>,
}

impl Reference {
    fn at(&self, id: &str) -> Option<usize> {
        self.documents.iter().position(|document| document.id() == id)
    }

    fn catalog(&self, admit: impl Fn(&Document) -> bool) -> Catalog {
        let mut catalog = Catalog::new(self.method.clone(), self.statistics.clone()).unwrap();
        self.documents.iter().filter(|d| admit(d)).for_each(|d| catalog.insert(d.clone()).unwrap());
        catalog
    }

    fn check(&self, archive: &Archive) -> Result<(), TestCaseError> {
        let snapshot = archive.snapshot();
        prop_assert_eq!(snapshot.len(), self.documents.len());
        let documents: Vec<Document> = snapshot.documents().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(&documents, &self.documents);
        let by_id: BTreeMap<&str, &Document> = self.documents.iter().map(|d| (d.id(), d)).collect();
        for m in snapshot.matches() {
            let verdict =
                self.method.compare(text(by_id[&*m.a]), text(by_id[&*m.b]), &self.statistics).unwrap();
            prop_assert_eq!(m.score.to_bits(), verdict.score.to_bits());
            prop_assert_eq!(m.basis, verdict.basis);
            prop_assert!(verdict.is_match);
        }
        let clusters = snapshot.clusters();
        let mut seen: Vec<&String> = clusters.iter().flatten().collect();
        seen.sort();
        let all = seen.len();
        seen.dedup();
        prop_assert_eq!(seen.len(), all);
        for cluster in &clusters {
            for id in cluster {
                prop_assert_eq!(&snapshot.cluster_of(id).unwrap(), cluster);
            }
        }
        let since: Vec<Document> = snapshot.since(Date::from_days(5)).collect::<Result<_, _>>().unwrap();
        let dated = |d: &&Document| d.about(DocId(0)).date.is_some_and(|date| date.days() >= 5);
        prop_assert_eq!(since, self.documents.iter().filter(dated).cloned().collect::<Vec<_>>());
        self.check_report(&snapshot)?;
        prop_assert_eq!(archive.check().unwrap(), []);
        Ok(())
    }

    /// The report says the same, and its matches have the evidence of comparing.
    fn check_report(&self, snapshot: &Snapshot) -> Result<(), TestCaseError> {
        let report = snapshot.report().unwrap();
        let of_report: Vec<Vec<String>> = report
            .clusters()
            .multiple()
            .map(|cluster| {
                report.clusters().members(cluster).iter().map(|&d| report.id(d).into_owned()).collect()
            })
            .collect();
        prop_assert_eq!(of_report, snapshot.clusters());
        for m in report.matches() {
            let (a, b) = (text(&self.documents[m.pair.a.index()]), text(&self.documents[m.pair.b.index()]));
            let verdict = self.method.compare(a, b, &self.statistics).unwrap();
            prop_assert_eq!(m.score.to_bits(), verdict.score.to_bits());
            prop_assert_eq!(&m.evidence, &verdict.evidence);
        }
        Ok(())
    }
}

fn are_the_same(answers: &[Answer], expected: &[Answer]) -> Result<(), TestCaseError> {
    prop_assert_eq!(answers.len(), expected.len());
    for (answer, expected) in answers.iter().zip(expected) {
        prop_assert_eq!((&*answer.id, &answer.verdict), (&*expected.id, &expected.verdict));
    }
    Ok(())
}

fn run(method: &Method, steps: &[Step]) -> Result<(), TestCaseError> {
    let folder = Folder::new("model");
    let options = Options::new(method.clone()).log_bytes(20_000);
    let mut reference =
        Reference { method: method.clone(), statistics: Statistics::default(), documents: Vec::new() };
    let mut archive = Archive::open(&folder, &options).unwrap();
    for step in steps {
        match step {
            Step::Insert(all) => {
                let documents: Vec<Document> =
                    all.iter().map(|&(id, story, v)| document(id, version(story, v))).collect();
                let mut ids: Vec<&str> = documents.iter().map(Document::id).collect();
                ids.sort_unstable();
                let is_new =
                    ids.windows(2).all(|w| w[0] != w[1]) && ids.iter().all(|id| reference.at(id).is_none());
                match archive.insert_all(documents.clone()) {
                    Ok(count) => {
                        prop_assert!(is_new && count == documents.len());
                        reference.documents.extend(documents);
                    }
                    Err(error) => prop_assert!(!is_new && error.kind() == ErrorKind::DuplicateId),
                }
            }
            Step::Remove(id) => {
                let id = format!("d{id}");
                let at = reference.at(&id);
                prop_assert_eq!(archive.remove(&id).unwrap(), at.is_some());
                at.map(|at| reference.documents.remove(at));
            }
            Step::RemoveAll(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("d{id}")).collect();
                let before = reference.documents.len();
                reference.documents.retain(|d| !ids.iter().any(|id| id == d.id()));
                let removed = archive.remove_all(ids.iter().map(String::as_str)).unwrap();
                prop_assert_eq!(removed, before - reference.documents.len());
            }
            Step::Replace(id, story, v) => {
                let new = document(*id, version(*story, *v));
                let at = reference.at(new.id());
                prop_assert_eq!(archive.replace(new.clone()).unwrap(), at.is_some());
                at.map(|at| reference.documents.remove(at));
                reference.documents.push(new);
            }
            Step::Ask(story, v) => {
                let text = version(*story, *v);
                let catalog = reference.catalog(|_| true);
                let expected = catalog.ask(&text).unwrap();
                let answers = archive.ask(&text).unwrap();
                are_the_same(&answers, &expected)?;
            }
            Step::AskWithin(story, v, day, days) => {
                let text = version(*story, *v);
                let window = Window::around(Date::from_days(*day), *days);
                let about = |d: &Document| d.about(DocId(0)).date;
                let catalog = reference.catalog(|d| window.holds(about(d)));
                let expected = catalog.ask(&text).unwrap();
                let answers = archive.snapshot().ask_where(&text, window, |_| true).unwrap();
                are_the_same(&answers, &expected)?;
            }
            Step::AskOthers(story, v, paper) => {
                let (text, paper) = (version(*story, *v), format!("paper {paper}"));
                let catalog = reference.catalog(|_| true);
                let expected = catalog.ask_where(&text, |about| about.source != Some(&paper)).unwrap();
                let snapshot = archive.snapshot();
                let answers =
                    snapshot.ask_where(&text, Window::ALL, |about| about.source != Some(&paper)).unwrap();
                are_the_same(&answers, &expected)?;
            }
            Step::Export => {
                let mut lines = Vec::new();
                archive.snapshot().export(&mut lines).unwrap();
                let imported = archive.import(&lines[..], "the export", &Fields::default()).unwrap();
                prop_assert_eq!(imported, 0);
                let other = Folder::new("model-import");
                let options = options.clone().statistics(reference.statistics.clone());
                let other = Archive::open(&other, &options).unwrap();
                other.import(&lines[..], "the export", &Fields::default()).unwrap();
                reference.check(&other)?;
            }
            Step::Reopen => {
                drop(archive);
                archive = Archive::open(&folder, &options).unwrap();
            }
            Step::Compact => drop(archive.compact().unwrap()),
            Step::Refresh(seed) => {
                let sample: Vec<String> = (0..4).map(|i| version(seed + i, i)).collect();
                let statistics = Wire::default().measure(&sample).unwrap();
                archive.refresh_statistics(statistics.clone()).unwrap();
                reference.statistics = statistics;
            }
        }
        reference.check(&archive)?;
    }
    let reader = Archive::open_to_read(&folder, &options).unwrap();
    reference.check(&reader)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn wire_is_as_the_reference(steps in steps()) {
        run(&Wire::default().into(), &steps)?;
    }

    #[test]
    fn web_is_as_the_reference(steps in steps()) {
        let method = Method::from(Preset::Web).with_threshold(0.5).unwrap();
        run(&method, &steps)?;
    }
}
