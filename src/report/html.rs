//! The report as one page to read.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write as _};
use std::ops::Range;

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::Serialize;

use super::View;
use super::plots::{self, Plot};
use crate::parallel::{self, Pool};
use crate::verify::{Aligner, Alignment, Difference, Evidence, Match, Passage, differences};
use crate::{DocId, Pair, Result};

/// Clusters on the page, the largest first.
const MOST_CLUSTERS: usize = 20_000;

/// Members of one cluster that are named in the list and whose texts are compared.
const MOST_MEMBERS: usize = 200;

/// Matches of one cluster whose evidence is shown.
const MOST_LINKS: usize = 1_000;

/// Documents alone in their cluster whose repeats are shown.
const MOST_REPEATING: usize = 1_000;

/// Characters of a cluster's title.
const MOST_TITLE: usize = 140;

/// Bytes of one text.
const MOST_TEXT: usize = 64 << 10;

/// Bytes of the packed texts and comparisons of all clusters: with them, the page stays below 30 MB.
const MOST_PACKED: usize = 24 << 20;

/// Clusters that are packed before it is looked at how much room is left.
const BATCH: usize = 2_048;

/// Packing is a third of the work at this level; the next one saves a tenth of the page and doubles it.
const LEVEL: u32 = 1;

impl View<'_> {
    /// Writes the report as a page: one HTML file that opens from disk in any browser of 2023 or later and
    /// asks no network for anything.
    ///
    /// It shows the counts, plots of the scores, of the cluster sizes and (where there are bands) of how
    /// surely they find a pair, and a list of the clusters of two or more that can be searched, sorted and
    /// filtered. A cluster opens into its members with their share of its representative's text, each
    /// member's text beside the representative's with the shared passages, what was cut, added and reworded,
    /// and the evidence of each match. Documents that hold a passage twice are listed too.
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
    /// Those of the writer, and if two texts cannot be aligned.
    pub fn write_html(&self, mut out: impl io::Write) -> io::Result<()> {
        let page = self.html_page()?;
        page.write_into(&mut out)?;
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
        let listed: Vec<Listed<'_>> =
            order.iter().enumerate().map(|(i, &cluster)| self.listed(cluster, i < blocks.len())).collect();
        let without_text = listed.len() - blocks.len();
        let repeating = self.repeating(&listed, &mut blocks)?;

        let scores: Vec<f64> = report.matches().iter().map(|m| m.score).collect();
        let curve =
            report.banding().map(|banding| plots::s_curve(banding, report.threshold())).transpose()?;
        let plots = [plots::scores(&scores, report.threshold())?, plots::sizes(&sizes)?, curve];

        let mut left_out = Vec::new();
        if found > listed.len() {
            left_out.push(format!(
                "The {} largest of {} clusters are listed.",
                grouped(listed.len()),
                grouped(found)
            ));
        }
        if without_text > 0 {
            left_out.push(format!(
                "The texts and the evidence of {} clusters were left out to keep the page small.",
                grouped(without_text)
            ));
        }
        if repeating.left_out > 0 {
            left_out.push(format!("{} more documents repeat themselves.", grouped(repeating.left_out)));
        }
        let index = Index { clusters: listed, repeating: repeating.listed };
        Ok(Page {
            style: include_str!("page.css"),
            script: include_str!("page.js"),
            summary: self.summary(),
            left_out,
            plots: plots.into_iter().flatten().collect(),
            repeating: index.repeating.len(),
            index: script_safe(&serde_json::to_string(&index)?),
            blocks,
        })
    }

    fn summary(&self) -> Vec<(&'static str, String)> {
        let counts = self.report.counts();
        vec![
            ("documents", grouped(counts.documents)),
            ("clusters", grouped(counts.clusters)),
            ("documents in clusters", grouped(counts.clustered)),
            ("documents alone", grouped(counts.documents - counts.clustered)),
            ("pairs compared", grouped(counts.verified)),
            ("matches", grouped(counts.matches)),
            ("score of a match, at least", format!("{:.2}", self.report.threshold())),
        ]
    }

    fn listed(&self, cluster: usize, has_text: bool) -> Listed<'_> {
        let report = self.report;
        let members = report.clusters().members(cluster);
        let matches = report.matches_in(cluster);
        let lowest = matches.iter().map(|m| m.score).fold(f64::INFINITY, f64::min);
        let highest = matches.iter().map(|m| m.score).fold(0.0, f64::max);
        let representative = report.representative(cluster).map_or("", |d| self.text(d));
        Listed {
            cluster,
            size: members.len(),
            scores: [rounded(lowest), rounded(highest)],
            title: title(representative),
            ids: members.iter().take(MOST_MEMBERS).map(|&d| self.id(d)).collect(),
            has_text,
        }
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

    /// What a cluster opens into, and the texts for it.
    fn detail(
        &self,
        cluster: usize,
        alignments: &[Alignment],
        aligner: &mut Aligner,
    ) -> Result<(Head<'_>, Vec<&str>)> {
        let report = self.report;
        let members = report.clusters().members(cluster);
        let representative = report.representative(cluster).unwrap_or(DocId(0));
        let matches = report.matches_in(cluster);
        let start = report.match_range(cluster).start;

        let others = members.iter().copied().filter(|&d| d != representative);
        let shown: Vec<DocId> = [representative].into_iter().chain(others).take(MOST_MEMBERS).collect();
        let texts: Vec<&str> = shown.iter().map(|&d| beginning(self.text(d))).collect();
        let documents = shown.iter().zip(&texts).map(|(&d, text)| Document {
            id: self.id(d),
            shown: text.len(),
            bytes: self.text(d).len(),
        });

        let mut compared = Vec::with_capacity(shown.len());
        for (&member, text) in shown.iter().zip(&texts).skip(1) {
            let pair = Pair::new(representative, member);
            let direct = matches.binary_search_by_key(&pair, |m| m.pair).ok();
            let mut alignment = if let Some(known) = direct.and_then(|i| alignments.get(start + i)) {
                known.clone()
            } else {
                aligner.align(self.text(pair.a), self.text(pair.b))?
            };
            if representative != pair.a {
                alignment = alignment.swapped();
            }
            let score = direct.and_then(|i| matches.get(i)).map(|m| rounded(m.score));
            compared.push(Compared::new([texts[0], text], &alignment, score)?);
        }

        let number: HashMap<DocId, usize> = shown.iter().enumerate().map(|(i, &d)| (d, i)).collect();
        let links = matches.iter().zip(alignments.get(start..).unwrap_or_default()).take(MOST_LINKS);
        let links = links.map(|(m, alignment)| Link {
            a: number.get(&m.pair.a).map_or(Name::Id(self.id(m.pair.a)), |&i| Name::Shown(i)),
            b: number.get(&m.pair.b).map_or(Name::Id(self.id(m.pair.b)), |&i| Name::Shown(i)),
            score: rounded(m.score),
            evidence: evidence(m, alignment),
        });
        let head = Head {
            documents: documents.collect(),
            compared,
            links: links.collect(),
            members_left_out: members.len() - texts.len(),
            links_left_out: matches.len().saturating_sub(MOST_LINKS),
        };
        Ok((head, texts))
    }

    /// The documents that repeat themselves, with blocks for those whose text is in none yet.
    fn repeating(&self, listed: &[Listed<'_>], blocks: &mut Vec<Block>) -> io::Result<Repeating<'_>> {
        let with_text: HashSet<usize> = listed.iter().filter(|c| c.has_text).map(|c| c.cluster).collect();
        let found = self.repeats().map_err(io::Error::other)?;
        let mut repeating = Vec::new();
        for (document, passages) in found.iter().take(MOST_REPEATING) {
            let text = beginning(self.text(*document));
            let spans: Vec<[usize; 5]> = within([text, text], passages);
            let cluster = self.report.clusters().of(*document).filter(|c| with_text.contains(c));
            let name = format!("r{document}");
            let block = cluster.map_or_else(|| name.clone(), |cluster| format!("c{cluster}"));
            if cluster.is_none() {
                let head = Head::of_one(Document {
                    id: self.id(*document),
                    shown: text.len(),
                    bytes: self.text(*document).len(),
                });
                blocks.push(Block { name, packed: pack(&head, &[text])? });
            }
            repeating.push(RepeatingDocument {
                id: self.id(*document),
                title: title(text),
                block,
                cluster,
                passages: spans,
                bytes: self.text(*document).len(),
            });
        }
        Ok(Repeating { left_out: found.len() - repeating.len(), listed: repeating })
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    summary: Vec<(&'static str, String)>,
    left_out: Vec<String>,
    plots: Vec<Plot>,
    repeating: usize,
    index: String,
    blocks: Vec<Block>,
}

/// Texts and figures that the page unpacks when they are asked for: base64 of zlib of the length of the head
/// in four bytes, little end first, the head as JSON, and the texts.
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

#[derive(Serialize)]
struct Head<'a> {
    /// The representative first.
    documents: Vec<Document<'a>>,
    /// All but the first of the documents with the first.
    compared: Vec<Compared>,
    links: Vec<Link<'a>>,
    members_left_out: usize,
    links_left_out: usize,
}

impl<'a> Head<'a> {
    fn of_one(document: Document<'a>) -> Self {
        let documents = vec![document];
        Self { documents, compared: Vec::new(), links: Vec::new(), members_left_out: 0, links_left_out: 0 }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    /// How many of its bytes are here.
    shown: usize,
    bytes: usize,
}

/// The representative and a member.
#[derive(Serialize)]
struct Compared {
    /// Start and end in the representative, start and end in the member, letters covered.
    passages: Vec<[usize; 5]>,
    /// Reworded spans in the representative and in the member.
    changes: [Vec<[usize; 2]>; 2],
    coverage: [f64; 2],
    /// Passages beyond the part of the texts that is shown.
    passages_left_out: usize,
    /// Where the two are a match.
    score: Option<f64>,
}

impl Compared {
    fn new(texts: [&str; 2], alignment: &Alignment, score: Option<f64>) -> Result<Self> {
        let passages = within(texts, &alignment.passages);
        let mut differences = differences(texts[0], texts[1], alignment)?;
        differences.retain(|d| d.passage.is_some());
        let changes = |side: fn(&Difference) -> &Range<usize>| {
            let mut spans: Vec<[usize; 2]> =
                differences.iter().map(side).filter(|s| !s.is_empty()).map(|s| [s.start, s.end]).collect();
            spans.sort_unstable();
            spans
        };
        Ok(Self {
            passages_left_out: alignment.passages.len() - passages.len(),
            passages,
            changes: [changes(|d| &d.a), changes(|d| &d.b)],
            coverage: [rounded(alignment.coverage_of_a()), rounded(alignment.coverage_of_b())],
            score,
        })
    }
}

#[derive(Serialize)]
struct Link<'a> {
    a: Name<'a>,
    b: Name<'a>,
    score: f64,
    evidence: String,
}

/// A document by its place among those shown, or by its id.
#[derive(Serialize)]
#[serde(untagged)]
enum Name<'a> {
    Shown(usize),
    Id(&'a str),
}

fn pack(head: &Head<'_>, texts: &[&str]) -> io::Result<String> {
    let head = serde_json::to_vec(head)?;
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    packer.write_all(&(head.len() as u32).to_le_bytes())?;
    packer.write_all(&head)?;
    for text in texts {
        packer.write_all(text.as_bytes())?;
    }
    Ok(BASE64_STANDARD.encode(packer.finish()?))
}

/// The passages that lie in these texts or parts of texts.
fn within(texts: [&str; 2], passages: &[Passage]) -> Vec<[usize; 5]> {
    let lie = passages.iter().filter(|p| p.a.end <= texts[0].len() && p.b.end <= texts[1].len());
    lie.map(|p| [p.a.start, p.a.end, p.b.start, p.b.end, p.covered]).collect()
}

fn evidence(m: &Match, alignment: &Alignment) -> String {
    let passages = match alignment.passages.len() {
        1 => "one shared passage".to_owned(),
        n => format!("{} shared passages", grouped(n)),
    };
    let texts = format!(
        "{passages} with {:.0} % of the first text and {:.0} % of the second",
        100.0 * alignment.coverage_of_a(),
        100.0 * alignment.coverage_of_b()
    );
    match &m.evidence {
        Evidence::Shingles(s) => format!(
            "resemblance {:.3}: {} of {} and {} shingles are shared; {texts}",
            s.resemblance(),
            grouped(s.shared()),
            grouped(s.size_of_a()),
            grouped(s.size_of_b())
        ),
        Evidence::Passages(_) if alignment.coverage.noise > 0.0 => {
            format!("{texts}; {:.1} % of it differs", 100.0 * alignment.coverage.noise)
        }
        Evidence::Passages(_) => texts,
        Evidence::Identical => "the two texts are the same".to_owned(),
    }
}

/// The first line of some length, shortened: pages begin with "E-mail" and "Home" before the headline comes.
fn title(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().next().unwrap_or_default();
    let line = lines.find(|line| line.len() >= 20).unwrap_or(first);
    let Some((end, _)) = line.char_indices().nth(MOST_TITLE) else { return line.to_owned() };
    let whole_words = line[..end].rfind(' ').filter(|&i| i > end / 2).unwrap_or(end);
    format!("{}…", line[..whole_words].trim_end())
}

/// As much of a text as the page shows.
fn beginning(text: &str) -> &str {
    let most = MOST_TEXT.min(text.len());
    // A character has at most four bytes.
    let end = (most.saturating_sub(3)..=most).rev().find(|&i| text.is_char_boundary(i));
    &text[..end.unwrap_or_default()]
}

fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// 1234567 as "1,234,567".
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// JSON that may stand in a script element: nothing in it ends the element or begins a comment, and no reader
/// takes a character in it for the end of a line.
fn script_safe(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;
    use serde_json::Value;

    use super::*;
    use crate::verify::align;
    use crate::{Finder, Preset, Report};

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
        let long = "語".repeat(MOST_TEXT);
        assert_eq!(beginning(&long).len(), MOST_TEXT - 1);
        let passage = |a: Range<usize>| Passage { b: a.clone(), a, covered: 1, ..Passage::default() };
        let passages = [passage(0..30), passage(MOST_TEXT - 4..MOST_TEXT + 2)];
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
    fn titles_are_lines_of_some_length() {
        assert_eq!(title("\n E-mail \nThe ferry stops on Monday\n"), "The ferry stops on Monday");
        assert_eq!(title("\nShort\n"), "Short");
        let long = "word ".repeat(100);
        assert_eq!(title(&long).chars().count(), 140);
        assert!(title(&long).ends_with("word…"));
        assert_eq!(title(""), "");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
