//! Golden vectors of scalars; the grammar is in `golden.rs`.

use super::{golden::check, testing::Bytes};

#[test]
fn booleans() {
    check(&false, "01", "51025a4491835505e12ef9d2eb86ceeb");
    check(&true, "02", "e3ab152fcb1762bfc9f42e6c9e93dfff");
}

#[test]
fn integers() {
    check(&-2_i8, "03 fe", "c9109b06c91a912f232addbc56b6d9d5");
    check(&-2_i16, "04 feff", "7cce0156b805d98ce132557d4ffb4bc9");
    check(&-2_i32, "05 feffffff", "d37ecc7d682bf50d31773d46dc9bc200");
    check(
        &-2_i64,
        "06 feffffffffffffff",
        "095c52a977b67d9db8a65eecc72c0611",
    );
    check(
        &-2_i128,
        "07 feffffffffffffffffffffffffffffff",
        "2e7f29a8360f9c9f632797474ff33864",
    );
    check(
        &i128::MIN,
        "07 00000000000000000000000000000080",
        "9d07ca35d6f26884f9abb8d60abdb49a",
    );
    check(&2_u8, "08 02", "835ac12a8c4b55aa46038f9e27e25a30");
    check(&2_u16, "09 0200", "3db77236a58bd5b848cc71667bddd3f0");
    check(&2_u32, "0a 02000000", "b3899bf1c663bef2f0eb0048f2128922");
    check(
        &2_u64,
        "0b 0200000000000000",
        "d92cf5117d38b9f3405d6542e204b905",
    );
    check(
        &2_u128,
        "0c 02000000000000000000000000000000",
        "060b45700355a941ff1038b51c906f45",
    );
    check(
        &u128::MAX,
        "0c ffffffffffffffffffffffffffffffff",
        "e0769fd162e10313b814171be4159f78",
    );
    check(
        &2_usize,
        "0b 0200000000000000",
        "d92cf5117d38b9f3405d6542e204b905",
    );
    check(
        &-2_isize,
        "06 feffffffffffffff",
        "095c52a977b67d9db8a65eecc72c0611",
    );
}

#[test]
fn floats_of_32_bits() {
    check(&0_f32, "0d 00000000", "35e91540b2da0b8447e4b3445abdea09");
    check(&-0_f32, "0d 00000080", "482dc74474db0376f7d2bf849fcdb577");
    check(&0.1_f32, "0d cdcccc3d", "1539b74dbe04110c1dae1a9aa4088824");
    check(
        &f32::INFINITY,
        "0d 0000807f",
        "63f9dddad1346af51252c21507d192d8",
    );
    check(
        &f32::NEG_INFINITY,
        "0d 000080ff",
        "a40ef26f35659aecf7c5a67193fe1792",
    );
    check(
        &f32::from_bits(1),
        "0d 01000000",
        "c7a6f5fd9be32fbb2fc4edeb8aa6e47f",
    );
    check(&f32::NAN, "0d 0000c07f", "eaa35080eff1bbeeb962764e15840d4e");
    check(
        &-f32::NAN,
        "0d 0000c07f",
        "eaa35080eff1bbeeb962764e15840d4e",
    );
    check(
        &f32::from_bits(0x7f80_0001),
        "0d 0000c07f",
        "eaa35080eff1bbeeb962764e15840d4e",
    );
    check(
        &f32::from_bits(0xffff_ffff),
        "0d 0000c07f",
        "eaa35080eff1bbeeb962764e15840d4e",
    );
}

#[test]
fn floats_of_64_bits() {
    check(
        &0_f64,
        "0e 0000000000000000",
        "1c3e63ba9e78e03593b7347a81e47ce1",
    );
    check(
        &-0_f64,
        "0e 0000000000000080",
        "3b0e919f5fb1075dce0337f0004bdfbe",
    );
    check(
        &0.1_f64,
        "0e 9a9999999999b93f",
        "93ec4c9baad246922b05a59d57610145",
    );
    check(
        &f64::INFINITY,
        "0e 000000000000f07f",
        "75883b853da4eac2527ab79dafe62bc4",
    );
    check(
        &f64::NEG_INFINITY,
        "0e 000000000000f0ff",
        "7593d337674c822b7e96c76d6d7d8173",
    );
    check(
        &f64::from_bits(1),
        "0e 0100000000000000",
        "18fd666f9da9617fd7490b06f62d5319",
    );
    check(
        &f64::NAN,
        "0e 000000000000f87f",
        "19b3092175e6c6ffe9d6b58de88ae0fa",
    );
    check(
        &-f64::NAN,
        "0e 000000000000f87f",
        "19b3092175e6c6ffe9d6b58de88ae0fa",
    );
    check(
        &f64::from_bits(0x7ff0_0000_0000_0001),
        "0e 000000000000f87f",
        "19b3092175e6c6ffe9d6b58de88ae0fa",
    );
    check(
        &f64::from_bits(u64::MAX),
        "0e 000000000000f87f",
        "19b3092175e6c6ffe9d6b58de88ae0fa",
    );
}

#[test]
fn text_and_bytes() {
    check(&'a', "0f 61000000", "4d1b32cd4be61c6ec8b52b9624034f14");
    check(
        &'\u{1f980}',
        "0f 80f90100",
        "7b80ca51efd85a6f6fc463f6d3addde2",
    );
    check(
        "",
        "10 0000000000000000",
        "00c5481a7a5eea285a376e91b00f33e7",
    );
    check(
        "ab",
        "10 0200000000000000 6162",
        "4aa0973258a30b428a3246e70b60fd8c",
    );
    check(
        "naïve 🦀",
        "10 0b00000000000000 6e61c3af766520f09fa680",
        "0a07d94d91d7cf459604e586a1608894",
    );
    check(
        &Bytes(b""),
        "11 0000000000000000",
        "4986e4d80d3d9abdccb08b1b1bb047b3",
    );
    check(
        &Bytes(b"ab"),
        "11 0200000000000000 6162",
        "26f3a9c37cd161f2388fdd2ee5f5d2e8",
    );
}
