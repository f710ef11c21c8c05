//! What `--set` changes.

use super::{check, check_error, overrides};
use crate::{
    base::Error,
    value::{Layer, Mode, Optimizer, Schedule},
};

#[test]
fn scalars_are_read_as_their_own_type() {
    check(&["epochs=200"], |config| config.epochs = 200);
    check(&["epochs=1e3"], |config| config.epochs = 1000);
    check(&["learning_rate=1e-4"], |config| {
        config.learning_rate = 1e-4;
    });
    check(&["small=0.1"], |config| config.small = 0.1);
    check(&["verbose=true"], |config| config.verbose = true);
    check(&["letter=,"], |config| config.letter = ',');
    check(&["name=two words, 1=2"], |config| {
        "two words, 1=2".clone_into(&mut config.name);
    });
    check(&["name="], |config| config.name.clear());
    check(&[r#"name="quoted""#], |config| {
        "quoted".clone_into(&mut config.name);
    });
    check(&["name=[a, b]"], |config| {
        "[a, b]".clone_into(&mut config.name);
    });
    check(&["data=/tmp/a b.csv"], |config| {
        config.data = "/tmp/a b.csv".into();
    });
    check(&["host=::1"], |config| {
        config.host = [0, 0, 0, 0, 0, 0, 0, 1].into();
    });
    check(&["timeout=2m"], |config| {
        config.timeout = std::time::Duration::from_secs(120);
    });
    check(&["big=340282366920938463463374607431768211455"], |config| {
        config.big = u128::MAX;
    });
}

#[test]
fn durations_have_units() {
    let pause = std::time::Duration::from_millis(2500);
    check(&["pause=2s 500ms"], |config| config.pause = pause);
    check(&["pause.secs=2", "pause.nanos=500_000_000"], |config| {
        config.pause = pause;
    });
    check(&[r#"pause={"secs": 2, "nanos": 500000000}"#], |config| {
        config.pause = pause;
    });
    check_error(
        &["pause=5"],
        "--set pause=5: `pause` takes Duration: `5` is not a duration such as 90s or 1h30m",
    );
}

#[test]
fn what_is_inside_a_field_can_be_set_alone() {
    check(&["optimizer.momentum=0.5"], |config| {
        config.optimizer.momentum = 0.5;
    });
    check(&["layers.1.units=3"], |config| config.layers[1].units = 3);
    check(&["dims.0=9"], |config| config.dims[0] = 9);
    check(&["pair.1=two"], |config| {
        "two".clone_into(&mut config.pair.1);
    });
    check(&["weights.b=-2"], |config| {
        config.weights.insert("b".to_owned(), -2);
    });
    check(&["plain.mode=Exact", "plain.depth=-1"], |config| {
        config.plain.mode = Mode::Exact;
        config.plain.depth = -1;
    });
    check(&["plain.mode.kind=Exact"], |config| {
        config.plain.mode = Mode::Exact;
    });
}

#[test]
fn options_are_filled_and_emptied() {
    check(&["limit=5"], |config| config.limit = Some(5));
    check(&["limit=5", "limit=none"], |config| config.limit = None);
    check(&["note=none"], |config| config.note = None);
    check(&[r#"note="none""#], |config| {
        config.note = Some("none".to_owned());
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
        config.schedule = Schedule::Cosine;
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
        config.schedule = Schedule::Decay(0.5);
    });
    check(&["schedule.cycle=[0.5, 3]"], |config| {
        config.schedule = Schedule::Cycle(0.5, 3);
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
fn a_config_that_is_an_enum_has_a_kind() -> Result<(), Error> {
    let set = |sets: &[&str]| overrides(sets, &[])?.apply_to(&[Schedule::Constant]);
    assert_eq!(set(&["kind=cosine"])?, [Schedule::Cosine]);
    assert_eq!(set(&["decay=0.5"])?, [Schedule::Decay(0.5)]);
    let step = Schedule::Step {
        gamma: 0.5,
        period: 2,
    };
    assert_eq!(
        set(&["kind=step", "step.gamma=0.5", "step.period=2"])?,
        [step]
    );
    assert_eq!(
        set(&["kind=step"])
            .err()
            .map(|error| error.to_string())
            .as_deref(),
        Some("--set kind=step: `step`: `gamma` is missing (not given: `gamma`, `period`)")
    );
    Ok(())
}

#[test]
fn lists_and_objects_are_json() {
    check(&[r#"layers=[{"units":64}]"#], |config| {
        config.layers = vec![Layer { units: 64 }];
    });
    check(&["dims=[1, 2, 3]"], |config| config.dims = vec![1, 2, 3]);
    check(&["dims=1,2,3"], |config| config.dims = vec![1, 2, 3]);
    check(&["dims=[]"], |config| config.dims.clear());
    check(&[r#"pair=[5, "a,b"]"#], |config| {
        config.pair = (5, "a,b".to_owned());
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
