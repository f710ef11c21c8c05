//! Text as wide as others on the screen.

use std::borrow::Cow;

use console::{Alignment, measure_text_width, pad_str};

/// The side on which texts of a column are even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

pub(super) fn widest<S: AsRef<str>>(texts: &[S]) -> usize {
    let widths = texts.iter().map(|text| measure_text_width(text.as_ref()));
    widths.max().unwrap_or(0)
}

/// Returns `text` in exactly `width` columns of the screen, with an ellipsis where something is missing.
pub(super) fn pad(text: &str, width: usize, align: Align) -> Cow<'_, str> {
    let align = match align {
        Align::Left => Alignment::Left,
        Align::Right => Alignment::Right,
    };
    pad_str(text, width, align, Some("…"))
}
