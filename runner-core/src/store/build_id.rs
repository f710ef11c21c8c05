//! [`build_id`]: what the linker wrote into a program to tell builds apart, so that nobody has to read all of it.
//!
//! An ELF file has its notes where the program headers of type `PT_NOTE` say, as elf(5) describes. The build id is a digest that linkers make of
//! all that they write (`--build-id`, which most compilers ask for).

use std::io::{self, Read, Seek, SeekFrom};

use super::bytes::Cursor;

/// The start of a 64-bit file with the lower byte first.
const MAGIC: [u8; 6] = *b"\x7fELF\x02\x01";
const HEADER_BYTES: usize = 64;
const PROGRAM_HEADER_BYTES: usize = 56;
const PT_NOTE: u32 = 4;
const NT_GNU_BUILD_ID: u32 = 3;
/// Notes are short; what claims to be longer is none.
const NOTES_BYTES_MAX: u64 = 1 << 16;
/// The shortest that tells builds apart.
const ID_BYTES_MIN: usize = 8;

/// The build id of a program; none if it has none, or is of another format.
///
/// # Errors
///
/// If the file cannot be read.
pub(super) fn build_id(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let Some(header) = read_at(file, 0, HEADER_BYTES)? else {
        return Ok(None);
    };
    if header[..MAGIC.len()] != MAGIC {
        return Ok(None);
    }
    let number = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (start, size, count) = (word(&header, 32), number(54), number(56));
    for index in 0..count {
        let place = start.saturating_add(index * size);
        let Some(program_header) = read_at(file, place, PROGRAM_HEADER_BYTES)? else {
            return Ok(None);
        };
        let is_note = program_header[..4] == PT_NOTE.to_le_bytes();
        let (place, bytes) = (word(&program_header, 8), word(&program_header, 32));
        if !is_note || bytes > NOTES_BYTES_MAX {
            continue;
        }
        let bytes = usize::try_from(bytes).unwrap_or_default();
        if let Some(notes) = read_at(file, place, bytes)?
            && let Some(id) = id_in(&notes)
        {
            return Ok(Some(id.to_vec()));
        }
    }
    Ok(None)
}

/// The build id among notes, each of which is aligned to 4 bytes.
fn id_in(notes: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor(notes);
    loop {
        let (name_bytes, id_bytes) = (cursor.u32()? as usize, cursor.u32()? as usize);
        let kind = cursor.u32()?;
        let name = cursor.bytes(name_bytes.checked_next_multiple_of(4)?)?;
        let content = cursor.bytes(id_bytes.checked_next_multiple_of(4)?)?;
        if kind == NT_GNU_BUILD_ID && name == b"GNU\0" && id_bytes >= ID_BYTES_MIN {
            return content.get(..id_bytes);
        }
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

/// So many bytes of a file; none if it ends before.
fn read_at(file: &mut (impl Read + Seek), at: u64, bytes: usize) -> io::Result<Option<Vec<u8>>> {
    file.seek(SeekFrom::Start(at))?;
    let mut read = vec![0; bytes];
    match file.read_exact(&mut read) {
        Ok(()) => Ok(Some(read)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], kind: u32, content: &[u8]) -> Vec<u8> {
        let mut note = Vec::new();
        for number in [name.len(), content.len()] {
            note.extend(u32::try_from(number).expect("it is short").to_le_bytes());
        }
        note.extend(kind.to_le_bytes());
        for part in [name, content] {
            note.extend(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        note
    }

    /// A file of a header, a program header for each of these segments, and the segments.
    fn program(segments: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.resize(HEADER_BYTES, 0);
        file[32..40].copy_from_slice(&(HEADER_BYTES as u64).to_le_bytes());
        file[54..56].copy_from_slice(&56_u16.to_le_bytes());
        let count = u16::try_from(segments.len()).expect("there are few");
        file[56..58].copy_from_slice(&count.to_le_bytes());
        let mut place = HEADER_BYTES + segments.len() * PROGRAM_HEADER_BYTES;
        for (kind, content) in segments {
            let mut header = [0; PROGRAM_HEADER_BYTES];
            header[..4].copy_from_slice(&kind.to_le_bytes());
            header[8..16].copy_from_slice(&(place as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(content.len() as u64).to_le_bytes());
            file.extend(header);
            place += content.len();
        }
        for (_, content) in segments {
            file.extend(content);
        }
        file
    }

    fn found(file: Vec<u8>) -> Option<Vec<u8>> {
        build_id(&mut io::Cursor::new(file)).expect("memory can be read")
    }

    #[test]
    fn the_id_is_found_among_other_notes() {
        let id = b"0123456789abcdef!";
        let others = [
            note(b"GNU\0", 1, b"linux"),
            note(b"other\0", 3, b"12345678"),
        ]
        .concat();
        let notes = [others.clone(), note(b"GNU\0", 3, id)].concat();
        let file = program(&[
            (1, vec![7; 100]),
            (PT_NOTE, others.clone()),
            (PT_NOTE, notes),
        ]);
        assert_eq!(found(file.clone()), Some(id.to_vec()));
        for length in 0..file.len() {
            assert_eq!(found(file[..length].to_vec()), None, "{length} bytes");
        }
        assert_eq!(found(program(&[(PT_NOTE, others)])), None);
    }

    #[test]
    fn what_is_too_short_or_no_program_has_no_id() {
        assert_eq!(
            found(program(&[(PT_NOTE, note(b"GNU\0", 3, b"short"))])),
            None
        );
        assert_eq!(found(b"#!/bin/sh\n".repeat(20)), None);
        assert_eq!(found(program(&[(PT_NOTE, vec![0xff; 40])])), None);
    }

    #[test]
    fn lengths_that_are_claimed_are_not_believed() {
        let mut file = program(&[(PT_NOTE, note(b"GNU\0", 3, b"0123456789abcdef"))]);
        for at in 32..HEADER_BYTES + PROGRAM_HEADER_BYTES {
            let before = std::mem::replace(&mut file[at], 0xff);
            let _ = found(file.clone());
            file[at] = before;
        }
        assert!(found(file).is_some());
    }
}
