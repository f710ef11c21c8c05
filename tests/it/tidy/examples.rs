//! The analyser on small made-up sources.

use super::{
    modules::{Arrow, Crate, Sources},
    rooms::{wrong_arrows, wrong_circles},
    tokens::production,
};

const ORDER: [&str; 2] = ["store", "report"];

fn sources<const N: usize>(files: [(&str, &str); N]) -> Sources {
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    Sources::from(files)
}

fn arrows(sources: &Sources) -> Vec<Arrow> {
    Crate::read(sources).arrows()
}

/// Returns the arrows as `from:line → to`.
fn drawn<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
    let arrows = arrows(&sources(files));
    let draw = |arrow: Arrow| format!("{}:{} → {}", arrow.from, arrow.line, arrow.to);
    arrows.into_iter().map(draw).collect()
}

/// Returns the production code as words, with a space between two.
fn words(source: &str) -> String {
    let tokens = production(source);
    let words: Vec<String> = tokens.into_iter().map(|token| token.text).collect();
    words.join(" ")
}

#[test]
fn types_are_told_from_associated_types() {
    let sources = sources([(
        "lib.rs",
        "pub struct A;\nimpl<T: Into<A>> From<T> for A { type B = A; fn of(of: impl Fn()) { struct C; } }\n\
         pub trait D { type E; }\ntype F = A;\n#[cfg(test)]\nstruct G;\nmod h { pub(super) enum I {} }",
    )]);
    let read = Crate::read(&sources);
    let names: Vec<&str> = read.types().map(|(name, ..)| name).collect();
    assert_eq!(names, ["A", "C", "D", "F", "I"]);
}

#[test]
fn an_arrow_to_a_later_room_is_wrong() {
    let sources = sources([
        ("lib.rs", "mod store;\nmod report;\npub use report::Table;"),
        ("store.rs", "\nuse crate::report::Table;\npub struct Store;"),
        (
            "report.rs",
            "use crate::store::Store;\npub struct Table(Store);",
        ),
    ]);
    let wrong = wrong_arrows(&arrows(&sources), &ORDER);
    assert_eq!(
        wrong,
        [
            "store.rs:2: `crate::report::Table` is in report.rs, but `store` comes before `report`: store → report"
        ]
    );
}

#[test]
fn an_arrow_in_the_middle_of_code_is_seen() {
    let drawn = drawn([
        ("lib.rs", "mod store; mod report;"),
        (
            "store.rs",
            "use crate::{self as all, report};\nfn f() {\n  report::g::<u8>();\n all::report::g::<u8>() }",
        ),
        ("report.rs", "pub fn g<T>() {}"),
    ]);
    let lines = [1, 3, 4].map(|line| format!("store.rs:{line} → report.rs"));
    assert_eq!(drawn, lines);
}

#[test]
fn a_re_export_is_followed_to_the_file_that_defines_the_name() {
    let drawn = drawn([
        (
            "lib.rs",
            "mod store; mod report; pub use report::{inner::{Row as Line, *}};",
        ),
        (
            "store.rs",
            "use crate::{Line, Cell};\nfn f() -> crate::report::Wide { super::report::Kind::A }",
        ),
        (
            "report/mod.rs",
            "mod inner; pub(crate) use inner::{Row, Row as Wide, Kind};",
        ),
        (
            "report/inner.rs",
            "pub struct Row; pub enum Kind { A } pub struct Cell;",
        ),
    ]);
    let lines = [1, 1, 2, 2].map(|line| format!("store.rs:{line} → report/inner.rs"));
    assert_eq!(drawn, lines);
}

#[test]
fn a_name_is_not_followed_without_the_room_that_it_is_taken_from() {
    let drawn = drawn([
        ("lib.rs", "mod store; mod report;"),
        (
            "store/mod.rs",
            "pub mod key;\npub use key::Key; fn f() -> crate::report::Key {}",
        ),
        ("store/key.rs", "pub struct Key;"),
        ("report.rs", "pub use crate::store::Key;"),
    ]);
    let store = [
        "store/mod.rs:2 → report.rs",
        "store/mod.rs:2 → store/key.rs",
    ];
    assert_eq!(
        drawn,
        [&store[..], &["report.rs:1 → store/key.rs"]].concat()
    );
}

