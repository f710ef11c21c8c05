//! [`Walker`]: writes a serde value as canonical tokens and hashes them.

// Circle: compound, config, cursor, leaves, long, loss, schema, walk, whole: a walk goes down to values by their schema, and the rules
// in a schema hold values that are walked in turn; configs compare themselves with what comes back of them.

use serde::ser::{self, Serialize};

use super::{
    cursor::Cursor,
    long::{LONG_BYTES, Shortened, UNSETTLED},
    path::{self, Step, Tag},
    scalar::Digest,
    schema::Added,
    schema::{FieldSchema, Past, Schema},
};

/// How many bytes of tokens of a chain are kept before they are hashed.
const CHAIN_BYTES_MAX: usize = 1 << 16;

/// Which fields of a config count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything that is in the key.
    Key,
    /// The key without the replicate fields: what replicates have in common.
    Group,
}

/// What a walk over a config finds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked {
    /// The digest of everything in scope.
    pub(crate) value: Digest,
    /// The digest of the fields that were left out because they equal their `added` value, and of those whose value stands
    /// in the key by a claim; zero if there are none.
    pub(crate) omitted: Digest,
}

/// Buffers for any number of walks.
pub(crate) struct Walker {
    pub(crate) out: Vec<u8>,
    /// Digests of the members of the sets that are being written, innermost last.
    pub(crate) members: Vec<Digest>,
    pub(crate) steps: Vec<Step>,
    pub(crate) omitted: Vec<Digest>,
    pub(crate) scope: Scope,
    /// Whether the order of maps counts where the walk is.
    pub(crate) is_ordered: bool,
    /// Where the member starts to which the next token belongs, if all that is written of it is settled; [`UNSETTLED`] otherwise.
    pub(super) settled_from: usize,
    /// The members of which tokens are hashed and no longer here, innermost last.
    pub(super) shortened: Vec<Shortened>,
    /// [`LONG_BYTES`], but in tests.
    pub(super) long_bytes: usize,
}

impl Walker {
    pub(crate) fn new() -> Self {
        Self::with_scope(Scope::Key)
    }

    pub(crate) fn with_scope(scope: Scope) -> Self {
        Self {
            out: Vec::with_capacity(512),
            members: Vec::with_capacity(32),
            steps: Vec::with_capacity(8),
            omitted: Vec::new(),
            scope,
            is_ordered: false,
            settled_from: UNSETTLED,
            shortened: Vec::new(),
            long_bytes: LONG_BYTES,
        }
    }

