//! Random lives of a config: as long as every claim is true, its key stays and every earlier result agrees with it.

use std::cell::RefCell;

use proptest::{collection::vec, prelude::*};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::store::agreement::compare;
use crate::value::{
    Added, Digest, Field, Former, Leaf, Members, Names, Rules, Schema, Shape, Walker, Was, added,
    leaves, was,
};

/// What a field is at some time.
#[derive(Clone, Copy, Debug)]
enum Life {
    Keyed,
    /// Omitted, as its value is this one.
    Added(u32),
    /// Once added, and now skipped.
    Ignored,
    /// Skipped, with this value in the key. Whether it has had another value since.
    Skipped(u32, bool),
    Removed(u32, Option<u32>),
}

#[derive(Clone, Copy, Debug)]
struct Member {
    name: &'static str,
    key: &'static str,
    life: Life,
    value: u32,
}

/// A config with another one inside.
#[derive(Clone, Debug)]
struct Config {
    members: [Vec<Member>; 2],
    /// Whether the one inside is omitted as a whole.
    is_inner_added: bool,
}

const OUTER: usize = 0;
const INNER: usize = 1;

/// A value at one of the two levels.
struct Level<'a>(&'a Config, usize);

thread_local! {
    /// What the type is now, as functions without arguments are asked for it.
    static NOW: RefCell<Option<Config>> = const { RefCell::new(None) };
}

fn now<R>(see: impl FnOnce(&Config) -> R) -> R {
    NOW.with_borrow(|config| see(config.as_ref().expect("there is a config")))
}

/// What makes a value, as a former field and as an added one.
type Makers = (fn() -> Was, fn() -> Added);

fn values(index: u32) -> Makers {
    match index {
        0 => (|| was(0_u32), || added(&0_u32, Shape::Plain)),
        1 => (|| was(1_u32), || added(&1_u32, Shape::Plain)),
        2 => (|| was(2_u32), || added(&2_u32, Shape::Plain)),
        _ => (|| was(3_u32), || added(&3_u32, Shape::Plain)),
    }
}

fn shape(level: usize) -> Shape {
    if level == OUTER {
        Shape::Config(|| now(|config| config.describe(OUTER)))
    } else {
        Shape::Config(|| now(|config| config.describe(INNER)))
    }
}

fn added_inner() -> Added {
    now(|config| added(&Level(config, INNER), shape(INNER)))
}

impl Member {
    fn field(&self) -> Field {
        let added = match self.life {
            Life::Added(value) | Life::Removed(_, Some(value)) => Some(values(value).1),
            _ => None,
        };
        field(
            self.name,
            Rules {
                key: self.key,
                skip: matches!(self.life, Life::Ignored | Life::Skipped(..)),
                replicate: false,
                naming: false,
                ordered: false,
                added,
                shape: Shape::Plain,
            },
        )
    }

    fn former(&self) -> Option<Former> {
        let (Life::Skipped(value, _) | Life::Removed(value, _)) = self.life else {
            return None;
        };
        Some(Former {
            variant: "",
            field: self.field(),
            was: values(value).0,
        })
    }

    const fn is_there(&self) -> bool {
        !matches!(self.life, Life::Removed(..))
    }
}

fn field(name: &'static str, rules: Rules) -> Field {
    Field {
        name,
        type_name: "",
        doc: "",
        rules,
    }
}

impl Config {
    /// What the derive would write.
    fn describe(&self, level: usize) -> Members {
        let members = &self.members[level];
        let there = members.iter().filter(|member| member.is_there());
        let mut fields: Vec<Field> = there.map(Member::field).collect();
        if level == OUTER {
            let rules = Rules {
                key: "inner",
                skip: false,
                replicate: false,
                naming: false,
                ordered: false,
                added: self.is_inner_added.then_some(added_inner as fn() -> Added),
                shape: shape(INNER),
            };
            fields.push(field("inner", rules));
        }
        let former: Vec<Former> = members.iter().filter_map(Member::former).collect();
        Members {
            fields: fields.leak(),
            variants: &[],
            former: former.leak(),
        }
    }

    fn key(&self) -> (Digest, Vec<Leaf>) {
        NOW.set(Some(self.clone()));
        let schema = Schema::new(shape(OUTER));
        let value = Level(self, OUTER);
        let walked = Walker::new().config(&value, &schema);
        let walked = walked.expect("the config can be written");
        (walked.value, leaves(&value, &schema, Names::Key))
    }

    /// Changes the config in one way, unless that would be no true claim.
    fn change(&mut self, change: &Change) {
        let members = &mut self.members[change.level];
        let count = members.len();
        let member = &mut members[change.target % count];
        match (change.what, member.life) {
            (0, _) => member.name = change.name,
            (1, Life::Keyed) => member.life = Life::Removed(member.value, None),
            (1, Life::Added(value)) => member.life = Life::Removed(value, Some(value)),
            (1, Life::Skipped(value, false)) => member.life = Life::Removed(value, None),
            (2, Life::Keyed) => member.life = Life::Skipped(member.value, false),
            (2, Life::Added(_)) => member.life = Life::Ignored,
            (3, Life::Ignored) => member.value = change.value,
            (3, Life::Skipped(was, _)) => {
                member.value = change.value;
                member.life = Life::Skipped(was, true);
            }
            (4, _) => members.push(Member {
                name: change.name,
                key: change.name,
                life: Life::Added(change.value),
                value: change.value,
            }),
            (5, _) => members.rotate_left(1),
            _ => {}
        }
    }
}

impl Serialize for Level<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(config, level) = *self;
        let mut fields = serializer.serialize_struct("", 0)?;
        for member in config.members[level].iter().filter(|each| each.is_there()) {
            fields.serialize_field(member.name, &member.value)?;
        }
        if level == OUTER {
            fields.serialize_field("inner", &Level(config, INNER))?;
        }
        fields.end()
    }
}

#[derive(Clone, Debug)]
struct Change {
    level: usize,
    target: usize,
    what: u32,
    value: u32,
    name: &'static str,
}

fn config() -> impl Strategy<Value = Config> {
    let members = |names: [&'static str; 3]| {
        [0_u32..4, 0..4, 0..4].prop_map(move |values| {
            let member = |(name, value)| Member {
                name,
                key: name,
                life: Life::Keyed,
                value,
            };
            names
                .into_iter()
                .zip(values)
                .map(member)
                .collect::<Vec<_>>()
        })
    };
    let levels = (members(["a", "b", "c"]), members(["d", "e", "f"]));
    (levels, any::<bool>()).prop_map(|((outer, inner), is_inner_added)| Config {
        members: [outer, inner],
        is_inner_added,
    })
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    const NEW: [&str; 12] = [
        "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n11",
    ];
    vec((0..2_usize, 0..8_usize, 0..6_u32, 0..4_u32), 1..NEW.len()).prop_map(|changes| {
        let change = |((level, target, what, value), name)| Change {
            level,
            target,
            what,
            value,
            name,
        };
        changes.into_iter().zip(NEW).map(change).collect()
    })
}

proptest! {
    #[test]
    fn true_claims_keep_every_result(mut config in config(), changes in changes()) {
        let (key, first) = config.key();
        let mut stored = vec![first];
        for change in &changes {
            config.change(change);
            let (key_now, now) = config.key();
            prop_assert_eq!(key_now, key, "{:?}", change);
            for stored in &stored {
                prop_assert_eq!(compare(stored, &now).map(drop), Ok(()), "{:?}", change);
            }
            stored.push(now);
        }
    }
}
