//! Edits to a program of ten modules, each with the truth about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Place, Table, tree::Files};

mod edits;
mod packages;
mod places;
mod program;
mod refused;
mod ways;

/// Files in memory.
#[derive(Clone, Default)]
pub(super) struct Memory(pub(super) BTreeMap<PathBuf, String>);

impl Files for Memory {
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        self.0.get(path).map(|text| text.clone().into_bytes())
    }
}

impl Memory {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
        Self(files.collect())
    }

    /// Returns the program that is edited.
    fn program() -> Self {
        Self::new(&[&packages::FILES[..], &program::FILES].concat())
    }

    /// Replaces a text, which must be there.
    #[track_caller]
    pub(super) fn replace(&mut self, path: &str, old: &str, new: &str) {
        let text = self.0.get_mut(Path::new(path)).expect("the file is there");
        assert!(text.contains(old), "{path} has no {old:?}");
        *text = text.replacen(old, new, 1);
    }

    /// Makes the table for the first `runner::code!` of a file.
    pub(super) fn table(&self, file: &str) -> Result<Table, super::Unseen> {
        self.table_of(file, 0)
    }

    /// Makes the table for one `runner::code!` of a file; the crate is called `study`, in the package `/study`.
    pub(super) fn table_of(&self, file: &str, number: usize) -> Result<Table, super::Unseen> {
        let text = self.0.get(Path::new(file)).map_or("", String::as_str);
        let at = text
            .match_indices("runner::code!")
            .nth(number)
            .map_or(0, |(at, _)| at);
        let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        Table::new(
            self,
            &Place {
                file: Path::new(file),
                line: text[..at].matches('\n').count() + 1,
                column: text[line_start..at].chars().count() + 1,
                package: Path::new("/study"),
                crate_name: "study",
                is_program: true,
            },
        )
    }
}

/// Returns the paths in one of two tables whose lines are not in the other.
pub(super) fn differing(one: &Table, other: &Table) -> BTreeSet<String> {
    let lines = |table: &Table| {
        table
            .lines
            .lines()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    let (one, other) = (lines(one), lines(other));
    let path = |line: &String| line.split_once(' ').map_or("", |(_, path)| path).to_owned();
    one.symmetric_difference(&other).map(path).collect()
}
