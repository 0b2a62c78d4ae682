//! How a process of a cluster begins and ends.

use std::process::ExitCode;

pub(crate) type Error = Box<dyn std::error::Error>;

/// Serves as a process of this name, until that fails or is done.
pub(crate) fn run(name: &str, serve: impl Future<Output = Result<(), Error>>) -> ExitCode {
    // Plans are trees, and their decoding is recursive.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(32 << 20).build();
    match runtime.map_err(Error::from).and_then(|runtime| runtime.block_on(serve)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
