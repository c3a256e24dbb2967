//! The rules as tables: what becomes of each command in a state that was added up from entries.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

use sala_core::entry::{
    Act, DIRECTORY, DeviceId, DirectoryEntry, Entry, LogId, PersonId, Post, PostNumber, RoomEntry, RoomKind,
    Seq, TokenHash,
};
use sala_core::limits::{DEVICES_MAX, POST_NUMBER_MAX, ROOM_MEMBERS_MAX, ROOMS_JOINED_MAX, ROOMS_MAX};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Request, Secret};
use sala_core::server::{Arrived, Ask, Command, Decision, Origin, State, StateError, decide};
use sala_core::time::Wall;
use std::collections::BTreeMap;

const ANA: PersonId = PersonId(1);
const BO: PersonId = PersonId(2);
const LOBBY: LogId = LogId(1);
const GARDEN: LogId = LogId(2);

/// A state that grows entry by entry.
struct History(State);

impl History {
    /// Ana is in the lobby and in her own garden; Bo is nowhere.
    fn new() -> Self {
        let mut history = History(State::new());
        history.has_room(1, "lobby");
        history.acts(LOBBY, PersonId(0), Act::Created);
        history.has_person(1, "ana");
        history.has_device(1, ANA, "d");
        history.has_person(2, "bo");
        history.has_device(2, BO, "d");
        history.acts(LOBBY, ANA, Act::Joined);
        history.has_room(2, "garden");
        history.acts(GARDEN, ANA, Act::Created);
        history
    }

    fn has(&mut self, log: LogId, entry: &Entry) {
        let seq = self.0.next_seq(log);
        self.0.replay(log, seq, entry).unwrap();
    }

    fn has_person(&mut self, person: u64, name: &str) {
        let (person, token, name) = (PersonId(person), token(name), name.parse().unwrap());
        self.has(DIRECTORY, &Entry::Directory(DirectoryEntry::Guest { at: Wall(0), person, name, token }));
    }

    fn has_device(&mut self, device: u64, person: PersonId, label: &str) {
        let (device, label) = (DeviceId(device), label.to_owned());
        self.has(
            DIRECTORY,
            &Entry::Directory(DirectoryEntry::Device {
                at: Wall(0),
                device,
                person,
                label,
                token: None,
                heir_of: None,
            }),
        );
    }

    fn has_room(&mut self, log: u64, name: &str) {
        let (log, name) = (LogId(log), name.parse().unwrap());
        self.has(
            DIRECTORY,
            &Entry::Directory(DirectoryEntry::Room {
                at: Wall(0),
                log,
                name: Some(name),
                room: RoomKind::Public,
                pair: None,
            }),
        );
    }

    fn acts(&mut self, log: LogId, person: PersonId, act: Act) {
        let author = self.0.directory().person(person).map(|person| person.name.clone());
        let author = author.unwrap_or_else(|| "sala".parse().unwrap());
        self.has(log, &Entry::Room(RoomEntry { at: Wall(0), person, author, act }));
    }

    fn posts(&mut self, log: LogId, n: u64, text: &str) {
        let post = Post::plain(DeviceId(1), PostNumber::new(n).unwrap(), text);
        self.acts(log, ANA, Act::Post(post));
    }

    /// What becomes of a command, in short.
    fn decides(&self, ask: Ask) -> String {
        let command = Command { origin: Origin::SERVER, at: Wall(7), ask };
        let before = self.0.clone();
        let decision = decide(&self.0, &command);
        assert_eq!(self.0, before, "deciding changes nothing");
        match decision {
            Ok(Decision::Append(change)) => change.entries.iter().map(short).collect::<Vec<_>>().join(", "),
            Ok(Decision::Already) => "already".to_owned(),
            Ok(Decision::Look) => "looks".to_owned(),
            Ok(Decision::Stored(log, seq)) => format!("stored {}/{}", log.0, seq.0),
            Ok(Decision::Waits(log, held)) => format!("Waits({}, {})", log.0, held.0),
            Err(refusal) => format!("{:?}", refusal.code),
        }
    }

    fn demand(&self, table: &[(Ask, &str)]) {
        for (ask, outcome) in table {
            assert_eq!(self.decides(ask.clone()), *outcome, "{ask:?}");
        }
    }
}

fn short((log, entry): &(LogId, Entry)) -> String {
    match entry {
        Entry::Directory(DirectoryEntry::Guest { person, name, .. }) => {
            format!("person {} is {name}", person.0)
        }
        Entry::Directory(DirectoryEntry::Device { device, person, label, .. }) => {
            format!("device {} of {} is {label}", device.0, person.0)
        }
        Entry::Directory(DirectoryEntry::Room { log, name: Some(name), .. }) => {
            format!("room {} is {name}", log.0)
        }
        Entry::Directory(entry) => format!("{entry:?}"),
        Entry::Personal(entry) => format!("{entry:?}"),
        Entry::Room(entry) => {
            let text = entry.act.text().map_or(String::new(), |text| format!(" {text}"));
            format!("{}: {} {}{text}", log.0, entry.author, entry.act.kind())
        }
    }
}

