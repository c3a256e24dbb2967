//! Holds PROTOCOL.md to its word: every example runs, and every table says what the program says.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "the document needs few of the world's words")]
mod common;

use common::{Disk, World};
use sala_core::limits;
use sala_core::protocol::{Hello, Update, parse};
use sala_core::refusal::{Code, Fate};
use sala_core::server::{Goodbye, SessionId};
use serde_json::Value;
use std::collections::BTreeMap;

const DOCUMENT: &str = include_str!("../PROTOCOL.md");

/// The fenced blocks of this kind, each with the line that it starts on.
fn blocks(kind: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, &str, String)> = None;
    for (number, line) in DOCUMENT.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => open = Some((number + 2, kind, String::new())),
            (None, None) => {}
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks.into_iter().filter(|block| block.1 == kind).map(|(line, _, text)| (line, text)).collect()
}

/// The rows of the table under this heading, cell by cell.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, text) = DOCUMENT.split_once(&format!("\n## {heading}\n")).expect("a heading of the document");
    let text = text.split("\n## ").next().unwrap_or(text);
    let under_header = |(header, row): &(&str, &str)| row.starts_with("| `") && header.starts_with('|');
    let rows = text.lines().zip(text.lines().skip(1)).filter(under_header).map(|(_, row)| row);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect()
}

#[test]
fn the_document_has_no_example_that_nothing_runs() {
    let known = ["json request", "json update", "conversation", "python"];
    let all = DOCUMENT.lines().filter_map(|line| line.strip_prefix("```")).filter(|kind| !kind.is_empty());
    all.for_each(|kind| assert!(known.contains(&kind), "no test runs blocks of the kind `{kind}`"));
    known
        .iter()
        .for_each(|kind| assert!(!blocks(kind).is_empty(), "the document lost its blocks of `{kind}`"));
}

#[test]
fn every_request_can_be_read_and_written() {
    for (number, text) in blocks("json request") {
        let envelope =
            parse(text.trim().as_bytes()).unwrap_or_else(|refused| panic!("line {number}: {refused:?}"));
        let written = envelope.encode();
        assert_eq!(parse(written.trim_ascii_end()).as_ref(), Ok(&envelope), "line {number}");
        let (ours, theirs): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::from_slice(&written).unwrap());
        for (field, value) in ours.as_object().unwrap() {
            assert_eq!(theirs.get(field), Some(value), "line {number}: `{field}` is not kept");
        }
    }
}

#[test]
fn every_update_can_be_read_and_written() {
    for (number, text) in blocks("json update") {
        let update = Update::decode(text.as_bytes()).unwrap_or_else(|error| panic!("line {number}: {error}"));
        assert_ne!(update, Update::Other, "line {number}");
        let (ours, theirs): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::from_slice(&update.encode()).unwrap());
        assert_eq!(ours, theirs, "line {number}");
    }
}

#[test]
fn the_hello_is_ours() {
    let hellos = blocks("json update");
    let (_, hello) = hellos.iter().find(|(_, text)| text.contains("\"hello\"")).expect("the hello is shown");
    let Ok(Update::Hello(shown)) = Update::decode(hello.as_bytes()) else { panic!("{hello}") };
    assert!(shown.history.is_some(), "each server has one of its own");
    assert_eq!(Hello { history: None, ..shown }, Hello::ours());
}

/// Whether a line is as it is shown, where `…` stands for anything.
fn is_as_shown(line: &str, shown: &str) -> bool {
    match shown.split_once('…') {
        None => line == shown,
        Some((start, end)) => {
            line.len() >= start.len() + end.len() && line.starts_with(start) && line.ends_with(end)
        }
    }
}

#[test]
fn every_conversation_goes_as_it_is_shown() {
    for (number, text) in blocks("conversation") {
        let mut world = World::new();
        let mut sessions: BTreeMap<&str, SessionId> = BTreeMap::new();
        // What was told and is not shown yet, by connection.
        let mut told: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (number, line) in text.lines().enumerate().map(|(offset, line)| (number + offset, line)) {
            if let Some(event) = line.strip_prefix("-- ") {
                happens(&mut world, event);
                continue;
            }
            let mark = line.find(['<', '>']).unwrap_or_else(|| panic!("line {number}: {line}"));
            let (name, words) = (&line[..mark], &line[mark + 2..]);
            let session = *sessions.entry(name).or_insert_with(|| world.connects());
            if line[mark..].starts_with('>') {
                world.says(session, words);
                continue;
            }
            let waiting = told.entry(name).or_default();
            waiting.extend(world.lines(session));
            assert!(!waiting.is_empty(), "line {number}: nothing is told, but this should be: {words}");
            let next = waiting.remove(0);
            assert!(is_as_shown(&next, words), "line {number}:\n    told: {next}\n   shown: {words}");
        }
        for (name, session) in sessions {
            let mut rest = told.remove(name).unwrap_or_default();
            rest.extend(world.lines(session));
            assert!(rest.is_empty(), "from line {number}: {name} was told more than is shown: {rest:?}");
        }
    }
}

