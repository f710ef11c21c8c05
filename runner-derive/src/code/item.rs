//! The items of a program, in the parts that a change is told by: functions and constants of types one by one.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// The hash of a name, by which names are compared.
pub(super) type Name = u64;

pub(super) type Names = HashSet<Name, BuildHasherDefault<AsItIs>>;
pub(super) type ByName<T> = HashMap<Name, T, BuildHasherDefault<AsItIs>>;

/// Names are hashes already.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes);
    }

    fn write_u64(&mut self, name: u64) {
        self.0 = name;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Returns the hash of a name or another piece of text (FNV-1a).
pub(super) fn hash(text: &[u8]) -> Name {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < text.len() {
        hash = (hash ^ u64::from(text[at])).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

/// A module of a crate.
pub(super) struct Module {
    /// The path that people see, without the name of the crate for the crate of the experiment.
    pub(super) path: String,
    pub(super) parent: Option<usize>,
    pub(super) globs: Vec<usize>,
}

/// What makes an item count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Its name, but not as that of a method.
    Name,
    /// Its name in its module and in those inside it.
    NameInside,
    /// Any of its names in whatever place: what a macro defines is not known.
    AnyName,
    /// Its name as that of a method or behind a path, if its block counts.
    Member(usize),
    /// Only its block or its module.
    Block,
    /// Nothing: `main`, tests.
    Never,
}

/// A range of tokens, without its end.
pub(super) type Range = (usize, usize);

/// A part of a program that is compared as one.
pub(super) struct Item {
    pub(super) file: usize,
    pub(super) module: usize,
    /// The path that people see.
    pub(super) path: String,
    pub(super) reach: Reach,
    pub(super) names: Vec<Name>,
    pub(super) ranges: Vec<Range>,
    /// For a name from `use`, the path behind it: each word as a name, and their text.
    pub(super) target: Vec<Name>,
    pub(super) is_macro: bool,
    /// Whether its name is that of a type or a trait.
    pub(super) is_type: bool,
    /// The trait or the implementation that this is the head of.
    pub(super) head_of: Option<usize>,
}

/// A trait or an implementation, whose functions and constants are items of their own.
pub(super) struct Block {
    /// The item of its head, which has its associated types too.
    pub(super) head: usize,
    /// The names in the type that it is for.
    pub(super) types: Vec<Name>,
    /// The path of the trait, and the names in its arguments.
    pub(super) of_trait: Vec<Name>,
    pub(super) arguments: Vec<Name>,
    pub(super) is_trait: bool,
    pub(super) is_experiment: bool,
    /// Where it stands, with all members.
    pub(super) range: Range,
    pub(super) members: Vec<usize>,
}
