//! Clients with accounts, each at a seat of its own.

use super::{World, room, token};
use sala_core::client::{Client, Config, Credential, Input, User};
use sala_core::limits::BACKOFF_MS_MAX;
use sala_core::name::Name;
use sala_core::protocol::{Request, Secret};
use sala_core::secret::Password;

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(crate) fn password(text: &str) -> Password {
    Password::chosen(text.to_owned()).unwrap()
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(token(text)).unwrap()
}

pub(crate) fn config(name: &str, device: &str, credential: Credential) -> Config {
    let token = secret(&format!("{name}-{device}"));
    Config { name: name.parse().unwrap(), token, credential, device: device.to_owned(), prefetch: true }
}

pub(crate) fn registering() -> Credential {
    Credential::Register { password: password("correct horse"), invitation: None }
}

pub(crate) fn signing_in(code: Option<String>) -> Credential {
    Credential::Password { password: password("correct horse"), code }
}

/// A client that was not started yet. A stranger keeps its seat warm.
pub(crate) fn seat(world: &mut World, config: Config) -> usize {
    let seat = world.invites("stranger", "seat");
    world.cuts(seat, false);
    world.happened(seat);
    world.guests[seat].asked.clear();
    world.guests[seat].client = Client::new(config);
    world.guests[seat].reaches = true;
    seat
}

/// A client that looks at everything, started.
pub(crate) fn brings(world: &mut World, name: &str, device: &str, credential: Credential) -> usize {
    let seat = seat(world, config(name, device, credential));
    world.tells(seat, Input::Started);
    seat
}

/// People with accounts, all in the lobby.
pub(crate) fn people<const N: usize>(names: [&str; N]) -> (World, [usize; N]) {
    let mut world = World::new();
    let people = names.map(|name| brings(&mut world, name, "d", registering()));
    people.iter().for_each(|seat| world.wants(*seat, User::Join(room("lobby"))));
    world.passes(1_000);
    people.iter().for_each(|seat| drop(world.happened(*seat)));
    (world, people)
}

pub(crate) fn asks(world: &mut World, seat: usize, request: Request) {
    world.wants(seat, User::Ask(request));
}

pub(crate) fn breaks(world: &mut World, seat: usize) {
    world.cuts(seat, true);
    world.passes(2 * BACKOFF_MS_MAX);
}
