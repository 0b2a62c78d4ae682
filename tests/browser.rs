//! The report page in a real browser: what it shows, what it asks for, how soon it is there.

mod chromium;
#[path = "../examples/corpus/mod.rs"]
#[allow(dead_code, reason = "the examples use more of it")]
mod corpus;
mod shared;

use std::path::Path;
use std::time::Instant;

use chromium::Browser;
use reprint::method::Jaccard;
use reprint::report::View;
use reprint::{Finder, Preset, Report};
use serde_json::{Value, json};
use shared::shared;

const HELPERS: &str = r"
const settled = () => new Promise((done) => setTimeout(done, 150));
const titles = () => [...document.querySelectorAll('#list .opener bdi')].map((each) => each.textContent);
const status = () => document.getElementById('status').textContent;
const set = async (id, value) => {
  const field = document.getElementById(id);
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settled();
};
const until = async (what) => {
  for (let i = 0; i < 200; i += 1) {
    const value = what();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error(`never: ${what}`);
};
const drawAll = () => { while (!document.getElementById('more').hidden) document.getElementById('more').click(); };
// The passages marked in a text: start, end and text of each, by its number.
const marked = (text) => {
  const passages = [];
  for (const mark of text.querySelectorAll('mark')) {
    for (const number of mark.dataset.passage.split(' ').map(Number)) {
      const passage = passages[number] ??= { start: Number(mark.dataset.start), end: 0, text: '' };
      passage.end = Number(mark.dataset.end);
      passage.text += mark.textContent;
    }
  }
  return passages;
};
// Opens every cluster and chooses every member, and tells what is marked.
const comparisons = async () => {
  drawAll();
  const found = [];
  for (const entry of document.querySelectorAll('#list > li')) {
    const opener = entry.querySelector('.opener');
    if (opener.getAttribute('aria-expanded') === 'false') opener.click();
    await until(() => entry.querySelector('.compare'));
    const representative = entry.querySelector('.members tbody th bdi').textContent;
    for (const choose of entry.querySelectorAll('.choose')) {
      choose.click();
      const sides = [...entry.querySelectorAll('.compare .text')].map(marked);
      found.push({ representative, member: choose.textContent, sides });
    }
    opener.click();
  }
  return found;
};
";

struct Shown {
    page: Vec<u8>,
    json: Value,
}

fn show(report: &Report, ids: &[&str], texts: &[&str]) -> Shown {
    let view = View::new(report, ids, texts).unwrap();
    let (mut page, mut json) = (Vec::new(), Vec::new());
    view.write_html(&mut page).unwrap();
    view.write_json(&mut json).unwrap();
    Shown { page, json: serde_json::from_slice(&json).unwrap() }
}

fn open(browser: &mut Browser, page: &[u8]) {
    browser.open(page);
    browser.evaluate(&format!("{HELPERS}; undefined"));
}

/// What the page marks in each pair of texts is what the JSON says, byte for byte.
fn assert_passages_are_the_json(browser: &mut Browser, json: &Value, ids: &[&str], texts: &[&str]) {
    let text = |id: &str| texts[ids.iter().position(|&each| each == id).unwrap()];
    let found = browser.evaluate("comparisons()");
    let found = found.as_array().unwrap();
    let mut compared = 0;
    for cluster in json["clusters"].as_array().unwrap() {
        let representative = cluster["representative"].as_str().unwrap();
        for link in cluster["matches"].as_array().unwrap() {
            let (a, b) = (link["a"].as_str().unwrap(), link["b"].as_str().unwrap());
            if a != representative && b != representative {
                continue;
            }
            let (member, first, second) = if a == representative { (b, "a", "b") } else { (a, "b", "a") };
            let shown = found
                .iter()
                .find(|c| c["representative"] == representative && c["member"] == member)
                .unwrap_or_else(|| panic!("{representative} and {member} are not on the page"));
            let mut passages = link["alignment"]["passages"].as_array().unwrap().clone();
            passages.sort_by_key(|p| (p[first]["start"].as_u64(), p[first]["end"].as_u64()));
            for (side, (key, id)) in [(first, representative), (second, member)].into_iter().enumerate() {
                let expected: Vec<Value> = passages
                    .iter()
                    .map(|p| {
                        let (start, end) =
                            (p[key]["start"].as_u64().unwrap(), p[key]["end"].as_u64().unwrap());
                        let passage = text(id).get(start as usize..end as usize).unwrap();
                        json!({ "start": start, "end": end, "text": passage })
                    })
                    .collect();
                assert_eq!(shown["sides"][side], json!(expected), "{representative} and {member}: {id}");
            }
            compared += 1;
        }
    }
    assert!(compared > 0);
}

const STORY: &str = "The harbour office said on Friday that the ferry to the outer islands will not sail before \
    Monday, because the storm has torn the landing stage from its piles and the spare one lies in the yard. ";
const COUNCIL: &str = "The council voted by nine to four to close the reading room on Mill Street at the end of the \
    year, and the mayor promised that its books will be lent from a van that calls on every quarter twice a week. ";
const URDU: &str = "سپریم کورٹ بار کے صدر نے لاہور میں ذرائع ابلاغ کے نمائندوں سے گفتگو کرتے ہوئے کہا ہے کہ یہ عدلیہ \
    کو بدنام کرنے کی کوشش ہے اور ہم اسے مسترد کرتے ہیں";
const ODD: &str = "</script><script>window.hacked = 1; throw 1</script><!-- <b>bold</b> <img src=x \
    onerror=\"window.hacked = 2\"> &lt;i&gt; \u{2028}\u{2029}\u{0} {{ 7 }} ${7} \u{202e}backwards\u{202c} ]]>\r\n";

/// Four clusters, one of them odd, and a page that holds its story twice.
fn own_stories() -> (Vec<String>, Vec<String>) {
    let second = "A relief boat carries bread and mail on Saturday if the sea allows it, the office added. ";
    let other = "Nobody was hurt, and the insurers will look at the damage next week, a spokeswoman said. ";
    let odd = format!("{ODD}{COUNCIL}{ODD}");
    let twice = format!("Home. {STORY}{second} Read also. {other} Comments. {STORY}{second}");
    let documents = [
        ("gazette", format!("FERRY STOPS\n{STORY}{second}{other}")),
        ("herald", format!("{STORY}{other}")),
        ("post", format!("Islands cut off\n{}{second}", STORY.replace("Friday", "Thursday"))),
        ("<b>odd</b> \"id\" & more", odd.clone()),
        ("odd copy", format!("{odd}Wörter — ünïcode 📰 added at the end of it all.")),
        ("agency", URDU.to_owned()),
        ("paper", format!("{URDU} {URDU}۔")),
        ("pasted twice", twice),
        (
            "alone",
            "Something else altogether happened in another town on another day of another week.".to_owned(),
        ),
    ];
    documents.into_iter().map(|(id, text)| (id.to_owned(), text)).unzip()
}

#[test]
fn the_page_shows_finds_and_sorts() {
    let Some(mut browser) = Browser::start("own") else { return };
    let (ids, texts) = own_stories();
    let (ids, texts): (Vec<&str>, Vec<&str>) =
        (ids.iter().map(String::as_str).collect(), texts.iter().map(String::as_str).collect());
    let report =
        Finder::new(Jaccard::builder().threshold(0.2).recall(0.999).build().unwrap()).run(&texts).unwrap();
    let shown = show(&report, &ids, &texts);
    let clusters = report.counts().clusters;
    assert_eq!(clusters, 3, "{report:?}");

    open(&mut browser, &shown.page);
    assert_eq!(browser.evaluate("status()"), format!("{clusters} clusters"));
    assert_eq!(browser.evaluate("titles().length"), clusters);

    // Search, in ids and in first lines; filter; sort.
    browser.evaluate("set('search', 'HERALD')");
    assert_eq!(browser.evaluate("[status(), titles().length]"), json!(["1 of 3 clusters", 1]));
    browser.evaluate("set('search', 'no such words')");
    assert_eq!(browser.evaluate("titles().length"), 0);
    browser.evaluate("set('search', '')");
    browser.evaluate("set('size', '3')");
    assert_eq!(browser.evaluate("titles().length"), 1);
    browser.evaluate("set('size', '')");
    let lowest = "[...document.querySelectorAll('#list > li .meta:first-of-type')].map((e) => Number(/score[s]? ([\\d.]+)/.exec(e.textContent)[1]))";
    browser.evaluate("set('sort', 'weak')");
    let weak: Vec<f64> = serde_json::from_value(browser.evaluate(lowest)).unwrap();
    assert!(weak.is_sorted() && weak[0] < weak[2], "{weak:?}");
    browser.evaluate("set('sort', 'strong')");
    let strong: Vec<f64> = serde_json::from_value(browser.evaluate(lowest)).unwrap();
    assert!(strong.iter().rev().is_sorted(), "{strong:?}");
    browser.evaluate(&format!("set('high', '{}')", weak[0] + 0.01));
    assert_eq!(browser.evaluate("titles().length"), 1);
    browser.evaluate("document.querySelector('[type=reset]').click(), settled()");
    assert_eq!(browser.evaluate("titles().length"), clusters);

    // By keyboard.
    browser.evaluate("document.querySelector('#list .opener').focus()");
    browser.press("Enter", 13, "\r");
    assert_eq!(browser.evaluate("document.activeElement.getAttribute('aria-expanded')"), "true");
    browser.press("Enter", 13, "\r");
    assert_eq!(browser.evaluate("document.activeElement.getAttribute('aria-expanded')"), "false");

    assert_passages_are_the_json(&mut browser, &shown.json, &ids, &texts);

    // Texts are shown as they are, and are nothing but text.
    let odd = browser.evaluate(
        "(async () => {
            const entry = [...document.querySelectorAll('#list > li')].find((e) => e.textContent.includes('odd copy'));
            entry.querySelector('.opener').click();
            await until(() => entry.querySelector('.compare'));
            return [...entry.querySelectorAll('.text')].map((text) => {
                const copy = text.cloneNode(true);
                copy.querySelectorAll('button').forEach((button) => button.remove());
                return copy.textContent;
            });
        })()",
    );
    assert_eq!(odd, json!([texts[4], texts[3]]));
    assert_eq!(
        browser.evaluate("[window.hacked ?? null, document.querySelectorAll('img, b, i, iframe').length]"),
        json!([null, 0])
    );
    assert_eq!(browser.evaluate("[...document.querySelectorAll('#list bdi')].some((e) => e.textContent === '<b>odd</b> \"id\" & more')"), true);

    // The page that holds its story twice.
    let repeats = browser.evaluate(
        "(async () => {
            const entry = [...document.querySelectorAll('#repeat-list > li')].find((e) => e.textContent.includes('pasted twice'));
            entry.querySelector('.opener').click();
            return marked(await until(() => entry.querySelector('.text')));
        })()",
    );
    let expected = shown.json["documents"][7]["repeats"].as_array().unwrap();
    assert_eq!(expected.len(), 1);
    for (place, key) in ["a", "b"].into_iter().enumerate() {
        assert_eq!(repeats[place]["start"], expected[0][key]["start"]);
        assert_eq!(repeats[place]["end"], expected[0][key]["end"]);
    }

    assert_all_can_read(&mut browser);
    assert!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
}

