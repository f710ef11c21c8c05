//! [`Directory`]: the name of a run's directory: `<name>-<key>`, or without locks `<name>-<key>+N`; set aside, with `~N`.
//! [`Listings`]: the directories of a store, by the first 64 bits of the key.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::HashSet,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

use super::{
    layout,
    locking::{Locking, machine, pid},
};
use crate::{
    base::{Error, locked},
    value::Key,
};

/// Maximum length of a run's name in the name of its directory; file systems allow 255 bytes for the whole.
const NAME_BYTES_MAX: usize = 100;

/// A directory name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    /// The first 64 bits of the key.
    pub(crate) short: u64,
    /// The whole key, where the name carries 32 digits.
    pub(crate) full: Option<Key>,
    /// The number behind `+`, for a result that was published without locks.
    pub(crate) turn: Option<u32>,
    /// The number behind `~`, for a directory that was set aside.
    pub(crate) aside: Option<u32>,
}

impl Directory {
    /// The directory name for a run called `name`; 32 digits tell apart keys whose first 64 bits are the same.
    pub(crate) fn name(name: &str, key: Key, digits: Digits) -> String {
        let mut directory = String::with_capacity(name.len() + 34);
        Self::push_name(&mut directory, name, key, digits);
        directory
    }

    /// Adds that name to the end of a text.
    pub(crate) fn push_name(text: &mut String, name: &str, key: Key, digits: Digits) {
        text.push_str(&safe_name(name));
        // Writing into a `String` cannot fail.
        let _ = match digits {
            Digits::Short => write!(text, "-{:016x}", key.short()),
            Digits::Full => write!(text, "-{key}"),
        };
    }

    /// Returns whether a run's directory is one that was set aside.
    pub(crate) fn is_aside(directory: &str) -> bool {
        directory.contains('~')
            && Self::parse(directory).is_some_and(|parsed| parsed.aside.is_some())
    }

    /// Takes a directory name apart; `None` for what is no run's directory.
    pub(crate) fn parse(directory: &str) -> Option<Self> {
        let (base, aside) = split_number(directory, '~')?;
        let (base, turn) = split_number(base, '+')?;
        let (_, digits) = base.rsplit_once('-')?;
        if !digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            return None;
        }
        match digits.len() {
            16 => Some(Self {
                short: u64::from_str_radix(digits, 16).ok()?,
                full: None,
                turn,
                aside,
            }),
            32 => {
                let key = Key::from_u128(u128::from_str_radix(digits, 16).ok()?);
                Some(Self {
                    short: key.short(),
                    full: Some(key),
                    turn,
                    aside,
                })
            }
            _ => None,
        }
    }
}

/// Takes the number behind `mark` off the end of a name, if there is one; `None` if it is too large.
fn split_number(name: &str, mark: char) -> Option<(&str, Option<u32>)> {
    match name.rsplit_once(mark) {
        Some((base, number))
            if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Some((base, Some(number.parse().ok()?)))
        }
        _ => Some((name, None)),
    }
}

/// The part of the key that a directory name carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digits {
    Short,
    Full,
}

/// Makes a run's name safe as the start of a file name: nothing that separates paths, hides the file, steers a
/// terminal or is too long. Different names may become the same; the key tells them apart.
fn safe_name(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    if !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let mut safe = String::with_capacity(name.len());
    for character in name.chars() {
        let character = if character.is_control()
            || is_invisible(character)
            || matches!(character, '/' | '\\' | ':')
        {
            '_'
        } else {
            character
        };
        if safe.len() + character.len_utf8() > NAME_BYTES_MAX {
            break;
        }
        safe.push(character);
    }
    let trimmed = safe.trim();
    let visible = trimmed.trim_start_matches('.');
    Cow::Owned(match (visible.is_empty(), trimmed.len() - visible.len()) {
        (true, _) => "run".to_owned(),
        (false, 0) => visible.to_owned(),
        (false, _) => format!("_{visible}"),
    })
}

/// Characters that reorder or hide the text around them.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Ends the name of the directory of an attempt that no lock protects. It does not end in a key, so no result is looked for
/// there.
const UNFINISHED: &str = ".unfinished";

