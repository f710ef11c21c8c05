//! The tree against the serializers that it replaces, on values of every shape.

use proptest::prelude::*;
use serde::Serialize;

use super::{
    Names, Schema, Shaped, Walker, leaf_at, leaves,
    leaves::{first_leaves, scalars},
    model_tests::models,
    sample_config::{Sample, samples},
    tree::{to_shown_tree, to_tree},
    tree_leaves::{Forms, leaves_of},
    tree_ser::{Lists, Writing},
};

fn is_same<T: Serialize + std::fmt::Debug>(
    value: &T,
    schema: &Schema,
) -> Result<(), TestCaseError> {
    for names in [Names::Key, Names::Serde] {
        let tree_names = match names {
            Names::Key => super::tree_leaves::Names::Key,
            Names::Serde => super::tree_leaves::Names::Serde,
        };
        let new = leaves_of(value, schema, tree_names);
        let old = leaves(value, schema, names);
        prop_assert_eq!(format!("{new:?}"), format!("{old:?}"));
    }
    let tree = to_tree(value).expect("it can be written");
    let digest = |walked: Result<super::walk::Walked, String>| {
        walked.map(|walked| (walked.value, walked.omitted))
    };
    prop_assert_eq!(
        digest(Walker::new().config(value, schema)),
        digest(Walker::new().config(&tree, schema))
    );
    let shown = to_shown_tree(value).expect("it can be written");
    // Without a name there is no path.
    let is_named = !format!("{value:?}").contains("\"\"");
    let leaves_at = leaves(value, &Schema::Plain, Names::Serde);
    for leaf in leaves_at.into_iter().filter(|_| is_named) {
        let path = if leaf.path == "kind" { "" } else { &leaf.path };
        for path in [path, path.rsplit_once('.').map_or("", |(outer, _)| outer)] {
            for path in [
                path.to_owned(),
                format!("{path}.0"),
                format!("{path}.1.0"),
                format!("{path}.01"),
            ] {
                let (new, old) = (shown.at(&path), leaf_at(value, &path));
                // Of a map that has other keys too, nothing was found.
                let is_found_now = old.is_none() && format!("{value:?}").contains("Map(");
                prop_assert!(
                    is_found_now || format!("{new:?}") == format!("{old:?}"),
                    "{}",
                    path
                );
            }
        }
    }
    let part = |lists| {
        let writing = Writing::shown(lists);
        let tree = value
            .serialize(writing.writer())
            .expect("it can be written");
        super::tree_leaves::leaves(
            &Forms::shown(tree),
            &Schema::Plain,
            super::tree_leaves::Names::Serde,
        )
    };
    let shape = |leaves: Vec<super::Leaf>| -> Vec<_> {
        leaves
            .into_iter()
            .take(64)
            .map(|leaf| (leaf.path, leaf.kind))
            .collect()
    };
    // Which of a map's entries are the first was decided before they were sorted.
    if leaves(value, &Schema::Plain, Names::Serde).len() <= 64
        || !format!("{value:?}").contains("Map(")
    {
        prop_assert_eq!(shape(part(Lists::Head)), shape(first_leaves(value, 64)));
    }
    let mut without = part(Lists::Skip);
    without.retain(|leaf| leaf.kind != super::Kind::List);
    prop_assert_eq!(format!("{without:?}"), format!("{:?}", scalars(value)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn trees_of_configs_are_their_values(config in samples()) {
        is_same(&config, &Schema::new(Sample::SHAPE))?;
    }

    #[test]
    fn trees_of_anything_are_their_values(model in models()) {
        is_same(&model, &Schema::Plain)?;
    }

    #[test]
    fn trees_of_long_lists_are_their_values(models in proptest::collection::vec(models(), 0..90)) {
        is_same(&models, &Schema::Plain)?;
        is_same(&(models.clone(), 1, models), &Schema::Plain)?;
    }
}
