//! Where a walk is: the steps from the root of a value; and paths as people write them.

use std::{borrow::Cow, fmt::Write as _};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Field {
        /// What serde and people call it.
        name: &'static str,
        /// What the key calls it.
        key: &'static str,
    },
    Variant(&'static str),
    Index(u64),
    /// A map entry.
    Entry {
        /// The low bits of the digest of its key.
        digest: u64,
        /// Where the tokens of its key are.
        key_at: usize,
    },
}

/// The steps as people read them: `optimizer.layers.2.units`. The names of map entries are looked up in `tokens`.
pub(crate) fn display(steps: &[Step], tokens: &[u8]) -> String {
    let mut text = String::new();
    for step in steps {
        if !text.is_empty() {
            text.push('.');
        }
        match step {
            Step::Field { name, .. } | Step::Variant(name) => text.push_str(name),
            Step::Index(index) => {
                // Writing into a `String` cannot fail.
                let _ = write!(text, "{index}");
            }
            Step::Entry { key_at, .. } => {
                text.push_str(text_at(tokens, *key_at).unwrap_or("(map entry)"));
            }
        }
    }
    text
}

/// The text whose token is at `start`, if it is a text.
fn text_at(tokens: &[u8], start: usize) -> Option<&str> {
    let (tag, rest) = tokens.get(start..)?.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let text = rest.get(..length)?;
    (*tag == Tag::Str as u8)
        .then(|| str::from_utf8(text).ok())
        .flatten()
}

/// The name under which the variant of an enum goes, beside the enum's own.
pub(crate) const KIND: &str = "kind";

/// Where the variant of an enum at a path is shown: an enum at the root has no name of its own.
pub(crate) fn of_variant(path: &str) -> &str {
    if path.is_empty() { KIND } else { path }
}

/// A name as a step of a path: in quotes if it would not be one step without them.
pub(crate) fn step(name: &str) -> Cow<'_, str> {
    if name.contains('.') || name.starts_with('"') {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        Cow::Owned(format!("\"{escaped}\""))
    } else {
        Cow::Borrowed(name)
    }
}

/// The names of the steps of a path.
pub(crate) fn steps(path: &str) -> Vec<String> {
    let mut steps = vec![String::new()];
    let mut characters = path.chars();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        let step = steps
            .last_mut()
            .unwrap_or_else(|| unreachable!("there is a step"));
        match character {
            '"' if is_quoted => is_quoted = false,
            '"' if step.is_empty() => is_quoted = true,
            '\\' if is_quoted => step.extend(characters.next()),
            '.' if !is_quoted => steps.push(String::new()),
            character => step.push(character),
        }
    }
    steps
}

/// The path of these steps.
pub(crate) fn of_steps<S: AsRef<str>>(steps: &[S]) -> String {
    let steps: Vec<_> = steps.iter().map(|name| step(name.as_ref())).collect();
    steps.join(".")
}

/// A path and one more step.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        step(name).into_owned()
    } else {
        format!("{path}.{}", step(name))
    }
}

/// Whether a path is another one, or leads to something inside it; everything is inside the root.
pub(crate) fn is_at_or_below(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || outer.is_empty() || rest.starts_with('.'))
}

pub(crate) fn is_below(path: &str, outer: &str) -> bool {
    path != outer && is_at_or_below(path, outer)
}

/// The rest of a path behind its first step, if that is `step`.
pub(crate) fn behind<'p>(path: &'p str, step: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(step)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('.')
    }
}

/// The steps as bytes that differ whenever the steps do.
pub(crate) fn encode(steps: &[Step], out: &mut Vec<u8>) {
    for step in steps {
        match step {
            Step::Field { key: name, .. } | Step::Variant(name) => {
                out.push(1);
                out.extend_from_slice(&(name.len() as u64).to_le_bytes());
                out.extend_from_slice(name.as_bytes());
            }
            Step::Index(index) => {
                out.push(2);
                out.extend_from_slice(&index.to_le_bytes());
            }
            Step::Entry { digest, .. } => {
                out.push(3);
                out.extend_from_slice(&digest.to_le_bytes());
            }
        }
    }
}

/// The tag of each token. A number that was ever released never changes its meaning.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_back_whatever_their_names_are() {
        let names = [
            "a", "", "a.b", "\"", "a\"b", "\"a.b\"", "\\", "a\\.\"", ".", "ß.", "[1, 2.5]", "a b=c",
        ];
        // The empty path is the root.
        for first in names.into_iter().filter(|name| !name.is_empty()) {
            for second in names {
                let path = join(&join("", first), second);
                assert_eq!(steps(&path), [first, second], "{path}");
                assert_eq!(of_steps(&[first, second]), path);
                assert!(is_at_or_below(&path, &join("", first)), "{path}");
            }
        }
        assert_eq!(join("a", "b"), "a.b");
        assert_eq!(join("a", "b.c"), "a.\"b.c\"");
    }
}
