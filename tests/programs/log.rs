//! Notes every run that is really done, for tests that count them.

use std::{fmt, fs::OpenOptions, io::Write};

use anyhow::Context;

/// Appends a line to the file `SAMPLE_LOG`, if there is one.
pub(crate) fn note(run: impl fmt::Display) -> anyhow::Result<()> {
    let Ok(path) = std::env::var("SAMPLE_LOG") else {
        return Ok(());
    };
    let mut log = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .context("cannot open SAMPLE_LOG")?;
    // One write call, so that lines of several processes do not mix.
    log.write_all(format!("{run}\n").as_bytes())?;
    Ok(())
}
