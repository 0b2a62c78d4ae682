//! Plans find what the core finds on labelled sets, where they are at hand: however the work is shared out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Documents, partition, partition_of_core, table};
use reprint::Preset;
use reprint_datafusion::{Options, Run, Session, deduplicate};

/// The documents of the sets in a folder; none where there is no such folder.
fn sets(folder: &str) -> Vec<(PathBuf, Documents)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(folder);
    if !folder.exists() {
        assert!(std::env::var_os("CI").is_none(), "{} is not there", folder.display());
        return Vec::new();
    }
    let mut sets = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().path().join("docs.jsonl");
        let Ok(lines) = fs::read_to_string(&file) else { continue };
        let text = |line: &str| {
            let document: serde_json::Value = serde_json::from_str(line).unwrap();
            Some(document["text"].as_str().unwrap().to_owned())
        };
        sets.push((file, (0..).zip(lines.lines().map(text)).collect()));
    }
    assert!(sets.len() > 4);
    sets.sort();
    sets
}

async fn check(file: &Path, documents: &[(u64, Option<String>)], preset: Preset, partitions: usize) {
    let expected = partition_of_core(documents, preset);
    let run = Run::new(Session::new().partitions(partitions).build().unwrap()).unwrap();
    let table = table(run.context(), documents, 3);
    let found = deduplicate(&run, table, &Options::new(preset)).await.unwrap();
    let found = partition(found.clusters).await;
    assert!(
        found == expected,
        "{} by {preset} in {partitions} parts: {}, not {} clusters",
        file.display(),
        found.len(),
        expected.len()
    );
}

#[tokio::test]
async fn small_sets_are_as_in_the_core() {
    for (file, documents) in sets("cases") {
        for (preset, partitions) in [(Preset::Web, 2), (Preset::Wire, 1), (Preset::Wire, 8)] {
            check(&file, &documents, preset, partitions).await;
        }
    }
}

#[tokio::test]
async fn labelled_sets_are_as_in_the_core() {
    for (file, mut documents) in sets("eval") {
        documents.reverse();
        check(&file, &documents, Preset::Web, 2).await;
        check(&file, &documents, Preset::Wire, 2).await;
    }
}
