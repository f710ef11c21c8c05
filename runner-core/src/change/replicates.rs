//! [`Replicates`]: `--replicates N`, which counts on from what each config has in its `#[config(replicate)]` field.

use crate::value::{Named, Tree, TreeError};
use crate::{
    base::Error,
    value::{AnyValue, BoxedConfig, ConfigType, Field, Shape, Value},
};

/// How many replicates of each config there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replicates {
    pub(crate) count: usize,
}

impl Replicates {
    /// # Errors
    ///
    /// If nothing would be left.
    pub(crate) fn new(count: usize) -> Result<Self, Error> {
        let replicates = Self { count };
        if count == 0 {
            return Err(replicates.error("nothing would be left"));
        }
        Ok(replicates)
    }

    pub(crate) fn shown(self) -> String {
        format!("--replicates {}", self.count)
    }

    fn error(self, message: &str) -> Error {
        Error::usage(format!("{}: {message}", self.shown()))
    }

    /// # Errors
    ///
    /// If none of the configs has a field to count, or one has several.
    pub(crate) fn check(self, shape: Shape, configs: &[&dyn AnyValue]) -> Result<(), Error> {
        let counted = configs.iter().find_map(|config| {
            let mut tree = config.tree().ok()?;
            let found = find(shape, &mut tree);
            (!found.is_empty()).then(|| names(&found))
        });
        match counted.as_deref() {
            None => Err(self.error(
                "no config has a field that is marked `#[config(replicate)]`; mark the seed, or use --sweep",
            )),
            Some([_]) => Ok(()),
            Some(several) => Err(self.error(&too_many(several))),
        }
    }

    /// The config with `by` added to its replicate field, to every one if it is in a list; none if there is no such field in
    /// this config.
    ///
    /// # Errors
    ///
    /// If the field has no number, or one that would be too large.
    pub(crate) fn count_on(
        of: ConfigType,
        config: &dyn AnyValue,
        by: usize,
    ) -> Result<Option<BoxedConfig>, TreeError> {
        let mut tree = config.tree()?;
        let mut found = find(of.shape, &mut tree);
        if found.is_empty() {
            return Ok(None);
        }
        let names = names(&found);
        if names.len() > 1 {
            return Err(TreeError::of_name(too_many(&names)).of_count());
        }
        for Found { path, node, .. } in &mut found {
            let number = sum(node, by).ok_or_else(|| {
                let error = TreeError::of_name(
                    "it is no whole number to count from; use --sweep".to_owned(),
                );
                path.iter().rev().fold(error, TreeError::inside).of_count()
            })?;
            // Its own type says whether it is too large.
            **node = Tree::Word(number);
        }
        (of.from_tree)(tree).map(Some).map_err(TreeError::of_count)
    }
}

fn too_many(names: &[String]) -> String {
    format!(
        "several fields are marked `#[config(replicate)]` ({}); use --sweep",
        names.join(", ")
    )
}

/// A replicate field in a config.
struct Found<'t> {
    /// The names that lead to it, without the numbers of items.
    name: String,
    path: Vec<String>,
    node: &'t mut Tree,
}

/// The different fields among those that were found.
fn names(found: &[Found<'_>]) -> Vec<String> {
    let mut names: Vec<String> = found.iter().map(|found| found.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn sum(node: &Tree, by: usize) -> Option<String> {
    match node {
        Tree::Some(inner) => sum(inner, by),
        Tree::Whole(whole) => match whole.value() {
            Value::Uint(number) => Some(number.checked_add(u128::try_from(by).ok()?)?.to_string()),
            _ => Some(
                whole
                    .get::<i128>()?
                    .checked_add(i128::try_from(by).ok()?)?
                    .to_string(),
            ),
        },
        _ => None,
    }
}

fn find(shape: Shape, tree: &mut Tree) -> Vec<Found<'_>> {
    let mut finder = Finder {
        path: Vec::new(),
        name: Vec::new(),
        found: Vec::new(),
    };
    finder.value(shape, tree);
    finder.found
}

/// Goes through a config beside its shape.
struct Finder<'t> {
    path: Vec<String>,
    name: Vec<String>,
    found: Vec<Found<'t>>,
}

impl<'t> Finder<'t> {
    fn value(&mut self, shape: Shape, tree: &'t mut Tree) {
        match (shape, tree) {
            (Shape::Config(members), Tree::Struct(fields)) => {
                self.fields(members().fields, fields);
            }
            (Shape::Config(members), Tree::Variant(name, _, content)) => {
                let variants = members().variants;
                if let Some(variant) = variants.iter().find(|variant| variant.name() == *name) {
                    let name = variant.name().to_owned();
                    self.within(name, true, |finder| {
                        finder.content(variant.fields(), content);
                    });
                }
            }
            (Shape::Through(_), Tree::Some(inner)) => self.value(shape, inner),
            (Shape::Through(inner), Tree::Seq(items) | Tree::Tuple(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.within(index.to_string(), false, |finder| {
                        finder.value(*inner, item);
                    });
                }
            }
            (Shape::Through(inner), Tree::Map(entries)) => {
                for (index, (_, value)) in entries.iter_mut().enumerate() {
                    self.within(index.to_string(), false, |finder| {
                        finder.value(*inner, value);
                    });
                }
            }
            (Shape::Through(inner), tree) => self.value(*inner, tree),
            (Shape::Tuple(shapes), Tree::Tuple(items)) => {
                for (index, (shape, item)) in shapes.iter().zip(items).enumerate() {
                    self.within(index.to_string(), true, |finder| finder.value(*shape, item));
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, known: &'static [Field], fields: &'t mut [Named]) {
        for (name, node) in fields {
            if let Some(field) = known.iter().find(|field| field.name() == *name) {
                self.field(field, node);
            }
        }
    }

    /// What is inside a variant.
    fn content(&mut self, known: &'static [Field], content: &'t mut Tree) {
        match (known, content) {
            (_, Tree::Struct(fields)) => self.fields(known, fields),
            // The only value of a variant stands for itself.
            ([only], content) if only.name() == "0" => {
                if only.is_replicate() {
                    self.push(content);
                } else {
                    self.value(only.rules.shape, content);
                }
            }
            (_, Tree::Tuple(items)) => {
                for (field, item) in known.iter().zip(items) {
                    self.field(field, item);
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, field: &'static Field, node: &'t mut Tree) {
        self.within(field.name().to_owned(), true, |finder| {
            if field.is_replicate() {
                finder.push(node);
            } else {
                finder.value(field.rules.shape, node);
            }
        });
    }

    fn push(&mut self, node: &'t mut Tree) {
        // An option that is empty has nothing to count.
        if *node != Tree::None {
            self.found.push(Found {
                name: self.name.join("."),
                path: self.path.clone(),
                node,
            });
        }
    }

    fn within(&mut self, step: String, is_named: bool, inside: impl FnOnce(&mut Self)) {
        if is_named {
            self.name.push(step.clone());
        }
        self.path.push(step);
        inside(self);
        self.path.pop();
        if is_named {
            self.name.pop();
        }
    }
}
