//! What parent and child tell each other, and the frames in which they do.
//!
//! A frame is a mark of four bytes, the length of a message in four and that of what is attached to it in eight, little end
//! first, the message in postcard and the attached bytes: the config of an order, the output of a run.

use std::{
    env, fs,
    io::{self, Read},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::{fs::MetadataExt, net::UnixStream, process::parent_id},
    },
    path::PathBuf,
    time::Duration,
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::stat::fstat,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    api::Sharing,
    execute::{nesting::NestedRun, ran::Fault},
    value::Digest,
};

/// Names the parent's process, the inode of the child's connection, and the digest of the experiment's name.
pub(super) const VARIABLE: &str = "RUNNER_WORKER";

/// What the environment of a child says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Badge {
    parent: u32,
    connection: u64,
    experiment: u128,
}

impl Badge {
    /// Makes the badge of a child of this process, whose end of the connection is `theirs`.
    pub(super) fn of_child(experiment: &str, theirs: &UnixStream) -> io::Result<Self> {
        Ok(Self {
            parent: std::process::id(),
            connection: inode(theirs)?,
            experiment: Digest::of(experiment.as_bytes()).as_u128(),
        })
    }

    /// Returns whether the child is for this experiment.
    pub(super) fn is_for(&self, experiment: &str) -> bool {
        self.experiment == Digest::of(experiment.as_bytes()).as_u128()
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}:{}:{:032x}",
            self.parent, self.connection, self.experiment
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let badge = Self {
            parent: parts.next()?.parse().ok()?,
            connection: parts.next()?.parse().ok()?,
            experiment: u128::from_str_radix(parts.next()?, 16).ok()?,
        };
        parts.next().is_none().then_some(badge)
    }

    /// Returns this process's own. What a child starts inherits the variable, but has another parent and another standard input.
    pub(super) fn own() -> Option<Self> {
        let badge = Self::parse(env::var_os(VARIABLE)?.to_str()?)?;
        // The parent may be gone already, or something else may have been put in place of the connection.
        let is_own = badge.parent == parent_id() || badge.is_connected();
        is_own.then_some(badge)
    }

    pub(super) fn is_connected(&self) -> bool {
        inode(io::stdin()).is_ok_and(|inode| inode == self.connection)
    }
}

fn inode(file: impl AsFd) -> io::Result<u64> {
    Ok(fstat(file)?.st_ino)
}

/// From the parent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Once, before anything else.
    Hello(Hello),
    Run(RunOrder),
    /// There is no more to do.
    Bye,
}

/// What all runs of a child have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) experiment: String,
    pub(super) version: u32,
    /// The file of the parent's program, which must be the child's too; `None` where the child is started from that very file.
    pub(super) program: Option<ProgramFile>,
    /// The fingerprint of the parent's program.
    pub(super) build: u128,
    /// The output directory as it was given, and its absolute path; as bytes.
    pub(super) output_dir: Vec<u8>,
    pub(super) output_dir_absolute: Vec<u8>,
    /// Its one path, without links.
    pub(super) root: Vec<u8>,
    pub(super) is_durable: bool,
    /// The byte that is locked while the parent lives.
    pub(super) parent: u64,
    /// The runs around the invocation.
    pub(super) around: Vec<NestedRun>,
    /// The size of the stack that runs have.
    pub(super) stack_bytes: usize,
}

/// One run to do, with its config attached as it is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RunOrder {
    pub(super) key: u128,
    pub(super) slot: usize,
    pub(super) attempt: u32,
    /// The name of the run's directory.
    pub(super) directory: String,
    /// Whether the child ends after it, unless it leaves processes behind.
    pub(super) is_last: bool,
}

/// From the child.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// It cannot do the run, for this reason.
    Refused(String),
    /// It cannot do any run, for this reason.
    Unable(String),
    /// It is about to start its first run, having taken this much processor time.
    Ready(Duration),
    Progress(u64, u64),
    /// Whether the run makes or awaits shared values.
    Sharing(Sharing),
    /// Something that the user should know about the run.
    Note(String),
    Ended(Ended),
}

