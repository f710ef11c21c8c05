//! What the derive writes of a struct's fields.

use super::*;

/// What one run learns.
#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Train {
    name: String,
    /// Step size
    /// of gradient descent.
    ///
    ///   Indented.
    learning_rate: f64,
    #[config(key = "rounds")]
    epochs: Option<u32>,
    #[config(skip)]
    verbose: bool,
    #[config(replicate)]
    r#type: BTreeMap<String, [u8; 3]>,
    #[config(added = 1 + 1)]
    width: usize,
}

#[test]
fn have_names_types_and_docs() {
    let fields: Vec<_> = Train::FIELDS
        .iter()
        .map(|field| (field.name(), field.type_name(), field.doc()))
        .collect();
    assert_eq!(
        fields,
        [
            ("name", "String", ""),
            (
                "learning_rate",
                "f64",
                "Step size\nof gradient descent.\n\n  Indented."
            ),
            ("epochs", "Option<u32>", ""),
            ("verbose", "bool", ""),
            ("type", "BTreeMap<String, [u8; 3]>", ""),
            ("width", "usize", ""),
        ]
    );
    assert!(Train::VARIANTS.is_empty());
}

#[test]
fn have_the_rules_of_their_attributes() {
    let of = |what: fn(&Field) -> bool| -> Vec<_> {
        let fields = Train::FIELDS.iter().filter(|field| what(field));
        fields.map(Field::name).collect()
    };
    assert_eq!(of(Field::is_name), ["name"]);
    assert_eq!(of(Field::is_skipped), ["verbose"]);
    assert_eq!(of(Field::is_replicate), ["type"]);
    assert_eq!(of(|field| field.rules.added.is_some()), ["width"]);
    assert_eq!(of(|field| field.key_name() != field.name()), ["epochs"]);
    assert_eq!(rules::<Train>("epochs").key, "rounds");
}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Empty {}

#[derive(Clone, Debug, Serialize, Deserialize, Config)]
struct Unit;

#[test]
fn may_be_none() {
    assert!(Empty::FIELDS.is_empty() && Unit::FIELDS.is_empty());
    assert_eq!(Empty {}.sweep().build().len(), 1);
    assert_eq!(Unit.sweep().each([1, 2], |_, _| ()).build().len(), 2);
    assert_eq!(Unit.run_name(), None);
}
