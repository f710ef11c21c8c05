//! Directories with all that is in them, measured, listed and removed below an open directory: whatever becomes of their names and of
//! those above, no other directory is touched, and no link is followed.

use std::{
    ffi::CString,
    io,
    os::fd::{AsFd, OwnedFd},
};

use nix::{
    NixPath,
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, readlinkat},
    sys::stat::{FchmodatFlags, FileStat, Mode, SFlag, fchmodat, fstatat},
    unistd::{UnlinkatFlags, read, unlinkat},
};
use twox_hash::XxHash3_128;

use super::{again::again, disk::Artifact, layout};
use crate::value::Digest;

/// The bytes of a file that are digested at a time.
const DIGESTED_BYTES: usize = 1 << 16;

/// Removes a directory and what is in it, or a link itself. The result goes first: what is half removed must not look whole.
///
/// What a run has protected is made writable, unless it belongs to another user.
pub(super) fn remove(parent: &OwnedFd, name: &str) -> io::Result<()> {
    match remove_writable(parent, name) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            unprotect(parent, name)?;
            remove_writable(parent, name)
        }
        removed => removed,
    }
}

fn unprotect<P: NixPath + ?Sized>(parent: impl AsFd, name: &P) -> io::Result<()> {
    let parent = parent.as_fd();
    fchmodat(parent, name, Mode::S_IRWXU, FchmodatFlags::NoFollowSymlink)?;
    let mut directory = Dir::from_fd(open(parent, name)?)?;
    for name in names(&mut directory)? {
        let status = status(&directory, name.as_c_str())?;
        if status.is_some_and(|status| is(&status, SFlag::S_IFDIR)) {
            unprotect(&directory, name.as_c_str())?;
        }
    }
    Ok(())
}

fn remove_writable(parent: &OwnedFd, name: &str) -> io::Result<()> {
    let directory = match open(parent, name) {
        Err(error) => {
            let is_link = status(parent, name)?.is_some_and(|status| is(&status, SFlag::S_IFLNK));
            return if is_link {
                Ok(unlink(parent, name, UnlinkatFlags::NoRemoveDir)?)
            } else {
                Err(error.into())
            };
        }
        Ok(directory) => directory,
    };
    match unlink(&directory, layout::RESULT, UnlinkatFlags::NoRemoveDir) {
        // A directory has its name, which goes with the rest. macOS says `EPERM`.
        Err(Errno::EISDIR | Errno::EPERM) => {}
        removed => removed?,
    }
    empty(directory)?;
    Ok(unlink(parent, name, UnlinkatFlags::RemoveDir)?)
}

/// Returns the bytes of the files in a directory; `None` if it is itself a link or no directory.
pub(super) fn bytes(parent: &OwnedFd, name: &str) -> io::Result<Option<u64>> {
    match open(parent, name) {
        Ok(directory) => bytes_in(directory).map(Some),
        Err(Errno::ENOTDIR | Errno::ELOOP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn empty(directory: OwnedFd) -> io::Result<()> {
    let mut directory = Dir::from_fd(directory)?;
    for name in names(&mut directory)? {
        match unlink(&directory, name.as_c_str(), UnlinkatFlags::NoRemoveDir) {
            Err(Errno::EISDIR | Errno::EPERM) => {
                empty(open(&directory, name.as_c_str())?)?;
                unlink(&directory, name.as_c_str(), UnlinkatFlags::RemoveDir)?;
            }
            removed => removed?,
        }
    }
    Ok(())
}

fn bytes_in(directory: OwnedFd) -> io::Result<u64> {
    let mut directory = Dir::from_fd(directory)?;
    let mut bytes = 0;
    for name in names(&mut directory)? {
        let Some(status) = status(&directory, name.as_c_str())? else {
            continue;
        };
        bytes += if is(&status, SFlag::S_IFDIR) {
            bytes_in(open(&directory, name.as_c_str())?)?
        } else {
            u64::try_from(status.st_size).unwrap_or(0)
        };
    }
    Ok(bytes)
}

/// Calls `each` for everything in a run's directory, and in those inside it, that is the run's own, with its path after `path`.
pub(super) fn artifacts(
    directory: OwnedFd,
    path: &str,
    each: &mut dyn FnMut(String, Artifact),
) -> io::Result<()> {
    let mut directory = Dir::from_fd(directory)?;
    for name in names(&mut directory)? {
        let inside = format!("{path}{}", name.to_string_lossy());
        if layout::OF_THE_LIBRARY.contains(&inside.as_str()) {
            continue;
        }
        let Some(status) = status(&directory, name.as_c_str())? else {
            continue;
        };
        if is(&status, SFlag::S_IFDIR) {
            let below = open(&directory, name.as_c_str())?;
            artifacts(below, &format!("{inside}/"), each)?;
            continue;
        }
        let artifact = if is(&status, SFlag::S_IFREG) {
            Artifact::File(u64::try_from(status.st_size).unwrap_or(0))
        } else if is(&status, SFlag::S_IFLNK) {
            let target = readlinkat(&directory, name.as_c_str())?;
            Artifact::Link(target.to_string_lossy().into_owned())
        } else {
            Artifact::Other
        };
        each(inside, artifact);
    }
    Ok(())
}

/// Returns the digest of what is in a file.
pub(super) fn digest(file: &OwnedFd) -> io::Result<Digest> {
    let (mut hasher, mut buffer) = (XxHash3_128::new(), vec![0; DIGESTED_BYTES]);
    loop {
        match again(|| read(file, &mut buffer))? {
            0 => return Ok(Digest::from_u128(hasher.finish_128())),
            count => hasher.write(&buffer[..count]),
        }
    }
}

fn names(directory: &mut Dir) -> io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in directory.iter() {
        let name = entry?.file_name().to_owned();
        if !matches!(name.to_bytes(), b"." | b"..") {
            names.push(name);
        }
    }
    Ok(names)
}

fn open<P: NixPath + ?Sized>(parent: impl AsFd, name: &P) -> nix::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    again(|| openat(parent.as_fd(), name, flags, Mode::empty()))
}

fn status<P: NixPath + ?Sized>(parent: impl AsFd, name: &P) -> nix::Result<Option<FileStat>> {
    match again(|| fstatat(parent.as_fd(), name, AtFlags::AT_SYMLINK_NOFOLLOW)) {
        Err(Errno::ENOENT) => Ok(None),
        found => found.map(Some),
    }
}

fn is(status: &FileStat, kind: SFlag) -> bool {
    SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT == kind
}

/// Removes a name, unless it is gone.
fn unlink<P: NixPath + ?Sized>(
    parent: impl AsFd,
    name: &P,
    flags: UnlinkatFlags,
) -> nix::Result<()> {
    match again(|| unlinkat(parent.as_fd(), name, flags)) {
        Err(Errno::ENOENT) => Ok(()),
        removed => removed,
    }
}