/// How a run ended. If it has an output, that is attached.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ended {
    /// The digest of the output.
    pub(super) result: Result<u128, Fault>,
    pub(super) duration: Duration,
    /// The processor time and the peak of memory of the run.
    pub(super) usage: Option<(Duration, u64)>,
    /// The processor time that the process has taken so far.
    pub(super) cpu: Duration,
    /// Whether the run left processes behind.
    pub(super) leaves_processes: bool,
    /// Whether the run tried to save a checkpoint.
    pub(super) has_checkpoint: bool,
}

/// The file of a program. Equal ones are the same program; others may still be equal copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProgramFile {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

impl ProgramFile {
    /// Returns that of this process, if it can be told and matters.
    pub(super) fn current() -> Option<Self> {
        if STARTS_ITSELF {
            return None;
        }
        let metadata = fs::metadata(program_path().ok()?).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

/// Whether the path that starts this program again is the very file that runs, even if another one has taken its place since.
pub(super) const STARTS_ITSELF: bool = cfg!(target_os = "linux");

/// The path that starts this program again.
pub(super) fn program_path() -> io::Result<PathBuf> {
    if STARTS_ITSELF {
        Ok("/proc/self/exe".into())
    } else {
        env::current_exe()
    }
}

/// What every frame begins with, so that what a run writes to the connection by mistake is found out at once.
const MARK: [u8; 4] = *b"run\x05";
/// The bytes before a message.
const HEADER_BYTES: usize = 4 + 4 + 8;
/// Maximum length of a message, without what is attached to it.
const MESSAGE_BYTES_MAX: usize = 256 << 20;
/// The bytes that are read from a connection at a time.
const CHUNK_BYTES: usize = 4 << 10;

/// Returns the frame of a message.
pub(super) fn frame<T: Serialize>(message: &T, attached: &[u8]) -> io::Result<Vec<u8>> {
    let mut frame = postcard::to_extend(message, vec![0; HEADER_BYTES]).map_err(invalid)?;
    let length = u32::try_from(frame.len() - HEADER_BYTES).map_err(invalid)?;
    frame[..4].copy_from_slice(&MARK);
    frame[4..8].copy_from_slice(&length.to_le_bytes());
    frame[8..HEADER_BYTES].copy_from_slice(&(attached.len() as u64).to_le_bytes());
    frame.extend_from_slice(attached);
    Ok(frame)
}

/// Takes the first whole message, with what is attached to it, from what was received.
pub(super) fn take<T: DeserializeOwned>(
    received: &mut Vec<u8>,
) -> io::Result<Option<(T, Vec<u8>)>> {
    if received.iter().zip(MARK).any(|(byte, mark)| *byte != mark) {
        return Err(invalid_mark());
    }
    let Some((length, rest)) = received
        .get(MARK.len()..)
        .and_then(<[u8]>::split_first_chunk::<4>)
    else {
        return Ok(None);
    };
    let Some((attached_length, rest)) = rest.split_first_chunk::<8>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*length) as usize;
    if length > MESSAGE_BYTES_MAX {
        return Err(invalid_mark());
    }
    let attached_length = u64::from_le_bytes(*attached_length);
    let attached_length = usize::try_from(attached_length).map_err(invalid)?;
    let Some((message, rest)) = rest.split_at_checked(length) else {
        return Ok(None);
    };
    let Some(attached) = rest.get(..attached_length) else {
        return Ok(None);
    };
    let message = postcard::from_bytes(message).map_err(invalid)?;
    let attached_at = HEADER_BYTES + length;
    if attached_at + attached.len() == received.len() {
        // A large output is not copied.
        received.drain(..attached_at);
        return Ok(Some((message, std::mem::take(received))));
    }
    let attached = attached.to_vec();
    received.drain(..attached_at + attached_length);
    Ok(Some((message, attached)))
}

/// Messages from a connection on which the other side is waited for.
pub(super) struct MessageReader<R> {
    from: R,
    received: Vec<u8>,
}

impl<R: Read> MessageReader<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            received: Vec::new(),
        }
    }

    /// Waits for a message; `None` if the other side is gone.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<(T, Vec<u8>)>> {
        let mut chunk = [0; CHUNK_BYTES];
        loop {
            if let Some(message) = take(&mut self.received)? {
                return Ok(Some(message));
            }
            match self.from.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(count) => self.received.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Waits until one of the files is ready for what it is given with, but no longer than `timeout`. Returns what each is ready
/// for, which is nothing after a signal.
pub(super) fn poll_files<const N: usize>(
    files: [Option<(BorrowedFd<'_>, PollFlags)>; N],
    timeout: Duration,
) -> nix::Result<[PollFlags; N]> {
    // Rounded up, so that a wait is not over just before its time.
    let timeout = PollTimeout::try_from(timeout + Duration::from_micros(999));
    let timeout = timeout.unwrap_or(PollTimeout::MAX);
    let given = files.iter().flatten();
    let mut polled: Vec<PollFd<'_>> = given.map(|&(fd, flags)| PollFd::new(fd, flags)).collect();
    match poll(&mut polled, timeout) {
        Err(Errno::EINTR) => return Ok([PollFlags::empty(); N]),
        result => drop(result?),
    }
    let mut seen = polled.iter().map(PollFd::revents);
    let ready = files.map(|file| file.and_then(|_| seen.next()).flatten());
    Ok(ready.map(|flags| flags.unwrap_or(PollFlags::empty())))
}

fn invalid_mark() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no message")
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: [(&str, &[u8]); 4] =
        [("", b""), ("one", b"attached"), ("", b"more"), ("two", b"")];

    fn frames() -> Vec<u8> {
        let frames = MESSAGES.map(|(text, attached)| {
            frame(&text.to_owned(), attached).expect("text can be encoded")
        });
        frames.concat()
    }

    fn message(text: &str, attached: &[u8]) -> (String, Vec<u8>) {
        (text.to_owned(), attached.to_vec())
    }

    #[test]
    fn frames_come_back_whole() {
        let received = frames();
        let mut reader = MessageReader::new(received.as_slice());
        for (text, attached) in MESSAGES {
            let next = reader.next().expect("it can be read");
            assert_eq!(next, Some(message(text, attached)));
        }
        assert_eq!(reader.next::<String>().expect("it can be read"), None);
    }

    #[test]
    fn frames_that_come_byte_by_byte_come_back_whole() {
        let mut received = Vec::new();
        let mut taken = Vec::new();
        for byte in frames() {
            received.push(byte);
            taken.extend(take::<String>(&mut received).expect("it can be read"));
        }
        assert_eq!(
            taken,
            MESSAGES.map(|(text, attached)| message(text, attached))
        );
        assert!(received.is_empty());
    }

    #[test]
    fn what_is_no_message_is_found_out_at_once() {
        // The lengths were taken from it, and what was missing was waited for, for ever.
        for rubbish in [
            &b"x"[..],
            b"ru\n",
            b"\xff\xff\xff\xff\xff\xff",
            b"run\x05\xff\xff\xff\xff",
        ] {
            let mut received = frames();
            received.extend_from_slice(rubbish);
            for (text, attached) in MESSAGES {
                let taken = take(&mut received).expect("it can be read");
                assert_eq!(taken, Some(message(text, attached)));
            }
            received.extend_from_slice(b"\xff\xff\xff\xff\xff\xff\xff\xff");
            let error = take::<String>(&mut received).expect_err("it is no message");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn badges_come_back() {
        let badge = Badge {
            parent: 12,
            connection: 34,
            experiment: 56,
        };
        assert_eq!(Badge::parse(&badge.text()), Some(badge));
        for text in ["", "1:2", "1:2:3:4", "x:2:3"] {
            assert_eq!(Badge::parse(text), None, "{text}");
        }
    }
}
