//! What is unread on all devices of a person, after a day on which a seed decides what happens.

#![expect(clippy::unwrap_used, reason = "these are tests throughout, helpers included")]

#[expect(dead_code, reason = "a day needs few of the world's words")]
mod common;

use common::{World, room, token};
use sala_core::client::{Client, Config, Credential, Input, Link, User};
use sala_core::entry::{LogId, Seq};
use sala_core::limits::BACKOFF_MS_MAX;
use sala_core::protocol::{Page, Secret};

/// A client that looks at everything, in the lobby. A stranger keeps its seat warm.
fn brings(world: &mut World, name: &str, device: &str) -> usize {
    let seat = world.invites("stranger", "seat");
    world.cuts(seat, false);
    let (token, credential) = (Secret::new(token(name)).unwrap(), Credential::Token);
    let name = name.parse().unwrap();
    let config = Config { name, token, credential, device: device.to_owned(), prefetch: true };
    world.guests[seat].client = Client::new(config);
    world.guests[seat].reaches = true;
    world.tells(seat, Input::Started);
    world.wants(seat, User::Join(room("lobby")));
    seat
}

/// A sequence that a seed decides (Knuth, MMIX).
struct Chance(u64);

impl Chance {
    fn draw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Ana at two devices and Bo, who talk, delete and read, while links break; then all is quiet.
fn day(seed: u64) {
    let (mut world, mut chance) = (World::new(), Chance(seed));
    let seats = [("ana", "d1"), ("ana", "d2"), ("bo", "d1")];
    let seats = seats.map(|(name, device)| brings(&mut world, name, device));
    for _ in 0..120 {
        let seat = seats[usize::try_from(chance.draw(3)).unwrap()];
        let lobby = room("lobby");
        match chance.draw(12) {
            0..4 => {
                let texts = ["hello", "@ana look", "@bo look", "@room", "nothing"];
                let text = texts[usize::try_from(chance.draw(5)).unwrap()].to_owned();
                world.wants(seat, User::Say { room: lobby, text });
            }
            4..6 => world.wants(seat, User::Delete(lobby, Seq(2 + chance.draw(60)))),
            6..8 => world.wants(seat, User::Read(lobby)),
            8 => world.cuts(seat, true),
            9 => world.wants(seat, User::Page(lobby, Page::Before(None), 10)),
            _ => world.passes(chance.draw(1_500)),
        }
    }
    world.passes(4 * BACKOFF_MS_MAX);
    let state = world.server.state();
    for seat in seats {
        let model = world.guests[seat].client.model();
        assert_eq!(model.link, Link::Online, "seed {seed}");
        let lobby = state.room(LogId(1)).unwrap();
        let person = state.directory().holder(&model.name).unwrap();
        let view = &model.rooms[&room("lobby")];
        let server = (lobby.unread(person), lobby.mentions_of(person) as u64);
        assert_eq!((view.unread, view.mentions), server, "seed {seed}, {} at seat {seat}", model.name);
    }
}

#[test]
fn all_devices_come_to_the_numbers_of_the_server() {
    (0..300).for_each(day);
}
