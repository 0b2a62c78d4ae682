//! The tables and the JSON of a report: the same content, spans between characters.

use reprint::corpus::Corpus;
use reprint::method::Method;
use reprint::report::View;
use reprint::{DocId, Finder, Preset};
use serde_json::Value;

const STORY: &str = "Der Sturm riß in der Nacht die Brücke über den Fluß fort, und die Fähre fährt erst am Montag \
    wieder — so das Hafenamt; „niemand wurde verletzt“, hieß es am Freitag 📰 in einer kurzen Erklärung dazu. ";

fn stories() -> [String; 4] {
    let more =
        "Ein zweites Boot bringt am Samstag Brot und Post, falls die See es zuläßt, sagte das Amt außerdem. ";
    let filler = "Über anderes wurde nicht gesprochen, und Fragen nach den Kosten blieben ohne Antwort. ";
    [
        format!("BRÜCKE FORT\n{STORY}{more}{filler}"),
        format!("{STORY}{more}"),
        format!("Oben: {STORY}{more} Lesen Sie auch. {filler} Unten: {STORY}{more}"),
        "Ganz etwas anderes geschah in einer anderen Stadt, an einem anderen Tag.".to_owned(),
    ]
}

fn lines(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    let lines = String::from_utf8(out).unwrap();
    lines.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

#[test]
fn tables_and_json_say_the_same_and_spans_are_text() {
    for preset in [Preset::Wire, Preset::Web] {
        let (ids, texts) = (["a", "b", "c", "d"], stories());
        let finder = Finder::new(Method::from(preset).with_threshold(0.3).unwrap());
        let report = finder.run(&texts).unwrap();
        assert!(!report.matches().is_empty(), "{preset}");
        let view = View::new(&report, &ids, &texts).unwrap();
        let mut json = Vec::new();
        view.write_json(&mut json).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((&json["format"], &json["version"]), (&"reprint-report".into(), &1.into()));

        let mut matches = vec![];
        let mut passages = vec![];
        let span = |a: &str, b: &str, p: &Value| {
            let at = |side: &str, end: &str| p[side][end].as_u64().unwrap() as usize;
            for (id, side) in [(a, "a"), (b, "b")] {
                let text = &texts[ids.iter().position(|&each| each == id).unwrap()];
                assert!(text.get(at(side, "start")..at(side, "end")).is_some_and(|t| !t.is_empty()), "{p}");
            }
            let numbers = [at("a", "start"), at("a", "end"), at("b", "start"), at("b", "end")];
            let mut row = vec![a.to_owned(), b.to_owned()];
            row.extend(numbers.map(|n| n.to_string()));
            row.push(p["covered"].to_string());
            row
        };
        for cluster in json["clusters"].as_array().unwrap() {
            for link in cluster["matches"].as_array().unwrap() {
                let (a, b) = (link["a"].as_str().unwrap(), link["b"].as_str().unwrap());
                assert_eq!(link["judged_by"], if preset == Preset::Wire { "passages" } else { "shingles" });
                let basis = link["basis"].as_str().unwrap();
                assert_eq!(basis, if preset == Preset::Wire { "passages" } else { "shingles" });
                let score = link["score"].to_string();
                matches.push([cluster["cluster"].to_string(), a.into(), b.into(), score, basis.into()]);
                let shared = link["alignment"]["passages"].as_array().unwrap();
                assert!(!shared.is_empty());
                passages.extend(shared.iter().map(|p| span(a, b, p)));
            }
        }
        let mut repeats = 0;
        for document in json["documents"].as_array().unwrap() {
            let id = document["id"].as_str().unwrap();
            for p in document["repeats"].as_array().into_iter().flatten() {
                passages.push(span(id, id, p));
                repeats += 1;
            }
        }
        assert_eq!(repeats, 1, "{preset}: the third text holds its story twice");

        let table = lines(|out| view.write_matches_tsv(out));
        assert!(table.iter().all(|row| row.len() == table[0].len()));
        assert!(table[1..].iter().map(|row| &row[..5]).eq(matches.iter().map(|row| &row[..])), "{table:?}");
        assert_eq!(lines(|out| view.write_passages_tsv(out))[1..], passages);
        let documents = lines(|out| view.write_documents_tsv(out));
        assert_eq!(documents.len(), 5);
        for (row, document) in documents[1..].iter().zip(json["documents"].as_array().unwrap()) {
            assert_eq!(
                row[..3],
                [
                    document["id"].as_str().unwrap().to_owned(),
                    document["bytes"].to_string(),
                    document["cluster"].to_string()
                ]
            );
        }
        let standing = documents[1..].iter().filter(|row| row[4] == "1").count();
        assert_eq!(standing, report.clusters().len());
    }
}

#[test]
fn an_id_that_no_table_can_hold_is_refused() {
    let (ids, texts) = (["a\tb", "c"], [STORY; 2]);
    let report = Finder::preset(Preset::Web).run(texts).unwrap();
    let view = View::new(&report, &ids, &texts).unwrap();
    for refused in [
        view.write_tsv(Vec::new()),
        view.write_documents_tsv(Vec::new()),
        view.write_matches_tsv(Vec::new()),
        view.write_passages_tsv(Vec::new()),
    ] {
        assert!(refused.unwrap_err().to_string().contains("a\\tb"));
    }
    assert!(view.write_json(Vec::new()).is_ok());
}

/// Texts that come into the reader's buffer, as those of a file do.
struct Elsewhere([String; 4]);

impl Corpus for Elsewhere {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read<'a>(&'a self, document: DocId, buffer: &'a mut String) -> reprint::Result<&'a str> {
        if self.0[document.index()].starts_with("lost") {
            return Err(reprint::Error::input("a file", "it is lost; look for it"));
        }
        buffer.clone_from(&self.0[document.index()]);
        Ok(buffer)
    }
}

#[test]
fn texts_that_are_read_again_are_shown_as_those_in_memory() {
    let corpus = Elsewhere(stories());
    let report = Finder::preset(Preset::Wire).run_on(&corpus).unwrap();
    assert!(!report.matches().is_empty());
    let written = |view: &View<'_>| {
        let [mut json, mut page, mut passages] = [const { Vec::new() }; 3];
        view.write_json(&mut json).unwrap();
        view.write_html(&mut page).unwrap();
        view.write_passages_tsv(&mut passages).unwrap();
        [json, page, passages]
    };
    let held = View::new(&report, &["0", "1", "2", "3"], &corpus.0).unwrap();
    assert_eq!(written(&View::over(&report, &corpus).unwrap()), written(&held));

    assert!(View::over(&report, &["one text"]).is_err());
    let gone = Elsewhere(stories().map(|text| format!("lost {text}")));
    let error = View::over(&report, &gone).unwrap().write_json(Vec::new()).unwrap_err();
    assert!(error.to_string().contains("it is lost"), "{error}");
}
