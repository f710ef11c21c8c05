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

mod fields_of_a_struct {
    use super::*;

    /// What one run learns.
    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Train {
        name: String,
        /// Step size
        /// of gradient descent.
        ///
        ///   Indented.
        learning_rate: f64,
        #[config(key = "rounds")]
        epochs: Option<u32>,
        #[config(skip)]
        verbose: bool,
        #[config(replicate)]
        r#type: BTreeMap<String, [u8; 3]>,
        #[config(added = 1 + 1)]
        width: usize,
    }

    #[test]
    fn have_names_types_and_docs() {
        let fields: Vec<_> = Train::FIELDS
            .iter()
            .map(|field| (field.name(), field.type_name(), field.doc()))
            .collect();
        assert_eq!(
            fields,
            [
                ("name", "String", ""),
                (
                    "learning_rate",
                    "f64",
                    "Step size\nof gradient descent.\n\n  Indented."
                ),
                ("epochs", "Option<u32>", ""),
                ("verbose", "bool", ""),
                ("type", "BTreeMap<String, [u8; 3]>", ""),
                ("width", "usize", ""),
            ]
        );
        assert!(Train::VARIANTS.is_empty());
    }

    #[test]
    fn have_the_rules_of_their_attributes() {
        let of = |what: fn(&Field) -> bool| -> Vec<_> {
            let fields = Train::FIELDS.iter().filter(|field| what(field));
            fields.map(Field::name).collect()
        };
        assert_eq!(of(Field::is_name), ["name"]);
        assert_eq!(of(Field::is_skipped), ["verbose"]);
        assert_eq!(of(Field::is_replicate), ["type"]);
        assert_eq!(of(|field| field.rules.added.is_some()), ["width"]);
        assert_eq!(of(|field| field.key_name() != field.name()), ["epochs"]);
        assert_eq!(rules::<Train>("epochs").key, "rounds");
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Empty {}

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Unit;

    #[test]
    fn may_be_none() {
        assert!(Empty::FIELDS.is_empty() && Unit::FIELDS.is_empty());
        assert_eq!(Empty {}.sweep().build().len(), 1);
        assert_eq!(Unit.sweep().each([1, 2], |_, _| ()).build().len(), 2);
        assert_eq!(Unit.run_name(), None);
    }
}

mod names {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    #[serde(rename_all = "kebab-case")]
    struct Renamed {
        learning_rate: f64,
        #[serde(rename = "e", alias = "rounds")]
        epochs: u32,
        #[serde(rename(serialize = "w", deserialize = "w"), default)]
        width: u32,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    #[serde(
        rename_all = "snake_case",
        rename_all_fields = "UPPERCASE",
        deny_unknown_fields
    )]
    enum Model {
        /// Rows of neurons.
        DeepNet {
            hidden_size: u32,
        },
        #[serde(rename_all = "camelCase")]
        WideNet {
            hidden_size: u32,
        },
        #[serde(rename = "none")]
        Nothing,
        Pair(u8, Optimizer),
    }

    #[test]
    fn are_those_of_serde() {
        assert_eq!(names::<Renamed>(), ["learning-rate", "e", "w"]);
        let json = serde_json::to_value(Renamed {
            learning_rate: 0.1,
            epochs: 1,
            width: 1,
        });
        let json = json.expect("this can be written");
        for name in names::<Renamed>() {
            assert!(json.get(name).is_some(), "{name} in {json}");
        }
    }

    #[test]
    fn of_variants_are_those_of_serde() {
        let variants: Vec<_> = Model::VARIANTS
            .iter()
            .map(|variant| {
                let fields: Vec<_> = variant.fields().iter().map(Field::name).collect();
                (variant.name(), variant.doc(), fields.join(" "))
            })
            .collect();
        let expected = [
            ("deep_net", "Rows of neurons.", "HIDDEN_SIZE"),
            ("wide_net", "", "hiddenSize"),
            ("none", "", ""),
            ("pair", "", "0 1"),
        ];
        assert_eq!(
            variants,
            expected.map(|(name, doc, fields)| (name, doc, fields.to_owned()))
        );
        assert!(Model::FIELDS.is_empty());
        let json = serde_json::to_string(&Model::WideNet { hidden_size: 1 });
        assert_eq!(
            json.expect("this can be written"),
            r#"{"wide_net":{"hiddenSize":1}}"#
        );
        assert_eq!(sketch(&Model::VARIANTS[3].fields()[1].rules.shape), "c");
        assert!(matches!(Model::SHAPE, Shape::Config(_)));
        let _ = (
            Model::DeepNet { hidden_size: 1 },
            Model::Nothing,
            Model::Pair(1, OPTIMIZER),
        );
    }
}

mod shapes {
    use super::*;

    /// Knows nothing of `runner`.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Foreign(u8);

    /// Holds something, but not a config.
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Wrapper<T>(T);

