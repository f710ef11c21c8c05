//! [`Replicates`]: `--replicates N`, which counts on from what each config has in its `#[config(replicate)]` field.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use crate::{
    base::{Error, parallel},
    value::{
        AnyValue, BoxedConfig, ConfigType, Digest, Field, Schema, Scope, Shape, Tree, TreeError,
        Value, Walker,
    },
};

/// The number of replicates of each config.
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

    /// Returns this number of each config. Of those that differ only in the replicate field the first stay; if there are
    /// too few, others that count on from the last of them follow it.
    ///
    /// # Errors
    ///
    /// If a config cannot be counted on from: its place, and the reason.
    pub(crate) fn of_each(
        self,
        of: ConfigType,
        configs: Vec<BoxedConfig>,
    ) -> Result<Vec<BoxedConfig>, (usize, TreeError)> {
        let schema = Schema::new(of.shape);
        let mut walker = Walker::with_scope(Scope::Group);
        let mut places: HashMap<Digest, usize> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (place, config) in configs.iter().enumerate() {
            let group = match config.digest(&schema, &mut walker) {
                Some(digest) => *places.entry(digest).or_insert(groups.len()),
                // It cannot be written, which is told when it is planned.
                None => groups.len(),
            };
            if group == groups.len() {
                groups.push(Vec::new());
            }
            groups[group].push(place);
        }
        let counted = parallel::try_map(&groups, Walker::new, |walker, _, group| {
            self.of_group(of, &schema, &configs, group, walker)
        })?;
        let mut behind: Vec<Vec<BoxedConfig>> = configs.iter().map(|_| Vec::new()).collect();
        let mut is_kept = vec![true; configs.len()];
        for (group, counted) in groups.iter().zip(counted) {
            for &place in &group[counted.kept..] {
                is_kept[place] = false;
            }
            behind[group[counted.kept - 1]] = counted.others;
        }
        let configs = configs.into_iter().zip(is_kept).zip(behind);
        Ok(configs
            .flat_map(|((config, is_kept), behind)| {
                is_kept.then_some(config).into_iter().chain(behind)
            })
            .collect())
    }

    /// Counts on in the configs at some places, which differ only in the replicate field.
    fn of_group(
        self,
        of: ConfigType,
        schema: &Schema,
        configs: &[BoxedConfig],
        group: &[usize],
        walker: &mut Walker,
    ) -> Result<Counted, (usize, TreeError)> {
        let mut seen = HashSet::new();
        let mut kept = 0;
        for &place in group {
            let digest = configs[place].digest(schema, walker);
            if seen.len() == self.count && !seen.contains(&digest) {
                break;
            }
            seen.insert(digest);
            kept += 1;
        }
        let last = group[kept - 1];
        let mut others = Vec::new();
        let mut by = 0;
        while seen.len() < self.count {
            by += 1;
            let counted = Self::count_on(of, &*configs[last], by).map_err(|error| (last, error))?;
            let Some(counted) = counted else { break };
            if seen.insert(counted.digest(schema, walker)) {
                others.push(counted);
            }
        }
        Ok(Counted { kept, others })
    }

    /// Returns the config with `by` added to its replicate field, to every one if it is in a list; none if there is no such field in
    /// this config.
    ///
    /// # Errors
    ///
    /// If the field has no number, or one that would be too large.
    fn count_on(
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
        for ReplicateField { path, node, .. } in &mut found {
            let number = sum(node, by).ok_or_else(|| {
                let error = TreeError::of_name(
                    "it is no whole number to count from; use --sweep".to_owned(),
                );
                path.iter().rev().fold(error, TreeError::inside).of_count()
            })?;
            // Its own type says whether it is too large.
            **node = Tree::Word(number);
        }
        of.read(tree).map(Some).map_err(TreeError::of_count)
    }
}

/// The replicates of one group of configs.
struct Counted {
    /// The number of configs of the group that stay.
    kept: usize,
    others: Vec<BoxedConfig>,
}

fn too_many(names: &[String]) -> String {
    format!(
        "several fields are marked `#[config(replicate)]` ({}); use --sweep",
        names.join(", ")
    )
}

