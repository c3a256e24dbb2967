//! What the grammar must hold: every request of the protocol can be reached, alike from a line and from a script.

use crate::grammar::{
    Act, Argument, Deed, Drawn, Kind, Named, Need, Own, Scene, Topic, Words, acts, named, nearest,
};
use sala_core::entry::{Audience, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Envelope, Request, Search};
use sala_core::time::Wall;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that are none of the grammar's, and why.
const EXCEPTIONS: [(&str, &str); 6] = [
    ("enter", "every program begins with it"),
    ("post", "whatever is typed in `sala chat` without a slash, and `sala post`"),
    ("page", "scrolling in `sala chat`, `sala history` and `sala tail`"),
    ("typing", "shown by itself while somebody types in `sala chat`; a script does not type"),
    ("ping", "signs of life are the client's own"),
    ("pong", "signs of life are the client's own"),
];
/// Said by leaving, whatever the program.
const LEAVING: &str = "bye";

fn scene(in_chat: bool, here: &RoomName) -> Scene<'_> {
    let now = Wall(1_795_600_000_000);
    Scene {
        here: Some(here),
        model: None,
        invitations: &[],
        recent: &[],
        now,
        audience: Some(Audience::Rooms),
        in_chat,
    }
}

/// What an act is to do with a word for each of its arguments, as a script gives them and as a person types them.
fn both(act: &Act, filled: bool) -> [Result<Deed, String>; 2] {
    let here = RoomName::parse("garden").unwrap();
    let wanted = |argument: &&Argument| filled || argument.need != Need::May;
    let arguments = || act.arguments.iter().filter(wanted);
    let list = arguments().map(|argument| act.sample(argument).to_owned()).collect();
    let typed = arguments().filter(|argument| argument.kind != Kind::Here);
    let typed = typed.map(|argument| act.sample(argument));
    let line = typed.collect::<Vec<_>>().join(" ");
    [act.read(Words::List(list), &scene(false, &here)), act.read(Words::Line(line), &scene(true, &here))]
}

/// The words by which the protocol knows what a deed asks.
fn asks(deed: &Deed) -> Vec<String> {
    let word = |request: &Request| {
        let line = Envelope { id: None, request: request.clone() }.encode();
        let json: serde_json::Value = serde_json::from_slice(&line).unwrap();
        json["do"].as_str().unwrap().to_owned()
    };
    match deed {
        Deed::Ask(request) | Deed::Once(request) => vec![word(request)],
        Deed::Each(_, last) => vec![word(last)],
        Deed::Reply(..) => vec!["post".to_owned()],
        Deed::Draw(Drawn::Link { .. }) => vec!["link".to_owned()],
        Deed::Draw(Drawn::Reset(_)) => vec!["reset".to_owned()],
        Deed::Draw(Drawn::Invitation(_)) => vec!["server_invite".to_owned()],
        Deed::Export(_) => vec!["export".to_owned()],
        // The client holds it.
        Deed::Look(_) => Vec::new(),
        Deed::Own(own) => vec![
            match own {
                Own::Register => "register",
                Own::SignIn(_) => "sign_in",
                Own::Password => "password",
                Own::TotpOn => "totp",
                Own::TotpOff => "totp_off",
                Own::Delete => "delete_account",
                Own::Recover(_) => "recover",
                Own::Claim => "claim",
            }
            .to_owned(),
        ],
    }
}

#[test]
fn a_line_and_a_script_say_the_same() {
    for act in acts() {
        let name = format!("{} {}", act.topic.word(), act.word);
        for filled in [true, false] {
            let [script, chat] = both(act, filled);
            assert!(script.is_ok() && script == chat, "{name}: {script:?} and {chat:?}");
        }
    }
}

