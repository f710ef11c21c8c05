//! Whole overrides on whole configs.

use proptest::prelude::*;

use super::{Assignment, Overrides, Sweep, written::written};
use crate::{
    canonical::{Digest, Names, Schema, Walker, leaves},
    config::Shaped,
    error::Error,
    sample_config::{Layer, Mode, Optimizer, Sample, Schedule, samples},
};

fn overrides(sets: &[&str], sweeps: &[&str]) -> Result<Overrides, Error> {
    Ok(Overrides {
        sets: sets
            .iter()
            .map(|set| Assignment::parse(set))
            .collect::<Result<_, _>>()?,
        sweeps: sweeps
            .iter()
            .map(|sweep| Sweep::parse(sweep))
            .collect::<Result<_, _>>()?,
        ..Overrides::default()
    })
}

fn set(sets: &[&str]) -> Result<Sample, String> {
    let configs = overrides(sets, &[]).and_then(|set| set.apply(&[Sample::default()]));
    configs
        .map(|mut configs| configs.remove(0))
        .map_err(|error| error.to_string())
}

/// Checks that the settings change the default config as `expected` does.
#[track_caller]
fn check(sets: &[&str], expected: impl FnOnce(&mut Sample)) {
    let mut wanted = Sample::default();
    expected(&mut wanted);
    assert_eq!(set(sets), Ok(wanted), "{sets:?}");
}

#[track_caller]
fn check_error(sets: &[&str], expected: &str) {
    assert_eq!(set(sets), Err(expected.to_owned()), "{sets:?}");
}

fn key(config: &Sample) -> Digest {
    let walked = Walker::new().config(config, &Schema::new(Sample::SHAPE));
    walked.map(|walked| walked.value).unwrap_or_default()
}

#[test]
fn scalars_are_read_as_their_own_type() {
    check(&["epochs=200"], |config| config.epochs = 200);
    check(&["epochs=1e3"], |config| config.epochs = 1000);
    check(&["learning_rate=1e-4"], |config| {
        config.learning_rate = 1e-4
    });
    check(&["small=0.1"], |config| config.small = 0.1);
    check(&["verbose=true"], |config| config.verbose = true);
    check(&["letter=,"], |config| config.letter = ',');
    check(&["name=two words, 1=2"], |config| {
        "two words, 1=2".clone_into(&mut config.name);
    });
    check(&["name="], |config| config.name.clear());
    check(&[r#"name="quoted""#], |config| {
        "quoted".clone_into(&mut config.name)
    });
    check(&["name=[a, b]"], |config| {
        "[a, b]".clone_into(&mut config.name)
    });
    check(&["data=/tmp/a b.csv"], |config| {
        config.data = "/tmp/a b.csv".into()
    });
    check(&["host=::1"], |config| {
        config.host = [0, 0, 0, 0, 0, 0, 0, 1].into()
    });
    check(&["timeout=2m"], |config| {
        config.timeout = std::time::Duration::from_secs(120)
    });
    check(&["big=340282366920938463463374607431768211455"], |config| {
        config.big = u128::MAX
    });
}

#[test]
fn what_is_inside_a_field_can_be_set_alone() {
    check(&["optimizer.momentum=0.5"], |config| {
        config.optimizer.momentum = 0.5
    });
    check(&["layers.1.units=3"], |config| config.layers[1].units = 3);
    check(&["dims.0=9"], |config| config.dims[0] = 9);
    check(&["pair.1=two"], |config| {
        "two".clone_into(&mut config.pair.1)
    });
    check(&["weights.b=-2"], |config| {
        config.weights.insert("b".to_owned(), -2);
    });
    check(&["plain.mode=Exact", "plain.depth=-1"], |config| {
        config.plain.mode = Mode::Exact;
        config.plain.depth = -1;
    });
    check(&["plain.mode.kind=Exact"], |config| {
        config.plain.mode = Mode::Exact
    });
}

