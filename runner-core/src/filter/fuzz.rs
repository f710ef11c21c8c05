//! A hundred thousand expressions: none makes the parser panic, and what is refused is named.

use serde::{Deserialize, Serialize};

use super::{
    expression::{Joined, parse},
    operand::RunView,
    tests::parse_for,
};
use crate::{
    base::Random,
    value::{Sample, to_shown_tree},
};

#[derive(Serialize, Deserialize)]
struct Output {
    accuracy: f64,
    took: std::time::Duration,
}

const WORDS: &[&str] = &[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "~",
    "==",
    "!",
    "..",
    "..=",
    ",",
    " ",
    "[",
    "]",
    "\"",
    "\\,",
    "epochs",
    "learning_rate",
    "optimizer",
    ".",
    "momentum",
    "schedule",
    "kind",
    "step",
    "gamma",
    "dims",
    "0",
    "1",
    "-1",
    "1e-3",
    "none",
    "true",
    "state",
    "cached",
    "duration",
    "90s",
    "1h",
    "name",
    "label",
    "build",
    "code",
    "verified",
    "other",
    "output",
    "accuracy",
    "took",
    "run.",
    "pause",
    "timeout",
    "é",
    "NaN",
    "inf",
    "host",
    "::1",
    "letter",
    "big",
    "pair.1",
    "weights.a",
    "limit",
    "note",
    " and ",
    " or ",
    "not ",
    "(",
    ")",
    "=~",
    "age",
    "key",
    "epochs=1",
];

#[test]
fn expressions_are_taken_apart_at_their_first_operator() {
    let mut random = Random::new(5);
    let mut are_joined = 0;
    for _ in 0..100_000 {
        let written = random.text(WORDS);
        let Ok(joined) = parse(&written) else {
            continue;
        };
        let mut parts = 0;
        joined.each(&mut |expression| {
            assert!(!expression.field.is_empty(), "{written:?}");
            assert!(
                !expression.field.contains(['=', '<', '>', '~']),
                "{written:?}"
            );
            parts += expression.field.len() + expression.value.len();
        });
        assert!(parts < written.len(), "{written:?}");
        are_joined += usize::from(!matches!(joined, Joined::One(_)));
    }
    assert!(are_joined > 100, "{are_joined}");
}

#[test]
fn whole_expressions_match_or_are_refused_in_their_own_words() {
    let mut random = Random::new(6);
    let config = Sample::default();
    let output = Output {
        accuracy: 0.5,
        took: std::time::Duration::from_secs(3),
    };
    let config_tree = to_shown_tree(&config).expect("it can be serialised");
    let output_tree = to_shown_tree(&output).expect("it can be serialised");
    for _ in 0..20_000 {
        let written = random.text(WORDS);
        match parse_for::<Sample, Output>(std::slice::from_ref(&written), Some(&config)) {
            Ok(filter) => {
                let row = RunView {
                    config: Some(&config_tree),
                    output: Some(&output_tree),
                    state: "cached",
                    duration: Some(std::time::Duration::from_secs(90)),
                    age: Some(std::time::Duration::from_secs(900)),
                    key: "4b42494c5a3f34960000000000000000",
                    name: "base",
                    label: "base",
                    build_is_other: None,
                    size: Some(1_000),
                    code_is_other: None,
                    verified: None,
                };
                if !filter.matches(&row) {
                    let mut nothing = filter.nothing();
                    nothing.look(&row);
                    let explained = nothing.explain();
                    let explained = explained.unwrap_or_else(|error| error.to_string());
                    assert!(explained.contains(&written));
                }
            }
            Err(error) => {
                assert!(error.is_usage(), "{error}");
                assert!(error.to_string().contains(&written), "{written:?}: {error}");
            }
        }
    }
}
