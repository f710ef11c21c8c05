//! Whole filters on whole runs.

use std::time::Duration;

use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{condition::Filter, operand::RunView};
use crate::{
    base::Error,
    value::{
        AnyValue, Config, ConfigType, Names, Optimizer, Sample, Schedule, Schema, Shaped, Tree,
        Value, leaves, probe, samples, to_shown_tree,
    },
};

/// Reads expressions about a config `C` and an output `O`.
pub(super) fn parse_for<C: Config, O: AnyValue + DeserializeOwned>(
    expressions: &[String],
    sample: Option<&C>,
) -> Result<Filter, Error> {
    let sample = sample.map(|config| config as &dyn AnyValue);
    Filter::parse(expressions, ConfigType::of::<C>(), probe::<O>, sample)
}

#[derive(Deserialize, serde::Serialize)]
struct Output {
    accuracy: f64,
    best: Option<u32>,
    loss: Vec<f64>,
}

pub(super) fn parse(expressions: &[&str]) -> Result<Filter, String> {
    let expressions: Vec<String> = expressions.iter().map(|&text| text.to_owned()).collect();
    parse_for::<Sample, Output>(&expressions, Some(&Sample::default()))
        .map_err(|error| error.to_string())
}

pub(super) fn tree<T: Serialize>(value: &T) -> Tree {
    to_shown_tree(value).expect("it can be serialised")
}

pub(super) fn row<'a>(config: &'a Tree, output: Option<&'a Tree>) -> RunView<'a> {
    RunView {
        config: Some(config),
        output,
        state: if output.is_some() {
            "cached"
        } else {
            "missing"
        },
        duration: output.map(|_| Duration::from_secs(90)),
        age: output.map(|_| Duration::from_secs(3 * 24 * 60 * 60)),
        key: "4b42494c5a3f34960000000000000000",
        name: "base",
        label: "base epochs=10",
        build_is_other: output.map(|_| false),
        size: Some(2_500_000),
        code_is_other: output.map(|_| true),
        verified: output.map(|_| "same"),
    }
}

/// Checks which expressions hold for the sample and its output.
#[track_caller]
pub(super) fn check(expression: &str, expected: bool) {
    let config = Sample {
        schedule: Schedule::Step {
            gamma: 0.1,
            period: 5,
        },
        note: Some("two words".to_owned()),
        ..Sample::default()
    };
    let output = Output {
        accuracy: 0.9,
        best: None,
        loss: vec![1.0, 0.5],
    };
    let found = parse(&[expression])
        .map(|filter| filter.matches(&row(&tree(&config), Some(&tree(&output)))));
    assert_eq!(found, Ok(expected), "{expression}");
}

#[test]
fn numbers_are_compared_as_their_own_type() {
    check("epochs=10", true);
    check("epochs=1e1", true);
    check("epochs!=10", false);
    check("epochs<10", false);
    check("epochs<=10", true);
    check("epochs > 9", true);
    check("epochs>=11", false);
    check("epochs=1,10,100", true);
    check("epochs!=1,10", false);
    check("small=0.5", true);
    check("big>=0", true);
    check("limit=none", true);
    check("limit!=none", false);
    check("limit=5", false);
    check("limit<5", false);
    check("verbose=false", true);
    check("dims.1=4", true);
    check("layers.0.units>60", true);
}

#[test]
fn ranges_end_before_their_end_unless_they_say_otherwise() {
    check("learning_rate=0.001..0.01", false);
    check("learning_rate=0.001..=0.01", true);
    check("learning_rate=0.01..", true);
    check("learning_rate=..0.1", true);
    check("learning_rate=..0.01", false);
    check("epochs=1..5,8..12", true);
    check("epochs!=8..12", false);
}

#[test]
fn texts_and_variants_are_compared_by_name() {
    check("name=base", true);
    check("name=ba", false);
    check("name~as", true);
    check("note=two words", true);
    check("note~x,words", true);
    check("host=127.0.0.1", true);
    check("timeout=90s", true);
    check("timeout=1m 30s", true);
    check("pause=1s..2s", true);
    check("pause<1500ms", false);
    check("dims=[3,4]", true);
    check("dims=[3]", false);
    check("schedule=step", true);
    check("schedule.kind=step,cosine", true);
    check("schedule!=cosine", true);
    check("plain.mode=Fast", true);
    check("letter=a", true);
}

#[test]
fn what_is_not_there_is_equal_to_nothing() {
    check("schedule.step.gamma=0.1", true);
    check("schedule.decay=0.1", false);
    check("schedule.decay<1", false);
    check("schedule.decay!=0.1", true);
    check("warm.momentum!=0.1", true);
    check("output.best=none", true);
    check("output.best>1", false);
}

