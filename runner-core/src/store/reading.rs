//! [`read_file`]: a file that is read without trust in its length.

use std::{io, os::fd::OwnedFd};

use nix::{
    sys::stat::{SFlag, fstat},
    unistd::read,
};

use super::{again::again, disk::UNCLAIMED_BYTES_MAX};

/// Initial length of a buffer: more than most results need.
const BUFFER_BYTES: usize = 16 << 10;

/// Reads a file into the start of `buffer` and returns its length; see [`Disk::read`](super::disk::Disk::read).
pub(super) fn read_file(
    file: &OwnedFd,
    buffer: &mut Vec<u8>,
    claimed: fn(&[u8]) -> Option<u64>,
) -> io::Result<usize> {
    if buffer.is_empty() {
        buffer.resize(BUFFER_BYTES, 0);
    }
    let mut length = 0;
    loop {
        let count = again(|| read(file, &mut buffer[length..]))?;
        length += count;
        if count == 0 {
            return Ok(length);
        }
        let of_header = claimed(&buffer[..length]);
        let is_full = length == buffer.len();
        if is_full && of_header.is_none_or(|claimed| claimed >= length as u64) {
            // Only now: most files fit, and are known to be whole without another call.
            make_room(file, buffer, of_header)?;
        } else if is_full || of_header == Some(length as u64) {
            return Ok(length);
        }
    }
}

/// Lets a buffer, which a file has filled, grow to the length of the file.
fn make_room(file: &OwnedFd, buffer: &mut Vec<u8>, claimed: Option<u64>) -> io::Result<()> {
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