    type Alias = Vec<Optimizer>;

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Shapes {
        plain: f64,
        foreign: Foreign,
        wrapped: Wrapper<Foreign>,
        config: Optimizer,
        option: Option<Optimizer>,
        grouped: (Vec<Optimizer>, u8),
        vec: Vec<Option<Optimizer>>,
        deque: VecDeque<Optimizer>,
        #[expect(clippy::linkedlist, reason = "every container is tested")]
        list: LinkedList<Optimizer>,
        boxed: Box<Optimizer>,
        slice: Box<[Optimizer]>,
        map: BTreeMap<u8, Optimizer>,
        mixed: HashMap<String, (Foreign, Optimizer)>,
        array: [Optimizer; 2],
        tuple: (u8, Optimizer, ()),
        one: (Vec<Optimizer>,),
        cow: Cow<'static, str>,
        alias: Alias,
        range: std::ops::Range<u8>,
        path: std::collections::BinaryHeap<u8>,
        #[config(plain)]
        declared: Wrapper<Optimizer>,
        #[serde(with = "as_zero")]
        with: Optimizer,
        children: Vec<Shapes>,
        parent: Option<Box<Self>>,
    }

    mod as_zero {
        use super::*;

        pub(super) fn serialize<S: serde::Serializer>(
            _: &Optimizer,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            serializer.serialize_u8(0)
        }

        pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Optimizer, D::Error> {
            u8::deserialize(deserializer).map(|_| OPTIMIZER)
        }
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct With {
        #[serde(with = "as_zero")]
        #[config(added = OPTIMIZER)]
        optimizer: Optimizer,
    }

    #[test]
    fn of_a_field_with_its_own_function_are_plain_and_its_added_value_is_written_by_it() {
        let rules = rules::<With>("optimizer");
        assert_eq!(sketch(&rules.shape), "-");
        let by_field = rules.added.map(|added| format!("{:?}", added()));
        let by_hand = format!("{:?}", runner::__private::added(&0_u8, Shape::Plain));
        assert_eq!(by_field, Some(by_hand));
    }

    #[test]
    fn are_found_through_every_container() {
        let sketches: Vec<_> = Shapes::FIELDS
            .iter()
            .map(|field| format!("{} {}", field.name(), sketch(&field.rules.shape)))
            .collect();
        assert_eq!(
            sketches,
            [
                "plain -",
                "foreign -",
                "wrapped -",
                "config c",
                "option [c]",
                "grouped ([c]-)",
                "vec [[c]]",
                "deque [c]",
                "list [c]",
                "boxed c",
                "slice [c]",
                "map [c]",
                "mixed [(-c)]",
                "array [c]",
                "tuple (-c-)",
                "one ([c])",
                "cow -",
                "alias [c]",
                "range [-]",
                "path [-]",
                "declared -",
                "with -",
                "children [c]",
                "parent [c]",
            ]
        );
    }

    macro_rules! made {
        ($name:ident, $field:ident: $ty:ty = $value:expr) => {
            /// Made by a macro.
            #[derive(Clone, Debug, Serialize, Deserialize, Config)]
            struct $name {
                $field: $ty,
                #[config(added = Some($value))]
                option: Option<$ty>,
            }
        };
    }

    made!(Made, field: Vec<Optimizer> = vec![OPTIMIZER]);

    #[test]
    fn are_found_in_types_that_a_macro_wrote() {
        assert_eq!(sketch(&rules::<Made>("field").shape), "[c]");
        assert_eq!(sketch(&rules::<Made>("option").shape), "[[c]]");
        assert_eq!(Made::FIELDS[1].type_name(), "Option<Vec<Optimizer>>");
        assert!(Made::FIELDS[1].rules.added.is_some());
    }