#[test]
fn the_run_itself_can_be_asked_about() {
    check("state=cached", true);
    check("state!=cached,failed", false);
    check("duration>1m", true);
    check("duration=1m..2m", true);
    check("label~epochs=10", true);
    check("build=this", true);
    check("code=other", true);
    check("run.code=this", false);
    check("verified=same", true);
    check("verified=no,differs", false);
    check("run.name=base", true);
    check("output.accuracy>=0.9", true);
    check("output.loss.1<1", true);
    check("output.loss=[1,0.5]", true);
}

#[test]
fn a_run_without_output_meets_no_condition_on_it() {
    let config = Sample::default();
    for expression in [
        "output.accuracy<1",
        "output.accuracy!=1",
        "duration!=1s",
        "build=other",
    ] {
        let found = parse(&[expression]).map(|filter| filter.matches(&row(&tree(&config), None)));
        assert_eq!(found, Ok(false), "{expression}");
    }
}

#[test]
fn several_expressions_must_all_hold() {
    let config = Sample::default();
    let matches = |expressions: &[&str]| {
        parse(expressions).map(|filter| filter.matches(&row(&tree(&config), None)))
    };
    assert_eq!(matches(&["epochs=10", "seed=7"]), Ok(true));
    assert_eq!(matches(&["epochs=10", "seed=8"]), Ok(false));
    assert_eq!(matches(&[]), Ok(true));
}

#[test]
fn a_config_that_is_an_enum_has_a_kind() {
    let config = Schedule::Decay(0.5);
    for (expression, expected) in [
        ("kind=decay", true),
        ("kind!=decay", false),
        ("decay<1", true),
    ] {
        let filter = parse_for::<Schedule, f64>(&[expression.to_owned()], None);
        let found = filter.map(|filter| filter.matches(&row(&tree(&config), None)));
        let found = found.map_err(|error| error.to_string());
        assert_eq!(found, Ok(expected), "{expression}");
    }
}

#[test]
fn an_output_that_is_a_number_has_no_fields() {
    let config = Sample::default();
    let filter = parse_for::<Sample, f64>(&["output>0.5".to_owned()], None);
    let found = filter.map(|filter| filter.matches(&row(&tree(&config), Some(&tree(&0.9)))));
    assert_eq!(found.ok(), Some(true));
}

