//! The style that a machine can check.

#[path = "tidy/source.rs"]
mod source;

use source::{Source, Tree, line_of, lines_with, paths};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CRATES: [&str; 4] = ["core", "net", "client-gui", "sim-tests"];
const LINES_MAX: usize = 500;
/// Top-level entries besides those that begin with a dot.
const TOP_LEVEL: [&str; 11] = [
    "core",
    "net",
    "client-gui",
    "sim-tests",
    "snapshots",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "target",
];
/// Modules of core that know nothing of one another, whatever their order.
const STRANGERS: [&str; 3] = ["server", "client", "irc"];
const IMPURE: [&[&str]; 9] = [
    &["tokio"],
    &["rand"],
    &["std", "fs"],
    &["std", "io", "stdin"],
    &["std", "io", "stdout"],
    &["std", "net"],
    &["std", "thread"],
    &["std", "time", "SystemTime"],
    &["std", "time", "Instant"],
];

#[test]
fn declaration_order_is_dependency_order() {
    demand(out_of_order(&house()));
}

#[test]
fn server_and_client_never_mention_each_other() {
    demand(familiar_strangers(&house()));
}

#[test]
fn core_is_pure() {
    demand(impure(&house()));
}

#[test]
fn no_file_is_too_long() {
    demand(house().iter().filter_map(too_long));
}

#[test]
fn a_file_opens_with_one_sentence() {
    demand(house().iter().filter_map(ill_opened));
}

#[test]
fn nothing_is_left_for_later() {
    demand(house().iter().flat_map(left_over));
}

#[test]
fn a_select_has_an_order() {
    demand(house().iter().flat_map(unordered_select));
}

#[test]
fn every_snapshot_is_used() {
    let root = root();
    let files =
        files_under(&root.join("snapshots")).chain(CRATES.iter().flat_map(|c| files_under(&root.join(c))));
    let paths =
        files.map(|path| relative(&root, &path)).filter(|path| path.contains(".snap")).collect::<Vec<_>>();
    demand(stale_snapshots(&paths, &house()));
}

#[test]
fn the_top_level_holds_what_it_should() {
    demand(strays(&top_level(&root())));
}

