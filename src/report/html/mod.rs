//! The report as one page to read.

mod cluster;
mod words;

use std::collections::HashSet;
use std::io;

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use super::View;
use super::plots::{self, Plot};
use crate::parallel::{self, Pool};
use crate::verify::{Aligner, Alignment};
use crate::{Preset, Result};
use cluster::{Head, MOST_MEMBERS, beginning, pack, within};
use words::{counted, grouped, rounded, script_safe, title};

/// Clusters on the page, the largest first.
const MOST_CLUSTERS: usize = 20_000;

/// Documents alone in their cluster whose repeats are shown.
const MOST_REPEATING: usize = 1_000;

/// Bytes of the packed texts and comparisons of all clusters: with them, the page stays below 30 MB.
const MOST_PACKED: usize = 24 << 20;

/// Clusters that are packed before it is looked at how much room is left.
const BATCH: usize = 2_048;

impl View<'_> {
    /// Writes the report as a page: one HTML file that opens from disk in any browser of 2023 or later and
    /// asks no network for anything.
    ///
    /// It shows the counts and what a score means; a list of the clusters of two or more that can be
    /// searched, sorted and filtered; the documents that hold a passage twice; and plots of the scores, of
    /// the cluster sizes and (where there are bands) of how surely they find a pair. A cluster opens into its
    /// members, each with its headline and its share of the representative's text, the earliest and the
    /// longest marked; a timeline where dates are [known](Self::details); each member's text beside the
    /// representative's with the shared passages, what was cut, added and reworded, and what is
    /// [boilerplate](Self::boilerplate); and the evidence of each match.
    ///
    /// A page has room for so much, and says what it left out (the [JSON](Self::write_json) has everything
    /// but the texts):
    ///
    /// | what | shown |
    /// |---|---|
    /// | clusters | 20,000, the largest first |
    /// | members of one cluster | 200 |
    /// | matches of one cluster | 1,000 |
    /// | documents that repeat themselves | 1,000 |
    /// | one text | its first 64 KiB |
    /// | texts of all clusters | 24 MiB, packed |
    ///
    /// Texts and ids are data: whatever markup or script they hold is shown as text.
    ///
    /// ```
    /// use reprint::report::View;
    /// use reprint::{Finder, Preset};
    ///
    /// let texts = ["the mill burned to the ground last night", "the mill burned to the ground last night"];
    /// let report = Finder::preset(Preset::Web).run(texts)?;
    /// let mut page = Vec::new();
    /// View::new(&report, &["monday", "tuesday"], &texts)?.write_html(&mut page).unwrap();
    /// assert!(page.starts_with(b"<!doctype html>"));
    /// # Ok::<(), reprint::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the writer, and if a text cannot be read or two cannot be aligned.
    pub fn write_html(&self, mut out: impl io::Write) -> io::Result<()> {
        let page = self.html_page()?.render().map_err(io::Error::other)?;
        out.write_all(page.as_bytes())?;
        out.flush()
    }

    fn html_page(&self) -> io::Result<Page> {
        let report = self.report;
        let alignments = self.alignments().map_err(io::Error::other)?;
        let mut order: Vec<usize> = report.clusters().multiple().collect();
        order.sort_by_key(|&cluster| std::cmp::Reverse(report.clusters().members(cluster).len()));
        let sizes: Vec<usize> = order.iter().map(|&c| report.clusters().members(c).len()).collect();
        let found = order.len();
        order.truncate(MOST_CLUSTERS);

        let mut blocks = self.packed_clusters(&order, alignments)?;
        let listed = order.iter().enumerate().map(|(i, &cluster)| self.listed(cluster, i < blocks.len()));
        let listed: Vec<Listed<'_>> = listed.collect::<Result<_>>().map_err(io::Error::other)?;
        let without_text = listed.len() - blocks.len();
        let repeating = self.repeating(&listed, &mut blocks)?;

        let scores: Vec<f64> = report.matches().iter().map(|m| m.score).collect();
        let curve =
            report.banding().map(|banding| plots::s_curve(banding, report.threshold())).transpose()?;
        let plots = [plots::scores(&scores, report.threshold())?, plots::sizes(&sizes)?, curve];

        let mut left_out = Vec::new();
        if found > listed.len() {
            left_out.push(format!(
                "The {} largest of {} are listed.",
                grouped(listed.len()),
                counted(found, "cluster", "clusters")
            ));
        }
        if without_text > 0 {
            left_out.push(format!(
                "The texts and the evidence of {} were left out to keep the page small.",
                counted(without_text, "cluster", "clusters")
            ));
        }
        if repeating.left_out > 0 {
            left_out.push(format!(
                "{} themselves.",
                counted(repeating.left_out, "more document repeats", "more documents repeat")
            ));
        }
        let index = Index { clusters: listed, repeating: repeating.listed };
        Ok(Page {
            style: include_str!("../page.css"),
            script: include_str!("../page.js"),
            summary: self.summary(),
            meaning: self.meaning(),
            left_out,
            plots: plots.into_iter().flatten().collect(),
            repeating: index.repeating.len(),
            index: script_safe(&serde_json::to_string(&index)?),
            blocks,
        })
    }

    fn summary(&self) -> Vec<(&'static str, String)> {
        let counts = self.report.counts();
        let named = |n: usize, one, many| (if n == 1 { one } else { many }, grouped(n));
        vec![
            named(counts.documents, "document", "documents"),
            named(counts.clusters, "cluster", "clusters"),
            named(counts.clustered, "document in a cluster", "documents in clusters"),
            named(counts.documents - counts.clustered, "document alone", "documents alone"),
            named(counts.verified, "pair compared", "pairs compared"),
            named(counts.matches, "match", "matches"),
            ("score of a match, at least", format!("{:.2}", self.report.threshold())),
        ]
    }

    /// Which preset the run was, and what its scores mean.
    fn meaning(&self) -> String {
        let preset =
            self.preset.map(|preset| format!("Found by the preset “{preset}”. ")).unwrap_or_default();
        let by_shingles =
            self.preset.map_or(self.report.banding().is_some(), |preset| preset != Preset::Wire);
        let score = if by_shingles {
            "A score is the resemblance of two texts, from 0 to 1: of all runs of some words that either holds, \
             the share that both hold."
        } else {
            "A score, from 0 to 1, is about the share of the two texts’ letters that stand in passages of both: \
             lower where other facts fill the same phrases, higher where one was misread by a scanner. 1 is \
             the same text."
        };
        format!("{preset}{score} Two documents match from {:.2} on.", self.report.threshold())
    }

    fn listed(&self, cluster: usize, has_text: bool) -> Result<Listed<'_>> {
        let report = self.report;
        let members = report.clusters().members(cluster);
        let matches = report.matches_in(cluster);
        let lowest = matches.iter().map(|m| m.score).fold(f64::INFINITY, f64::min);
        let highest = matches.iter().map(|m| m.score).fold(0.0, f64::max);
        let representative = report.representative(cluster).map(|d| self.text(d)).transpose()?;
        let mut sources: Vec<&str> = members.iter().filter_map(|&d| self.about(d).source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.truncate(MOST_MEMBERS);
        let dates = || members.iter().filter_map(|&d| self.about(d).date);
        let dates =
            dates().min().zip(dates().max()).map(|(first, last)| [first, last].map(|date| date.to_string()));
        Ok(Listed {
            cluster,
            size: members.len(),
            scores: [rounded(lowest), rounded(highest)],
            title: title(&representative.unwrap_or_default()),
            ids: members.iter().take(MOST_MEMBERS).map(|&d| self.id(d)).collect(),
            sources,
            dates,
            has_text,
        })
    }

    /// The blocks of as many clusters, from the first on, as there is room for.
    fn packed_clusters(&self, order: &[usize], alignments: &[Alignment]) -> io::Result<Vec<Block>> {
        let pack = |aligner: &mut Aligner, _: usize, &cluster: &usize| -> io::Result<Block> {
            let (head, texts) = self.detail(cluster, alignments, aligner).map_err(io::Error::other)?;
            Ok(Block { name: format!("c{cluster}"), packed: pack(&head, &texts)? })
        };
        let (mut blocks, mut used) = (Vec::with_capacity(order.len()), 0);
        let pool = Pool::default();
        for batch in order.chunks(BATCH) {
            for block in parallel::map(batch, None, &pool, pack)? {
                used += block.packed.len();
                if used > MOST_PACKED {
                    return Ok(blocks);
                }
                blocks.push(block);
            }
        }
        Ok(blocks)
    }

    /// The documents that repeat themselves, with blocks for those whose text is in none yet.
    fn repeating(&self, listed: &[Listed<'_>], blocks: &mut Vec<Block>) -> io::Result<Repeating<'_>> {
        let with_text: HashSet<usize> = listed.iter().filter(|c| c.has_text).map(|c| c.cluster).collect();
        let found = self.repeats().map_err(io::Error::other)?;
        let mut repeating = Vec::new();
        for (document, passages) in found.iter().take(MOST_REPEATING) {
            let whole = self.text(*document).map_err(io::Error::other)?;
            let text = beginning(&whole);
            let spans: Vec<[usize; 5]> = within([text, text], passages);
            let cluster = self.report.clusters().of(*document).filter(|c| with_text.contains(c));
            let name = format!("r{document}");
            let block = cluster.map_or_else(|| name.clone(), |cluster| format!("c{cluster}"));
            if cluster.is_none() {
                let head = Head::of_one(self.shown_document(*document, text, whole.len()));
                blocks.push(Block { name, packed: pack(&head, &[text])? });
            }
            repeating.push(RepeatingDocument {
                id: self.id(*document),
                title: title(text),
                block,
                cluster,
                passages: spans,
                bytes: whole.len(),
            });
        }
        Ok(Repeating { left_out: found.len() - repeating.len(), listed: repeating })
    }
}

#[derive(Serialize)]
struct Page {
    style: &'static str,
    script: &'static str,
    summary: Vec<(&'static str, String)>,
    meaning: String,
    left_out: Vec<String>,
    plots: Vec<Plot>,
    repeating: usize,
    index: String,
    blocks: Vec<Block>,
}

impl Page {
    fn render(self) -> std::result::Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_keep_trailing_newline(true);
        // The ending says that values are escaped.
        environment.add_template("page.html", include_str!("../page.html"))?;
        environment.get_template("page.html")?.render(self)
    }
}

/// Texts and figures that the page unpacks when they are asked for: base64 of zlib of the length of the head
/// in four bytes, little end first, the head as JSON, and the texts.
#[derive(Serialize)]
struct Block {
    name: String,
    packed: String,
}

/// What the page knows without unpacking anything.
#[derive(Serialize)]
struct Index<'a> {
    clusters: Vec<Listed<'a>>,
    repeating: Vec<RepeatingDocument<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    cluster: usize,
    size: usize,
    /// The lowest and the highest.
    scores: [f64; 2],
    title: String,
    ids: Vec<&'a str>,
    /// The sources of the members, each once.
    sources: Vec<&'a str>,
    /// The first and the last date.
    dates: Option<[String; 2]>,
    has_text: bool,
}

