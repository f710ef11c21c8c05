//! [`Code`]: the code that the runs of an experiment reach; [`Codes`]: the tables of it that are stored, and which codes mean
//! the same.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Write as _},
    io,
    sync::{Arc, Mutex},
};

use super::{
    disk::{Create, Durable, Files},
    layout::{self, inside},
    locking::Locking,
    notes::{JsonNote, Notes},
};
use crate::{
    base::{Error, locked},
    value::{
        Key,
        json::{Layout, Shown, json, object},
    },
};

/// The code that an experiment's `run` reaches, made by `runner::code!()` for
/// [`Experiment::CODE`](crate::Experiment::CODE), which says what becomes of results of other code.
///
/// ```
/// # use runner_core as runner;
/// use runner::Code;
///
/// assert_eq!(Code::default(), Code::UNKNOWN);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The digest of the table; 0 if the code is not known.
    digest: u128,
    /// A line for each part of the code: its digest, or of a package its version, and its path.
    table: &'static str,
    is_strict: bool,
}

impl Code {
    /// Code that is not known: the default of an experiment.
    pub const UNKNOWN: Self = Self::new(0, "");

    pub(crate) const fn new(digest: u128, table: &'static str) -> Self {
        Self {
            digest,
            table,
            is_strict: false,
        }
    }

    /// Makes results of other code stale, so that they are run again, unless `--accept` has noted that the two mean the same.
    ///
    /// A renamed function or a new dependency is other code as well. Results that were stored without `CODE` still count.
    ///
    /// ```
    /// # use runner_core as runner;
    /// use runner::Code;
    ///
    /// assert_ne!(Code::UNKNOWN.strict(), Code::UNKNOWN);
    /// ```
    #[must_use]
    pub const fn strict(self) -> Self {
        Self {
            is_strict: true,
            ..self
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.digest != 0
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.is_strict
    }

    /// Returns its digest; 0 if it is not known.
    pub(crate) fn digest(&self) -> u128 {
        self.digest
    }

    /// Returns whether the sources were there when the program was compiled.
    pub(crate) fn has_sources(&self) -> bool {
        !parts(self.table).any(|(path, _)| path == NO_SOURCES)
    }
}

/// The path in the table of a program that was compiled without its sources.
const NO_SOURCES: &str = "sources are not seen";
const CRATE: &str = "crate ";

/// Returns the path and the digest of each part in a table.
fn parts(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines();
    lines.filter_map(|line| line.split_once(' ').map(|(digest, path)| (path, digest)))
}

/// The parts in which two codes differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CodeDifference {
    changed: Vec<String>,
    added: Vec<String>,
    gone: Vec<String>,
    /// Whether the table of the stored code cannot be read.
    is_unknown: bool,
}

/// Maximum number of parts that are named.
const NAMED_MAX: usize = 8;

impl CodeDifference {
    pub(super) fn of(stored: &str, now: &str) -> Self {
        let mut both: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
        for (side, table) in [stored, now].into_iter().enumerate() {
            for (path, digest) in parts(table) {
                both.entry(path).or_default()[side].push(digest);
            }
        }
        let mut difference = Self::default();
        for (path, [mut stored, mut now]) in both {
            stored.sort_unstable();
            now.sort_unstable();
            if stored == now {
                continue;
            }
            let list = match (stored.is_empty(), now.is_empty()) {
                (true, _) => &mut difference.added,
                (_, true) => &mut difference.gone,
                _ => &mut difference.changed,
            };
            list.push(named(path, &stored, &now));
        }
        // Functions and types say most; what they use, and packages, come behind them.
        for list in [
            &mut difference.changed,
            &mut difference.added,
            &mut difference.gone,
        ] {
            list.sort_by_key(|path| path.contains(' '));
        }
        difference
    }

    /// Returns the number of parts that differ.
    pub(crate) fn count(&self) -> usize {
        self.changed.len() + self.added.len() + self.gone.len()
    }

    /// Returns the paths of all parts that differ.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let all = self.changed.iter().chain(&self.added).chain(&self.gone);
        all.map(String::as_str)
    }
}

/// Returns how a part is named: a package with its versions.
fn named(path: &str, stored: &[&str], now: &[&str]) -> String {
    let versions = [stored, now].map(|digests| match digests {
        [digest] => digest.rsplit_once('-').map(|(version, _)| version),
        _ => None,
    });
    match versions {
        [Some(stored), Some(now)] if path.starts_with(CRATE) && stored != now => {
            format!("{path} ({stored}, now {now})")
        }
        _ => path.to_owned(),
    }
}

impl fmt::Display for CodeDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unknown {
            return f
                .write_str("what differs is not known, as its table is gone from .runner/code");
        }
        let mut left = NAMED_MAX;
        let mut before = "";
        let kinds = [
            (&self.changed, ["differs", "differ"]),
            (&self.added, ["is new", "are new"]),
            (&self.gone, ["is gone", "are gone"]),
        ];
        for (paths, verbs) in kinds {
            let shown = &paths[..paths.len().min(left)];
            left -= shown.len();
            for (place, path) in shown.iter().enumerate() {
                let and = match (place, paths.len()) {
                    (0, _) => before,
                    (1, 2) => " and ",
                    _ => ", ",
                };
                write!(f, "{and}`{path}`")?;
            }
            if !shown.is_empty() {
                write!(f, " {}", verbs[usize::from(shown.len() > 1)])?;
                before = "; ";
            }
        }
        match self.count() - (NAMED_MAX - left) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// The codes that results were computed by.
