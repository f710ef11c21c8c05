//! [`OnDemand`]: a value that is made where it is read, of what its type asks for.

use std::{fmt, sync::Arc};

use super::{scalar::Kind, tree::Tree, tree_error::TreeError};

/// What a type asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand {
    Any,
    Bool,
    Whole(Kind),
    F32,
    F64,
    Char,
    Text,
    /// The name of a field or variant.
    Name,
    Bytes,
    Unit,
    Option,
    List,
    Tuple(usize),
    Map,
    Struct(&'static [&'static str]),
    Enum(&'static [&'static str]),
    /// The value is of no interest.
    Ignored,
}

pub(super) trait Make: Send + Sync {
    /// Makes what is asked for.
    ///
    /// # Errors
    ///
    /// If there is no such value.
    fn make(&self, demand: Demand) -> Result<Tree, TreeError>;

    /// Notes that the name or key of the value was refused.
    fn refuse_key(&self, _: &TreeError) {}
}

/// A value that becomes what its type asks for.
#[derive(Clone)]
pub(crate) struct OnDemand(pub(super) Arc<dyn Make>);

impl PartialEq for OnDemand {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for OnDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDemand")
    }
}

impl Tree {
    pub(super) fn on_demand(make: impl Make + 'static) -> Self {
        Self::OnDemand(OnDemand(Arc::new(make)))
    }
}
