//! Finds what a run reaches by name, and makes a digest of each part.
//!
//! Names are not resolved: a name stands for every item of that name. So more may count than is used, and nothing less.

use std::path::Path;

use super::{
    item::{ByName, Item, Name, Names, Reach, hash},
    tree::{Files, Tree},
    visit::{BARE, BEHIND_PATH, CALLED, START, Visit, mix},
};

/// Words that nothing is named by.
const COMMON: &str = "as async await bool break char const continue crate dyn else enum expr extern f32 f64 false fn for i128 i16 i32 i64 i8 \
     ident if impl in isize let loop match mod move mut pub ref return self Self static str struct super trait true tt ty \
     type u128 u16 u32 u64 u8 unsafe use usize where while";

/// The part of the program from which everything is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// An implementation of `Experiment`.
    Block(usize),
    /// A function with such an implementation in it.
    Item(usize),
}

/// Returns the path and the digest of each part that is reached, in no order.
pub(super) fn reach(
    tree: &Tree,
    files: &dyn Files,
    directory: &Path,
    crates: &Names,
    start: Start,
) -> Vec<(String, u64)> {
    let mut graph = Graph::new(tree, files, directory, crates);
    match start {
        Start::Item(item) => graph.reach(item),
        Start::Block(block) => {
            graph.own = Some(block);
            graph.activate(block);
        }
    }
    while let Some(item) = graph.open.pop() {
        let digest = graph.visit(item);
        graph
            .found
            .push((tree.items.all[item].path.clone(), digest));
    }
    graph.found
}

pub(super) struct Graph<'a> {
    pub(super) tree: &'a Tree,
    files: &'a dyn Files,
    /// The directory of the package, for the files that its code includes.
    directory: &'a Path,
    /// The items by each of their names.
    named: ByName<Vec<usize>>,
    /// The blocks that count once a name is mentioned.
    blocks: ByName<Vec<usize>>,
    modules: ByName<Vec<usize>>,
    /// Whether anything depends on a name whose hash ends with these bits.
    is_known: Vec<bool>,
    types: Names,
    traits: Names,
    pub(super) macros: Names,
    /// The calls of these macros beside other items, which may make items with the names in the macros.
    calls: ByName<Vec<usize>>,
    made_by: ByName<Vec<Name>>,
    is_whole: Vec<bool>,
    own: Option<usize>,
    mentioned: ByName<u8>,
    /// The same for each module.
    mentioned_in: ByName<u8>,
    is_reached: Vec<bool>,
    is_active: Vec<bool>,
    open: Vec<usize>,
    found: Vec<(String, u64)>,
}

impl<'a> Graph<'a> {
    fn new(tree: &'a Tree, files: &'a dyn Files, directory: &'a Path, crates: &Names) -> Self {
        let items = &tree.items;
        let mut graph = Self {
            tree,
            files,
            directory,
            named: ByName::default(),
            blocks: ByName::default(),
            modules: ByName::default(),
            is_known: vec![false; 1 << 16],
            macros: Names::default(),
            types: Names::default(),
            traits: Names::default(),
            calls: ByName::default(),
            made_by: ByName::default(),
            is_whole: vec![false; items.blocks.len()],
            own: None,
            mentioned: ByName::default(),
            mentioned_in: ByName::default(),
            is_reached: vec![false; items.all.len()],
            is_active: vec![false; items.blocks.len()],
            open: Vec::new(),
            found: Vec::new(),
        };
        graph.name_items();
        for (number, module) in items.modules.iter().enumerate() {
            let name = module.path.rsplit("::").next().unwrap_or_default();
            let name = hash(name.as_bytes());
            graph.is_known[bits(name)] = true;
            graph.modules.entry(name).or_default().push(number);
        }
        graph.name_blocks(crates);
        graph
    }

    fn name_items(&mut self) {
        let mut loose = Vec::new();
        for (number, item) in self.tree.items.all.iter().enumerate() {
            if matches!(item.reach, Reach::Never | Reach::Block) {
                continue;
            }
            if item.reach == Reach::AnyName {
                loose.push(number);
                continue;
            }
            let name = item.names[0];
            self.name(name, number);
            if item.is_type {
                self.types.insert(name);
            }
            if item.head_of.is_some() {
                self.traits.insert(name);
            }
            if item.is_macro {
                self.macros.insert(name);
            }
        }
        self.name_loose(&loose);
    }