/// The name `<run>.<machine>-<pid>-<store>.unfinished` taken apart. It says which process made it: only on the same machine can
/// anything tell that this process is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfinished {
    /// The first 64 bits of the key.
    pub(super) short: u64,
    /// Not known where it is 0.
    machine: u64,
    pid: i32,
    /// The number of the store in that process.
    store: u64,
}

impl Unfinished {
    /// Returns the name of a directory for the store with this number, beside `run`.
    pub(super) fn name(run: &str, store: u64) -> String {
        let machine = machine().unwrap_or(0);
        format!("{run}.{machine:016x}-{}-{store:016x}{UNFINISHED}", pid())
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        let (run, maker) = name.strip_suffix(UNFINISHED)?.rsplit_once('.')?;
        let mut parts = maker.split('-');
        let mut part = || parts.next();
        Some(Self {
            short: Directory::parse(run)?.short,
            machine: u64::from_str_radix(part()?, 16).ok()?,
            pid: part()?.parse().ok().filter(|&pid| pid > 0)?,
            store: u64::from_str_radix(part()?, 16).ok()?,
        })
    }

    /// Returns whether the process that made it is certainly gone.
    pub(super) fn is_abandoned(&self) -> bool {
        machine().is_some_and(|machine| machine == self.machine)
            && kill(Pid::from_raw(self.pid), None) == Err(Errno::ESRCH)
    }
}

/// The last listing of a store, and where it is outdated.
pub(super) struct Listings {
    locking: Arc<Locking>,
    /// Made when it is first needed.
    last: RwLock<Option<Arc<Listing>>>,
    presence: Mutex<Presence>,
    /// The first bits of the keys whose directories this store changed since the listing.
    touched: Mutex<HashSet<u64>>,
}

/// Other processes that may publish under changing names.
#[derive(Debug, Default)]
struct Presence {
    has_arrived: bool,
    /// The number of arrivals before the last listing, if this store was alone.
    arrivals: Option<u64>,
}

/// The run directories of a store, compactly: a hundred thousand take a few megabytes.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: String,
    /// By key; of one key, the directories in use come before those set aside. The newest are first: those published without
    /// locks, from the last turn on, before the one that needs none.
    entries: Vec<ListedDirectory>,
    /// The directories of attempts without locks.
    unfinished: Vec<(String, Unfinished)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ListedDirectory {
    short: u64,
    turn: Option<u32>,
    aside: Option<u32>,
    start: usize,
    bytes: u8,
}

impl Listings {
    pub(super) fn new(locking: &Arc<Locking>) -> Self {
        Self {
            locking: Arc::clone(locking),
            last: RwLock::default(),
            presence: Mutex::default(),
            touched: Mutex::default(),
        }
    }

    /// Returns the listing, made now if there was none.
    pub(super) fn get(&self) -> Result<Arc<Listing>, Error> {
        match self.last() {
            Some(listing) => Ok(listing),
            None => self.again(),
        }
    }

    pub(super) fn last(&self) -> Option<Arc<Listing>> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Makes the listing anew.
    pub(super) fn again(&self) -> Result<Arc<Listing>, Error> {
        let mut listing = Listing::default();
        let files = &self.locking.files;
        files.list(layout::ROOT, &mut |name| listing.add(name))?;
        let listing = Arc::new(listing.finish());
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Arc::clone(&listing));
        Ok(listing)
    }

    /// Returns a listing that shows what others published of a key until this store locked it.
    ///
    /// It is made again unless this store was alone when the last one was made and no other has come since: a listing a run
    /// would make many runs quadratic.
    pub(super) fn fresh(&self) -> Result<Arc<Listing>, Error> {
        let disk = &self.locking.files.disk;
        let mut presence = locked(&self.presence);
        if !presence.has_arrived {
            disk.arrive().map_err(|error| self.locking.error(error))?;
            presence.has_arrived = true;
        }
        let arrivals = disk
            .arrivals_if_alone()
            .map_err(|error| self.locking.error(error))?;
        if arrivals.is_some()
            && arrivals == presence.arrivals
            && let Some(listing) = self.last()
        {
            return Ok(listing);
        }
        let listing = self.again()?;
        presence.arrivals = arrivals;
        Ok(listing)
    }

    pub(super) fn is_touched(&self, short: u64) -> bool {
        locked(&self.touched).contains(&short)
    }

    /// Notes that the listing is wrong about a key from now on.
    pub(super) fn touch(&self, short: u64) {
        locked(&self.touched).insert(short);
    }
}

