//! The names of fields and variants.

use super::*;

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[serde(rename_all = "kebab-case")]
struct Renamed {
    learning_rate: f64,
    #[serde(rename = "e", alias = "rounds")]
    epochs: u32,
    #[serde(rename(serialize = "w", deserialize = "w"), default)]
    width: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
#[serde(
    rename_all = "snake_case",
    rename_all_fields = "UPPERCASE",
    deny_unknown_fields
)]
enum Model {
    /// Rows of neurons.
    DeepNet {
        hidden_size: u32,
    },
    #[serde(rename_all = "camelCase")]
    WideNet {
        hidden_size: u32,
    },
    #[serde(rename = "none")]
    Nothing,
    Pair(u8, Optimizer),
}

#[test]
fn are_those_of_serde() {
    assert_eq!(names::<Renamed>(), ["learning-rate", "e", "w"]);
    let json = serde_json::to_value(Renamed {
        learning_rate: 0.1,
        epochs: 1,
        width: 1,
    });
    let json = json.expect("this can be written");
    for name in names::<Renamed>() {
        assert!(json.get(name).is_some(), "{name} in {json}");
    }
}

#[test]
fn of_variants_are_those_of_serde() {
    let variants: Vec<_> = Model::VARIANTS
        .iter()
        .map(|variant| {
            let fields: Vec<_> = variant.fields().iter().map(Field::name).collect();
            (variant.name(), variant.doc(), fields.join(" "))
        })
        .collect();
    let expected = [
        ("deep_net", "Rows of neurons.", "HIDDEN_SIZE"),
        ("wide_net", "", "hiddenSize"),
        ("none", "", ""),
        ("pair", "", "0 1"),
    ];
    assert_eq!(
        variants,
        expected.map(|(name, doc, fields)| (name, doc, fields.to_owned()))
    );
    assert!(Model::FIELDS.is_empty());
    let json = serde_json::to_string(&Model::WideNet { hidden_size: 1 });
    assert_eq!(
        json.expect("this can be written"),
        r#"{"wide_net":{"hiddenSize":1}}"#
    );
    assert_eq!(sketch(&Model::VARIANTS[3].fields()[1].rules.shape), "c");
    assert!(matches!(Model::SHAPE, Shape::Config(_)));
    let _ = (
        Model::DeepNet { hidden_size: 1 },
        Model::Nothing,
        Model::Pair(1, OPTIMIZER),
    );
}
