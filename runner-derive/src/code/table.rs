//! The table of the code that a run reaches, as a function of the files alone.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{
    item::{Names, Reach, hash},
    manifest::{Lock, Manifest},
    reach::{Start, reach},
    tree::{Files, Tree, normal},
};

/// Packages that are no code of the experiment: another version of this library computes nothing else.
const OWN: [&str; 3] = ["runner", "runner-core", "runner-derive"];

/// Where `code!()` stands, and what is compiled.
pub(crate) struct Place<'a> {
    /// The file, in which `line` and `column` start at 1; columns are characters.
    pub(crate) file: &'a Path,
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The directory of the package.
    pub(crate) package: &'a Path,
    pub(crate) crate_name: &'a str,
    pub(crate) is_program: bool,
}

/// The parts of a program that a run reaches.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// A line for each part: its digest, or for a package its version, and its path.
    pub(crate) lines: String,
}

/// Why there is no table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// It stands in no implementation that is written out in the file.
    NoImplementation,
}

impl Table {
    /// Makes the table for the implementation around `place`.
    pub(crate) fn new(files: &dyn Files, place: &Place) -> Result<Self, Unseen> {
        let manifest = Manifest::read(files, place.package).unwrap_or_default();
        let file = normal(place.file);
        let mut lines = Vec::new();
        if files.read(&file).is_some() {
            let (mut tree, with_development, start) = own_crate(files, &manifest, place, &file)?;
            let mut crates = Names::default();
            others(
                files,
                &manifest,
                with_development,
                &mut tree,
                &mut crates,
                &mut lines,
            );
            for (path, digest) in reach(&tree, files, &manifest.directory, &crates, start) {
                lines.push((path, format!("{digest:016x}")));
            }
        } else {
            lines.push(("sources are not seen".to_owned(), "-".to_owned()));
        }
        packages(files, &manifest, &mut lines);
        lines.sort_unstable();
        let mut table = String::new();
        for (path, digest) in lines {
            let _ = writeln!(table, "{digest} {path}");
        }
        Ok(Self { lines: table })
    }

