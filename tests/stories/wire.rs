//! The `wire` preset from end to end: on labelled sets where they are at hand, and on texts of our own in nine languages.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::corpus;
use crate::scores::Gold;
use crate::shared::shared;
use reprint::verify::repeats;
use reprint::{DocId, Finder, Preset, Report};

struct Set {
    texts: Vec<String>,
    gold: Gold,
}

fn read(folder: &Path) -> Set {
    let lines = folder.join("docs.jsonl");
    let source = if lines.exists() { lines.as_path() } else { folder };
    let documents = corpus::read(&[source.display().to_string()]).unwrap();
    let mut texts: HashMap<String, String> =
        documents.into_iter().map(|d| (d.id().to_owned(), d.into_text())).collect();
    let gold = Gold::read(folder).unwrap();
    let texts = gold.clusters.iter().map(|(id, _)| texts.remove(id).unwrap()).collect();
    Set { texts, gold }
}

fn run<T: AsRef<str> + Send + Sync>(texts: &[T]) -> Report {
    Finder::preset(Preset::Wire).run(texts).unwrap()
}

/// The clusters of `count` documents from number `first` on.
fn predicted(report: &Report, first: usize, count: usize) -> Vec<usize> {
    (first..first + count).map(|d| report.clusters().of(DocId(d as u32)).unwrap()).collect()
}

/// The clusters as sets of texts.
fn partition<T: AsRef<str>>(report: &Report, texts: &[T]) -> BTreeSet<Vec<String>> {
    let named = |members: &[DocId]| {
        let mut names: Vec<String> = members.iter().map(|d| texts[d.index()].as_ref().to_owned()).collect();
        names.sort_unstable();
        names
    };
    report.clusters().iter().map(named).collect()
}

#[test]
#[allow(clippy::float_cmp, reason = "each is one division of small whole numbers")]
fn scores_are_those_of_small_tables() {
    let table = "# id\tcluster\n\na\t1\nb\t1\nc\t2\nd\t2\ne\t?3\nf\t?3\ng\t-\n";
    let gold = Gold::parse(table, "c\td\n").unwrap();
    // Together: a b (right), e f (open, counts neither way), c with e (wrong).
    let s = gold.score(&[0, 0, 1, 2, 1, 1, 0]);
    assert_eq!((s.precision, s.recall), (1.0 / 3.0, 1.0));
    // Of a, b, c, d without the pair c d: one pair together in both.
    assert_eq!(s.ari, 1.0);
    let gold = Gold::parse("a\t1\nb\t1\nc\t2\nd\t2\n", "").unwrap();
    let s = gold.score(&[0, 0, 0, 1]);
    assert_eq!((s.precision, s.recall), (1.0 / 3.0, 0.5));
    // Contingency table 2 0 / 1 1: (1 - 3·2/6) / ((3 + 2)/2 - 1) = 0.
    assert_eq!(s.ari, 0.0);
    assert_eq!(gold.score(&[3, 3, 1, 1]).ari, 1.0);
    assert!(Gold::parse("a\t1\na\t2\n", "").is_err());
    assert!(Gold::parse("a\t1\n", "a\tz\n").is_err());
    assert!(Gold::parse("a 1\n", "").is_err());
}

#[test]
fn the_five_pages() {
    let Some(folder) = shared("wire") else { return };
    let set = read(&folder);
    let s = set.gold.score(&predicted(&run(&set.texts), 0, 5));
    assert!(s.ari >= 1.0 && s.precision >= 1.0 && s.recall >= 1.0, "{s:?}");
    let page = set.gold.clusters.iter().position(|(id, _)| id.starts_with("003")).unwrap();
    let found = repeats(&set.texts[page]).unwrap();
    let longest = found.iter().max_by_key(|p| p.covered).unwrap();
    let ends = [longest.a.start, longest.a.end, longest.b.start, longest.b.end];
    for (end, right) in ends.into_iter().zip([280_usize, 4823, 5224, 9766]) {
        assert!(end.abs_diff(right) <= 40, "{longest:?}");
    }
}

