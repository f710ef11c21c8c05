//! [`each`]: values of a type that nobody gave, so that a type that cannot be stored is found out before the first run.

use std::{
    collections::VecDeque,
    ops::ControlFlow,
    sync::{Arc, Mutex},
};

use super::{
    on_demand::{Demand, Make},
    scalar::Whole,
    tree::{Form, Tree},
    tree_error::TreeError,
};
use crate::base::locked;

/// Maximum number of values that are made up.
const VALUES_MAX: usize = 100;
/// Maximum number of times that a type may refuse a value before another one is tried.
const REFUSALS_MAX: usize = 64;
/// Maximum depth at which options and lists are filled.
const DEPTH_MAX: usize = 8;
/// Number of items of a list that is filled, which differ: a set of them comes back in another order sooner or later.
const ITEMS: usize = 4;
/// Maximum number of parts of a value; a type that goes on for ever has none that ends.
const PARTS_MAX: usize = 1000;

/// Texts that types ask for that read them.
const TEXTS: [&str; 8] = [
    "1",
    "2001-02-03T04:05:06Z",
    "2001-02-03T04:05:06",
    "2001-02-03",
    "04:05:06",
    "00000000-0000-4000-8000-000000000001",
    "127.0.0.1",
    "http://localhost/",
];

/// A value that is made up where it is read.
struct MadeUp {
    script: Arc<Mutex<Script>>,
    depth: usize,
}

/// The choices that make a value, in the order in which its type asks.
#[derive(Clone, Debug, Default)]
struct Script {
    choices: Vec<ScriptChoice>,
    next: usize,
    parts: usize,
    /// Whether options and lists are empty where nothing is chosen.
    is_empty: bool,
}

#[derive(Clone, Copy, Debug)]
struct ScriptChoice {
    chosen: usize,
    among: usize,
    /// Whether each of the alternatives makes a value of another form.
    is_form: bool,
}

impl Script {
    fn choose(&mut self, among: usize, is_form: bool, usual: usize) -> usize {
        let place = self.next;
        self.next += 1;
        if place == self.choices.len() {
            self.choices.push(ScriptChoice {
                chosen: usual,
                among,
                is_form,
            });
        }
        self.choices[place].chosen
    }

    /// Goes on to the next choices behind the first `fixed`, after those of now made no value. Returns whether there are any.
    fn advance(&mut self, fixed: usize) -> bool {
        self.choices.truncate(self.next);
        while self.choices.len() > fixed {
            if let Some(last) = self.choices.last_mut()
                && last.chosen + 1 < last.among
            {
                last.chosen += 1;
                return true;
            }
            self.choices.pop();
        }
        false
    }
}

impl MadeUp {
    fn part(&self) -> Tree {
        Tree::on_demand(Self {
            script: Arc::clone(&self.script),
            depth: self.depth + 1,
        })
    }

    fn parts(&self, count: usize) -> Vec<Tree> {
        (0..count).map(|_| self.part()).collect()
    }

