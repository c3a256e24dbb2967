//! What should never be shown, or lie on disk: worlds that are well, and what is said of them to be otherwise.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::client::User;
use sala_core::entry::{Act, Audience, Entry, LogId, Mode, PersonId, Position, RoomEntry, Seq};
use sala_core::server::State;
use sala_net::store::Writer;
use sala_sim::client_host::Person;
use sala_sim::oracles::{Belongs, Kept, Model, OnDisk, Tie, fold, seen_alike};
use sala_sim::server_host::DATABASE;
use sala_sim::vfs;
use sala_sim::world::World;
use std::path::Path;

/// Ana and Bob, who are friends, and have talked; and Carla, who was shut out.
fn world() -> (World, [Person; 3]) {
    let mut world = World::new(90);
    let (ana, bob) = (world.account("ana"), world.account("bob"));
    let phone = world.device(&bob, "phone");
    world.settle();
    world.asks_and_hears(&ana, r#"{"do":"befriend","name":"bob"}"#);
    world.asks_and_hears(&bob, r#"{"do":"befriend","name":"ana"}"#);
    world.say(&ana, "a sentence that is easily found");
    world.settle();
    world.asks_and_hears(&bob, r#"{"do":"revoke","all":true}"#);
    world.rest_and_check();
    (world, [bob, ana, phone])
}

#[test]
fn what_is_shown_otherwise_than_the_log_says_is_found() {
    type Tampering = fn(&mut Model);
    const BOB: PersonId = PersonId(2);
    fn bobs(model: &mut Model) -> &mut Belongs {
        model.rooms.get_mut(&LogId(1)).unwrap().members.get_mut(&BOB).unwrap()
    }
    let cases: [(&str, Tampering); 11] = [
        ("rooms are seen as they are", |model| model.rooms.get_mut(&LogId(1)).unwrap().archived = true),
        ("rooms are seen as they are", |model| model.rooms.get_mut(&LogId(1)).unwrap().slow_ms = 1_000),
        ("rooms are seen as they are", |model| {
            model.rooms.get_mut(&LogId(1)).unwrap().pins.insert(Seq(4));
        }),
        ("rooms are seen as they are", |model| bobs(model).moderator = true),
        ("members are seen as they are", |model| {
            let stranger = Belongs { moderator: false, since: Seq(1), read: Seq(1), spoke: None };
            model.people.entry(PersonId(9)).or_default().name = Some("stranger".parse().unwrap());
            model.rooms.get_mut(&LogId(1)).unwrap().members.insert(PersonId(9), stranger);
        }),
        ("unread is counted alike", |model| bobs(model).read = Seq(u64::MAX - 1)),
        ("contacts are seen as they are", |model| model.people.get_mut(&BOB).unwrap().ties.clear()),
        ("contacts are seen as they are", |model| {
            model.people.get_mut(&BOB).unwrap().invitations.insert(LogId(1));
        }),
        ("contacts are seen as they are", |model| {
            model.people.get_mut(&BOB).unwrap().ties.insert(PersonId(1), Tie::Asked);
        }),
        ("presence is told", |model| model.people.get_mut(&BOB).unwrap().presence.0 = Mode::Invisible),
        ("presence is told", |model| {
            model.people.get_mut(&BOB).unwrap().presence = (Mode::Busy, "out".to_owned(), Audience::Rooms);
        }),
    ];
    let (_world, people) = world();
    let people: Vec<&Person> = people.iter().collect();
    let (on_disk, model) = (OnDisk::read().unwrap(), fold().unwrap());
    seen_alike(&people, &on_disk, &model).unwrap();
    for (oracle, tamper) in cases {
        let mut other = model.clone();
        tamper(&mut other);
        assert_eq!(seen_alike(&people, &on_disk, &other).unwrap_err().oracle, oracle);
    }
    // A request that was never answered, on a connection of its own.
    let mut tap = people[0].wire.open();
    tap.asked(b"{\"do\":\"me\",\"id\":1}\n");
    assert_eq!(seen_alike(&people, &on_disk, &model).unwrap_err().oracle, "all is answered");
}

#[test]
fn who_stays_away_without_having_been_told_so_is_found() {
    let (_world, people) = world();
    let (on_disk, model) = (OnDisk::read().unwrap(), fold().unwrap());
    people[0].user(User::Quit);
    let verdict = seen_alike(&[&people[0]], &on_disk, &model);
    assert_eq!(verdict.unwrap_err().oracle, "turned away for a reason");
}

/// A log in which this entry says something else.
fn doctored(on_disk: &OnDisk, position: Position, from: &str, to: &str) -> OnDisk {
    let mut other = OnDisk::default();
    for kept in &on_disk.entries {
        let mut kept = kept.clone();
        if kept.position == position {
            let body = String::from_utf8(kept.entry.encode()).unwrap().replace(from, to);
            kept.entry = Entry::decode(kept.log, kept.seq, body.as_bytes()).unwrap();
        }
        other.take(kept).unwrap();
    }
    other
}

fn the_sentence(on_disk: &OnDisk) -> Position {
    let is = |kept: &&Kept| matches!(&kept.entry, Entry::Room(entry) if entry.act.text().is_some_and(|text| text.contains("easily")));
    on_disk.entries.iter().find(is).unwrap().position
}

#[test]
fn a_screen_that_shows_other_words_than_the_log_has_is_found() {
    let (_world, people) = world();
    let (on_disk, model) = (OnDisk::read().unwrap(), fold().unwrap());
    let other = doctored(&on_disk, the_sentence(&on_disk), "easily", "hardly");
    assert_eq!(seen_alike(&[&people[0]], &other, &model).unwrap_err().oracle, "shown is kept");
}

#[test]
fn a_disk_on_which_a_bit_has_turned_over_is_not_whole() {
    let (mut world, _people) = world();
    world.stop_server();
    let content = world.disk.read_file(DATABASE).unwrap();
    let at = content.windows(6).position(|place| place == b"easily").unwrap();
    assert!(world.disk.flip_bit(DATABASE, at, 1));
    assert_eq!(OnDisk::read().unwrap_err().oracle, "disk is whole");
    world.disk.put_file(DATABASE, b"this is no database, and never was one");
    assert_eq!(OnDisk::read().unwrap_err().oracle, "disk is readable");
}

#[test]
fn a_checkpoint_that_is_not_what_the_entries_add_up_to_is_found() {
    let (mut world, _people) = world();
    world.stop_server();
    let on_disk = OnDisk::read().unwrap();
    let sentence = the_sentence(&on_disk);
    let mut state = State::new();
    for kept in &on_disk.entries {
        let entry = match &kept.entry {
            Entry::Room(entry) if kept.position == sentence => {
                Entry::Room(RoomEntry { act: Act::Topic("none".to_owned()), ..entry.clone() })
            }
            entry => entry.clone(),
        };
        state.replay(kept.log, kept.seq, &entry).unwrap();
    }
    let salts = StdRng::seed_from_u64(1);
    let mut writer = Writer::open(Path::new(DATABASE), Some(vfs::NAME), salts).unwrap();
    writer.checkpoint(state.position(), state.encode()).unwrap();
    drop(writer);
    assert_eq!(OnDisk::read().unwrap_err().oracle, "fold is as loaded");
}

#[test]
fn a_log_with_an_entry_too_few_is_not_dense() {
    let (_world, _people) = world();
    let on_disk = OnDisk::read().unwrap();
    for left_out in ["position", "seq"] {
        let mut other = OnDisk::default();
        let mut verdict = Ok(());
        let missing = the_sentence(&on_disk);
        for kept in on_disk.entries.iter().filter(|kept| kept.position != missing) {
            let mut kept = kept.clone();
            // Without its position the place in its log is what is missing.
            if left_out == "seq" && kept.position > missing {
                kept.position = Position(kept.position.0 - 1);
                if kept.log == LogId(1) {
                    kept.seq = Seq(kept.seq.0 + 1);
                }
            }
            verdict = verdict.and_then(|()| other.take(kept));
        }
        let last = other.entries.last().unwrap().clone();
        if left_out == "seq" {
            let next = Kept {
                position: Position(last.position.0 + 1),
                log: LogId(1),
                seq: Seq(99),
                ..on_disk.entries[1].clone()
            };
            verdict = verdict.and_then(|()| other.take(next));
        }
        assert_eq!(verdict.unwrap_err().oracle, "log is dense", "without a {left_out}");
    }
}