/// The rules are judged too: each finds what it is there for, and lets its harmless twin pass.
#[test]
fn each_rule_can_fail() {
    let tree = |first: &str, second: &str| {
        let lib = "//! A.\npub mod first;\npub mod server;\npub mod client;\n";
        let server = "//! A.\nmod a;\nmod b;\npub use b::B;\npub const C: u8 = 0;\n";
        vec![
            Source::new("core/src/lib.rs", lib),
            Source::new("core/src/first.rs", first),
            Source::new("core/src/server/mod.rs", server),
            Source::new("core/src/server/a.rs", second),
            Source::new("core/src/server/b.rs", "use super::{C, a::A};\n"),
            Source::new("core/src/client.rs", "use crate::first::F;\n"),
        ]
    };
    let fine =
        tree("//! See [`crate::server`].\nconst S: &str = \"crate::server::C\";\n", "use crate::first::F;\n");
    assert_eq!(out_of_order(&fine), [""; 0]);
    for (first, second) in [
        ("use crate::server::C;", ""),
        ("fn f() { crate::client::g(\"x\", 'c') }", ""),
        ("use crate::{\n    client::{D, E},\n};", ""),
        ("", "use super::b::B;"),
        ("", "use super::B;"),
        ("", "use crate::server::B;"),
        ("", "use super::*;"),
        ("", "mod inner {\n    use super::super::b::B;\n}"),
    ] {
        assert_eq!(out_of_order(&tree(first, second)).len(), 1, "{first} {second}");
    }
    assert_eq!(out_of_order(&tree("", "#[cfg(test)]\nmod tests {\n    use super::*;\n}")), [""; 0]);
    assert_eq!(out_of_order(&[Source::new("core/src/alone.rs", "")]).len(), 1);

    let program = |order: &str| {
        vec![
            Source::new("net/src/bin/sala/main.rs", order),
            Source::new("net/src/bin/sala/a.rs", ""),
            Source::new("net/src/bin/sala/b.rs", "use crate::a::A;"),
            Source::new("net/src/bin/other.rs", ""),
        ]
    };
    assert_eq!(out_of_order(&program("mod a;\nmod b;")), [""; 0]);
    assert_eq!(out_of_order(&program("mod b;\nmod a;")).len(), 1);

    assert_eq!(familiar_strangers(&fine), [""; 0]);
    let acquainted = [
        Source::new("core/src/lib.rs", "mod server;\nmod client;\n"),
        Source::new("core/src/server.rs", ""),
        Source::new("core/src/client.rs", "use crate::server::Server;"),
    ];
    assert_eq!(out_of_order(&acquainted), [""; 0]);
    assert_eq!(familiar_strangers(&acquainted).len(), 1);

    assert_eq!(
        impure(&[Source::new("core/src/a.rs", "use std::{fmt, time::Duration};\n// std::fs")]),
        [""; 0]
    );
    assert_eq!(impure(&[Source::new("net/src/a.rs", "use std::fs;\nasync fn f() {}")]), [""; 0]);
    for text in [
        "use std::{fmt, fs};",
        "use tokio::time;",
        "rand::random()",
        "async fn f() {}",
        "std::time::Instant::now()",
    ] {
        assert_eq!(impure(&[Source::new("core/src/a.rs", text)]).len(), 1, "{text}");
    }

    assert!(too_long(&Source::new("a.rs", &"\n".repeat(LINES_MAX))).is_none());
    assert!(too_long(&Source::new("a.rs", &"\n".repeat(LINES_MAX + 1))).is_some());

    for text in ["//! One (RFC 1.2).\n", "//! One, e.g. this\n//! or that.\n//!\n//! Two. Three\n"] {
        assert_eq!(ill_opened(&Source::new("a.rs", text)), None, "{text}");
    }
    for text in [
        "",
        "use a;\n//! Late.\n",
        "//! No end\n",
        "//! One. Two.\n",
        "//!\n//! Late.\n",
        "//! One.\n//! Two.\n",
    ] {
        assert!(ill_opened(&Source::new("a.rs", text)).is_some(), "{text}");
    }

    let harmless = "//! dbg!(\nlet s = \".unwrap()\"; a.unwrap_or(b);\n#[cfg(test)]\nfn f() { a.unwrap() }\n";
    assert_eq!(left_over(&Source::new("a.rs", harmless)), [""; 0]);
    assert_eq!(left_over(&Source::new("core/tests/a.rs", "a.unwrap()")), [""; 0]);
    for text in [
        concat!("// TO", "DO"),
        concat!("// FIX", "ME"),
        "dbg!(a)",
        "todo!()",
        "unimplemented!()",
        "#[ignore = \"\"]",
        "a\n    .unwrap()",
    ] {
        assert_eq!(left_over(&Source::new("a.rs", text)).len(), 1, "{text}");
    }

    assert_eq!(
        unordered_select(&Source::new("a.rs", "tokio::select! {\n    // Why.\n    biased;\n}")),
        [""; 0]
    );
    assert_eq!(unordered_select(&Source::new("a.rs", "select! { a = b => {} }")).len(), 1);

    let tests = [Source::new("core/tests/a.rs", "fn test_hello() {}\nassert_snapshot!(\"by_name\", x);")];
    let snapshots =
        |paths: &[&str]| stale_snapshots(&paths.iter().map(ToString::to_string).collect::<Vec<_>>(), &tests);
    for path in
        ["snapshots/core/a__hello.snap", "snapshots/net/a__b__hello-2.snap", "snapshots/sim/by_name@x.snap"]
    {
        assert_eq!(snapshots(&[path]), [""; 0], "{path}");
    }
    for path in [
        "snapshots/core/a__gone.snap",
        "snapshots/core/a__name.snap",
        "snapshots/a__hello.snap",
        "core/tests/snapshots/a__hello.snap",
        "snapshots/core/a__hello.snap.new",
    ] {
        assert_eq!(snapshots(&[path]).len(), 1, "{path}");
    }

    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(strays(&names(&["core", ".ci", "LICENSE-MIT"])), [""; 0]);
    assert_eq!(strays(&names(&["core", "docs", "notes.md"])).len(), 2);
}