    /// Walks a config; the error names the field that cannot be written.
    pub(crate) fn config<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        schema: &Schema,
    ) -> Result<Walked, String> {
        self.start_chain();
        self.omitted.clear();
        self.settled_from = 0;
        let cursor = Cursor {
            walker: self,
            schema,
        };
        if let Err(error) = value.serialize(cursor) {
            return Err(self.blame(&error));
        }
        let value = self.digest(0);
        if self.omitted.is_empty() {
            return Ok(Walked {
                value,
                omitted: Digest::default(),
            });
        }
        self.omitted.sort_unstable();
        self.out.clear();
        for digest in &self.omitted {
            self.out.extend_from_slice(&digest.to_bytes());
        }
        Ok(Walked {
            value,
            omitted: Digest::of(&self.out),
        })
    }

    /// Walks a value in which no field has a rule of its own, such as an output.
    #[cfg(test)]
    pub(crate) fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Digest, String> {
        self.config(value, &Schema::Plain)
            .map(|walked| walked.value)
    }

    /// The digest of a value, if it can be written.
    pub(crate) fn aside<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        schema: &Schema,
    ) -> Option<Digest> {
        self.config(value, schema).ok().map(|walked| walked.value)
    }

    /// Forgets what was written, to write [chained](Self::chain) values.
    #[inline]
    pub(crate) fn start_chain(&mut self) {
        self.out.clear();
        self.members.clear();
        self.steps.clear();
        self.settled_from = UNSETTLED;
        if !self.shortened.is_empty() {
            self.shortened.clear();
        }
    }

    /// Writes one more of the values that get one digest together. What cannot be written is left out.
    pub(crate) fn chain<T: Serialize + ?Sized>(&mut self, value: &T, schema: &Schema) {
        let start = self.out.len();
        let cursor = Cursor {
            walker: self,
            schema,
        };
        if value.serialize(cursor).is_err() {
            self.out.truncate(start);
            self.members.clear();
            self.steps.clear();
            self.settled_from = UNSETTLED;
            self.shortened.clear();
        }
        self.omitted.clear();
        if self.out.len() > CHAIN_BYTES_MAX {
            let so_far = self.end_chain();
            self.out.clear();
            self.out.extend_from_slice(&so_far.to_bytes());
        }
    }

    pub(crate) fn end_chain(&self) -> Digest {
        Digest::of(&self.out)
    }

    fn blame(&self, error: &WalkError) -> String {
        if self.steps.is_empty() {
            error.0.clone()
        } else {
            format!(
                "field `{}`: {}",
                path::display(&self.steps, &self.out),
                error.0
            )
        }
    }

    pub(crate) fn tag(&mut self, tag: Tag) {
        self.out.push(tag as u8);
    }

    pub(crate) fn length(&mut self, length: usize) {
        self.out.extend_from_slice(&(length as u64).to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, tag: Tag, bytes: &[u8]) {
        if bytes.len() < self.long_bytes {
            self.name(tag, bytes);
        } else {
            self.tag(tag);
            self.length(bytes.len());
            self.long_content(bytes);
        }
    }

    /// Writes bytes that stay until their member is closed.
    #[inline]
    pub(crate) fn name(&mut self, tag: Tag, bytes: &[u8]) {
        self.tag(tag);
        self.length(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn fixed<const N: usize>(&mut self, tag: Tag, bytes: [u8; N]) {
        // The largest number has 16 bytes; one call that copies is cheaper than two.
        let mut token = [tag as u8; 17];
        token[1..=N].copy_from_slice(&bytes);
        self.out.extend_from_slice(&token[..=N]);
    }

    /// Replaces the tokens from `start` on by their digest, as a member of the innermost set.
    pub(crate) fn close_member(&mut self, start: usize) {
        let digest = self.digest(start);
        self.members.push(digest);
        self.out.truncate(start);
    }

    /// Writes the members from `base` on as a set: their order does not matter.
    pub(crate) fn close_set(&mut self, tag: Tag, base: usize) {
        self.members[base..].sort_unstable();
        self.close_list(tag, base);
    }

    fn close_list(&mut self, tag: Tag, base: usize) {
        self.tag(tag);
        self.length(self.members.len() - base);
        for index in base..self.members.len() {
            let bytes = self.members[index].to_bytes();
            self.out.extend_from_slice(&bytes);
        }
        self.members.truncate(base);
    }

    /// Writes the members from `base` on as a map: their order matters if that is asked for. One entry has one order, and its map keeps
    /// its key.
    pub(crate) fn close_map(&mut self, base: usize) {
        if self.is_ordered && self.members.len() - base > 1 {
            self.close_list(Tag::OrderedMap, base);
        } else {
            self.close_set(Tag::Map, base);
        }
    }

    /// Writes one field of a struct, unless its rules leave it out.
    pub(crate) fn field<T: Serialize + ?Sized>(
        &mut self,
        known: Option<&FieldSchema>,
        schema: &Schema,
        name: &'static str,
        value: &T,
    ) -> Result<(), WalkError> {
        if self.leaves_out(known) {
            return Ok(());
        }
        let key = known.map_or(name, |known| known.field.rules.key);
        self.steps.push(Step::Field { name, key });
        let start = self.out.len();
        self.length(key.len());
        self.out.extend_from_slice(key.as_bytes());
        let value_start = self.out.len();
        let omitted_before = self.omitted.len();
        let has_added = known.is_some_and(|known| known.added.is_some());
        self.settled_from = if has_added { UNSETTLED } else { start };
        self.write(known, schema, value)?;
        if self.equals_added(known, value_start)? {
            self.omit(value_start, omitted_before);
            self.out.truncate(start);
        } else {
            self.claim(known);
            self.close_member(start);
        }
        self.steps.pop();
        Ok(())
    }

    /// Writes a field that is no more, unless its rules leave it out.
    pub(crate) fn removed_field(&mut self, known: &FieldSchema) -> Result<(), WalkError> {
        self.field(Some(known), &Schema::Plain, known.field.name, &())
    }

    /// Writes the value of a field, or what stands for it.
    fn write<T: Serialize + ?Sized>(
        &mut self,
        known: Option<&FieldSchema>,
        schema: &Schema,
        value: &T,
    ) -> Result<(), WalkError> {
        let was_ordered = self.is_ordered;
        self.is_ordered |= known.is_some_and(|known| known.field.rules.ordered);
        let cursor = Cursor {
            schema: known.map_or(schema, |known| &known.schema),
            walker: &mut *self,
        };
        let written = match known.and_then(|known| known.was.as_ref()) {
            Some(was) => was.walk(cursor),
            None => value.serialize(cursor),
        };
        self.is_ordered = was_ordered;
        written
    }

    /// Writes one field of a tuple variant, or a mark in its place if its rules leave it out; answers whether it counts.
    pub(crate) fn position<T: Serialize + ?Sized>(
        &mut self,
        known: Option<&FieldSchema>,
        schema: &Schema,
        value: &T,
    ) -> Result<bool, WalkError> {
        if self.leaves_out(known) {
            self.tag(Tag::Omitted);
            return Ok(false);
        }
        let start = self.out.len();
        let omitted_before = self.omitted.len();
        self.write(known, schema, value)?;
        if self.equals_added(known, start)? {
            self.omit(start, omitted_before);
            self.out.truncate(start);
            self.tag(Tag::Omitted);
            return Ok(false);
        }
        self.claim(known);
        Ok(true)
    }

    fn leaves_out(&self, known: Option<&FieldSchema>) -> bool {
        known.is_some_and(|known| {
            let rules = &known.field.rules;
            (rules.skip && known.was.is_none()) || (rules.replicate && self.scope == Scope::Group)
        })
    }

    fn equals_added(&self, known: Option<&FieldSchema>, start: usize) -> Result<bool, WalkError> {
        match known.and_then(|known| known.added.as_ref()) {
            None => Ok(false),
            Some(Added {
                digest: Ok(digest), ..
            }) => Ok(Digest::of(&self.out[start..]) == *digest),
            Some(Added {
                digest: Err(error), ..
            }) => Err(WalkError(format!(
                "its `added` value cannot be written: {error}"
            ))),
        }
    }

    /// Notes that what was written last is a claim about a field of the past: a result of a program that had the field, or
    /// that claims something else, has this key too.
    fn claim(&mut self, known: Option<&FieldSchema>) {
        let Some(past) = known.and_then(FieldSchema::past) else {
            return;
        };
        // No path starts with these bytes.
        let mut place = vec![match past {
            Past::Removed => 0xfe,
            Past::Skipped => 0xff,
        }];
        path::encode(&self.steps, &mut place);
        self.omitted.push(Digest::of(&place));
    }

    /// Notes that the value whose tokens start at `start` is left out, at the place where the walk is.
    fn omit(&mut self, start: usize, omitted_before: usize) {
        let mut place = Vec::new();
        path::encode(&self.steps, &mut place);
        place.extend_from_slice(&self.out[start..]);
        // What was left out inside the value counts as a part of it, in whatever order its fields and entries came.
        self.omitted[omitted_before..].sort_unstable();
        for digest in self.omitted.drain(omitted_before..) {
            place.extend_from_slice(&digest.to_bytes());
        }
        self.omitted.push(Digest::of(&place));
    }
}

/// Why a value cannot be written.
#[derive(Debug)]
pub(crate) struct WalkError(pub(super) String);

impl std::fmt::Display for WalkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WalkError {}

impl ser::Error for WalkError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
