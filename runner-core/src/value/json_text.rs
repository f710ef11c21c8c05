//! [`config_json`]: a config as JSON for people, with a line for each member of an object and lists on one line.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// What a `run.json` takes, more or less.
const CAPACITY: usize = 1024;

/// The config as it stands in `run.json`; nothing if JSON cannot say it, as with a map whose keys are no texts.
pub(crate) fn config_json<C: Serialize>(config: &C) -> Option<String> {
    let mut bytes = Vec::with_capacity(CAPACITY);
    let lines = Lines {
        depth: 1,
        has_members: false,
    };
    let written = config.serialize(&mut Serializer::with_formatter(&mut bytes, lines));
    written.ok().and_then(|()| String::from_utf8(bytes).ok())
}

struct Lines {
    depth: usize,
    has_members: bool,
}

impl Lines {
    fn start_line<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        const LINE: &[u8] = b"\n                                ";
        let indent = 2 * self.depth;
        writer.write_all(&LINE[..=indent.min(LINE.len() - 1)])?;
        (LINE.len() - 1..indent).try_for_each(|_| writer.write_all(b" "))
    }
}

impl Formatter for Lines {
    fn begin_array_value<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first {
            return Ok(());
        }
        writer.write_all(b", ")
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.has_members = false;
        writer.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.has_members {
            self.start_line(writer)?;
        }
        writer.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        CompactFormatter.begin_object_key(writer, first)?;
        self.start_line(writer)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_members = true;
        Ok(())
    }
}
