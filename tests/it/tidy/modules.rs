//! The modules of a crate, and which file uses which other one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    rooms::room,
    tokens::{Token, closing, is_word, production, text},
};

/// Keywords whose next word is the name of an item.
const NAMING: [&str; 8] = [
    "const", "enum", "fn", "static", "struct", "trait", "type", "union",
];

/// Those of them that define a type.
const TYPES: [&str; 5] = ["enum", "struct", "trait", "type", "union"];

/// The text of each file, by its path below `src`.
pub(super) type Sources = BTreeMap<String, String>;

pub(super) struct Crate {
    modules: Vec<Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    /// Names from the root of the crate.
    path: Vec<String>,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    imports: Vec<Import>,
    uses: Vec<Use>,
    /// The types that it defines, with their lines.
    types: Vec<(String, usize)>,
    /// The words outside `use`.
    words: BTreeSet<String>,
}

/// One name that a `use` brings; `*` for all names.
struct Import {
    name: String,
    is_public: bool,
    of: Use,
}

/// A path as it is written.
pub(super) struct Use {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
}

/// A path in one file that leads to something that another file defines.
pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) line: usize,
    pub(super) path: String,
    pub(super) to: String,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            line,
            path,
            to,
        } = self;
        write!(f, "{from}:{line}: `{path}` is in {to}")
    }
}

#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// Something that is defined in this module.
    Item(usize),
    /// Something of another crate.
    Outside,
}

impl Crate {
    pub(super) fn read(sources: &Sources) -> Self {
        let mut modules = Self {
            modules: Vec::new(),
        };
        modules.add_file(sources, "lib.rs", &[]);
        modules
    }

    fn add_file(&mut self, sources: &Sources, file: &str, path: &[String]) -> usize {
        self.add_module(sources, file, path, &production(&sources[file]))
    }

    fn add_module(
        &mut self,
        sources: &Sources,
        file: &str,
        path: &[String],
        tokens: &[Token],
    ) -> usize {
        let this = self.modules.len();
        let mut module = Module {
            file: file.to_owned(),
            path: path.to_owned(),
            ..Module::default()
        };
        self.modules.push(Module::default());
        let mut at = 0;
        // The end of the block of the last `impl` or `trait`: a `type` in it is an associated one.
        let mut associated = 0;
        while at < tokens.len() {
            let next = text(tokens, at + 1);
            let keyword = text(tokens, at);
            let begins = at == 0 || ["}", ";", "pub", ")"].contains(&text(tokens, at - 1));
            if keyword == "trait" || keyword == "impl" && begins {
                let block = (at..tokens.len()).find(|&place| text(tokens, place) == "{");
                associated = block.map_or(at, |block| closing(tokens, block));
            }
            let is_variable = at > 0 && text(tokens, at - 1) == "$";
            let is_type = TYPES.contains(&keyword) && is_word(next) && !is_variable;
            if is_type && (keyword != "type" || at > associated) {
                module.types.push((next.to_owned(), tokens[at].line));
            }
            match keyword {
                "mod" => {
                    let below = [path, &[next.to_owned()]].concat();
                    let child = if text(tokens, at + 2) == "{" {
                        let end = closing(tokens, at + 2);
                        let inside = at + 3..end;
                        at = end;
                        self.add_module(sources, file, &below, &tokens[inside])
                    } else {
                        self.add_file(sources, &child_file(sources, file, next), &below)
                    };
                    module.children.insert(next.to_owned(), child);
                }
                "use" if next != "<" => {
                    let is_public = at > 0 && ["pub", ")"].contains(&text(tokens, at - 1));
                    at = imports(tokens, at + 1, &[], is_public, &mut module.imports);
                }
                "macro_rules" => {
                    module.items.insert(text(tokens, at + 2).to_owned());
                }
                keyword if NAMING.contains(&keyword) && is_word(next) => {
                    module.items.insert(next.to_owned());
                }
                word if is_word(word) && next == "::" => {
                    module.words.insert(word.to_owned());
                    let line = tokens[at].line;
                    let is_whole = at == 0 || ![".", "::"].contains(&text(tokens, at - 1));
                    let mut written = vec![word.to_owned()];
                    while text(tokens, at + 1) == "::" && is_word(text(tokens, at + 2)) {
                        at += 2;
                        written.push(text(tokens, at).to_owned());
                    }
                    if is_whole {
                        let path = written;
                        module.uses.push(Use { line, path });
                    }
                }
                word => {
                    module.words.insert(word.to_owned());
                }
            }
            at += 1;
        }
        self.modules[this] = module;
        this
    }

    /// Returns each type that is defined, with its file and line; no associated types.
    pub(super) fn types(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        self.modules.iter().flat_map(|module| {
            let types = module.types.iter();
            types.map(|(name, line)| (name.as_str(), module.file.as_str(), *line))
        })
    }

    /// Returns each path that is written in a file, those of `use` in full.
    pub(super) fn uses(&self) -> impl Iterator<Item = (&str, &Use)> {
        self.modules.iter().flat_map(|module| {
            let imports = module.imports.iter().map(|import| &import.of);
            let file = module.file.as_str();
            imports.chain(&module.uses).map(move |of| (file, of))
        })
    }

