//! Names that the generated code could confuse with its own.

use runner::Config as Derive;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, Derive)]
struct Sweep {
    option: Option,
    string: String,
    vec: Vec,
    #[config(added = value())]
    value: Builder,
    shape: Shape,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Option;
#[derive(Clone, Debug, Serialize, Deserialize)]
struct String;
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Vec;
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Builder;
#[derive(Clone, Debug, Serialize, Deserialize, Derive)]
struct Shape {
    probe: Probe,
}
#[derive(Clone, Debug, Serialize, Deserialize, Derive)]
struct Probe;

const fn value() -> Builder {
    Builder
}

#[test]
fn do_no_harm() {
    let base = Sweep {
        option: Option,
        string: String,
        vec: Vec,
        value: Builder,
        shape: Shape { probe: Probe },
    };
    assert_eq!(
        base.sweep()
            .option([Option, Option])
            .vec([Vec])
            .build()
            .len(),
        2
    );
}
