//! [`shape_of`]: the leaves that values of a type have, learned from its `Deserialize` alone.
//!
//! A stored output that can no longer be decoded is all there is of its old type, and there is no value of the new one
//! to compare it with. So the new type is asked to deserialise itself from a deserializer that invents each value and
//! writes down what it was asked for.
//!
//! A type may refuse what is invented, and one refusal ends the whole attempt. The next attempt then asks for less, or
//! asks for what was refused last: fields of a struct may come in any order.

use std::collections::{HashMap, HashSet};

use serde::de::{self, DeserializeOwned, value::Error};

use super::{kind::Kind, probe_cursor::Cursor};

/// The kind of a map, which has leaves of its own only for its entries.
pub(crate) const MAP: &str = "map";

/// The kind of what was never asked for, or asked for without saying as what.
pub(crate) const UNKNOWN: &str = "unknown";

/// The deepest nesting that is followed.
const DEPTH_MAX: usize = 16;

/// How often a type may sit inside itself. That alone is no recursion: all instances of a generic type look the same.
const REENTRIES_MAX: usize = 2;

/// The most values that one attempt invents.
const VALUES_MAX: usize = 10_000;

const ATTEMPTS_MAX: usize = 64;

/// The paths and kinds of the leaves that a value of `T` has, in the order of their declaration.
///
/// They are those of [`leaves`](super::leaves::leaves()) on a value whose options are all there, except that
///
/// - an enum at the root has the path `""`, so that it cannot be taken for a field called `kind`;
/// - an enum has the fields of the first variant that can be invented;
/// - tuples and sequences are a `list` whatever they hold, and maps are a `map`;
/// - what is not known is `unknown`.
///
/// Types are told that the format is human-readable, as they are by `leaves`: an IP address is `text` in both, while
/// postcard stores four bytes.
pub(crate) fn shape_of<T: DeserializeOwned>() -> Vec<(String, String)> {
    let mut probe = Probe::default();
    for _ in 0..ATTEMPTS_MAX {
        if T::deserialize(Cursor { probe: &mut probe }).is_ok() || !probe.learn() {
            break;
        }
    }
    probe
        .found
        .into_iter()
        .map(|(path, kind)| (path, kind.to_owned()))
        .collect()
}

