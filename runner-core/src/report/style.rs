//! [`Style`]: what the place that a table is written to can show.

use console::Term;

use crate::base::ColorChoice;

/// How a table is shown. It is passed in: nothing here is global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// The columns of the terminal, if it is one.
    pub(crate) width: Option<usize>,
    pub(crate) emphasis: Emphasis,
}

/// Whether escape codes may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emphasis {
    Plain,
    Ansi,
}

impl Style {
    /// Text of any width without escape codes.
    pub(crate) const PLAIN: Self = Self {
        width: None,
        emphasis: Emphasis::Plain,
    };

    /// What standard output can show right now.
    pub(crate) fn stdout(color: ColorChoice) -> Self {
        let term = Term::stdout();
        let emphasis = match color {
            ColorChoice::Always => Emphasis::Ansi,
            ColorChoice::Auto if term.features().colors_supported() => Emphasis::Ansi,
            ColorChoice::Auto | ColorChoice::Never => Emphasis::Plain,
        };
        Self {
            width: term.size_checked().map(|(_, columns)| usize::from(columns)),
            emphasis,
        }
    }
}

impl Emphasis {
    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}
