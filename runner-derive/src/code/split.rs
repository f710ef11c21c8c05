//! Splits a file into items.

use super::{
    item::{Block, Item, Module, Name, Range, Reach, hash},
    lex::{Kind, Source},
};

/// A module that is in a file of its own.
pub(super) struct External {
    pub(super) module: usize,
    /// Its name; empty for the file of an `include!`, which is a part of the module.
    pub(super) name: String,
    /// The value of its attribute `path`.
    pub(super) path: Option<String>,
    /// The names of the modules in this file around it.
    pub(super) inside: Vec<String>,
}

/// The items found so far.
#[derive(Default)]
pub(super) struct Items {
    pub(super) modules: Vec<Module>,
    pub(super) all: Vec<Item>,
    pub(super) blocks: Vec<Block>,
    /// Whether items are taken that are compiled for tests only.
    pub(super) with_tests: bool,
}

/// The attributes in front of an item.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) is_test: bool,
    path: Option<String>,
}

pub(super) struct Splitter<'a> {
    pub(super) items: &'a mut Items,
    pub(super) source: &'a Source,
    file: usize,
    externals: Vec<External>,
    inside: Vec<String>,
    is_root: bool,
}

/// Splits `source`, which is the content of `module`, and returns the modules that are in files of their own.
pub(super) fn split(
    items: &mut Items,
    source: &Source,
    file: usize,
    module: usize,
    is_root: bool,
) -> Vec<External> {
    let mut splitter = Splitter {
        items,
        source,
        file,
        externals: Vec::new(),
        inside: Vec::new(),
        is_root,
    };
    splitter.items_of((0, source.tokens.len()), module);
    splitter.externals
}

/// Returns the path of `name` in a module.
fn join(module: &str, name: &str) -> String {
    if module.is_empty() {
        name.to_owned()
    } else {
        format!("{module}::{name}")
    }
}

