//! What is refused, and in which words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{check_error, overrides};
use crate::{
    base::Error,
    change::ConfigFile,
    value::{ConfigType, Sample, config, field},
};

#[test]
fn fields_that_do_not_exist_are_refused_with_a_suggestion() {
    check_error(
        &["learning_rat=1"],
        "--set learning_rat=1: no field `learning_rat`; did you mean `learning_rate`? (fields: name, learning_rate, \
         epochs, optimizer, warm, schedule, layers, dims, limit, note, data, host, timeout, pause, big, small, letter, pair, \
         weights, plain, verbose, seed)",
    );
    check_error(
        &["optimizer.momentun=1"],
        "--set optimizer.momentun=1: `optimizer`: no field `momentun`; did you mean `momentum`? (fields: momentum, nesterov)",
    );
    check_error(
        &["warm.momentun=1"],
        "--set warm.momentun=1: `warm`: no field `momentun`; did you mean `momentum`? (fields: momentum, nesterov)",
    );
    check_error(
        &["plain.dept=1"],
        "--set plain.dept=1: `plain`: no field `dept`; did you mean `depth`? (fields: depth, mode)",
    );
    check_error(
        &["schedule.stp.gamma=1"],
        "--set schedule.stp.gamma=1: `schedule`: no variant `stp`; did you mean `step`? (variants: constant, cosine, \
         step, decay, cycle) (How the rate falls)",
    );
    check_error(
        &["epochs.x=1"],
        "--set epochs.x=1: `epochs`: it takes u32 and has no field `x` (Passes over the data)",
    );
    check_error(
        &["layers.5.units=1"],
        "--set layers.5.units=1: `layers.5`: the list has 2 items; give all of them as `[…]` to have more",
    );
    check_error(
        &["layers.x.units=1"],
        "--set layers.x.units=1: `layers` takes Vec<Layer>: its items are numbered: `x` is no number",
    );
}

#[test]
fn values_of_another_type_are_refused_with_what_the_field_takes() {
    check_error(
        &["epochs=abc"],
        "--set epochs=abc: `epochs` takes u32: `abc` is not a whole number (Passes over the data)",
    );
    check_error(
        &["epochs=-1"],
        "--set epochs=-1: `epochs` takes u32: `-1` is out of range (0 to 4294967295) (Passes over the data)",
    );
    check_error(
        &["optimizer.momentum=high"],
        "--set optimizer.momentum=high: `optimizer.momentum` takes f64: `high` is not a number (Weight of the previous \
         step, 0 to 1)",
    );
    check_error(
        &["schedule=cosin"],
        "--set schedule=cosin: `schedule` takes Schedule: no variant `cosin`; did you mean `cosine`? (variants: constant, cosine, \
         step, decay, cycle) (How the rate falls)",
    );
    check_error(
        &["verbose=yes"],
        "--set verbose=yes: `verbose` takes bool: `yes` is neither `true` nor `false`",
    );
    check_error(
        &["plain.depth=300"],
        "--set plain.depth=300: `plain.depth` takes i8: `300` is out of range (-128 to 127)",
    );
    check_error(
        &["host=localhost"],
        "--set host=localhost: `host` takes IpAddr: invalid IP address syntax",
    );
    check_error(
        &["limit=256"],
        "--set limit=256: `limit` takes Option<u8>: `256` is out of range (0 to 255)",
    );
    check_error(
        &["optimizer=fast"],
        "--set optimizer=fast: `optimizer` takes Optimizer: `fast` is not an object such as `{\"field\": …}` (fields: \
         momentum, nesterov)",
    );
    check_error(
        &["epochs"],
        "--set epochs: there is no `=`; write --set FIELD=VALUE",
    );
    check_error(
        &["optimizer.=1"],
        "--set optimizer.=1: `optimizer.` is not the name of a field, or several joined by dots",
    );
}

#[test]
fn an_error_names_the_config_it_is_about() -> Result<(), Error> {
    let configs = [
        Sample::default(),
        Sample {
            layers: Vec::new(),
            ..Sample::default()
        },
    ];
    let error = overrides(&["layers.0.units=1"], &[])?
        .apply_to(&configs)
        .err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(
            "--set layers.0.units=1: `layers.0`: the list has 0 items; give all of them as `[…]` to have more (config 2 \
             of 2)"
        )
    );
    Ok(())
}

