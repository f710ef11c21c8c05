//! [`script`]: what a shell needs to complete the command line of a program.

use super::program::Program;

/// The hidden flag with which the scripts of `--completions` ask for candidates.
pub(super) const COMPLETE: &str = "--complete";

/// A shell that can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// The script for a shell. It asks the program itself for candidates, and takes files where there are none.
pub(crate) fn script(shell: Shell, program: &Program) -> String {
    let template = match shell {
        Shell::Bash => include_str!("completions/bash.sh"),
        Shell::Zsh => include_str!("completions/zsh.sh"),
        Shell::Fish => include_str!("completions/fish.fish"),
    };
    let function: String = program
        .name
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '_'
            }
        })
        .collect();
    template
        .replace("@FUNCTION@", &function)
        .replace("@COMPLETE@", COMPLETE)
        .replace("@PROGRAM@", &program.name)
}
