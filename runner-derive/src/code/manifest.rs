//! What is needed of `Cargo.toml` and `Cargo.lock`, read line by line: Cargo has found them correct before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tree::{Files, normal};

/// A line `key = value` and the table in which it stands.
struct Entry {
    /// The name of the table, or of the list of tables.
    table: String,
    /// The number of tables before it, which tells apart those of a list.
    number: usize,
    key: String,
    value: String,
}

/// Reads a file in TOML.
fn entries(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut table = String::new();
    let mut number = 0;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = without_comment(line).trim();
        if line.starts_with('[') {
            let bare = line.trim_start_matches('[').trim_end_matches(']');
            table = bare.replace(['"', ' '], "");
            number += 1;
        } else if let Some((key, value)) = line.split_once('=') {
            let mut value = value.trim().to_owned();
            while value.starts_with('[') && !value.ends_with(']') {
                let Some(more) = lines.next() else { break };
                value += without_comment(more).trim();
            }
            entries.push(Entry {
                table: table.clone(),
                number,
                key: key.trim().replace(['"', ' '], ""),
                value,
            });
        }
    }
    entries
}

fn without_comment(line: &str) -> &str {
    let mut quotes = 0;
    let end = line.find(|character| {
        quotes += usize::from(character == '"');
        character == '#' && quotes % 2 == 0
    });
    &line[..end.unwrap_or(line.len())]
}

/// Returns the text in the first pair of quotes.
fn quoted(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once(['"', '\''])?;
    Some(rest.split_once(['"', '\''])?.0)
}

/// Returns the value of a key in an inline table.
fn inline<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    let fields = value.strip_prefix('{')?.trim_end_matches('}').split(',');
    let mut fields = fields.filter_map(|field| field.split_once('='));
    fields
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
}

/// A dependency, as the manifest names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dependency {
    /// Where it is, relative to the manifest; nothing if it comes from a registry or a repository.
    pub(super) path: Option<String>,
    /// The name of its package, if that is another one.
    package: Option<String>,
    is_inherited: bool,
}

/// A manifest, as far as it says where sources are.
#[derive(Default)]
pub(super) struct Manifest {
    pub(super) directory: PathBuf,
    pub(super) package: String,
    library_name: Option<String>,
    library_path: Option<String>,
    pub(super) is_macro: bool,
    /// Programs, examples, tests and benches with a path: their names and paths.
    targets: Vec<(String, String)>,
    pub(super) dependencies: BTreeMap<String, Dependency>,
    development: BTreeMap<String, Dependency>,
    shared: BTreeMap<String, Dependency>,
    is_workspace: bool,
}

impl Manifest {
    /// Reads the manifest in `directory`.
    pub(super) fn read(files: &dyn Files, directory: &Path) -> Option<Self> {
        let text = files.text(&directory.join("Cargo.toml"))?;
        let mut manifest = Self {
            directory: directory.to_owned(),
            ..Self::default()
        };
        let mut names = BTreeMap::new();
        let mut paths = BTreeMap::new();
        for entry in entries(&text) {
            let Entry {
                table,
                number,
                key,
                value,
            } = entry;
            manifest.is_workspace |= table == "workspace" || table.starts_with("workspace.");
            let text = quoted(&value).map(str::to_owned);
            match (table.as_str(), key.as_str()) {
                ("package", "name") => manifest.package = text.unwrap_or_default(),
                ("lib", "name") => manifest.library_name = text,
                ("lib", "path") => manifest.library_path = text,
                ("lib", "proc-macro" | "proc_macro") => manifest.is_macro = value == "true",
                ("bin" | "example" | "test" | "bench", "name") => {
                    names.insert(number, text.unwrap_or_default());
                }
                ("bin" | "example" | "test" | "bench", "path") => {
                    paths.insert(number, text.unwrap_or_default());
                }
                _ => manifest.dependency(&table, &key, &value),
            }
        }
        for (number, path) in paths {
            let name = names.remove(&number).unwrap_or_default();
            manifest.targets.push((name, path));
        }
        Some(manifest)
    }

    /// Takes a line of a table of dependencies, if it is one.
    fn dependency(&mut self, table: &str, key: &str, value: &str) {
        let parts = if let Some(rest) = table.strip_prefix("workspace.dependencies") {
            Some((&mut self.shared, rest))
        } else if let Some((_, rest)) = table.split_once("dev-dependencies") {
            Some((&mut self.development, rest))
        } else if table.contains("build-dependencies") {
            None
        } else {
            let found = table.split_once("dependencies");
            found.map(|(_, rest)| (&mut self.dependencies, rest))
        };
        let Some((list, rest)) = parts else {
            return;
        };
        // `[dependencies.name]` and a key, or `[dependencies]` and a name, perhaps with a key behind a point.
        let (name, key) = match (rest.strip_prefix('.'), key.split_once('.')) {
            (Some(name), _) => (name, Some(key)),
            (None, Some((name, key))) => (name, Some(key)),
            (None, None) => (key, None),
        };
        let dependency = list.entry(name.to_owned()).or_default();
        let field = |name: &str| match key {
            Some(key) => (key == name).then_some(value),
            None => inline(value, name),
        };
        if let Some(path) = field("path").and_then(quoted) {
            dependency.path = Some(path.to_owned());
        }
        if let Some(package) = field("package").and_then(quoted) {
            dependency.package = Some(package.to_owned());
        }
        dependency.is_inherited |= field("workspace") == Some("true");
    }

