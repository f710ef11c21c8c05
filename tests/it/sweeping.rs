//! The configs that `--sweep`, `--zip` and `--replicates` make in a whole program.

use crate::{
    program::Session,
    selecting::{TRAIN, labels},
};

#[test]
fn a_product_keeps_the_values_that_lack_a_field() {
    let session = Session::new(TRAIN);
    let args = [
        "--where=learning_rate=0.1",
        "--sweep=optimizer=sgd,momentum",
        "--sweep=optimizer.momentum.beta=0.5,0.9",
    ];
    assert_eq!(
        labels(&session, &args),
        [
            "train optimizer=sgd",
            "train optimizer=momentum optimizer.momentum.beta=0.5",
            "train optimizer=momentum optimizer.momentum.beta=0.9",
        ]
        .map(|label| label.replacen("train", "train learning_rate=0.1", 1))
    );
}

#[test]
fn replicates_add_to_those_that_are_there() {
    let session = Session::new(TRAIN);
    let seeds = |count: &str| labels(&session, &["--sweep=seed=1..=5", "--replicates", count]);
    assert_eq!(seeds("3").len(), 6);
    assert_eq!(seeds("7").len(), 14);
}

#[test]
fn a_value_that_may_mean_two_things_is_refused() {
    let session = Session::new(TRAIN);
    for (args, expected) in [
        (
            &["--set", "note='quick'"][..],
            "error: --set note='quick': `note` takes Option<String>: write `quick`, or `\"'quick'\"` with its quotes, not \
             `'quick'`\n",
        ),
        (
            &["--sweep", r#"note="a\bar",b"#],
            "error: --sweep note=\"a\\bar\",b: `note` takes Option<String>: write `\"a\\\\bar\"` for a backslash, or `\\u0008` \
             in place of `\\b` for a backspace: `\"a\\bar\"` may be either\n",
        ),
        (
            &["--where", "note='a'"],
            "error: --where note='a': `note` takes Option<String>: write `a`, or `\"'a'\"` with its quotes, not `'a'`\n",
        ),
    ] {
        let ended = session.start(args);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.starts_with(expected), "{ended}");
    }
}
