//! [`RunLog`]: what a run printed, in its directory, with a limit.

use std::{
    collections::VecDeque,
    fs::File,
    io::Write,
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    path::Path,
    sync::{Arc, Mutex},
};

use nix::{
    fcntl::{OFlag, openat},
    sys::stat::Mode,
};

use crate::base::locked;

/// The name of the file in the run's directory.
pub(crate) const RUN_LOG: &str = "run.log";
/// So much of the beginning is kept; with the end that makes 10 MB.
const HEAD_BYTES: u64 = 10_000_000 - TAIL_BYTES as u64;
/// So much of the end is kept.
const TAIL_BYTES: usize = 64 << 10;

/// What one run printed. Its beginning goes to a file at once; its end is in memory until there is no more.
#[derive(Debug, Default)]
pub(crate) struct RunLog {
    /// The run's directory, whatever its name becomes.
    directory: Option<File>,
    file: Option<File>,
    /// What was printed before there was a file.
    early: Vec<u8>,
    /// The bytes in the file, or meant for it.
    head: u64,
    /// The bytes that came after the head.
    beyond: u64,
    tail: LogTail,
}

/// The end of what a run has printed so far, for whoever asks while it goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogTail(Arc<Mutex<VecDeque<u8>>>);

/// What names one directory, even if another one takes its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct DirectoryId {
    device: u64,
    inode: u64,
}

