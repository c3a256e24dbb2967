//! The life of a room and of those who meet in it, in the words of scripts, with the real programs.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

mod common;

use common::person::Person;
use common::{Folder, start};
use serde_json::Value;

const PASSWORD: &str = "a fine password\n";

fn kinds(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_private_room_is_entered_by_a_link_and_kept_in_order() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let [ana, bob, cyn] = ["ana", "bob", "cyn"].map(|name| Person::new(&folder, address, name));
    let made = ana.does("room private vault what is kept", "");
    let key = made[0]["room"].as_str().unwrap().to_owned();
    assert!(key.starts_with('~') && made[0]["title"] == "vault" && made[0]["role"] == "owner", "{made:?}");
    bob.is_refused("room join vault", "", "no_such_room");

    let link = ana.does("room link vault 2d 1", "")[0]["link"].as_str().unwrap().to_owned();
    assert_eq!(ana.does("room links vault", "")[0]["uses"], 1);
    assert_eq!(bob.does("room join -", &format!("{link}\n"))[0]["room"], key.as_str());
    cyn.is_refused(&format!("room join {link}"), "", "bad_link");
    ana.does("room invite vault cyn", "");
    assert_eq!(cyn.does("account me", "")[0]["invitations"][0]["by"], "ana");
    cyn.does("room decline vault", "");
    ana.does("room invite vault cyn", "");
    assert_eq!(cyn.does("room join vault", "")[0]["room"], key.as_str());

    bob.is_refused("room kick vault ana", "", "not_allowed");
    ana.does("room role vault bob moderator", "");
    let members = ana.does("room members vault", "");
    let roles: Vec<_> = members.iter().map(|row| (row["name"].as_str().unwrap(), &row["role"])).collect();
    assert!(roles[0].1 == "owner" && roles[1].1 == "moderator" && roles[2].1.is_null(), "{roles:?}");

    bob.does("room mute vault cyn 10m shouting", "");
    let muted = cyn.runs(&["post", "--room", &key, "hello"], "");
    assert!(muted.code == Some(1) && muted.error.contains("shouting"), "{muted:?}");
    assert!(muted.error.trim_end().ends_with("(muted)"), "{muted:?}");
    bob.does("room unmute vault cyn", "");
    assert_eq!(cyn.runs(&["post", "--room", &key, "hello"], "").code, Some(0));
    bob.does("room ban vault cyn 1d shouting", "");
    let sanctions = ana.does("room sanctions vault", "");
    assert!(sanctions[0]["whom"] == "cyn" && sanctions[0]["what"] == "ban", "{sanctions:?}");
    assert!(sanctions[0]["until"].is_u64(), "a day is not for ever: {sanctions:?}");
    cyn.is_refused(&format!("room join {key}"), "", "banned");
    bob.does("room unban vault cyn", "");

    let audit = ana.does("room audit vault", "");
    assert_eq!(kinds(&audit)[..4], ["unbanned", "banned", "unmuted", "muted"]);
    assert!(audit[1]["author"] == "bob" && audit[1]["reason"] == "shouting", "{audit:?}");

    ana.does("room topic vault what was kept", "");
    ana.does("room rename vault cellar", "");
    ana.does("room slow cellar 30s", "");
    ana.does("room slow cellar", "");
    ana.does("room archive cellar", "");
    let archived = bob.runs(&["post", "--room", &key, "hello"], "");
    assert!(archived.code == Some(1) && archived.error.contains("archived"), "{archived:?}");
    ana.does("room archive cellar off", "");
    ana.does("room owner cellar bob", "");
    ana.does("room leave cellar", "");
    bob.does("room close cellar all is said", "");
    bob.is_refused("room topic cellar nothing", "", "no_such_room");
}

#[test]
fn what_becomes_of_a_message() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let [ana, bob] = ["ana", "bob"].map(|name| Person::new(&folder, address, name));
    ana.does("room create garden what grows", "");
    bob.does("room join garden", "");
    let said = |person: &Person, text: &str| {
        let place = &person.does(&format!("post --room garden {text}"), "")[0];
        assert_eq!(place["room"], "garden");
        place["seq"].to_string()
    };
    let seq = said(&ana, "the tomatoes are green");
    let answer = bob.does(&format!("message reply garden {seq} not all of them, @ana"), "");
    assert!(answer[0]["room"] == "garden" && answer[0]["seq"].is_u64(), "{answer:?}");
    bob.does("message react garden ana 👍", "");
    ana.does("message edit garden -1 the tomatoes are red", "");
    bob.is_refused(&format!("message edit garden {seq} no"), "", "not_allowed");
    bob.does(&format!("message report garden {seq} untrue").replace("message", "room"), "");
    let report = ana.does("room reports garden", "");
    assert_eq!(report[0]["reason"], "untrue");
    ana.does(&format!("room resolve garden {}", report[0]["report"]), "");
    ana.does(&format!("message pin garden {seq}"), "");
    ana.does(&format!("message unpin garden {seq}"), "");
    let versions = ana.does(&format!("message versions garden {seq}"), "");
    assert_eq!(versions.last().unwrap()["text"], "the tomatoes are green");
    bob.does(&format!("message read garden {seq}"), "");
    bob.does(&format!("message unreact garden {seq} 👍"), "");

    let history = ana.runs(&["history", "--room", "garden", "--json"], "");
    let entries: Vec<Value> = history.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reply = entries.iter().find(|entry| entry["author"] == "bob" && entry["kind"] == "post").unwrap();
    let answered = reply["reply"].as_u64().map(|seq| seq.to_string());
    assert!(answered == Some(seq.clone()) && reply["text"] == "not all of them, @ana", "{reply}");

    let posts = found(&bob, "search tomatoes red --in garden --by ana", 1);
    assert!(posts.len() == 1 && posts[0]["text"] == "the tomatoes are red", "{posts:?}");
    ana.does(&format!("message delete garden {seq}"), "");
    let wrong = ana.runs(&["message", "edit", "garden", "-1", "again"], "");
    assert!(wrong.code == Some(2) && wrong.error.contains("no post -1 of yours"), "{wrong:?}");
}

