//! [`with_last_words`]: what a thread says if the code that it calls ends the whole program.

use std::{
    cell::RefCell,
    io::{self, Write},
};

use signal_hook::low_level::exit as exit_at_once;

use super::{exit, release_terminal};

/// Makes of a reason what is said if the code of this thread ends the program.
pub(crate) type Say = Box<dyn Fn(&str) -> String>;

/// Dropped with its words, the thread is at its end in the middle of that code: it has called `exit`.
struct LastWords(Option<Say>);

thread_local! {
    static WORDS: RefCell<LastWords> = const { RefCell::new(LastWords(None)) };
}

impl Drop for LastWords {
    fn drop(&mut self) {
        if let Some(say) = self.0.take() {
            tell(&say("ended the program with `exit`"));
            exit_at_once(i32::from(exit::INCOMPLETE));
        }
    }
}

/// Calls code of the user that may end the program: `exit` in this thread says so and ends it with a code that is no success.
pub(crate) fn with_last_words<R>(say: Say, code: impl FnOnce() -> R) -> R {
    WORDS.with_borrow_mut(|words| words.0 = Some(say));
    let result = code();
    WORDS.with_borrow_mut(|words| words.0 = None);
    result
}

/// Says that the program is about to end. Returns whether this thread has words for it.
pub(super) fn say(reason: &str) -> bool {
    let said = WORDS.try_with(|words| match &words.borrow().0 {
        Some(say) => {
            tell(&say(reason));
            true
        }
        None => false,
    });
    said.unwrap_or(false)
}

/// Prints on standard error, which may be closed, below whatever is there.
pub(super) fn tell(text: &str) {
    release_terminal();
    let _ = io::stderr().write_all(format!("\n{text}\n").as_bytes());
}
