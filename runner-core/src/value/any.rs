//! [`ConfigType`] and [`AnyConfig`]: configs without their type, so that what makes and changes them is compiled once and not in
//! every program.

use std::any::Any;

use serde::Serialize;

use super::splice::{Writer, Written};
use super::{
    ask::{ProbeType, probe},
    config::{Config, Shape, Shaped},
    digest::Digest,
    leaf::{Leaf, Value},
    leaf_at::leaf_at,
    leaves::{Names, leaves, scalars},
    older::older,
    schema::Schema,
    sketch::Sketch,
    tree::{Tree, from_tree, to_tree},
    tree_error::TreeError,
    walk::Walker,
};

/// A config of its own, whose type is known elsewhere.
pub(crate) type BoxedConfig = Box<dyn AnyConfig>;

/// Reads a config in postcard; answers with the bytes behind it.
type Read = for<'a> fn(&'a [u8]) -> Option<(BoxedConfig, &'a [u8])>;

/// As [`older`].
type ReadOlder = fn(&[u8], &Schema, &[Leaf]) -> Option<BoxedConfig>;

/// What a type of configs does without a config.
#[derive(Clone, Copy)]
pub(crate) struct ConfigType {
    pub(crate) shape: Shape,
    /// What it takes at a path.
    pub(crate) probe: ProbeType,
    pub(crate) from_tree: fn(Tree) -> Result<BoxedConfig, TreeError>,
    pub(crate) read: Read,
    pub(crate) older: ReadOlder,
}

impl ConfigType {
    pub(crate) fn of<C: Config>() -> Self {
        Self {
            shape: <C as Shaped>::SHAPE,
            probe: probe::<C>,
            from_tree: |tree| from_tree::<C>(tree).map(|config| Box::new(config) as _),
            read: |bytes| {
                let (config, rest) = postcard::take_from_bytes::<C>(bytes).ok()?;
                Some((Box::new(config), rest))
            },
            older: |bytes, schema, leaves| {
                older::<C>(bytes, schema, leaves).map(|config| Box::new(config) as _)
            },
        }
    }

    /// Reads a config that is all of these bytes.
    pub(crate) fn read_whole(&self, bytes: &[u8]) -> Option<BoxedConfig> {
        let (config, rest) = (self.read)(bytes)?;
        rest.is_empty().then_some(config)
    }
}

/// A config whose type is known elsewhere.
pub(crate) trait AnyConfig: Any + Send + Sync {
    /// As [`to_tree`].
    ///
    /// # Errors
    ///
    /// If the config cannot be serialised.
    fn tree(&self) -> Result<Tree, TreeError>;

    fn leaf(&self, path: &str) -> Option<Value>;

    /// As [`leaves`], by serde's names.
    fn leaves(&self, schema: &Schema) -> Vec<Leaf>;

    /// The digest of what counts, or of all of it with [`Schema::Plain`]; none if it cannot be written.
    fn digest(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest>;

    /// # Errors
    ///
    /// If the config cannot be written, or not in this way.
    fn write(&self, writer: Writer<'_>) -> Written;
}

impl<C: Config> AnyConfig for C {
    fn tree(&self) -> Result<Tree, TreeError> {
        to_tree(self)
    }

    fn leaf(&self, path: &str) -> Option<Value> {
        leaf_at(self, path)
    }

    fn leaves(&self, schema: &Schema) -> Vec<Leaf> {
        leaves(self, schema, Names::Serde)
    }

    fn digest(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest> {
        walker.aside(self, schema)
    }

    fn write(&self, writer: Writer<'_>) -> Written {
        self.serialize(writer)
    }
}

/// Configs of a type that is known here, without it.
pub(crate) fn untyped<C: Config>(configs: &[C]) -> Vec<&dyn AnyConfig> {
    configs.iter().map(|config| config as _).collect()
}

/// Configs that a [`ConfigType`] of `C` made.
///
/// # Panics
///
/// If they are of another type.
pub(crate) fn typed<C: Config>(configs: Vec<BoxedConfig>) -> impl ExactSizeIterator<Item = C> {
    configs.into_iter().map(|config| {
        let config: Box<dyn Any> = config;
        *config
            .downcast()
            .unwrap_or_else(|_| unreachable!("configs stay with the type that made them"))
    })
}

/// A config or an output of whatever type.
pub(crate) trait AnyValue {
    /// As [`leaves`], by serde's names.
    fn leaves(&self, schema: &Schema) -> Vec<Leaf>;

    /// As [`scalars`].
    fn scalars(&self) -> Vec<Leaf>;

    /// Whether all of the value is in the sketch.
    fn sketch(&self, sketch: &mut Sketch) -> bool;

    /// What replicates have in common, if it can be written at all.
    fn group(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest>;
}

impl<T: Serialize> AnyValue for T {
    fn leaves(&self, schema: &Schema) -> Vec<Leaf> {
        leaves(self, schema, Names::Serde)
    }

    fn scalars(&self) -> Vec<Leaf> {
        scalars(self)
    }

    fn sketch(&self, sketch: &mut Sketch) -> bool {
        self.serialize(sketch).is_ok()
    }

    fn group(&self, schema: &Schema, walker: &mut Walker) -> Option<Digest> {
        walker.aside(self, schema)
    }
}