impl DirectoryId {
    /// What `path` is now; nothing if that cannot be told.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Self::in_metadata(&std::fs::metadata(path).ok()?)
    }

    fn in_metadata(metadata: &std::fs::Metadata) -> Option<Self> {
        metadata.is_dir().then(|| Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

impl RunLog {
    /// Finds a run's directory, unless another one has taken its place.
    pub(crate) fn turn_to(&mut self, directory: &Path, id: Option<DirectoryId>) {
        let opened = File::open(directory).ok();
        self.directory = opened.filter(|opened| {
            let metadata = opened.metadata().ok();
            let found = metadata.and_then(|metadata| DirectoryId::in_metadata(&metadata));
            found.is_some() && found == id
        });
    }

    /// Goes on in the file `run.log` of that directory. If there can be none, only the end is kept.
    pub(crate) fn keep(&mut self) -> bool {
        let Some(opened) = self.directory.take() else {
            return false;
        };
        let flags = OFlag::O_WRONLY
            | OFlag::O_CREAT
            | OFlag::O_APPEND
            | OFlag::O_NOFOLLOW
            | OFlag::O_CLOEXEC;
        let mode = Mode::from_bits_truncate(0o666);
        let file = openat(OwnedFd::from(opened), RUN_LOG, flags, mode);
        self.file = file.ok().map(File::from);
        let early = std::mem::take(&mut self.early);
        self.write(&early);
        self.file.is_some()
    }

    /// Whether it has something that could go to a file, and none.
    pub(crate) fn needs_file(&self) -> bool {
        self.file.is_none() && self.head > 0
    }

    /// Adds what was printed; answers how many of the bytes are part of the beginning that is kept.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> usize {
        let room = usize::try_from(HEAD_BYTES - self.head).unwrap_or(usize::MAX);
        let kept = room.min(bytes.len());
        if self.file.is_some() {
            self.write(&bytes[..kept]);
        } else if self.early.len() < TAIL_BYTES {
            self.early.extend_from_slice(&bytes[..kept]);
        }
        self.head += kept as u64;
        self.beyond += (bytes.len() - kept) as u64;
        self.tail.add(bytes);
        kept
    }

    /// Writes the end, after a note of what is missing before it.
    pub(crate) fn finish(&mut self) {
        if self.beyond == 0 || self.file.is_none() {
            return;
        }
        let tail = self.tail.bytes();
        let kept = tail
            .len()
            .min(usize::try_from(self.beyond).unwrap_or(usize::MAX));
        let missing = self.beyond - kept as u64;
        if missing > 0 {
            self.write(format!("\n[{missing} bytes are left out here]\n").as_bytes());
        }
        self.write(&tail[tail.len() - kept..]);
        self.beyond = 0;
    }

    /// Its end, which goes on to grow with it.
    pub(crate) fn tail(&self) -> LogTail {
        self.tail.clone()
    }

    /// The last lines, at most `lines_max` of them.
    pub(crate) fn last_lines(&self, lines_max: usize) -> String {
        self.tail.last_lines(lines_max)
    }

    /// A log that cannot be written, for lack of space perhaps, fails no run.
    fn write(&mut self, bytes: &[u8]) {
        if let Some(file) = &mut self.file
            && file.write_all(bytes).is_err()
        {
            self.file = None;
        }
    }
}

impl LogTail {
    fn add(&self, bytes: &[u8]) {
        let last = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let mut tail = locked(&self.0);
        let excess = (tail.len() + last.len()).saturating_sub(TAIL_BYTES);
        tail.drain(..excess);
        tail.extend(last);
    }

    fn bytes(&self) -> Vec<u8> {
        let tail = locked(&self.0);
        tail.iter().copied().collect()
    }

    /// The last lines, at most `lines_max` of them.
    pub(crate) fn last_lines(&self, lines_max: usize) -> String {
        let bytes = self.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(lines_max)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("runner-log-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary directory can be made");
        path
    }

    #[test]
    fn a_short_log_is_whole() {
        let directory = directory("short");
        let mut log = RunLog::default();
        assert_eq!(log.add(b"before\n"), 7);
        assert!(log.needs_file());
        log.turn_to(&directory, DirectoryId::of(&directory));
        let renamed = directory.with_extension("renamed");
        std::fs::rename(&directory, &renamed).expect("it can be renamed");
        assert!(log.keep());
        std::fs::rename(&renamed, &directory).expect("it can be renamed");
        log.add(b"after\n");
        log.finish();
        let text = std::fs::read_to_string(directory.join(RUN_LOG)).expect("there is a log");
        assert_eq!(text, "before\nafter\n");
        assert_eq!(log.last_lines(1), "after");
        assert_eq!(log.last_lines(9), "before\nafter");
        std::fs::remove_dir_all(directory).expect("it can be removed");
    }

    #[test]
    fn a_long_log_keeps_both_ends() {
        let directory = directory("long");
        let mut log = RunLog::default();
        log.turn_to(&directory, DirectoryId::of(&directory));
        assert!(log.keep());
        let mut all = Vec::new();
        for index in 0..1_400_000 {
            all.extend_from_slice(format!("line {index}\n").as_bytes());
        }
        for chunk in all.chunks(100_000) {
            log.add(chunk);
        }
        log.finish();
        let kept = std::fs::read(directory.join(RUN_LOG)).expect("there is a log");
        assert!((9_000_000..10_000_100).contains(&kept.len()));
        let head = usize::try_from(HEAD_BYTES).expect("it fits");
        assert_eq!(kept[..head], all[..head]);
        assert_eq!(
            kept[kept.len() - TAIL_BYTES..],
            all[all.len() - TAIL_BYTES..]
        );
        let note = format!(
            "\n[{} bytes are left out here]\n",
            all.len() - head - TAIL_BYTES
        );
        assert_eq!(&kept[head..kept.len() - TAIL_BYTES], note.as_bytes());
        std::fs::remove_dir_all(directory).expect("it can be removed");
    }

    #[test]
    fn another_directory_gets_no_log() {
        let (first, second) = (directory("first"), directory("second"));
        let mut log = RunLog::default();
        log.turn_to(&first, DirectoryId::of(&second));
        assert!(!log.keep());
        assert!(!first.join(RUN_LOG).exists());
        for path in [first, second] {
            std::fs::remove_dir_all(path).expect("it can be removed");
        }
    }
}