fn happens(world: &mut World, event: &str) {
    match event {
        "the disk is full" => world.disk_is(Disk::Full),
        "the disk has room" => world.disk_is(Disk::Works),
        _ => {
            let seconds = event.split(' ').next().and_then(|word| word.parse::<u64>().ok());
            world
                .passes(1_000 * seconds.unwrap_or_else(|| panic!("nobody knows what it means that {event}")));
        }
    }
}

/// All codes but `Other`. The match is there to fail to compile when one is added, and is missing here.
fn codes() -> Vec<Code> {
    let known = |code: &Code| match code {
        Code::LineTooLong | Code::BadUtf8 | Code::BadJson | Code::BadRequest | Code::UnknownRequest => true,
        Code::EnterFirst | Code::AlreadyEntered | Code::BadName | Code::NameTaken | Code::BadToken => true,
        Code::TooManyDevices | Code::RoomTaken | Code::NoSuchRoom | Code::NotAMember | Code::EmptyText => {
            true
        }
        Code::TextTooLong | Code::BadText | Code::BadNumber | Code::NumberReused | Code::OutOfOrder => true,
        Code::TooOld | Code::Full | Code::SlowDown | Code::StorageFull | Code::StorageFailed => true,
        Code::Stopping | Code::GuestsClosed | Code::RegistrationClosed | Code::WeakPassword => true,
        Code::WrongPassword | Code::CodeNeeded | Code::WrongCode | Code::Busy | Code::Banned => true,
        Code::AccountOnly | Code::NotAllowed | Code::NoSuchPerson | Code::BlockedByYou | Code::Yourself => {
            true
        }
        Code::NoSuchMember | Code::BadLink | Code::Archived | Code::Muted | Code::SlowMode => true,
        Code::NoSuchPost | Code::NotThere | Code::InvitationNeeded | Code::BadInvitation => true,
        Code::Held | Code::Rejected => true,
        Code::Other => false,
    };
    let source = include_str!("../src/refusal.rs");
    let (_, body) = source.split_once("pub enum Code {").expect("the list of codes");
    let body = body.split('}').next().unwrap_or(body);
    let names =
        body.lines().filter_map(|line| line.trim().strip_suffix(',')).filter(|line| !line.starts_with('/'));
    let snake = |name: &str| {
        let letter =
            |c: char| if c.is_uppercase() { format!("_{}", c.to_lowercase()) } else { c.to_string() };
        name.chars().map(letter).collect::<String>().trim_start_matches('_').to_owned()
    };
    let codes = names.map(|name| serde_json::from_value::<Code>(Value::String(snake(name))).unwrap());
    codes.filter(known).collect()
}

