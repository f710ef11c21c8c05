//! Leaves of fields that are left out, inside others that are.

use serde::Serialize;

use super::{
    config::{Members, Shape},
    leaves::{Names, leaves},
    schema::Schema,
    schema::added,
    testing::field,
};

#[derive(Serialize)]
struct Whole {
    inner: Inner,
    threads: u32,
}

#[derive(Serialize)]
struct Inner {
    x: u32,
    y: u32,
    threads: u32,
}

const INNER: Shape = Shape::Config(|| Members {
    former: &[],
    fields: const {
        &[
            field("x"),
            field("y").added(|| added(&2_u32, Shape::Plain)),
            field("threads").skipped(),
        ]
    },
    variants: &[],
});

const OUTER: Shape = Shape::Config(|| Members {
    former: &[],
    fields: const {
        &[
            field("inner")
                .added(|| added(&inner(2, 1), INNER))
                .shaped(INNER),
            field("threads").skipped(),
        ]
    },
    variants: &[],
});

const fn inner(y: u32, threads: u32) -> Inner {
    Inner { x: 1, y, threads }
}

/// Each path up to its mark, with `|` where the omitted field ends.
fn check(inner: Inner, expected: &[&str]) {
    let outer = Whole { inner, threads: 1 };
    let leaves = leaves(&outer, &Schema::new(OUTER), Names::Key);
    let shown = leaves.iter().map(|leaf| {
        let (field, inside) = leaf.path.split_at(leaf.omitted_at);
        format!("{field}|{inside} {:?}", leaf.mark)
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn leaves_know_the_innermost_field_that_is_left_out() {
    check(
        inner(2, 9),
        &[
            "inner|.x Omitted",
            "inner.y| Omitted",
            "|inner.threads Skipped",
            "|threads Skipped",
        ],
    );
    check(
        inner(3, 1),
        &[
            "|inner.x Keyed",
            "|inner.y Keyed",
            "|inner.threads Skipped",
            "|threads Skipped",
        ],
    );
}
