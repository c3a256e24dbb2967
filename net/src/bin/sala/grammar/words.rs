//! The words of a command: as a shell gives them, or as they stand on a line that was typed.

use super::Choice;
use std::collections::BTreeMap;
use std::collections::VecDeque;

/// Words that are taken one by one, or all that are left as one text.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    /// Each is given by itself.
    List(VecDeque<String>),
    /// They stand on a line, whose blanks are kept in a text.
    Line(String),
}

impl Words {
    /// The next word.
    pub(super) fn next(&mut self) -> Option<String> {
        match self {
            Words::List(words) => words.pop_front(),
            Words::Line(line) => {
                let trimmed = line.trim_start();
                let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
                let (word, rest) = trimmed.split_at(end);
                let word = word.to_owned();
                *line = rest.to_owned();
                (!word.is_empty()).then_some(word)
            }
        }
    }

    /// All that is left, as one text.
    pub(super) fn rest(&mut self) -> String {
        match self {
            Words::List(words) => Vec::from(std::mem::take(words)).join(" "),
            Words::Line(line) => std::mem::take(line).trim().to_owned(),
        }
    }

    /// Takes out the options with their values: `--by NAME` or `--by=NAME`.
    pub(super) fn options(
        &mut self,
        known: &'static [Choice],
    ) -> Result<BTreeMap<&'static str, String>, String> {
        let mut found = BTreeMap::new();
        if known.is_empty() {
            return Ok(found);
        }
        let mut others = VecDeque::new();
        while let Some(word) = self.next() {
            let (flag, value) = word.split_once('=').map_or((word.as_str(), None), |(f, v)| (f, Some(v)));
            let Some(choice) = known.iter().find(|choice| choice.flag == flag) else {
                others.push_back(word);
                continue;
            };
            let value = match value {
                Some(value) => Some(value.to_owned()),
                None => self.next(),
            };
            let value = value.ok_or_else(|| format!("{flag} needs a value: {flag} {}", choice.name))?;
            found.insert(choice.flag, value);
        }
        *self = Words::List(others);
        Ok(found)
    }
}
