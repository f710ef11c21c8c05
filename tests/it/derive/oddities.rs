//! What a user may write that the generated code must live with.

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
