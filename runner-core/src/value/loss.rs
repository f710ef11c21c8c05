//! [`Losses`]: the parts of a config that come back from its stored form as something else.
//!
//! A field that serde writes with less than it holds has one form for several values, and nothing that is written tells
//! them apart. So the values themselves are compared, by whatever their types can do.

use std::fmt::Debug;

use super::{config::Config, path};

/// Maximum number of characters of a value that is shown.
const SHOWN_MAX: usize = 40;

/// A part of a config that is not what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    pub(crate) path: String,
    /// The given value and the one that came back, if their type is `Debug`.
    pub(crate) values: Option<(String, String)>,
}

/// The parts of a config that are not what was given; collected by generated code.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Losses {
    outer: Vec<&'static str>,
    pub(crate) found: Vec<Loss>,
}

impl Losses {
    /// Enters a field or variant.
    pub fn enter(&mut self, name: &'static str) {
        self.outer.push(name);
    }

    /// Leaves the field or variant that was entered last.
    pub fn leave(&mut self) {
        self.outer.pop();
    }

    fn note(&mut self, values: Option<(String, String)>) {
        let path = self
            .outer
            .iter()
            .fold(String::new(), |outer, step| path::join(&outer, step));
        self.found.push(Loss { path, values });
    }
}

/// A value that was given and the one that came back.
///
/// `(&&&&&BeforeAfter(a, b)).compare(losses)` takes the first of the traits below that the type allows.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct BeforeAfter<'a, T>(pub &'a T, pub &'a T);

/// Compares configs field by field.
#[doc(hidden)]
pub trait ByFields {
    fn compare(&self, losses: &mut Losses);
}

impl<T: Config> ByFields for &&&&BeforeAfter<'_, T> {
    fn compare(&self, losses: &mut Losses) {
        T::losses(self.0, self.1, losses);
    }
}

#[doc(hidden)]
pub trait ByShownEq {
    fn compare(&self, losses: &mut Losses);
}

impl<T: PartialEq + Debug> ByShownEq for &&&BeforeAfter<'_, T> {
    fn compare(&self, losses: &mut Losses) {
        if differ(self.0, self.1) {
            losses.note(Some((shown(self.0), shown(self.1))));
        }
    }
}

#[doc(hidden)]
pub trait ByEq {
    fn compare(&self, losses: &mut Losses);
}

impl<T: PartialEq> ByEq for &&BeforeAfter<'_, T> {
    fn compare(&self, losses: &mut Losses) {
        if differ(self.0, self.1) {
            losses.note(None);
        }
    }
}

#[doc(hidden)]
pub trait ByShown {
    fn compare(&self, losses: &mut Losses);
}

impl<T: Debug> ByShown for &BeforeAfter<'_, T> {
    fn compare(&self, losses: &mut Losses) {
        let texts = [self.0, self.1].map(|value| format!("{value:?}"));
        // Maps and sets may show what they hold in any order.
        let [given, stored] = texts.each_ref().map(|text| {
            let mut bytes = text.clone().into_bytes();
            bytes.sort_unstable();
            bytes
        });
        if given != stored {
            losses.note(Some((shown(self.0), shown(self.1))));
        }
    }
}

/// Compares nothing, of a type that allows nothing.
#[doc(hidden)]
pub trait Unseen {
    fn compare(&self, _: &mut Losses) {}
}

impl<T> Unseen for BeforeAfter<'_, T> {}

/// Returns whether two values differ; what differs from itself, such as NaN, cannot be compared.
#[expect(clippy::eq_op, reason = "NaN differs from itself")]
fn differ<T: PartialEq>(given: &T, stored: &T) -> bool {
    given != stored && given == given
}

fn shown(value: &dyn Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::value::codec;

    mod seconds {
        use std::time::Duration;

        use serde::{Deserialize as _, Deserializer, Serializer};

        pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_u64(time.as_secs())
        }

        pub(super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Duration, D::Error> {
            u64::deserialize(from).map(Duration::from_secs)
        }
    }

    #[derive(Clone, Serialize, Deserialize)]
    struct Silent(#[serde(with = "seconds")] Duration);

    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Shown {
        #[serde(skip)]
        #[expect(dead_code, reason = "it is only shown")]
        scratch: u8,
        map: HashMap<u8, u8>,
    }

    #[derive(Clone, Serialize, Deserialize, runner_derive::Config)]
    #[config(crate = crate)]
    enum Choice {
        Other,
        Timed {
            #[serde(with = "seconds")]
            limit: Duration,
        },
        Only(Shown),
    }

    #[derive(Clone, Serialize, Deserialize, runner_derive::Config)]
    #[config(crate = crate)]
    struct Lossy {
        #[serde(with = "seconds")]
        window: Duration,
        nan: Option<f32>,
        silent: Silent,
        choice: Choice,
    }

    fn losses(window: f64, choice: Choice) -> Vec<(String, Option<(String, String)>)> {
        let time = Duration::from_secs_f64(window);
        let given = Lossy {
            window: time,
            nan: Some(f32::NAN),
            silent: Silent(time),
            choice,
        };
        let bytes = postcard::to_stdvec(&given).unwrap();
        let stored: Lossy = postcard::from_bytes(&bytes).unwrap();
        codec::losses(&|losses| given.losses(&stored, losses))
            .into_iter()
            .map(|loss| (loss.path, loss.values))
            .collect()
    }

    fn loss(path: &str, given: &str, stored: &str) -> (String, Option<(String, String)>) {
        (path.to_owned(), Some((given.to_owned(), stored.to_owned())))
    }

    #[test]
    fn each_field_that_loses_something_is_found() {
        assert_eq!(losses(1.0, Choice::Other), []);
        let limit = Duration::from_millis(2500);
        assert_eq!(
            losses(1.25, Choice::Timed { limit }),
            [
                loss("window", "1.25s", "1s"),
                loss("choice.Timed.limit", "2.5s", "2s"),
            ]
        );
        let shown = |scratch, keys: u8| {
            Choice::Only(Shown {
                scratch,
                map: (0..keys).map(|key| (key, key)).collect(),
            })
        };
        assert_eq!(losses(1.0, shown(0, 100)), []);
        let [(path, _)] = &losses(1.0, shown(7, 0))[..] else {
            panic!("one field loses something")
        };
        assert_eq!(path, "choice.Only");
    }
}
