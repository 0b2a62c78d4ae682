//! What the page says in words and figures.

use crate::verify::{Alignment, Evidence, Match};

/// Characters of a document's headline.
const MOST_TITLE: usize = 140;

/// Why two documents match.
pub(super) fn evidence(m: &Match, alignment: &Alignment) -> String {
    let passages = counted(alignment.passages.len(), "shared passage", "shared passages");
    let texts = format!(
        "{passages} with {:.0} % of the first text and {:.0} % of the second",
        100.0 * alignment.coverage_of_a(),
        100.0 * alignment.coverage_of_b()
    );
    match &m.evidence {
        Evidence::Shingles(s) => format!(
            "resemblance {:.3}: {} of the {} and {}; {texts}",
            s.resemblance(),
            counted(s.shared(), "shared shingle", "shared shingles"),
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

/// The headline: first line of some length, shortened: pages begin with "E-mail" and "Home" before the
/// headline comes.
pub(super) fn title(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().next().unwrap_or_default();
    let line = lines.find(|line| line.len() >= 20).unwrap_or(first);
    let Some((end, _)) = line.char_indices().nth(MOST_TITLE) else { return line.to_owned() };
    let whole_words = line[..end].rfind(' ').filter(|&i| i > end / 2).unwrap_or(end);
    format!("{}…", line[..whole_words].trim_end())
}

/// To four digits.
pub(super) fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// 1234567 as "1,234,567".
pub(super) fn grouped(n: usize) -> String {
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

/// A number of things: "1 match", "2 matches".
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// JSON that may stand in a script element: nothing in it ends the element or begins a comment, and no reader
/// takes a character in it for the end of a line.
pub(super) fn script_safe(json: &str) -> String {
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
    use super::*;

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
    fn numbers_are_grouped_and_agree() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let matches = |n| counted(n, "match", "matches");
        assert_eq!([0, 1, 2].map(matches), ["0 matches", "1 match", "2 matches"]);
    }
}
