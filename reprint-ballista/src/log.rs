//! What the processes of a cluster tell of their work.

use std::time::SystemTime;

use ::log::{LevelFilter, Log, Metadata, Record};
use datafusion::common::{Result, config_err};

/// Lines to the standard error.
struct Lines;

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        eprintln!("{:.3} {} {}: {}", time.as_secs_f64(), record.level(), record.target(), record.args());
    }

    fn flush(&self) {}
}

/// Writes what the engine tells to the standard error, from this level on: `error`, `warn`, `info`, `debug`.
///
/// ```
/// reprint_ballista::log_to_stderr("warn")?;
/// assert!(reprint_ballista::log_to_stderr("loud").is_err());
/// # Ok::<(), datafusion::error::DataFusionError>(())
/// ```
///
/// # Errors
/// If there is no such level, or the program has a logger.
pub fn log_to_stderr(level: &str) -> Result<()> {
    let Ok(level) = level.parse::<LevelFilter>() else {
        return config_err!("there is no level {level:?}: write error, warn, info or debug");
    };
    if ::log::set_logger(&Lines).is_err() {
        return config_err!("the program has a logger: set one only");
    }
    ::log::set_max_level(level);
    Ok(())
}
