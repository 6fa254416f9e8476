//! A Rust file split into code and text literals, enough for searching: comments never count as code.

use std::ops::Range;

/// The parts of one file.
pub struct RustText {
    /// The code; comments and the inside of literals are blanks, so offsets and lines are those of the file. A literal
    /// begins with `"`.
    pub code: Vec<u8>,
    /// The text literals, in order of their place.
    pub literals: Vec<Literal>,
    /// Where each line but the first begins.
    lines: Vec<usize>,
}

/// A text literal.
#[derive(Debug, PartialEq, Eq)]
pub struct Literal {
    pub start: usize,
    pub end: usize,
    /// As written, escapes included.
    pub text: String,
}

impl RustText {
    /// Splits the file.
    pub fn new(text: &str) -> Self {
        let mut reader = Reader {
            text: text.as_bytes(),
            at: 0,
            code: text.as_bytes().to_vec(),
            literals: Vec::new(),
        };
        while reader.at < reader.text.len() {
            reader.token();
        }
        let lines = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self {
            code: reader.code,
            literals: reader.literals,
            lines,
        }
    }

    /// The line, from 1, of an offset.
    pub fn line(&self, offset: usize) -> usize {
        1 + self.lines.partition_point(|start| *start <= offset)
    }

    /// The literal that begins at the offset.
    pub fn literal_at(&self, offset: usize) -> Option<&Literal> {
        self.literals
            .binary_search_by_key(&offset, |literal| literal.start)
            .ok()
            .and_then(|at| self.literals.get(at))
    }

    /// Every place in the code where the pattern stands as a whole word.
    pub fn find(&self, pattern: &str) -> Vec<usize> {
        let is_word_at = |at: Option<usize>| at.and_then(|at| self.code.get(at)).is_some_and(|byte| is_word(*byte));
        let begins = pattern.bytes().next().is_some_and(is_word);
        let ends = pattern.bytes().last().is_some_and(is_word);
        // Whole literals and comments were blanked, so the code is still UTF-8.
        let code = std::str::from_utf8(&self.code).unwrap_or_default();
        let places = code.match_indices(pattern).map(|(at, _)| at);
        places
            .filter(|at| !(begins && is_word_at(at.checked_sub(1))))
            .filter(|at| !(ends && is_word_at(Some(at + pattern.len()))))
            .collect()
    }

    /// The first place at or after the offset that is not blank.
    pub fn skip_blanks(&self, mut at: usize) -> usize {
        while self.code.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    }

