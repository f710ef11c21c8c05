//! The typed token walk over serde values.

use serde::Serialize;
use crate::config::Shape;

/// The value that a field's absence meant, as `#[config(added = …)]` names it.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Added {}

/// Evaluates an `added` value; called by generated code.
#[doc(hidden)]
pub fn added<T: Serialize>(_value: &T, _shape: Shape) -> Added { Added {} }
