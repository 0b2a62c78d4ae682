//! Texts by design: stories of generated words, their damaged copies, and corpora made to mislead.

use std::fmt::Write;

/// Numbers that look random and are the same in every run (splitmix64, Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// In \[0, 1).
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// A language of 30,000 words, of which the one of rank r has a share proportional to 1/r (Zipf 1935).
pub(crate) struct Language {
    words: Vec<String>,
}

/// Words of a story's own subject, and the share of its words that they are.
const SUBJECT: (usize, f64) = (30, 0.25);

impl Language {
    pub(crate) fn new() -> Self {
        const ONSETS: [&str; 16] =
            ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr"];
        const RHYMES: [&str; 14] =
            ["a", "e", "i", "o", "u", "an", "er", "in", "on", "es", "al", "ea", "ing", "ou"];
        let mut random = Random::new(1935);
        let mut word = |rank: usize| -> String {
            // Common words are short ones.
            let syllables = 1 + rank.max(1).ilog10() as usize * 2 / 3 + random.below(2);
            let mut syllable = |_| [ONSETS[random.below(16)], RHYMES[random.below(14)]].concat();
            (0..syllables).map(&mut syllable).collect()
        };
        Self { words: (1..=30_000).map(&mut word).collect() }
    }

    fn word(&self, random: &mut Random) -> &str {
        let rank = (self.words.len() as f64).powf(random.share()) as usize - 1;
        &self.words[rank.min(self.words.len() - 1)]
    }

    /// A story of about so many words: sentences of 8 to 24 of them, a line each.
    pub(crate) fn story(&self, random: &mut Random, words: usize) -> String {
        let subject: Vec<&str> =
            (0..SUBJECT.0).map(|_| self.words[300 + random.below(29_000)].as_str()).collect();
        let mut text = String::new();
        let mut written = 0;
        while written < words {
            let length = (8 + random.below(17)).min(words - written);
            for i in 0..length {
                let of_subject = random.share() < SUBJECT.1;
                let word = if of_subject { subject[random.below(SUBJECT.0)] } else { self.word(random) };
                text.push_str(if i == 0 { "" } else { " " });
                text.push_str(word);
            }
            text.push_str(".\n");
            written += length;
        }
        text
    }
}

/// The sentences of a story.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A copy with this share of its letters misread: one in three of those is another letter, one lost, one doubled.
pub(crate) fn misread(random: &mut Random, text: &str, rate: f64) -> String {
    let mut copy = String::with_capacity(text.len());
    for letter in text.chars() {
        if random.share() >= rate {
            copy.push(letter);
            continue;
        }
        match random.below(3) {
            0 => copy.push((b'a' + random.below(26) as u8) as char),
            1 => {}
            _ => copy.extend([letter, letter]),
        }
    }
    copy
}

/// A copy that keeps this share of the sentences, those at the beginning, as editors cut.
pub(crate) fn cut(text: &str, share: f64) -> String {
    let all = sentences(text);
    let kept = (all.len() as f64 * share).round().max(1.0) as usize;
    all[..kept.min(all.len())].concat()
}

/// Texts, and the number of the right cluster of each.
#[derive(Default)]
pub(crate) struct Corpus {
    pub(crate) texts: Vec<String>,
    pub(crate) labels: Vec<usize>,
}

impl Corpus {
    pub(crate) fn add(&mut self, text: String, label: usize) {
        self.texts.push(text);
        self.labels.push(label);
    }

    /// The same texts with other labels, by their numbers.
    fn labelled(mut self, label: impl Fn(usize) -> usize) -> Self {
        self.labels = (0..self.texts.len()).map(label).collect();
        self
    }

    pub(crate) fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }

    /// The pairs wrongly together and those wrongly apart in a clustering, by each document's cluster.
    pub(crate) fn errors(&self, predicted: &[usize]) -> (usize, usize) {
        let pairs_in = |keys: Vec<(usize, usize)>| -> usize {
            let mut keys = keys;
            keys.sort_unstable();
            keys.chunk_by(|a, b| a == b).map(|run| run.len() * (run.len() - 1) / 2).sum()
        };
        let both = pairs_in(self.labels.iter().copied().zip(predicted.iter().copied()).collect());
        let gold = pairs_in(self.labels.iter().map(|&l| (l, 0)).collect());
        let found = pairs_in(predicted.iter().map(|&p| (p, 0)).collect());
        (found - both, gold - both)
    }
}

/// Pages of one site: `furniture` words that are the same in all, around `own` words; one page in 20 has the own words
/// of another one.
pub(crate) fn furniture(language: &Language, pages: usize, furniture: usize, own: usize) -> Corpus {
    let mut random = Random::new(2000);
    let [head, foot] = [0.3, 0.7].map(|part| language.story(&mut random, (furniture as f64 * part) as usize));
    let mut corpus = Corpus::default();
    let mut last = String::new();
    for page in 0..pages {
        let copy = page % 20 == 19;
        if !copy {
            last = language.story(&mut random, own);
        }
        corpus.add(format!("{head}{last}{foot}"), page - usize::from(copy));
    }
    corpus
}

