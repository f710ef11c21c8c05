//! The builder that `sweep()` gives.

use super::*;

mod inner {
    use super::*;

    /// Public, with fields of each visibility.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
    pub(in super::super) struct Train {
        pub(in super::super) name: String,
        /// Step size.
        pub(super) learning_rate: f64,
        pub(crate) epochs: u32,
        secret: Option<u8>,
        pub(super) build: u8,
        pub(super) each: u8,
        pub(super) sweep: u8,
        pub(super) r#type: u8,
        pub(super) items: u8,
        pub(super) config: u8,
        pub(super) item: u8,
        pub(super) add: u8,
        pub(super) next: u8,
    }

    impl Train {
        pub(super) const BASE: Self = Self {
            name: String::new(),
            learning_rate: 0.0,
            epochs: 0,
            secret: None,
            build: 0,
            each: 0,
            sweep: 0,
            r#type: 0,
            items: 0,
            config: 0,
            item: 0,
            add: 0,
            next: 0,
        };
    }

    #[test]
    fn reach_private_fields_where_they_are_visible() {
        assert_eq!(Train::BASE.sweep().secret([None, Some(1)]).build().len(), 2);
    }
}
use inner::Train;

#[test]
fn are_products_whose_last_field_varies_fastest() {
    let configs = Train::BASE
        .sweep()
        .learning_rate([0.1, 0.2])
        .epochs(1..=2)
        .build();
    let pairs: Vec<_> = configs
        .iter()
        .map(|config| (config.learning_rate, config.epochs))
        .collect();
    assert_eq!(pairs, [(0.1, 1), (0.1, 2), (0.2, 1), (0.2, 2)]);
}

#[test]
fn take_whatever_becomes_a_string() {
    let configs = Train::BASE.sweep().name(["a", "b"]).build();
    assert_eq!(configs[1].name, "b");
    let configs = Train::BASE.sweep().name(vec![String::from("c")]).build();
    assert_eq!(configs[0].name, "c");
}

#[test]
fn change_paired_and_clashing_fields_with_each() {
    let configs = Train::BASE
        .sweep()
        .each([(1, 2), (3, 4)], |config, (build, each)| {
            config.build = build;
            config.each = each;
        })
        .sweep([5])
        .r#type([6])
        .build();
    let last = &configs[1];
    assert_eq!(
        (last.build, last.each, last.sweep, last.r#type),
        (3, 4, 5, 6)
    );
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
enum Model {
    Linear,
    Deep(u8),
}

#[test]
fn of_an_enum_have_each_alone() {
    let models = Model::Linear
        .sweep()
        .each([1, 2], |model, depth| *model = Model::Deep(depth))
        .build();
    assert_eq!(models, [Model::Deep(1), Model::Deep(2)]);
}

/// A type may have a method of that name, and calls ours by another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(sweep = "vary")]
struct Broom {
    width: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
#[config(sweep = "vary")]
enum Brush {
    Wide { hairs: u32 },
}

impl Broom {
    fn sweep(&self) -> u32 {
        self.width
    }
}

impl Brush {
    fn sweep(&self) -> u32 {
        let Self::Wide { hairs } = self;
        *hairs
    }
}

#[test]
fn have_another_name_if_the_type_has_a_method_called_sweep() {
    let brooms = Broom { width: 1 }.vary().width([2, 3]).build();
    assert_eq!(brooms.iter().map(Broom::sweep).sum::<u32>(), 5);
    let brushes = Brush::Wide { hairs: 7 }.vary().build();
    assert_eq!(brushes[0].sweep(), 7);
}
