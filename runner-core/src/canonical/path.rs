//! Where a walk is: the steps from the root of a value.

use std::fmt::Write as _;

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Name(&'static str),
    Index(u64),
    /// A map entry, by the low bits of its key's digest.
    Entry(u64),
}

/// The steps as people read them: `optimizer.layers.2.units`.
pub(super) fn display(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        if !text.is_empty() {
            text.push('.');
        }
        match step {
            Step::Name(name) => text.push_str(name),
            Step::Index(index) => {
                // Writing into a `String` cannot fail.
                let _ = write!(text, "{index}");
            }
            Step::Entry(_) => text.push_str("(map entry)"),
        }
    }
    text
}

/// The steps as bytes that differ whenever the steps do.
pub(super) fn encode(steps: &[Step], out: &mut Vec<u8>) {
    for step in steps {
        match step {
            Step::Name(name) => {
                out.push(1);
                out.extend_from_slice(&(name.len() as u64).to_le_bytes());
                out.extend_from_slice(name.as_bytes());
            }
            Step::Index(index) => {
                out.push(2);
                out.extend_from_slice(&index.to_le_bytes());
            }
            Step::Entry(key) => {
                out.push(3);
                out.extend_from_slice(&key.to_le_bytes());
            }
        }
    }
}