impl Splitter<'_> {
    fn items_of(&mut self, (mut at, end): Range, module: usize) {
        while at < end {
            at = self.item(at, end, module);
        }
    }

    pub(super) fn name(&self, at: usize) -> Name {
        hash(self.source.word(at).as_bytes())
    }

    /// Reads attributes from `at` on and returns the number of the token after them.
    pub(super) fn attributes(&self, mut at: usize, end: usize) -> (Attributes, usize) {
        let source = self.source;
        let mut attributes = Attributes::default();
        while at < end && source.is(at, b'#') {
            let open = at + 1 + usize::from(source.is(at + 1, b'!'));
            if !source.is(open, b'[') {
                break;
            }
            match source.word(open + 1) {
                "test" | "bench" if source.is(open + 2, b']') => attributes.is_test = true,
                "cfg" => attributes.is_test |= self.is_for_tests(open + 2),
                "path" if source.is(open + 2, b'=') => {
                    let text = source.word(open + 3).trim_matches('"');
                    attributes.path = Some(text.to_owned());
                }
                _ => {}
            }
            at = source.after(open);
        }
        (attributes, at)
    }

    /// Returns whether the condition in the brackets at `open` holds in tests only: `test`, or `all` with `test` in it.
    fn is_for_tests(&self, open: usize) -> bool {
        let source = self.source;
        let end = source.after(open) - 1;
        let is_all = source.word(open - 1) == "all";
        let mut at = open + 1;
        while at < end {
            let is_one = source.is(at + 1, b',') || at + 1 == end;
            if is_one && source.word(at) == "test"
                || source.word(at) == "all" && self.is_for_tests(at + 1)
            {
                return true;
            }
            while at < end && !source.is(at, b',') {
                at = source.after(at);
            }
            at += 1;
            if !is_all {
                break;
            }
        }
        false
    }

    /// Returns the number of the token after the first of `;` and braces, which are not in other brackets.
    pub(super) fn end_of_item(&self, mut at: usize, end: usize) -> usize {
        let source = self.source;
        while at < end {
            if source.is(at, b';') {
                return at + 1;
            }
            let after = source.after(at);
            if source.is(at, b'{') {
                // Braces among generic arguments: `Block<{ SIZE + 1 }>`.
                if !source.is(after, b'>') && !source.is(after, b',') {
                    return after;
                }
            }
            at = after;
        }
        end
    }

    pub(super) fn end_of_statement(&self, mut at: usize, end: usize) -> usize {
        while at < end && !self.source.is(at, b';') {
            at = self.source.after(at);
        }
        (at + 1).min(end)
    }

    /// Takes the item at `start` and returns the number of the token after it.
    fn item(&mut self, start: usize, end: usize, module: usize) -> usize {
        let source = self.source;
        let (attributes, at) = self.attributes(start, end);
        let visible = self.after_visibility(at);
        let keyword = self.keyword(visible);
        let hidden = attributes.is_test && !self.items.with_tests;
        let reach = if hidden { Reach::Never } else { Reach::Name };
        let next = source.word(keyword + 1);
        match source.word(keyword) {
            "mod" if source.is_word(keyword + 1) => {
                let after = source.after(keyword + 2);
                if !hidden {
                    self.module(keyword + 2, next, attributes.path, module);
                }
                after
            }
            "use" => {
                let after = self.end_of_statement(keyword, end);
                if !hidden {
                    self.uses(
                        keyword + 1,
                        after - 1,
                        &mut Vec::new(),
                        module,
                        visible > at,
                    );
                }
                after
            }
            "impl" | "trait" => self.block(start, keyword, end, module, hidden),
            "fn" => {
                let after = self.end_of_item(keyword, end);
                let is_main = self.is_root && next == "main" && self.inside.is_empty();
                let reach = if is_main { Reach::Never } else { reach };
                self.push(module, next, (start, after), reach);
                after
            }
            "struct" | "enum" | "union" if source.is_word(keyword + 1) => {
                let after = self.end_of_item(keyword, end);
                let number = self.push(module, next, (start, after), reach);
                self.items.all[number].is_type = true;
                after
            }
            "type" | "const" | "static" => {
                let after = self.end_of_statement(keyword, end);
                let name = keyword + 1 + usize::from(next == "mut");
                if source.word(name) == "_" {
                    self.loose(module, (start, after), hidden);
                } else {
                    let name = source.word(name);
                    let number = self.push(module, name, (start, after), reach);
                    self.items.all[number].is_type = source.word(keyword) == "type";
                }
                after
            }
            "macro_rules" if source.is(keyword + 1, b'!') => {
                let after = self.after_macro(keyword + 3, end);
                let name = source.word(keyword + 2);
                let number = self.push(module, name, (start, after), reach);
                self.items.all[number].is_macro = true;
                after
            }
            "extern" => {
                let after = self.end_of_item(keyword, end);
                self.loose(module, (start, after), hidden);
                after
            }
            _ if source.is_word(keyword) => {
                let mut name = keyword;
                while source.is(name + 1, b':') && source.is(name + 2, b':') {
                    name += 3;
                }
                if !source.is(name + 1, b'!') {
                    return (keyword + 1).min(end);
                }
                let after = self.after_macro(name + 2, end);
                if source.word(name) == "include" && self.is_text(name + 3) && !hidden {
                    self.externals.push(External {
                        module,
                        name: String::new(),
                        path: Some(source.word(name + 3).trim_matches('"').to_owned()),
                        inside: Vec::new(),
                    });
                } else {
                    self.loose(module, (start, after), hidden);
                }
                after
            }
            _ => source.after(keyword).min(end).max(start + 1),
        }
    }

    /// Returns the number of the token after the brackets of a macro's call at `open`, and a semicolon.
    fn after_macro(&self, open: usize, end: usize) -> usize {
        let after = self.source.after(open);
        (after + usize::from(self.source.is(after, b';'))).min(end)
    }

    /// Returns the number of the keyword that says what the item is, after those that only qualify it.
    pub(super) fn keyword(&self, mut at: usize) -> usize {
        let source = self.source;
        loop {
            let is_qualifier = match source.word(at) {
                "unsafe" | "async" | "default" | "safe" | "auto" => source.is_word(at + 1),
                "const" => matches!(source.word(at + 1), "fn" | "unsafe" | "async" | "extern"),
                "extern" => {
                    let next = at + 1 + usize::from(self.is_text(at + 1));
                    if source.word(next) == "fn" {
                        return next;
                    }
                    false
                }
                _ => false,
            };
            if !is_qualifier {
                return at;
            }
            at += 1;
        }
    }

    pub(super) fn after_visibility(&self, at: usize) -> usize {
        match self.source.word(at) {
            "pub" if self.source.is(at + 1, b'(') => self.source.after(at + 1),
            "pub" => at + 1,
            _ => at,
        }
    }

    fn is_text(&self, at: usize) -> bool {
        matches!(self.source.tokens.get(at), Some(token) if token.kind == Kind::Text)
    }

    fn module(&mut self, at: usize, name: &str, path: Option<String>, parent: usize) {
        let module = self.items.modules.len();
        self.items.modules.push(Module {
            path: join(&self.items.modules[parent].path, name),
            parent: Some(parent),
            globs: Vec::new(),
        });
        if self.source.is(at, b'{') {
            self.inside.push(path.unwrap_or_else(|| name.to_owned()));
            self.items_of((at + 1, self.source.after(at) - 1), module);
            self.inside.pop();
        } else {
            self.externals.push(External {
                module,
                name: name.to_owned(),
                path,
                inside: self.inside.clone(),
            });
        }
    }

    /// Takes the names that a part of a `use` brings into the module.
    fn uses(
        &mut self,
        mut at: usize,
        end: usize,
        path: &mut Vec<usize>,
        module: usize,
        is_public: bool,
    ) {
        let source = self.source;
        let length = path.len();
        while at < end {
            if source.is(at, b'{') {
                let inner = source.after(at) - 1;
                self.uses(at + 1, inner.min(end), path, module, is_public);
                path.truncate(length);
                at = inner + 1;
                continue;
            }
            if source.is(at, b',') {
                path.truncate(length);
            } else if source.is(at, b'*') {
                self.used(path, None, module, is_public);
            } else if source.is_word(at) {
                if source.word(at) == "as" {
                    self.used(path, Some(at + 1), module, is_public);
                    at += 2;
                    continue;
                }
                if source.word(at) != "self" || path.is_empty() {
                    path.push(at);
                }
                let is_inner = source.is(at + 1, b':') || source.word(at + 1) == "as";
                if !is_inner {
                    let last = path.last().copied();
                    self.used(path, last, module, is_public);
                }
            }
            at += 1;
        }
        path.truncate(length);
    }

    fn used(&mut self, path: &[usize], name: Option<usize>, module: usize, is_public: bool) {
        let source = self.source;
        let name = name
            .map(|name| source.word(name))
            .filter(|name| *name != "_");
        let reach = match name {
            Some(_) if is_public => Reach::Name,
            Some(_) => Reach::NameInside,
            None => Reach::Block,
        };
        let number = self.push(module, name.unwrap_or("*"), (0, 0), reach);
        let item = &mut self.items.all[number];
        item.path = format!("use {}", item.path);
        item.target = path
            .iter()
            .map(|at| hash(source.word(*at).as_bytes()))
            .collect();
        item.ranges.clear();
        if reach == Reach::Block {
            self.items.modules[module].globs.push(number);
        }
    }

    pub(super) fn push(&mut self, module: usize, name: &str, range: Range, reach: Reach) -> usize {
        self.items.all.push(Item {
            file: self.file,
            module,
            path: join(&self.items.modules[module].path, name),
            reach,
            names: vec![hash(name.as_bytes())],
            ranges: vec![range],
            target: Vec::new(),
            is_macro: false,
            is_type: false,
            head_of: None,
        });
        self.items.all.len() - 1
    }

    /// Takes what defines names that are not known, such as the call of a macro: each of its words may be one.
    fn loose(&mut self, module: usize, range: Range, hidden: bool) {
        let source = self.source;
        let mut names = self.names(range);
        names.sort_unstable();
        names.dedup();
        let words = (range.0..range.1).filter(|at| source.is_word(*at));
        let words = words.map(|at| source.word(at));
        let shown = words.filter(|word| !word.starts_with(|first: char| first.is_ascii_digit()));
        let shown: Vec<&str> = shown.take(3).collect();
        let reach = if hidden { Reach::Never } else { Reach::AnyName };
        let number = self.push(module, &shown.join(" "), range, reach);
        self.items.all[number].names = names;
    }
}