    /// From the first `{` at or after the offset to its `}`; none when a `;` comes first.
    pub fn block(&self, from: usize) -> Option<Range<usize>> {
        let mut depth = 0_usize;
        let mut open = None;
        let mut brackets = 0_usize;
        for (at, byte) in self.code.iter().enumerate().skip(from) {
            match byte {
                b'(' | b'[' => brackets += 1,
                b')' | b']' => brackets = brackets.saturating_sub(1),
                b';' if open.is_none() && brackets == 0 => return None,
                b'{' => {
                    depth += 1;
                    open = open.or(Some(at));
                }
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if let (0, Some(open)) = (depth, open) {
                        return Some(open..at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The places of `#[cfg(test)]` items with a body.
    pub fn test_blocks(&self) -> Vec<Range<usize>> {
        let starts = self.find("#[cfg(test)]");
        starts
            .into_iter()
            .filter_map(|start| self.block(start).map(|block| start..block.end))
            .collect()
    }
}

/// Whether the byte may be part of a name.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    code: Vec<u8>,
    literals: Vec<Literal>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) {
        let start = self.at;
        match (self.peek(0), self.peek(1)) {
            (b'/', b'/') => {
                while self.at < self.text.len() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
                self.blank(start);
            }
            (b'/', b'*') => self.block_comment(),
            (b'"', _) => self.string(start),
            (b'\'', _) => self.quote(),
            (byte, _) if is_word(byte) => self.word(),
            _ => self.at += 1,
        }
    }

    /// Turns everything since `from` into blanks; line ends stay.
    fn blank(&mut self, from: usize) {
        for byte in self
            .code
            .iter_mut()
            .take(self.at)
            .skip(from)
            .filter(|byte| **byte != b'\n')
        {
            *byte = b' ';
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 0_usize;
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => depth += 1,
                (b'*', b'/') => depth = depth.saturating_sub(1),
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                break;
            }
        }
        self.blank(start);
    }

    /// A name, or the letters before a raw or byte literal.
    fn word(&mut self) {
        let start = self.at;
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        let raw = match self.text.get(start..self.at) {
            Some(b"b" | b"c") => false,
            Some(b"r" | b"br" | b"cr") => true,
            _ => return,
        };
        let hashes = (0..).take_while(|ahead| raw && self.peek(*ahead) == b'#').count();
        if self.peek(hashes) != b'"' {
            return;
        }
        if !raw {
            return self.string(start);
        }
        self.at += hashes + 1;
        let inside = self.at;
        while self.at < self.text.len() {
            if self.peek(0) == b'"' && (1..=hashes).all(|ahead| self.peek(ahead) == b'#') {
                break;
            }
            self.at += 1;
        }
        let end = self.at;
        self.at = (self.at + 1 + hashes).min(self.text.len());
        self.literal(start, inside..end);
    }

    fn string(&mut self, start: usize) {
        self.at += 1;
        let inside = self.at;
        while self.at < self.text.len() && self.peek(0) != b'"' {
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        let end = self.at.min(self.text.len());
        self.at = (end + 1).min(self.text.len());
        self.literal(start, inside..end);
    }

    fn literal(&mut self, start: usize, inside: Range<usize>) {
        self.blank(start);
        if let Some(first) = self.code.get_mut(start) {
            *first = b'"';
        }
        let text = String::from_utf8_lossy(self.text.get(inside).unwrap_or_default()).into_owned();
        self.literals.push(Literal {
            start,
            end: self.at,
            text,
        });
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let start = self.at;
        if self.peek(1) == b'\\' {
            self.at += 3;
            while self.at < self.text.len() && self.peek(0) != b'\'' {
                self.at += 1;
            }
            self.at = (self.at + 1).min(self.text.len());
            return self.blank(start);
        }
        let width = match self.peek(1) {
            0..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0.. => 4,
        };
        if self.peek(1 + width) == b'\'' {
            self.at += width + 2;
            return self.blank(start);
        }
        self.at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        RustText::new(source)
            .literals
            .into_iter()
            .map(|literal| literal.text)
            .collect()
    }

    #[test]
    fn tells_code_from_comments_and_literals() {
        let source =
            "a(\"x\"); // \"no\"\n/* \"no\" /* */ \"no\" */ b(r#\"y\"z\"#, b\"q\", '\"', '中', '\\'', \"é\\\"\");";
        assert_eq!(texts(source), ["x", "y\"z", "q", "é\\\""]);
        assert_eq!(texts("fn f<'a>(x: &'a str) -> &'static str { \"in\" }"), ["in"]);
        assert_eq!(texts("let r#type = 1; let br = \"t\"; \"open"), ["t", "open"]);
    }

    #[test]
    fn keeps_lines_and_words() {
        let text = RustText::new("// todo\n\"todo\n\";\n  todo!();\n nottodo!();");
        let found = text.find("todo!");
        assert_eq!(found.len(), 1);
        assert_eq!(text.line(found[0]), 4);
    }

    #[test]
    fn finds_blocks() {
        let text = RustText::new(
            "fn a(x: [u8; 2]) { if x { \"}\" } }\n#[cfg(test)]\nmod t { fn b() {} }\n#[cfg(test)]\nmod u;",
        );
        assert_eq!(text.block(0), Some(17..33));
        let blocks = text.test_blocks();
        assert_eq!(blocks.len(), 1);
        assert_eq!((text.line(blocks[0].start), text.line(blocks[0].end)), (2, 3));
    }
}
