//! Prints `src/text/tables/data.rs`: what the normaliser and the tokeniser ask of each character, by one version of
//! Unicode. Run `cargo run --release > ../../src/text/tables/data.rs` in this folder.
//!
//! The versions of the data crates are exact in `Cargo.toml`: they are what fixes the version of Unicode.

use icu_casemap::CaseMapper;
use icu_properties::props::{Alphabetic, ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, WhiteSpace, WordBreak};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The version of the data. The first character of each version from 15.1 on, but for the last, is assigned.
const VERSION: (u8, u8, u8) = (17, 0, 0);
const ASSIGNED: [(u32, bool); 4] = [(0x2ffc, true), (0x1c89, true), (0x11db0, true), (0x0b53, false)];

/// By number, as `WordBreak` of `src/text/word_breaks.rs` has them.
const WORD_BREAKS: [WordBreak; 19] = [
    WordBreak::Other, WordBreak::CR, WordBreak::LF, WordBreak::Newline, WordBreak::Extend, WordBreak::ZWJ,
    WordBreak::Format, WordBreak::RegionalIndicator, WordBreak::Katakana, WordBreak::HebrewLetter, WordBreak::ALetter,
    WordBreak::SingleQuote, WordBreak::DoubleQuote, WordBreak::MidNumLet, WordBreak::MidLetter, WordBreak::MidNum,
    WordBreak::Numeric, WordBreak::ExtendNumLet, WordBreak::WSegSpace,
];

fn main() {
    let category = CodePointMapData::<GeneralCategory>::new();
    let word_break = CodePointMapData::<WordBreak>::new();
    let alphabetic = CodePointSetData::new::<Alphabetic>();
    let white = CodePointSetData::new::<WhiteSpace>();
    let pictographic = CodePointSetData::new::<ExtendedPictographic>();
    for (code, assigned) in ASSIGNED {
        assert_eq!(category.get32(code) != GeneralCategory::Unassigned, assigned, "{code:x}: another version of Unicode");
    }
    let properties = |code: u32| {
        let break_of = word_break.get32(code);
        let number = WORD_BREAKS.iter().position(|&b| b == break_of).expect("a new word break class") as u32;
        let category = category.get32(code);
        let is_alphabetic = alphabetic.contains32(code);
        let flags = [
            is_alphabetic || GeneralCategoryGroup::Number.contains(category),
            is_alphabetic,
            GeneralCategoryGroup::Mark.contains(category),
            white.contains32(code),
            pictographic.contains32(code),
            category == GeneralCategory::Unassigned,
        ];
        flags.iter().enumerate().fold(number, |all, (i, &flag)| all | u32::from(flag) << (5 + i))
    };
    let (major, minor, patch) = VERSION;
    println!("// Made by tools/unicode: do not edit.\n");
    println!("/// The version of Unicode of these tables.");
    println!("pub(super) const VERSION: (u8, u8, u8) = ({major}, {minor}, {patch});\n");

    let (mut kinds, mut runs): (Vec<u32>, Vec<(usize, u32)>) = (Vec::new(), Vec::new());
    for code in 0..0x11_0000 {
        let here = properties(code);
        let kind = kinds.iter().position(|&kind| kind == here).unwrap_or_else(|| {
            kinds.push(here);
            kinds.len() - 1
        });
        match runs.last_mut() {
            Some((last, length)) if *last == kind => *length += 1,
            _ => runs.push((kind, 1)),
        }
    }
    println!("/// The properties that characters have together, by the first that has them.");
    println!("#[rustfmt::skip]");
    println!("pub(super) const KINDS: [u16; {}] = [", kinds.len());
    for line in kinds.chunks(14) {
        println!("    {}", line.iter().map(|kind| format!("{kind:#05x},")).collect::<Vec<_>>().join(" "));
    }
    println!("];\n");
    println!("/// The number of runs of characters with equal properties.");
    println!("pub(super) const COUNT: usize = {};\n", runs.len());
    println!("/// The runs, from character 0 on: the number of each one's kind as a letter (A to Z and g to z), and its length in");
    println!("/// hexadecimal digits where that is not 1.");
    println!("#[rustfmt::skip]");
    println!("pub(super) const RUNS: &[u8] = b\"\\");
    let letters: Vec<char> = ('A'..='Z').chain('g'..='z').collect();
    let run = |&(kind, length): &(usize, u32)| match length {
        1 => letters[kind].to_string(),
        _ => format!("{}{length:x}", letters[kind]),
    };
    let mut line = String::new();
    for run in runs.iter().map(run) {
        if line.len() + run.len() > 104 {
            println!("    {line}\\");
            line.clear();
        }
        line += &run;
    }
    println!("    {line}\";\n");

    let mapper = CaseMapper::new();
    let (mut single, mut several): (Vec<(u32, u32, u32, i32)>, Vec<(char, String)>) = (Vec::new(), Vec::new());
    for c in (0..0x11_0000).filter_map(char::from_u32) {
        let text = c.to_string();
        let folded = mapper.fold_string(&text).into_owned();
        if folded == text {
            continue;
        }
        let mut chars = folded.chars();
        match (chars.next(), chars.next()) {
            (Some(one), None) => {
                let (code, delta) = (c as u32, one as i32 - c as i32);
                match single.last_mut() {
                    Some((first, last, step, same))
                        if *same == delta && (code - *last == *step || first == last && code - *last == 2) =>
                    {
                        *step = code - *last;
                        *last = code;
                    }
                    _ => single.push((code, code, 1, delta)),
                }
            }
            _ => several.push((c, folded)),
        }
    }
    println!("/// Characters that fold to one: first, last, step, and what is added to each.");
    println!("#[rustfmt::skip]");
    println!("pub(super) static FOLDS: [(u32, u32, u32, i32); {}] = [", single.len());
    for line in single.chunks(3) {
        let item = |(first, last, step, delta): &(u32, u32, u32, i32)| format!("({first:#x}, {last:#x}, {step}, {delta}),");
        println!("    {}", line.iter().map(item).collect::<Vec<_>>().join(" "));
    }
    println!("];\n");
    println!("/// Characters that fold to several.");
    println!("#[rustfmt::skip]");
    println!("pub(super) static LONG_FOLDS: [(char, &str); {}] = [", several.len());
    for line in several.chunks(2) {
        let escape = |text: &str| text.chars().map(|c| c.escape_unicode().to_string()).collect::<String>();
        let item = |(c, folded): &(char, String)| format!("('{}', \"{}\"),", c.escape_unicode(), escape(folded));
        println!("    {}", line.iter().map(item).collect::<Vec<_>>().join(" "));
    }
    println!("];");
}