// The rules. Each takes what it judges, and returns what is wrong with it and what to do.

fn out_of_order(house: &[Source]) -> Vec<String> {
    let tree = Tree::new(house);
    let mut complaints = Vec::new();
    for source in house {
        let Some((package, module)) = &source.module else { continue };
        if let Some((name, parent)) = module.split_last()
            && tree.place(package, parent, name).is_none()
        {
            complaints.push(format!(
                "{}:1: no parent declares this file: add `mod {name};`, or remove it",
                source.path
            ));
            continue;
        }
        for (line, target, glob) in tree.uses(source) {
            let shared = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if glob && shared == target.len() && shared < module.len() {
                complaints.push(format!(
                    "{}:{line}: a glob hides the order of what it names: name it",
                    source.path
                ));
            }
            if shared == module.len() || shared == target.len() {
                continue;
            }
            let parent = &module[..shared];
            let (user, used) = (&module[shared], &target[shared]);
            if tree.place(package, parent, used) > tree.place(package, parent, user) {
                complaints.push(format!(
                    "{}:{line}: `{user}` uses `{used}`, which is declared below it: declare `{used}` first, or move \
                     what both need above both",
                    source.path
                ));
            }
        }
    }
    complaints.dedup();
    complaints
}

fn familiar_strangers(house: &[Source]) -> Vec<String> {
    let tree = Tree::new(house);
    let mut complaints = Vec::new();
    for source in house {
        let Some(("core", own)) =
            source.module.as_ref().map(|(package, module)| (package.as_str(), module.first()))
        else {
            continue;
        };
        let Some(own) = own.filter(|own| STRANGERS.contains(&own.as_str())) else { continue };
        for (line, target, _) in tree.uses(source) {
            if target.first().is_some_and(|other| other != own && STRANGERS.contains(&other.as_str())) {
                let other = &target[0];
                let path = &source.path;
                complaints.push(format!(
                    "{path}:{line}: `{own}` mentions `{other}`: move what both need above both"
                ));
            }
        }
    }
    complaints
}

fn impure(house: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in house.iter().filter(|source| source.path.starts_with("core/src/")) {
        let named = paths(&source.code).into_iter().filter_map(|(line, path)| {
            let banned = IMPURE
                .iter()
                .find(|banned| path.iter().zip(**banned).filter(|(a, b)| a == *b).count() == banned.len())?;
            Some((line, banned.join("::")))
        });
        let spoken = ["async", "await"].into_iter().flat_map(|word| {
            lines_with(&source.code, word, true).into_iter().map(|line| (line, word.to_owned()))
        });
        for (line, what) in named.chain(spoken) {
            let path = &source.path;
            complaints.push(format!(
                "{path}:{line}: core names `{what}`: take it as an argument, or put out an Output"
            ));
        }
    }
    complaints
}

fn too_long(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    (lines > LINES_MAX)
        .then(|| format!("{}:{lines}: the file has more than {LINES_MAX} lines: make two of it", source.path))
}

fn ill_opened(source: &Source) -> Option<String> {
    let opening: Vec<&str> = source.text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
    let opening = opening.join(" ");
    let ends = |(at, _): (usize, char)| {
        opening[at + 1..].starts_with(' ') && opening[at + 2..].starts_with(char::is_uppercase)
    };
    let several = opening.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?')).any(ends);
    let wrong = if opening.is_empty() {
        "the file does not open with a `//!` line: say in one sentence what it is for"
    } else if !opening.ends_with('.') {
        "the first paragraph does not end with a period: make it one sentence"
    } else if several {
        "the first paragraph is more than one sentence: put a blank `//!` line after the first"
    } else {
        return None;
    };
    Some(format!("{}:1: {wrong}", source.path))
}

fn left_over(source: &Source) -> Vec<String> {
    // Halved, so that this file does not find itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")]
        .map(|word| (word, source.text.as_str(), "do it, or drop it"));
    let code = [
        ("dbg!", "remove it, or trace"),
        ("todo!", "do it"),
        ("unimplemented!", "do it"),
        ("#[ignore", "mend the test, or remove it"),
    ]
    .map(|(word, remedy)| (word, source.code.as_str(), remedy));
    let unwrap = [(".unwrap()", source.untested(), "use expect(\"why it cannot happen\"), or handle it")];
    let mut complaints = Vec::new();
    for (word, text, remedy) in words.into_iter().chain(code).chain(unwrap) {
        for line in lines_with(text, word, false) {
            complaints.push(format!("{}:{line}: `{word}` is left over: {remedy}", source.path));
        }
    }
    complaints
}

