//! What names a run.

use super::*;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Marked {
    name: Vec<u8>,
    #[config(name, skip)]
    label: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Optional {
    name: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Renamed {
    #[serde(rename = "title")]
    name: Vec<u8>,
    #[serde(rename = "name")]
    title: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
enum Either {
    Named { size: u8, name: String },
    Tuple(u8, #[config(name)] u16),
    Nameless(u8),
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
enum Never {}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
enum Only {
    This { name: String },
}

#[test]
fn come_from_the_marked_field_or_the_one_called_name() {
    let marked = Marked {
        name: vec![1],
        label: 7,
    };
    assert_eq!(marked.run_name().as_deref(), Some("7"));
    let renamed = Renamed {
        name: vec![1],
        title: "t".to_owned(),
    };
    assert_eq!(renamed.run_name().as_deref(), Some("t"));
    assert_eq!(OPTIMIZER.run_name(), None);
}

#[test]
fn may_be_absent() {
    let mut optional = Optional { name: None };
    assert_eq!(optional.run_name(), None);
    optional.name = Some("x".to_owned());
    assert_eq!(optional.run_name().as_deref(), Some("x"));
}

#[test]
fn of_an_enum_come_from_the_variant() {
    let named = Either::Named {
        size: 1,
        name: "n".to_owned(),
    };
    assert_eq!(named.run_name().as_deref(), Some("n"));
    assert_eq!(Either::Tuple(1, 2).run_name().as_deref(), Some("2"));
    assert_eq!(Either::Nameless(1).run_name(), None);
    let only = Only::This {
        name: "o".to_owned(),
    };
    assert_eq!(only.run_name().as_deref(), Some("o"));
    assert!(Never::VARIANTS.is_empty());
}