#[test]
fn a_circle_of_files_needs_a_line_with_a_reason() {
    let with = |comment: &str| {
        let walk = format!("{comment}\nuse super::cursor::Cursor; pub struct Walk;");
        let sources = sources([
            ("lib.rs", "mod store;"),
            (
                "store/mod.rs",
                "mod walk; mod cursor; mod leaf; pub use leaf::Leaf;",
            ),
            ("store/walk.rs", &walk),
            (
                "store/cursor.rs",
                "use super::{walk, Leaf}; pub struct Cursor(walk::Walk);",
            ),
            ("store/leaf.rs", "pub struct Leaf;"),
        ]);
        wrong_circles(&arrows(&sources), &sources)
    };
    let undeclared = with("");
    assert_eq!(undeclared.len(), 1);
    assert!(undeclared[0].contains("`// Circle: cursor, walk: <reason>`\n    store/cursor.rs:1: `super::walk` is in store/walk.rs\n"), "{}", undeclared[0]);
    assert_eq!(
        with("// Circle: walk, cursor: a list is walked like\n// its items"),
        [""; 0]
    );
    assert_eq!(
        with("// Circle: walk, cursor:"),
        ["store/walk.rs:1: no reason for the circle of cursor, walk"]
    );
    let wrong = with("// Circle: walk, cursor, leaf: they were one");
    assert_eq!(
        wrong[0],
        "store/walk.rs:1: cursor, leaf, walk are no circle, or not the whole of it"
    );
    assert_eq!(wrong.len(), 2);
}

#[test]
fn a_module_and_what_is_below_it_are_a_circle_only_if_both_use_each_other() {
    let below = ("store/key.rs", "pub struct Key(super::Store);");
    let with = |store: &str| {
        let sources = sources([("lib.rs", "mod store;"), ("store/mod.rs", store), below]);
        wrong_circles(&arrows(&sources), &sources).len()
    };
    assert_eq!(
        with("mod key; pub(crate) use key::Key; pub struct Store;"),
        0
    );
    assert_eq!(with("mod key; use key::Key; pub struct Store;"), 1);
    assert_eq!(with("mod key; pub use key::Key; pub struct Store(Key);"), 1);
}

#[test]
fn what_is_only_for_tests_is_ignored() {
    let drawn = drawn([
        (
            "lib.rs",
            "mod store; mod report; #[cfg(test)] mod key_tests;",
        ),
        (
            "store.rs",
            "#[cfg(test)]\nuse crate::report::{A, B};\n#[cfg(test)] mod tests { use crate::report::A; }\nfn f() { crate::report::A; }",
        ),
        ("report.rs", "pub struct A; pub struct B;"),
    ]);
    assert_eq!(drawn, ["store.rs:4 → report.rs"]);
}

#[test]
fn tests_end_where_their_item_ends() {
    assert_eq!(
        words("#[cfg(test)] pub(super) fn f<T>(a: T, b: T) -> T where T: A, T: B { {} } x"),
        "x"
    );
    assert_eq!(
        words("#[cfg(test)] const A: [u8; 2] = if b { 1 } else { 2 }; x"),
        "x"
    );
    assert_eq!(
        words("#[cfg(all(test, unix))] #[path = \"a\"] mod a; x"),
        "x"
    );
    assert_eq!(
        words("struct A { #[cfg(test)] a: B<C>, b: D }"),
        "struct A { b : D }"
    );
    assert_eq!(
        words("match a { #[cfg(test)] A { .. } => { b } c => d }"),
        "match a { c => d }".replace("=>", "= >")
    );
    assert_eq!(words("#[cfg(not(test))] x #![allow(a)] y"), "x y");
    assert_eq!(words("#![cfg(test)] x"), "");
}

#[test]
fn comments_and_literals_are_no_code() {
    assert_eq!(words("a /* b ' */ d // e\nf"), "a d f");
    assert_eq!(
        words(r##"a "b \" c" d r#"e " f"# g b'"' h '\'' i '"' j"##),
        "a d g h i j"
    );
    assert_eq!(
        words("a<'b> 'c': d 'e: loop '日' é 1_u8 b\"\\\\\" f"),
        "a < > : d : loop é f"
    );
}

#[test]
#[should_panic(expected = "leads to nothing")]
fn a_path_that_leads_to_nothing_is_a_fault_of_the_analyser() {
    drawn([("lib.rs", "use crate::made::Up;")]);
}