    #[test]
    fn of_nested_configs_lead_to_their_fields() {
        let shape = rules::<Shapes>("vec").shape;
        let Shape::Through(Shape::Through(inner)) = shape else {
            panic!("{shape:?}");
        };
        assert_eq!(fields(inner)[0].name(), "momentum");
        let Shape::Through(parent) = rules::<Shapes>("parent").shape else {
            panic!("{shape:?}");
        };
        assert_eq!(fields(parent).len(), Shapes::FIELDS.len());
    }
}

mod run_names {
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
}

mod sweeps {
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
}

mod generics {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Config)]
    struct Sweeped<T> {
        #[config(name)]
        count: u8,
        inner: T,
        more: Vec<(T, u8)>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Tree<T> {
        value: T,
        children: Vec<Tree<T>>,
        parent: Option<Box<Self>>,
        nested: Option<Sweeped<T>>,
    }

    trait World {
        type Params: Clone + std::fmt::Debug;
    }

    #[derive(Clone, Debug)]
    struct Maze;

    impl World for Maze {
        type Params = Optimizer;
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    #[serde(bound = "W::Params: Serialize + DeserializeOwned")]
    struct Explore<W: World = Maze>
    where
        W: Clone,
    {
        params: W::Params,
        #[config(plain)]
        marker: std::marker::PhantomData<W>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Named<T: Default, const N: usize> {
        name: T,
        #[config(added = T::default())]
        fallback: T,
        #[serde(skip)]
        #[config(skip)]
        room: Room<N>,
    }

    #[derive(Clone, Debug, Default)]
    struct Room<const N: usize>;

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    enum Choice<T> {
        One(T),
        Many { all: Vec<T>, name: String },
    }

    fn sweep_any<T: Config + std::fmt::Debug>(base: &Sweeped<T>) -> usize {
        base.sweep()
            .inner([base.inner.clone()])
            .count([1, 2])
            .build()
            .len()
    }

    fn assert_config<C: Config>() {}

    #[test]
    fn are_configs_for_configs_and_plain_types() {
        assert_eq!(sketch(&rules::<Sweeped<Optimizer>>("more").shape), "[(c-)]");
        assert_eq!(sketch(&rules::<Sweeped<f64>>("more").shape), "[(--)]");
        assert_eq!(
            sketch(&rules::<Sweeped<Vec<Optimizer>>>("inner").shape),
            "[c]"
        );
        assert_eq!(sketch(&rules::<Tree<f64>>("children").shape), "[c]");
        assert_eq!(sketch(&rules::<Tree<f64>>("nested").shape), "[c]");
        assert_eq!(sketch(&rules::<Explore>("params").shape), "c");
        assert_eq!(Sweeped::<f64>::FIELDS[1].type_name(), "T");
        assert_config::<Choice<Sweeped<u8>>>();
        assert_config::<Tree<Optimizer>>();
        let named = Named::<u8, 3> {
            name: 4,
            fallback: 0,
            room: Room,
        };
        assert_eq!(named.run_name().as_deref(), Some("4"));
        let _ = (
            Choice::One(1),
            Choice::Many {
                all: vec![1],
                name: String::new(),
            },
        );
        let _ = Explore::<Maze> {
            params: OPTIMIZER,
            marker: std::marker::PhantomData,
        };
    }

    #[test]
    fn sweep_over_fields_of_their_parameter() {
        let base = Sweeped {
            count: 0,
            inner: OPTIMIZER,
            more: vec![],
        };
        let other = Optimizer {
            momentum: 0.1,
            ..OPTIMIZER
        };
        let configs = base.sweep().inner([other.clone()]).build();
        assert_eq!(configs[0].inner, other);
        assert_eq!(sweep_any(&base), 2);
    }
}

mod reexports {
    /// A crate that hands `runner` on.
    mod framework {
        pub(super) mod hidden {
            pub(in super::super) use runner::*;
        }
    }
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, framework::hidden::Config)]
    #[config(crate = self::framework::hidden)]
    struct Train {
        epochs: u32,
    }

    #[test]
    fn are_named_by_crate() {
        assert_eq!(names::<Train>(), ["epochs"]);
    }
}

/// Names that the generated code could confuse with its own.
mod clashes {
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
}

/// What a user may write that the generated code must live with.
mod oddities {
    #![expect(deprecated, non_snake_case, reason = "they are what is tested")]
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    struct Hidden<T> {
        value: T,
    }

    /// More visible than the types of its fields.
    #[derive(Clone, Debug, Serialize, Deserialize, Config)]
    pub(crate) struct Odd<T>
    where
        T: Into<u16>,
    {
        hidden: Hidden<T>,
        #[deprecated]
        #[config(added = 3, key = "old")]
        deprecated: u8,
        #[config(added = if 1 < 2 { 3 } else { 4 })]
        compared: u8,
        #[doc = concat!("not ", "a literal")]
        /// A literal.
        array: [T; size_of::<u8>() * 2 + 1],
        result: Result<u8, u16>,
        r#build: u8,
        B: Option<u8>,
    }

    mod named {
        use super::*;

        #[derive(Clone, Debug, Serialize, Deserialize, runner::Config)]
        pub(super) struct Config {
            array: [u8; Self::LENGTH],
            #[config(added = Self::LENGTH)]
            length: usize,
        }

        impl Config {
            pub(super) const LENGTH: usize = 3;
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Config)]
    #[deprecated]
    enum Numbered {
        A = 1 << 3,
        B = -1,
    }

    #[test]
    fn are_accepted() {
        let docs: Vec<_> = Odd::<u8>::FIELDS.iter().map(Field::doc).collect();
        assert_eq!(docs, ["", "", "", "A literal.", "", "", ""]);
        assert_eq!(
            Odd::<u8>::FIELDS[3].type_name(),
            "[T; size_of::<u8>() * 2 + 1]"
        );
        assert_eq!(rules::<Odd<u8>>("deprecated").key, "old");
        assert_eq!(names::<named::Config>(), ["array", "length"]);
        assert_eq!(Numbered::VARIANTS.len(), 2);
        assert_eq!(
            [Numbered::A, Numbered::B].map(|number| number as i8),
            [8, -1]
        );
    }
}

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
