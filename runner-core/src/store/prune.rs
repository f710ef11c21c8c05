//! Directories that no config reaches: found, shown, and removed under the lock of their key.

use std::{collections::HashSet, fmt, io, time::SystemTime};

use nix::unistd::{Uid, User};

use super::{
    base::Store, bytes::Unreadable, directory::Directory, disk::Durable, layout,
    reader::ResultReader, record::StoredRun,
};
use crate::{
    base::Error,
    value::{
        Key, Origin,
        json::{Layout, json, object},
    },
};

/// Ends the name of a directory that is being removed. It does not end in a key, so no run is looked for there.
const PRUNED: &str = ".pruned";

/// The limits of pruning.
pub(crate) struct Reach<'a> {
    pub(crate) origin: &'a Origin,
    /// Whether results of other versions may go.
    pub(crate) old_versions: bool,
    /// The keys of all configs.
    pub(crate) keys: &'a HashSet<Key>,
    /// The directories whose results the configs have.
    pub(crate) in_use: &'a HashSet<String>,
    pub(crate) kept: &'a HashSet<Key>,
}

impl Reach<'_> {
    /// Returns whether a config has a result that was published without locks, and later than the one in this directory.
    fn has_later(&self, directory: &str) -> bool {
        let is_later = |earlier: &Directory, other: &str| {
            let other = Directory::parse(other);
            other.is_some_and(|other| other.short == earlier.short && other.turn > earlier.turn)
        };
        Directory::parse(directory)
            .is_some_and(|earlier| self.in_use.iter().any(|used| is_later(&earlier, used)))
    }
}

/// The reason why a directory may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unreached {
    /// The result of a config that is not there any more.
    Result,
    /// A result of another version.
    OldVersion(u32),
    /// A result that a newer one of its key replaced or came after, or a damaged one.
    Aside,
    /// The leftover of an attempt at one of the configs, without a result.
    Leftover,
    /// The leftover of an attempt without locks whose process is gone.
    Unfinished,
    /// A directory that an earlier pruning did not get to remove.
    Condemned,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result => f.write_str("no config has this key"),
            Self::OldVersion(version) => write!(f, "of version {version}"),
            Self::Aside => f.write_str("set aside"),
            Self::Leftover => f.write_str("without a result"),
            Self::Unfinished => f.write_str("unfinished, of a process that is gone"),
            Self::Condemned => f.write_str("left by an earlier --prune"),
        }
    }
}

/// A directory that may go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prunable {
    pub(crate) directory: String,
    pub(crate) why: Unreached,
    pub(crate) bytes: u64,
    /// The result, if there is one.
    pub(crate) run: Option<Box<StoredRun>>,
    /// When its run started, or else when it was changed last.
    pub(crate) made: SystemTime,
    /// The name of the user to whom it belongs, unless it is this one.
    pub(crate) user: Option<String>,
    pub(crate) key: Option<Key>,
}

impl Store {
    /// Lists the keys of the runs that are kept.
    ///
    /// # Errors
    ///
    /// If the notes cannot be listed.
    pub(crate) fn kept(&self) -> Result<HashSet<Key>, Error> {
        self.kept.forget();
        self.kept.with_keys(HashSet::clone)
    }

    /// Notes that a run is to be kept.
    ///
    /// # Errors
    ///
    /// If the note cannot be written.
    pub(crate) fn keep(
        &self,
        key: Key,
        experiment: &str,
        version: u32,
        name: &str,
    ) -> Result<(), Error> {
        // For people; its name says it all.
        let note = object(|note| {
            note.put("experiment", experiment)
                .put("version", version)
                .put("name", name);
        });
        let note = json(note, Layout::Items);
        self.kept.put("note in", key, note.as_bytes(), Durable::Now)
    }

    /// Removes that note.
    ///
    /// # Errors
    ///
    /// If the note cannot be removed.
    pub(crate) fn unkeep(&self, key: Key) -> Result<(), Error> {
        self.kept.remove("remove", key)
    }