#[derive(Default)]
pub(crate) struct Probe {
    found: Vec<(String, &'static str)>,
    pub(crate) path: String,
    /// The structs and enums around the value.
    types: Vec<Type>,
    depth: usize,
    values: usize,
    /// Inside a list, whose items have no leaves.
    is_quiet: bool,
    /// The options and variants around the value, innermost last.
    exits: Vec<Exit>,
    failure: Option<Failure>,
    /// How often the value at a path was refused.
    refusals: HashMap<String, u32>,
    /// Second names of fields, which serde lists among the fields.
    pub(crate) aliases: HashSet<String>,
    /// The options that are to be none.
    pub(crate) closed: HashSet<String>,
    /// The variants to take where it is not the first.
    pub(crate) variants: HashMap<String, usize>,
}

/// A struct or enum: its name and those of its members. The addresses of both tell types of one name apart.
type Type = (&'static str, &'static [&'static str]);

/// A way to ask for less.
#[derive(Clone)]
pub(crate) enum Exit {
    Option(String),
    Variant(String, usize),
}

struct Failure {
    path: String,
    exit: Option<Exit>,
}

impl Probe {
    /// Prepares the next attempt; answers whether there is a reason for one.
    fn learn(&mut self) -> bool {
        self.path.clear();
        self.types.clear();
        self.exits.clear();
        self.depth = 0;
        self.values = 0;
        self.is_quiet = false;
        let Some(failure) = self.failure.take() else {
            return false;
        };
        let refusals = self.refusals.entry(failure.path).or_default();
        *refusals += 1;
        match failure.exit {
            Some(Exit::Option(path)) => self.closed.insert(path),
            Some(Exit::Variant(path, index)) => {
                self.variants.insert(path, index + 1) != Some(index + 1)
            }
            // Each other part is asked for before this one is asked for again.
            None => *refusals <= 2,
        }
    }

    pub(crate) fn note(&mut self, kind: &'static str) {
        if self.is_quiet {
            return;
        }
        match self.found.iter_mut().find(|(path, _)| *path == self.path) {
            Some((_, found)) if *found == UNKNOWN || *found == Kind::None.name() => *found = kind,
            Some(_) => {}
            None => self.found.insert(self.place(), (self.path.clone(), kind)),
        }
    }

    /// Where the next leaf goes: behind those of whatever it is a part of.
    fn place(&self) -> usize {
        let mut ancestor = self.path.as_str();
        loop {
            let last = |(path, _): &(String, _)| is_at_or_below(path, ancestor);
            if let Some(last) = self.found.iter().rposition(last) {
                return last + 1;
            }
            ancestor = ancestor.rsplit_once('.').map_or("", |(outer, _)| outer);
            if ancestor.is_empty() {
                return self.found.len();
            }
        }
    }

    /// Takes back a name that turned out to be none of a field.
    pub(crate) fn forget(&mut self, path: String) {
        self.found.retain(|(found, _)| *found != path);
        self.aliases.insert(path.clone());
        self.failure = Some(Failure { path, exit: None });
    }

    /// Puts a leaf for each field in the place of the struct, in the order of their declaration.
    fn note_fields(&mut self, fields: &[&'static str]) {
        if self.is_quiet {
            return;
        }
        let own = self.found.iter().position(|(path, _)| *path == self.path);
        let mut at = own.unwrap_or_else(|| self.place());
        if own.is_some() {
            self.found.remove(at);
        }
        for field in fields {
            let path = join(&self.path, field);
            let inside = format!("{path}.");
            if !self
                .found
                .iter()
                .any(|(found, _)| *found == path || found.starts_with(&inside))
            {
                self.found.insert(at, (path, UNKNOWN));
                at += 1;
            }
        }
    }

    /// The names of the struct's fields; those first that were refused least.
    pub(crate) fn fields(&mut self, names: &[&'static str]) -> Vec<&'static str> {
        let mut fields = names.to_vec();
        fields.retain(|name| !self.aliases.contains(&join(&self.path, name)));
        self.note_fields(&fields);
        fields.sort_by_cached_key(|name| self.refused_below(&join(&self.path, name)));
        fields
    }

    /// How often anything at or below a path was refused.
    fn refused_below(&self, path: &str) -> u32 {
        self.refusals
            .iter()
            .filter(|(refused, _)| is_at_or_below(refused, path))
            .map(|(_, times)| times)
            .sum()
    }

    /// Runs `inside` below a name. The innermost failure is remembered.
    pub(crate) fn within<R>(
        &mut self,
        name: &str,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let length = self.path.len();
        self.path = join(&self.path, name);
        let result = inside(self);
        if result.is_err() {
            self.fail();
        }
        self.path.truncate(length);
        result
    }

    fn fail(&mut self) {
        if !matches!(&self.failure, Some(failure) if is_at_or_below(&failure.path, &self.path)) {
            self.failure = Some(Failure {
                path: self.path.clone(),
                exit: self.exits.last().cloned(),
            });
        }
    }

    /// Runs `inside` one level deeper, unless that is too deep.
    pub(crate) fn deeper<R>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.values += 1;
        if self.depth == DEPTH_MAX || self.values > VALUES_MAX {
            self.fail();
            return Err(refusal("nested too deep"));
        }
        self.depth += 1;
        let result = inside(self);
        if result.is_err() {
            self.fail();
        }
        self.depth -= 1;
        result
    }

    /// As [`deeper`](Self::deeper), into a struct or an enum.
    pub(crate) fn enter<R>(
        &mut self,
        entered: Type,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let (name, members) = entered;
        let times = self.types.iter().filter(|(other_name, other_members)| {
            std::ptr::eq(*other_name, name) && std::ptr::eq(*other_members, members)
        });
        if !members.is_empty() && times.count() > REENTRIES_MAX {
            self.fail();
            return Err(refusal("inside itself"));
        }
        self.types.push(entered);
        let result = self.deeper(inside);
        self.types.pop();
        result
    }

    pub(crate) fn exit<R>(
        &mut self,
        exit: Exit,
        inside: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.exits.push(exit);
        let result = inside(self);
        if result.is_err() {
            self.fail();
        }
        self.exits.pop();
        result
    }

    /// Runs `inside` without noting anything.
    pub(crate) fn quietly<R>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> R {
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        let result = inside(self);
        self.is_quiet = was_quiet;
        result
    }
}

pub(crate) fn refusal(message: &str) -> Error {
    de::Error::custom(message)
}

pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Whether a path is another one, or leads to something inside it; everything is inside the root.
pub(crate) fn is_at_or_below(path: &str, other: &str) -> bool {
    path.strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || other.is_empty() || rest.starts_with('.'))
}