    /// Finds the names that make each implementation count, and those of whose traits the program has no source.
    fn name_blocks(&mut self, crates: &Names) {
        for (number, block) in self.tree.items.blocks.iter().enumerate() {
            let head = &self.tree.items.all[block.head];
            if block.is_trait || head.head_of.is_none() {
                continue;
            }
            let known = |names: &[Name]| -> Vec<Name> {
                let names = names.iter().copied();
                names.filter(|name| self.types.contains(name)).collect()
            };
            let mut keys = known(&block.types);
            if let Some(name) = block.of_trait.last() {
                if keys.is_empty() {
                    keys = known(&block.arguments);
                }
                let has_name = self.traits.contains(name);
                if has_name {
                    keys.push(*name);
                }
                let is_seen = has_name && self.is_seen(&block.of_trait, head.module, crates);
                self.is_whole[number] = !is_seen && !block.is_experiment;
            }
            if keys.is_empty() {
                // Types that a macro makes.
                keys.clone_from(&block.types);
            }
            for key in keys {
                self.is_known[bits(key)] = true;
                self.blocks.entry(key).or_default().push(number);
            }
        }
    }

    /// Returns whether the path of a trait, as it is written in a module, leads to one whose source is here.
    fn is_seen(&self, of_trait: &[Name], module: usize, crates: &Names) -> bool {
        let items = &self.tree.items;
        let own = ["crate", "self", "super"].map(|word| hash(word.as_bytes()));
        let is_own = |path: &[Name]| {
            let first = path.first().copied().unwrap_or_default();
            let mut children = self.modules.get(&first).into_iter().flatten();
            own.contains(&first)
                || crates.contains(&first)
                || children.any(|child| items.modules[*child].parent == Some(module))
        };
        let is_here = |number: &usize| {
            let item = &items.all[*number];
            item.module == module && (item.head_of.is_some() || is_own(&item.target))
        };
        match of_trait {
            [name] => self
                .named
                .get(name)
                .is_some_and(|items| items.iter().any(is_here)),
            path => is_own(path),
        }
    }

    fn name(&mut self, name: Name, item: usize) {
        self.is_known[bits(name)] = true;
        self.named.entry(name).or_default().push(item);
    }

    /// Names items by all words in them, and by those in the macros of the program that they call.
    fn name_loose(&mut self, loose: &[usize]) {
        let tree = self.tree;
        let common: Names = COMMON
            .split(' ')
            .map(|word| hash(word.as_bytes()))
            .collect();
        for number in loose {
            for name in &tree.items.all[*number].names {
                if self.macros.contains(name) {
                    self.calls.entry(*name).or_default().push(*number);
                } else if !common.contains(name) {
                    self.name(*name, *number);
                }
            }
        }
        let called: Vec<Name> = self.calls.keys().copied().collect();
        for name in called {
            for item in self.named[&name].clone() {
                let item = &tree.items.all[item];
                let source = &tree.files[item.file].source;
                let tokens = item.ranges.iter().flat_map(|(start, end)| *start..*end);
                let words: Names = tokens
                    .filter(|at| source.is_word(*at))
                    .map(|at| hash(source.word(at).as_bytes()))
                    .collect();
                for word in words.difference(&common) {
                    self.is_known[bits(*word)] = true;
                    self.made_by.entry(*word).or_default().push(name);
                }
            }
        }
    }

    pub(super) fn is_known(&self, name: Name) -> bool {
        self.is_known[bits(name)]
    }

    fn reach(&mut self, item: usize) {
        if !self.is_reached[item] {
            self.is_reached[item] = true;
            self.open.push(item);
        }
    }

