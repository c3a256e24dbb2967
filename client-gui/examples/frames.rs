//! Measures what a picture of the window costs, without painting it: run it and read the figures.

#![expect(clippy::unwrap_used, reason = "the world in which it measures is that of the tests")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::Folder;
use common::world::{Dialled, World};
use egui::{Context, Event, Key, Modifiers, RawInput, Rect, pos2, vec2};
use sala_core::client::User;
use sala_core::entry::Seq;
use sala_core::limits::{PAGE_ENTRIES_MAX, POSTS_PER_SECOND, TIMELINE_ENTRIES_MAX};
use sala_core::name::RoomName;
use sala_core::protocol::Page;
use sala_gui::{App, Start};
use std::time::{Duration, Instant};

/// Messages in the room, unless the first argument says another number.
const MESSAGES: usize = 10_000;

/// A window without anything that draws it.
struct Bare {
    ctx: Context,
    app: App,
    dialled: Dialled,
    time: f64,
}

impl Bare {
    fn frame(&mut self, world: &World, events: Vec<Event>) -> Duration {
        let _guard = world.enter();
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1100.0, 720.0))),
            time: Some(self.time),
            events,
            focused: true,
            ..RawInput::default()
        };
        let before = now();
        let mut output = self.ctx.run_ui(input, |ui| self.app.ui(ui));
        let took = before.elapsed();
        // Nothing is painted.
        output.textures_delta.clear();
        world.connect(&self.dialled);
        took
    }

    fn settle(&mut self, world: &World) {
        for _ in 0..10 {
            self.frame(world, Vec::new());
            world.turn();
            world.settle(&mut []);
        }
    }

    fn user(&self, user: User) {
        self.app.link().expect("it is in").conversation.user(user);
    }

    fn held(&self, room: &RoomName) -> (usize, Option<Seq>) {
        let conversation = &self.app.link().expect("it is in").conversation;
        conversation.look(|model| {
            let timeline = &model.rooms[room].timeline;
            (timeline.len(), timeline.first())
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "how long something takes is what is measured")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::print_stdout, reason = "the figures are what is asked for")]
fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(MESSAGES);
    let mut world = World::new();
    let bob = world.guest("bob", "garden");
    for number in 1..=count {
        let more = " and so on, as people do when they talk about a garden".repeat(number % 5);
        bob.say("garden", &format!("message {number} about **tomatoes**{more}"));
        if number % (POSTS_PER_SECOND as usize) == 0 {
            world.pass(1, &mut []);
        }
    }
    let garden = RoomName::parse("garden").expect("a name");
    let folder = Folder::new();
    let (parts, dialled) = world.parts(&folder);
    let ctx = Context::default();
    let start = Start { server: Some("sala".to_owned()), name: Some("ana".to_owned()), link: None };
    let app = {
        let _guard = world.enter();
        App::new(parts, &start, &ctx)
    };
    let mut bare = Bare { ctx, app, dialled, time: 0.0 };
    bare.settle(&world);
    bare.user(User::Join(garden.clone()));
    bare.settle(&world);
    // The room is filled while another one is looked at.
    // Two pages fewer than fit: what is loaded then drives nothing out.
    let aim = TIMELINE_ENTRIES_MAX.min(count) - 3 * PAGE_ENTRIES_MAX;
    while let (len, Some(first)) = bare.held(&garden)
        && len < aim
    {
        bare.user(User::Page(garden.clone(), Page::Before(Some(first)), PAGE_ENTRIES_MAX));
        world.settle(&mut []);
    }
    bare.settle(&world);
    let find = |key: Key, modifiers: Modifiers| Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    };
    println!(
        "{count} messages in the room, {} held by the client, at most {TIMELINE_ENTRIES_MAX}",
        bare.held(&garden).0
    );
    let next = vec![Event::ModifiersChanged(Modifiers::ALT), find(Key::ArrowDown, Modifiers::ALT)];
    while bare.app.state().room.as_ref() != Some(&garden) {
        bare.frame(&world, next.clone());
    }
    let first = bare.frame(&world, vec![Event::ModifiersChanged(Modifiers::NONE)]);
    println!("first frame of the room: {:.2} ms", ms(first));
    bare.settle(&world);
    let mut settled: Vec<Duration> = (0..300).map(|_| bare.frame(&world, Vec::new())).collect();
    settled.sort();
    println!("settled frame: {:.3} ms in the middle, {:.3} ms at most", ms(settled[150]), ms(settled[299]));
    // On the way up a page is put above what is read.
    bare.frame(&world, vec![find(Key::PageUp, Modifiers::NONE)]);
    let (_, held) = bare.held(&garden);
    let before = bare.app.tops();
    bare.user(User::Page(garden.clone(), Page::Before(held), PAGE_ENTRIES_MAX));
    world.settle(&mut []);
    let prepended = bare.frame(&world, Vec::new());
    let (read, top) = before[before.len() / 2];
    let moved = bare.app.tops().iter().find(|(seq, _)| *seq == read).map(|(_, now)| now - top);
    println!(
        "frame after {PAGE_ENTRIES_MAX} older: {:.2} ms; the row that is read moved by {moved:?}",
        ms(prepended)
    );
    println!("memory in use, the server and another client included: {}", memory());
    // A client lets go what is farthest from what is read: so one has to read on.
    let mut pages = 0;
    while bare.app.tops().first().is_none_or(|(seq, _)| *seq > Seq(1)) {
        bare.frame(&world, vec![find(Key::PageUp, Modifiers::NONE)]);
        world.settle(&mut []);
        pages += 1;
        if pages % 500 == 0 {
            let (len, first) = bare.held(&garden);
            println!(
                "after {pages} screens, {len} held from entry {}: {}",
                first.map_or(0, |first| first.0),
                memory()
            );
        }
    }
    println!("after {pages} screens, at the first entry: {}", memory());
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// What the system says that this process has taken for itself, the world's server and people included.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.map_or_else(|| "unknown here".to_owned(), |line| line.trim().to_owned())
}
