//! The tag of each token. A number that was ever released never changes its meaning.

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Tag {
    False = 1,
    True = 2,
    I8 = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    I128 = 7,
    U8 = 8,
    U16 = 9,
    U32 = 10,
    U64 = 11,
    U128 = 12,
    F32 = 13,
    F64 = 14,
    Char = 15,
    Str = 16,
    Bytes = 17,
    None = 18,
    Some = 19,
    Unit = 20,
    UnitStruct = 21,
    UnitVariant = 22,
    NewtypeVariant = 23,
    TupleVariant = 24,
    StructVariant = 25,
    Seq = 26,
    SeqEnd = 27,
    Tuple = 28,
    Map = 29,
    Struct = 30,
    /// In the place of a field of a tuple variant that is not part of the key, before one that is.
    Omitted = 31,
    /// A map whose order is part of its value.
    OrderedMap = 32,
}
