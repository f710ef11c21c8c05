//! Files that are cut, changed, foreign or old.

use super::{
    super::{
        Look, Lookup, ResultReader,
        bytes::Unreadable,
        result_file::{Header, ResultEntries, ResultFile},
        stored_value::{put_stored, take_value},
    },
    fixture::{Case, SHORT, Scratch, decode, leaf},
};
use crate::{
    store::Build,
    value::{Digest, Key, Kind, Leaf, Mark, Value},
};

const GOLDEN: &[u8] = include_bytes!("../golden/format-1.postcard");

fn golden_header() -> Header {
    Header {
        key: Key::from_u128(0x0123_4567_89ab_cdef_0011_2233_4455_6677),
        omitted: Digest::from_u128(2),
        output: Digest::of(&7_u64.to_le_bytes()),
        build: Build { fingerprint: 4 },
        started_ns: 1_700_000_000_123_456_789,
        duration_ns: 1_500_000_000,
        attempts: 3,
    }
}

fn golden_entries() -> ResultEntries<'static> {
    let values = [
        (Kind::Unit, Value::Unit),
        (Kind::None, Value::None),
        (Kind::Bool, Value::Bool(true)),
        (Kind::I128, Value::Int(i128::MIN)),
        (Kind::I8, Value::Int(-1)),
        (Kind::U16, Value::Int(128)),
        (Kind::U128, Value::Uint(u128::MAX)),
        (Kind::F32, Value::F32(0.5)),
        (Kind::F64, Value::F64(-0.0)),
        (Kind::Char, Value::Char('🦀')),
        (Kind::Text, Value::Text("grün".to_owned())),
        (Kind::Bytes, Value::Bytes(vec![0, 255])),
        (Kind::Variant, Value::Variant("Adam".to_owned())),
        (
            Kind::List,
            Value::List(vec![Value::Int(1), Value::Bool(false)]),
        ),
        (Kind::List, Value::Large(1000, Digest::from_u128(9))),
    ];
    let marks = [Mark::Keyed, Mark::Replicate, Mark::Skipped];
    let mut leaves: Vec<Leaf> = values
        .into_iter()
        .enumerate()
        .map(|(index, (kind, value))| Leaf {
            path: format!("field.{index}"),
            kind,
            value,
            mark: marks[index % 3],
            omitted_at: 0,
        })
        .collect();
    leaves.push(leaf("momentum", Mark::Omitted, 0));
    ResultEntries {
        experiment: "golden::Experiment",
        version: 2,
        name: "a/b 🦀",
        leaves: leaves.into(),
        config: &[1, 2, 3],
        output_shape: vec![("loss".to_owned(), "f64".to_owned())].into(),
        refused: Vec::new().into(),
        code: 0,
    }
}

fn golden_bytes() -> Vec<u8> {
    golden_header().file(&golden_entries().write(), 7_u64.to_le_bytes().to_vec())
}

#[test]
fn the_first_format_opens_for_ever() {
    let file = ResultFile::read(GOLDEN).expect("it is undamaged");
    assert_eq!(file.header, golden_header());
    assert_eq!(ResultEntries::read(file.entries), Some(golden_entries()));
    assert_eq!(file.output, 7_u64.to_le_bytes());
    assert_eq!(
        golden_bytes(),
        GOLDEN,
        "the same run must be written in the same way"
    );
}

/// The second format is the first one with values that describe themselves.
#[test]
fn a_value_that_describes_itself_makes_the_second_format() {
    let described = b"\x89runnerdescribed\0";
    let entries = ResultEntries {
        config: described,
        ..golden_entries()
    };
    let written = entries.write();
    let bytes = golden_header().file(&written, described.to_vec());
    assert_eq!((GOLDEN[8], bytes[8]), (1, 2));
    let read = ResultFile::read(&bytes).expect("it is undamaged");
    assert_eq!(read.output, described);
    assert_eq!(ResultEntries::read(read.entries), Some(entries));
    let has_tag = |tag: u8, length: u8| {
        let entry = [tag, 0, 0, 0, length, 0, 0, 0];
        written.windows(8).any(|bytes| bytes == entry)
    };
    assert_eq!((has_tag(3, 17), has_tag(6, 17)), (false, true));
}

