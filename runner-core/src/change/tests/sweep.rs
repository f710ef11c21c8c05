//! What `--sweep`, `--zip` and `--replicates` make.

use super::overrides;
use crate::{
    base::Error,
    change::apply::Overrides,
    value::{Layer, Sample, Schedule},
};

#[test]
fn sweeps_are_a_product_with_the_last_one_fastest() -> Result<(), Error> {
    let sweep = overrides(
        &["optimizer.momentum=0.5"],
        &["epochs=1..3", "schedule=cosine,constant"],
    )?;
    let configs = sweep.apply_to(&[
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
    let swept = overrides(&[], &[sweep]).and_then(|sweep| sweep.apply_to(&[Sample::default()]));
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
fn what_the_documentation_recommends_needs_no_quoting() {
    let recommended = [
        "epochs=1..5",
        "epochs=1..=5",
        "epochs=0..100/10",
        "epochs=100..0/-10",
        "learning_rate=1e-4..1e-1/log7",
        "learning_rate=0..1/lin5",
        "schedule=cosine,constant",
        "optimizer.momentum=0.5,0.9",
        "learning_rate=0.001..0.01",
        "learning_rate=..0.01",
        "learning_rate=0.01..",
        "output.accuracy=0.9..",
        "schedule.kind=step,cosine",
        "state=failed,stale",
        "build=other",
        "timeout=90s",
        "data=/tmp/a.csv",
    ];
    for argument in recommended {
        // These mean nothing to bash, zsh and fish inside a word; `=` and `~` do only at its start.
        let is_plain =
            |character: char| character.is_ascii_alphanumeric() || "=.,/_-".contains(character);
        assert!(argument.chars().all(is_plain), "{argument}");
        assert!(argument.starts_with(|first: char| first.is_ascii_lowercase()));
        for shell in ["sh", "bash", "zsh", "fish"] {
            let script = format!("printf %s {argument}");
            let output = std::process::Command::new(shell)
                .args(["-c", &script])
                .output();
            // Not every machine has every shell.
            if let Ok(output) = output {
                assert_eq!(output.stdout, argument.as_bytes(), "{shell}");
            }
        }
    }
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
            zips: vec![String::new()],
            ..overrides(&[], sweeps)?
        })
    };
    let configs = zip(&["epochs=1,2", "seed=3,4"])?.apply_to(&[Sample::default()])?;
    let values: Vec<_> = configs
        .iter()
        .map(|config| (config.epochs, config.seed))
        .collect();
    assert_eq!(values, [(1, 3), (2, 4)]);
    let error = |sweeps| {
        zip(sweeps)
            .and_then(|zip| zip.apply_to(&[Sample::default()]))
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
        let configs = overrides.apply_to(&[Sample::default()])?;
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
    let error = none.apply_to(&[Layer { units: 1 }]).err();
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some(
            "--replicates 2: no config has a field that is marked `#[config(replicate)]`; mark the seed, or use --sweep"
        )
    );
    Ok(())
}

/// `--sweep schedule=cosine,{decay: 5} --sweep schedule.decay=1,2` lost `cosine`: the field of the variant was put into
/// every config.
#[test]
fn what_a_value_does_not_have_is_left_alone() {
    let product = |sweeps: &[&str]| {
        let made = overrides(&[], sweeps).and_then(|all| all.apply_to(&[Sample::default()]));
        made.map_err(|error| error.to_string())
    };
    let schedules = |sweeps: &[&str]| {
        product(sweeps).map(|all| all.into_iter().map(|one| one.schedule).collect::<Vec<_>>())
    };
    let decays = [Schedule::Decay(1.0), Schedule::Decay(2.0)];
    let with_cosine = [&[Schedule::Cosine], &decays[..]].concat();
    for schedule in [
        "schedule=cosine,{decay: 5}",
        "schedule=cosine,decay",
        "schedule=[cosine, {decay: 5}]",
    ] {
        let found = schedules(&[schedule, "schedule.decay=1,2"]);
        assert_eq!(found, Ok(with_cosine.clone()), "{schedule}");
        let found = schedules(&["schedule.decay=1,2", schedule]);
        let expected = [Schedule::Cosine, decays[0].clone(), decays[1].clone()];
        assert_eq!(found, Ok(expected.to_vec()), "{schedule}");
    }
    let cycle = |period| Schedule::Cycle(0.5, period);
    assert_eq!(
        schedules(&[
            "schedule=constant,decay,{cycle: [0.5, 0]}",
            "schedule.decay=1,2",
            "schedule.cycle.1=8,9",
        ]),
        Ok(vec![
            Schedule::Constant,
            decays[0].clone(),
            decays[1].clone(),
            cycle(8),
            cycle(9),
        ])
    );
    let warm = product(&[
        "warm=none,{momentum: 0, nesterov: true}",
        "warm.momentum=0.5,0.9",
    ]);
    let momenta = warm.map(|all| {
        let all = all.into_iter();
        all.map(|one| one.warm.map(|warm| warm.momentum)).collect()
    });
    assert_eq!(momenta, Ok(vec![None, Some(0.5), Some(0.9)]));
    // What every value has makes the full product.
    let weights = product(&["weights={b: 1},{c: 1}", "weights.a=5,6"]);
    assert_eq!(weights.map(|all| all.len()), Ok(4));
}

