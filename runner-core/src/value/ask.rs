//! [`ask`]: asks a type, without any value of it, what it takes at a path.
//!
//! The type's own `Deserialize` is driven along the path: it says which fields and variants it knows, and at the end which
//! kind of value it asks for. So plain types without `#[derive(Config)]` are known as well as configs.

use std::sync::{Arc, Mutex};

use super::{
    on_demand::{Demand, Make},
    scalar::Kind,
    tree::Tree,
    tree_error::{TreeError, no_such},
};
use crate::base::locked;

/// What a type takes at one place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) takes: Takes,
    /// Whether it may be `none` as well.
    pub(crate) is_optional: bool,
}

/// A kind of value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Takes {
    Scalar(Kind),
    /// One of these variants.
    Enum(&'static [&'static str]),
    Struct(&'static [&'static str]),
    List,
    Map,
    /// The type does not say.
    Any,
}

impl Takes {
    /// What to write, for people.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Scalar(Kind::Bool) => "`true` or `false`".to_owned(),
            Self::Scalar(Kind::Char) => "a character".to_owned(),
            Self::Scalar(Kind::Unit) => "`()`".to_owned(),
            Self::Scalar(kind) => kind.name().to_owned(),
            Self::Enum(variants) => format!("one of {}", variants.join(", ")),
            Self::Struct(fields) => format!("the fields {}", fields.join(", ")),
            Self::List => "a list".to_owned(),
            Self::Map => "an object".to_owned(),
            Self::Any => "a value".to_owned(),
        }
    }

    pub(crate) const fn is_number(&self) -> bool {
        matches!(self, Self::Scalar(kind) if kind.is_number())
    }
}

/// Asks some type.
pub(crate) type ProbeType = fn(&[&str]) -> Result<Place, TreeError>;

/// Asks the type as which `read` reads a tree what it takes at `path`.
///
/// # Errors
///
/// If there is no such place; the error says from where on, and what is there instead.
pub(super) fn ask(path: &[&str], read: &dyn Fn(Tree)) -> Result<Place, TreeError> {
    let quest = Quest::new(path);
    read(quest.tree());
    quest.found()
}

/// The way along a path, and what is found on it.
#[derive(Clone)]
struct Quest {
    path: Arc<[String]>,
    found: Arc<Mutex<Finding>>,
}

#[derive(Default)]
struct Finding {
    takes: Option<Result<Takes, TreeError>>,
    is_optional: bool,
}

impl Quest {
    fn new(path: &[&str]) -> Self {
        Self {
            path: path.iter().map(|step| (*step).to_owned()).collect(),
            found: Arc::default(),
        }
    }

    fn tree(&self) -> Tree {
        Tree::on_demand(ProbedPlace {
            quest: self.clone(),
            depth: 0,
            fields: None,
        })
    }

    fn found(&self) -> Result<Place, TreeError> {
        let found = std::mem::take(&mut *locked(&self.found));
        let (takes, is_optional) = match found.takes {
            Some(takes) => (takes?, found.is_optional),
            // A type with checks of its own may refuse before it is asked for what it takes.
            None => (Takes::Any, false),
        };
        Ok(Place { takes, is_optional })
    }
}

/// The value at a place on the path. There is none: it ends every attempt with an error, once it has seen what is asked for.
struct ProbedPlace {
    quest: Quest,
    /// The number of steps that lead here.
    depth: usize,
    /// The fields of the struct around this place.
    fields: Option<&'static [&'static str]>,
}

impl ProbedPlace {
    /// The steps that go on from here.
    fn path(&self) -> &[String] {
        &self.quest.path[self.depth..]
    }

    /// Ends here with `takes`, or with an error if the path goes on.
    fn end(&self, takes: Takes) -> Result<Tree, TreeError> {
        match self.path().first() {
            Some(step) if takes != Takes::Any => {
                let takes = takes.describe();
                self.fail(TreeError::of_name(format!(
                    "it takes {takes} and has no field `{step}`"
                )))
            }
            _ => self.note(Ok(takes)),
        }
    }