/// Each set's adjusted Rand index alone and among all the others.
#[test]
fn labelled_sets_alone_and_in_one_corpus() {
    let bars = [("viral", 0.995), ("ocr", 0.997), ("counter", 0.79), ("wire", 0.975)];
    let mut sets = Vec::new();
    for (name, bar) in bars {
        let Some(folder) = shared(&format!("eval/{name}")) else { return };
        let set = read(&folder);
        let report = run(&set.texts);
        let ari = set.gold.score(&predicted(&report, 0, set.texts.len())).ari;
        assert!(ari >= bar, "{name}: {ari}");
        let counts = report.counts();
        assert!(counts.verified <= 5 * counts.documents, "{name}: {counts:?}");
        sets.push((name, ari, set));
    }
    let Some(folder) = shared("wire") else { return };
    sets.push(("pages", 1.0, read(&folder)));
    let texts: Vec<&str> = sets.iter().flat_map(|(_, _, set)| &set.texts).map(String::as_str).collect();
    let report = run(&texts);
    assert!(report.counts().verified <= 5 * texts.len(), "{:?}", report.counts());
    let (mut first, mut set_of) = (0, Vec::new());
    for (i, (name, alone, set)) in sets.iter().enumerate() {
        let ari = set.gold.score(&predicted(&report, first, set.texts.len())).ari;
        assert!((ari - alone).abs() <= 0.005, "{name}: {alone} alone, {ari} among others");
        first += set.texts.len();
        set_of.resize(first, i);
    }
    for members in report.clusters().iter() {
        assert!(members.iter().all(|d| set_of[d.index()] == set_of[members[0].index()]), "{members:?}");
    }
}

#[test]
fn neither_threads_nor_the_order_of_the_input_matter() {
    let Some(folder) = shared("eval/viral") else { return };
    let set = read(&folder);
    let report = run(&set.texts);
    let backward: Vec<&String> = set.texts.iter().rev().collect();
    assert_eq!(partition(&run(&backward), &backward), partition(&report, &set.texts));
    #[cfg(feature = "rayon")]
    for threads in [1, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let other = pool.install(|| run(&set.texts));
        assert_eq!(other.clusters(), report.clusters(), "{threads} threads");
        assert_eq!(other.matches(), report.matches(), "{threads} threads");
    }
}

const LANGUAGES: [(&str, &str); 9] = [
    ("english", include_str!("../data/english.txt")),
    ("russian", include_str!("../data/russian.txt")),
    ("greek", include_str!("../data/greek.txt")),
    ("arabic", include_str!("../data/arabic.txt")),
    ("urdu", include_str!("../data/urdu.txt")),
    ("hindi", include_str!("../data/hindi.txt")),
    ("thai", include_str!("../data/thai.txt")),
    ("chinese", include_str!("../data/chinese.txt")),
    ("japanese", include_str!("../data/japanese.txt")),
];

/// As another paper prints a story: another headline, the second sentence gone, the last two exchanged.
fn reprinted(headline: &str, story: &str) -> String {
    let mut lines: Vec<&str> = story.lines().collect();
    lines.remove(1);
    let last = lines.len() - 1;
    lines.swap(last - 1, last);
    lines.insert(0, headline);
    lines.join(" ")
}

/// The first half of a story.
fn halved(story: &str) -> String {
    let lines: Vec<&str> = story.lines().collect();
    lines[..lines.len().div_ceil(2)].join("\n")
}

#[test]
fn copies_are_found_in_any_script() {
    let mut all = Vec::new();
    let mut failed = Vec::new();
    for (language, text) in LANGUAGES {
        let (story, other) = text.split_once("=====\n").unwrap();
        let headline = other.lines().last().unwrap();
        let texts =
            [story.to_owned(), reprinted(headline, story), halved(story), other.to_owned(), halved(other)];
        let clusters = predicted(&run(&texts), 0, 5);
        if clusters != [0, 0, 0, 1, 1] {
            failed.push((language, clusters));
        }
        all.extend(texts);
    }
    assert!(failed.is_empty(), "{failed:?}");
    let together = predicted(&run(&all), 0, all.len());
    let expected: Vec<usize> = (0..9).flat_map(|i| [0, 0, 0, 1, 1].map(|cluster| 2 * i + cluster)).collect();
    assert_eq!(together, expected);
}