    /// Returns what each file uses of other ones. A module that only re-exports or names what is below it does not use it.
    ///
    /// # Panics
    ///
    /// If a path of this crate leads to nothing: then the rules would see less than there is.
    pub(super) fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (this, module) in self.modules.iter().enumerate() {
            let imports = module.imports.iter().map(|import| {
                let is_passed_on = import.is_public && !module.words.contains(&import.name);
                (&import.of, is_passed_on)
            });
            for (of, is_passed_on) in imports.chain(module.uses.iter().map(|of| (of, false))) {
                let targets = self.resolve(this, &of.path, &mut BTreeSet::new());
                assert!(
                    !targets.is_empty(),
                    "{}:{}: {:?} leads to nothing",
                    module.file,
                    of.line,
                    of.path
                );
                let used = |target| self.used(module, target, is_passed_on);
                let mut files: BTreeSet<&str> = targets.into_iter().filter_map(used).collect();
                let rooms: BTreeSet<&str> = files.iter().map(|file| room(file)).collect();
                let passed = self.passed(this, &of.path).filter_map(used);
                files.extend(passed.filter(|file| {
                    !rooms.contains(room(file)) && room(file) != room(&module.file)
                }));
                files.remove(module.file.as_str());
                arrows.extend(files.into_iter().map(|file| Arrow {
                    from: module.file.clone(),
                    line: of.line,
                    path: of.path.join("::"),
                    to: file.to_owned(),
                }));
            }
        }
        arrows
    }

    /// Returns the file that `module` uses when it names `target`.
    fn used(&self, module: &Module, target: Target, is_passed_on: bool) -> Option<&str> {
        let (other, is_module) = match target {
            Target::Module(other) => (&self.modules[other], true),
            Target::Item(other) => (&self.modules[other], false),
            Target::Outside => return None,
        };
        let is_below = other.path.starts_with(&module.path);
        let is_above = module.path.starts_with(&other.path);
        let only_named = is_below && (is_passed_on || is_module) || is_above && is_module;
        (!only_named).then_some(other.file.as_str())
    }

    /// Returns the modules, except the root, through which a path goes.
    fn passed(&self, from: usize, path: &[String]) -> impl Iterator<Item = Target> {
        (1..path.len())
            .flat_map(move |length| self.resolve(from, &path[..length], &mut BTreeSet::new()))
            .filter(|target| matches!(target, Target::Module(passed) if *passed != 0))
    }

    /// Returns what `path`, written in `from`, leads to: a module and a function may have the same name.
    fn resolve(
        &self,
        from: usize,
        path: &[String],
        seen: &mut BTreeSet<(usize, String)>,
    ) -> Vec<Target> {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let (mut targets, names) = match path[0].as_str() {
            "crate" => (vec![Target::Module(0)], &path[1..]),
            "self" => (vec![Target::Module(from)], &path[1..]),
            "super" => {
                let above = self.modules[from].path.len() - supers;
                let above = &self.modules[from].path[..above];
                let above = self.modules.iter().position(|module| module.path == above);
                (
                    vec![Target::Module(above.expect("there is a module above"))],
                    &path[supers..],
                )
            }
            first => match self.find(from, first, seen) {
                found if found.is_empty() => (vec![Target::Outside], &path[1..]),
                found => (found, &path[1..]),
            },
        };
        for name in names {
            let mut next = Vec::new();
            for target in &targets {
                if let Target::Module(module) = target {
                    next.extend(self.find(*module, name, seen));
                }
            }
            if next.is_empty() {
                // A variant or an associated item is where its type is.
                targets.retain(|target| !matches!(target, Target::Module(_)));
                next = targets;
            }
            targets = next;
        }
        targets
    }

    /// Returns what `name` is in `module`.
    fn find(&self, module: usize, name: &str, seen: &mut BTreeSet<(usize, String)>) -> Vec<Target> {
        let key = (module, name.to_owned());
        if !seen.insert(key.clone()) {
            return Vec::new();
        }
        let scope = &self.modules[module];
        let mut found = Vec::new();
        found.extend(scope.children.get(name).map(|child| Target::Module(*child)));
        if scope.items.contains(name) {
            found.push(Target::Item(module));
        }
        for import in scope.imports.iter().filter(|import| import.name == name) {
            found.extend(self.resolve(module, &import.of.path, seen));
        }
        if found.is_empty() {
            for import in scope.imports.iter().filter(|import| import.name == "*") {
                for target in self.resolve(module, &import.of.path, seen) {
                    if let Target::Module(other) = target {
                        found.extend(self.find(other, name, seen));
                    }
                }
            }
        }
        seen.remove(&key);
        found
    }
}

fn child_file(sources: &Sources, file: &str, name: &str) -> String {
    let directory = match file.rsplit_once('/') {
        Some((directory, "mod.rs")) => format!("{directory}/"),
        None if file == "lib.rs" => String::new(),
        _ => format!("{}/", file.trim_end_matches(".rs")),
    };
    [
        format!("{directory}{name}.rs"),
        format!("{directory}{name}/mod.rs"),
    ]
    .into_iter()
    .find(|file| sources.contains_key(file))
    .unwrap_or_else(|| panic!("{file} declares `{name}`, which has no file"))
}

/// Reads the tree of a `use` at `at`. Returns the place behind it.
fn imports(
    tokens: &[Token],
    mut at: usize,
    above: &[String],
    is_public: bool,
    imports_of: &mut Vec<Import>,
) -> usize {
    let mut path = above.to_vec();
    let line = tokens[at].line;
    let mut name = None;
    loop {
        match text(tokens, at) {
            "{" => {
                let end = closing(tokens, at);
                at += 1;
                while at < end {
                    at = imports(tokens, at, &path, is_public, imports_of);
                    at += usize::from(text(tokens, at) == ",");
                }
                return end + 1;
            }
            "::" => {}
            "*" => name = Some("*".to_owned()),
            "as" => {
                at += 1;
                name = Some(text(tokens, at).to_owned());
            }
            "self" if !path.is_empty() => {}
            word if is_word(word) => path.push(word.to_owned()),
            _ => break,
        }
        at += 1;
    }
    imports_of.push(Import {
        name: name.unwrap_or_else(|| path[path.len() - 1].clone()),
        is_public,
        of: Use { line, path },
    });
    at
}