#[test]
fn friends_groups_and_blocks() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let [ana, bob, cyn] = ["ana", "bob", "cyn"].map(|name| Person::new(&folder, address, name));
    for person in [&ana, &bob, &cyn] {
        person.does("account register", PASSWORD);
    }
    ana.does("friends add bob we met in the garden", "");
    assert_eq!(ana.does("friends list", "")[0]["stands"], "asked");
    assert_eq!(bob.does("friends list", "")[0]["stands"], "asked_by");
    bob.does("friends accept ana", "");
    assert_eq!(ana.does("friends list", "")[0]["stands"], "friend");
    cyn.does("friends add ana", "");
    ana.does("friends decline cyn", "");

    let group = ana.does("room group bob cyn --title hikers", "");
    assert!(group[0]["kind"] == "group" && group[0]["title"] == "hikers", "{group:?}");
    assert_eq!(bob.does("room join hikers", "")[0]["title"], "hikers", "a friend is asked as well");
    assert_eq!(bob.does("room members hikers", "").len(), 2);
    assert_eq!(cyn.does("room join hikers", "")[0]["title"], "hikers");
    let direct = ana.does("room direct bob", "");
    assert_eq!(direct[0]["kind"], "direct");
    assert_eq!(ana.runs(&["post", "--room", "@bob", "psst"], "").code, Some(0));
    assert_eq!(bob.runs(&["post", "--room", "hikers", "hello"], "").code, Some(0));
    let history = bob.runs(&["history", "--room", "@ana"], "");
    assert!(history.out.contains("ana: psst"), "{history:?}");
    let nobody = bob.runs(&["tail", "--room", "@cyn"], "");
    assert!(nobody.code == Some(2) && nobody.error.contains("no conversation with cyn"), "{nobody:?}");
    bob.is_refused("room topic @ana ours", "", "not_allowed");
    bob.is_refused("message reply @ana 1 what?", "", "no_such_post");
}

#[test]
fn how_one_is_seen_and_what_one_takes_along() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let ana = Person::new(&folder, address, "ana");
    ana.does("account register", PASSWORD);
    ana.does("presence away at lunch --to friends", "");
    ana.does("presence busy", "");
    let me = &ana.does("account me", "")[0];
    assert!(me["mode"] == "busy" && me["audience"] == "friends" && me["status"] == "", "{me}");

    assert_eq!(ana.runs(&["post"], &"a line\n".repeat(400)).code, Some(0));
    let path = folder.path().join("mine.json");
    let written = ana.does(&format!("account export {}", path.display()), "");
    let mine: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let posts = mine["entries"].as_array().unwrap().iter().filter(|row| row["entry"]["kind"] == "post");
    assert!(posts.count() == 400 && mine["name"] == "ana", "all of it, over several parts");
    assert_eq!(written[0]["entries"], mine["entries"].as_array().unwrap().len());
    assert_eq!(ana.does("account export", "").len(), mine["entries"].as_array().unwrap().len());
    assert_eq!(found(&ana, "search line", 400).len(), 400, "a list is asked on to its end");
    assert_eq!(ana.does("search line --limit 3", "").len(), 3);
}

/// The chapter of the README, line by line as it stands.
#[test]
fn the_examples_of_the_readme_work_as_they_stand() {
    let folder = Folder::new();
    let (_server, address) = start(folder.server("127.0.0.1:0"));
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| Person::new(&folder, address, name));
    bob.does("account register", PASSWORD);
    eve.does("account me", "");
    let readme = include_str!("../../README.md");
    let chapter = readme.split("## People and rooms").nth(1).unwrap().split("\n## ").next().unwrap();
    let lines: Vec<&str> = chapter.lines().filter_map(|line| line.strip_prefix("    sala ")).collect();
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        let line = line.split(" # ").next().unwrap().trim_end();
        let quoted = line.split('"').enumerate();
        let words = quoted.flat_map(|(number, part)| match number % 2 {
            1 => vec![part],
            _ => part.split_whitespace().collect(),
        });
        let words: Vec<&str> = words.collect();
        let mut command = ana.command(&words);
        command.current_dir(folder.path()).stdin(std::fs::File::open(password(&folder)).unwrap());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(folder.path().join("mine.json").exists());
}

fn password(folder: &Folder) -> std::path::PathBuf {
    let path = folder.path().join("password");
    std::fs::write(&path, PASSWORD).unwrap();
    path
}

#[test]
fn the_help_says_of_each_command_what_it_does() {
    let folder = Folder::new();
    let ana = Person::new(&folder, ([127, 0, 0, 1], 1).into(), "ana");
    for topic in ["room", "message", "friends", "presence", "search", "account", "admin"] {
        let help = ana.runs(&[topic, "--help"], "").out;
        assert!(!help.contains("as whom") && help.contains("Usage: sala"), "{topic}: {help}");
    }
    let ban = ana.runs(&["room", "ban", "--help"], "").out;
    assert!(ban.contains("keep him out") && ban.contains("[TIME]") && ban.contains("30m, 2h, 7d"), "{ban}");
}

/// What a search finds once the index has caught up, which is behind what is said by less than a second.
fn found(person: &Person, search: &str, count: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    for _ in 0..100 {
        rows = person.does(search, "");
        if rows.len() == count {
            break;
        }
    }
    rows
}