#[test]
fn the_table_of_refusals_lists_every_code() {
    let rows = table("Refusals");
    let listed: Vec<&str> = rows.iter().filter(|row| row.len() == 4).map(|row| row[0]).collect();
    let codes = codes();
    for code in &codes {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
    let ours: Vec<String> =
        codes.iter().map(|code| serde_json::to_value(code).unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(listed, ours);
    for row in rows.iter().filter(|row| row.len() == 4) {
        serde_json::from_value::<Fate>(Value::String(row[1].to_owned())).unwrap();
        assert!(["–", "given"].contains(&row[2]), "{row:?}");
    }
}

#[test]
fn what_conversations_show_of_a_code_is_what_the_table_says() {
    let rows = table("Refusals");
    let lines = blocks("conversation").into_iter().chain(blocks("json update"));
    let lines = lines.flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let mut seen = 0;
    for line in lines.filter(|line| line.contains("\"t\":\"refused\"")) {
        let json = &line[line.find('{').unwrap()..];
        let Update::Refused { code, fate, retry_ms, .. } = Update::decode(json.as_bytes()).unwrap() else {
            panic!()
        };
        let name = serde_json::to_value(code).unwrap();
        let row = rows.iter().find(|row| row[0] == name.as_str().unwrap()).unwrap();
        assert_eq!(Value::String(row[1].to_owned()), serde_json::to_value(fate).unwrap(), "{line}");
        assert_eq!(row[2] == "given", retry_ms.is_some(), "{line}");
        seen += 1;
    }
    assert!(seen > 8, "the conversations lost their refusals");
}

#[test]
fn the_table_of_goodbyes_is_ours() {
    let all = [
        Goodbye::Bye,
        Goodbye::Replaced,
        Goodbye::Silent,
        Goodbye::TooSlowToEnter,
        Goodbye::Stopping,
        Goodbye::StorageFailed,
        Goodbye::StorageFull,
        Goodbye::Haste,
        Goodbye::Full,
        Goodbye::Crowded,
        Goodbye::Revoked,
        Goodbye::Banned,
        Goodbye::Erased,
        Goodbye::Closed,
    ];
    let ours = all.map(|goodbye| {
        let Update::Goodbye { why, retry_ms, .. } = goodbye.update() else {
            panic!("no goodbye: {goodbye:?}")
        };
        (why, retry_ms.map_or("–".to_owned(), |ms| ms.to_string()))
    });
    let rows: Vec<_> = table("Goodbye").iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(rows, ours);
}

#[test]
fn the_table_of_limits_is_ours() {
    macro_rules! ours {
        ($($name:ident)*) => { [$((stringify!($name), u64::try_from(limits::$name).unwrap())),*] };
    }
    let ours = ours!(
        REQUEST_BYTES_MAX UPDATE_BYTES_MAX POST_BYTES_MAX TOPIC_BYTES_MAX NAME_CHARS_MAX NAME_BYTES_MAX
        TOKEN_CHARS_MIN TOKEN_CHARS_MAX DEVICE_LABEL_CHARS_MAX PAGE_ENTRIES_MAX PAGE_BYTES_MAX LIST_ROWS_MAX
        RESUME_ENTRIES_MAX POSTS_IN_FLIGHT_MAX POST_NUMBER_MAX DEVICES_MAX FORMER_DEVICES_MAX ROOMS_JOINED_MAX DIRECTS_MAX HAVE_MAX ROOM_MEMBERS_MAX
        ROOMS_MAX PEOPLE_MAX SESSIONS_MAX SESSIONS_PER_ADDRESS_MAX SESSION_PENDING_MAX ANSWER_BYTES_MAX HEARTBEAT_MS ENTER_TIMEOUT_MS
        WRITE_TIMEOUT_MS PRESENCE_MS BACKOFF_MS_MIN BACKOFF_MS_MAX POSTS_BURST POSTS_PER_SECOND POSTS_PER_PERSON REQUESTS_BURST
        REQUESTS_PER_SECOND HASTE_MAX HASTE_PER_SECOND STRANGER_LINES_BURST STRANGER_LINES_PER_SECOND
        DIRECTS_BY_OTHERS_MAX SANCTION_ROWS_MAX PASSWORD_BYTES_MIN PASSWORD_BYTES_MAX CODE_CHARS_MIN CODE_CHARS_MAX RECOVERY_CODES_MAX NAME_KEPT_MS RESET_MS REASON_BYTES_MAX NOTE_BYTES_MAX STATUS_BYTES_MAX EMOJI_BYTES_MAX EMOJI_PER_POST_MAX MENTIONS_MAX PINS_MAX MODERATORS_MAX INVITED_MAX INVITATIONS_MAX INVITATIONS_BY_ONE_MAX SERVER_INVITATIONS_BY_ONE_MAX SERVER_INVITATIONS_MAX SERVER_INVITATION_HOURS SERVER_INVITATION_HOURS_MAX LINKS_MAX LINK_HOURS_MAX SANCTIONS_MAX SANCTION_MINUTES_MAX ADDRESS_BANS_MAX SLOW_SECONDS_MAX KEEP_DAYS_MAX KEEP_BEGINS_MS FADE_MS REPORTS_MAX REPORTS_BY_ONE_MAX HOLD_WORDS_MAX HOLD_WORD_BYTES_MAX HELD_MAX HELD_BY_ONE_MAX GROUP_PEOPLE_MAX CONTACTS_MAX FRIENDSHIPS_ASKED_MAX FRIENDSHIPS_WAITING_MAX TYPING_MS SEARCH_BYTES_MAX FOUND_MAX NEWCOMERS_BURST NEWCOMER_MS VENTURES_BURST VENTURE_MS JOINS_BURST JOIN_MS SIGN_INS_BURST SIGN_IN_MS SEARCHES_BURST SEARCH_MS PEOPLE_PER_ADDRESS
    );
    let rows = table("Limits");
    let rows: Vec<_> = rows.iter().map(|row| (row[0], row[1].parse::<u64>().unwrap())).collect();
    assert_eq!(rows, ours);
}

#[test]
fn what_a_client_does_not_know_is_passed_over() {
    let other = br#"{"t":"confetti","room":7,"seq":"many"}"#;
    assert_eq!(Update::decode(other).unwrap(), Update::Other);
    let ping = br#"{"t":"ping","louder":true}"#;
    assert_eq!(Update::decode(ping).unwrap(), Update::Ping);
    let kind = br#"{"t":"entry","room":"lobby","seq":9007199254740991,"at":1,"kind":"wink","person":1,"author":"ana","eye":"left"}"#;
    assert!(matches!(Update::decode(kind).unwrap(), Update::Entry { .. }));
    let refused =
        br#"{"t":"refused","code":"moon_is_full","fate":"in_the_stars","retry_ms":5,"text":"wait","sign":3}"#;
    let Update::Refused { code, fate, .. } = Update::decode(refused).unwrap() else { panic!("no refusal") };
    assert_eq!((code, fate), (Code::Other, Fate::Unknown));
}
