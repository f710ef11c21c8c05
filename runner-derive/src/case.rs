//! [`Case`]: the cases of serde's `rename_all`, applied exactly as serde does.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// Parses serde's name of the case. Unknown names are left to serde, which reports them.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// Renames a variant. It is assumed to be in `PascalCase`.
    pub(crate) fn apply_to_variant(self, variant: &str) -> String {
        match self {
            Self::Pascal => variant.to_owned(),
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Camel => lower_first(variant),
            Self::Snake => {
                let mut snake = String::new();
                for (index, char) in variant.char_indices() {
                    if index > 0 && char.is_uppercase() {
                        snake.push('_');
                    }
                    snake.push(char.to_ascii_lowercase());
                }
                snake
            }
            Self::ScreamingSnake => Self::Snake.apply_to_variant(variant).to_ascii_uppercase(),
            Self::Kebab => Self::Snake.apply_to_variant(variant).replace('_', "-"),
            Self::ScreamingKebab => Self::ScreamingSnake
                .apply_to_variant(variant)
                .replace('_', "-"),
        }
    }

    /// Renames a field. It is assumed to be in `snake_case`.
    pub(crate) fn apply_to_field(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => {
                let mut pascal = String::new();
                let mut word_starts = true;
                for char in field.chars() {
                    if char == '_' {
                        word_starts = true;
                    } else if word_starts {
                        pascal.push(char.to_ascii_uppercase());
                        word_starts = false;
                    } else {
                        pascal.push(char);
                    }
                }
                pascal
            }
            Self::Camel => lower_first(&Self::Pascal.apply_to_field(field)),
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(chars)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Case;

    const NAMES: [&str; 8] = [
        "lowercase",
        "UPPERCASE",
        "PascalCase",
        "camelCase",
        "snake_case",
        "SCREAMING_SNAKE_CASE",
        "kebab-case",
        "SCREAMING-KEBAB-CASE",
    ];

    #[track_caller]
    fn check(source: &str, expected: [&str; 8], apply: fn(Case, &str) -> String) {
        for (name, expected) in NAMES.into_iter().zip(expected) {
            let renamed = Case::from_name(name).map(|case| apply(case, source));
            assert_eq!(renamed.as_deref(), Some(expected), "{source} in {name}");
        }
    }

    #[track_caller]
    fn check_variant(source: &str, expected: [&str; 8]) {
        check(source, expected, Case::apply_to_variant);
    }

    #[track_caller]
    fn check_field(source: &str, expected: [&str; 8]) {
        check(source, expected, Case::apply_to_field);
    }

    // The tables are those of serde's own tests.
    #[test]
    fn variants_are_renamed_as_serde_renames_them() {
        check_variant(
            "Outcome",
            [
                "outcome", "OUTCOME", "Outcome", "outcome", "outcome", "OUTCOME", "outcome",
                "OUTCOME",
            ],
        );
        check_variant(
            "VeryTasty",
            [
                "verytasty",
                "VERYTASTY",
                "VeryTasty",
                "veryTasty",
                "very_tasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY",
            ],
        );
        check_variant("A", ["a", "A", "A", "a", "a", "A", "a", "A"]);
        check_variant(
            "Z42",
            ["z42", "Z42", "Z42", "z42", "z42", "Z42", "z42", "Z42"],
        );
        check_variant(
            "SGD",
            [
                "sgd", "SGD", "SGD", "sGD", "s_g_d", "S_G_D", "s-g-d", "S-G-D",
            ],
        );
    }

    #[test]
    fn fields_are_renamed_as_serde_renames_them() {
        check_field(
            "outcome",
            [
                "outcome", "OUTCOME", "Outcome", "outcome", "outcome", "OUTCOME", "outcome",
                "OUTCOME",
            ],
        );
        check_field(
            "very_tasty",
            [
                "very_tasty",
                "VERY_TASTY",
                "VeryTasty",
                "veryTasty",
                "very_tasty",
                "VERY_TASTY",
                "very-tasty",
                "VERY-TASTY",
            ],
        );
        check_field("a", ["a", "A", "A", "a", "a", "A", "a", "A"]);
        check_field(
            "z42",
            ["z42", "Z42", "Z42", "z42", "z42", "Z42", "z42", "Z42"],
        );
        check_field("_", ["_", "_", "", "", "_", "_", "-", "-"]);
    }

    #[test]
    fn an_unknown_case_is_left_to_serde() {
        assert_eq!(Case::from_name("Title Case"), None);
    }
}