#[test]
fn no_part_of_a_result_is_a_result() {
    for length in 0..GOLDEN.len() {
        let read = ResultFile::read(&GOLDEN[..length]);
        assert!(
            matches!(read, Err(Unreadable::Damaged(_))),
            "{length} bytes"
        );
    }
    let mut longer = GOLDEN.to_vec();
    longer.push(0);
    assert!(ResultFile::read(&longer).is_err());
}

#[test]
fn every_changed_bit_is_seen() {
    for bit in 0..8 * GOLDEN.len() {
        let mut bytes = GOLDEN.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = ResultFile::read(&bytes);
        assert!(matches!(read, Err(Unreadable::Damaged(_))), "bit {bit}");
    }
}

#[test]
fn damaged_files_are_neither_hits_nor_errors_nor_large() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    case.run(&scratch.store(), 42, SHORT).expect("it is stored");
    let path = scratch.out().join(case.directory()).join("result.postcard");
    let whole = std::fs::read(&path).expect("it is there");
    let mut reader = ResultReader::default();
    let store = scratch.store();
    let mut check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).expect("it can be written");
        let found = case.with(|wanted| store.find(wanted, &mut reader, Look::Fresh, &mut decode));
        assert!(matches!(found, Ok(Lookup::Corrupt(_))), "{found:?}");
        assert!(
            reader.bytes.len() <= 16 << 10,
            "a claimed length was believed"
        );
    };
    (0..whole.len()).for_each(|length| check(&whole[..length]));
    for index in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[index] ^= 0x80;
        check(&bytes);
    }
    std::fs::write(&path, &whole).expect("it can be written");
    assert_eq!(case.state(&store), Ok(42));
}

#[test]
fn damaged_entries_are_none() {
    let entries = ResultFile::read(GOLDEN).expect("it is undamaged").entries;
    for length in 0..entries.len() {
        // What is cut between two entries lacks the later ones only.
        let _ = ResultEntries::read(&entries[..length]);
    }
    for bit in 0..8 * entries.len() {
        let mut bytes = entries.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let _ = ResultEntries::read(&bytes);
    }
}

#[test]
fn unknown_entries_are_skipped() {
    let mut entries = ResultFile::read(GOLDEN)
        .expect("it is undamaged")
        .entries
        .to_vec();
    entries.extend_from_slice(&[77, 0, 0, 0, 2, 0, 0, 0, 1, 2]);
    assert_eq!(ResultEntries::read(&entries), Some(golden_entries()));
}

#[test]
fn another_format_is_stale_and_kept() {
    let scratch = Scratch::new();
    let case = Case::new("base", 1);
    case.run(&scratch.store(), 42, SHORT).expect("it is stored");
    let path = scratch.out().join(case.directory()).join("result.postcard");
    let mut bytes = std::fs::read(&path).expect("it is there");
    bytes.truncate(bytes.len() - 16);
    bytes[8] = 9;
    let checksum = Digest::of(&bytes).to_bytes();
    bytes.extend_from_slice(&checksum);
    std::fs::write(&path, &bytes).expect("it can be written");
    let store = scratch.store();
    assert_eq!(case.state(&store), Err("stale"));
    case.run(&store, 43, SHORT).expect("it is stored");
    assert_eq!(case.state(&store), Ok(43));
    let aside = scratch
        .out()
        .join(format!("{}~1", case.directory()))
        .join("result.postcard");
    assert_eq!(std::fs::read(aside).expect("it is kept"), bytes);
}

#[test]
fn integers_take_few_bytes_and_come_back() {
    let edges = (0..127).flat_map(|bits| {
        [
            1_i128 << bits,
            (1 << bits) - 1,
            -(1 << bits),
            -(1 << bits) - 1,
        ]
    });
    for number in edges.chain([0, i128::MAX, i128::MIN]) {
        let mut bytes = Vec::new();
        put_stored(&mut bytes, &Value::Int(number));
        let read = take_value(&mut super::super::bytes::ByteReader(&bytes), 1);
        assert_eq!(read, Some(Value::Int(number)));
        assert!(
            bytes.len() <= 3 || !(-128..=127).contains(&number),
            "{number}"
        );
    }
}