    /// Returns the digest of the whole (FNV-1a with 128 bits).
    pub(crate) fn digest(&self) -> u128 {
        let mut digest = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
        for byte in self.lines.bytes() {
            digest =
                (digest ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        digest
    }
}

/// Reads the crate that is compiled and finds the implementation, first without what is only for tests.
fn own_crate(
    files: &dyn Files,
    manifest: &Manifest,
    place: &Place,
    file: &Path,
) -> Result<(Tree, bool, Start), Unseen> {
    let mut roots = manifest.roots(place.crate_name, place.is_program);
    roots.push(file.to_owned());
    for with_tests in [false, true] {
        for root in &roots {
            let mut tree = Tree::default();
            tree.items.with_tests = with_tests;
            tree.read_crate(files, root, "");
            let Some(start) = tree
                .file(file)
                .and_then(|number| start(&tree, number, place))
            else {
                continue;
            };
            let is_library = *root == manifest.library();
            if !is_library {
                tree.read_crate(files, &manifest.library(), &manifest.library_name());
            }
            let source = manifest.directory.join("src");
            return Ok((
                tree,
                with_tests || !is_library && !root.starts_with(source),
                start,
            ));
        }
    }
    Err(Unseen::NoImplementation)
}

/// Finds the implementation, or the function with an implementation in it, at `place` in a file.
fn start(tree: &Tree, file: usize, place: &Place) -> Option<Start> {
    let source = &tree.files[file].source;
    let line_start: usize = source
        .text
        .split_inclusive('\n')
        .take(place.line - 1)
        .map(str::len)
        .sum();
    let line = source.text[line_start..].trim_start_matches(if place.line == 1 {
        '\u{feff}'
    } else {
        '\n'
    });
    let line_start = source.text.len() - line.len();
    let (column, _) = line.char_indices().nth(place.column - 1)?;
    let byte = u32::try_from(line_start + column).ok()?;
    let at = source.tokens.iter().position(|token| token.start == byte)?;
    let mut mark = at;
    while source.is_word(mark) || source.is(mark, b':') {
        mark += 1;
    }
    if mark == at || !source.is(mark, b'!') {
        return None;
    }
    let items = &tree.items;
    let contains = |(start, end): (usize, usize)| start <= at && at < end;
    let mut blocks = items
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| items.all[block.head].file == file && contains(block.range));
    if let Some((number, block)) = blocks.next() {
        let is_implementation = !block.is_trait && !block.of_trait.is_empty();
        let is_usual = items.all[block.head].head_of.is_some();
        let members = block.members.iter().map(|member| &items.all[*member]);
        let mut functions = members
            .filter(|item| item.file == file && item.ranges.iter().any(|range| contains(*range)));
        let member = functions.next()?;
        if member.names[0] == hash(b"CODE") {
            return (is_implementation && is_usual).then_some(Start::Block(number));
        }
    }
    let mut around =
        items.all.iter().enumerate().filter(|(_, item)| {
            item.file == file && item.ranges.iter().any(|range| contains(*range))
        });
    let (number, item) = around.next()?;
    let is_function = !item.is_macro && item.reach != Reach::AnyName && item.head_of.is_none();
    let is_for_tests =
        item.reach == Reach::Never && item.names[0] != hash(b"main") && !items.with_tests;
    (is_function && !is_for_tests && is_inside_braces(tree, file, item.ranges[0], at))
        .then_some(Start::Item(number))
}

/// Returns whether a token is in braces of an item, so in an implementation inside a function.
fn is_inside_braces(tree: &Tree, file: usize, (start, end): (usize, usize), at: usize) -> bool {
    let source = &tree.files[file].source;
    (start..end).any(|open| source.is(open, b'{') && open < at && at < source.after(open))
}

/// Reads the other packages whose sources are here, with all that they need.
fn others(
    files: &dyn Files,
    manifest: &Manifest,
    with_development: bool,
    tree: &mut Tree,
    crates: &mut Names,
    lines: &mut Vec<(String, String)>,
) {
    tree.items.with_tests = false;
    let mut seen: HashSet<PathBuf> = HashSet::from([manifest.directory.clone()]);
    crates.insert(hash(manifest.library_name().as_bytes()));
    let mut open = manifest.dependencies(files, with_development);
    while let Some((name, package, directory)) = open.pop() {
        let Some(directory) = directory.filter(|_| !OWN.contains(&package.as_str())) else {
            continue;
        };
        crates.insert(hash(name.as_bytes()));
        if !seen.insert(directory.clone()) {
            continue;
        }
        let Some(manifest) = Manifest::read(files, &directory) else {
            continue;
        };
        if manifest.is_macro {
            // What it makes of the program's code is not seen, so all of it counts.
            let mut whole = Tree::default();
            whole.read_crate(files, &manifest.library(), "");
            let texts = whole
                .files
                .iter()
                .map(|file| hash(file.source.text.as_bytes()));
            let digest = texts.fold(0_u64, |digest, text| digest.rotate_left(1) ^ text);
            lines.push((format!("crate {package}"), format!("{digest:016x}")));
        } else {
            tree.read_crate(files, &manifest.library(), &name);
        }
        open.extend(manifest.dependencies(files, false));
    }
}

/// Adds the packages from registries and repositories that the package needs.
fn packages(files: &dyn Files, manifest: &Manifest, lines: &mut Vec<(String, String)>) {
    let Some(lock) = Lock::read(files, &manifest.directory) else {
        return;
    };
    let names = manifest.dependencies(files, false);
    let names: Vec<String> = names.into_iter().map(|(_, package, _)| package).collect();
    for (name, version, source) in lock.needed(&names, &OWN) {
        let source = hash(source.as_bytes()) >> 32;
        lines.push((format!("crate {name}"), format!("{version}-{source:08x}")));
    }
}
