//! Whether outputs are the same, and whether the experiment says so itself.

use std::cell::Cell;

use crate::value::AnyValue;

thread_local! {
    /// Whether the thread has compared outputs bit for bit.
    static IS_BIT_FOR_BIT: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether all values of two outputs are the same; NaN is the same as NaN.
pub(super) fn is_same_bit_for_bit(stored: &dyn AnyValue, again: &dyn AnyValue) -> bool {
    IS_BIT_FOR_BIT.set(true);
    matches!((stored.whole_digest(), again.whole_digest()), (Ok(stored), Ok(again)) if stored == again)
}

/// Returns whether the experiment compares outputs in its own way, which nothing but a call tells.
pub(crate) fn is_own_way(compare: impl FnOnce() -> bool) -> bool {
    IS_BIT_FOR_BIT.set(false);
    compare();
    !IS_BIT_FOR_BIT.get()
}
