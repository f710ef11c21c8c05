//! [`RunLog`]: what a run printed, in its directory, with a limit.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use crate::{
    base::{locked, shown_line},
    store::Attempt,
};

/// The length of the beginning that is kept; with the end that makes 10 MB.
const HEAD_BYTES: u64 = 10_000_000 - TAIL_BYTES as u64;
/// The length of the end that is kept.
const TAIL_BYTES: usize = 64 << 10;

/// Appends to a log; false if that is not possible.
type Append<'a> = Box<dyn FnMut(&[u8]) -> bool + 'a>;

/// What one run printed. Its beginning is written at once; its end is in memory until there is no more.
pub(super) struct RunLog<'a> {
    append: Append<'a>,
    is_writable: bool,
    /// The number of bytes that are part of the beginning.
    head: u64,
    /// The number of bytes that came after the beginning.
    beyond: u64,
    tail: LogTail,
}

/// The end of what a run has printed so far, which others can read while it goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogTail(Arc<Mutex<VecDeque<u8>>>);

impl<'a> RunLog<'a> {
    /// Opens the log in the directory of an attempt. There is no file until something is printed.
    pub(super) fn of(attempt: &'a Attempt<'_>) -> Self {
        Self::new(|bytes| attempt.append_log(bytes))
    }

    fn new(append: impl FnMut(&[u8]) -> bool + 'a) -> Self {
        Self {
            append: Box::new(append),
            is_writable: true,
            head: 0,
            beyond: 0,
            tail: LogTail::default(),
        }
    }

    /// Adds what was printed. Returns how many of the bytes are part of the beginning that is kept.
    pub(super) fn add(&mut self, bytes: &[u8]) -> usize {
        let room = usize::try_from(HEAD_BYTES - self.head).unwrap_or(usize::MAX);
        let kept = room.min(bytes.len());
        self.write(&bytes[..kept]);
        self.head += kept as u64;
        self.beyond += (bytes.len() - kept) as u64;
        self.tail.add(bytes);
        kept
    }

    /// Writes the end, after a note of what is missing before it.
    pub(super) fn finish(&mut self) {
        if self.beyond == 0 {
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

    /// Returns its end, which goes on to grow with it.
    pub(super) fn tail(&self) -> LogTail {
        self.tail.clone()
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.is_writable && !bytes.is_empty() {
            self.is_writable = (self.append)(bytes);
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

    /// Returns the last lines, at most `lines_max` of them, as a terminal would show them.
    pub(crate) fn last_lines(&self, lines_max: usize) -> String {
        let bytes = self.bytes();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        let last = lines[lines.len().saturating_sub(lines_max)..].iter();
        last.map(|line| shown_line(line))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_log_is_whole() {
        let mut file = Vec::new();
        let mut log = RunLog::new(|bytes| {
            file.extend_from_slice(bytes);
            true
        });
        assert_eq!(log.add(b"before\n"), 7);
        log.add(b"after\n");
        log.finish();
        assert_eq!(log.tail.last_lines(1), "after");
        assert_eq!(log.tail.last_lines(9), "before\nafter");
        drop(log);
        assert_eq!(file, b"before\nafter\n");
    }

    #[test]
    fn a_long_log_keeps_both_ends() {
        let mut kept = Vec::new();
        let mut log = RunLog::new(|bytes| {
            kept.extend_from_slice(bytes);
            true
        });
        let mut all = Vec::new();
        for index in 0..1_400_000 {
            all.extend_from_slice(format!("line {index}\n").as_bytes());
        }
        for chunk in all.chunks(100_000) {
            log.add(chunk);
        }
        log.finish();
        drop(log);
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
    }

    #[test]
    fn a_log_that_cannot_be_written_still_has_an_end() {
        let mut appended = 0;
        let mut log = RunLog::new(|_| {
            appended += 1;
            false
        });
        log.add(b"one\n");
        log.add(b"two\n");
        log.finish();
        assert_eq!(log.tail.last_lines(9), "one\ntwo");
        drop(log);
        assert_eq!(appended, 1, "it is not tried again");
    }
}