/// Contrast in both colour schemes, width on a telephone, names of controls, ids.
fn assert_all_can_read(browser: &mut Browser) {
    let contrast = r"(() => {
        const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
        const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const poor = new Set();
        for (const element of document.querySelectorAll('body *')) {
            const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== '');
            if (!own || element.closest('script, noscript') || element.getClientRects().length === 0) continue;
            const style = getComputedStyle(element);
            let under = element, paper;
            do { paper = rgba(getComputedStyle(under).backgroundColor); under = under.parentElement; } while (paper[3] < 255 && under);
            const [x, y] = [light(rgba(element instanceof SVGElement ? style.fill : style.color)), light(paper)];
            const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
            if (ratio < 4.5) poor.add(`${element.tagName}.${element.getAttribute('class')} ${ratio.toFixed(2)}`);
        }
        return [...poor];
    })()";
    for scheme in ["light", "dark"] {
        let feature = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        browser.call("Emulation.setEmulatedMedia", &feature);
        assert_eq!(browser.evaluate(contrast), json!([]), "{scheme}");
    }
    let phone = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
    browser.call("Emulation.setDeviceMetricsOverride", &phone);
    assert_eq!(browser.evaluate("document.documentElement.scrollWidth"), 360);
    let nameless = "[...document.querySelectorAll('button, input, select')].filter((e) => !(e.textContent.trim() || e.labels?.length)).map((e) => e.outerHTML)";
    assert_eq!(browser.evaluate(nameless), json!([]));
    let ids = "(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i); })()";
    assert_eq!(browser.evaluate(ids), json!([]));
    assert_axe_finds_nothing(browser);
}