    fn activate(&mut self, block: usize) {
        if self.is_active[block] {
            return;
        }
        self.is_active[block] = true;
        let tree = self.tree;
        let block_of = &tree.items.blocks[block];
        self.reach(block_of.head);
        for member in &block_of.members {
            let name = tree.items.all[*member].names[0];
            let kinds = self.mentioned.get(&name).copied().unwrap_or(0);
            if self.is_whole[block] || self.counts(block, name, kinds) {
                self.reach(*member);
            }
        }
    }

    /// Returns whether the member `name` of an active block counts if it is mentioned in the ways `kinds`.
    fn counts(&self, block: usize, name: Name, kinds: u8) -> bool {
        let is_experiment = self.own == Some(block) || self.tree.items.blocks[block].is_experiment;
        if is_experiment {
            name == hash(b"run") || name == hash(b"needs") || kinds & BEHIND_PATH != 0
        } else {
            kinds & (CALLED | BEHIND_PATH) != 0
        }
    }

    pub(super) fn mention(&mut self, name: Name, kinds: u8, module: usize) {
        if !self.is_known(name) {
            return;
        }
        let known = self
            .mentioned_in
            .entry(mix(name, module as u64))
            .or_default();
        if *known & kinds == kinds {
            return;
        }
        *known |= kinds;
        let tree = self.tree;
        *self.mentioned.entry(name).or_default() |= kinds;
        let is_name = kinds & (BARE | BEHIND_PATH) != 0;
        if let Some(items) = self.named.get(&name) {
            let reached: Vec<usize> = items
                .iter()
                .copied()
                .filter(|number| {
                    let item = &tree.items.all[*number];
                    !self.is_reached[*number]
                        && match item.reach {
                            Reach::Name => is_name,
                            Reach::AnyName => true,
                            Reach::NameInside => is_name && self.is_inside(module, item.module),
                            Reach::Member(block) if tree.items.blocks[block].is_trait => {
                                kinds & (CALLED | BEHIND_PATH) != 0
                            }
                            Reach::Member(block) => {
                                self.is_active[block] && self.counts(block, name, kinds)
                            }
                            Reach::Block | Reach::Never => false,
                        }
                })
                .collect();
            for number in reached {
                self.reach(number);
                if let Reach::Member(block) = tree.items.all[number].reach
                    && tree.items.blocks[block].is_trait
                {
                    let head = &tree.items.all[tree.items.blocks[block].head];
                    self.mention(head.names[0], BARE, head.module);
                }
            }
        }
        for of_macro in self.made_by.remove(&name).unwrap_or_default() {
            for call in self.calls.remove(&of_macro).unwrap_or_default() {
                self.reach(call);
            }
        }
        if is_name {
            for block in self.blocks.remove(&name).unwrap_or_default() {
                self.activate(block);
            }
            for module in self.modules.remove(&name).unwrap_or_default() {
                self.globs(module);
            }
        }
    }

    fn is_inside(&self, mut module: usize, outer: usize) -> bool {
        loop {
            if module == outer {
                return true;
            }
            match self.tree.items.modules[module].parent {
                Some(parent) => module = parent,
                None => return false,
            }
        }
    }

    fn globs(&mut self, module: usize) {
        let tree = self.tree;
        for glob in &tree.items.modules[module].globs {
            self.reach(*glob);
        }
    }

    /// Takes what an item mentions and returns its digest.
    fn visit(&mut self, number: usize) -> u64 {
        let tree = self.tree;
        let item = &tree.items.all[number];
        self.globs(item.module);
        let mut digest = item
            .target
            .iter()
            .fold(START, |digest, name| mix(digest, *name));
        for name in &item.target {
            self.mention(*name, BARE, item.module);
        }
        for range in &item.ranges {
            digest = Visit::new(self, item, digest).range(*range);
        }
        digest
    }

    pub(super) fn included(&self, item: &Item, path: &str, is_in_package: bool) -> u64 {
        let directory = if is_in_package {
            Some(self.directory)
        } else {
            self.tree.files[item.file].path.parent()
        };
        let path = directory
            .unwrap_or(Path::new(""))
            .join(path.trim_start_matches(if is_in_package { '/' } else { '\0' }));
        self.files.read(&path).map_or(0, |bytes| hash(&bytes))
    }
}

fn bits(name: Name) -> usize {
    (name & 0xFFFF) as usize
}
