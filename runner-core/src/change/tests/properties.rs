//! What holds for all configs and all texts.

use proptest::prelude::*;

use super::overrides;
use super::written::written;
use crate::value::{Digest, Names, Sample, Schema, Shaped, Walker, leaves, samples};

fn key(config: &Sample) -> Digest {
    let walked = Walker::new().config(config, &Schema::new(Sample::SHAPE));
    walked.map(|walked| walked.value).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn leaves_given_back_make_the_same_config(from in samples(), to in samples()) {
        let printed: Vec<String> = leaves(&to, &Schema::new(Sample::SHAPE), Names::Serde)
            .iter()
            .map(|leaf| format!("{}={}", leaf.path, written(&leaf.value)))
            .collect();
        let printed: Vec<&str> = printed.iter().map(String::as_str).collect();
        let made = overrides(&printed, &[]).and_then(|set| set.apply_to(&[from]));
        let made = made.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key(&made[0]), key(&to), "{:?}", printed);
    }

    #[test]
    fn fields_given_back_as_json_make_the_same_config(from in samples(), to in samples()) {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&to) else {
            return Ok(());
        };
        // JSON has no numbers that are not finite; and `null` would say that they are absent.
        let json = serde_json::to_string(&fields)?;
        let has_null = leaves(&to, &Schema::new(Sample::SHAPE), Names::Serde)
            .iter()
            .any(|leaf| matches!(leaf.value.to_string().as_str(), "NaN" | "inf" | "-inf"));
        // Others write these two in a way that the command line does not take.
        prop_assume!(!json.contains("\\b") && !json.contains("\\f"));
        prop_assume!(!has_null && serde_json::from_str::<Sample>(&json).is_ok());
        let sets: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let made = overrides(&sets, &[]).and_then(|set| set.apply_to(&[from]));
        let made = made.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(key(&made[0]), key(&to), "{:?}", sets);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_applied_or_refused_in_its_own_words(
        field in "(name|epochs|learning_rate|optimizer|warm|schedule|layers|dims|limit|note|pair|weights|plain|kind|step|0|1|\\.|[a-z]){1,4}",
        value in "[\\[\\]{}\",:\\\\ a-c0-9=./-]{0,12}|(none|log|lin|\\.\\.|=|/|,|[0-9]|-|e){0,8}|.{0,12}",
    ) {
        let text = format!("{field}={value}");
        for overrides in [overrides(&[&text], &[]), overrides(&[], &[&text])] {
            if let Err(error) = overrides.and_then(|overrides| overrides.apply_to(&[Sample::default()])) {
                prop_assert!(error.is_usage());
                prop_assert!(error.to_string().contains(&text), "{}", error);
            }
        }
    }
}
