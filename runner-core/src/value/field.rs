//! What the source says about the field at a path.

use super::config::{Field, Shape};

/// The field that `path` leads to, if types that derive `Config` lead there.
pub(crate) fn field_at(shape: Shape, path: &[&str]) -> Option<&'static Field> {
    let (step, rest) = path.split_first()?;
    match shape {
        Shape::Plain => None,
        Shape::Config(members) => {
            let members = members();
            if let Some(field) = named(members.fields, step) {
                return within(field, rest);
            }
            let variant = members
                .variants
                .iter()
                .find(|variant| variant.name() == *step)?;
            variant.parts().find_map(|(step, field)| match step {
                None => within(field, rest),
                Some(step) => (*rest.first()? == step).then(|| within(field, &rest[1..]))?,
            })
        }
        // An `Option` adds no step to a path; a list or map does.
        Shape::Through(inner) => field_at(*inner, path).or_else(|| field_at(*inner, rest)),
        Shape::Tuple(items) => field_at(*items.get(step.parse::<usize>().ok()?)?, rest),
    }
}

fn named(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.name() == name)
}

fn within(field: &'static Field, rest: &[&str]) -> Option<&'static Field> {
    if rest.is_empty() {
        Some(field)
    } else {
        field_at(field.rules.shape, rest)
    }
}

/// The first line of a field's documentation in parentheses, after a space; empty without documentation.
pub(crate) fn remark(field: Option<&Field>) -> String {
    let line = field.map_or("", |field| field.doc().lines().next().unwrap_or_default());
    match line.trim().trim_end_matches('.') {
        "" => String::new(),
        line => format!(" ({line})"),
    }
}
