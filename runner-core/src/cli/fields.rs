//! The fields of a config as `--help` lists them, each under the path that `--set` takes.

use crate::value::{Field, Members, Place, ProbeType, Shape, Takes, Variant, path, resolve, steps};

/// Maximum number of configs inside each other; a recursive type would have no end.
const DEPTH_MAX: usize = 4;

/// Stands for the number of an item in a path.
const ITEM: &str = "N";
/// Stands for the key of a map in a path.
const KEY: &str = "KEY";
/// Explains [`ITEM`] and [`KEY`].
pub(super) const PLACEHOLDERS: &str =
    "N is the number of an item, from 0, and KEY a key of the map.";

/// One line of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) takes: Says,
    pub(super) meaning: String,
}

/// Possible content of a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Says {
    Type(&'static str),
    /// One of several variants.
    Variant(&'static str),
}

impl Entry {
    /// Whether the path can be written as it is, without a number or key in place of a word for them.
    pub(super) fn is_exact(&self) -> bool {
        !self.path.split('.').any(|step| [ITEM, KEY].contains(&step))
    }
}

/// Returns every field that can be reached from a config with these members, nested ones as `optimizer.momentum`. `probe`
/// asks the config's type what it takes.
pub(super) fn entries(members: Members, probe: ProbeType) -> Vec<Entry> {
    let mut lister = Lister {
        probe,
        entries: Vec::new(),
        types: Vec::new(),
    };
    lister.members(&Path::ROOT, members);
    lister.entries
}

/// A path as it is shown, and as the type is asked about it, unless that needs a key that cannot be made up.
#[derive(Clone)]
struct Path {
    shown: String,
    asked: Option<String>,
}

impl Path {
    const ROOT: Self = Self {
        shown: String::new(),
        asked: Some(String::new()),
    };

    fn join(&self, step: &str) -> Self {
        self.join_placeholder(step, step)
    }

    fn join_placeholder(&self, shown: &str, asked: &str) -> Self {
        Self {
            shown: path::join(&self.shown, shown),
            asked: self.asked.as_ref().map(|path| path::join(path, asked)),
        }
    }
}

struct Lister {
    probe: ProbeType,
    entries: Vec<Entry>,
    /// The types on the way to the current field.
    types: Vec<&'static str>,
}

impl Lister {
    fn members(&mut self, path: &Path, members: Members) {
        for field in members.fields {
            self.field(path.join(field.name), field);
        }
        for variant in members.variants {
            self.variant(path, variant);
        }
    }

    fn variant(&mut self, path: &Path, variant: &'static Variant) {
        self.entries.push(Entry {
            path: path::of_variant(&path.shown).to_owned(),
            takes: Says::Variant(variant.name),
            meaning: one_line(variant.doc),
        });
        let inside = path.join(variant.name);
        for (step, field) in variant.parts() {
            let path = step.map_or_else(|| inside.clone(), |step| inside.join(step));
            self.field(path, field);
        }
    }

    fn field(&mut self, path: Path, field: &Field) {
        // A field that serde skips cannot be written.
        if path.asked.is_some() && self.place(&path).is_none() {
            return;
        }
        self.entries.push(Entry {
            path: path.shown.clone(),
            takes: Says::Type(field.type_name),
            meaning: meaning(field),
        });
        if self.types.len() < DEPTH_MAX && !self.types.contains(&field.type_name) {
            self.types.push(field.type_name);
            self.inside(path, &field.rules.shape);
            self.types.pop();
        }
    }

    fn inside(&mut self, path: Path, shape: &Shape) {
        match shape {
            Shape::Plain => {}
            Shape::Config(members) => self.members(&path, members()),
            Shape::Through(_) => self.through(path, shape),
            Shape::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.inside(path.join(&index.to_string()), item);
                }
            }
        }
    }

    /// Looks into options, whose content has their path, and into lists and maps, which add a step. The shape does not tell
    /// which of them it is; the type does.
    fn through(&mut self, mut path: Path, mut shape: &Shape) {
        while let Shape::Through(content) = shape {
            let Some(Place { takes, is_optional }) = self.place(&path) else {
                return;
            };
            shape = content;
            if is_optional {
                let Shape::Through(content) = shape else {
                    break;
                };
                shape = content;
            }
            path = match takes {
                Takes::List => path.join_placeholder(ITEM, "0"),
                Takes::Map => self.behind_key(&path),
                _ => return,
            };
        }
        self.inside(path, shape);
    }

    fn behind_key(&self, path: &Path) -> Path {
        // A text, a number or a character.
        let mut path = path.join_placeholder(KEY, "0");
        if self.place(&path).is_none() {
            path.asked = None;
        }
        path
    }

    fn place(&self, path: &Path) -> Option<Place> {
        let (_, place) = resolve(self.probe, steps(path.asked.as_ref()?)).ok()?;
        Some(place)
    }
}

fn meaning(field: &Field) -> String {
    let note = |is_so: bool, note: &str| is_so.then(|| note.to_owned());
    let added = field.rules.added;
    let key_name = Some(field.key_name()).filter(|name| *name != field.name());
    let notes = [
        note(field.is_name(), "names the run"),
        note(field.is_replicate(), "replicate"),
        note(field.is_skipped(), "not in the key"),
        added.map(|added| format!("added later, was {}", added().shown)),
        key_name.map(|name| format!("`{name}` in the key")),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let doc = one_line(field.doc);
    match (doc.is_empty(), notes.is_empty()) {
        (_, true) => doc,
        (true, false) => format!("({})", notes.join(", ")),
        (false, false) => format!("{doc} ({})", notes.join(", ")),
    }
}

/// Returns the first paragraph of a doc comment.
fn one_line(doc: &str) -> String {
    let paragraph: Vec<&str> = doc
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    paragraph.join(" ")
}

#[cfg(test)]
pub(super) mod tests;