/// What axe-core, the usual engine of accessibility rules, has against the page as it stands. The gate puts it into
/// `target/axe`; it is not part of the repository, since its licence is the MPL.
fn assert_axe_finds_nothing(browser: &mut Browser) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../axe/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(&file) else {
        let absent = "no axe-core in target/axe (.ci/axe fetches it)";
        assert!(std::env::var_os("CI").is_none(), "{absent}");
        eprintln!("skipped: {absent}");
        return;
    };
    browser.evaluate(&format!("{axe}; undefined"));
    let violations = "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => \
        violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 200)).slice(0, 3).join(' | ')}`))";
    assert_eq!(browser.evaluate(violations), json!([]));
}

#[test]
fn pages_of_real_stories() {
    let (Some(pages), Some(set)) = (shared("wire"), shared("eval/counter/docs.jsonl")) else { return };
    let Some(mut browser) = Browser::start("real") else { return };
    for path in [pages, set] {
        let documents = corpus::read(&[path.display().to_string()]).unwrap();
        let ids: Vec<&str> = documents.iter().map(reprint::corpus::Document::id).collect();
        let texts: Vec<&str> = documents.iter().map(reprint::corpus::Document::text).collect();
        let report = Finder::preset(Preset::Wire).run(&texts).unwrap();
        let shown = show(&report, &ids, &texts);
        open(&mut browser, &shown.page);
        assert_eq!(browser.evaluate("drawAll(), titles().length"), report.counts().clusters);
        assert_passages_are_the_json(&mut browser, &shown.json, &ids, &texts);
        if ids.len() == 5 {
            let twice = browser.evaluate("document.getElementById('repeat-list').textContent");
            assert!(twice.as_str().unwrap().contains(ids[3]), "{twice}");
        }
        assert!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
    }
}

