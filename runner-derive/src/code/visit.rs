//! The tokens of one item: their digest, in which layout does not count, and the names that they mention.

use super::{
    item::{Item, Name, Range, hash},
    lex::{Kind, Source, Token},
    reach::Graph,
};

/// How a name is mentioned.
pub(super) const BARE: u8 = 1;
pub(super) const CALLED: u8 = 2;
pub(super) const BEHIND_PATH: u8 = 4;
const ANYHOW: u8 = BARE | CALLED | BEHIND_PATH;

/// Attributes that cannot change what a run gives.
const IGNORED: [&str; 14] = [
    "allow",
    "cold",
    "deny",
    "deprecated",
    "diagnostic",
    "doc",
    "expect",
    "forbid",
    "inline",
    "must_use",
    "rustfmt",
    "track_caller",
    "warn",
    "clippy",
];

/// Keywords after which brackets are no arguments.
const KEYWORDS: [&str; 16] = [
    "as", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move",
    "mut", "ref", "return", "while",
];

pub(super) const START: u64 = 0x9e37_79b9_7f4a_7c15;

pub(super) fn mix(digest: u64, token: u64) -> u64 {
    (digest.rotate_left(23) ^ token).wrapping_mul(0x9fb2_1c65_1e98_df25)
}

/// Goes over the tokens of one item.
pub(super) struct Visit<'g, 'a> {
    graph: &'g mut Graph<'a>,
    item: &'a Item,
    source: &'a Source,
    tokens: &'a [Token],
    digest: u64,
    /// The brackets around the token, each with whether a comma makes a tuple of what is in them.
    groups: Vec<(u8, bool)>,
    /// The ends of the last call of a macro of the program and of the last attribute.
    in_macro: usize,
    in_attribute: usize,
}

impl<'g, 'a> Visit<'g, 'a> {
    pub(super) fn new(graph: &'g mut Graph<'a>, item: &'a Item, digest: u64) -> Self {
        let source = &graph.tree.files[item.file].source;
        Self {
            graph,
            item,
            source,
            tokens: &source.tokens,
            digest,
            groups: Vec::new(),
            in_macro: 0,
            in_attribute: 0,
        }
    }

    /// Takes a range of tokens and returns the digest.
    pub(super) fn range(mut self, (start, end): Range) -> u64 {
        let mut at = start;
        while at < end {
            let token = self.tokens[at];
            match token.kind {
                Kind::Word => self.word(at, token),
                Kind::Text => self.text(at, token),
                Kind::Mark if token.first == b'#' => {
                    if let Some(after) = self.attribute(at) {
                        at = after;
                        continue;
                    }
                    self.mark(token);
                }
                Kind::Mark if token.first == b',' => {
                    if !self.is_optional(at) {
                        self.mark(token);
                    }
                    if let Some((_, is_one)) = self.groups.last_mut() {
                        *is_one = false;
                    }
                }
                Kind::Open => {
                    self.groups.push((token.first, !self.is_call(at)));
                    self.mark(token);
                }
                Kind::Close => {
                    self.groups.pop();
                    self.mark(token);
                }
                Kind::Mark | Kind::Lifetime => self.mark(token),
            }
            at += 1;
        }
        self.digest
    }

    fn mark(&mut self, token: Token) {
        self.digest = mix(
            self.digest,
            u64::from(token.first) << 8 | u64::from(token.end - token.start),
        );
    }

    /// Returns whether a comma may be there or not, as the formatter likes.
    fn is_optional(&self, at: usize) -> bool {
        if self.item.is_macro {
            return false;
        }
        let source = self.source;
        match self.groups.last() {
            Some((b'(', is_one)) => source.is(at + 1, b')') && !is_one,
            Some((b'[', _)) => source.is(at + 1, b']'),
            Some(_) => source.is(at + 1, b'}') || source.is(at - 1, b'}'),
            None => source.is(at + 1, b'{') || source.is(at + 1, b';'),
        }
    }

