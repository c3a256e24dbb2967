//! Rust files as the tidy rules see them: text, code without comments and literals, paths, and the tree of modules.

use std::collections::BTreeMap;

/// A file of the project.
pub(crate) struct Source {
    /// Relative to the top level, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with comments, strings and characters blanked, at the same offsets.
    pub(crate) code: String,
    /// The package and the names from its root down, if the file is part of a library or a program.
    pub(crate) module: Option<(String, Vec<String>)>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned(), code: code_of(text), module: module_of(path) }
    }

    /// The code that is no test: none of a file in `tests/`, and nothing from the first `#[cfg(test)]` on, since tests
    /// stand last.
    pub(crate) fn untested(&self) -> &str {
        if self.path.contains("/tests/") {
            return "";
        }
        &self.code[..self.code.find("#[cfg(test)]").unwrap_or(self.code.len())]
    }
}

/// A path as it is written, cut at `::`, with the line it begins in.
type Use = (usize, Vec<String>);

/// What each module declares, in its order, and what each imports from its own children.
pub(crate) struct Tree {
    children: BTreeMap<(String, Vec<String>), Vec<String>>,
    imports: BTreeMap<(String, Vec<String>), BTreeMap<String, String>>,
}

impl Tree {
    pub(crate) fn new(house: &[Source]) -> Tree {
        let mut tree = Tree { children: BTreeMap::new(), imports: BTreeMap::new() };
        for source in house {
            let Some(module) = &source.module else { continue };
            let children: Vec<String> = source.untested().lines().filter_map(declared).collect();
            let mut imports = BTreeMap::new();
            for (_, mut path) in paths(source.untested()) {
                if path[0] == "self" {
                    path.remove(0);
                }
                // The last name is what a child that says `super::` sees, and it stands for the first.
                if path.len() > 1 && children.contains(&path[0]) {
                    imports.insert(path[path.len() - 1].clone(), path[0].clone());
                }
            }
            tree.children.insert(module.clone(), children);
            tree.imports.insert(module.clone(), imports);
        }
        tree
    }

    /// How many siblings are declared above this child.
    pub(crate) fn place(&self, package: &str, parent: &[String], child: &str) -> Option<usize> {
        let key = (package.to_owned(), parent.to_vec());
        self.children.get(&key)?.iter().position(|sibling| sibling == child)
    }

    /// The modules of its own package that a file's code names: line, module, and whether all of it by a glob.
    pub(crate) fn uses(&self, source: &Source) -> Vec<(usize, Vec<String>, bool)> {
        let Some((package, module)) = &source.module else { return Vec::new() };
        let inner = inner_lines(source.untested());
        let mut uses = Vec::new();
        for (line, path) in paths(source.untested()) {
            let mut base = module.clone();
            if inner[line - 1] {
                base.push("a module written in place".to_owned());
            }
            let mut rest = path.as_slice();
            match rest[0].as_str() {
                "crate" => base.clear(),
                "self" | "super" => {}
                _ => continue,
            }
            while let [first, others @ ..] = rest
                && ["crate", "self", "super"].contains(&first.as_str())
            {
                if first == "super" {
                    base.pop();
                }
                rest = others;
            }
            let glob = rest.last().is_some_and(|last| last == "*");
            uses.push((line, self.resolve(package, base, rest), glob));
        }
        uses
    }

    /// The deepest module that a path leads to, through what the modules on its way import from their children.
    fn resolve(&self, package: &str, base: Vec<String>, rest: &[String]) -> Vec<String> {
        let mut key = (package.to_owned(), base);
        for name in rest {
            if self.children.get(&key).is_some_and(|children| children.contains(name)) {
                key.1.push(name.clone());
                continue;
            }
            if let Some(child) = self.imports.get(&key).and_then(|imports| imports.get(name)) {
                key.1.push(child.clone());
            }
            break;
        }
        key.1
    }
}

/// All paths of at least two names in this code, those within braces each on its own.
pub(crate) fn paths(code: &str) -> Vec<Use> {
    let chars: Vec<char> = code.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let begins = is_word(chars[at]) && (at == 0 || !is_word(chars[at - 1]) && chars[at - 1] != ':');
        if begins {
            let mut trees = Vec::new();
            tree_at(&chars, at, Vec::new(), &mut trees);
            found.extend(trees.into_iter().filter(|path| path.len() > 1).map(|path| (line, path)));
        }
        line += usize::from(chars[at] == '\n');
        at += 1;
    }
    found
}

