//! The self-describing form: a value with the names of its fields and the kinds of its scalars, for types that postcard
//! cannot give back. `docs/format.md` describes it.

use serde::{Deserialize, Serialize};

use super::{
    scalar::{Value, Whole},
    tree::Tree,
};

/// The first bytes of the form. What is stored is known by its digest, so that no value in postcard is taken for one in
/// this form.
const MAGIC: &[u8; 16] = b"\x89runnerdescribed";

/// The encoding in which a value is stored. Its first bytes tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Postcard,
    /// With the names of the fields and the kinds of the scalars, for what postcard cannot give back.
    SelfDescribing,
}

impl Encoding {
    pub(super) const ALL: [Self; 2] = [Self::Postcard, Self::SelfDescribing];
}

/// A value. The order of the variants is a part of the format.
#[derive(Serialize, Deserialize)]
enum SelfDescribing {
    Unit,
    None,
    Some(Box<SelfDescribing>),
    Bool(bool),
    Int(i128),
    /// Only for what does not fit [`SelfDescribing::Int`].
    Uint(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<SelfDescribing>),
    /// A map, a struct, or the content of a variant under its name.
    Map(Vec<(SelfDescribing, SelfDescribing)>),
}

/// Appends a value in the form that is meant for people, which is the one that serde takes for granted wherever it keeps
/// parts of a value for later, as for `#[serde(flatten)]`.
pub(super) fn write(shown: Tree, mut bytes: Vec<u8>) -> postcard::Result<Vec<u8>> {
    bytes.extend_from_slice(MAGIC);
    postcard::to_extend(&SelfDescribing::from(shown), bytes)
}

/// Takes a value in this form off the front of the bytes; none if they do not begin with one.
pub(super) fn take_shown(bytes: &[u8]) -> Option<(Tree, &[u8])> {
    let bytes = bytes.strip_prefix(MAGIC)?;
    let (value, rest) = postcard::take_from_bytes::<SelfDescribing>(bytes).ok()?;
    Some((value.into(), rest))
}