/// As [`furniture`], but the own words stand in five places among the common ones.
pub(crate) fn scattered(language: &Language, pages: usize, furniture: usize, own: usize) -> Corpus {
    let mut random = Random::new(2001);
    let parts: Vec<String> = (0..5).map(|_| language.story(&mut random, furniture / 5)).collect();
    let mut corpus = Corpus::default();
    let mut last: Vec<String> = Vec::new();
    for page in 0..pages {
        let copy = page % 20 == 19;
        if !copy {
            last = (0..5).map(|_| language.story(&mut random, own / 5)).collect();
        }
        let text: String = parts.iter().zip(&last).flat_map(|(a, b)| [a.as_str(), b]).collect();
        corpus.add(text, page - usize::from(copy));
    }
    corpus
}

/// Stories, and one document that holds them all.
pub(crate) fn holder(language: &Language, stories: usize) -> Corpus {
    let mut random = Random::new(2002);
    let mut corpus = Corpus::default();
    for story in 0..stories {
        corpus.add(language.story(&mut random, 300), story);
    }
    let all = corpus.texts.concat();
    corpus.add(all, stories);
    corpus
}

/// For each of three lines two documents that say nothing else, and one that says it once.
pub(crate) fn one_line(language: &Language, times: usize) -> Corpus {
    let mut random = Random::new(2003);
    let mut corpus = Corpus::default();
    for line in 0..3 {
        let text = language.story(&mut random, 6);
        corpus.add(text.repeat(times), line);
        corpus.add(text.repeat(times - times / 10), line);
        corpus.add(text, line + 3);
    }
    corpus
}

/// Copies of one story, each with a dateline of its own, among as many other stories.
pub(crate) fn copies(language: &Language, copies: usize) -> Corpus {
    let mut random = Random::new(2004);
    let story = language.story(&mut random, 300);
    let mut corpus = Corpus::default();
    for copy in 0..copies {
        corpus.add(format!("{}{story}", language.story(&mut random, 5)), 0);
        corpus.add(language.story(&mut random, 300), copy + 1);
    }
    corpus
}

/// Five stories printed by `papers` papers each, and as many round-ups of the five. Round-ups are one story, of their own.
pub(crate) fn round_ups(language: &Language, papers: usize, round_ups: usize) -> Corpus {
    let mut random = Random::new(2005);
    let stories: Vec<String> = (0..5).map(|_| language.story(&mut random, 200)).collect();
    let mut corpus = Corpus::default();
    for (label, story) in stories.iter().enumerate() {
        for _ in 0..papers {
            let headline = language.story(&mut random, 8);
            corpus.add(format!("{headline}{}", cut(story, 0.7 + 0.3 * random.share())), label);
        }
    }
    for _ in 0..round_ups {
        let mut order: Vec<&str> = stories.iter().map(String::as_str).collect();
        random.shuffle(&mut order);
        corpus.add(format!("{}{}", language.story(&mut random, 8), order.concat()), 5);
    }
    corpus
}

/// Running stories: each document is made of sentences of one story or of two, in order, more or fewer of them, and some are
/// misread. There are no right clusters.
pub(crate) fn overlapping(language: &Language, documents: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    let stories: Vec<String> = (0..=documents / 10).map(|_| language.story(&mut random, 250)).collect();
    let piece = |random: &mut Random| {
        let lines = sentences(&stories[random.below(stories.len())]);
        let share = 0.2 + 0.8 * random.share();
        let start = random.below(lines.len() / 2);
        lines[start..].iter().filter(|_| random.share() < share).copied().collect::<String>()
    };
    (0..documents)
        .map(|_| {
            let pieces = 1 + usize::from(random.below(3) == 0);
            let text: String = (0..pieces).map(|_| piece(&mut random)).collect();
            let rate = if random.below(3) == 0 { 0.15 * random.share() } else { 0.0 };
            misread(&mut random, &text, rate)
        })
        .collect()
}

/// Statements, each a document, and articles of `own` words that quote one, `articles` for each. All are strangers.
pub(crate) fn quotes(language: &Language, statements: usize, articles: usize, own: usize) -> Corpus {
    let mut random = Random::new(2008);
    let mut corpus = Corpus::default();
    for _ in 0..statements {
        let statement = language.story(&mut random, 80);
        for _ in 0..articles {
            let [head, foot] = [0, 1].map(|_| language.story(&mut random, own / 2));
            let label = corpus.texts.len();
            corpus.add(format!("{head}{statement}{foot}"), label);
        }
        let label = corpus.texts.len();
        corpus.add(statement, label);
    }
    corpus
}

/// Short stories, each printed eight times with two words of its own wherever they are.
pub(crate) fn edited(language: &Language, stories: usize) -> Corpus {
    rewritten(language, stories, 45, |random, words| [0, 1].map(|_| 3 + random.below(words - 6)).to_vec())
        .labelled(|document| document / REWRITTEN)
}

/// Short notices, each of eight with other words in the same two places.
pub(crate) fn notices(language: &Language, forms: usize) -> Corpus {
    rewritten(language, forms, 30, |_, words| vec![words / 3, words - words / 4])
        .labelled(|document| document)
}