fn token(name: &str) -> TokenHash {
    Secret::new(format!("{name:-<32}")).unwrap().hash()
}

fn name(name: &str) -> Name {
    name.parse().unwrap()
}

fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

fn enter(who: &str, token_of: &str, device: &str) -> Ask {
    let arrived = Arrived { token: token(token_of), device: device.to_owned(), have: BTreeMap::new() };
    Ask::Enter(name(who), arrived)
}

/// A request of this person on his first device, which has his number.
fn asks(by: PersonId, request: Request) -> Ask {
    Ask::Do { by, device: DeviceId(by.0), request, author: None }
}

fn create(by: PersonId, named: &str, topic: &str) -> Ask {
    asks(by, Request::Create { room: room(named), topic: topic.to_owned(), private: false })
}

fn join(by: PersonId, named: &str) -> Ask {
    asks(by, Request::Join { door: Door::Room(room(named)) })
}

fn leave(by: PersonId, named: &str) -> Ask {
    asks(by, Request::Leave { room: room(named) })
}

fn topic(by: PersonId, named: &str, text: &str) -> Ask {
    asks(by, Request::Topic { room: room(named), text: text.to_owned() })
}

fn post(device: u64, named: &str, n: u64, text: &str) -> Ask {
    let n = PostNumber::new(n).unwrap();
    asks(PersonId(device), Request::Post { room: room(named), n, text: text.to_owned(), reply: None })
}

#[test]
fn a_server_is_founded_once() {
    assert_eq!(History(State::new()).decides(Ask::Start { claim: None }), "room 1 is lobby, 1: sala created");
    assert_eq!(History::new().decides(Ask::Start { claim: None }), "already");
}

#[test]
fn a_name_belongs_to_whoever_took_it_and_its_token() {
    History::new().demand(&[
        (enter("cy", "cy", "d"), "person 3 is cy, device 3 of 3 is d"),
        (enter("ana", "ana", "d"), "already"),
        (enter("ANA", "ana", "d"), "already"),
        (enter("ana", "ana", "phone"), "device 3 of 1 is phone"),
        (enter("ana", "bo", "d"), "NameTaken"),
        (enter("Ana", "bo", "d"), "NameTaken"),
        (enter("b0", "cy", "d"), "NameTaken"),
        (enter("sala", "cy", "d"), "NameTaken"),
        (enter("SaIa", "cy", "d"), "NameTaken"),
    ]);
}

#[test]
fn a_person_has_so_many_devices_and_no_more() {
    let mut history = History::new();
    (2..=DEVICES_MAX as u64).for_each(|device| history.has_device(1 + device, ANA, &device.to_string()));
    history.demand(&[
        (enter("ana", "ana", "one more"), "TooManyDevices"),
        (enter("ana", "ana", "7"), "already"),
        (enter("bo", "bo", "another"), "device 18 of 2 is another"),
    ]);
}

#[test]
fn a_room_is_made_if_none_looks_like_it() {
    History::new().demand(&[
        (create(ANA, "attic", ""), "room 3 is attic, 3: ana created"),
        (create(ANA, "attic", "old things"), "room 3 is attic, 3: ana created, 3: ana topic old things"),
        (create(ANA, "lobby", ""), "RoomTaken"),
        (create(ANA, "LOBBY", ""), "RoomTaken"),
        (create(BO, "1obby", ""), "RoomTaken"),
        (create(PersonId(9), "attic", ""), "EnterFirst"),
    ]);
}

#[test]
fn members_come_and_go() {
    History::new().demand(&[
        (join(BO, "lobby"), "1: bo joined"),
        (join(BO, "Lobby"), "1: bo joined"),
        (join(ANA, "lobby"), "already"),
        (join(BO, "1obby"), "NoSuchRoom"),
        (join(BO, "attic"), "NoSuchRoom"),
        (join(PersonId(9), "lobby"), "EnterFirst"),
        (leave(ANA, "lobby"), "1: ana left"),
        (leave(BO, "lobby"), "NotAMember"),
        (leave(ANA, "attic"), "NoSuchRoom"),
    ]);
}

#[test]
fn members_alone_set_the_topic_and_speak() {
    History::new().demand(&[
        (topic(ANA, "garden", "weeds"), "2: ana topic weeds"),
        (topic(ANA, "garden", ""), "already"),
        (topic(BO, "garden", "weeds"), "NotAMember"),
        (topic(ANA, "attic", "dust"), "NoSuchRoom"),
        (post(1, "garden", 1, "hello"), "2: ana post hello"),
        (post(1, "GARDEN", 7, "hello"), "2: ana post hello"),
        (post(2, "garden", 1, "hello"), "NotAMember"),
        (post(1, "attic", 1, "hello"), "NoSuchRoom"),
        (post(9, "garden", 1, "hello"), "EnterFirst"),
        (post(1, "garden", POST_NUMBER_MAX, "hello"), "2: ana post hello"),
    ]);
}