pub(crate) struct Codes {
    locking: Arc<Locking>,
    /// For a code, another one that means the same; only `--accept` writes it.
    accepted: Notes,
    known: Mutex<KnownCodes>,
}

#[derive(Default)]
struct KnownCodes {
    /// The code whose table was written last.
    written: u128,
    /// The last code in the row of those that mean the same as this one.
    last: HashMap<u128, u128>,
    differences: HashMap<(u128, u128), Arc<CodeDifference>>,
}

impl Codes {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            accepted: Notes::new(locking, layout::ACCEPTED),
            known: Mutex::default(),
        }
    }

    /// Writes the table of a code, once in a process, unless it is there.
    ///
    /// No result is given up for it: without the table, the code is told as another one all the same.
    pub(super) fn keep(&self, code: &Code) {
        if code.digest == 0 || locked(&self.known).written == code.digest {
            return;
        }
        let path = path_of(code.digest);
        let table = code.table.as_bytes();
        let write = |create| {
            let files = self.files();
            files.write_in(layout::CODE, &path, table, create, Durable::Later)
        };
        let is_written = match write(Create::New) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let is_whole = self.table(code.digest).is_ok_and(|table| table.is_some());
                is_whole || write(Create::Replace).is_ok()
            }
            written => written.is_ok(),
        };
        if is_written {
            locked(&self.known).written = code.digest;
        }
    }

    /// Returns whether results of a stored code count as those of this code.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn is_same(&self, stored: u128, now: u128) -> Result<bool, Error> {
        Ok(stored == now || self.last(stored)? == self.last(now)?)
    }

    /// Notes that results of a stored code count as those of this code.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub(crate) fn accept(&self, stored: u128, now: u128) -> Result<(), Error> {
        let (from, to) = (self.last(stored)?, self.last(now)?);
        if from == to {
            return Ok(());
        }
        let note = object(|note| {
            note.put("same", Shown(Key::from_u128(to)));
        });
        let note = json(note, Layout::Items);
        locked(&self.known).last.clear();
        self.accepted.put(
            "note in",
            Key::from_u128(from),
            note.as_bytes(),
            Durable::Now,
        )
    }

    /// Follows the row of codes that mean the same.
    fn last(&self, code: u128) -> Result<u128, Error> {
        if let Some(last) = locked(&self.known).last.get(&code) {
            return Ok(*last);
        }
        let mut row = vec![code];
        while let Some(next) = self.next(row[row.len() - 1])? {
            // Two processes that accept at a time could make a ring; its least code stands for it.
            if row.contains(&next) {
                row.sort_unstable_by(|one, other| other.cmp(one));
                break;
            }
            row.push(next);
        }
        let last = row[row.len() - 1];
        locked(&self.known).last.insert(code, last);
        Ok(last)
    }

    fn next(&self, code: u128) -> Result<Option<u128>, Error> {
        let key = Key::from_u128(code);
        if !self.accepted.has(key)? {
            return Ok(None);
        }
        let bytes = self.accepted.get(key, |_| None)?.unwrap_or_default();
        let same = JsonNote::read(&bytes).and_then(|mut note| note.text("same"));
        Ok(same.and_then(|same| Key::parse(&same)).map(Key::as_u128))
    }

    /// Returns the parts in which a stored code differs from this one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn difference(
        &self,
        stored: u128,
        now: &Code,
    ) -> Result<Arc<CodeDifference>, Error> {
        let codes = (stored, now.digest);
        if let Some(known) = locked(&self.known).differences.get(&codes) {
            return Ok(Arc::clone(known));
        }
        let difference = match self.table(stored)? {
            Some(table) => CodeDifference::of(&table, now.table),
            None => CodeDifference {
                is_unknown: true,
                ..CodeDifference::default()
            },
        };
        let difference = Arc::new(difference);
        let mut known = locked(&self.known);
        known.differences.insert(codes, Arc::clone(&difference));
        Ok(difference)
    }

    /// Returns a stored table; none if it is not there, or cut short by a crash.
    fn table(&self, digest: u128) -> Result<Option<String>, Error> {
        let bytes = self.files().bytes(&path_of(digest), |_| None)?;
        let whole = bytes.filter(|bytes| digest_of(bytes) == digest);
        Ok(whole.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    fn files(&self) -> &Files {
        &self.locking.files
    }
}

fn path_of(digest: u128) -> String {
    let mut name = String::with_capacity(32);
    // Writing into a `String` cannot fail.
    let _ = write!(name, "{digest:032x}");
    inside(layout::CODE, &name)
}

/// Returns the digest of a table, as the macro makes it (FNV-1a with 128 bits).
pub(super) fn digest_of(table: &[u8]) -> u128 {
    table
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |digest, byte| {
            (digest ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
        })
}
