//! People with accounts, and the garden that three of them are in.

use super::{World, token};
use sala_core::server::SessionId;

/// Somebody registers on the device `d`, under the password that everybody has here.
pub(crate) fn registers(world: &mut World, name: &str) -> SessionId {
    let session = world.connects();
    let token = token(name);
    world.says(
        session,
        &format!(
            r#"{{"do":"register","name":"{name}","password":"correct horse","token":"{token}","device":"d","have":{{"~me":0}}}}"#
        ),
    );
    world.hears(session);
    session
}

pub(crate) fn signs_in(world: &mut World, name: &str, password: &str, device: &str, more: &str) -> SessionId {
    let session = world.connects();
    let token = token(&format!("{name}-{device}"));
    let line = format!(
        r#"{{"do":"sign_in","name":"{name}","password":"{password}","token":"{token}","device":"{device}"{more}}}"#
    );
    world.says(session, &line);
    session
}

/// What somebody was told since he last listened, without the hello.
pub(crate) fn told(world: &mut World, session: SessionId) -> Vec<String> {
    world.hears(session).into_iter().filter(|line| line != "hello").collect()
}

/// Ana, Bo and Cy have accounts and are in the garden, which is Ana's; nobody has anything left to hear.
pub(crate) fn garden() -> (World, [SessionId; 3]) {
    let mut world = World::new();
    let people = ["ana", "bo", "cy"].map(|name| registers(&mut world, name));
    world.says(people[0], r#"{"do":"create","room":"garden"}"#);
    for session in &people[1..] {
        world.says(*session, r#"{"do":"join","room":"garden"}"#);
    }
    world.passes(1_000);
    people.iter().for_each(|session| drop(world.lines(*session)));
    (world, people)
}

/// The state must be what the disk adds up to, erased entries included.
pub(crate) fn adds_up(world: &World) {
    assert!(*world.server.state() == world.added_up(), "the disk adds up to another state");
}
