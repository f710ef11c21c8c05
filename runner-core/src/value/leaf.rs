//! [`Leaf`]: one scalar inside a value, with the path that leads to it.

use std::fmt;

use super::{digest::Digest, kind::Kind, schema::Past};

/// One scalar inside a config or an output: what a table has a column for and a comparison names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    /// The names from the root, joined by dots; empty for a value that is a scalar itself.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    pub(crate) mark: Mark,
    /// For [`Mark::Omitted`], how many bytes of the path name the field that was left out; the rest leads on inside it.
    pub(crate) omitted_at: usize,
}

impl Leaf {
    /// What a leaf with [`Mark::Claimed`] says of the field at its path. The field's other leaves are those of the claimed
    /// value; if it is there, the leaves of its own value are marked [`Mark::Skipped`].
    pub(crate) fn claim(&self) -> Option<Past> {
        match &self.value {
            Value::Variant(name) if self.mark == Mark::Claimed => [Past::Removed, Past::Skipped]
                .into_iter()
                .find(|past| past.name() == name),
            _ => None,
        }
    }
}

impl Past {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Skipped => "skip",
        }
    }
}

/// What part a leaf plays in the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mark {
    #[default]
    Keyed,
    /// Keyed, and the run is a replicate of those that differ only here.
    Replicate,
    /// Left out because it equals its `added` value.
    Omitted,
    /// Left out because of `#[config(skip)]`.
    Skipped,
    /// Says that what the key has of the field at this path is a claim; see [`Leaf::claim`].
    Claimed,
}

/// A scalar, or a list of scalars.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Unit,
    None,
    Bool(bool),
    Int(i128),
    /// Only for what does not fit [`Value::Int`].
    Uint(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Variant(String),
    List(Vec<Value>),
    /// Something too large to keep: how many items or bytes, and their digest.
    Large(u64, Digest),
}

impl Value {
    /// Equality as in the key: there is one NaN, and zeros have signs.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::F64(one), Self::F64(other)) => {
                one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
            }
            (Self::F32(one), Self::F32(other)) => {
                one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
            }
            (Self::List(one), Self::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| one.is_same(other))
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::None => f.write_str("none"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Uint(value) => write!(f, "{value}"),
            Self::F32(value) => f.write_str(float(&format!("{value:?}"))),
            Self::F64(value) => f.write_str(float(&format!("{value:?}"))),
            Self::Char(value) => write!(f, "{value}"),
            Self::Text(value) | Self::Variant(value) => f.write_str(value),
            Self::Bytes(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Self::Large(length, _) => write!(f, "[{length} items]"),
        }
    }
}

/// Rust's `Debug` gives the shortest text that reads back as the same number, with an exponent below 1e-5 and from 1e16
/// on; here a whole number has no `.0`.
fn float(debug: &str) -> &str {
    debug.strip_suffix(".0").unwrap_or(debug)
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[track_caller]
    fn shown(value: &Value, expected: &str) {
        assert_eq!(value.to_string(), expected);
    }

    #[test]
    fn numbers_read_back_and_stay_short() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.001, "0.001"),
            (0.0001, "0.0001"),
            (1e-7, "1e-7"),
            (100_000.0, "100000"),
            (123_456.789, "123456.789"),
            (1e15, "1000000000000000"),
            (1e16, "1e16"),
            (1e300, "1e300"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::NAN, "NaN"),
            (-f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            shown(&Value::F64(value), expected);
        }
        shown(&Value::F32(0.1), "0.1");
        shown(&Value::F32(16_777_216.0), "16777216");
        shown(
            &Value::List(vec![Value::F64(0.5), Value::None]),
            "[0.5, none]",
        );
        shown(&Value::Text("a \"b\"\n".to_owned()), "a \"b\"\n");
    }
}
