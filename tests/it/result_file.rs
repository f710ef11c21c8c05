//! A reader of result files that knows only `docs/format.md`: their bytes as text, and with other times.

use std::{fmt::Write as _, fs, path::Path};

use twox_hash::XxHash3_128;

const MARKS: [&str; 5] = ["", " (replicate)", " (omitted)", " (skipped)", " (claim)"];

/// The build that no program has.
pub(crate) const BUILD: [u8; 16] = [7; 16];

/// Gives a result the build [`BUILD`], a duration of 1.5 s, and a start in the year 2100, so that it is of no age for long.
pub(crate) fn settle(path: &Path, number: u64) {
    let mut bytes = fs::read(path).expect("there is a result");
    let start_ns = 4_102_444_800_000_000_000 + number;
    bytes[60..76].copy_from_slice(&BUILD);
    bytes[76..84].copy_from_slice(&start_ns.to_le_bytes());
    bytes[84..92].copy_from_slice(&1_500_000_000_u64.to_le_bytes());
    seal(&mut bytes);
    fs::write(path, bytes).expect("it can be written");
}

/// Puts the digest of what is before it at the end of a file.
pub(crate) fn seal(bytes: &mut [u8]) {
    let end = bytes.len() - 16;
    let digest = XxHash3_128::oneshot(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest.to_le_bytes());
}

/// All that is in a result file, each leaf on a line of its own.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut rest = Bytes(bytes);
    let mut text = format!("{}", rest.take(8).escape_ascii());
    let _ = write!(text, " format {}\nkey {:032x}\n", rest.u32(), rest.digest());
    let _ = writeln!(text, "omitted {:032x}", rest.digest());
    let _ = writeln!(text, "output {:032x}", rest.digest());
    let _ = writeln!(text, "build {:032x}", rest.digest());
    let _ = write!(text, "start {}, duration {}, ", rest.u64(), rest.u64());
    let _ = writeln!(text, "attempts {}", rest.u32());
    let (entries, output) = (rest.u32(), rest.u64());
    let mut entries = Bytes(rest.take(entries.into()));
    while !entries.0.is_empty() {
        let (tag, length) = (entries.u32(), entries.u32());
        let _ = write!(text, "entry {tag}: ");
        entry(tag, Bytes(entries.take(length.into())), &mut text);
    }
    let _ = writeln!(text, "output: {}", hexadecimal(rest.take(output)));
    let _ = writeln!(text, "end {:032x}", rest.digest());
    assert!(rest.0.is_empty(), "there is more");
    text
}

fn entry(tag: u32, mut bytes: Bytes, text: &mut String) {
    match tag {
        1 => {
            let (experiment, version) = (bytes.text(), bytes.u32());
            let name = bytes.text();
            let _ = writeln!(text, "{experiment:?} version {version}, name {name:?}");
        }
        2 => {
            let _ = writeln!(text, "{} leaves", bytes.u32());
            while !bytes.0.is_empty() {
                let (path, kind) = (bytes.text(), bytes.text());
                let mark = MARKS[usize::from(bytes.byte())];
                let field = &path[..bytes.u32() as usize];
                let value = bytes.value();
                let _ = write!(text, "  {path:?}: {kind} {value}{mark}");
                if !field.is_empty() {
                    let _ = write!(text, " of {field:?}");
                }
                text.push('\n');
            }
        }
        4 => {
            let _ = writeln!(text, "{} leaves of the output", bytes.u32());
            while !bytes.0.is_empty() {
                let (path, kind) = (bytes.text(), bytes.text());
                let _ = writeln!(text, "  {path:?}: {kind}");
            }
        }
        _ => {
            let rest = bytes.0.len() as u64;
            let _ = writeln!(text, "{}", hexadecimal(bytes.take(rest)));
        }
    }
    assert!(bytes.0.is_empty(), "there is more in entry {tag}");
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is left to be read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: u64) -> &'a [u8] {
        let length = usize::try_from(length).expect("it fits into memory");
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.take(N as u64).try_into().expect("so much was taken")
    }

    fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    fn digest(&mut self) -> u128 {
        u128::from_le_bytes(self.array())
    }

    fn text(&mut self) -> &'a str {
        let length = self.u32();
        str::from_utf8(self.take(length.into())).expect("texts are UTF-8")
    }

    /// A leaf's value with the number that says what it is.
    fn value(&mut self) -> String {
        let kind = self.byte();
        let value = match kind {
            0 | 1 => String::new(),
            2 => self.byte().to_string(),
            3 => {
                let length = self.byte();
                hexadecimal(self.take(length.into()))
            }
            4 => self.digest().to_string(),
            5 => format!("{:08x}", self.u32()),
            6 => format!("{:016x}", self.u64()),
            7 => format!("U+{:04X}", self.u32()),
            8 | 10 => format!("{:?}", self.text()),
            9 => {
                let length = self.u32();
                hexadecimal(self.take(length.into()))
            }
            11 => {
                let count = self.u32();
                let items: Vec<String> = (0..count).map(|_| self.value()).collect();
                items.join(", ")
            }
            12 => format!("{} items, {:032x}", self.u64(), self.digest()),
            other => panic!("a value of kind {other}"),
        };
        format!("{kind}[{value}]")
    }
}
