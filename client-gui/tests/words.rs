//! The words of the interface: every language has all of them, and none is there for nothing.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ENGLISH: &str = include_str!("../words/en.ftl");
const PORTUGUESE: &str = include_str!("../words/pt-BR.ftl");

/// The keys of a file of words, each with the values that are put into it.
fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if !line.starts_with(' ') {
            let (key, _) = line.split_once(" =").unwrap_or_else(|| panic!("no key in {line}"));
            assert!(keys.insert(key.to_owned(), BTreeSet::new()).is_none(), "{key} stands there twice");
            last = key.to_owned();
        }
        for part in line.split('$').skip(1) {
            let end = part.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(part.len());
            keys.get_mut(&last).unwrap().insert(part[..end].to_owned());
        }
    }
    keys
}

/// All code of the client, without its tests.
fn code() -> String {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut code = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(Path::new("rs").as_os_str()) {
                code.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    code
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_values() {
    assert_eq!(keys(ENGLISH), keys(PORTUGUESE));
}

#[test]
fn every_word_is_said_somewhere() {
    let code = code();
    let unused: Vec<String> =
        keys(ENGLISH).into_keys().filter(|key| !code.contains(&format!("\"{key}\""))).collect();
    assert_eq!(unused, [""; 0]);
}

#[test]
fn every_key_that_is_asked_for_is_there() {
    let (code, keys) = (code(), keys(ENGLISH));
    let asked = [".get(\"", ".put(\""].into_iter().flat_map(|call| code.split(call).skip(1));
    let missing: Vec<&str> =
        asked.filter_map(|rest| rest.split('"').next()).filter(|key| !keys.contains_key(*key)).collect();
    assert_eq!(missing, [""; 0]);
    // Menu lines and the like are given their keys through a function.
    let given = ["item(ui, view, \"", "line(ui, &view.get(\"", "=> \"refused-", "=> \"closed-"];
    for prefix in given {
        for rest in code.split(prefix).skip(1) {
            let tail = rest.split('"').next().unwrap_or_default();
            let head = prefix.rsplit('"').next().unwrap_or_default();
            assert!(keys.contains_key(&format!("{head}{tail}")), "{head}{tail}");
        }
    }
}

#[test]
fn plurals_follow_the_rules_of_each_language() {
    for (language, none, one, many) in [
        (sala_gui::Language::English, "0 members", "1 member", "2 members"),
        (sala_gui::Language::Portuguese, "0 membro", "1 membro", "2 membros"),
    ] {
        let words = sala_gui::Words::of(language);
        for (count, seen) in [(0, none), (1, one), (2, many)] {
            assert_eq!(words.put("room-members", [("count", count.into())]), seen);
        }
    }
}