/// The 1-based lines that hold this, as a word of its own if so wished.
pub(crate) fn lines_with(text: &str, wanted: &str, whole: bool) -> Vec<usize> {
    let stands_alone = |at: usize| {
        !whole || !text[..at].ends_with(is_word) && !text[at + wanted.len()..].starts_with(is_word)
    };
    text.match_indices(wanted).filter(|(at, _)| stands_alone(*at)).map(|(at, _)| line_of(text, at)).collect()
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Reads one tree of a `use`, or one path of an expression, and returns where it ends.
fn tree_at(chars: &[char], mut at: usize, mut prefix: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    loop {
        at = past_space(chars, at);
        match chars.get(at) {
            Some('{') => {
                at += 1;
                while at < chars.len() && chars[at] != '}' {
                    at = tree_at(chars, at, prefix.clone(), found);
                    // Passes over `as other` and the comma.
                    while at < chars.len() && !matches!(chars[at], ',' | '}') {
                        at += 1;
                    }
                    at = past_space(chars, at + usize::from(chars.get(at) == Some(&',')));
                }
                return at + 1;
            }
            Some('*') => {
                prefix.push("*".to_owned());
                found.push(prefix);
                return at + 1;
            }
            Some(c) if is_word(*c) => {
                let word: String = chars[at..].iter().take_while(|c| is_word(**c)).collect();
                at += word.chars().count();
                prefix.push(word);
                let colons = past_space(chars, at);
                if chars.get(colons) != Some(&':') || chars.get(colons + 1) != Some(&':') {
                    found.push(prefix);
                    return at;
                }
                at = colons + 2;
            }
            // A turbofish, or the end.
            _ => {
                found.push(prefix);
                return at;
            }
        }
    }
}

fn past_space(chars: &[char], at: usize) -> usize {
    at + chars.get(at..).map_or(0, |rest| rest.iter().take_while(|c| c.is_whitespace()).count())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn declared(line: &str) -> Option<String> {
    let line = line.trim();
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches("(crate)").trim_start());
    let line = line.strip_prefix("(super)").map_or(line, str::trim_start);
    Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
}

/// For each line, whether it is within a module that is written in place at the file's left edge.
fn inner_lines(code: &str) -> Vec<bool> {
    let mut inner = false;
    let mut lines = Vec::new();
    for line in code.lines().chain([""]) {
        let opens =
            line.starts_with("mod ") || line.starts_with("pub mod ") || line.starts_with("pub(crate) mod ");
        inner = (inner && line != "}") || (opens && line.ends_with('{'));
        lines.push(inner);
    }
    lines
}

/// A program in `bin/` is a package of its own; a test or an example is one too, but has no order to keep.
fn module_of(path: &str) -> Option<(String, Vec<String>)> {
    let (package, file) = path.split_once("/src/")?;
    let mut names: Vec<String> = file.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    if names[0] == "bin" {
        names.drain(..2);
        let program = path.split('/').nth(3)?.trim_end_matches(".rs");
        return Some((format!("{package}/{program}"), without_root(names)));
    }
    Some((package.to_owned(), without_root(names)))
}

/// `a/mod.rs` is the module `a`, and the root has no name.
fn without_root(mut names: Vec<String>) -> Vec<String> {
    let root = names.len() == 1 && (names[0] == "lib" || names[0] == "main");
    if root || names.last().is_some_and(|last| last == "mod") {
        names.pop();
    }
    names
}

/// Blanks comments and literals, byte for byte, so that offsets and lines stay what they are.
fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let joined = code.ends_with(is_word);
        let hidden = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment_len(rest)
        } else if c == '"' {
            string_len(rest)
        } else if c == 'r' && (!joined || code.ends_with(['b', 'c'])) && raw_len(rest) > 0 {
            raw_len(rest)
        } else if c == '\'' {
            character_len(rest)
        } else {
            0
        };
        let (literal, after) = rest.split_at(hidden.max(c.len_utf8()));
        if hidden > 0 {
            code.extend(literal.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        } else {
            code.push(c);
        }
        rest = after;
    }
    code
}

fn comment_len(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// 0 if the `r` begins no raw string.
fn raw_len(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|b| *b == b'#').count();
    let Some(body) = text[1 + hashes..].strip_prefix('"') else { return 0 };
    let end = format!("\"{}", "#".repeat(hashes));
    body.find(&end).map_or(text.len(), |at| 2 + hashes + at + end.len())
}

/// 0 if the quote begins a lifetime.
fn character_len(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        // The character after a backslash may be a quote itself.
        Some((_, '\\')) => text.get(3..).and_then(|rest| rest.find('\'')).map_or(text.len(), |at| at + 4),
        _ => chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
    }
}