/// The texts that are made of each of `edited` and `notices`.
const REWRITTEN: usize = 8;

/// Eight texts made of each of so many, in which words in some places are others.
fn rewritten(
    language: &Language,
    texts: usize,
    words: usize,
    places: impl Fn(&mut Random, usize) -> Vec<usize>,
) -> Corpus {
    let mut random = Random::new(2009);
    let mut corpus = Corpus::default();
    for _ in 0..texts {
        let text = language.story(&mut random, words);
        let words: Vec<&str> = text.split_whitespace().collect();
        for _ in 0..REWRITTEN {
            let mut words = words.clone();
            for place in places(&mut random, words.len()) {
                words[place] = &language.words[300 + random.below(29_000)];
            }
            corpus.add(words.join(" "), 0);
        }
    }
    corpus
}

/// Badly scanned copies of one story among as many other scans.
pub(crate) fn scans(language: &Language, copies: usize) -> Corpus {
    let mut random = Random::new(2006);
    let story = language.story(&mut random, 400);
    let mut corpus = Corpus::default();
    for copy in 0..copies {
        let rate = 0.02 + 0.13 * random.share();
        corpus.add(misread(&mut random, &story, rate), 0);
        let other = language.story(&mut random, 400);
        corpus.add(misread(&mut random, &other, rate), copy + 1);
    }
    corpus
}

/// Stories of which one in five has a copy: cut, misread, or with another beginning.
pub(crate) fn archive(language: &Language, documents: usize) -> Corpus {
    let mut random = Random::new(2007);
    let mut corpus = Corpus::default();
    while corpus.texts.len() < documents {
        let label = corpus.texts.len();
        let words = 150 + random.below(500);
        let story = language.story(&mut random, words);
        match random.below(15) {
            0 => corpus.add(cut(&story, 0.5), label),
            1 => corpus.add(misread(&mut random, &story, 0.08), label),
            2 => {
                let mut copy = language.story(&mut random, 20);
                let _ = write!(copy, "{}", cut(&story, 0.8));
                corpus.add(copy, label);
            }
            _ => {}
        }
        corpus.add(story, label);
    }
    corpus.texts.truncate(documents);
    corpus.labels.truncate(documents);
    corpus
}

/// Where boilerplate stands on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// A fifth before the story, a fifth in its middle, the rest behind.
    Around,
    Head,
    Foot,
    /// Between five parts of the story, and at both ends.
    Scattered,
}

/// Pages of several sites.
#[allow(clippy::struct_field_names, reason = "the number of them")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sites {
    pub(crate) sites: usize,
    /// Of each site.
    pub(crate) pages: usize,
    /// Words of each page's story.
    pub(crate) own: usize,
    /// Words of a site's boilerplate.
    pub(crate) standing: usize,
    /// Stories that two sites carry.
    pub(crate) copies: usize,
    pub(crate) placement: Placement,
    pub(crate) seed: u64,
}

/// The pages, labelled by their stories, and the site of each.
pub(crate) fn sites(language: &Language, of: Sites) -> (Corpus, Vec<u32>) {
    let mut random = Random::new(of.seed);
    let parts: Vec<Vec<String>> = (0..of.sites)
        .map(|_| {
            let shares: &[f64] = match of.placement {
                Placement::Around => &[0.2, 0.2, 0.6],
                Placement::Head => &[1.0, 0.0],
                Placement::Foot => &[0.0, 1.0],
                Placement::Scattered => &[1.0 / 6.0; 6],
            };
            shares
                .iter()
                .map(|share| language.story(&mut random, (of.standing as f64 * share) as usize))
                .collect()
        })
        .collect();
    let mut pages = Vec::new();
    let mut carried = vec![0; of.sites];
    let mut label = 0;
    while let Some(first) = (0..of.sites).min_by_key(|&site| carried[site]).filter(|&s| carried[s] < of.pages)
    {
        let gaps = parts[first].len() - 1;
        let story: Vec<String> = (0..gaps).map(|_| language.story(&mut random, of.own / gaps)).collect();
        let second = (first + 1 + random.below(of.sites.max(2) - 1)) % of.sites;
        let is_copied = label < of.copies && second != first && carried[second] < of.pages;
        for site in [first, second].into_iter().take(1 + usize::from(is_copied)) {
            carried[site] += 1;
            let all = story.concat();
            let lines = sentences(&all);
            let cut = |i: usize| lines[lines.len() * i / gaps..lines.len() * (i + 1) / gaps].concat();
            let gap = |i: usize| if i < gaps { cut(i) } else { String::new() };
            let text: String = (0..=gaps).flat_map(|i| [parts[site][i].clone(), gap(i)]).collect();
            pages.push((text, label, site as u32));
        }
        label += 1;
    }
    random.shuffle(&mut pages);
    let mut corpus = Corpus::default();
    let mut of_sites = Vec::new();
    for (text, label, site) in pages {
        corpus.add(text, label);
        of_sites.push(site);
    }
    (corpus, of_sites)
}
