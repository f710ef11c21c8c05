//! [`compare_shapes`]: how the leaves of a stored value differ from those that values of its type have now.

use super::{
    any::AnyValue,
    ask::{ProbeType, Takes},
    forms::Forms,
    leaves::{Names, leaves_of},
    path::{KIND, is_at_or_below, is_below, join, of_steps, steps},
    scalar::Kind,
    schema::Schema,
    writing::{Lists, STORED_MAX},
};

/// The most leaves that a type is asked for, and how deep.
const ASKED_MAX: usize = 1000;
const DEPTH_MAX: usize = 16;

/// How often a type may sit inside itself. That alone is no recursion: all instances of a generic type look the same.
const REENTRIES_MAX: usize = 2;

/// The most differences that a sentence names.
const NAMED_MAX: usize = 3;

/// The kind of a map, which has leaves of its own only for its entries.
const MAP: &str = "map";
/// The kind of what a type does not tell.
const UNKNOWN: &str = "unknown";

const NONE: &str = Kind::None.name();
const LIST: &str = Kind::List.name();
const VARIANT: &str = Kind::Variant.name();

type StoredShape = [(String, String)];

/// The path and kind of each scalar inside an output, as far as the first [`STORED_MAX`]: kept to explain later why it no
/// longer fits.
pub(crate) fn output_shape(output: &dyn AnyValue) -> Vec<(String, String)> {
    let Ok(tree) = output.shown(Lists::Head) else {
        return Vec::new();
    };
    leaves_of(&Forms::shown(tree), &Schema::Plain, Names::Serde)
        .into_iter()
        .take(STORED_MAX)
        .map(|leaf| (leaf.path, leaf.kind.name().to_owned()))
        .collect()
}

/// The paths and kinds of the leaves that a value of a type has, in the order of their declaration, as far as the type
/// tells them without a value.
///
/// They are those of [`leaves_of`] on a value whose options are all there, except that
///
/// - an enum at the root has the path `""`, so that it cannot be taken for a field called `kind`;
/// - an enum has the fields of its first variant;
/// - tuples and sequences are a `list` whatever they hold, and maps are a `map`;
/// - a second name of a field counts as a field;
/// - what is not known is `unknown`.
pub(crate) fn shape_of(probe: ProbeType) -> Vec<(String, String)> {
    let mut asked = Asked {
        probe,
        shape: Vec::new(),
        types: Vec::new(),
    };
    asked.ask(&mut Vec::new());
    asked.shape
}

struct Asked {
    probe: ProbeType,
    shape: Vec<(String, String)>,
    /// The names of the members of each struct and enum around the place. Their addresses tell types apart.
    types: Vec<&'static [&'static str]>,
}

impl Asked {
    fn ask(&mut self, path: &mut Vec<&'static str>) {
        let takes = (self.probe)(path).map_or(Takes::Any, |place| place.takes);
        match takes {
            Takes::Struct(fields) if self.enter(fields) => {
                for field in fields {
                    path.push(field);
                    self.ask(path);
                    path.pop();
                }
                self.types.pop();
            }
            Takes::Enum(variants) if self.enter(variants) => {
                self.note(path, VARIANT);
                for variant in variants {
                    path.push(variant);
                    let content = (self.probe)(path);
                    // A variant without content has no leaf.
                    if content
                        .as_ref()
                        .is_ok_and(|place| place.takes != Takes::Scalar(Kind::Unit))
                    {
                        self.ask(path);
                    }
                    path.pop();
                    if content.is_ok() {
                        break;
                    }
                }
                self.types.pop();
            }
            Takes::Scalar(kind) => self.note(path, kind.name()),
            Takes::Enum(_) => self.note(path, VARIANT),
            Takes::List => self.note(path, LIST),
            Takes::Map => self.note(path, MAP),
            Takes::Struct(_) | Takes::Any => self.note(path, UNKNOWN),
        }
    }

    /// Goes into a struct or an enum, unless that could go on for ever.
    fn enter(&mut self, members: &'static [&'static str]) -> bool {
        let times = self
            .types
            .iter()
            .filter(|other| std::ptr::eq(**other, members));
        let goes_on = self.types.len() < DEPTH_MAX
            && self.shape.len() < ASKED_MAX
            && (members.is_empty() || times.count() <= REENTRIES_MAX);
        if goes_on {
            self.types.push(members);
        }
        goes_on
    }

    fn note(&mut self, path: &[&str], kind: &str) {
        self.shape.push((of_steps(path), kind.to_owned()));
    }
}