#[test]
fn options_are_filled_and_emptied() {
    check(&["limit=5"], |config| config.limit = Some(5));
    check(&["limit=5", "limit=none"], |config| config.limit = None);
    check(&["note=none"], |config| config.note = None);
    check(&[r#"note="none""#], |config| {
        config.note = Some("none".to_owned())
    });
    check(&["warm.momentum=0.1", "warm.nesterov=true"], |config| {
        config.warm = Some(Optimizer {
            momentum: 0.1,
            nesterov: true,
        });
    });
    check_error(
        &["warm.momentum=0.1"],
        "--set warm.momentum=0.1: `warm`: `nesterov` is missing",
    );
}

#[test]
fn variants_are_chosen_by_name_and_by_what_is_inside() {
    let step = Schedule::Step {
        gamma: 0.1,
        period: 5,
    };
    check(&["schedule=cosine"], |config| {
        config.schedule = Schedule::Cosine
    });
    check(
        &["schedule.step.gamma=0.1", "schedule.step.period=5"],
        |config| {
            config.schedule = step.clone();
        },
    );
    check(
        &[r#"schedule={"step": {"gamma": 0.1, "period": 5}}"#],
        |config| {
            config.schedule = step.clone();
        },
    );
    check(
        &[
            "schedule={step: {gamma: 0.1, period: 6}}",
            "schedule.step.period=5",
        ],
        |config| {
            config.schedule = step.clone();
        },
    );
    check(
        &[
            "schedule=step",
            "schedule.step={gamma: 0.1, period: 5}",
            "schedule=step",
        ],
        |config| {
            config.schedule = step.clone();
        },
    );
    check(&["schedule.decay=0.5"], |config| {
        config.schedule = Schedule::Decay(0.5)
    });
    check(&["schedule.cycle=[0.5, 3]"], |config| {
        config.schedule = Schedule::Cycle(0.5, 3)
    });
    check(&["schedule.cycle.0=0.5", "schedule.cycle.1=3"], |config| {
        config.schedule = Schedule::Cycle(0.5, 3);
    });
    check_error(
        &["schedule=step"],
        "--set schedule=step: `schedule.step`: `gamma` is missing (not given: `gamma`, `period`)",
    );
    check_error(
        &["schedule.step.gamma=0.1"],
        "--set schedule.step.gamma=0.1: `schedule.step`: `period` is missing",
    );
    check_error(
        &["schedule=decay"],
        "--set schedule=decay: `schedule` takes Schedule: variant `decay` needs a value, as `{\"decay\": …}` (How the rate falls)",
    );
}

#[test]
fn lists_and_objects_are_json() {
    check(&[r#"layers=[{"units":64}]"#], |config| {
        config.layers = vec![Layer { units: 64 }]
    });
    check(&["dims=[1, 2, 3]"], |config| config.dims = vec![1, 2, 3]);
    check(&["dims=1,2,3"], |config| config.dims = vec![1, 2, 3]);
    check(&["dims=[]"], |config| config.dims.clear());
    check(&[r#"pair=[5, "a,b"]"#], |config| {
        config.pair = (5, "a,b".to_owned())
    });
    check(&[r#"weights={"x": 1}"#], |config| {
        config.weights = [("x".to_owned(), 1)].into();
    });
    check_error(
        &[r#"layers=[{"units":-1}]"#],
        "--set layers=[{\"units\":-1}]: `layers.0.units` takes u32: `-1` is out of range (0 to 4294967295)",
    );
    check_error(
        &[r#"layers=[{"unit":1}]"#],
        "--set layers=[{\"unit\":1}]: `layers.0`: no field `unit`; did you mean `units`? (fields: units)",
    );
    check_error(
        &["dims=[1, 2"],
        "--set dims=[1, 2: `dims` takes Vec<u64>: `,` or `]` is missing at the end (column 6 of `[1, 2`)",
    );
    check_error(
        &["pair=[1, 2, 3]"],
        "--set pair=[1, 2, 3]: `pair` takes (i16, String): the list has 3 items, 1 too many",
    );
}

#[test]
fn fields_that_do_not_exist_are_refused_with_a_suggestion() {
    check_error(
        &["learning_rat=1"],
        "--set learning_rat=1: no field `learning_rat`; did you mean `learning_rate`? (fields: name, learning_rate, \
         epochs, optimizer, warm, schedule, layers, dims, limit, note, data, host, timeout, big, small, letter, pair, \
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
fn sweeps_are_a_product_with_the_last_one_fastest() -> Result<(), Error> {
    let sweep = overrides(
        &["optimizer.momentum=0.5"],
        &["epochs=1..3", "schedule=cosine,constant"],
    )?;
    let configs = sweep.apply(&[
        Sample::default(),
        Sample {
            seed: 8,
            ..Sample::default()
        },
    ])?;
    let values: Vec<_> = configs
        .iter()
        .map(|config| (config.seed, config.epochs, config.schedule.clone()))
        .collect();
    let (cosine, constant) = (Schedule::Cosine, Schedule::Constant);
    let expected = [7, 8].map(|seed| {
        [
            (seed, 1, cosine.clone()),
            (seed, 1, constant.clone()),
            (seed, 2, cosine.clone()),
            (seed, 2, constant.clone()),
        ]
    });
    assert_eq!(values, expected.concat());
    assert!(
        configs
            .iter()
            .all(|config| config.optimizer.momentum.to_bits() == 0.5_f64.to_bits())
    );
    Ok(())
}

fn swept(sweep: &str) -> Result<Vec<Sample>, String> {
    let swept = overrides(&[], &[sweep]).and_then(|sweep| sweep.apply(&[Sample::default()]));
    swept.map_err(|error| error.to_string())
}

#[test]
fn what_a_sweep_means_depends_on_what_its_field_takes() {
    let names = |sweep: &str| {
        swept(sweep).map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>())
    };
    assert_eq!(
        names("name=1..3,b"),
        Ok(vec!["1..3".to_owned(), "b".to_owned()])
    );
    assert_eq!(
        names(r"name=a\,b,c"),
        Ok(vec!["a,b".to_owned(), "c".to_owned()])
    );
    let dims = |sweep: &str| {
        swept(sweep).map(|all| all.into_iter().map(|one| one.dims).collect::<Vec<_>>())
    };
    assert_eq!(dims("dims=[1,2],[3]"), Ok(vec![vec![1, 2], vec![3]]));
    let limits = |sweep: &str| {
        swept(sweep).map(|all| all.into_iter().map(|one| one.limit).collect::<Vec<_>>())
    };
    assert_eq!(
        limits("limit=none,1..3,9"),
        Ok(vec![None, Some(1), Some(2), Some(9)])
    );
    assert_eq!(limits("limit=[1, null]"), Ok(vec![Some(1), None]));
    let schedules = |sweep: &str| {
        swept(sweep).map(|all| all.into_iter().map(|one| one.schedule).collect::<Vec<_>>())
    };
    assert_eq!(
        schedules("schedule=cosine,{decay: 0.5}"),
        Ok(vec![Schedule::Cosine, Schedule::Decay(0.5)])
    );
}

#[test]
fn sweeps_that_make_no_sense_say_why() {
    let check = |sweep: &str, expected: &str| {
        assert_eq!(swept(sweep).err().as_deref(), Some(expected));
    };
    check("epochs=", "--sweep epochs=: there are no values");
    check(
        "epochs=1,,2",
        "--sweep epochs=1,,2: a value between commas is empty; write `\"\"` for an empty text",
    );
    check(
        "epochs=1,x",
        "--sweep epochs=1,x: `epochs` takes u32: `x` is not a whole number (Passes over the data)",
    );
    check(
        "epochs=5..1",
        "--sweep epochs=5..1: the range `5..1` is empty",
    );
}

#[test]
fn zip_pairs_the_fields_of_all_sweeps() -> Result<(), Error> {
    let zip = |sweeps: &[&str]| -> Result<Overrides, Error> {
        Ok(Overrides {
            zip: true,
            ..overrides(&[], sweeps)?
        })
    };
    let configs = zip(&["epochs=1,2", "seed=3,4"])?.apply(&[Sample::default()])?;
    let values: Vec<_> = configs
        .iter()
        .map(|config| (config.epochs, config.seed))
        .collect();
    assert_eq!(values, [(1, 3), (2, 4)]);
    let error = |sweeps| {
        zip(sweeps)
            .and_then(|zip| zip.apply(&[Sample::default()]))
            .err()
    };
    assert_eq!(
        error(&["epochs=1,2", "seed=3"])
            .map(|error| error.to_string())
            .as_deref(),
        Some(
            "--zip needs as many values for each field: --sweep epochs=1,2 has 2, --sweep seed=3 has 1"
        )
    );
    assert_eq!(
        error(&[]).map(|error| error.to_string()).as_deref(),
        Some("--zip pairs the fields of --sweep, and there is none")
    );
    Ok(())
}

#[test]
fn replicates_count_from_the_value_that_is_there() -> Result<(), Error> {
    let replicates = |count, sets: &[&str]| -> Result<Vec<u64>, Error> {
        let overrides = Overrides {
            replicates: Some(count),
            ..overrides(sets, &["epochs=1,2"])?
        };
        let configs = overrides.apply(&[Sample::default()])?;
        Ok(configs.iter().map(|config| config.seed).collect())
    };
    assert_eq!(replicates(2, &[])?, [7, 8, 7, 8]);
    assert_eq!(replicates(2, &["seed=100"])?, [100, 101, 100, 101]);
    let error = replicates(2, &["seed=18446744073709551615"]).err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(
            "--replicates 2: `seed` takes u64: `18446744073709551616` is out of range (0 to 18446744073709551615)"
        )
    );
    let none = Overrides {
        replicates: Some(2),
        ..Overrides::default()
    };
    let error = none.apply(&[Layer { units: 1 }]).err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(
            "--replicates 2: no field is marked `#[config(replicate)]`; mark the seed, or use --sweep"
        )
    );
    Ok(())
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
    let error = overrides(&["layers.0.units=1"], &[])?.apply(&configs).err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(
            "--set layers.0.units=1: `layers.0`: the list has 0 items; give all of them as `[…]` to have more (config 2 \
             of 2)"
        )
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn leaves_given_back_make_the_same_config(from in samples(), to in samples()) {
        let printed: Vec<String> = leaves(&to, &Schema::new(Sample::SHAPE), Names::Serde)
            .iter()
            .map(|leaf| format!("{}={}", leaf.path, written(&leaf.value)))
            .collect();
        let printed: Vec<&str> = printed.iter().map(String::as_str).collect();
        let made = overrides(&printed, &[]).and_then(|set| set.apply(&[from]));
        let made = made.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key(&made[0]), key(&to), "{:?}", printed);
    }

    #[test]
    fn fields_given_back_as_json_make_the_same_config(from in samples(), to in samples()) {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&to) else {
            return Ok(());
        };
        // JSON has no numbers that are not finite; and `null` would say that they are absent.
        let json = serde_json::to_string(&fields)?;
        let has_null = leaves(&to, &Schema::new(Sample::SHAPE), Names::Serde)
            .iter()
            .any(|leaf| matches!(leaf.value.to_string().as_str(), "NaN" | "inf" | "-inf"));
        prop_assume!(!has_null && serde_json::from_str::<Sample>(&json).is_ok());
        let sets: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let made = overrides(&sets, &[]).and_then(|set| set.apply(&[from]));
        let made = made.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key(&made[0]), key(&to), "{:?}", sets);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_applied_or_refused_in_its_own_words(
        field in "(name|epochs|learning_rate|optimizer|warm|schedule|layers|dims|limit|note|pair|weights|plain|kind|step|0|1|\\.|[a-z]){1,4}",
        value in "[\\[\\]{}\",:\\\\ a-c0-9=./-]{0,12}|(none|log|lin|\\.\\.|=|/|,|[0-9]|-|e){0,8}|.{0,12}",
    ) {
        let text = format!("{field}={value}");
        for overrides in [overrides(&[&text], &[]), overrides(&[], &[&text])] {
            if let Err(error) = overrides.and_then(|overrides| overrides.apply(&[Sample::default()])) {
                prop_assert!(error.is_usage());
                prop_assert!(error.to_string().contains(&text), "{}", error);
            }
        }
    }
}
