//! [`locked`]: a mutex is held whatever became of who held it before.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a thread that panicked left behind is still true: no guard is held across anything that can panic half-way.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