#[test]
fn every_request_of_the_protocol_can_be_reached() {
    let protocol = include_str!("../../../../../../core/PROTOCOL.md");
    let requests = protocol.lines().filter_map(|line| line.strip_prefix("{\"do\":\""));
    let requests: BTreeSet<&str> = requests.filter_map(|rest| rest.split('"').next()).collect();
    assert!(requests.len() > 60, "the protocol's examples are there: {requests:?}");
    let mut reached: BTreeSet<String> =
        acts().flat_map(|act| both(act, true)).flat_map(|deed| asks(&deed.unwrap())).collect();
    reached.extend(acts().filter(|act| act.word == "totp").flat_map(|act| {
        let off = act.read(Words::Line("off".to_owned()), &scene(true, &RoomName::own()));
        asks(&off.unwrap()).into_iter().chain(["totp".to_owned()])
    }));
    for (word, why) in EXCEPTIONS {
        assert!(requests.contains(word), "{word} is no request any more: {why}");
        assert!(word == "post" || !reached.contains(word), "{word} is no exception: {why}");
    }
    let missing: Vec<&&str> = requests
        .iter()
        .filter(|word| !reached.contains(**word) && **word != LEAVING)
        .filter(|word| EXCEPTIONS.iter().all(|(exception, _)| exception != *word))
        .collect();
    assert!(missing.is_empty(), "nobody can ask {missing:?}: give each an act, or say why not");
}

#[test]
fn no_two_acts_are_called_alike() {
    let mut scripts = BTreeSet::new();
    let mut lines = BTreeSet::new();
    for act in acts() {
        assert!(scripts.insert((act.topic.word(), act.word)), "{} {}", act.topic.word(), act.word);
        // What a script says behind `sala` is said behind a slash, or the second word alone.
        let (topic, word) = (act.topic.word(), act.word);
        let whole = format!("/{topic} {word}");
        let alone = if matches!(word, "" | "list") { format!("/{topic}") } else { format!("/{word}") };
        assert!([whole.trim_end(), &alone].contains(&act.slash) && lines.insert(act.slash), "{}", act.slash);
        let names = act.also().map(str::to_owned).chain([act.slash[1..].to_owned(), whole[1..].to_owned()]);
        // Behind a topic alone, which lists what there is of it, another act is named.
        for name in names.filter(|name| *name != "friends") {
            let name = format!("{name} and more");
            assert!(matches!(named(&name), Named::Act(found, "and more") if found == act), "{name}");
        }
        let may = act.arguments.iter().map(|argument| argument.need == Need::May);
        assert!(may.is_sorted(), "{}: what may be left out stands last", act.slash);
    }
}

