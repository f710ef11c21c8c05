//! [`for_scalars`]: the methods of a serde `Serializer` that take a scalar, for those that treat all of them alike.

/// Calls a macro with `method(type),` for each.
macro_rules! for_scalars {
    ($write:ident) => {
        $write! {
            serialize_bool(bool),
            serialize_i8(i8),
            serialize_i16(i16),
            serialize_i32(i32),
            serialize_i64(i64),
            serialize_i128(i128),
            serialize_u8(u8),
            serialize_u16(u16),
            serialize_u32(u32),
            serialize_u64(u64),
            serialize_u128(u128),
            serialize_f32(f32),
            serialize_f64(f64),
            serialize_char(char),
            serialize_str(&str),
        }
    };
}

pub(crate) use for_scalars;
