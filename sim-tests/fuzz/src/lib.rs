//! Turns the bytes that a fuzzer gives into what a hostile peer would send: lines that are almost right.

/// What PROTOCOL.md shows; every example in it is a seed.
const PROTOCOL: &str = include_str!("../../../core/PROTOCOL.md");

/// Values that have broken other programs, as JSON.
const ODD: [&str; 24] = [
    "null",
    "true",
    "0",
    "1",
    "-1",
    "1.5",
    "1e400",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551615",
    "18446744073709551616",
    "\"\"",
    "\"lobby\"",
    "\"~1\"",
    "\"~18446744073709551615\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\u202egnp.exe\"",
    "\"e\\u0301\\u0301\\u0301\\u0301\"",
    "\"ſala\"",
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]",
    "{\"lobby\":99}",
];

/// Draws choices from bytes, one after the other; once they are used up, it draws nothing but zeros.
#[derive(Debug)]
pub struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    /// The choices that these bytes make.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Choices(bytes)
    }

    /// Whether there is nothing left to choose by.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let wide = usize::from(self.byte()) << 8 | usize::from(self.byte());
        wide % bound
    }

    /// One of these.
    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Some bytes as they are.
    pub fn raw(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        let (raw, rest) = self.0.split_at(count);
        self.0 = rest;
        raw
    }
}

/// Lines of PROTOCOL.md that begin so.
fn examples(begin: &str) -> Vec<&'static str> {
    let lines = PROTOCOL.lines().filter_map(|line| {
        // In a conversation, a line has its speaker before it.
        let at = line.find(begin)?;
        let before = &line[..at];
        (before.is_empty() || before.ends_with("> ") || before.ends_with("< ")).then_some(&line[at..])
    });
    let mut lines: Vec<&str> = lines.filter(|line| line.ends_with('}') && !line.contains('…')).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// Every request that PROTOCOL.md shows.
#[must_use]
pub fn requests() -> Vec<&'static str> {
    examples("{\"do\":")
}

/// Every update that PROTOCOL.md shows.
#[must_use]
pub fn updates() -> Vec<&'static str> {
    examples("{\"t\":")
}

/// A line with some of it changed: values, fields, letters, its end.
#[must_use]
pub fn spoilt(line: &str, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = line.as_bytes().to_vec();
    for _ in 0..choices.below(4) {
        let at = choices.below(bytes.len() + 1);
        match choices.below(6) {
            // Another value of a field.
            0..3 => {
                let Some((from, to)) = value_after(&bytes, at) else { continue };
                bytes.splice(from..to, choices.one(&ODD).bytes());
            }
            // A field more, which may be there already.
            3 => {
                let name =
                    choices.one(&["id", "room", "seq", "text", "n", "name", "to", "limit", "before", "x"]);
                let field = format!("\"{name}\":{},", choices.one(&ODD));
                let begin = usize::from(bytes.first() == Some(&b'{'));
                bytes.splice(begin..begin, field.bytes());
            }
            4 => {
                bytes.splice(at..at, choices.raw().iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes.retain(|byte| *byte != b'\n');
    bytes
}

/// Where the first value of a field from there on stands.
fn value_after(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = at + bytes[at..].windows(2).position(|pair| pair == b"\":")? + 2;
    let rest = &bytes[from..];
    let length = match rest.first()? {
        b'"' => rest[1..].iter().position(|byte| *byte == b'"')? + 2,
        b'[' => rest.iter().position(|byte| *byte == b']')? + 1,
        b'{' => rest.iter().position(|byte| *byte == b'}')? + 1,
        _ => rest.iter().position(|byte| b",}]".contains(byte))?,
    };
    Some((from, from + length))
}