    fn make_up(&self, demand: Demand) -> Tree {
        let mut script = locked(&self.script);
        script.parts += 1;
        let number = script.parts;
        if number > PARTS_MAX || self.depth > DEPTH_MAX * 4 {
            return Tree::Unit;
        }
        let is_deep = self.depth > DEPTH_MAX;
        let usual = usize::from(script.is_empty);
        // The second alternative is the empty one.
        let mut is_filled = || !is_deep && script.choose(2, true, usual) == 0;
        match demand {
            Demand::Option if is_filled() => Tree::Some(Box::new(self.part())),
            Demand::Option => Tree::None,
            Demand::List if is_filled() => Tree::Seq(self.parts(ITEMS)),
            Demand::List => Tree::Seq(Vec::new()),
            Demand::Map if is_filled() => {
                Tree::Map((0..ITEMS).map(|_| (self.part(), self.part())).collect())
            }
            Demand::Map => Tree::Map(Vec::new()),
            Demand::Tuple(length) => Tree::Tuple(self.parts(length)),
            Demand::Struct(names) => Tree::Struct(
                names
                    .iter()
                    .map(|name| ((*name).into(), self.part()))
                    .collect(),
            ),
            Demand::Any => match script.choose(5, true, 0) {
                0 => Tree::Str(format!("a{number}")),
                1 => Tree::Whole(Whole::from(1_u64)),
                2 => Tree::F64(0.5),
                3 => Tree::Map(vec![(Tree::Str(format!("a{number}")), Tree::Bool(true))]),
                _ => Tree::Unit,
            },
            Demand::Unit | Demand::Ignored | Demand::Enum([]) => Tree::Unit,
            Demand::Enum(names) => {
                let name = names[script.choose(names.len(), true, 0)];
                Tree::Variant(name, Form::Newtype, Box::new(self.part()))
            }
            Demand::Bool => Tree::Bool(number.is_multiple_of(2)),
            Demand::F32 => Tree::F32(0.5),
            Demand::F64 => Tree::F64(0.5),
            Demand::Char => Tree::Char(char::from(b'a' + u8::try_from(number % 26).unwrap_or(0))),
            Demand::Whole(kind) => {
                let number =
                    [i128::try_from(number % 100).unwrap_or(0), 0, 1][script.choose(3, false, 0)];
                Whole::new(kind, number).map_or(Tree::Unit, Tree::Whole)
            }
            Demand::Text | Demand::Name => {
                Tree::Str(match script.choose(1 + TEXTS.len(), false, 0) {
                    0 => format!("a{number}"),
                    known => TEXTS[known - 1].to_owned(),
                })
            }
            Demand::Bytes => Tree::Bytes(vec![7; [16, 4, 8, 32, 0][script.choose(5, false, 0)]]),
        }
    }
}

impl Make for MadeUp {
    fn make(&self, demand: Demand) -> Result<Tree, TreeError> {
        Ok(match demand {
            Demand::Ignored => Tree::Unit,
            demand => self.make_up(demand),
        })
    }
}

/// Calls `read` with values that read as whatever their type asks for: first one of which everything is filled and one of which
/// everything is empty, then one for each option, list and variant that is another one than in those, and so on. `read` returns
/// whether its type took the value.
pub(super) fn each(read: &mut dyn FnMut(Tree) -> ControlFlow<(), bool>) {
    let empty = Script {
        is_empty: true,
        ..Script::default()
    };
    // The first choices of each, as many as the number says, make it another one than those before.
    let mut scripts = VecDeque::from([(Script::default(), 0), (empty, 0)]);
    for _ in 0..VALUES_MAX {
        let Some((script, fixed)) = scripts.pop_front() else {
            return;
        };
        let ControlFlow::Continue(script) = complete(script, fixed, read) else {
            return;
        };
        let choices = script.choices.iter().enumerate().skip(fixed);
        for (place, choice) in choices.filter(|(_, choice)| choice.is_form) {
            for chosen in (0..choice.among).filter(|chosen| *chosen != choice.chosen) {
                let mut choices = script.choices[..=place].to_vec();
                choices[place].chosen = chosen;
                let other = Script {
                    choices,
                    ..Script::default()
                };
                scripts.push_back((other, place + 1));
            }
        }
    }
}