#[test]
fn empty_and_short_documents() {
    let texts = ["", "   ", "\u{200b}", "...", "word", "other", "", "水", "水火"];
    let report = run(&texts);
    assert_eq!(report.counts().empty, 5);
    assert_eq!(report.clusters().len(), 9);
    assert_eq!(run::<&str>(&[]).clusters().len(), 0);
}

#[test]
fn identical_texts_match_in_every_preset() {
    let repeated = "test ".repeat(100);
    let texts = ["😀😀", "水", "a", "Ja!", "----", &repeated, &"z".repeat(10_000)];
    let twice: Vec<&str> = texts.iter().chain(&texts).copied().collect();
    for preset in [Preset::Web, Preset::Strict, Preset::Wire] {
        let report = Finder::preset(preset).run(&twice).unwrap();
        assert_eq!(report.clusters().len(), texts.len(), "{preset}");
        assert!(report.matches().iter().all(|m| m.score == 1.0), "{preset}");
    }
}

/// A form and what stands in its slots: `#` is a figure, `@` a name.
const FORMS: [(&str, &[&str]); 3] = [
    (
        "Wetter für @ und Umgebung. Am Morgen liegt Nebel in den Tälern, der sich bis # Uhr auflöst. Die Höchstwerte liegen \
         bei # Grad, in der Nacht sinken die Temperaturen auf # Grad. Der Wind weht mit # Kilometern in der Stunde. Die \
         Schneefallgrenze liegt bei # Metern, und das Risiko für Niederschlag beträgt # Prozent.",
        &["Bergheim", "Talstadt", "Neukirch", "Ostholz", "Weilburg", "Rheinau"],
    ),
    (
        "Районный суд города @ рассмотрел дело номер #. Водитель признан виновным в нарушении правил дорожного движения и \
         оштрафован на # рублей. Суд лишил его права управления автомобилем на # месяцев. Приговор может быть обжалован в \
         течение # дней. Потерпевшему из города @ выплачено # рублей.",
        &["Лесной", "Каменка", "Озёрск", "Сосновка", "Горный", "Заречье"],
    ),
    (
        "@市气象台发布天气预报：今天白天多云转晴，最高气温#度；夜间晴间多云，最低气温#度。相对湿度#%，空气质量指数为#。预计明天@县有阵雨，\
         降水概率#%，请市民注意防范。日落时间#分。",
        &["青山", "白河", "东林", "南屏", "长宁", "永丰"],
    ),
];

#[test]
fn reports_on_a_form_stay_apart_and_their_copies_together() {
    let mut state = 7_u64;
    let mut draw = move |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for (form, names) in FORMS {
        let mut texts: Vec<String> = (0..24)
            .map(|_| {
                let fill = |letter: char| match letter {
                    '#' => (10 + draw(990)).to_string(),
                    '@' => names[draw(names.len())].to_owned(),
                    other => other.to_string(),
                };
                form.chars().map(fill).collect()
            })
            .collect();
        // Two are printed again, and one is corrected.
        texts.push(format!("Aa. {}", texts[0]));
        texts.push(format!("Aa. {}", texts[1]));
        let figure = texts[2].find(|c: char| c.is_ascii_digit()).unwrap();
        let corrected = if texts[2].as_bytes()[figure] == b'9' { "8" } else { "9" };
        let mut correction = texts[2].clone();
        correction.replace_range(figure..=figure, corrected);
        texts.push(correction);
        let expected: Vec<usize> = (0..24).chain(0..3).collect();
        assert_eq!(predicted(&run(&texts), 0, texts.len()), expected, "{form}");
    }
}

#[test]
fn a_long_document_beside_short_ones() {
    // 20 MB: 100 MB takes five times as long, which is too long for a test.
    let mut state = 1_u64;
    let mut word = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x} ", state >> 40)
    };
    let mut words = |count: usize| -> String { (0..count).map(|_| word()).collect() };
    let long = words(3_000_000);
    assert!(long.len() > 20_000_000);
    let texts = [long.as_str(), &words(200), &long[..2_000], &long[5_000..6_900], &long[..1_800]];
    let report = run(&texts);
    assert_eq!(predicted(&report, 0, 5), [0, 1, 2, 3, 2]);
}
