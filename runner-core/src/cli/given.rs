//! [`Given`]: a config as JSON from which every value can be given back.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeSeq as _},
};

use crate::{
    canonical::{Leaf, Value},
    overrides::written,
};

/// The leaves of a config as one flat object: `--set PATH=VALUE` takes every value as it stands, text without its quotes.
///
/// Where text would be taken for something else, such as the text `none`, it has quotes of its own inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a>(pub(super) &'a [Leaf]);

impl Serialize for Given<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for leaf in self.0 {
            // An enum that is the config itself is called by its variant.
            map.serialize_entry(&leaf.path, &GivenValue(&leaf.value))?;
        }
        map.end()
    }
}

struct GivenValue<'a>(&'a Value);

impl Serialize for GivenValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::None => serializer.serialize_none(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => match i64::try_from(*value) {
                Ok(value) => serializer.serialize_i64(value),
                Err(_) => serializer.serialize_str(&value.to_string()),
            },
            Value::F32(value) if value.is_finite() => serializer.serialize_f32(*value),
            Value::F64(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::List(items) if items.iter().all(is_plain) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&GivenValue(item))?;
                }
                list.end()
            }
            value => serializer.serialize_str(&written(value)),
        }
    }
}

/// Whether an item of a list is the same in JSON.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::Int(value) => i64::try_from(*value).is_ok(),
        Value::F32(value) => value.is_finite(),
        Value::F64(value) => value.is_finite(),
        _ => false,
    }
}
