//! [`again`]: system calls that a signal does not interrupt.

use nix::errno::Errno;

/// Repeats what a signal interrupted.
pub(super) fn again<T>(mut operation: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match operation() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