/// Returns whether the bytes are in this form.
pub(crate) fn is_self_describing(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

impl From<Tree> for SelfDescribing {
    fn from(tree: Tree) -> Self {
        let list = |items: Vec<Tree>| Self::List(items.into_iter().map(Self::from).collect());
        let text = |text: &str| Self::Text(text.to_owned());
        match tree {
            Tree::None => Self::None,
            Tree::Some(inner) => Self::Some(Box::new(Self::from(*inner))),
            Tree::Bool(value) => Self::Bool(value),
            Tree::Whole(whole) => match whole.value() {
                Value::Uint(number) => Self::Uint(number),
                _ => Self::Int(whole.get().unwrap_or_default()),
            },
            Tree::F32(value) => Self::F32(value),
            Tree::F64(value) => Self::F64(value),
            Tree::Char(value) => Self::Char(value),
            Tree::Str(value) => Self::Text(value),
            Tree::Bytes(value) => Self::Bytes(value),
            Tree::Seq(items) | Tree::Tuple(items) => list(items),
            Tree::Map(entries) => {
                let entries = entries.into_iter();
                Self::Map(
                    entries
                        .map(|(key, value)| (key.into(), value.into()))
                        .collect(),
                )
            }
            Tree::Struct(fields) => {
                let fields = fields.into_iter();
                Self::Map(
                    fields
                        .map(|(name, value)| (text(&name), value.into()))
                        .collect(),
                )
            }
            Tree::UnitVariant(name) => text(name),
            Tree::Variant(name, _, content) => Self::Map(vec![(text(name), Self::from(*content))]),
            // What was typed is no value yet.
            Tree::Unit
            | Tree::UnitStruct
            | Tree::Text(_)
            | Tree::Word(_)
            | Tree::Quoted(_)
            | Tree::List(_)
            | Tree::Object(_)
            | Tree::OnDemand(_) => Self::Unit,
        }
    }
}

impl From<SelfDescribing> for Tree {
    fn from(node: SelfDescribing) -> Self {
        match node {
            SelfDescribing::Unit => Self::Unit,
            SelfDescribing::None => Self::None,
            SelfDescribing::Some(inner) => Self::Some(Box::new(Self::from(*inner))),
            SelfDescribing::Bool(value) => Self::Bool(value),
            SelfDescribing::Int(number) => Self::Whole(Whole::from(number)),
            SelfDescribing::Uint(number) => Self::Whole(Whole::from(number)),
            SelfDescribing::F32(value) => Self::F32(value),
            SelfDescribing::F64(value) => Self::F64(value),
            SelfDescribing::Char(value) => Self::Char(value),
            SelfDescribing::Text(value) => Self::Str(value),
            SelfDescribing::Bytes(value) => Self::Bytes(value),
            SelfDescribing::List(items) => Self::Seq(items.into_iter().map(Self::from).collect()),
            SelfDescribing::Map(entries) => {
                let entries = entries.into_iter();
                Self::Map(
                    entries
                        .map(|(key, value)| (key.into(), value.into()))
                        .collect(),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, HashMap},
        net::IpAddr,
        time::Duration,
    };

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

    use super::{MAGIC, is_self_describing};
    use crate::value::{Lists, Walker, What, Writing, codec};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum Internal {
        Empty,
        Text { text: String, address: IpAddr },
        Nested(Inner),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type", content = "content")]
    enum Adjacent {
        Empty,
        Pair(u8, Option<i16>),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(f64),
        Text(String),
        List(Vec<Untagged>),
        Struct { wait: Duration, choice: Plain },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Plain {
        Unit,
        Newtype(u128),
        Tuple(i128, ()),
        Struct { maybe: Option<Box<Option<bool>>> },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<String>,
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        list: Vec<u8>,
        plain: Plain,
        letter: char,
        small: f32,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        loss: f64,
        #[serde(flatten)]
        inner: Inner,
        #[serde(flatten)]
        rest: BTreeMap<String, serde_json::Value>,
    }

    /// A number that is written as a text and read from whatever there is, as that of `rust_decimal`.
    #[derive(Debug, PartialEq)]
    struct Decimal(i32);

    impl Serialize for Decimal {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for Decimal {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let value = serde_json::Value::deserialize(deserializer)?;
            let text = value.as_str().unwrap_or_default();
            text.parse().map(Self).map_err(serde::de::Error::custom)
        }
    }

    #[track_caller]
    fn comes_back<T: std::fmt::Debug + PartialEq + Serialize + DeserializeOwned>(value: &T) {
        let encoded = codec::encode(value, What::Output).unwrap();
        assert!(is_self_describing(&encoded.bytes), "{value:?}");
        assert_eq!(&encoded.output, value);
        let decoded = codec::decode::<T>(&encoded.bytes, encoded.digest, &mut Walker::new());
        assert_eq!(&decoded.unwrap(), value);
    }

    fn inner(note: Option<&str>, plain: Plain) -> Inner {
        Inner {
            note: note.map(str::to_owned),
            list: Vec::new(),
            plain,
            letter: 'é',
            small: 0.1,
        }
    }

    #[test]
    fn what_postcard_does_not_give_back_comes_back() {
        comes_back(&Internal::Empty);
        comes_back(&Internal::Text {
            text: "12".to_owned(),
            address: [127, 0, 0, 1].into(),
        });
        comes_back(&Internal::Nested(inner(None, Plain::Unit)));
        comes_back(&vec![
            Adjacent::Empty,
            Adjacent::Pair(1, Some(-1)),
            Adjacent::Pair(2, None),
        ]);
        comes_back(&Untagged::List(vec![
            Untagged::Number(0.1),
            Untagged::Text("none".to_owned()),
            Untagged::Struct {
                wait: Duration::from_nanos(1),
                choice: Plain::Struct {
                    maybe: Some(Box::new(None)),
                },
            },
        ]));
        comes_back(&inner(None, Plain::Tuple(i128::MIN, ())));
        comes_back(&Outer {
            loss: -0.0,
            inner: inner(Some("null"), Plain::Struct { maybe: None }),
            rest: BTreeMap::from([(
                "more".to_owned(),
                serde_json::json!({"a": [1, -1, 1.5, null, "1"]}),
            )]),
        });
        comes_back(&(Decimal(-5), Plain::Newtype(u128::MAX)));
        comes_back(&HashMap::from([(
            (1_u8, 'a'),
            Untagged::Text(String::new()),
        )]));
    }

    /// A struct asks for the names of its fields, and gets whatever keys a map has that is flattened into it.
    #[test]
    fn flattened_keys_of_any_type_come_back() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Flat<K: Ord> {
            name: u8,
            #[serde(flatten)]
            rest: BTreeMap<K, u8>,
        }
        fn comes_back_with<K: std::fmt::Debug + Ord + Serialize + DeserializeOwned>(keys: [K; 2]) {
            let rest = keys.into_iter().map(|key| (key, 1)).collect();
            comes_back(&Flat { name: 1, rest });
        }
        comes_back_with([-1, 7]);
        comes_back_with([0_u64, u64::MAX]);
        comes_back_with(['a', 'é']);
        comes_back_with([false, true]);
        comes_back_with(["a".to_owned(), "b".to_owned()]);
    }

    /// These bytes must open for ever.
    #[test]
    fn the_form_is_pinned() {
        let nodes = (None::<u8>, Some('z'), 0.5_f32, -0.5_f64, u128::MAX);
        let shown = Writing::shown(Lists::Keep);
        let tree = nodes.serialize(shown.writer()).unwrap();
        let bytes = super::write(tree, Vec::new()).unwrap();
        let hex = format!("{:02x?}", &bytes[MAGIC.len()..]).replace(", ", "");
        assert_eq!(
            hex,
            "[0b05010208017a060000003f07000000000000e0bf05ffffffffffffffffffffffffffffffffffff03]"
        );
        let json = serde_json::json!({"a": [1, -1, null, true, "b"]});
        let encoded = codec::encode(&json, What::Output).unwrap();
        assert_eq!(
            encoded.bytes,
            b"\x89runnerdescribed\x0c\x01\x09\x01a\x0b\x05\x04\x02\x04\x01\x00\x03\x01\x09\x01b"
        );
    }

    #[test]
    fn what_postcard_gives_back_stays_in_postcard() {
        let encoded = codec::encode(&Plain::Newtype(1), What::Output).unwrap();
        assert_eq!(encoded.bytes, [1, 1]);
    }

    #[test]
    fn bytes_that_are_cut_or_longer_are_refused() {
        let encoded = codec::encode(&serde_json::json!({"a": [1, "b"]}), What::Output).unwrap();
        let decode = |bytes: &[u8]| {
            codec::decode::<serde_json::Value>(bytes, encoded.digest, &mut Walker::new())
        };
        for end in 0..encoded.bytes.len() {
            assert!(decode(&encoded.bytes[..end]).is_err(), "{end}");
        }
        assert!(decode(&[&encoded.bytes[..], b"\0"].concat()).is_err());
        assert!(decode(&encoded.bytes).is_ok());
    }
}