    fn fail(&self, error: TreeError) -> Result<Tree, TreeError> {
        let outer = self.quest.path[..self.depth].iter().rev();
        self.note(Err(outer.fold(error, TreeError::inside)))
    }

    fn note(&self, takes: Result<Takes, TreeError>) -> Result<Tree, TreeError> {
        locked(&self.quest.found).takes = Some(takes);
        Err(TreeError::new("the attempt ends here"))
    }

    /// What is behind the next step of the path, as a part of a struct if its `fields` are known.
    fn next(&self, fields: Option<&'static [&'static str]>) -> Tree {
        Tree::on_demand(Self {
            quest: self.quest.clone(),
            depth: self.depth + 1,
            fields,
        })
    }

    fn list(&self, length: Option<usize>) -> Result<Tree, TreeError> {
        let Some(step) = self.path().first() else {
            return self.end(Takes::List);
        };
        match (step.parse::<usize>(), length) {
            (Err(_), None) => {
                let message = format!("its items are numbered: `{step}` is no number");
                return self.fail(TreeError::new(message));
            }
            (Ok(_), None) | (Ok(0), Some(1..)) => {}
            // The items before cannot be made up, so the type of a later one cannot be asked for.
            (Ok(index), Some(length)) if index < length => return self.note(Ok(Takes::Any)),
            (_, Some(length)) => {
                let message =
                    format!("its {length} items are numbered from 0: there is no `{step}`");
                return self.fail(TreeError::new(message));
            }
        }
        Ok(Tree::Seq(vec![self.next(None)]))
    }
}

impl Make for ProbedPlace {
    fn make(&self, demand: Demand) -> Result<Tree, TreeError> {
        let scalar = |kind| self.end(Takes::Scalar(kind));
        let step = self.path().first();
        match demand {
            Demand::Any => self.end(Takes::Any),
            Demand::Bool => scalar(Kind::Bool),
            Demand::Whole(kind) => scalar(kind),
            Demand::F32 => scalar(Kind::F32),
            Demand::F64 => scalar(Kind::F64),
            Demand::Char => scalar(Kind::Char),
            Demand::Text | Demand::Name => scalar(Kind::Text),
            Demand::Bytes => scalar(Kind::Bytes),
            Demand::Unit => scalar(Kind::Unit),
            Demand::Option => {
                locked(&self.quest.found).is_optional = step.is_none();
                Ok(Tree::Some(Box::new(Tree::on_demand(Self {
                    quest: self.quest.clone(),
                    ..*self
                }))))
            }
            Demand::List => self.list(None),
            Demand::Tuple(length) => self.list(Some(length)),
            Demand::Map => match step {
                None => self.end(Takes::Map),
                Some(step) => Ok(Tree::Map(vec![(Tree::Word(step.clone()), self.next(None))])),
            },
            Demand::Struct(fields) => match step {
                None => self.end(Takes::Struct(fields)),
                Some(step) => {
                    let field = (step.clone().into(), self.next(Some(fields)));
                    Ok(Tree::Struct(vec![field]))
                }
            },
            Demand::Enum(variants) => match step {
                None => self.end(Takes::Enum(variants)),
                Some(step) if !variants.is_empty() && !variants.contains(&step.as_str()) => {
                    self.fail(TreeError::of_name(no_such("variant", step, variants)))
                }
                Some(step) => Ok(Tree::Object(vec![(step.clone().into(), self.next(None))])),
            },
            Demand::Ignored => match self.fields {
                Some(fields) => {
                    let step = &self.quest.path[self.depth - 1];
                    let error = TreeError::no_field(step, fields);
                    self.outside().fail(error)
                }
                None => self.end(Takes::Any),
            },
        }
    }

    fn refuse_key(&self, error: &TreeError) {
        // What ends the attempt is noted.
        let _ = self.outside().fail(error.clone());
    }
}

impl ProbedPlace {
    /// The place around this one.
    fn outside(&self) -> Self {
        Self {
            quest: self.quest.clone(),
            depth: self.depth - 1,
            fields: None,
        }
    }
}