/// Makes the choices behind the first `fixed` until the type takes the value. Returns all choices, none if it takes no value.
fn complete(
    mut script: Script,
    fixed: usize,
    read: &mut dyn FnMut(Tree) -> ControlFlow<(), bool>,
) -> ControlFlow<(), Script> {
    for _ in 0..REFUSALS_MAX {
        (script.next, script.parts) = (0, 0);
        let shared = Arc::new(Mutex::new(script));
        let value = MadeUp {
            script: Arc::clone(&shared),
            depth: 0,
        };
        let is_taken = read(Tree::on_demand(value))?;
        script = locked(&shared).clone();
        if is_taken {
            return ControlFlow::Continue(script);
        }
        if !script.advance(fixed) {
            break;
        }
    }
    ControlFlow::Continue(Script::default())
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet, HashMap, HashSet},
        net::IpAddr,
        num::NonZeroU8,
        time::Duration,
    };

    use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

    use super::*;
    use crate::value::{ValueType, codec, tree_offer::Reader};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        Unit,
        Newtype(Option<NonZeroU8>),
        Tuple(u8, String),
        Struct {
            list: Vec<Choice>,
            map: BTreeMap<String, u8>,
        },
    }

    fn made_up<T: DeserializeOwned>() -> Vec<T> {
        let mut made = Vec::new();
        each(&mut |tree| {
            let value = T::deserialize(Reader::new(tree)).ok();
            let is_taken = value.is_some();
            made.extend(value);
            ControlFlow::Continue(is_taken)
        });
        made
    }

    #[test]
    fn each_form_of_a_type_is_made() {
        let made = made_up::<Choice>();
        assert!(made.contains(&Choice::Unit));
        assert!(made.contains(&Choice::Newtype(None)));
        assert!(
            made.iter()
                .any(|value| matches!(value, Choice::Newtype(Some(_))))
        );
        assert!(made.iter().any(|value| matches!(value, Choice::Tuple(..))));
        let made = made_up::<(Vec<u8>, Option<Box<Choice>>, HashSet<u32>)>();
        assert!(made.iter().any(|(list, ..)| list.len() == ITEMS));
        assert!(made.iter().any(|(list, ..)| list.is_empty()));
        assert!(made.iter().any(|(_, _, set)| set.len() == ITEMS));
        let structs = made.iter().filter_map(|(_, choice, _)| choice.as_deref());
        assert!(
            structs
                .into_iter()
                .any(|value| matches!(value, Choice::Struct { .. }))
        );
        assert_eq!(made_up::<bool>().len(), 2);
        assert!(!made_up::<serde_json::Value>().is_empty());
    }

    #[derive(Debug)]
    struct Date;

    impl<'de> Deserialize<'de> for Date {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            let is_date = text == "2001-02-03T04:05:06Z";
            is_date
                .then_some(Self)
                .ok_or_else(|| serde::de::Error::custom("no date"))
        }
    }

    #[test]
    fn a_type_that_refuses_a_value_gets_others() {
        assert!(made_up::<(u8, Date, Option<Date>)>().len() >= 2);
        assert!(!made_up::<(IpAddr, Duration, NonZeroU8)>().is_empty());
    }

    /// A type without an end has no value, and is no reason to wait.
    #[derive(Debug, Serialize, Deserialize)]
    struct Endless {
        next: Box<Endless>,
    }

    #[test]
    fn a_type_without_an_end_has_no_value() {
        assert!(made_up::<Vec<Endless>>().iter().all(Vec::is_empty));
    }

    /// What is left out is missed.
    #[derive(Debug, Serialize, Deserialize)]
    struct Odd {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        note: Vec<u8>,
    }

    #[derive(Debug, Serialize, Deserialize)]
    enum Late {
        Usual(f64),
        Set { items: HashSet<u16> },
    }

    #[derive(Debug, Serialize, Deserialize)]
    struct Fine {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        note: Option<u8>,
        map: HashMap<String, BTreeSet<u8>>,
        #[serde(flatten)]
        rest: BTreeMap<String, serde_json::Value>,
        choice: Vec<Choice>,
    }

    #[test]
    fn a_type_that_cannot_be_stored_is_found_out() {
        let lost = codec::prove_type(ValueType::of::<Vec<Late>>()).unwrap_err();
        assert!(
            lost.contains("Set.items` comes back as another value"),
            "{lost}"
        );
        let lost = codec::prove_type(ValueType::of::<HashSet<String>>()).unwrap_err();
        assert!(lost.contains("comes back as another value"), "{lost}");
        assert_eq!(codec::prove_type(ValueType::of::<Fine>()), Ok(()));
        assert_eq!(
            codec::prove_type(ValueType::of::<(Choice, IpAddr, Duration)>()),
            Ok(())
        );
        let lost = codec::prove_type(ValueType::of::<Vec<Odd>>()).unwrap_err();
        assert!(lost.contains("`note` is missing"), "{lost}");
    }
}
