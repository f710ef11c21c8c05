//! [`Style`]: the colors of a stream, decided once.

use std::{
    fmt::Display,
    io::{self, IsTerminal},
};

use console::{Color, StyledObject};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

/// The style of one stream; there is no global state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    is_colored: bool,
}

impl Style {
    pub(crate) fn for_stdout(color: ColorChoice) -> Self {
        Self::decide(color, io::stdout().is_terminal(), variable)
    }

    pub(crate) fn for_stderr(color: ColorChoice) -> Self {
        Self::decide(color, io::stderr().is_terminal(), variable)
    }

    /// No colors.
    pub(crate) const PLAIN: Self = Self { is_colored: false };

    /// See <https://no-color.org> and <https://bixense.com/clicolors>: an empty variable counts as not set.
    fn decide(
        color: ColorChoice,
        is_terminal: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let is_colored = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set("NO_COLOR") => false,
            ColorChoice::Auto => {
                variable("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0")
                    || is_terminal && variable("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self { is_colored }
    }

    /// Styles a success.
    pub(crate) fn good(self, text: impl Display) -> StyledObject<String> {
        self.with(Color::Green, text)
    }

    /// Styles a warning.
    pub(crate) fn notable(self, text: impl Display) -> StyledObject<String> {
        self.with(Color::Yellow, text)
    }

    /// Styles an error.
    pub(crate) fn bad(self, text: impl Display) -> StyledObject<String> {
        self.with(Color::Red, text).bold()
    }

    /// Styles work in progress.
    pub(crate) fn active(self, text: impl Display) -> StyledObject<String> {
        self.with(Color::Cyan, text)
    }

    pub(crate) fn heading(self, text: impl Display) -> StyledObject<String> {
        self.plain(text).bold()
    }

    /// Styles text that matters less than the text around it.
    pub(crate) fn faint(self, text: impl Display) -> StyledObject<String> {
        self.plain(text).dim()
    }

    fn with(self, color: Color, text: impl Display) -> StyledObject<String> {
        self.plain(text).fg(color)
    }

    fn plain(self, text: impl Display) -> StyledObject<String> {
        console::style(text.to_string()).force_styling(self.is_colored)
    }
}

/// Whether standard error is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether standard error is a terminal that can move its cursor.
pub(crate) fn can_draw() -> bool {
    is_terminal() && variable("TERM").is_none_or(|term| term != "dumb")
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(color: ColorChoice, is_terminal: bool, variables: &[(&str, &str)], expected: bool) {
        let style = Style::decide(color, is_terminal, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        });
        assert_eq!(
            style.is_colored, expected,
            "{color:?} {is_terminal} {variables:?}"
        );
    }

    #[test]
    fn colors_are_for_terminals() {
        use ColorChoice::{Always, Auto, Never};
        check(Auto, true, &[("TERM", "xterm")], true);
        check(Auto, true, &[], true);
        check(Auto, false, &[("TERM", "xterm")], false);
        check(Auto, true, &[("TERM", "dumb")], false);
        check(Auto, true, &[("NO_COLOR", "1")], false);
        check(Auto, true, &[("NO_COLOR", "")], true);
        check(Auto, false, &[("CLICOLOR_FORCE", "1")], true);
        check(Auto, false, &[("CLICOLOR_FORCE", "0")], false);
        check(
            Auto,
            true,
            &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
            false,
        );
        check(Always, false, &[("NO_COLOR", "1")], true);
        check(Never, true, &[("CLICOLOR_FORCE", "1")], false);
    }

    #[test]
    fn plain_text_has_no_codes() {
        assert_eq!(Style::PLAIN.bad("failed").to_string(), "failed");
        let style = Style { is_colored: true };
        assert_eq!(style.good("done").to_string(), "\u{1b}[32mdone\u{1b}[0m");
    }
}
