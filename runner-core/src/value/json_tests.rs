use proptest::prelude::*;
use serde_json::Value;

use super::json::*;

impl ToJson for &Value {
    fn write(self, out: &mut JsonWriter) {
        match self {
            Value::Null => Null.write(out),
            Value::Bool(value) => value.write(out),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => number.write(out),
                (_, Some(number), _) => i128::from(number).write(out),
                (.., number) => number.write(out),
            },
            Value::String(text) => text.write(out),
            Value::Array(items) => list(items).write(out),
            Value::Object(members) => object(|object| {
                for (name, value) in members {
                    object.put(name, value);
                }
            })
            .write(out),
        }
    }
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) * 1e-3)),
        // Others write these two as `\b` and `\f`, which the command line does not take.
        any::<String>().prop_map(|text| Value::from(text.replace(['\u{8}', '\u{c}'], ""))),
    ];
    scalar.prop_recursive(4, 32, 4, |value| {
        prop_oneof![
            proptest::collection::vec(value.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), value, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Of two shortest texts that are equally near to the number, ours is the upper one.
fn check_floats(number: f64, narrow: f32) {
    let ours = json(number, Layout::Compact);
    let other = serde_json::to_string(&number).unwrap();
    let is_same = ours.parse() == Ok(number) && ours.len() == other.len();
    assert!(ours == other || is_same, "{ours} {other}");
    let ours = json(narrow, Layout::Compact);
    let other = serde_json::to_string(&narrow).unwrap();
    let is_same = ours.parse() == Ok(narrow) && ours.len() == other.len();
    assert!(ours == other || is_same, "{ours} {other}");
}

#[test]
fn numbers_of_every_size_are_as_in_other_json() {
    for exponent in -330..310 {
        for digits in ["1", "9.99", "-1.2345678901234567", "0"] {
            let text = format!("{digits}e{exponent}");
            check_floats(text.parse().unwrap(), text.parse().unwrap());
        }
    }
    check_floats(f64::NAN, f32::NEG_INFINITY);
    check_floats(f64::MIN_POSITIVE, f32::MIN_POSITIVE);
    assert_eq!(json(u128::MAX, Layout::Compact), u128::MAX.to_string());
    assert_eq!(json(i128::MIN, Layout::Compact), i128::MIN.to_string());
}

#[test]
fn members_have_lines_and_lists_have_one() {
    let value = serde_json::json!({
        "empty": {},
        "layers": [1, 2, [3]],
        "nested": {"blocks": [{"units": 64}, {}], "none": null},
    });
    assert_eq!(
        json(&value, Layout::Members),
        r#"{
  "empty": {},
  "layers": [1, 2, [3]],
  "nested": {
    "blocks": [{
      "units": 64
    }, {}],
    "none": null
  }
}"#
    );
    let mut deep = Value::from(1);
    for _ in 0..30 {
        deep = serde_json::json!({ "x": deep });
    }
    let text = json(&deep, Layout::Members);
    assert!(text.contains(&format!("\n{}\"x\": 1\n", " ".repeat(60))));
}

#[test]
fn members_without_a_value_are_left_out() {
    let value = object(|object| {
        let absent: Option<u32> = None;
        object.put("null", absent).put_some("absent", absent);
        object.put("shown", Shown('"'));
    });
    assert_eq!(
        json(value, Layout::Compact),
        r#"{"null":null,"shown":"\""}"#
    );
}

proptest! {
    #[test]
    fn any_value_is_as_in_other_json(value in values()) {
        prop_assert_eq!(json(&value, Layout::Compact), value.to_string());
        prop_assert_eq!(json(&value, Layout::Items), serde_json::to_string_pretty(&value)?);
        serde_json::from_str::<serde::de::IgnoredAny>(&json(&value, Layout::Members))?;
    }

    #[test]
    fn any_text_is_read_by_other_readers(text in any::<String>()) {
        let read: String = serde_json::from_str(&json(text.as_str(), Layout::Compact))?;
        prop_assert_eq!(read, text);
    }

    #[test]
    fn any_float_is_as_in_other_json(number in any::<u64>(), narrow in any::<u32>()) {
        check_floats(f64::from_bits(number), f32::from_bits(narrow));
    }

    #[test]
    fn what_other_readers_take_for_a_text_is_read_as_the_same(
        text in "\"(\\\\[u\"\\\\/bfnrtx]|\\\\u(d[89cd]3[a-f]|[0-9a-fA-F]{4})|[ -~]|\n|é|😀){0,12}\"|.{0,3}"
    ) {
        let expected = serde_json::from_str::<String>(&text).ok();
        // Space around it is no part of a text in quotes.
        prop_assume!(text.trim() == text);
        prop_assert_eq!(unquoted(&text).ok(), expected);
    }
}