    /// Returns the directories of this experiment that no config reaches, by key, without the runs that another process is doing.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub(crate) fn prunable(&self, reach: &Reach<'_>) -> Result<Vec<Prunable>, Error> {
        let listing = self.listings.again()?;
        let mut reader = ResultReader::default();
        let mut found = Vec::new();
        for name in listing.names() {
            if let Some(prunable) = self.judge(name, reach, &mut reader)? {
                found.push(prunable);
            }
        }
        for (name, left) in listing.unfinished() {
            let is_of = |key: &&Key| key.short() == left.short;
            let key = reach.keys.iter().find(is_of);
            if key.is_some_and(|key| !reach.kept.contains(key)) && left.is_abandoned() {
                found.extend(self.keyless(name, Unreached::Unfinished)?);
            }
        }
        let mut condemned = Vec::new();
        self.files().list(layout::ROOT, &mut |name| {
            if is_condemned(name) {
                condemned.push(name.to_owned());
            }
        })?;
        condemned.sort_unstable();
        for directory in condemned {
            found.extend(self.keyless(&directory, Unreached::Condemned)?);
        }
        Ok(found)
    }

    /// Lists the directories that look like those of runs and that pruning leaves alone, with what they are.
    ///
    /// # Errors
    ///
    /// If the store cannot be listed.
    pub(crate) fn strays(&self, reach: &Reach<'_>) -> Result<Vec<(String, String)>, Error> {
        let mut names = Vec::new();
        self.files().list(layout::ROOT, &mut |name| {
            let is_other = name.starts_with('.') || is_condemned(name);
            if !is_other && !reach.in_use.contains(name) {
                names.push(name.to_owned());
            }
        })?;
        names.sort_unstable();
        let mut reader = ResultReader::default();
        let mut strays = Vec::new();
        for name in names {
            // What cannot be read is nothing that is known.
            let Ok(run) = reader.surveyed(self.files(), &name) else {
                continue;
            };
            let mut is_without = || matches!(reader.result_in(self.files(), &name), Ok(None));
            let what = match (Directory::parse(&name), run) {
                (None, Some(run)) if run.experiment == reach.origin.experiment => format!(
                    "has the result of another name; a name that ends in -{:016x} would count",
                    run.key.short()
                ),
                (Some(parsed), None)
                    if !reach.keys.iter().any(|key| key.short() == parsed.short)
                        && is_without() =>
                {
                    "without a result, and of no config: perhaps of another experiment".to_owned()
                }
                _ => continue,
            };
            strays.push((name, what));
        }
        Ok(strays)
    }

    /// Returns a directory that may go whatever its key is.
    fn keyless(&self, directory: &str, why: Unreached) -> Result<Option<Prunable>, Error> {
        self.found(directory, why, None, None)
    }

    fn found(
        &self,
        directory: &str,
        why: Unreached,
        run: Option<StoredRun>,
        key: Option<Key>,
    ) -> Result<Option<Prunable>, Error> {
        let Some(bytes) = self.files().tree_bytes(directory)? else {
            return Ok(None);
        };
        let Some((user, changed)) = self.files().owner(directory)? else {
            return Ok(None);
        };
        Ok(Some(Prunable {
            directory: directory.to_owned(),
            why,
            bytes,
            made: run.as_ref().map_or(changed, |run| run.record.started),
            run: run.map(Box::new),
            user: user_name(user),
            key,
        }))
    }

    /// Removes a directory that may go; false if it stays after all, as its lock is taken, it is another one now, or it belongs
    /// to another user.
    ///
    /// # Errors
    ///
    /// If it cannot be removed.
    pub(crate) fn prune(&self, prunable: &Prunable, reach: &Reach<'_>) -> Result<bool, Error> {
        let Some(key) = prunable.key else {
            return self.remove_condemned(&prunable.directory).map(|()| true);
        };
        let Some(lock) = self.lock(key)? else {
            return Ok(false);
        };
        self.files().refresh(&prunable.directory)?;
        let mut reader = ResultReader::default();
        let is_same = self
            .judge(&prunable.directory, reach, &mut reader)?
            .is_some_and(|now| now.why == prunable.why && now.run == prunable.run);
        let disk = &self.files().disk;
        // One that cannot be removed must not lose its name.
        if !is_same || !disk.may_change(&prunable.directory).unwrap_or(false) {
            return Ok(false);
        }
        let condemned = format!("{}{PRUNED}", prunable.directory);
        self.remove_condemned(&condemned)?;
        self.listings.touch(key.short());
        // First, as nothing would look for it later.
        if prunable.why != Unreached::Aside {
            self.failures.remove(key)?;
        }
        match disk.rename(&prunable.directory, &condemned) {
            Ok(()) => {}
            // In a directory where only owners may do that.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
            // This file system never renames it, but removes it.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                return self.remove_condemned(&prunable.directory).map(|()| true);
            }
            Err(error) => return Err(self.files().at("rename", &prunable.directory)(error)),
        }
        drop(lock);
        self.remove_condemned(&condemned)?;
        Ok(true)
    }

    /// Returns why a directory may go, if it may.
    fn judge(
        &self,
        directory: &str,
        reach: &Reach<'_>,
        reader: &mut ResultReader,
    ) -> Result<Option<Prunable>, Error> {
        if reach.in_use.contains(directory) {
            return Ok(None);
        }
        let (why, key, run) = match reader.surveyed(self.files(), directory)? {
            Some(run) => {
                if run.experiment != reach.origin.experiment || reach.kept.contains(&run.key) {
                    return Ok(None);
                }
                let why = match run.version {
                    version if version != reach.origin.version && reach.old_versions => {
                        Unreached::OldVersion(version)
                    }
                    version if version != reach.origin.version => return Ok(None),
                    _ if run.record.aside || reach.has_later(directory) => Unreached::Aside,
                    _ if reach.keys.contains(&run.key) => return Ok(None),
                    _ => Unreached::Result,
                };
                (why, run.key, Some(run))
            }
            None => match self.judge_resultless(directory, reach, reader)? {
                Some((why, key)) => (why, key, None),
                None => return Ok(None),
            },
        };
        if self
            .locks
            .holder(key)?
            .is_some_and(|holder| !holder.is_self())
        {
            return Ok(None);
        }
        self.found(directory, why, run, Some(key))
    }

    /// Judges a directory without a readable result, which does not say whose it is: only one that has the key of a config is of
    /// this experiment.
    fn judge_resultless(
        &self,
        directory: &str,
        reach: &Reach<'_>,
        reader: &mut ResultReader,
    ) -> Result<Option<(Unreached, Key)>, Error> {
        let Some(parsed) = Directory::parse(directory) else {
            return Ok(None);
        };
        let is_of = |key: &&Key| {
            key.short() == parsed.short && parsed.full.is_none_or(|full| full == **key)
        };
        let Some(key) = reach.keys.iter().find(is_of).copied() else {
            return Ok(None);
        };
        if reach.kept.contains(&key) {
            return Ok(None);
        }
        let why = match reader.result_in(self.files(), directory)? {
            // A process may be at work there whose lock cannot be seen.
            None if parsed.turn.is_none() && self.locking.is_lockless()? => return Ok(None),
            None => Unreached::Leftover,
            Some(Err(Unreadable::Damaged(_)))
                if Directory::is_aside(directory) || reach.has_later(directory) =>
            {
                Unreached::Aside
            }
            Some(_) => return Ok(None),
        };
        Ok(Some((why, key)))
    }

    fn remove_condemned(&self, directory: &str) -> Result<(), Error> {
        if self.files().tree_bytes(directory)?.is_none() {
            return Ok(());
        }
        self.files().remove_leftover(directory)
    }
}

/// Returns the name of a user, or the number if there is none; `None` for the user of this process.
fn user_name(user: u32) -> Option<String> {
    let user = Uid::from_raw(user);
    (user != Uid::effective()).then(|| {
        let known = User::from_uid(user).ok().flatten();
        known.map_or_else(|| user.to_string(), |user| user.name)
    })
}

fn is_condemned(name: &str) -> bool {
    name.strip_suffix(PRUNED)
        .is_some_and(|run| Directory::parse(run).is_some())
}
