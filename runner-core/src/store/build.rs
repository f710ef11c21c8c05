//! [`Build`]: which program made a result.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use twox_hash::XxHash3_128;

use super::bytes::ByteReader;

/// Maximum number of bytes of a program in memory.
const PIECE_BYTES: usize = 1 << 17;

/// The start of a 64-bit file with the lower byte first.
const ELF_MAGIC: [u8; 6] = *b"\x7fELF\x02\x01";
const ELF_HEADER_BYTES: usize = 64;
const PROGRAM_HEADER_BYTES: usize = 56;
const PT_NOTE: u32 = 4;
const NT_GNU_BUILD_ID: u32 = 3;
/// Notes are short; what claims to be longer is none.
const NOTES_BYTES_MAX: u64 = 1 << 16;
/// The shortest that tells builds apart.
const ID_BYTES_MIN: usize = 8;

/// The fingerprint of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Build {
    /// XXH3-128 of the program's build id and length, or of its whole file if it has no id; 0 if that cannot be read.
    pub(crate) fingerprint: u128,
}

impl Build {
    /// The running program: on Linux the very file that was started, even if another one has taken its place since.
    pub(crate) fn current() -> Self {
        let path = if cfg!(target_os = "linux") {
            Some(PathBuf::from("/proc/self/exe"))
        } else {
            std::env::current_exe().ok()
        };
        Self {
            fingerprint: path.and_then(|path| fingerprint(&path).ok()).unwrap_or(0),
        }
    }
}

/// A build whose fingerprint is taken when it is first needed: that may read a whole program.
#[derive(Debug, Default)]
pub(crate) struct LazyBuild(OnceLock<Build>);

impl LazyBuild {
    pub(crate) fn known(build: Build) -> Self {
        Self(OnceLock::from(build))
    }

    /// The build; unless it is known, that of the running program.
    pub(crate) fn get(&self) -> Build {
        *self.0.get_or_init(Build::current)
    }
}

fn fingerprint(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    match build_id(&mut file).ok().flatten() {
        Some(mut id) => {
            // Tools that change a program after it was linked seldom leave its length.
            id.extend(file.metadata()?.len().to_le_bytes());
            Ok(XxHash3_128::oneshot(&id))
        }
        None => hash_file(&mut file),
    }
}

fn hash_file(file: &mut File) -> io::Result<u128> {
    file.rewind()?;
    let mut hasher = XxHash3_128::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hasher.finish_128()),
            Ok(length) => hasher.write(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Returns the build id of a program, a digest that linkers make of all that they write (`--build-id`, which most compilers ask
/// for). An ELF file has it among the notes where the program headers of type `PT_NOTE` say, as elf(5) describes.
///
/// Returns `None` if there is none, or the file is of another format.
fn build_id(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let Some(header) = read_at(file, 0, ELF_HEADER_BYTES)? else {
        return Ok(None);
    };
    if header[..ELF_MAGIC.len()] != ELF_MAGIC {
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
    let mut cursor = ByteReader(notes);
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

/// Reads a part of a file; `None` if the file ends before.
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
    use crate::value::Digest;

    #[test]
    fn a_program_is_hashed_whole_piece_by_piece() {
        let path = std::env::current_exe().unwrap();
        let content = std::fs::read(&path).unwrap();
        assert!(content.len() > 2 * PIECE_BYTES);
        let hash = Digest::of(&content).as_u128();
        let mut file = File::open(path).unwrap();
        assert_eq!(hash_file(&mut file).unwrap(), hash);
    }

    #[test]
    fn a_copy_of_a_program_is_the_same_build_and_another_program_is_not() {
        let this = std::env::current_exe().unwrap();
        let copy = std::env::temp_dir().join(format!("runner-build-{}", std::process::id()));
        std::fs::copy(&this, &copy).unwrap();
        let of_copy = fingerprint(&copy).unwrap();
        std::fs::write(&copy, "#!/bin/sh").unwrap();
        let of_script = fingerprint(&copy).unwrap();
        std::fs::remove_file(&copy).unwrap();
        assert_eq!(of_copy, Build::current().fingerprint);
        assert_eq!(of_script, Digest::of(b"#!/bin/sh").as_u128());
    }

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
        let mut file = ELF_MAGIC.to_vec();
        file.resize(ELF_HEADER_BYTES, 0);
        file[32..40].copy_from_slice(&(ELF_HEADER_BYTES as u64).to_le_bytes());
        file[54..56].copy_from_slice(&56_u16.to_le_bytes());
        let count = u16::try_from(segments.len()).expect("there are few");
        file[56..58].copy_from_slice(&count.to_le_bytes());
        let mut place = ELF_HEADER_BYTES + segments.len() * PROGRAM_HEADER_BYTES;
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
        for at in 32..ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES {
            let before = std::mem::replace(&mut file[at], 0xff);
            let _ = found(file.clone());
            file[at] = before;
        }
        assert!(found(file).is_some());
    }
}
