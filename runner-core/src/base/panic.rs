//! Panics: their messages and places.

use std::{
    any::Any,
    backtrace::Backtrace,
    cell::RefCell,
    panic::{AssertUnwindSafe, UnwindSafe, catch_unwind},
};

use super::last_words;

/// A caught panic.
#[derive(Clone, Debug)]
pub(crate) struct Panic {
    /// The message, and the place if the hook saw it.
    pub(crate) message: String,
    /// `None` unless the hook is installed.
    pub(crate) backtrace: Option<String>,
}

/// The hook's message to the thread that catches the panic.
enum PanicWatch {
    /// Outside [`catch`]: the panic is shown as usual.
    Off,
    On,
    Seen(Panic),
}

thread_local! {
    static WATCH: RefCell<PanicWatch> = const { RefCell::new(PanicWatch::Off) };
}

/// What Rust itself panics with where nothing can unwind, after the panic that led there.
const CANNOT_UNWIND: [&str; 2] = [
    "panic in a function that cannot unwind",
    "panic in a destructor during cleanup",
];

/// Installs a hook that keeps the panics inside [`catch`] off the terminal and notes where they happened. A panic that ends
/// the program, as with `panic = "abort"`, is told.
///
/// Only for whole experiment programs; a library call leaves the process's hook alone.
pub(crate) fn install_hook() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_watched = WATCH.with(|watch| {
            let mut watch = watch.borrow_mut();
            let is_watched = !matches!(*watch, PanicWatch::Off);
            if is_watched {
                let message = panic_message(info.payload());
                let placed = match info.location() {
                    Some(place) => format!("{message} (at {place})"),
                    None => message.clone(),
                };
                if cfg!(panic = "abort") {
                    tell_end(&placed);
                } else if CANNOT_UNWIND.contains(&message.as_str()) {
                    let first = match &*watch {
                        PanicWatch::Seen(first) => first.message.as_str(),
                        _ => "",
                    };
                    tell_end(&format!("{first}; {message}"));
                }
                *watch = PanicWatch::Seen(Panic {
                    message: placed,
                    backtrace: Some(Backtrace::force_capture().to_string()),
                });
            }
            is_watched
        });
        if !is_watched {
            usual(info);
        }
    }));
}

/// Tells of a panic after which the program aborts.
fn tell_end(message: &str) {
    let text = format!("panicked: {message}");
    if !last_words::say(&text) {
        last_words::tell(&text);
    }
}

/// Calls `f` and catches its panic. Calls may be nested.
///
/// # Errors
///
/// If it panics.
pub(crate) fn catch<R>(f: impl FnOnce() -> R + UnwindSafe) -> Result<R, Panic> {
    let (mut f, mut result) = (Some(f), None);
    catch_in(&mut || {
        if let Some(f) = f.take() {
            result = Some(f());
        }
    })?;
    Ok(result.unwrap_or_else(|| unreachable!("it was called")))
}

/// The part of [`catch`] that is the same for all functions.
fn catch_in(f: &mut dyn FnMut()) -> Result<(), Panic> {
    let outer = exchange(PanicWatch::On);
    let result = catch_unwind(AssertUnwindSafe(f));
    let seen = exchange(outer);
    result.map_err(|payload| caught(seen, payload))
}

fn exchange(watch: PanicWatch) -> PanicWatch {
    WATCH.with(|current| current.replace(watch))
}

fn caught(seen: PanicWatch, payload: Box<dyn Any + Send>) -> Panic {
    let panic = match seen {
        PanicWatch::Seen(panic) => panic,
        PanicWatch::Off | PanicWatch::On => Panic {
            message: panic_message(&*payload),
            backtrace: None,
        },
    };
    if !(payload.is::<&str>() || payload.is::<String>()) {
        // Dropping it would call the user's code, which may panic again.
        std::mem::forget(payload);
    }
    panic
}

/// Returns the message of a caught panic.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|message| (*message).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".to_owned())
}
