//! Trees are as good as the values that they are made of.

use proptest::prelude::*;
use serde::Serialize;

use super::{
    config::Shaped,
    leaves::{Names, leaves},
    model_tests::models,
    sample_config::{Sample, samples},
    scalar::Value,
    schema::Schema,
    tree::{to_shown_tree, to_tree},
    walk::Walker,
};

fn digests<T: Serialize>(value: &T, schema: &Schema) -> Option<[super::Digest; 2]> {
    let walked = Walker::new().config(value, schema).ok()?;
    Some([walked.value, walked.omitted])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_tree_has_the_digest_of_its_value(model in models(), config in samples()) {
        let tree = to_tree(&model).expect("it can be written");
        prop_assert_eq!(digests(&tree, &Schema::Plain), digests(&model, &Schema::Plain));
        let (tree, schema) = (to_tree(&config).expect("it can be written"), Schema::new(Sample::SHAPE));
        prop_assert_eq!(digests(&tree, &schema), digests(&config, &schema));
    }

    #[test]
    fn every_leaf_is_found_at_its_path(config in samples()) {
        let tree = to_shown_tree(&config).expect("it can be written");
        for leaf in leaves(&config, &Schema::new(Sample::SHAPE), Names::Serde) {
            // Not by `==`, for which NaN is not NaN.
            let found = tree.at(&leaf.path).map(|value| format!("{value:?}"));
            prop_assert_eq!(found, Some(format!("{:?}", leaf.value)), "{}", leaf.path);
        }
    }
}

#[test]
fn items_of_a_list_have_places_of_their_own() {
    let config = to_shown_tree(&Sample::default()).expect("it can be written");
    assert_eq!(config.at("dims.1"), Some(Value::Int(4)));
    assert_eq!(config.at("dims.2"), None);
    assert_eq!(config.at("layers"), None);
    assert_eq!(config.at("optimizer"), None);
}