#[test]
fn sweeps_that_would_hide_each_other_say_so() {
    let check = |zip: bool, sweeps: &[&str], expected: &str| {
        let made = overrides(&[], sweeps).and_then(|all| {
            let zips = zip.then(String::new).into_iter().collect();
            let all = Overrides { zips, ..all };
            all.apply_to(&[Sample::default()])
        });
        let error = made.err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected));
    };
    check(
        false,
        &["schedule.decay=1,2", "schedule.cycle={0: 1, 1: 2}"],
        "--sweep schedule.cycle={0: 1, 1: 2}: `schedule` is either `cycle` or `decay` (--sweep schedule.decay=1,2); add \
         --sweep schedule=decay,cycle to have both",
    );
    check(
        false,
        &["schedule=cosine,constant", "schedule.decay=1,2"],
        "--sweep schedule.decay=1,2: no value of --sweep schedule=cosine,constant has this field",
    );
    check(
        true,
        &["schedule=cosine,{decay: 5}", "schedule.decay=1,2"],
        "--sweep schedule.decay=1,2: value 1 of it is paired with one of --sweep schedule=cosine,{decay: 5} that does \
         not have this field; leave --zip out",
    );
    check(
        false,
        &["schedule=cosin,decay", "schedule.decay=1,2"],
        "--sweep schedule=cosin,decay: `schedule` takes Schedule: no variant `cosin`; did you mean `cosine`? (variants: constant, \
         cosine, step, decay, cycle) (How the rate falls)",
    );
}

/// `--replicates 3` on five seeds gave seven.
#[test]
fn replicates_that_are_there_count() -> Result<(), Error> {
    let sample = |epochs, seed| Sample {
        epochs,
        seed,
        ..Sample::default()
    };
    let replicates = |count, configs: &[Sample]| -> Result<Vec<(u32, u64)>, Error> {
        let overrides = Overrides {
            replicates: Some(count),
            ..Overrides::default()
        };
        let made = overrides.apply_to(configs)?;
        Ok(made.iter().map(|one| (one.epochs, one.seed)).collect())
    };
    let five: Vec<Sample> = (1..=5).map(|seed| sample(1, seed)).collect();
    assert_eq!(replicates(3, &five)?, [(1, 1), (1, 2), (1, 3)]);
    let seven: Vec<(u32, u64)> = (1..=7).map(|seed| (1, seed)).collect();
    assert_eq!(replicates(7, &five)?, seven);
    // Each setting has its own; they may be mixed, and their seeds in any order.
    let mixed = [sample(1, 5), sample(2, 1), sample(1, 4), sample(2, 1)];
    assert_eq!(
        replicates(3, &mixed)?,
        [(1, 5), (2, 1), (1, 4), (1, 6), (2, 1), (2, 2), (2, 3)]
    );
    assert_eq!(replicates(1, &mixed)?, [(1, 5), (2, 1), (2, 1)]);
    let swept = Overrides {
        replicates: Some(2),
        ..overrides(&[], &["seed=8,9,10"])?
    };
    let seeds = swept.apply_to(&five)?;
    let seeds: Vec<u64> = seeds.iter().map(|one| one.seed).collect();
    assert_eq!(seeds, [8, 9]);
    Ok(())
}

#[test]
fn some_fields_are_zipped_and_others_multiplied() {
    let zip = |zips: &[&str], sweeps: &[&str]| {
        let zips = zips.iter().map(ToString::to_string).collect();
        let made = overrides(&[], sweeps)
            .and_then(|all| Overrides { zips, ..all }.apply_to(&[Sample::default()]));
        let values = made.map(|all| {
            let all = all.into_iter();
            all.map(|one| (one.epochs, one.big, one.seed))
                .collect::<Vec<_>>()
        });
        values.map_err(|error| error.to_string())
    };
    let sweeps = ["epochs=1,2", "big=5,6,7", "seed=3,4"];
    let expected: Vec<(u32, u128, u64)> = [(1, 3), (2, 4)]
        .into_iter()
        .flat_map(|(epochs, seed)| [5, 6, 7].map(|big| (epochs, big, seed)))
        .collect();
    assert_eq!(zip(&["epochs,seed"], &sweeps), Ok(expected.clone()));
    assert_eq!(zip(&["seed, epochs"], &sweeps), Ok(expected));
    let error = |zips: &[&str]| zip(zips, &sweeps).err();
    assert_eq!(
        error(&["epochs,big"]).as_deref(),
        Some(
            "--zip needs as many values for each field: --sweep epochs=1,2 has 2, --sweep big=5,6,7 has 3"
        )
    );
    assert_eq!(
        error(&["epochs,name"]).as_deref(),
        Some("--zip=epochs,name: add --sweep name=VALUES; there is none")
    );
    assert_eq!(
        error(&["epochs"]).as_deref(),
        Some("--zip=epochs: name at least two fields of --sweep, or none for all")
    );
    assert_eq!(
        error(&["epochs,seed", "seed,epochs"]).as_deref(),
        Some("--zip=seed,epochs: a field is zipped already; write each in one --zip")
    );
}
