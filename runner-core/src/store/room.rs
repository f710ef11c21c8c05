//! [`make_room`]: room in memory for a file that is longer than most.

use std::{io, os::fd::OwnedFd};

use nix::sys::stat::{SFlag, fstat};

use super::disk::UNCLAIMED_BYTES_MAX;

/// Lets a buffer, which a file has filled, grow to the length of the file.
pub(super) fn make_room(
    file: &OwnedFd,
    buffer: &mut Vec<u8>,
    claimed: Option<u64>,
) -> io::Result<()> {
    let status = fstat(file)?;
    let is_regular = SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG;
    let length = u64::try_from(status.st_size).unwrap_or_default();
    if !is_regular || length < buffer.len() as u64 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    if claimed.is_none() && length > UNCLAIMED_BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // One byte more shows whether the file goes on.
    let length = length.min(claimed.unwrap_or(length)) + 1;
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let more = length.saturating_sub(buffer.len()).max(1);
    buffer
        .try_reserve_exact(more)
        .map_err(|_| io::ErrorKind::FileTooLarge)?;
    buffer.resize(buffer.len() + more, 0);
    Ok(())
}