struct Repeating<'a> {
    listed: Vec<RepeatingDocument<'a>>,
    left_out: usize,
}

#[derive(Serialize)]
struct RepeatingDocument<'a> {
    id: &'a str,
    title: String,
    bytes: usize,
    block: String,
    cluster: Option<usize>,
    passages: Vec<[usize; 5]>,
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::ops::Range;

    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use flate2::read::ZlibDecoder;
    use serde_json::Value;

    use super::*;
    use crate::corpus::{Document, Documents};
    use crate::verify::{Evidence, Match, Passage, align};
    use crate::{DocId, Finder, Pair, Report};

    const STORY: &str = "The ferry to the islands will not sail before Monday, the harbour master said on Friday night. \
        </script><!-- <script>alert(1)</script> & \u{2028} The storm has torn the landing stage from its piles.";

    fn page(view: &View<'_>) -> String {
        let mut page = Vec::new();
        view.write_html(&mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    /// What stands in the element with this id.
    fn element<'p>(page: &'p str, id: &str) -> &'p str {
        let start = page.find(&format!(" id=\"{id}\">")).unwrap_or_else(|| panic!("no {id}"));
        let content = &page[start + id.len() + 7..];
        &content[..content.find("</script>").unwrap()]
    }

    fn unpack(block: &str) -> (Value, Vec<u8>) {
        let mut bytes = Vec::new();
        ZlibDecoder::new(&BASE64_STANDARD.decode(block).unwrap()[..]).read_to_end(&mut bytes).unwrap();
        let texts = bytes.split_off(4 + u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize);
        (serde_json::from_slice(&bytes[4..]).unwrap(), texts)
    }

    #[test]
    fn a_page_holds_every_cluster_and_its_texts() {
        let texts: Vec<String> = (0..60)
            .map(|i| {
                let words: Vec<String> =
                    (0..80).map(|w| format!("{}", (i / 2 * 977 + w * w * 31) % 5003)).collect();
                format!("ünï {}{}", words.join(" "), if i % 2 == 1 { " — and more" } else { "" })
            })
            .collect();
        let ids: Vec<String> = (0..60).map(|i| format!("d{i}")).collect();
        let report = Finder::preset(Preset::Web).run(&texts).unwrap();
        assert!(report.counts().clusters >= 20, "{report:?}");
        let page = page(&View::new(&report, &ids, &texts).unwrap());
        let index: Value = serde_json::from_str(element(&page, "index")).unwrap();
        let mut listed: Vec<u64> =
            index["clusters"].as_array().unwrap().iter().map(|c| c["cluster"].as_u64().unwrap()).collect();
        listed.sort_unstable();
        assert!(listed.iter().copied().eq(report.clusters().multiple().map(|c| c as u64)));
        for cluster in report.clusters().multiple() {
            let (head, packed) = unpack(element(&page, &format!("block-c{cluster}")));
            let mut packed = String::from_utf8(packed).unwrap();
            for document in head["documents"].as_array().unwrap() {
                let i: usize = document["id"].as_str().unwrap()[1..].parse().unwrap();
                let rest = packed.split_off(document["shown"].as_u64().unwrap() as usize);
                assert_eq!(packed, texts[i]);
                packed = rest;
            }
            assert_eq!(packed, "");
        }
    }

    #[test]
    fn nothing_in_a_text_or_an_id_is_markup() {
        let ids = ["</script><script>alert(2)</script>", "<!-- & \u{2029}"];
        let texts = [STORY, STORY];
        let report = Finder::preset(Preset::Web).run(texts).unwrap();
        let page = page(&View::new(&report, &ids, &texts).unwrap());
        assert!(page.contains("\\u003cscript\\u003ealert(2)"));
        assert!(!page.contains("<script>alert") && !page.contains("<!--") && !page.contains('\u{2028}'));
        let index: Value = serde_json::from_str(element(&page, "index")).unwrap();
        assert_eq!(index["clusters"][0]["ids"], serde_json::json!(ids));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "語".repeat(cluster::MOST_TEXT);
        assert_eq!(beginning(&long).len(), cluster::MOST_TEXT - 1);
        let passage = |a: Range<usize>| Passage { b: a.clone(), a, covered: 1, ..Passage::default() };
        let passages = [passage(0..30), passage(cluster::MOST_TEXT - 4..cluster::MOST_TEXT + 2)];
        assert_eq!(within([beginning(&long); 2], &passages), [[0, 30, 0, 30, 1]]);
    }

    #[test]
    fn comparisons_have_the_representative_first() {
        let story = "the ferry to the islands will not sail before monday";
        let longer = format!("{story} as far as anyone on the pier could say on friday");
        let texts = [story, &longer, "something else"];
        let coverage = align(story, &longer).unwrap().coverage;
        let first = Match {
            pair: Pair::new(DocId(0), DocId(1)),
            score: 0.9,
            basis: crate::verify::Basis::Passages,
            evidence: Evidence::Passages(coverage),
        };
        let report = Report::of_texts(&texts, vec![first], 0.5);
        let page = page(&View::new(&report, &["a", "b", "c"], &texts).unwrap());
        let (head, _) = unpack(element(&page, "block-c0"));
        assert_eq!(head["documents"][0]["id"], "b");
        let compared = &head["compared"][0];
        let (end, letters) = (story.len(), coverage.letters_of_a);
        assert_eq!(compared["passages"], serde_json::json!([[0, end, 0, end, letters]]));
        assert_eq!(compared["coverage"], serde_json::json!([rounded(coverage.coverage_of_b()), 1.0]));
        assert_eq!(compared["score"], 0.9);
    }

    #[test]
    fn the_earliest_and_the_longest_are_marked() {
        let mut documents = Documents::new();
        for (id, text, source, date) in [
            ("a", format!("{STORY} {STORY}"), Some("Herald"), Some("1864-11-10")),
            ("b", STORY.to_owned(), Some("Courier"), Some("1864-11-09")),
            ("c", STORY.to_owned(), None, None),
        ] {
            let mut document = Document::new(id, text);
            document = source.map_or(document.clone(), |source| document.with_source(source));
            document = date.map_or(document.clone(), |date| document.with_date(date.parse().unwrap()));
            documents.push(document).unwrap();
        }
        let report = Finder::preset(Preset::Wire).run_on(&documents).unwrap();
        let (ids, texts): (Vec<&str>, Vec<&str>) = documents.iter().map(|d| (d.id(), d.text())).unzip();
        let view =
            View::new(&report, &ids, &texts).unwrap().details(&documents).unwrap().preset(Preset::Wire);
        let page = page(&view);
        let (head, _) = unpack(element(&page, "block-c0"));
        let documents = head["documents"].as_array().unwrap();
        let of = |id: &str| documents.iter().find(|d| d["id"] == id).unwrap();
        assert_eq!((&of("a")["longest"], &of("a")["earliest"]), (&true.into(), &false.into()));
        assert_eq!((&of("b")["longest"], &of("b")["earliest"]), (&false.into(), &true.into()));
        assert_eq!((&of("b")["source"], &of("b")["date"]), (&"Courier".into(), &"1864-11-09".into()));
        assert_eq!((&of("c")["source"], &of("c")["date"]), (&Value::Null, &Value::Null));
        assert!(of("c")["title"].as_str().unwrap().starts_with("The ferry"));
        let index: Value = serde_json::from_str(element(&page, "index")).unwrap();
        assert_eq!(index["clusters"][0]["dates"], serde_json::json!(["1864-11-09", "1864-11-10"]));
        assert_eq!(index["clusters"][0]["sources"], serde_json::json!(["Courier", "Herald"]));
        assert!(page.contains("preset “wire”"));
    }
}
