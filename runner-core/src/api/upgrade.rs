//! [`Upgrades`]: how outputs of older types are read.

use std::{
    any::type_name,
    fmt,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{Serialize, de::DeserializeOwned};

use super::experiment::{Experiment, short_name};
use crate::{
    base::panic_message,
    store::{AnyOutput, Decoded, Unfit},
    value::{AnyValue, Digest, ValueType, Walker, codec, typed_ref},
};

/// The older types of an [`Output`](Experiment::Output), each with the function that makes today's of it.
///
/// A result whose type is not today's is read as each of these in turn, as strictly as any result: names, types and values
/// must be those that were stored. What the function makes of it is what the report sees, and counts as cached.
///
/// The module `evolution` has an example.
pub struct Upgrades<E: Experiment>(UntypedUpgrades, PhantomData<E>);

/// [`Upgrades`] without their types.
pub(crate) struct UntypedUpgrades(Vec<Upgrade>);

struct Upgrade {
    /// The name of the older type.
    from: &'static str,
    read: Box<ReadOlderOutput>,
}

/// Reads the bytes of the output of a config as an older type: `None` if they are not of it, an error if what they give cannot
/// be used.
type ReadOlderOutput = dyn Fn(&[u8], Digest, &dyn AnyValue, &mut Walker) -> Option<Result<AnyOutput, String>>
    + Send
    + Sync;

impl<E: Experiment> Upgrades<E> {
    /// No older types. Write `Upgrades::<Self>::none()`, so that the closures that follow know the type of the config.
    pub const fn none() -> Self {
        Self(UntypedUpgrades(Vec::new()), PhantomData)
    }

    /// Also reads results of the type `Old`, which `upgrade` turns into today's output.
    ///
    /// It is called at every reading, and must depend on the old output and the config alone. Of several older types, the
    /// first that fits is taken.
    #[must_use]
    pub fn from<Old>(
        mut self,
        upgrade: impl Fn(Old, &E::Config) -> E::Output + Send + Sync + 'static,
    ) -> Self
    where
        Old: Serialize + DeserializeOwned,
    {
        let read = move |bytes: &[u8], digest, config: &dyn AnyValue, walker: &mut Walker| {
            let old = codec::decode::<Old>(bytes, digest, walker).ok()?;
            let config = typed_ref(config);
            let output = catch_unwind(AssertUnwindSafe(|| upgrade(old, config)));
            Some(match output {
                // A report sees only what has been through the store's format.
                Ok(output) => codec::encode_output(&output, ValueType::of::<E::Output>())
                    .map(|encoded| encoded.output),
                Err(payload) => Err(format!("it panics: {}", panic_message(&*payload))),
            })
        };
        self.0.0.push(Upgrade {
            from: type_name::<Old>(),
            read: Box::new(read),
        });
        self
    }

    pub(crate) fn untyped(self) -> UntypedUpgrades {
        self.0
    }
}

impl UntypedUpgrades {
    /// Decodes the output of a config, of today's type or of an older one.
    ///
    /// # Errors
    ///
    /// If the bytes are of neither.
    pub(crate) fn decode(
        &self,
        today: ValueType,
        bytes: &[u8],
        digest: Digest,
        config: &dyn AnyValue,
        walker: &mut Walker,
    ) -> Result<Decoded, Unfit> {
        let error = match codec::decode_output(today, bytes, digest, walker) {
            Ok(value) => {
                return Ok(Decoded {
                    value,
                    is_upgraded: false,
                });
            }
            Err(error) => error,
        };
        for Upgrade { from, read } in &self.0 {
            if let Some(upgraded) = read(bytes, digest, config, walker) {
                let from = short_name(from);
                return match upgraded {
                    Ok(value) => Ok(Decoded {
                        value,
                        is_upgraded: true,
                    }),
                    Err(error) => Err(Unfit::Upgrade(format!(
                        "the upgrade from `{from}`: {error}"
                    ))),
                };
            }
        }
        Err(Unfit::Type(error))
    }
}

impl<E: Experiment> fmt::Debug for Upgrades<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.0.0.iter().map(|upgrade| upgrade.from);
        f.write_str("Upgrades ")?;
        f.debug_list().entries(from).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::Upgrades;
    use crate::store::Unfit;
    use crate::{
        api::{context::Context, experiment::Experiment},
        value::{ValueType, Walker, codec, config, field, typed},
    };

    #[derive(Clone, Serialize, Deserialize)]
    struct Train {
        epochs: u32,
    }

    config!(Train, struct [field("epochs")]);

    #[derive(Serialize, Deserialize)]
    struct First {
        accuracy: f64,
    }

    #[derive(Serialize, Deserialize)]
    struct Second {
        accuracy: f64,
        epochs: u32,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Third {
        accuracy: f64,
        epochs: u32,
        note: String,
    }

    struct Training;

    impl Experiment for Training {
        type Config = Train;
        type Output = Third;

        fn run(_: &Train, _: &Context) -> anyhow::Result<Third> {
            anyhow::bail!("nothing is run here")
        }
    }

    fn third(accuracy: f64, epochs: u32, note: &str) -> Third {
        Third {
            accuracy,
            epochs,
            note: note.to_owned(),
        }
    }

    fn upgrades() -> Upgrades<Training> {
        Upgrades::<Training>::none()
            .from(|old: Second, _| third(old.accuracy, old.epochs, "second"))
            .from(|old: First, config: &Train| {
                assert!(old.accuracy >= 0.0, "no such accuracy");
                third(old.accuracy, config.epochs, "first")
            })
    }

    fn read<T: Serialize + serde::de::DeserializeOwned>(stored: &T) -> Result<Third, Unfit> {
        let encoded = codec::encode(stored, codec::What::Output).expect("it can be stored");
        let config = Train { epochs: 5 };
        let decoded = upgrades().untyped().decode(
            ValueType::of::<Third>(),
            &encoded.bytes,
            encoded.digest,
            &config,
            &mut Walker::new(),
        );
        decoded.map(|decoded| typed(decoded.value))
    }

    #[test]
    fn each_older_type_has_its_own_upgrade() {
        let second = Second {
            accuracy: 0.5,
            epochs: 7,
        };
        assert_eq!(read(&third(0.5, 1, "")), Ok(third(0.5, 1, "")));
        assert_eq!(read(&second), Ok(third(0.5, 7, "second")));
        assert_eq!(read(&First { accuracy: 0.5 }), Ok(third(0.5, 5, "first")));
    }

    /// postcard alone would read it as `First`.
    #[test]
    fn a_type_of_the_same_bytes_is_not_taken_for_an_older_one() {
        #[derive(Serialize, Deserialize)]
        struct Other {
            loss: f64,
        }
        let other = read(&Other { loss: 0.5 });
        assert!(matches!(other, Err(Unfit::Type(_))), "{other:?}");
    }

    #[test]
    fn an_upgrade_that_panics_is_named() {
        assert_eq!(
            read(&First { accuracy: -1.0 }),
            Err(Unfit::Upgrade(
                "the upgrade from `First`: it panics: no such accuracy".to_owned()
            ))
        );
    }
}
