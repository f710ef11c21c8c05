//! Where `code!()` may stand, and files that are no programs.

use super::{super::Unseen, Memory, differing};

#[test]
fn an_implementation_must_be_written_out() {
    let table =
        |text: &str| Memory::new(&[("/study/src/main.rs", text)]).table("/study/src/main.rs");
    let implementation =
        "impl Experiment for T { const CODE: Code = runner::code!(); fn run() { 1 } }";
    assert!(table(implementation).is_ok());
    assert!(table(&format!("fn main() {{ struct T; {implementation} }}")).is_ok());
    assert!(
        table(&format!(
            "#[cfg(test)] mod tests {{ #[test] fn f() {{ struct T; {implementation} }} }}"
        ))
        .is_ok()
    );
    assert!(table("impl study::Experiment for T<'_, [u8; 3]> { const CODE: Code = runner::code!(); fn run() { 1 } }").is_ok());
    for text in [
        &format!("macro_rules! m {{ ($t:ty) => {{ {implementation} }} }} m!(T);"),
        &format!("wrap! {{ {implementation} }}"),
        "const CODE: Code = runner::code!();",
        "impl T { const CODE: Code = runner::code!(); }",
        "trait Experiment { const CODE: Code = runner::code!(); }",
        "fn f() {}",
        "",
    ] {
        assert_eq!(table(text), Err(Unseen::NoImplementation), "{text}");
    }
}

#[test]
fn two_implementations_in_one_line_are_told_apart() {
    let text = "impl Experiment for é { const CODE: Code = runner::code!(); fn run() { a() } } \
                impl Experiment for U { const CODE: Code = runner::code!(); fn run() { b() } } fn a() {} fn b() {}";
    let files = Memory::new(&[("/study/src/main.rs", text)]);
    let [first, second] = [0, 1].map(|number| {
        files
            .table_of("/study/src/main.rs", number)
            .expect("it is seen")
    });
    assert!(differing(&first, &second).contains("a"));
    assert!(first.lines.contains(" a\n") && !first.lines.contains(" b\n"));
    assert!(second.lines.contains(" b\n") && !second.lines.contains(" a\n"));
}

#[test]
fn without_sources_only_the_packages_count() {
    let mut files = Memory::program();
    files.0.retain(|path, _| !path.ends_with("experiment.rs"));
    let table = files
        .table("/study/src/experiment.rs")
        .expect("it is a table");
    let paths: Vec<&str> = table
        .lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(_, path)| path)
        .collect();
    assert_eq!(paths, ["crate libm", "crate serde", "sources are not seen"]);
}

/// An editor saves what is no Rust, and a panic here would be the compiler's.
#[test]
fn nothing_breaks_whatever_the_files_hold() {
    let mut random = 7_u64;
    let mut below = |limit: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(random >> 33).unwrap_or(0) % limit
    };
    let files = Memory::program();
    let pieces = [
        "{",
        "}",
        "(",
        ")",
        "<",
        "\"",
        "'",
        "r#",
        "/*",
        "#[",
        "impl ",
        "fn ",
        "use ",
        "mod ",
        ";",
        "!",
        "é",
        "\\",
        "::",
        "const _",
        "macro_rules! ",
        "[",
        "=",
        "\n",
    ];
    for _ in 0..400 {
        let mut broken = files.clone();
        for text in broken.0.values_mut() {
            for _ in 0..below(4) {
                let mut at = below(text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                match below(3) {
                    0 => text.truncate(at),
                    1 => text.insert_str(at, pieces[below(pieces.len())]),
                    _ => drop(text.drain(at..).next()),
                }
            }
        }
        let _ = broken.table("/study/src/experiment.rs");
    }
}
