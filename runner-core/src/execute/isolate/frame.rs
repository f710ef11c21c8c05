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

/// Waits for a message; nothing if the other side is gone.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let mut bytes = Vec::new();
    let length = u64::from(u32::from_le_bytes(length));
    from.take(length).read_to_end(&mut bytes)?;
    postcard::from_bytes(&bytes).map(Some).map_err(invalid)
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
        let mut reader = received.as_slice();
        let first: Option<String> = read(&mut reader).expect("it can be read");
        assert_eq!(first.as_deref(), Some(""));

        let whole = received.clone();
        let mut received = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        for byte in whole {
            received.push(byte);
            texts.extend(take::<String>(&mut received).expect("it can be read"));
        }
        assert_eq!(texts, ["", "one", "two"]);
        assert!(received.is_empty());
        assert!(
            read::<String>(&mut [].as_slice())
                .expect("an end is no error")
                .is_none()
        );
    }
}
