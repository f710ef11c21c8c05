//! [`Reader`]: the buffers of a thread that looks up runs.

/// Buffers that one thread uses for any number of lookups.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// As long as it is large; a file is at its start.
    pub(super) bytes: Vec<u8>,
    /// For reading a suspicious file once more.
    pub(super) again: Vec<u8>,
    /// The path of the result that is expected.
    pub(super) path: String,
}
