//! [`RowOrder`]: the rows that reports have, and their order.

/// The choice of the command line about the rows of tables and exports.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowOrder {
    /// That of the configs without it.
    pub(crate) by: Option<OrderBy>,
    /// Maximum number of rows.
    pub(crate) top: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct OrderBy {
    pub(crate) field: OrderField,
    /// Whether the largest is the first.
    pub(crate) is_descending: bool,
}

/// A field of a run; those of configs and outputs are at their paths.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OrderField {
    Config(String),
    Output(String),
    Duration,
    Name,
    Label,
}