/// Compares the paths and kinds of a stored value's leaves with what [`shape_of`] says of its type now.
///
/// The answer is a clause for an error message, such as ``field `loss` is gone, field `f1` is new``; `None` if nothing
/// is known to differ. What depends on the stored value is no difference: an option that is none, another variant than
/// the one that was invented, the items of a list, the entries of a map.
pub(crate) fn compare_shapes(stored: &StoredShape, now: &StoredShape) -> Option<String> {
    let mut stored = stored.to_vec();
    if find(now, "") == Some(VARIANT)
        && let Some((path, kind)) = stored.first_mut()
        && (path.as_str(), kind.as_str()) == (KIND, VARIANT)
    {
        path.clear();
    }
    let hidden = hidden(&stored, now);
    let known = |shape: &StoredShape| -> Vec<(String, String)> {
        let is_known = |path: &str| !hidden.iter().any(|outer| is_below(path, outer));
        shape
            .iter()
            .filter(|(path, _)| is_known(path))
            .cloned()
            .collect()
    };
    let (known_stored, known_now) = (known(&stored), known(now));

    let mut differences = Vec::new();
    let mut add = |difference: String| {
        if !differences.contains(&difference) {
            differences.push(difference);
        }
    };
    for (path, kind) in &known_stored {
        if let Some(difference) = stored_difference(path, kind, now) {
            add(difference);
        }
    }
    // Beyond, a field that was not stored need not be new.
    if stored.len() < STORED_MAX {
        for (path, kind) in &known_now {
            // An empty map has no leaf, and what is unknown may be one.
            if kind != MAP && kind != UNKNOWN && !is_related(&stored, path) {
                add(format!(
                    "{} is new",
                    name(&outermost_missing(path, &stored))
                ));
            }
        }
    }
    if differences.is_empty() {
        return order_difference(&known_stored, &known_now);
    }
    let more = differences.len().saturating_sub(NAMED_MAX);
    differences.truncate(NAMED_MAX);
    let named = differences.join(", ");
    Some(match more {
        0 => named,
        more => format!("{named}, and {more} more"),
    })
}

/// The paths whose insides cannot be compared.
fn hidden(stored: &StoredShape, now: &StoredShape) -> Vec<String> {
    let mut hidden = Vec::new();
    for (path, kind) in now {
        if [LIST, MAP, UNKNOWN, NONE].contains(&kind.as_str()) {
            hidden.push(path.clone());
        }
    }
    for (path, kind) in stored {
        if kind == NONE || (kind == VARIANT && find(now, path) != Some(VARIANT)) {
            hidden.push(path.clone());
        }
    }
    for (path, kind) in now {
        if kind != VARIANT {
            continue;
        }
        let probed = names_below(now, path);
        match names_below(stored, path).first() {
            Some(taken) if find(stored, path) == Some(VARIANT) && probed.contains(taken) => {
                let others = probed.iter().filter(|probed| *probed != taken);
                hidden.extend(others.map(|other| join(path, other)));
            }
            _ => hidden.push(path.clone()),
        }
    }
    hidden
}

/// How a stored leaf differs from what is there now.
fn stored_difference(path: &str, kind: &str, now: &StoredShape) -> Option<String> {
    let change = |path, was, is| Some(format!("{} was {was} and is now {is}", name(path)));
    if let Some(is) = find(now, path) {
        let is_open = kind == NONE || [UNKNOWN, NONE].contains(&is);
        return (kind != is && !is_open)
            .then(|| change(path, described(kind), described(is)))
            .flatten();
    }
    if now.iter().any(|(other, _)| is_below(other, path)) {
        let is_open = kind == NONE;
        return (!is_open)
            .then(|| change(path, described(kind), "a struct"))
            .flatten();
    }
    if let Some((outer, is)) = now.iter().find(|(outer, _)| is_below(path, outer)) {
        return (is != VARIANT)
            .then(|| change(outer, "a struct", described(is)))
            .flatten();
    }
    Some(format!("{} is gone", name(&outermost_missing(path, now))))
}

/// Whether a shape has a leaf at a path, inside it, or at something that it is inside of.
fn is_related(shape: &StoredShape, path: &str) -> bool {
    shape
        .iter()
        .any(|(other, _)| is_at_or_below(other, path) || (is_below(path, other)))
}

/// The outermost part of a path of which a shape has nothing.
fn outermost_missing(path: &str, shape: &StoredShape) -> String {
    let steps = steps(path);
    (1..steps.len())
        .map(|count| of_steps(&steps[..count]))
        .find(|outer| !shape.iter().any(|(other, _)| is_at_or_below(other, outer)))
        .unwrap_or_else(|| path.to_owned())
}

/// Fields that only changed places, as far as both shapes have them: postcard would take one for another.
fn order_difference(stored: &StoredShape, now: &StoredShape) -> Option<String> {
    let was = stored.iter().filter(|(path, _)| find(now, path).is_some());
    let is = now.iter().filter(|(path, _)| find(stored, path).is_some());
    let ((was, _), (is, _)) = was.zip(is).find(|((was, _), (is, _))| was != is)?;
    Some(format!("field `{is}` now comes before field `{was}`"))
}

fn find<'s>(shape: &'s StoredShape, path: &str) -> Option<&'s str> {
    shape
        .iter()
        .find(|(other, _)| other == path)
        .map(|(_, kind)| kind.as_str())
}

/// The first names on the paths below a path.
fn names_below(shape: &StoredShape, outer: &str) -> Vec<String> {
    let depth = if outer.is_empty() {
        0
    } else {
        steps(outer).len()
    };
    let below = shape.iter().filter(|(path, _)| is_below(path, outer));
    let mut names: Vec<_> = below
        .filter_map(|(path, _)| steps(path).into_iter().nth(depth))
        .collect();
    names.dedup();
    names
}

fn name(path: &str) -> String {
    if path.is_empty() {
        "the value".to_owned()
    } else {
        format!("field `{path}`")
    }
}

fn described(kind: &str) -> &str {
    match kind {
        VARIANT => "an enum",
        LIST => "a list",
        MAP => "a map",
        kind => kind,
    }
}
