//! Examples, run as a user runs them.

mod bad_input;
mod command_line;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;
use std::{env, fs};

/// A run of an example, which is built first.
fn example(name: &str) -> Command {
    static BUILT: Once = Once::new();
    // Beside the tests: target/debug/deps/TEST, target/debug/examples/EXAMPLE.
    let built = env::current_exe().unwrap();
    let built = built.ancestors().nth(2).unwrap();
    BUILT.call_once(|| {
        let profile = built.file_name().unwrap().to_str().unwrap();
        let profile = if profile == "debug" { "test" } else { profile };
        let features: &[&str] = if cfg!(feature = "rayon") { &[] } else { &["--no-default-features"] };
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--examples", "--profile", profile])
            .args(features)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(status.unwrap().success(), "the examples do not build");
    });
    let mut command = Command::new(built.join("examples").join(name));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A folder of its own for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Asserts that the run fails and that its message names each of `mentions`.
#[track_caller]
fn refused(output: &Output, mentions: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    for mention in mentions {
        assert!(message.contains(mention), "no {mention:?} in: {message}");
    }
}

/// Asserts that the run succeeds, and gives what it printed.
#[track_caller]
fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
