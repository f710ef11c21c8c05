//! What is learned of a type without a value of it, and how a changed `Output` is described.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    ask::{Place, ask},
    compare::{compare_shapes, shape_of as shape_of_type},
    leaves::{Names, leaves},
    schema::Schema,
    tree_error::TreeError,
    tree_offer::Reader,
};

/// Asks a type that need not be one of outputs.
fn probe<T: DeserializeOwned>(path: &[&str]) -> Result<Place, TreeError> {
    ask(path, &|tree| {
        // It ends with an error once it has seen what is asked for.
        drop(T::deserialize(Reader::part(tree, true)));
    })
}

fn shape_of<T: DeserializeOwned>() -> Vec<(String, String)> {
    shape_of_type(probe::<T>)
}

#[track_caller]
fn check<T: DeserializeOwned>(expected: &[&str]) {
    let shape: Vec<_> = shape_of::<T>()
        .into_iter()
        .map(|(path, kind)| format!("{path}: {kind}"))
        .collect();
    assert_eq!(shape, expected);
}

fn stored<T: Serialize>(value: &T) -> Vec<(String, String)> {
    leaves(value, &Schema::Plain, Names::Serde)
        .into_iter()
        .map(|leaf| (leaf.path, leaf.kind.name().to_owned()))
        .collect()
}

/// What is said of a stored `before` when its type has become `Now`; empty if nothing.
fn said<Now: DeserializeOwned>(before: &impl Serialize) -> String {
    compare_shapes(&stored(before), &shape_of::<Now>()).unwrap_or_default()
}

#[derive(Default, Serialize, Deserialize)]
struct Metrics {
    loss: f64,
    accuracy: f64,
    steps: u32,
}

#[derive(Default, Serialize, Deserialize)]
struct Point {
    x: f32,
    y: f32,
}

#[derive(Serialize, Deserialize)]
enum Kind {
    Fast { x: u8 },
    Slow(f64),
    Pair(u8, Point),
    Off,
}

#[test]
fn scalars_and_structs() {
    check::<Metrics>(&["loss: f64", "accuracy: f64", "steps: u32"]);
    check::<f32>(&[": f32"]);
    check::<String>(&[": text"]);
    check::<(u8, Point)>(&[": list"]);
    check::<Option<Point>>(&["x: f32", "y: f32"]);
    check::<BTreeMap<String, Point>>(&[": map"]);
    check::<()>(&[": unit"]);
}

#[derive(Serialize, Deserialize)]
struct Everything {
    some: Option<i128>,
    point: Box<Point>,
    points: Vec<Point>,
    array: [Point; 3],
    kind: Kind,
    map: HashMap<u8, Kind>,
    unit: (),
    count: NonZeroU32,
    file: PathBuf,
    time: Duration,
    address: IpAddr,
    letter: char,
    last: bool,
}

const EVERYTHING: [&str; 16] = [
    "some: i128",
    "point.x: f32",
    "point.y: f32",
    "points: list",
    "array: list",
    "kind: variant",
    "kind.Fast.x: u8",
    "map: map",
    "unit: unit",
    "count: u32",
    "file: text",
    "time.secs: u64",
    "time.nanos: u32",
    "address: text",
    "letter: char",
    "last: bool",
];

/// An address refuses the empty text; the fields after it are asked for all the same.
#[test]
fn a_struct_of_everything() {
    check::<Everything>(&EVERYTHING);
}

#[test]
fn a_value_has_the_leaves_that_its_type_has() {
    let everything = |kind, some| Everything {
        some,
        point: Box::default(),
        points: vec![],
        array: <[Point; 3]>::default(),
        kind,
        map: HashMap::from([(1, Kind::Off), (2, Kind::Slow(0.5))]),
        unit: (),
        count: NonZeroU32::MIN,
        file: PathBuf::new(),
        time: Duration::ZERO,
        address: IpAddr::from([127, 0, 0, 1]),
        letter: 'a',
        last: true,
    };
    let pair = || Kind::Pair(1, Point::default());
    for kind in [Kind::Fast { x: 1 }, Kind::Slow(0.5), pair(), Kind::Off] {
        assert_eq!(said::<Everything>(&everything(kind, Some(1))), "");
    }
    assert_eq!(said::<Everything>(&everything(Kind::Off, None)), "");
    for kind in [Kind::Fast { x: 1 }, Kind::Slow(0.5), pair(), Kind::Off] {
        assert_eq!(said::<Kind>(&kind), "");
    }
}