fn unordered_select(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, word) in source.code.match_indices("select!") {
        let body = source.code[at + word.len()..].trim_start().trim_start_matches(['{', '(']).trim_start();
        if !body.starts_with("biased;") {
            let line = line_of(&source.code, at);
            complaints.push(format!(
                "{}:{line}: this select chooses by chance: open it with `biased;`",
                source.path
            ));
        }
    }
    complaints
}

fn stale_snapshots(paths: &[String], house: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for path in paths {
        let wrong = if path.ends_with(".snap.new") {
            "a snapshot waits for review: read the difference, then accept or remove it"
        } else if !["core", "net", "gui", "sim"].iter().any(|d| path.starts_with(&format!("snapshots/{d}/")))
        {
            "a snapshot lies outside snapshots/{core,net,gui,sim}: set insta's snapshot_path"
        } else if !house.iter().any(|source| names_snapshot(&source.text, path)) {
            "no test names this snapshot: remove it"
        } else {
            continue;
        };
        complaints.push(format!("{path}:1: {wrong}"));
    }
    complaints
}

fn strays(names: &BTreeSet<String>) -> Vec<String> {
    let allowed =
        |name: &str| TOP_LEVEL.contains(&name) || name.starts_with('.') || name.starts_with("LICENSE-");
    names
        .iter()
        .filter(|name| !allowed(name))
        .map(|name| {
            format!(
                "{name}:1: the top level has no place for this: move it into a folder, or ignore it in git"
            )
        })
        .collect()
}

/// Whether a file's text holds the name that insta made this file's name from: `<module>__<name>@<suffix>-<number>.snap`,
/// where the name may be a test's without its `test_`.
fn names_snapshot(text: &str, path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split(".snap").next().unwrap_or(file);
    let name = stem.rsplit("__").next().unwrap_or(stem);
    let name = name.split('@').next().unwrap_or(name);
    let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('-').unwrap_or(name);
    [name, unnumbered].into_iter().any(|name| {
        !lines_with(text, name, true).is_empty()
            || !lines_with(text, &format!("test_{name}"), true).is_empty()
    })
}

// What they judge.

fn house() -> Vec<Source> {
    let root = root();
    let files = CRATES.iter().flat_map(|package| files_under(&root.join(package)));
    let house: Vec<Source> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|e| panic!("{} is no text: {e}", path.display()));
            Source::new(&relative(&root, &path), &text)
        })
        .collect();
    for package in ["core", "net", "sim-tests"] {
        let root = format!("{package}/src/lib.rs");
        assert!(
            house.iter().any(|source| source.path == root),
            "the rules look for {root} and do not see it"
        );
    }
    house
}

/// In the order of their names, so that complaints come in the same order everywhere.
fn files_under(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // A folder that is not there holds nothing: client-gui and snapshots come and go.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a folder that opens can be listed").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files.into_iter()
}

/// What git has or would take, or, where there is no git, what lies there and is not known to be ignored.
fn top_level(root: &Path) -> BTreeSet<String> {
    let listing = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let first = |path: &str| path.split('/').next().unwrap_or(path).to_owned();
    match Command::new("git").arg("-C").arg(root).args(listing).output() {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout)
                .split_terminator('\0')
                .map(first)
                .filter(|name| root.join(name).exists())
                .collect()
        }
        _ => fs::read_dir(root)
            .expect("the project's own folder can be read")
            .map(|entry| {
                entry.expect("a folder that opens can be listed").file_name().to_string_lossy().into_owned()
            })
            .filter(|name| name != "sala-data")
            .collect(),
    }
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("sim-tests lies in the project's folder").to_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).expect("the path was made from the root").to_string_lossy().replace('\\', "/")
}

#[track_caller]
fn demand(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "{} to mend:\n{}", complaints.len(), complaints.join("\n"));
}
