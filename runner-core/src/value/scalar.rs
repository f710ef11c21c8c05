//! [`Value`]: a scalar; [`Kind`]: the types of scalars, listed once; [`Whole`]: a number of an integer type;
//! and [`Digest`]: 128 bits of XXH3.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer};
use twox_hash::XxHash3_128;

use super::json::{JsonWriter, Null, Shown, ToJson, list};

/// Calls a macro with each integer type: its kind, its name, and the methods of serde for it.
macro_rules! for_wholes {
    ($callback:ident) => {
        $callback! {
            I8 i8 serialize_i8 deserialize_i8 visit_i8,
            I16 i16 serialize_i16 deserialize_i16 visit_i16,
            I32 i32 serialize_i32 deserialize_i32 visit_i32,
            I64 i64 serialize_i64 deserialize_i64 visit_i64,
            I128 i128 serialize_i128 deserialize_i128 visit_i128,
            U8 u8 serialize_u8 deserialize_u8 visit_u8,
            U16 u16 serialize_u16 deserialize_u16 visit_u16,
            U32 u32 serialize_u32 deserialize_u32 visit_u32,
            U64 u64 serialize_u64 deserialize_u64 visit_u64,
            U128 u128 serialize_u128 deserialize_u128 visit_u128,
        }
    };
}

pub(crate) use for_wholes;

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// The type of a scalar, as serde sees it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($kind,)*
        }

        impl Kind {
            /// The name that is stored and shown.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    Bool "bool",
    I8 "i8",
    I16 "i16",
    I32 "i32",
    I64 "i64",
    I128 "i128",
    U8 "u8",
    U16 "u16",
    U32 "u32",
    U64 "u64",
    U128 "u128",
    F32 "f32",
    F64 "f64",
    Char "char",
    Text "text",
    Bytes "bytes",
    Unit "unit",
    None "none",
    Variant "variant",
    List "list",
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
    /// In nanoseconds. Only for people, as is [`Value::Time`].
    Duration(i128),
    /// In nanoseconds since 1970.
    Time(i128),
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
            Self::Duration(nanos) => {
                let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
                let exact = units.into_iter().find(|(unit, _)| nanos % unit == 0);
                let (unit, name) = exact.unwrap_or((1, "ns"));
                write!(f, "{}{name}", nanos / unit)
            }
            Self::Time(nanos) => time(*nanos, f),
        }
    }
}

/// The last second that RFC 3339 has a year of four digits for.
const SECONDS_MAX: u64 = 253_402_300_799;

fn time(nanos: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let whole = u64::try_from(nanos.div_euclid(1_000_000_000)).ok();
    let part = u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0);
    match whole.filter(|seconds| *seconds <= SECONDS_MAX) {
        Some(seconds) => {
            let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, part);
            write!(f, "{}", humantime::format_rfc3339(time))
        }
        None => write!(f, "{} since 1970", Value::Duration(nanos)),
    }
}

/// Rust's `Debug` gives the shortest text that reads back as the same number, with an exponent below 1e-5 and from 1e16
/// on; here a whole number has no `.0`.
fn float(debug: &str) -> &str {
    debug.strip_suffix(".0").unwrap_or(debug)
}

/// A number of an integer type.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Whole {
    kind: Kind,
    /// As an `i128` it would make every node of a tree half as large again.
    bytes: [u8; 16],
}

impl Whole {
    pub(crate) const fn kind(self) -> Kind {
        self.kind
    }

    /// The number in a word: the same for equal numbers of a type, and hardly ever for others.
    pub(crate) fn word(self) -> u64 {
        match self.kind {
            Kind::I128 | Kind::U128 => Digest::of(&self.bytes).low(),
            _ => {
                let mut word = [0; 8];
                word.copy_from_slice(&self.bytes[..8]);
                u64::from_le_bytes(word)
            }
        }
    }

    pub(crate) fn value(self) -> Value {
        match self.kind {
            Kind::U128 => {
                let number = u128::from_le_bytes(self.bytes);
                i128::try_from(number).map_or(Value::Uint(number), Value::Int)
            }
            _ => Value::Int(i128::from_le_bytes(self.bytes)),
        }
    }
}

impl Whole {
    /// The number as one of another type, if that can hold it.
    pub(crate) fn get<T: TryFrom<i128> + TryFrom<u128>>(self) -> Option<T> {
        match self.value() {
            Value::Uint(number) => T::try_from(number).ok(),
            _ => T::try_from(i128::from_le_bytes(self.bytes)).ok(),
        }
    }
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

impl fmt::Debug for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", self.kind.name())
    }
}

macro_rules! wholes {
    ($($kind:ident $type:ident $serialize:ident $deserialize:ident $visit:ident,)*) => {
        $(impl From<$type> for Whole {
            fn from(number: $type) -> Self {
                let is_negative = $type::MIN != 0 && number >> ($type::BITS - 1) & 1 == 1;
                let mut bytes = [if is_negative { 0xff } else { 0 }; 16];
                bytes[..size_of::<$type>()].copy_from_slice(&number.to_le_bytes());
                Self { kind: Kind::$kind, bytes }
            }
        })*

        impl Whole {
            /// The number as one of this type; none if it is out of range.
            pub(crate) fn new(kind: Kind, number: i128) -> Option<Self> {
                match kind {
                    $(Kind::$kind => $type::try_from(number).ok().map(Self::from),)*
                    _ => None,
                }
            }

            /// The range of a type, in words.
            pub(crate) fn range(kind: Kind) -> String {
                match kind {
                    $(Kind::$kind => format!("{} to {}", $type::MIN, $type::MAX),)*
                    _ => String::new(),
                }
            }
        }

        impl Serialize for Whole {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.kind {
                    $(Kind::$kind => {
                        let mut bytes = [0; size_of::<$type>()];
                        let length = bytes.len();
                        bytes.copy_from_slice(&self.bytes[..length]);
                        serializer.$serialize($type::from_le_bytes(bytes))
                    })*
                    _ => serializer.serialize_unit(),
                }
            }
        }
    };
}

for_wholes!(wholes);

impl Kind {
    pub(crate) const fn is_whole(self) -> bool {
        use Kind::{I8, I16, I32, I64, I128, U8, U16, U32, U64, U128};
        matches!(
            self,
            I8 | I16 | I32 | I64 | I128 | U8 | U16 | U32 | U64 | U128
        )
    }

    pub(crate) const fn is_number(self) -> bool {
        self.is_whole() || matches!(self, Self::F32 | Self::F64)
    }
}

impl ToJson for &Value {
    fn write(self, out: &mut JsonWriter) {
        match self {
            Value::Unit | Value::None => Null.write(out),
            Value::Bool(value) => value.write(out),
            Value::Int(value) => value.write(out),
            Value::Uint(value) => value.write(out),
            Value::F32(value) if value.is_finite() => value.write(out),
            Value::F64(value) if value.is_finite() => value.write(out),
            Value::List(items) => list(items).write(out),
            value => Shown(value).write(out),
        }
    }
}

/// An XXH3-128 hash of canonical tokens.
///
/// XXH3 is the hash of <https://github.com/Cyan4973/xxHash>; it is fast and well mixed but not cryptographic: nobody
/// can collide it by accident, somebody could on purpose.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(u128);

impl Digest {
    /// The hash of `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(bytes))
    }

    pub(crate) const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    pub(crate) const fn as_u128(self) -> u128 {
        self.0
    }

    /// The low 64 bits.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "half of the digest is what is asked for"
    )]
    pub(crate) const fn low(self) -> u64 {
        self.0 as u64
    }

    pub(crate) const fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
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
