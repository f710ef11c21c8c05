//! Values in the form in which leaves are stored.

use super::bytes::{ByteReader, length, put_prefixed};
use crate::value::{Digest, Value};

/// The longest value that is stored as it is; of others, their length and digest are.
const VALUE_BYTES_MAX: usize = 64;
/// Maximum number of lists inside each other in what is read.
pub(super) const NESTING_MAX: u32 = 8;

mod kind {
    pub(super) const UNIT: u8 = 0;
    pub(super) const NONE: u8 = 1;
    pub(super) const BOOL: u8 = 2;
    pub(super) const INT: u8 = 3;
    pub(super) const UINT: u8 = 4;
    pub(super) const F32: u8 = 5;
    pub(super) const F64: u8 = 6;
    pub(super) const CHAR: u8 = 7;
    pub(super) const TEXT: u8 = 8;
    pub(super) const BYTES: u8 = 9;
    pub(super) const VARIANT: u8 = 10;
    pub(super) const LIST: u8 = 11;
    pub(super) const LARGE: u8 = 12;
}

/// Writes a value in the form that is stored: equal bytes mean the same value.
pub(super) fn put_stored(out: &mut Vec<u8>, value: &Value) {
    let start = out.len();
    put_value(out, value);
    if out.len() - start > VALUE_BYTES_MAX {
        let items = match value {
            Value::Text(text) | Value::Variant(text) => text.chars().count(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(items) => items.len(),
            _ => 1,
        };
        let digest = Digest::of(&out[start..]);
        out.truncate(start);
        put_value(out, &Value::Large(items as u64, digest));
    }
}

/// The value as it comes back when it was stored.
pub(crate) fn as_stored(value: Value) -> Value {
    let mut bytes = Vec::new();
    put_stored(&mut bytes, &value);
    take_value(&mut ByteReader(&bytes), NESTING_MAX).unwrap_or(value)
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Unit => out.push(kind::UNIT),
        Value::None => out.push(kind::NONE),
        Value::Bool(value) => out.extend_from_slice(&[kind::BOOL, u8::from(*value)]),
        Value::Int(value) | Value::Duration(value) | Value::Time(value) => put_int(out, *value),
        Value::Uint(value) => put_fixed(out, kind::UINT, value.to_le_bytes()),
        // There is one NaN, as in the key.
        Value::F32(value) => {
            let value = if value.is_nan() { f32::NAN } else { *value };
            put_fixed(out, kind::F32, value.to_bits().to_le_bytes());
        }
        Value::F64(value) => {
            let value = if value.is_nan() { f64::NAN } else { *value };
            put_fixed(out, kind::F64, value.to_bits().to_le_bytes());
        }
        Value::Char(value) => put_fixed(out, kind::CHAR, u32::from(*value).to_le_bytes()),
        Value::Text(text) => put_bytes(out, kind::TEXT, text.as_bytes()),
        Value::Bytes(bytes) => put_bytes(out, kind::BYTES, bytes),
        Value::Variant(name) => put_bytes(out, kind::VARIANT, name.as_bytes()),
        Value::List(items) => {
            put_fixed(out, kind::LIST, length(items.len()).to_le_bytes());
            for item in items {
                put_value(out, item);
            }
        }
        Value::Large(items, digest) => {
            put_fixed(out, kind::LARGE, items.to_le_bytes());
            out.extend_from_slice(&digest.to_bytes());
        }
    }
}

/// Writes as few bytes as keep the sign, behind their number.
fn put_int(out: &mut Vec<u8>, value: i128) {
    let bytes = value.to_le_bytes();
    let mut count = 1;
    while count < 16 && (value << (128 - 8 * count)) >> (128 - 8 * count) != value {
        count += 1;
    }
    out.extend_from_slice(&[kind::INT, u8::try_from(count).unwrap_or(16)]);
    out.extend_from_slice(&bytes[..count]);
}

fn take_int(cursor: &mut ByteReader<'_>) -> Option<i128> {
    let count = usize::from(cursor.byte()?);
    let taken = cursor.bytes(count)?;
    let fill = if taken.last()? & 0x80 == 0 { 0 } else { 0xff };
    let mut bytes = [fill; 16];
    bytes.get_mut(..count)?.copy_from_slice(taken);
    Some(i128::from_le_bytes(bytes))
}

fn put_fixed<const N: usize>(out: &mut Vec<u8>, tag: u8, bytes: [u8; N]) {
    out.push(tag);
    out.extend_from_slice(&bytes);
}

fn put_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    put_prefixed(out, bytes);
}

/// Reads a value; lists may be `nesting` deep.
pub(super) fn take_value(cursor: &mut ByteReader<'_>, nesting: u32) -> Option<Value> {
    Some(match cursor.byte()? {
        kind::UNIT => Value::Unit,
        kind::NONE => Value::None,
        kind::BOOL => Value::Bool(cursor.byte()? != 0),
        kind::INT => Value::Int(take_int(cursor)?),
        kind::UINT => Value::Uint(cursor.u128()?),
        kind::F32 => Value::F32(f32::from_bits(cursor.u32()?)),
        kind::F64 => Value::F64(f64::from_bits(cursor.u64()?)),
        kind::CHAR => Value::Char(char::from_u32(cursor.u32()?)?),
        kind::TEXT => Value::Text(cursor.text()?.to_owned()),
        kind::BYTES => Value::Bytes(cursor.prefixed()?.to_vec()),
        kind::VARIANT => Value::Variant(cursor.text()?.to_owned()),
        kind::LIST => {
            let nesting = nesting.checked_sub(1)?;
            let mut items = Vec::new();
            for _ in 0..cursor.u32()? {
                items.push(take_value(cursor, nesting)?);
            }
            Value::List(items)
        }
        kind::LARGE => Value::Large(cursor.u64()?, Digest::from_u128(cursor.u128()?)),
        _ => return None,
    })
}
