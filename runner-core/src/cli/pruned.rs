//! [`prune`]: what no config reaches, with sizes and ages.

use std::{
    io::{self, Write},
    time::Duration,
};

use crate::base::Style;
use crate::base::{human, printable};

/// What pruning found, or removed.
#[derive(Clone, Debug)]
pub(crate) struct Pruned {
    pub(crate) removes: bool,
    pub(crate) directories: Vec<PrunedDirectory>,
    /// How many could not be had, since somebody uses them.
    pub(crate) stay: usize,
}

/// One directory.
#[derive(Clone, Debug)]
pub(crate) struct PrunedDirectory {
    pub(crate) directory: String,
    pub(crate) why: String,
    pub(crate) bytes: u64,
    pub(crate) age: Option<Duration>,
}

/// Writes what was found or removed.
///
/// # Errors
///
/// If `out` cannot be written.
pub(crate) fn prune(out: &mut impl Write, pruned: &Pruned, style: Style) -> io::Result<()> {
    for found in &pruned.directories {
        let age = found
            .age
            .map_or_else(|| "-".to_owned(), human::rough_duration);
        writeln!(
            out,
            "{:>9}  {age:>9}  {}  {}",
            human::bytes(found.bytes),
            printable(&found.directory),
            style.faint(&found.why)
        )?;
    }
    let count = pruned.directories.len();
    let bytes = human::bytes(pruned.directories.iter().map(|found| found.bytes).sum());
    let directories = match count {
        1 => "1 directory".to_owned(),
        count => format!("{count} directories"),
    };
    match (count, pruned.removes) {
        (0, _) => writeln!(
            out,
            "nothing to prune: configs reach everything of this experiment"
        )?,
        (_, false) => writeln!(out, "{directories}, {bytes}; --prune --yes removes them")?,
        (_, true) => writeln!(out, "removed {directories}, {bytes}")?,
    }
    if pruned.stay > 0 {
        writeln!(out, "{} left alone: another process uses it", pruned.stay)?;
    }
    Ok(())
}