#[test]
fn a_filter_says_what_it_needs() {
    let needs = |expression: &str| {
        parse(&[expression]).map(|filter| {
            let needs = (filter.needs_output(), filter.needs_store());
            (needs.0, needs.1, filter.needs_label())
        })
    };
    assert_eq!(needs("epochs=1"), Ok((false, false, false)));
    assert_eq!(needs("output.accuracy>0"), Ok((true, true, false)));
    assert_eq!(needs("state=cached"), Ok((false, true, false)));
    assert_eq!(needs("label~x"), Ok((false, false, true)));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_compared() {
    let check = |expression: &str, expected: &str| {
        assert_eq!(parse(&[expression]).err().as_deref(), Some(expected));
    };
    check(
        "epochs",
        "--where epochs: write FIELD=VALUE, or one of != < <= > >= ~ =~ in place of =; there is no comparison",
    );
    check("=5", "--where =5: write a field before `=`");
    check(
        "epochs=abc",
        "--where epochs=abc: `epochs` takes u32: `abc` is not a whole number (Passes over the data)",
    );
    check(
        "epochs=1..x",
        "--where epochs=1..x: `epochs` takes u32: `x` is not a whole number (Passes over the data)",
    );
    check(
        "epochs=..",
        "--where epochs=..: `epochs` takes u32: the range `..` has no end at all (Passes over the data)",
    );
    check(
        "name<b",
        "--where name<b: `name` takes String: use = or ~ here: `<` compares numbers",
    );
    check(
        "epochs~1",
        "--where epochs~1: `epochs` takes u32: use = or < here: `~` looks for a part of a text (Passes over the data)",
    );
    check(
        "schedule=cosin",
        "--where schedule=cosin: `schedule` takes Schedule: no variant `cosin`; did you mean `cosine`? (variants: \
         constant, cosine, step, decay, cycle) (How the rate falls)",
    );
    check(
        "optimizer=adam",
        "--where optimizer=adam: `optimizer` takes Optimizer: it has fields of its own; compare one of them (momentum, \
         nesterov)",
    );
    check(
        "optimizer.momentun=1",
        "--where optimizer.momentun=1: `optimizer`: no field `momentun`; did you mean `momentum`? (fields: momentum, nesterov)",
    );
    check(
        "output.acuracy>0",
        "--where output.acuracy>0: `output`: no field `acuracy`; did you mean `accuracy`? (fields: accuracy, best, loss)",
    );
    check(
        "output.accuracy>high",
        "--where output.accuracy>high: `high` is not a number",
    );
    check(
        "stat=cached",
        "--where stat=cached: no field `stat`; did you mean `state`? (fields: name, learning_rate, epochs, optimizer, \
         warm, schedule, layers, dims, limit, note, data, host, timeout, pause, big, small, letter, pair, weights, plain, \
         verbose, seed, state, duration, age, label, key, build, size, code, verified, output.…)",
    );
    check(
        "state=done",
        "--where state=done: no word `done` (words: cached, missing, stale, failed, corrupt, running)",
    );
    check(
        "duration>5",
        "--where duration>5: `5` is not a duration such as 90s or 1h30m",
    );
    check(
        "host=localhost",
        "--where host=localhost: `host` takes IpAddr: invalid IP address syntax",
    );
}

#[test]
fn a_filter_that_selects_nothing_says_which_condition_fails() {
    let configs = [10, 20, 10].map(|epochs| Sample {
        epochs,
        optimizer: Optimizer {
            momentum: f64::from(epochs),
            nesterov: false,
        },
        ..Sample::default()
    });
    let explain = |expressions: &[&str]| {
        let typed: Vec<_> = configs.iter().map(tree).collect();
        parse(expressions).map(|filter| {
            let mut nothing = filter.nothing();
            for config in &typed {
                nothing.look(&row(config, None));
            }
            nothing.explain().unwrap_or_else(|error| error.to_string())
        })
    };
    assert_eq!(
        explain(&["seed=7", "epochs=7"]).as_deref(),
        Ok("--where seed=7 --where epochs=7 selects none of 3 runs: `epochs` is 10, 20")
    );
    assert_eq!(
        explain(&["epochs=10", "optimizer.momentum=20"]).as_deref(),
        Ok(
            "--where epochs=10 --where optimizer.momentum=20 selects none of 3 runs: each condition holds for some, but \
             never all of them for one"
        )
    );
    assert_eq!(
        explain(&["output.accuracy>0"]).as_deref(),
        Ok(
            "--where output.accuracy>0 selects none of 3 runs: none has a value of `output.accuracy`"
        )
    );
    assert_eq!(
        explain(&["epochs=7 or seed=8"]).as_deref(),
        Ok("--where epochs=7 or seed=8 selects none of 3 runs: `epochs` is 10, 20; `seed` is 7")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_leaf_is_equal_to_itself(config in samples()) {
        for leaf in leaves(&config, &Schema::new(Sample::SHAPE), Names::Serde) {
            let value = match &leaf.value {
                Value::Text(_) | Value::Char(_) => crate::value::text::quoted(&leaf.value.to_string()),
                value => crate::change::written(value),
            };
            let expression = format!("{}={value}", leaf.path);
            let filter = parse(&[&expression]).map_err(TestCaseError::fail)?;
            prop_assert!(filter.matches(&row(&tree(&config), None)), "{}", expression);
        }
    }

    #[test]
    fn inequality_is_the_opposite_of_equality(config in samples(), bound in 0..300_u32) {
        let matches = |operator: &str| {
            parse(&[&format!("limit{operator}{}", bound % 256)])
                .map(|filter| filter.matches(&row(&tree(&config), None)))
        };
        let bound = bound % 256;
        prop_assert_eq!(matches("="), Ok(config.limit.map(u32::from) == Some(bound)));
        prop_assert_eq!(matches("!="), Ok(config.limit.map(u32::from) != Some(bound)));
        prop_assert_eq!(matches("<"), Ok(config.limit.is_some_and(|limit| u32::from(limit) < bound)));
        prop_assert_eq!(matches(">="), Ok(config.limit.is_some_and(|limit| u32::from(limit) >= bound)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_text_is_a_filter_or_refused_in_its_own_words(
        text in "(name|epochs|output|state|duration|run|schedule|layers|kind|step|0|\\.){0,4}(=|!=|<|<=|>|>=|~|==)(none|\\.\\.|=|,|[0-9]|-|e|s|\\[|\"|\\\\){0,6}|.{0,16}",
    ) {
        match parse(&[&text]) {
            Ok(filter) => {
                filter.matches(&row(&tree(&Sample::default()), None));
            }
            Err(error) => prop_assert!(error.contains(&text), "{}", error),
        }
    }
}
