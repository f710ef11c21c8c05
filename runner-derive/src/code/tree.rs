//! Reads the files of a crate, from its root along its modules.

use std::path::{Component, Path, PathBuf};

use super::{
    item::Module,
    lex::Source,
    split::{External, Items, split},
};

/// The length up to which files are read; longer ones are data.
pub(super) const MAXIMUM_BYTES: usize = 16 << 20;

/// The files that the macro reads.
pub(super) trait Files {
    /// Returns the content of a file, if there is one that can be read.
    fn read(&self, path: &Path) -> Option<Vec<u8>>;
}

impl dyn Files + '_ {
    pub(super) fn text(&self, path: &Path) -> Option<String> {
        let bytes = self
            .read(path)
            .filter(|bytes| bytes.len() <= MAXIMUM_BYTES)?;
        String::from_utf8(bytes).ok()
    }
}

/// A file that was read, with its path.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) source: Source,
}

/// The crates read so far.
#[derive(Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    pub(super) items: Items,
    /// The files that are being read, each for the one after it.
    open: Vec<PathBuf>,
}

impl Tree {
    /// Reads a crate from its root file. `name` is in front of the paths of its items; it is empty for the crate of the
    /// experiment. Files that are not there are left out: the compiler does not miss them either, for this platform.
    pub(super) fn read_crate(&mut self, files: &dyn Files, root: &Path, name: &str) {
        let module = self.items.modules.len();
        self.items.modules.push(Module {
            path: name.to_owned(),
            parent: None,
            globs: Vec::new(),
        });
        self.read_file(files, root, module, true);
    }

    /// Returns the number of a file that was read.
    pub(super) fn file(&self, path: &Path) -> Option<usize> {
        self.files.iter().position(|file| file.path == path)
    }

    /// Reads a file, if it is there. `owns` tells whether the files of its modules are beside it.
    fn read_file(&mut self, files: &dyn Files, path: &Path, module: usize, owns: bool) -> bool {
        let path = normal(path);
        if self.open.contains(&path) {
            return false;
        }
        let Some(text) = files.text(&path) else {
            return false;
        };
        let number = self.files.len();
        let source = Source::new(text);
        let is_root = owns && self.items.modules[module].parent.is_none();
        let externals = split(&mut self.items, &source, number, module, is_root);
        self.files.push(File {
            path: path.clone(),
            source,
        });
        self.open.push(path.clone());
        for external in externals {
            self.read_external(files, &path, owns, external);
        }
        self.open.pop();
        true
    }

    fn read_external(&mut self, files: &dyn Files, file: &Path, owns: bool, external: External) {
        let directory = file.parent().unwrap_or(Path::new(""));
        let External {
            module,
            name,
            path,
            inside,
        } = external;
        let mut below = directory.to_owned();
        if !owns && (path.is_none() || !inside.is_empty()) {
            below.push(file.file_stem().unwrap_or_default());
        }
        below.extend(inside);
        if name.is_empty() {
            self.read_file(
                files,
                &directory.join(path.unwrap_or_default()),
                module,
                owns,
            );
        } else if let Some(path) = path {
            self.read_file(files, &below.join(path), module, true);
        } else if !self.read_file(files, &below.join(format!("{name}.rs")), module, false) {
            self.read_file(files, &below.join(&name).join("mod.rs"), module, true);
        }
    }
}

/// Returns a path without `.` and `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}
