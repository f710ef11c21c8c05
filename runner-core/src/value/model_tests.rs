//! The tokens against a model: values of every shape are written the same exactly if the model says that they are equal.

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{schema::Schema, walk::Walker};

/// A serde value of any shape. Its `Ord` is the model: sets are sorted by [`normal`](Model::normal).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Model {
    Bool(bool),
    I8(i8),
    I64(i64),
    U8(u8),
    U32(u32),
    U128(u128),
    F32(u32),
    F64(u64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    Maybe(Option<Box<Model>>),
    Unit,
    UnitStruct,
    Newtype(Box<Model>),
    UnitVariant(&'static str),
    NewtypeVariant(&'static str, Box<Model>),
    TupleVariant(&'static str, Vec<Model>),
    StructVariant(&'static str, Vec<(&'static str, Model)>),
    Seq(Vec<Model>),
    Tuple(Vec<Model>),
    TupleStruct(Vec<Model>),
    Map(Vec<(Model, Model)>),
    Struct(Vec<(&'static str, Model)>),
}

use Model::*;

impl Model {
    /// The one form of all values that have to be written the same.
    fn normal(&self) -> Self {
        let all = |items: &[Model]| items.iter().map(Model::normal).collect::<Vec<_>>();
        match self {
            F32(bits) if f32::from_bits(*bits).is_nan() => F32(f32::NAN.to_bits()),
            F64(bits) if f64::from_bits(*bits).is_nan() => F64(f64::NAN.to_bits()),
            Maybe(value) => Maybe(value.as_ref().map(|value| Box::new(value.normal()))),
            Newtype(value) => value.normal(),
            NewtypeVariant(name, value) => NewtypeVariant(name, Box::new(value.normal())),
            TupleVariant(name, items) => match items.as_slice() {
                [] => UnitVariant(name),
                [item] => NewtypeVariant(name, Box::new(item.normal())),
                items => TupleVariant(name, all(items)),
            },
            StructVariant(name, fields) if fields.is_empty() => UnitVariant(name),
            StructVariant(name, fields) => StructVariant(name, normal_fields(fields)),
            Seq(items) => Seq(all(items)),
            Tuple(items) | TupleStruct(items) => Tuple(all(items)),
            Map(entries) => {
                let mut entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| (key.normal(), value.normal()))
                    .collect();
                entries.sort();
                Map(entries)
            }
            Struct(fields) => Struct(normal_fields(fields)),
            scalar => scalar.clone(),
        }
    }

    /// An equal value, with the members of its sets in reverse.
    fn reversed(&self) -> Self {
        let all = |items: &[Model]| items.iter().map(Model::reversed).collect();
        match self {
            Maybe(value) => Maybe(value.as_ref().map(|value| Box::new(value.reversed()))),
            NewtypeVariant(name, value) => NewtypeVariant(name, Box::new(value.reversed())),
            TupleVariant(name, items) => TupleVariant(name, all(items)),
            StructVariant(name, fields) => StructVariant(name, reversed_fields(fields)),
            Seq(items) => Seq(all(items)),
            Tuple(items) => Tuple(all(items)),
            Map(entries) => Map(entries
                .iter()
                .rev()
                .map(|(key, value)| (key.reversed(), value.reversed()))
                .collect()),
            Struct(fields) => Struct(reversed_fields(fields)),
            other => other.clone(),
        }
    }

    fn tokens(&self) -> Vec<u8> {
        let mut walker = Walker::new();
        walker
            .config(self, &Schema::Plain)
            .expect("a model can be written");
        walker.out
    }
}

fn normal_fields(fields: &[(&'static str, Model)]) -> Vec<(&'static str, Model)> {
    let mut fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.normal()))
        .collect();
    fields.sort();
    fields
}

fn reversed_fields(fields: &[(&'static str, Model)]) -> Vec<(&'static str, Model)> {
    fields
        .iter()
        .rev()
        .map(|(name, value)| (*name, value.reversed()))
        .collect()
}

impl Serialize for Model {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        macro_rules! parts {
            ($open:expr, $part:ident, $items:expr) => {{
                let mut parts = $open?;
                for item in $items {
                    parts.$part(item)?;
                }
                parts.end()
            }};
        }
        macro_rules! fields {
            ($open:expr, $fields:expr) => {{
                let mut parts = $open?;
                for (name, value) in $fields {
                    parts.serialize_field(name, value)?;
                }
                parts.end()
            }};
        }
        match self {
            Bool(value) => serializer.serialize_bool(*value),
            I8(value) => serializer.serialize_i8(*value),
            I64(value) => serializer.serialize_i64(*value),
            U8(value) => serializer.serialize_u8(*value),
            U32(value) => serializer.serialize_u32(*value),
            U128(value) => serializer.serialize_u128(*value),
            F32(bits) => serializer.serialize_f32(f32::from_bits(*bits)),
            F64(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Char(value) => serializer.serialize_char(*value),
            Str(value) => serializer.serialize_str(value),
            Bytes(value) => serializer.serialize_bytes(value),
            Maybe(None) => serializer.serialize_none(),
            Maybe(Some(value)) => serializer.serialize_some(value),
            Unit => serializer.serialize_unit(),
            UnitStruct => serializer.serialize_unit_struct("T"),
            Newtype(value) => serializer.serialize_newtype_struct("T", value),
            UnitVariant(name) => serializer.serialize_unit_variant("T", 0, name),
            NewtypeVariant(name, value) => {
                serializer.serialize_newtype_variant("T", 0, name, value)
            }
            TupleVariant(name, items) => parts!(
                serializer.serialize_tuple_variant("T", 0, name, items.len()),
                serialize_field,
                items
            ),
            StructVariant(name, fields) => fields!(
                serializer.serialize_struct_variant("T", 0, name, fields.len()),
                fields
            ),
            Seq(items) => parts!(serializer.serialize_seq(None), serialize_element, items),
            Tuple(items) => parts!(
                serializer.serialize_tuple(items.len()),
                serialize_element,
                items
            ),
            TupleStruct(items) => parts!(
                serializer.serialize_tuple_struct("T", items.len()),
                serialize_field,
                items
            ),
            Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Struct(fields) => {
                fields!(serializer.serialize_struct("T", fields.len()), fields)
            }
        }
    }
}

/// Small values out of few, so that equal ones and near misses are common.
pub(super) fn models() -> impl Strategy<Value = Model> {
    let name = || select(vec!["", "a", "b", "ab"]);
    let scalar = prop_oneof![
        any::<bool>().prop_map(Bool),
        (0..3_i8).prop_map(I8),
        (0..3_i64).prop_map(I64),
        (0..3_u8).prop_map(U8),
        select(vec![0, 1, 0x1b, 0x1c_0000]).prop_map(U32),
        (0..3_u128).prop_map(U128),
        select(vec![0, 1 << 31, 0x7fc0_0000, 0x7f80_0001]).prop_map(F32),
        select(vec![0.0_f64, -0.0, f64::NAN, -f64::NAN, 1.0])
            .prop_map(|value| F64(value.to_bits())),
        select(vec!['\0', 'a']).prop_map(Char),
        name().prop_map(|text| Str(text.to_owned())),
        vec(0..3_u8, 0..3).prop_map(Bytes),
        Just(Maybe(None)),
        Just(Unit),
        Just(UnitStruct),
        name().prop_map(UnitVariant),
    ];
    scalar.prop_recursive(3, 16, 3, move |inner| {
        let items = || vec(inner.clone(), 0..4);
        let fields = || {
            proptest::collection::btree_map(name(), inner.clone(), 0..4)
                .prop_map(|fields: BTreeMap<_, _>| fields.into_iter().collect::<Vec<_>>())
        };
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            option::of(boxed()).prop_map(Maybe),
            boxed().prop_map(Newtype),
            (name(), boxed()).prop_map(|(name, value)| NewtypeVariant(name, value)),
            (name(), items()).prop_map(|(name, items)| TupleVariant(name, items)),
            (name(), fields()).prop_map(|(name, fields)| StructVariant(name, fields)),
            items().prop_map(Seq),
            items().prop_map(Tuple),
            items().prop_map(TupleStruct),
            vec((inner.clone(), inner.clone()), 0..3).prop_map(Map),
            fields().prop_map(Struct),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn tokens_are_equal_exactly_if_the_values_are(models in vec(models(), 2..24)) {
        let written: Vec<_> = models
            .iter()
            .map(|model| (model, model.tokens(), model.normal()))
            .collect();
        for (index, (a, a_tokens, a_normal)) in written.iter().enumerate() {
            for (b, b_tokens, b_normal) in &written[index..] {
                prop_assert_eq!(
                    a_tokens == b_tokens,
                    a_normal == b_normal,
                    "{:?} against {:?}", a, b
                );
            }
        }
    }

    #[test]
    fn the_order_of_sets_does_not_count(model in models()) {
        prop_assert_eq!(model.tokens(), model.reversed().tokens());
        prop_assert_eq!(model.tokens(), model.normal().tokens());
    }

    /// Tokens that are hashed as they come need no memory, and give the same digest.
    #[test]
    fn long_values_have_the_same_digest(models in vec(models(), 2..24), long_bytes in 1..40_usize) {
        let value = NewtypeVariant("of", Box::new(Seq(models.clone())));
        let fields = Struct(vec![("a", value), ("b", Map(vec![(models[0].clone(), Seq(models))]))]);
        let mut walker = Walker::new();
        let whole = walker.value(&fields);
        walker.long_bytes = long_bytes;
        prop_assert_eq!(walker.value(&fields), whole.clone());
        prop_assert_eq!(walker.value(&Seq(vec![fields.clone(), fields])).is_ok(), whole.is_ok());
    }

    /// Nothing that follows a value can be taken for a part of it.
    #[test]
    fn no_tokens_start_with_those_of_another_value(a in models(), b in models()) {
        let (a, b) = (a.tokens(), b.tokens());
        prop_assert!(a == b || !a.starts_with(&b));
    }
}
