//! [`Choice`]: values of flags that are one of a few words.

use super::completions::Shell;
use super::request::ProgressMode;
use crate::base::ColorChoice;
use crate::report::Format;

/// A type whose values are named on the command line.
pub(super) trait Choice: Copy + 'static {
    const ALL: &'static [(&'static str, Self)];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }
}

/// The names of all values of `C`.
pub(super) fn names<C: Choice>() -> Vec<&'static str> {
    C::ALL.iter().map(|(name, _)| *name).collect()
}

impl Choice for Format {
    const ALL: &'static [(&'static str, Self)] = &[
        (Self::Table.name(), Self::Table),
        (Self::Markdown.name(), Self::Markdown),
        (Self::Csv.name(), Self::Csv),
        (Self::Json.name(), Self::Json),
    ];
}

impl Choice for ProgressMode {
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("bar", Self::Bar),
        ("plain", Self::Plain),
        ("none", Self::None),
    ];
}

impl Choice for ColorChoice {
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("always", Self::Always),
        ("never", Self::Never),
    ];
}

impl Choice for Shell {
    const ALL: &'static [(&'static str, Self)] = &[
        ("bash", Self::Bash),
        ("zsh", Self::Zsh),
        ("fish", Self::Fish),
    ];
}