    /// Returns the dependencies of a target, by the names under which the code knows them: their packages, and the
    /// directories of those that have a path.
    pub(super) fn dependencies(
        &self,
        files: &dyn Files,
        with_development: bool,
    ) -> Vec<(String, String, Option<PathBuf>)> {
        let development = self.development.iter().filter(|_| with_development);
        let mut workspace = None;
        let mut found = Vec::new();
        for (name, dependency) in self.dependencies.iter().chain(development) {
            let mut directory = &self.directory;
            let mut dependency = dependency;
            if dependency.is_inherited {
                let workspace =
                    workspace.get_or_insert_with(|| self.workspace(files).unwrap_or_default());
                directory = &workspace.directory;
                dependency = workspace.shared.get(name).unwrap_or(dependency);
            }
            let path = dependency.path.as_ref();
            found.push((
                name.replace('-', "_"),
                dependency.package.clone().unwrap_or_else(|| name.clone()),
                path.map(|path| normal(&directory.join(path))),
            ));
        }
        found
    }

    /// Returns the manifest of the workspace.
    fn workspace(&self, files: &dyn Files) -> Option<Self> {
        let above = self
            .directory
            .ancestors()
            .filter_map(|directory| Self::read(files, directory));
        above.into_iter().find(|manifest| manifest.is_workspace)
    }

    /// Returns the root file of the library, if there may be one.
    pub(super) fn library(&self) -> PathBuf {
        let path = self.library_path.as_deref().unwrap_or("src/lib.rs");
        normal(&self.directory.join(path))
    }

    /// Returns the name of the library in code.
    pub(super) fn library_name(&self) -> String {
        let name = self.library_name.as_ref().unwrap_or(&self.package);
        name.replace('-', "_")
    }

    /// Returns the files that may be the root of the crate `name`, the most probable first.
    pub(super) fn roots(&self, name: &str, is_program: bool) -> Vec<PathBuf> {
        let named = self
            .targets
            .iter()
            .filter(|(target, _)| target.replace('-', "_") == name);
        let mut roots: Vec<PathBuf> = named.map(|(_, path)| self.directory.join(path)).collect();
        let (library, program) = (self.library(), self.directory.join("src/main.rs"));
        if is_program {
            roots.extend([program, library]);
        } else {
            roots.extend([library, program]);
        }
        for name in [name.to_owned(), name.replace('_', "-")] {
            for place in ["src/bin", "examples", "tests", "benches"] {
                let place = self.directory.join(place);
                roots.push(place.join(format!("{name}.rs")));
                roots.push(place.join(&name).join("main.rs"));
            }
        }
        roots.iter().map(|root| normal(root)).collect()
    }
}

/// A package of `Cargo.lock` that is not in this workspace.
#[derive(Default)]
struct Locked {
    version: String,
    source: String,
    dependencies: Vec<String>,
}

/// The packages of `Cargo.lock`.
pub(super) struct Lock {
    packages: BTreeMap<String, Vec<Locked>>,
}

impl Lock {
    /// Reads the lock file of the package in `directory`, which is there or above.
    pub(super) fn read(files: &dyn Files, directory: &Path) -> Option<Self> {
        let mut above = directory.ancestors();
        let text = above.find_map(|directory| files.text(&directory.join("Cargo.lock")))?;
        let mut packages: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
        let mut current = String::new();
        for Entry {
            table, key, value, ..
        } in entries(&text)
        {
            if table != "package" {
                continue;
            }
            let text = quoted(&value).unwrap_or_default().to_owned();
            if key == "name" {
                packages
                    .entry(text.clone())
                    .or_default()
                    .push(Locked::default());
                current = text;
                continue;
            }
            let Some(locked) = packages
                .get_mut(&current)
                .and_then(|versions| versions.last_mut())
            else {
                continue;
            };
            match key.as_str() {
                "version" => locked.version = text,
                "source" => locked.source.insert_str(0, &text),
                "checksum" => locked.source += &text,
                "dependencies" => {
                    let texts = value.split('"').skip(1).step_by(2);
                    locked.dependencies = texts.map(str::to_owned).collect();
                }
                _ => {}
            }
        }
        Some(Self { packages })
    }

    /// Returns the name, the version and the source of each package that is not in this workspace and that one of
    /// `names` needs, with all that these need, except for `left_out`.
    pub(super) fn needed(
        &self,
        names: &[String],
        left_out: &[&str],
    ) -> BTreeSet<(&str, &str, &str)> {
        let mut open: Vec<String> = names.to_vec();
        let mut seen = BTreeSet::new();
        let mut needed = BTreeSet::new();
        while let Some(wanted) = open.pop() {
            let mut words = wanted.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            if left_out.contains(&name) || !seen.insert(wanted.clone()) {
                continue;
            }
            let Some((name, versions)) = self.packages.get_key_value(name) else {
                continue;
            };
            for locked in versions {
                if version.is_some_and(|version| version != locked.version) {
                    continue;
                }
                if !locked.source.is_empty() {
                    needed.insert((
                        name.as_str(),
                        locked.version.as_str(),
                        locked.source.as_str(),
                    ));
                }
                open.extend(locked.dependencies.iter().cloned());
            }
        }
        needed
    }
}