fn typed(slash: &str, line: &str) -> Result<Deed, String> {
    let act = acts().find(|act| act.slash == slash).unwrap();
    act.read(Words::Line(line.to_owned()), &scene(true, &RoomName::parse("garden").unwrap()))
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

#[test]
fn a_time_may_stand_before_a_reason_and_blanks_in_a_text_stay() {
    let room = RoomName::parse("garden").unwrap();
    let ban = |minutes, reason: &str| {
        let reason = reason.to_owned();
        Ok(Deed::Ask(Request::Ban { room: room.clone(), name: name("bob"), minutes, reason }))
    };
    assert_eq!(typed("/ban", "bob 1d  shouting  at all"), ban(Some(1_440), "shouting  at all"));
    assert_eq!(typed("/ban", "bob shouting"), ban(None, "shouting"));
    assert_eq!(typed("/ban", "@bob 90s"), ban(Some(2), ""));
    for line in ["bob 30 minutes loud", "bob 30 min loud", "bob 30min loud", "bob 30m loud"] {
        assert_eq!(typed("/ban", line), ban(Some(30), "loud"), "{line}");
    }
    let link = |hours, uses| Ok(Deed::Draw(Drawn::Link { room: room.clone(), hours, uses }));
    assert_eq!(typed("/link", "2 days 3"), link(Some(48), Some(3)));
    assert_eq!(typed("/link", "3"), link(None, Some(3)));
    assert_eq!(
        typed("/reply", "18 two\nlines"),
        Ok(Deed::Reply(room.clone(), Seq(18), "two\nlines".to_owned()))
    );
}

#[test]
fn options_may_stand_anywhere() {
    let search = |words: &str| {
        Ok(Deed::Ask(Request::Search(Search {
            words: words.to_owned(),
            room: Some(RoomName::parse("garden").unwrap()),
            author: Some(name("bob")),
            since: Some(Wall(1_795_564_800_000)),
            limit: sala_core::limits::FOUND_MAX,
            ..Search::default()
        })))
    };
    assert_eq!(
        typed("/search", "green --in garden tomatoes --by=bob --since 2026-11-25"),
        search("green tomatoes")
    );
    assert!(typed("/search", "green --by").unwrap_err().contains("--by NAME"));
    assert!(typed("/search", "green --since yesterday").unwrap_err().contains("2026-11-25"));
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    let wrong = BTreeMap::from([
        ("/kick", ("", "NAME is missing: /kick NAME [REASON], such as /kick bob shouting")),
        ("/join", ("two words", "words is too much here: /join ROOM, such as /join garden")),
        ("/archive", ("perhaps", "perhaps is none of on, off: /archive [on|off], such as /archive on")),
        ("/unlink", ("three", "three is no number: /unlink LINK, such as /unlink 2")),
        ("/keep", ("0d", "nothing is kept for no time; leave the time out to keep it for ever")),
        ("/hold", ("casino --links perhaps", "perhaps is neither on nor off: --links on")),
        ("/direct", ("bob bob", "bob is too much here: /direct NAME, such as /direct bob")),
        (
            "/role",
            ("bob owner", "owner is none of moderator, member: /role NAME ROLE, such as /role bob moderator"),
        ),
        ("/slow", ("7h", "this can be for 6 h at most")),
        ("/ban", ("eve 1y", "1y is no time: 30m, 2h, 7d")),
        ("/mute", ("bob 5 shouts", "5 is no time: 30m, 2h, 7d")),
        (
            "/admin ban",
            (
                "203.0.113.0/33",
                "203.0.113.0/33 is no address and no range of them: 203.0.113.7, 203.0.113.0/24, or 2001:db8::/32",
            ),
        ),
        ("/react", ("18 wow", "wow is no sign: put one such as 👍 or 🎉")),
        ("/create", ("~7", "names with ~ are given by the server")),
        ("/edit", ("18", "TEXT is missing: /edit MESSAGE TEXT, such as /edit -1 yes, and red ones too")),
    ]);
    for (slash, (line, expected)) in wrong {
        assert_eq!(typed(slash, line).unwrap_err(), expected);
    }
    // Where nothing but a time may stand, what stands there was to be one.
    for slash in ["/keep", "/slow"] {
        assert_eq!(typed(slash, "banana").unwrap_err(), "banana is no time: 30m, 2h, 7d");
    }
}

#[test]
fn a_link_is_told_from_a_room_by_its_length() {
    let link = "bRk3fYx0mJrWq8sVt1ZcN5hLpD7gXoE2uIaKyT4wQvM";
    let with_server = format!("chat.example:7252/{link}");
    for link in [link, &with_server] {
        assert!(
            matches!(typed("/join", link), Ok(Deed::Ask(Request::Join { door: Door::Link(_) }))),
            "{link}"
        );
    }
    let broken = typed("/join", "chat.example:7252/half-of-it-only-of-it").unwrap_err();
    assert!(broken.contains("this is no link"), "{broken}");
    assert!(matches!(typed("/join", "garden"), Ok(Deed::Ask(Request::Join { door: Door::Room(_) }))));
}

#[test]
fn the_example_of_each_act_is_right() {
    let here = RoomName::parse("garden").unwrap();
    for act in acts() {
        let line = act.example(true);
        let Named::Act(found, rest) = named(&line[1..]) else { panic!("{line}") };
        let read = found.read(Words::Line(rest.to_owned()), &scene(true, &here));
        assert!(found == act && read.is_ok(), "{line}: {read:?}");
        assert_eq!(act.example(false).matches('"').count() % 2, 0);
    }
}

#[test]
fn a_name_is_found_by_what_was_probably_meant() {
    let near = |word| nearest(word, acts().map(|act| act.word));
    for (slip, meant) in [("kik", "kick"), ("unbann", "unban"), ("mebmers", "members")] {
        assert_eq!(near(slip), Some(meant), "{slip}");
    }
    assert_eq!(near("xyzzy"), None);
    assert!(matches!(named("room"), Named::Topic(Topic::Room)));
    assert!(matches!(named("friends"), Named::Act(act, "") if act.word == "list"));
    assert!(matches!(named("admin bnn eve"), Named::Nothing(Some(Topic::Admin))));
    assert!(matches!(named("Kick Bob"), Named::Act(act, "Bob") if act.word == "kick"));
}
