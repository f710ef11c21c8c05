//! Where sources are: modules, libraries, workspaces and lock files.

use super::{Memory, Table};

const EXPERIMENT: &str =
    "impl Experiment for T { const CODE: Code = runner::code!(); fn run() { f() } }";

/// Returns the paths in the table of the experiment in `file`.
fn paths(file: &str, files: &[(&str, &str)]) -> Vec<String> {
    let table = Memory::new(files).table(file).expect("it is seen");
    paths_of(&table)
}

fn paths_of(table: &Table) -> Vec<String> {
    let lines = table.lines.lines();
    let paths = lines
        .filter_map(|line| line.split_once(' '))
        .map(|(_, path)| path);
    paths
        .filter(|path| !path.contains('T'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn modules_are_where_rustc_finds_them() {
    let main = format!(
        "mod a; mod b; mod c {{ pub mod d; #[path = \"odd.rs\"] mod o; }} #[path = \"else/p.rs\"] mod p; include!(\"part.rs\");\n\
         #[cfg(windows)] mod absent; mod circle; {EXPERIMENT}"
    );
    let found = paths(
        "/study/src/main.rs",
        &[
            ("/study/src/main.rs", &main),
            ("/study/src/a.rs", "mod e; mod i { mod j; }"),
            ("/study/src/a/e.rs", "fn f() {}"),
            ("/study/src/a/i/j.rs", "fn f() {}"),
            ("/study/src/b/mod.rs", "mod e;"),
            ("/study/src/b/e.rs", "fn f() {}"),
            ("/study/src/c/d.rs", "fn f() {}"),
            ("/study/src/c/odd.rs", "fn f() {}"),
            ("/study/src/else/p.rs", "mod q;"),
            ("/study/src/else/q.rs", "fn f() {}"),
            ("/study/src/part.rs", "fn f() {}"),
            ("/study/src/stray.rs", "fn f() {}"),
            (
                "/study/src/circle.rs",
                "#[path = \"circle.rs\"] mod circle; fn f() {}",
            ),
        ],
    );
    let expected = [
        "a::e::f",
        "a::i::j::f",
        "b::e::f",
        "c::d::f",
        "c::o::f",
        "circle::f",
        "f",
        "p::q::f",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_program_has_the_library_of_its_package_and_not_its_other_programs() {
    let with_library = [
        (
            "/study/Cargo.toml",
            "[package]\nname = \"my-study\"\n[[bin]]\nname = \"study\"\npath = \"programs/one.rs\"",
        ),
        ("/study/programs/one.rs", EXPERIMENT),
        ("/study/src/lib.rs", "pub fn f() {}"),
        ("/study/src/main.rs", "fn f() {}"),
    ];
    assert_eq!(
        paths("/study/programs/one.rs", &with_library),
        ["my_study::f"]
    );
    let in_library = [
        ("/study/Cargo.toml", ""),
        ("/study/src/lib.rs", EXPERIMENT),
        ("/study/src/main.rs", "fn f() {}"),
    ];
    assert_eq!(paths("/study/src/lib.rs", &in_library), [""; 0]);
    let example = [
        ("/study/Cargo.toml", ""),
        ("/study/examples/study/main.rs", "mod part; fn f() {}"),
        ("/study/examples/study/part.rs", EXPERIMENT),
    ];
    assert_eq!(paths("/study/examples/study/part.rs", &example), ["f"]);
}

#[test]
fn packages_with_a_path_count_with_what_they_need() {
    let files = [
        (
            "/Cargo.toml",
            "[workspace]\nmembers = [\"study\"]\n[workspace.dependencies]\nshared = { path = \"shared\", features = [\"a\"] }\nother.path = \"other\"",
        ),
        (
            "/study/Cargo.toml",
            "[dependencies]\nshared = { workspace = true }\nother.workspace = true\nrunner = { path = \"../runner\" }\n\
          [target.'cfg(unix)'.dependencies]\nthird = { package = \"third-one\", path = \"../third\" }\n\
          [dev-dependencies]\ntested = { path = \"../tested\" }\n[build-dependencies]\nbuilt = { path = \"../built\" }",
        ),
        ("/study/src/main.rs", EXPERIMENT),
        (
            "/shared/Cargo.toml",
            "[package]\nname = \"shared\"\n[dependencies.deep]\npath = \"deep\"\n[dependencies.macros]\npath = '../macros'",
        ),
        ("/shared/src/lib.rs", "pub fn f() {}"),
        (
            "/shared/deep/Cargo.toml",
            "[lib]\npath = \"all.rs\"\n[dependencies]\nshared = { path = \"..\" }",
        ),
        ("/shared/deep/all.rs", "pub fn f() {}"),
        (
            "/macros/Cargo.toml",
            "[package]\nname = \"macros\"\n[lib]\nproc-macro = true",
        ),
        ("/macros/src/lib.rs", "mod f;"),
        ("/other/Cargo.toml", ""),
        ("/other/src/lib.rs", "pub fn f() {}"),
        ("/third/Cargo.toml", ""),
        ("/third/src/lib.rs", "pub fn f() {}"),
        ("/runner/Cargo.toml", ""),
        ("/runner/src/lib.rs", "pub fn f() {}"),
        ("/tested/src/lib.rs", "pub fn f() {}"),
        ("/built/src/lib.rs", "pub fn f() {}"),
    ];
    let expected = [
        "crate macros",
        "deep::f",
        "other::f",
        "shared::f",
        "third::f",
    ];
    assert_eq!(paths("/study/src/main.rs", &files), expected);
}

#[test]
fn of_the_lock_file_only_what_the_package_needs_counts() {
    let package = |name: &str, version: &str, rest: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}\n")
    };
    let source = "source = \"registry+https://example.com\"\nchecksum = \"a\"";
    let lock = [
        package(
            "study",
            "0.1.0",
            "dependencies = [\n \"a\",\n \"runner\",\n]",
        ),
        package(
            "a",
            "1.0.0",
            &format!("{source}\ndependencies = [\n \"b 2.0.0\",\n]"),
        ),
        package("b", "1.0.0", source),
        package("b", "2.0.0", source),
        package(
            "runner",
            "0.1.0",
            &format!("{source}\ndependencies = [\n \"c\",\n]"),
        ),
        package("c", "1.0.0", source),
    ]
    .concat();
    let files = [
        (
            "/study/Cargo.toml",
            "[dependencies]\na = \"1\"\nrunner = \"0.1\"",
        ),
        ("/Cargo.lock", &lock),
        ("/study/src/main.rs", EXPERIMENT),
    ];
    let table = Memory::new(&files)
        .table("/study/src/main.rs")
        .expect("it is seen");
    assert_eq!(paths_of(&table), ["crate a", "crate b"]);
    assert!(
        table.lines.contains("\n2.0.0-") || table.lines.starts_with("2.0.0-"),
        "{}",
        table.lines
    );
}