/// The last of the entries of one key stayed, without a word.
#[test]
fn a_key_that_is_written_twice_is_refused() -> Result<(), String> {
    let by_number = |sets: &[&str]| {
        overrides(sets, &[])
            .and_then(|set| set.apply_to(&[Named::default()]))
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        by_number(&["by_number={1: 2, 01: 3}"]),
        Err(
            "--set by_number={1: 2, 01: 3}: `by_number`: write each key once: `01` is the same key as \
             another"
                .to_owned()
        )
    );
    assert_eq!(
        by_number(&["by_pair={\"[1,2]\": 2, \"[1, 2]\": 3}"]),
        Err(
            "--set by_pair={\"[1,2]\": 2, \"[1, 2]\": 3}: `by_pair`: write each key once: `[1,2]`, \
             `[1, 2]` is the same key as another"
                .to_owned()
        )
    );
    assert_eq!(
        by_number(&["inner={by_name: {a: 1}}", "inner.by_name.a=2"]).map(|made| made.len()),
        Ok(1)
    );
    let file = ConfigFile {
        name: "a.json",
        text: "[\n{\"by_number\": {\"1\": 2, \"+1\": 3}}]",
    };
    let read = file.configs(ConfigType::of::<Named>());
    assert_eq!(
        read.err().map(|error| error.to_string()).as_deref(),
        Some(
            "--configs a.json:2:15: config 1: `by_number`: write each key once: `+1` is the same key as \
             another"
        )
    );
    let made = by_number(&["by_name={1: 2, 01: 3}", "by_number={1: 2, 10: 3}"])?;
    assert_eq!((made[0].by_name.len(), made[0].by_number.len()), (2, 2));
    Ok(())
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Named {
    by_number: BTreeMap<i32, u8>,
    by_name: BTreeMap<String, u8>,
    by_pair: BTreeMap<(u8, u8), u8>,
    inner: Option<Box<Named>>,
}

config!(Named, struct [field("by_number"), field("by_name"), field("by_pair"), field("inner")]);

#[test]
fn an_empty_list_and_a_list_of_nothing_are_told_apart() {
    for (set, expected) in [
        (
            "dims=",
            "`dims` takes Vec<u64>: write `[]` for an empty list, or `[\"\"]` for a list of one empty text",
        ),
        (
            "dims=1,,2",
            "`dims` takes Vec<u64>: write `\"\"` for an empty text, or leave a comma out: a value between the commas of \
             `1,,2` is empty",
        ),
        (
            "pair=1,",
            "`pair` takes (i16, String): write `\"\"` for an empty text, or leave a comma out: a value between the commas \
             of `1,` is empty",
        ),
        (
            "name='base'",
            "`name` takes String: write `base`, or `\"'base'\"` with its quotes, not `'base'`",
        ),
        (
            "data=\"a",
            "`data` takes PathBuf: write `a`, or `\"\\\"a\"` with its quotes, not `\"a`",
        ),
        (
            "pair=[1, 'a']",
            "`pair` takes (i16, String): write `a`, or `\"'a'\"` with its quotes, not `'a'` (column 5 of `[1, 'a']`)",
        ),
    ] {
        check_error(&[set], &format!("--set {set}: {expected}"));
    }
    let names = overrides(&[], &["name=[a,b]"]).and_then(|all| all.apply_to(&[Sample::default()]));
    assert_eq!(
        names.err().map(|error| error.to_string()).as_deref(),
        Some(
            "--sweep name=[a,b]: write `a,b` for the values between the commas, or `\"[a,b]\"` for one text with \
             brackets, not `[a,b]`"
        )
    );
    let names =
        overrides(&[], &["name=a , b c"]).and_then(|all| all.apply_to(&[Sample::default()]));
    let names = names.map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>());
    assert_eq!(
        names.map_err(|error| error.to_string()),
        Ok(vec!["a".to_owned(), "b c".to_owned()])
    );
}