#[test]
fn a_number_stands_for_one_post() {
    let mut history = History::new();
    history.posts(LOBBY, 1, "one");
    history.posts(GARDEN, 4, "four");
    history.demand(&[
        (post(1, "lobby", 1, "one"), "stored 1/3"),
        (post(1, "garden", 4, "four"), "stored 2/2"),
        (post(1, "lobby", 1, "two"), "NumberReused"),
        (post(1, "garden", 1, "one"), "NumberReused"),
        (post(1, "lobby", 3, "three"), "OutOfOrder"),
        (post(1, "lobby", 5, "five"), "1: ana post five"),
    ]);
    history.acts(LOBBY, ANA, Act::Left);
    history.demand(&[
        (post(1, "lobby", 1, "one"), "stored 1/3"),
        (post(1, "lobby", 1, "two"), "NumberReused"),
        (post(1, "lobby", 5, "five"), "NotAMember"),
    ]);
}

#[test]
fn a_device_s_window_is_sixty_four_wide() {
    let mut history = History::new();
    (1..=100).filter(|n| *n != 50).for_each(|n| history.posts(LOBBY, n, &n.to_string()));
    history.demand(&[
        (post(1, "lobby", 100, "100"), "stored 1/101"),
        (post(1, "lobby", 100 - 63, "37"), "stored 1/39"),
        (post(1, "lobby", 100 - 64, "36"), "TooOld"),
        (post(1, "lobby", 1, "1"), "TooOld"),
        (post(1, "lobby", 50, "50"), "OutOfOrder"),
    ]);
    history.posts(LOBBY, 101, "101");
    history.demand(&[
        (post(1, "lobby", 101 - 63, "38"), "stored 1/40"),
        (post(1, "lobby", 101 - 64, "37"), "TooOld"),
    ]);
    history.posts(LOBBY, 5_000, "far ahead");
    history.demand(&[
        (post(1, "lobby", 5_000 - 63, "new"), "OutOfOrder"),
        (post(1, "lobby", 101, "101"), "TooOld"),
    ]);
}

#[test]
fn a_person_is_in_so_many_rooms_and_no_more() {
    let mut history = History::new();
    for log in 3..=ROOMS_JOINED_MAX as u64 {
        history.has_room(log, &format!("room-{log}"));
        history.acts(LogId(log), ANA, Act::Created);
    }
    history.has_room(101, "last");
    history.demand(&[
        (join(ANA, "last"), "Full"),
        (create(ANA, "attic", ""), "Full"),
        (join(ANA, "lobby"), "already"),
        (join(BO, "last"), "101: bo joined"),
    ]);
    history.acts(LOBBY, ANA, Act::Left);
    history.demand(&[(join(ANA, "last"), "101: ana joined")]);
}

#[test]
fn a_server_has_so_many_rooms_and_no_more() {
    let mut history = History::new();
    (3..=ROOMS_MAX as u64).for_each(|log| history.has_room(log, &format!("room-{log}")));
    history.demand(&[(create(BO, "attic", ""), "Full"), (create(BO, "lobby", ""), "RoomTaken")]);
}

#[test]
fn a_room_has_so_many_members_and_no_more() {
    let mut history = History::new();
    for person in 3..=ROOM_MEMBERS_MAX as u64 + 1 {
        history.has_person(person, &format!("p-{person}"));
        history.acts(LOBBY, PersonId(person), Act::Joined);
    }
    history.demand(&[(join(BO, "lobby"), "Full"), (join(ANA, "lobby"), "already")]);
    history.acts(LOBBY, ANA, Act::Left);
    history.demand(&[(join(BO, "lobby"), "1: bo joined")]);
}

#[test]
fn a_state_survives_its_checkpoint() {
    let mut history = History::new();
    (1..=70).for_each(|n| history.posts(LOBBY, n, "again"));
    history.acts(GARDEN, ANA, Act::Topic("weeds, “quoted”\n".to_owned()));
    let state = &history.0;
    assert_eq!(State::decode(&state.encode()).unwrap(), *state);
    assert_eq!(State::decode(&State::new().encode()).unwrap(), State::new());
    let read = State::decode(&state.encode()).unwrap();
    assert_eq!(History(read).decides(post(1, "lobby", 70 - 63, "again")), "stored 1/9");
    assert!(State::decode(b"{}").is_err());
}

#[test]
fn entries_that_do_not_continue_a_state_are_refused() {
    let mut state = History::new().0;
    let entry = |act| Entry::Room(RoomEntry { at: Wall(0), person: ANA, author: name("ana"), act });
    let wink = entry(Act::Other("wink".to_owned()));
    assert!(matches!(state.replay(LOBBY, Seq(4), &entry(Act::Left)), Err(StateError::Gap { .. })));
    assert!(matches!(state.replay(LOBBY, Seq(2), &entry(Act::Left)), Err(StateError::Gap { .. })));
    assert!(matches!(state.replay(LogId(9), Seq(1), &entry(Act::Left)), Err(StateError::NoRoom { .. })));
    assert!(matches!(state.replay(LOBBY, Seq(3), &wink), Err(StateError::Newer { .. })));
    assert_eq!(state, History::new().0, "what is refused changes nothing");
}
