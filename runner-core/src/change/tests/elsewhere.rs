//! Fields under other names and in other places than the usual: aliases, replicates inside, many configs at once.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::overrides;
use crate::{
    base::Error,
    change::apply::Overrides,
    value::{Config, Sample, Shape, Shaped, config, field, samples, variant},
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Train {
    #[serde(alias = "lr")]
    rate: f64,
    #[serde(alias = "net")]
    model: Model,
    #[serde(alias = "extra")]
    more: Option<Model>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Model {
    #[serde(alias = "size")]
    units: u32,
}

config!(Model, struct [field("units")]);
config!(Train, struct [
    field("rate"),
    field("model").shaped(Model::SHAPE),
    field("more").shaped(<Option<Model> as Shaped>::SHAPE),
]);

fn train(rate: f64, units: u32, more: Option<u32>) -> Train {
    Train {
        rate,
        model: Model { units },
        more: more.map(|units| Model { units }),
    }
}

#[test]
fn a_field_may_be_called_by_an_alias_of_serde() -> Result<(), Error> {
    let configs = [train(0.1, 1, None), train(0.2, 2, Some(3))];
    let set = |sets: &[&str]| overrides(sets, &[])?.apply_to(&configs);
    let changed = [train(0.5, 1, None), train(0.5, 2, Some(3))];
    assert_eq!(set(&["lr=0.5"])?, changed);
    assert_eq!(set(&["rate=7", "lr=0.5"])?, changed);
    let changed = [train(0.1, 9, None), train(0.2, 9, Some(3))];
    assert_eq!(set(&["net.size=9"])?, changed);
    // The first of the configs does not show that it is an alias.
    let changed = [train(0.1, 1, Some(4)), train(0.2, 2, Some(4))];
    assert_eq!(set(&["extra.size=4"])?, changed);
    let twice = overrides(&[], &["lr=1,2", "rate=3"])?.apply_to(&configs);
    assert_eq!(
        twice.err().map(|error| error.to_string()).as_deref(),
        Some("--sweep rate=3: the field is swept already by --sweep lr=1,2")
    );
    Ok(())
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Way {
    Exact,
    Random { seed: u32 },
    Seeded(u32),
    Each(Vec<Part>, Option<Box<Part>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    seed: u8,
}

config!(Part, struct [field("seed").replicate()]);
config!(Way, enum [
    variant("Exact", &[]),
    variant("Random", const { &[field("seed").replicate()] }),
    variant("Seeded", const { &[field("0").replicate()] }),
    variant("Each", const { &[
        field("0").shaped(Shape::Through(&Part::SHAPE)),
        field("1").shaped(Shape::Through(&Part::SHAPE)),
    ] }),
]);

fn replicated(configs: &[Way]) -> Result<Vec<Way>, String> {
    let overrides = Overrides {
        replicates: Some(2),
        ..Overrides::default()
    };
    overrides
        .apply_to(configs)
        .map_err(|error| error.to_string())
}

#[test]
fn replicates_are_counted_wherever_their_field_is() {
    let each = |seeds: [u8; 2]| Way::Each(seeds.map(|seed| Part { seed }).to_vec(), None);
    let configs = [
        Way::Exact,
        Way::Random { seed: 5 },
        Way::Seeded(7),
        each([1, 8]),
    ];
    // What has no seed is the same however often it is repeated.
    let expected = [
        Way::Exact,
        Way::Random { seed: 5 },
        Way::Random { seed: 6 },
        Way::Seeded(7),
        Way::Seeded(8),
        each([1, 8]),
        each([2, 9]),
    ];
    assert_eq!(replicated(&configs), Ok(expected.to_vec()));
    assert_eq!(
        replicated(&[Way::Exact]),
        Err(
            "--replicates 2: no config has a field that is marked `#[config(replicate)]`; mark the seed, or use --sweep"
                .to_owned()
        )
    );
    let error = replicated(&[each([1, 255])]).expect_err("it is too large");
    assert!(
        error.starts_with("--replicates 2: `Each.0.1.seed` "),
        "{error}"
    );
    assert!(
        error.ends_with("`256` is out of range (0 to 255)"),
        "{error}"
    );
    let both = Way::Each(vec![Part { seed: 1 }], Some(Box::new(Part { seed: 2 })));
    assert_eq!(
        replicated(&[both]),
        Err(
            "--replicates 2: several fields are marked `#[config(replicate)]` (Each.0.seed, Each.1.seed); use --sweep"
                .to_owned()
        )
    );
}

/// Leaves out what is absent, which postcard cannot tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sparse {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<u8>,
    second: u8,
    third: Vec<u8>,
    epochs: u32,
}

config!(Sparse, struct [field("first"), field("second"), field("third"), field("epochs")]);

#[test]
fn what_the_store_could_not_keep_is_still_changed_as_it_is() -> Result<(), Error> {
    let sparse = |first, epochs| Sparse {
        first,
        second: 1,
        third: vec![1, 1],
        epochs,
    };
    let configs = [sparse(Some(1), 5), sparse(None, 5), sparse(Some(0), 1)];
    let made = overrides(&["epochs=1"], &[])?.apply_to(&configs)?;
    assert_eq!(
        made,
        [sparse(Some(1), 1), sparse(None, 1), sparse(Some(0), 1)]
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn many_configs_are_changed_as_each_alone(configs in prop::collection::vec(samples(), 2..5)) {
        let sets = [
            "epochs=7", "optimizer.momentum=0.25", "name=a b", "limit=none", "timeout=90s", "host=::1", "big=5", "letter=x",
            "plain.depth=3", "verbose=true", "epochs=9",
        ];
        for sets in [&sets[..1], &sets[1..4], &sets[..]] {
            let overrides = overrides(sets, &[]).expect("they are assignments");
            let together = overrides.apply_to(&configs).expect("they fit");
            let alone: Vec<Sample> = configs
                .iter()
                .flat_map(|config| overrides.apply_to(std::slice::from_ref(config)).expect("they fit"))
                .collect();
            // Not by `==`, for which NaN is not NaN.
            prop_assert_eq!(format!("{together:?}"), format!("{alone:?}"));
        }
    }
}

#[test]
fn a_type_that_panics_is_refused() {
    #[derive(Clone, Debug, Serialize)]
    struct Picky {
        size: u32,
    }
    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            #[derive(Deserialize)]
            struct Raw {
                size: u32,
            }
            let Raw { size } = Raw::deserialize(deserializer)?;
            assert!(size < 10, "too large: {size}");
            Ok(Self { size })
        }
    }
    config!(Picky, struct [field("size")]);
    let configs = [Picky { size: 1 }, Picky { size: 2 }];
    let made = overrides(&["size=11"], &[]).and_then(|set| set.apply_to(&configs));
    let message = made
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        message.starts_with("--set size=11: its `Deserialize` panicked: too large: 11"),
        "{message}"
    );
    assert_eq!(Picky::FIELDS.len(), 1);
}