impl Listing {
    /// Adds a name; what is no run's directory is left out.
    pub(super) fn add(&mut self, name: &str) {
        let Some(directory) = Directory::parse(name) else {
            let unfinished = Unfinished::parse(name);
            let unfinished = unfinished.map(|parsed| (name.to_owned(), parsed));
            self.unfinished.extend(unfinished);
            return;
        };
        // No file system has longer names.
        let Ok(bytes) = u8::try_from(name.len()) else {
            return;
        };
        self.entries.push(ListedDirectory {
            short: directory.short,
            turn: directory.turn,
            aside: directory.aside,
            start: self.names.len(),
            bytes,
        });
        self.names.push_str(name);
    }

    /// Makes the listing ready to be asked.
    pub(super) fn finish(mut self) -> Self {
        self.entries.sort_unstable_by_key(|entry| {
            (
                entry.short,
                entry.aside.is_some(),
                Reverse(entry.turn),
                Reverse(entry.aside),
                entry.start,
            )
        });
        self.unfinished
            .sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.names.shrink_to_fit();
        self.entries.shrink_to_fit();
        self
    }

    /// The directories of a key, those in use first, then those set aside, each from the newest on.
    pub(super) fn of(&self, short: u64) -> impl Iterator<Item = &str> {
        let start = self.entries.partition_point(|entry| entry.short < short);
        self.entries[start..]
            .iter()
            .take_while(move |entry| entry.short == short)
            .map(|entry| self.name(entry))
    }

    /// All directories, by key.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| self.name(entry))
    }

    /// The directories of attempts without locks, in the order of their names.
    pub(super) fn unfinished(&self) -> &[(String, Unfinished)] {
        &self.unfinished
    }

    fn name(&self, entry: &ListedDirectory) -> &str {
        &self.names[entry.start..entry.start + usize::from(entry.bytes)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::from_u128(0x0123_4567_89ab_cdef_0011_2233_4455_6677);

    fn check(name: &str, expected: &str) {
        let directory = Directory::name(name, KEY, Digits::Short);
        assert_eq!(directory, format!("{expected}-0123456789abcdef"));
        assert!(
            directory.len() <= 255 - 32,
            "{directory} leaves no room for suffixes"
        );
        let parsed = Directory::parse(&directory).expect("what is written is read");
        assert_eq!(parsed.short, KEY.short());
    }

    #[test]
    fn names_never_leave_the_directory() {
        check("base", "base");
        check("a/b", "a_b");
        check("../../etc", "__.._etc");
        check("..", "run");
        check(".hidden", "_hidden");
        check("a\0b\u{1b}[2J", "a_b_[2J");
        check("", "run");
        check("  ", "run");
        check("🦀 emoji", "🦀 emoji");
        check(&"x".repeat(300), &"x".repeat(NAME_BYTES_MAX));
        check(&"é".repeat(300), &"é".repeat(NAME_BYTES_MAX / 2));
    }

    #[test]
    fn set_aside_and_full_names_are_read_back() {
        let full = Directory::name("base", KEY, Digits::Full);
        assert_eq!(
            Directory::parse(&full).and_then(|parsed| parsed.full),
            Some(KEY)
        );
        let aside = Directory::parse("base-0123456789abcdef~12").expect("it is a run's directory");
        assert_eq!((aside.short, aside.aside), (KEY.short(), Some(12)));
        let turn = Directory::parse("a+1-0123456789abcdef+3~1").expect("it is a run's directory");
        assert_eq!(
            (turn.short, turn.turn, turn.aside),
            (KEY.short(), Some(3), Some(1))
        );
    }

    #[test]
    fn other_directories_are_not_runs() {
        for name in [
            ".runner",
            "notes",
            "base-123",
            "base-0123456789ABCDEF",
            "0123456789abcdef",
            "a-0123456789abcdef~",
            "a-0123456789abcdef+",
            "a-0123456789abcdef~1+1",
        ] {
            assert_eq!(Directory::parse(name), None, "{name}");
        }
    }
}
