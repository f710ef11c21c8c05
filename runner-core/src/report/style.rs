//! [`Style`]: what the place that a table is written to can show.

use console::Term;

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

/// When to use colours and other styles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Color {
    /// On a terminal that can, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Style {
    /// Text of any width without escape codes.
    pub(crate) const PLAIN: Self = Self {
        width: None,
        emphasis: Emphasis::Plain,
    };

    /// What standard output can show right now.
    pub(crate) fn stdout(color: Color) -> Self {
        let term = Term::stdout();
        let emphasis = match color {
            Color::Always => Emphasis::Ansi,
            Color::Auto if term.features().colors_supported() => Emphasis::Ansi,
            Color::Auto | Color::Never => Emphasis::Plain,
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
