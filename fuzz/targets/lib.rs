//! What is fuzzed: functions of bytes that panic where something is wrong.

mod all;

macro_rules! targets {
    ($($name:ident: $what:literal)*) => {$(
        #[doc = $what]
        pub fn $name(data: &[u8]) {
            all::$name::$name(data);
        }
    )*};
}

targets! {
    text: "Normaliser and tokeniser."
    shingles: "Shinglers."
    sketches: "Sketchers."
    indexes: "Indexes as sequences of operations."
    aligner: "The aligner."
    finder: "Runs over small corpora."
    stored: "Stored values."
    report: "JSON lines, tables, JSON and the page."
    archive: "Archives, and files that others made of theirs."
}