#[test]
fn five_thousand_clusters() {
    let Some(mut browser) = Browser::start("many") else { return };
    // Pairs of 100 words, one of them another word and a line more.
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x} ", (state >> 44) % 50_000)
    };
    let mut texts = Vec::new();
    for _ in 0..5000 {
        let (head, middle, tail): (String, String, String) =
            ((0..50).map(|_| word()).collect(), word(), (0..50).map(|_| word()).collect());
        texts.push(format!("{head}{middle}{tail}"));
        texts.push(format!("{head}{}{tail}and a line more", word()));
    }
    let ids: Vec<String> = (0..texts.len()).map(|i| format!("story-{i}")).collect();
    let start = Instant::now();
    let report =
        Finder::new(Jaccard::builder().threshold(0.7).recall(0.999).build().unwrap()).run(&texts).unwrap();
    let clustering = start.elapsed();
    let found = report.counts().clusters;
    assert!(found > 4900, "{found}");

    let mut page = Vec::new();
    let start = Instant::now();
    View::new(&report, &ids, &texts).unwrap().write_html(&mut page).unwrap();
    let writing = start.elapsed();
    assert!(page.len() < 30_000_000, "{}", page.len());

    open(&mut browser, &page);
    let paint = browser.evaluate(
        "until(() => performance.getEntriesByName('first-contentful-paint')[0]).then((paint) => paint.startTime)",
    );
    let search = browser.evaluate("(async () => { const start = performance.now(); document.getElementById('search').value = 'story-4242'; document.getElementById('filter').requestSubmit(); return performance.now() - start; })()");
    println!(
        "{found} clusters: {:.1} MB, clustered in {clustering:.2?}, written in {writing:.2?}, first paint after {paint} ms, searched in {search} ms",
        page.len() as f64 / 1e6
    );
    assert_eq!(browser.evaluate("titles().length"), 1);
    browser.evaluate(
        "document.getElementById('search').value = ''; document.getElementById('filter').requestSubmit()",
    );
    browser.evaluate("drawAll()");
    let listed = browser.evaluate("[...document.querySelectorAll('#list > li')].map((e) => Number(e.id.slice(8))).sort((x, y) => x - y)");
    let expected: Vec<usize> = report.clusters().multiple().collect();
    assert_eq!(listed, json!(expected));
    assert!(browser.complaints().is_empty(), "{:#?}", browser.complaints());
}