#[test]
fn every_type_ends() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct List {
        next: Option<Box<List>>,
        also: Option<Box<List>>,
        value: f64,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    enum Expression {
        Sum(Box<Expression>, Box<Expression>),
        Negative(Box<Expression>),
        Named { name: String, is: Box<Expression> },
        Number(f64),
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Outer {
        expression: Expression,
        tree: Vec<Expression>,
        value: f64,
    }
    let list = shape_of::<List>();
    assert!(list.contains(&("value".to_owned(), "f64".to_owned())));
    assert!(list.len() < 200, "{list:?}");
    assert_eq!(
        shape_of::<Expression>()[0],
        (String::new(), "variant".to_owned())
    );
    let outer = shape_of::<Outer>();
    assert_eq!(outer[0], ("expression".to_owned(), "variant".to_owned()));
    assert_eq!(outer.last(), Some(&("value".to_owned(), "f64".to_owned())));
    check::<[[[u8; 32]; 32]; 32]>(&[": list"]);
}

#[test]
fn what_refuses_to_be_asked_is_unknown() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only its shape counts")]
    enum Untagged {
        Number(f64),
        Text(String),
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Outer {
        any: Untagged,
        json: serde_json::Value,
        #[serde(alias = "old_name")]
        name: u8,
        option: Option<IpAddr>,
        last: Kind,
    }
    check::<Outer>(&[
        "any: unknown",
        "json: unknown",
        "name: u8",
        "old_name: u8",
        "option: text",
        "last: variant",
        "last.Fast.x: u8",
    ]);
}

#[test]
fn a_generic_type_inside_itself_is_no_recursion() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Wrapper<T> {
        value: T,
    }
    check::<Wrapper<Wrapper<f64>>>(&["value.value: f64"]);
}

#[test]
fn changed_fields_are_named() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Renamed {
        f1: f64,
        accuracy: f64,
        steps: u32,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Retyped {
        loss: f64,
        accuracy: f32,
        steps: Vec<u32>,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Swapped {
        accuracy: f64,
        loss: f64,
        steps: u32,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Grown {
        loss: f64,
        accuracy: f64,
        at: Point,
        steps: u32,
        map: HashMap<u8, u8>,
    }
    let before = Metrics::default();
    assert_eq!(said::<Metrics>(&before), "");
    assert_eq!(
        said::<Renamed>(&before),
        "field `loss` is gone, field `f1` is new"
    );
    assert_eq!(
        said::<Retyped>(&before),
        "field `accuracy` was f64 and is now f32, field `steps` was u32 and is now a list"
    );
    assert_eq!(
        said::<Swapped>(&before),
        "field `accuracy` now comes before field `loss`"
    );
    assert_eq!(said::<Grown>(&before), "field `at` is new");
    assert_eq!(
        said::<Point>(&before),
        "field `loss` is gone, field `accuracy` is gone, field `steps` is gone, and 2 more"
    );
    assert_eq!(said::<u8>(&before), "the value was a struct and is now u8");
    assert_eq!(
        said::<Metrics>(&1_u8),
        "the value was u8 and is now a struct"
    );
}

#[test]
fn changes_inside_fields_are_named() {
    #[derive(Serialize, Deserialize)]
    struct Outer<A, B> {
        a: A,
        b: B,
    }
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    enum Changed {
        Fast { x: u16 },
        Off,
    }
    type Now = Outer<Metrics, Changed>;
    let outer = |a, b| Outer { a, b };
    let before = outer(Some(Metrics::default()), Kind::Fast { x: 1 });
    assert_eq!(
        said::<Now>(&before),
        "field `b.Fast.x` was u8 and is now u16"
    );
    assert_eq!(said::<Now>(&outer(None, Kind::Slow(0.5))), "");
    let before = outer(Some(Metrics::default()), Kind::Off);
    assert_eq!(
        said::<Outer<f64, Kind>>(&before),
        "field `a` was a struct and is now f64"
    );
    assert_eq!(
        said::<Outer<Point, f64>>(&before),
        "field `a.loss` is gone, field `a.accuracy` is gone, field `a.steps` is gone, and 3 more"
    );
    assert_eq!(
        said::<Changed>(&Kind::Fast { x: 1 }),
        "field `Fast.x` was u8 and is now u16"
    );
}

/// An output's leaves are stored up to a limit.
#[test]
fn what_was_not_stored_is_not_new() {
    let mut before = vec![("x".to_owned(), "f32".to_owned())];
    before.resize_with(64, || ("z".to_owned(), "f32".to_owned()));
    let now = shape_of::<Point>();
    assert_eq!(
        compare_shapes(&before, &now),
        Some("field `z` is gone".to_owned())
    );
}
