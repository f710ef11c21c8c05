//! Splits traits and implementations into their members.

use super::{
    item::{Block, Name, Range, Reach, hash},
    split::Splitter,
};

/// The head of an implementation: the path of the trait and the names in its arguments, the names in the type, and
/// the last part of the type's path.
#[derive(Default)]
struct Header {
    of_trait: Vec<Name>,
    arguments: Vec<Name>,
    types: Vec<Name>,
    shown: String,
}

impl Splitter<'_> {
    /// Takes a trait or an implementation.
    pub(super) fn block(
        &mut self,
        start: usize,
        keyword: usize,
        end: usize,
        module: usize,
        hidden: bool,
    ) -> usize {
        let source = self.source;
        let after = self.end_of_item(keyword, end);
        let is_trait = source.word(keyword) == "trait";
        let mut body = keyword;
        while body < after && !(source.is(body, b'{') && source.after(body) == after) {
            body = source.after(body);
        }
        let header = (keyword + 1, body);
        let Header {
            of_trait,
            arguments,
            types,
            shown,
        } = if is_trait {
            let shown = source.word(keyword + 1).to_owned();
            Header {
                shown,
                ..Header::default()
            }
        } else {
            self.header(header)
        };
        let is_experiment = of_trait.last() == Some(&hash(b"Experiment"));
        let block = self.items.blocks.len();
        let reach = match is_trait {
            _ if hidden => Reach::Never,
            true => Reach::Name,
            false => Reach::Block,
        };
        let head = self.push(module, &shown, (start, body), reach);
        if !is_trait {
            let item = &mut self.items.all[head];
            item.path = format!("impl {}", item.path);
        }
        self.items.all[head].is_type = is_trait;
        self.items.all[head].head_of = (!hidden).then_some(block);
        self.items.blocks.push(Block {
            head,
            types,
            of_trait,
            arguments,
            is_trait,
            is_experiment,
            range: (start, after),
            members: Vec::new(),
        });
        let mut at = body + 1;
        while at + 1 < after {
            at = self.member(at, after - 1, module, block, &shown, hidden);
        }
        after
    }

    fn member(
        &mut self,
        start: usize,
        end: usize,
        module: usize,
        block: usize,
        shown: &str,
        hidden: bool,
    ) -> usize {
        let source = self.source;
        let (attributes, at) = self.attributes(start, end);
        let keyword = self.keyword(self.after_visibility(at));
        let after = match source.word(keyword) {
            "fn" => self.end_of_item(keyword, end),
            _ => self.end_of_statement(keyword, end),
        };
        let hidden = hidden || attributes.is_test && !self.items.with_tests;
        match source.word(keyword) {
            "fn" | "const" => {
                let name = source.word(keyword + 1);
                let reach = if hidden {
                    Reach::Never
                } else {
                    Reach::Member(block)
                };
                let number = self.push(module, &format!("{shown}::{name}"), (start, after), reach);
                self.items.all[number].names = vec![hash(name.as_bytes())];
                self.items.blocks[block].members.push(number);
            }
            _ if hidden => {}
            _ => {
                let head = self.items.blocks[block].head;
                self.items.all[head].ranges.push((start, after));
            }
        }
        after.max(start + 1)
    }

    /// Reads the head of an implementation.
    fn header(&self, (start, end): Range) -> Header {
        let source = self.source;
        let mut at = start;
        if source.is(at, b'<') {
            at = self.after_angles(at, end);
        }
        let first = at;
        let mut split = None;
        let mut stop = end;
        while at < end {
            match source.word(at) {
                "<" => {
                    at = self.after_angles(at, end);
                    continue;
                }
                "for" if !source.is(at + 1, b'<') => split = Some(at),
                "where" => {
                    stop = at;
                    break;
                }
                _ => {}
            }
            at = source.after(at);
        }
        let of_trait = self.path((first, split.unwrap_or(first)));
        let arguments = self.names((first, split.unwrap_or(first)));
        let type_start = split.map_or(first, |split| split + 1);
        let types = self.names((type_start, stop));
        // The last part of the path of the type, as in `model::Layer<f64>`.
        let mut shown = "";
        let mut at = type_start;
        while at < stop && (shown.is_empty() || !source.is(at, b'<')) {
            if source.is_word(at) && !matches!(source.word(at), "dyn" | "mut" | "const") {
                shown = source.word(at);
            }
            at += 1;
        }
        Header {
            of_trait,
            arguments,
            types,
            shown: shown.to_owned(),
        }
    }

    pub(super) fn names(&self, (start, end): Range) -> Vec<Name> {
        let words = (start..end).filter(|at| self.source.is_word(*at));
        words.map(|at| self.name(at)).collect()
    }

    /// Returns the words of a path without its arguments.
    fn path(&self, (mut at, end): Range) -> Vec<Name> {
        let mut path = Vec::new();
        while at < end && !self.source.is(at, b'<') {
            if self.source.is_word(at) {
                path.push(self.name(at));
            }
            at += 1;
        }
        path
    }

    /// Returns the number of the token after the angle brackets that open at `at`.
    fn after_angles(&self, mut at: usize, end: usize) -> usize {
        let source = self.source;
        let mut depth = 0_usize;
        while at < end {
            if source.is(at, b'<') {
                depth += 1;
            } else if source.is(at, b'>') && !source.is(at - 1, b'-') {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            at = source.after(at);
        }
        end
    }
}
