//! Frames: a length of four bytes, little end first, and as many bytes of postcard.

use std::io::{self, Read};

use serde::{Serialize, de::DeserializeOwned};

/// The bytes of a message.
pub(super) fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let bytes = postcard::to_extend(message, vec![0; 4]).map_err(invalid)?;
    let length = u32::try_from(bytes.len() - 4).map_err(invalid)?;
    let mut frame = bytes;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// What is read of a connection at a time.
const CHUNK_BYTES: usize = 4 << 10;

/// Messages from a connection that is waited for.
pub(super) struct Reader<R> {
    from: R,
    received: Vec<u8>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(from: R) -> Self {
        Self {
            from,
            received: Vec::new(),
        }
    }

    /// Waits for a message; nothing if the other side is gone.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
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

/// Takes the first whole message from what was received.
pub(super) fn take<T: DeserializeOwned>(received: &mut Vec<u8>) -> io::Result<Option<T>> {
    let Some((length, rest)) = received.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*length) as usize;
    let Some(bytes) = rest.get(..length) else {
        return Ok(None);
    };
    let message = postcard::from_bytes(bytes).map_err(invalid)?;
    received.drain(..4 + length);
    Ok(Some(message))
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_whole() {
        let mut received = Vec::new();
        for text in ["", "one", "two"] {
            received.extend(encode(&text.to_owned()).expect("text can be encoded"));
        }
        let mut reader = Reader::new(received.as_slice());
        for text in [Some(""), Some("one"), Some("two"), None] {
            let next: Option<String> = reader.next().expect("it can be read");
            assert_eq!(next.as_deref(), text);
        }

        let whole = received.clone();
        let mut received = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        for byte in whole {
            received.push(byte);
            texts.extend(take::<String>(&mut received).expect("it can be read"));
        }
        assert_eq!(texts, ["", "one", "two"]);
        assert!(received.is_empty());
    }
}
