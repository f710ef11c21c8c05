//! Configs of runs that were stored before some `added` fields existed.

use serde::{Deserialize, Serialize};

use super::{
    config::{Shape, Shaped},
    leaves::{Names, leaves},
    older::older,
    schema::{Schema, added},
    testing::{config, field},
};

#[derive(Serialize)]
struct Before {
    lr: f64,
    inner: InnerBefore,
    text: String,
}

#[derive(Serialize)]
struct InnerBefore {
    depth: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Now {
    warm: Option<Vec<u32>>,
    learning_rate: f64,
    inner: Inner,
    text: String,
    #[serde(skip)]
    threads: usize,
    note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Inner {
    width: u64,
    depth: u8,
}

config!(Inner, struct [
    field("width").added(|| added(&300_u64, Shape::Plain)),
    field("depth"),
]);
config!(Now, struct [
    field("warm").added(|| added(&Some(vec![1_u32, 2]), Shape::Plain)),
    field("learning_rate").keyed_as("lr"),
    field("inner").shaped(Inner::SHAPE),
    field("text"),
    field("threads").skipped(),
    field("note").added(|| added("none", Shape::Plain)),
]);

#[test]
fn fields_that_were_not_there_have_the_value_of_their_absence() {
    let text = "a text that is much too long to be kept among the leaves as it is, since it has over 64 bytes";
    let before = Before {
        lr: 0.1,
        inner: InnerBefore { depth: 3 },
        text: text.to_owned(),
    };
    let bytes = postcard::to_stdvec(&before).expect("it can be encoded");
    let of_before = leaves(&before, &Schema::Plain, Names::Key);
    let schema = Schema::new(Now::SHAPE);
    let now = Now {
        warm: Some(vec![1, 2]),
        learning_rate: 0.1,
        inner: Inner {
            width: 300,
            depth: 3,
        },
        text: text.to_owned(),
        threads: 0,
        note: "none".to_owned(),
    };
    let of_now = leaves(&now, &schema, Names::Key);
    assert_eq!(older(&bytes, &schema, &of_before), Some(now));
    assert_eq!(older::<Now>(&bytes[1..], &schema, &of_before), None);
    assert_eq!(older::<Now>(&bytes, &schema, &of_now), None);
}
