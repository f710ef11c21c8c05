//! Comparisons that are joined, and what they may be about beside values.

use super::tests::{check, parse, row, tree};
use crate::value::Sample;

#[test]
fn ages_and_keys_are_those_of_results() {
    check("age>2d", true);
    check("age=1day..=72h", true);
    check("age<1h", false);
    check("key=4b42", true);
    check("key=4B42494C5A3F3496", true);
    check("key=b42,0000", false);
    check("key!=b42", true);
    check("run.key=4", true);
    check("size>2MB and size<=2.5mb", true);
    check("size=3kB..", true);
    check("size<2500B", false);
    let error = parse(&["size>5"]).err();
    assert_eq!(
        error.as_deref(),
        Some("--where size>5: `5` is not a size such as 500MB or 1.5GB")
    );
    let error = parse(&["key=base"]).err();
    assert_eq!(
        error.as_deref(),
        Some(
            "--where key=base: write the beginning of a key as --list shows it, such as 4b42494c, not `base`"
        )
    );
}

#[test]
fn expressions_are_joined_by_words() {
    check("epochs=10 and seed=7", true);
    check("epochs=10 and seed=8", false);
    check("epochs=11 or seed=7", true);
    check("epochs=11 or seed=8 or name=base", true);
    // `and` binds tighter.
    check("epochs=10 or seed=8 and name=x", true);
    check("(epochs=10 or seed=8) and name=x", false);
    check("not epochs=11", true);
    check("not not epochs=11", false);
    check("not (epochs=11 or seed=7)", false);
    check("not(epochs=11)and(seed=7)", true);
    check("( ( epochs = 10 ) )", true);
    check("epochs=1,10 and learning_rate=0.001..0.1", true);
    check("output.accuracy>0.5 and not state=failed", true);
    // Words inside quotes, brackets and other words are none.
    check(r#"note="two and words" or note="two words""#, true);
    check("dims=[3, 4] and seed=7", true);
    check("note=two words", true);
    check("note~words and note~two", true);
    check("label~(x) or seed=7", true);
    check("note!=a) and seed=7", true);
    check("note!=android or seed=8", true);
}

#[test]
fn regular_expressions_match_a_part_of_a_text() {
    check("name=~^b.se$", true);
    check("name=~^as", false);
    check("note=~(one|two) words and seed=7", true);
    check(r"label=~epochs=\d+", true);
    check("schedule=~^st", true);
    check("not name=~^x", true);
    let error = |expression: &str| parse(&[expression]).err();
    assert_eq!(
        error("name=~(a").as_deref(),
        Some(
            "--where name=~(a: `name` takes String: `(a` is not a regular expression: found open group without closing ')'"
        )
    );
    assert_eq!(
        error("epochs=~1").as_deref(),
        Some(
            "--where epochs=~1: `epochs` takes u32: use = or < here: `=~` looks for a part of a text (Passes over the data)"
        )
    );
}

/// What is not known of a run selects it neither way.
#[test]
fn what_is_not_known_is_neither() {
    let config = tree(&Sample::default());
    for (expression, expected, is_possible) in [
        ("output.accuracy>0", false, true),
        ("not output.accuracy>0", false, true),
        ("not output.accuracy>0 or seed=7", true, true),
        ("output.accuracy>0 or seed=8", false, true),
        ("output.accuracy>0 and seed=8", false, false),
        ("seed=8", false, false),
        ("state=failed", false, true),
        ("not (state=failed or seed=7)", false, false),
        ("key=5", false, false),
    ] {
        let filter = parse(&[expression]).expect("it makes sense");
        let row = row(&config, None);
        assert_eq!(filter.matches(&row), expected, "{expression}");
        assert_eq!(filter.could_match(&row), is_possible, "{expression}");
    }
}

#[test]
fn joints_without_sense_are_refused() {
    let check = |expression: &str, expected: &str| {
        let expected = format!("--where {expression}: {expected}");
        assert_eq!(parse(&[expression]).err(), Some(expected));
    };
    let quotes = |joint: &str| {
        format!(
            "write a comparison behind `{joint}`, or the value in quotes if `{joint}` is a part of it"
        )
    };
    check("name=salt and pepper", &quotes("and"));
    check("name=all or", &quotes("or"));
    check(
        "(epochs=1",
        "write `)` at the end of what is in parentheses",
    );
    check(
        "(epochs=1) seed=7",
        "write `and`, `or` or nothing before `seed=7`",
    );
    check("(epochs=1))", "write `and`, `or` or nothing before `)`");
    let none =
        "write FIELD=VALUE, or one of != < <= > >= ~ =~ in place of =; there is no comparison";
    check("not", none);
    check("()", none);
    check("epochs=1 and (seed)", none);
    check(
        &"(".repeat(200),
        "write at most 100 parentheses inside each other",
    );
    check(
        "accuracy>0.9",
        "no field `accuracy` of the config; write `output.accuracy`",
    );
    check(
        "seed=7 and accuracy>0.9",
        "no field `accuracy` of the config; write `output.accuracy`",
    );
}
