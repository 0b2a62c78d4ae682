//! JSON lines, tables, JSON and the page with hostile ids and texts: data stays data.

use reprint::corpus::{Corpus, Document, Documents, Fields};
use reprint::report::View;
use reprint::{Finder, Preset};

use super::bytes::Bytes;

pub(crate) fn report(data: &[u8]) {
    // As lines: what a general reader of JSON makes of them, or an error.
    let mut lines = Documents::new();
    if lines.read_json_lines(data, "lines", &Fields::default()).is_ok() {
        let said = String::from_utf8_lossy(data);
        let said = said.trim_start_matches('\u{feff}').split('\n').filter(|line| !line.trim().is_empty());
        let mut documents = lines.iter();
        for line in said {
            let value: serde_json::Value = serde_json::from_str(line.trim_end_matches('\r')).expect("a line");
            let document = documents.next().expect("a document a line");
            assert_eq!(value["text"].as_str(), Some(document.text()));
            assert!(value["id"].is_number() || value["id"].as_str() == Some(document.id()));
        }
        assert_eq!(documents.next(), None);
    }

    let mut bytes = Bytes(data);
    let preset = [Preset::Wire, Preset::Web][bytes.below(2)];
    let twice = bytes.flag();
    let mut documents = Documents::new();
    for text in bytes.texts(6) {
        let (id, text) = text.split_once('\n').unwrap_or((&text, &text));
        let text = if twice { format!("{text} {text}") } else { text.to_owned() };
        // The same id twice is refused.
        let _ = documents.push(Document::new(id, text).with_source(id));
    }
    let report = Finder::preset(preset).run_on(&documents).expect("a small corpus");
    let (ids, texts): (Vec<&str>, Vec<&str>) = documents.iter().map(|d| (d.id(), d.text())).unzip();
    let view = View::new(&report, &ids, &texts).expect("its own documents");
    let view = view.details(&documents).expect("its own documents").preset(preset);

    let mut table = Vec::new();
    if view.write_tsv(&mut table).is_ok() {
        let table = String::from_utf8(table).expect("ids are text");
        assert_eq!(table.split_terminator('\n').count(), ids.len());
        assert!(table.split_terminator('\n').all(|line| line.split('\t').count() == 2));
    } else {
        assert!(ids.iter().any(|id| id.contains(['\t', '\n', '\r'])));
    }

    let mut json = Vec::new();
    view.write_json(&mut json).expect("memory");
    let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    for (document, id) in json["documents"].as_array().expect("documents").iter().zip(&ids) {
        assert_eq!(document["id"].as_str(), Some(*id));
    }

    let mut page = Vec::new();
    view.write_html(&mut page).expect("memory");
    let page = String::from_utf8(page).expect("text");
    assert_eq!(documents.len(), ids.len());
    // Nothing but what the page has of itself opens or ends an element of script.
    let blocks = page.matches("<script type=\"application/base64\"").count();
    assert_eq!(page.matches("<script").count(), 2 + blocks);
    assert_eq!(page.matches("</script").count(), 2 + blocks);
    assert!(!page.contains("<!--"));
}
