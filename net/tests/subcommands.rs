//! Each command that `sala` has for scripts, once against a real server: with `--json` it prints JSON, an object a line.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::person::Person;
use common::{Folder, start};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};

/// A day on a server, from its first to its last hour: who does what, with which lines on standard input. What stands
/// in braces was printed before, under the command and the field of that name. A line with `!` before it is refused,
/// with this code at its end.
const DAY: &str = "
ana: account register < a fine password
ana: admin claim < {claim}
ana: account me
ana: account devices
ana: account password < a fine password | a better password
ana: !wrong_password account totp on < a fine password | 000000
ana: !wrong_password account totp off < a fine password
ana: account revoke all
bob: account register < a fine password
bob: account sign-in < a fine password
cyn: account me
ana: rooms
ana: room create garden what grows
ana: room private vault what is kept
ana: room topic garden what grew
ana: room topic garden
ana: room rename garden orchard
ana: room invite vault cyn
ana: room uninvite vault cyn
ana: room invite vault cyn
cyn: room decline vault
ana: room link vault 2d 3
ana: room links vault
cyn: room join {room link link}
ana: room unlink vault {room links link}
bob: room join garden
ana: room members garden
ana: room role garden bob moderator
ana: room role garden bob member
ana: room slow garden 30s
ana: room slow garden
bob: post --room garden the tomatoes are green
bob: message edit garden -1 the tomatoes are red
ana: message reply garden {post seq} which ones?
ana: message react garden {post seq} 👍
ana: message unreact garden {post seq} 👍
ana: message pin garden {post seq}
bob: message pins garden
ana: message unpin garden {post seq}
ana: message read garden {post seq}
ana: message versions garden {post seq}
ana: history --room garden --limit 3
ana: tail --room garden --from 1 --count 2
bob: room report garden {message reply seq} unkind
ana: room reports garden
ana: room resolve garden {room reports report}
ana: search --in garden --by ana --limit 5
bob: message delete garden {post seq}
ana: room mute garden bob 10m shouting
ana: room sanctions garden
ana: room unmute garden bob
ana: room kick garden bob shouting
ana: room ban garden bob 1d shouting
bob: !banned room join garden
ana: room unban garden bob
ana: room audit garden
ana: room keep garden 30d
ana: room hold garden casino poker --links on
ana: room held garden
cyn: room join garden
cyn: post --room garden the best casino
ana: room let garden {post --room held}
cyn: post --room garden see https://a.example
ana: room reject garden {post --room held} no ads
ana: room archive garden
ana: room archive garden off
ana: friends add bob we met in the garden
bob: friends list
bob: friends accept ana
ana: room group bob --title hikers
ana: room direct bob
ana: friends remove bob
ana: friends add bob once more
bob: friends decline ana
bob: friends block ana
bob: friends unblock ana
ana: presence away at lunch --to friends
bob: room join garden
ana: room owner garden bob
ana: room leave garden
bob: room close garden all is said
ana: admin appoint bob
ana: admin appoint bob off
ana: admin settings guests on
ana: admin keep 365d
ana: friends invite 2d
ana: friends invitations
ana: friends uninvite {friends invitations invitation}
ana: admin rooms
ana: admin ban 203.0.113.0/24 1d spam
ana: admin bans
ana: admin unban 203.0.113.0/24
ana: admin close vault
ana: admin reset bob
bob: account recover < {admin reset code} | a better password
ana: account export
ana: !not_allowed account delete --yes < a better password
cyn: account delete --yes
";

/// The commands of a page of the help.
fn listed(help: &str) -> Vec<String> {
    let commands = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let words = commands
        .into_iter()
        .flat_map(str::lines)
        .filter(|line| line.starts_with("  ") && line.as_bytes()[2] != b' ');
    words.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// All commands that there are for scripts, as the help lists them.
fn commands(person: &Person) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for topic in listed(&person.runs(&["--help"], "").out) {
        let words = listed(&person.runs(&[&topic, "--help"], "").out);
        if words.is_empty() {
            all.insert(topic);
        } else {
            all.extend(words.into_iter().map(|word| format!("{topic} {word}")));
        }
    }
    // They speak to a person alone, or measure and have tests of their own.
    let other = |word: &str| ["help", "chat", "bench"].contains(&word);
    all.retain(|command| !command.split(' ').any(other));
    all
}

