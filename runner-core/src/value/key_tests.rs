//! Golden vectors of keys and seeds, which find every stored result: none may ever change.

use serde::Serialize;

use super::{
    any::AnyValue,
    key::{Identity, Origin},
    schema::Schema,
    walk::Walker,
};

#[derive(Serialize)]
struct Train {
    name: &'static str,
    learning_rate: f64,
    epochs: u32,
}

#[derive(Serialize)]
enum Kind {
    Fast,
}

const TRAIN: Train = Train {
    name: "base",
    learning_rate: 0.1,
    epochs: 10,
};

fn identify(experiment: &str, version: u32, config: &dyn AnyValue) -> Identity {
    let origin = Origin {
        experiment: experiment.to_owned(),
        version,
    };
    origin
        .identify(config, "", &Schema::Plain, &mut Walker::new())
        .expect("the config can be written")
}

/// The key is XXH3-128 of `runner key`, the key format (1) and the version as `u32`, the experiment's name with its
/// length as `u64` before it, and the digest of the config; the seed is the low half of the same with `runner seed`
/// and without the version. All numbers are little-endian.
#[track_caller]
fn check<C: AnyValue>(experiment: &str, version: u32, config: &C, key: &str, seed: u64) {
    let identity = identify(experiment, version, config);
    assert!(
        identity.key.to_string() == key && identity.seed == seed,
        "a key must never change: every stored result would be lost\n\
         expected {key}, seed {seed:#018x}\n  actual {}, seed {:#018x}\n\
         change the code back; if the meaning of keys has to change, that is a new key format with vectors of its own",
        identity.key,
        identity.seed
    );
}

#[test]
fn keys_and_seeds() {
    check(
        "demo::Training",
        1,
        &TRAIN,
        "7b3f84f083de2e1daa32c3039f261ebd",
        0x9bcc_e2dc_be61_b849,
    );
    check(
        "demo::Training",
        2,
        &TRAIN,
        "56485fcd249fec9dbb24b4ceb1b82d5e",
        0x9bcc_e2dc_be61_b849,
    );
    check(
        "другой",
        1,
        &TRAIN,
        "95a9eada519475f428b991f70df85c1e",
        0x60e7_a01d_b3f0_7885,
    );
    check(
        "demo::Training",
        1,
        &Kind::Fast,
        "9cfb1e39d9d967fb3d636f24841434e4",
        0xf375_3524_5336_aaa1,
    );
}

#[test]
fn the_directory_carries_the_first_digits_of_the_key() {
    let key = identify("demo::Training", 1, &TRAIN).key;
    assert!(
        key.to_string()
            .starts_with(&format!("{:016x}", key.short()))
    );
    assert_eq!(format!("{key:?}"), format!("Key({key})"));
}

#[test]
fn the_name_of_a_run_does_not_count() {
    let origin = Origin {
        experiment: "demo::Training".to_owned(),
        version: 1,
    };
    let key = |name: &str| {
        origin
            .identify(&TRAIN, name, &Schema::Plain, &mut Walker::new())
            .map(|identity| identity.key)
    };
    assert_eq!(key("a"), key("b"));
}
