//! [`Reader`]: the buffers of a thread that looks up runs.

use super::layout::RESULT;
use crate::value::Digest;

/// Buffers that one thread uses for any number of lookups.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// As long as it is large; a file is at its start.
    pub(super) bytes: Vec<u8>,
    /// For reading a suspicious file once more.
    pub(super) again: Vec<u8>,
    /// The path of the result that is looked at.
    pub(super) path: String,
    /// Whether the last lookup found no directory; the next one is then probably like it.
    pub(super) expects_nothing: bool,
    /// The ids of the outputs that the last lookup met, or knows from the result that it found, and that are not of the type
    /// that is looked for.
    pub(crate) refused: Vec<Digest>,
}

impl Reader {
    /// Turns to the result in the directory that `push_name` adds to the path.
    pub(super) fn turn_to(&mut self, push_name: impl FnOnce(&mut String)) {
        self.path.clear();
        push_name(&mut self.path);
        self.path.push('/');
        self.path.push_str(RESULT);
    }

    /// The directory of the result.
    pub(super) fn directory(&self) -> &str {
        &self.path[..self.path.len() - RESULT.len() - 1]
    }
}
