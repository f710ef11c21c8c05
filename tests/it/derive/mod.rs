//! What `#[derive(Config)]` writes, seen from a user's crate.

#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    missing_debug_implementations
)]
#![deny(clippy::pedantic, clippy::allow_attributes)]
#![forbid(unsafe_code)]

mod clashes;
mod fields_of_a_struct;
mod generics;
mod names;
mod oddities;
mod reexports;
mod run_names;
mod shapes;
mod sweeps;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, LinkedList, VecDeque},
};

use runner::{
    __private::{Rules, Shape, Shaped},
    Config, Field,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The fields of a shape that is a config.
fn fields(shape: &Shape) -> &'static [Field] {
    match shape {
        Shape::Config(members) => members().fields,
        other => panic!("this is no config: {other:?}"),
    }
}

/// The shape in a few letters: `-` plain, `c` config, `[…]` through, `(…)` tuple.
fn sketch(shape: &Shape) -> String {
    match shape {
        Shape::Plain => "-".to_owned(),
        Shape::Config(_) => "c".to_owned(),
        Shape::Through(inner) => format!("[{}]", sketch(inner)),
        Shape::Tuple(items) => format!("({})", items.iter().map(sketch).collect::<String>()),
    }
}

fn rules<C: Config>(name: &str) -> Rules {
    let field = C::FIELDS.iter().find(|field| field.name() == name);
    field.expect("there is such a field").rules
}

fn names<C: Config>() -> Vec<&'static str> {
    C::FIELDS.iter().map(Field::name).collect()
}

/// How weights are changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
struct Optimizer {
    momentum: f64,
    #[config(added = false)]
    nesterov: bool,
}

const OPTIMIZER: Optimizer = Optimizer {
    momentum: 0.9,
    nesterov: false,
};

/// A type that a function makes for itself.
#[test]
fn a_type_inside_a_function_can_be_a_config() {
    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Local {
        optimizer: Optimizer,
        #[config(added = "text")]
        text: String,
        #[config(added = HashMap::<u8, u8>::new())]
        map: HashMap<u8, u8>,
    }
    assert_eq!(names::<Local>(), ["optimizer", "text", "map"]);
    assert_eq!(sketch(&rules::<Local>("optimizer").shape), "c");
    for field in Local::FIELDS {
        let added = field.rules.added.map(|added| added());
        assert_eq!(added.is_some(), field.name() != "optimizer");
    }
}

#[test]
fn mistakes_are_reported_together_each_on_its_span() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
