//! Values as they can be given back, in one line each.

use crate::value::{Value, text};

/// A value as `--set` takes it: as it is shown, in quotes where it would be taken for something else.
pub(crate) fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => {
            let is_plain = !text.trim().starts_with(['"', '\'']) && !text::is_none(text);
            if is_plain { text.clone() } else { quoted(text) }
        }
        Value::Char(character) => character.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(item).collect();
            format!("[{}]", items.join(", "))
        }
        _ => value.to_string(),
    }
}

fn item(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Char(character) => quoted(&character.to_string()),
        _ => written(value),
    }
}

fn quoted(text: &str) -> String {
    text::quoted(text)
}
