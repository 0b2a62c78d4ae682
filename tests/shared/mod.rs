//! Real texts to measure by, which are not part of the project.

use std::path::PathBuf;

/// The folder or file `name` beside the project, if it is there. Where the gate runs it must be.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    let absent = format!("{} is not there", path.display());
    assert!(std::env::var_os("CI").is_none(), "{absent}");
    eprintln!("skipped: {absent}");
    None
}
