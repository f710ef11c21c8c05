//! [`Upgrades`]: how outputs of older types are read.

use std::{
    any::type_name,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    canonical::{Digest, Walker},
    codec,
    execute::panic_message,
    experiment::{Experiment, short_name},
};

/// The older types of an [`Output`](Experiment::Output), each with the function that makes today's of it.
///
/// A result whose type is not today's is read as each of these in turn, as strictly as any result: names, types and values
/// must be those that were stored. What the function makes of it is what the report sees, and counts as cached.
///
/// The facade's `evolution` module has an example.
pub struct Upgrades<E: Experiment>(Vec<Upgrade<E>>);

struct Upgrade<E: Experiment> {
    /// The name of the older type.
    from: &'static str,
    read: Box<Read<E>>,
}

/// Reads the bytes of an output as an older type: `None` if they are not of it, an error if what they give cannot be used.
type Read<E> = dyn Fn(
        &[u8],
        Digest,
        &<E as Experiment>::Config,
        &mut Walker,
    ) -> Option<Result<<E as Experiment>::Output, String>>
    + Send
    + Sync;

impl<E: Experiment> Upgrades<E> {
    /// No older types.
    pub const fn none() -> Self {
        Self(Vec::new())
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
        let read = move |bytes: &[u8], digest, config: &E::Config, walker: &mut Walker| {
            let old = codec::decode::<Old>(bytes, digest, walker).ok()?;
            let output = catch_unwind(AssertUnwindSafe(|| upgrade(old, config)));
            Some(match output {
                // A report sees only what has been through the store's format.
                Ok(output) => codec::encode(&output).map(|encoded| encoded.output),
                Err(payload) => Err(format!("it panics: {}", panic_message(&*payload))),
            })
        };
        self.0.push(Upgrade {
            from: type_name::<Old>(),
            read: Box::new(read),
        });
        self
    }

    /// Decodes an output, of today's type or of an older one.
    ///
    /// # Errors
    ///
    /// If the bytes are of neither.
    pub(crate) fn decode(
        &self,
        bytes: &[u8],
        digest: Digest,
        config: &E::Config,
        walker: &mut Walker,
    ) -> Result<E::Output, Unfit> {
        let error = match codec::decode(bytes, digest, walker) {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        for Upgrade { from, read } in &self.0 {
            if let Some(upgraded) = read(bytes, digest, config, walker) {
                let from = short_name(from);
                return upgraded.map_err(|error| {
                    Unfit::Upgrade(format!("the upgrade from `{from}`: {error}"))
                });
            }
        }
        Err(Unfit::Type(error))
    }
}

/// Why the bytes of an output are no output of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// They are of another type.
    Type(String),
    /// They are of an older type, but its upgrade fails.
    Upgrade(String),
}

impl<E: Experiment> fmt::Debug for Upgrades<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.0.iter().map(|upgrade| upgrade.from);
        f.write_str("Upgrades ")?;
        f.debug_list().entries(from).finish()
    }
}