/// A replicate field in a config.
struct ReplicateField<'t> {
    /// The names that lead to it, without the numbers of items.
    name: String,
    path: Vec<PathStep>,
    node: &'t mut Tree,
}

/// Returns the names of the different fields among those that were found.
fn names(found: &[ReplicateField<'_>]) -> Vec<String> {
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

fn find(shape: Shape, tree: &mut Tree) -> Vec<ReplicateField<'_>> {
    let mut finder = Finder {
        steps: Vec::new(),
        found: Vec::new(),
    };
    finder.value(shape, tree);
    finder.found
}

/// Goes through a config beside its shape.
struct Finder<'t> {
    steps: Vec<PathStep>,
    found: Vec<ReplicateField<'t>>,
}

#[derive(Clone, Copy)]
enum PathStep {
    Name(&'static str),
    /// Of a tuple, whose items are different fields.
    Place(usize),
    /// Of a list or a map, in whose items a field is the same.
    Item(usize),
}

impl fmt::Display for PathStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Place(index) | Self::Item(index) => write!(f, "{index}"),
        }
    }
}

type KnownField = (Option<&'static str>, &'static Field);

impl<'t> Finder<'t> {
    fn value(&mut self, shape: Shape, tree: &'t mut Tree) {
        match (shape, tree) {
            (Shape::Config(members), Tree::Variant(name, _, content)) => {
                let mut variants = members().variants.iter();
                if let Some(variant) = variants.find(|variant| variant.name() == *name) {
                    let known: Vec<KnownField> = variant.parts().collect();
                    self.within(PathStep::Name(name), |finder| {
                        finder.fields(&known, content);
                    });
                }
            }
            (Shape::Config(members), tree) => {
                let fields = members().fields.iter();
                let known: Vec<KnownField> =
                    fields.map(|field| (Some(field.name()), field)).collect();
                self.fields(&known, tree);
            }
            (Shape::Through(_), Tree::Some(inner)) => self.value(shape, inner),
            (Shape::Through(inner), Tree::Seq(items) | Tree::Tuple(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.within(PathStep::Item(index), |finder| finder.value(*inner, item));
                }
            }
            (Shape::Through(inner), Tree::Map(entries)) => {
                for (index, (_, value)) in entries.iter_mut().enumerate() {
                    self.within(PathStep::Item(index), |finder| finder.value(*inner, value));
                }
            }
            (Shape::Through(inner), tree) => self.value(*inner, tree),
            (Shape::Tuple(shapes), Tree::Tuple(items)) => {
                for (index, (shape, item)) in shapes.iter().zip(items).enumerate() {
                    self.within(PathStep::Place(index), |finder| finder.value(*shape, item));
                }
            }
            _ => {}
        }
    }

    /// The fields of a struct or a variant, each with the step that leads to it.
    fn fields(&mut self, known: &[KnownField], content: &'t mut Tree) {
        match (known, content) {
            ([(None, only)], content) => self.field(only, content),
            (_, Tree::Struct(fields)) => {
                for (name, node) in fields {
                    let known = known.iter().find(|(_, field)| field.name() == *name);
                    if let Some((_, field)) = known {
                        self.within(PathStep::Name(field.name()), |finder| {
                            finder.field(field, node);
                        });
                    }
                }
            }
            (_, Tree::Tuple(items)) => {
                for ((_, field), item) in known.iter().zip(items) {
                    self.within(PathStep::Name(field.name()), |finder| {
                        finder.field(field, item);
                    });
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, field: &'static Field, node: &'t mut Tree) {
        if !field.is_replicate() {
            self.value(field.rules.shape, node);
        } else if *node != Tree::None {
            // An option that is empty has nothing to count.
            let named = self
                .steps
                .iter()
                .filter(|step| !matches!(step, PathStep::Item(_)));
            self.found.push(ReplicateField {
                name: named.map(PathStep::to_string).collect::<Vec<_>>().join("."),
                path: self.steps.clone(),
                node,
            });
        }
    }

    fn within(&mut self, step: PathStep, inside: impl FnOnce(&mut Self)) {
        self.steps.push(step);
        inside(self);
        self.steps.pop();
    }
}
