//! Where the derive sees nested configs.

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
    #[config(skip)]
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