#[test]
fn every_command_for_scripts_prints_json_and_ends_as_the_help_says() {
    let folder = Folder::new();
    let (mut server, address) = start(folder.server("127.0.0.1:0"));
    let mut said = BufReader::new(server.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let claim = |line: String| Some(line.strip_prefix("and this code, which is good once: ")?.to_owned());
    let mut known = BTreeMap::from([("claim".to_owned(), said.find_map(claim).unwrap())]);
    let people = ["ana", "bob", "cyn"].map(|name| Person::new(&folder, address, name));
    let mut left = commands(&people[0]);
    assert!(left.len() > 60, "the help lists them: {left:?}");
    for line in DAY.trim().lines() {
        let mut line = line.to_owned();
        for (name, value) in &known {
            line = line.replace(&format!("{{{name}}}"), value);
        }
        let (name, line) = line.split_once(": ").unwrap();
        let (line, input) = line.split_once(" < ").unwrap_or((line, ""));
        let input: String = input.split(" | ").map(|line| format!("{line}\n")).collect();
        let person = people.iter().find(|person| person.name == name).unwrap();
        let (code, line) = match line.strip_prefix('!') {
            Some(refused) => refused.split_once(' ').map(|(code, line)| (Some(code), line)).unwrap(),
            None => (None, line),
        };
        let words: Vec<&str> = line.split(' ').collect();
        let command = if left.contains(words[0]) || words.len() < 2 {
            words[0].to_owned()
        } else {
            words[..2].join(" ")
        };
        let printed = match code {
            Some(code) => refused(person, &words, &input, code),
            None => person.does(line, &input),
        };
        assert!(printed.iter().all(Value::is_object), "{line}: {printed:?}");
        for (field, value) in printed.first().and_then(Value::as_object).into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            known.insert(format!("{command} {field}"), value);
        }
        left.remove(&command);
    }
    assert!(left.is_empty(), "give each an hour of the day: {left:?}");
}

/// It is refused with this code, and what was printed before is JSON all the same.
fn refused(person: &Person, words: &[&str], input: &str, code: &str) -> Vec<Value> {
    let ended = person.runs(&[words, &["--json"]].concat(), input);
    assert!(
        ended.code == Some(1) && ended.error.trim_end().ends_with(&format!("({code})")),
        "{words:?}: {ended:?}"
    );
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    let folder = Folder::new();
    let ana = Person::new(&folder, ([127, 0, 0, 1], 1).into(), "ana");
    for (line, said) in [
        ("room bann garden eve", "there is no command room bann: did you mean sala room ban?"),
        ("room accept bob", "there is no command room accept: did you mean sala friends accept?"),
        ("rom create x", "there is no command rom: did you mean sala room?"),
        ("bench xyzzy", "there is no command bench xyzzy: sala bench --help lists them"),
        ("send hello", "there is no command send: did you mean sala post?"),
        ("ban eve", "there is no command ban: did you mean sala room ban or sala admin ban?"),
        ("friends xyzzy", "there is no command friends xyzzy: there are list, add, accept, decline"),
        ("xyzzy", "there is no command xyzzy: there are chat, post, tail, history, rooms"),
        (
            "room kick garden",
            "NAME is missing: sala room kick ROOM NAME [REASON], such as sala room kick garden bob",
        ),
        ("room kick", "ROOM and NAME are missing: sala room kick ROOM NAME"),
        ("room ban garden eve 1y", "1y is no time"),
        ("room join short/link", "this is no link"),
        ("account delete", "say --yes as well: nobody can be asked here"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let ended = ana.runs(&words, "");
        assert!(ended.code == Some(2) && ended.error.contains(said), "{line}: {ended:?}");
        assert!(ended.out.is_empty() && ended.error.lines().count() == 1, "{line}: {ended:?}");
    }
    let mut command = ana.command(&["account", "me"]);
    let ended = command.env_remove("SALA_NAME").output().unwrap();
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.code() == Some(2) && error.contains("--name ana"), "{error}");
}