    /// Returns whether the brackets at `at` hold arguments: `f(x,)` is `f(x)`, and `(x,)` is not `(x)`.
    fn is_call(&self, at: usize) -> bool {
        let source = self.source;
        let (before, further) = (at.wrapping_sub(1), at.wrapping_sub(2));
        if source.is_word(before) {
            let is_lifetime = source
                .tokens
                .get(further)
                .is_some_and(|token| token.kind == Kind::Lifetime);
            return !is_lifetime && !KEYWORDS.contains(&source.word(before));
        }
        source.is(before, b'>') && !source.is(further, b'=') && !source.is(further, b'-')
    }

    /// Returns the number of the token after the attribute at `at`, if it does not count.
    fn attribute(&mut self, at: usize) -> Option<usize> {
        let open = at + 1 + usize::from(self.source.is(at + 1, b'!'));
        if !self.source.is(open, b'[') {
            return None;
        }
        let after = self.source.after(open);
        let name = self.source.word(open + 1);
        if IGNORED.contains(&name) && !self.item.is_macro {
            return Some(after);
        }
        if name == "serde" {
            for function in ["serialize", "deserialize"] {
                self.mention(hash(function.as_bytes()), BEHIND_PATH);
            }
        }
        self.in_attribute = after;
        None
    }

    fn mention(&mut self, name: Name, kinds: u8) {
        self.graph.mention(name, kinds, self.item.module);
    }

    fn word(&mut self, at: usize, token: Token) {
        let source = self.source;
        let text = &source.text.as_bytes()[token.start as usize..token.end as usize];
        let name = hash(text);
        self.digest = mix(self.digest, name);
        let is_call = source.is(at + 1, b'!');
        if is_call {
            if self.graph.macros.contains(&name) {
                self.in_macro = self.in_macro.max(source.after(at + 2));
            } else if text.starts_with(b"include") {
                self.include(at + 2);
            }
        }
        if !self.graph.is_known(name) {
            return;
        }
        let kinds = if self.item.is_macro || at < self.in_macro {
            ANYHOW
        } else if source.is(at.wrapping_sub(1), b'.') && !source.is(at.wrapping_sub(2), b'.') {
            if !source.is(at + 1, b'(') && !source.is(at + 1, b':') {
                return;
            }
            CALLED
        } else if source.is(at.wrapping_sub(1), b':') && source.is(at.wrapping_sub(2), b':') {
            BEHIND_PATH
        } else {
            BARE
        };
        self.mention(name, kinds);
    }

    /// Takes a text: what it is, and the names in it.
    fn text(&mut self, at: usize, token: Token) {
        let text = self.source.word(at);
        let plain = if text.contains('\r') {
            hash(text.replace("\r\n", "\n").as_bytes())
        } else {
            hash(text.as_bytes())
        };
        self.digest = mix(self.digest, plain);
        // `format!("{NAME}")` and `#[serde(with = "name")]` mention items.
        let is_attribute = at < self.in_attribute;
        if token.first == b'\'' || !is_attribute && !text.contains('{') {
            return;
        }
        let mut is_inside = is_attribute;
        let mut start = None;
        for (place, byte) in text.bytes().enumerate() {
            let is_word = byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 128;
            match start {
                None if is_word => start = Some(place),
                Some(first) if !is_word => {
                    start = None;
                    if is_inside {
                        let kinds = if is_attribute { ANYHOW } else { BARE };
                        self.mention(hash(&text.as_bytes()[first..place]), kinds);
                    }
                }
                _ => {}
            }
            match byte {
                b'{' => is_inside = true,
                b'}' => is_inside = is_attribute,
                _ => {}
            }
        }
    }

    /// Takes the content of an included file.
    fn include(&mut self, open: usize) {
        let source = self.source;
        let inner = open + 1..source.after(open).saturating_sub(1);
        let text = inner
            .clone()
            .rev()
            .find(|at| source.tokens[*at].kind == Kind::Text);
        let is_in_package = inner
            .clone()
            .any(|at| source.word(at) == "\"CARGO_MANIFEST_DIR\"");
        if let Some(text) = text {
            let path = source.word(text).trim_matches('"');
            let content = self.graph.included(self.item, path, is_in_package);
            self.digest = mix(self.digest, content);
        }
    }
}
