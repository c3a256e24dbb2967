//! What others ask of one: invitations, requests, and posts to be let through, each said once, and for as long as it waits
//! for an answer.

use super::screen::Screen;
use crate::answer;
use sala_core::client::{Model, RoomView, Stands};
use sala_core::entry::HeldId;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::Invitation;
use std::collections::BTreeMap;

/// Letters of a post that waits that are said with it; `/held` has them all.
const SAID_CHARS: usize = 60;

impl Screen {
    /// Says who invites us, who asks to be a friend, and who waits for us to let him through, once each; what was answered is
    /// asked no longer.
    pub(super) fn tell_of_others(&mut self, model: &Model) {
        let invitations = model.invitations.iter().map(|(room, row)| (room.clone(), invites(room, row)));
        let requests = model.contacts.iter().filter(|(_, contact)| contact.stands == Stands::AskedBy);
        let requests = requests.map(|(name, contact)| (name.clone(), asks(name, &contact.note)));
        let told = std::mem::take(&mut self.invited);
        self.invited = self.tell(&told, invitations.collect());
        let told = std::mem::take(&mut self.asking);
        self.asking = self.tell(&told, requests.collect());
        let told = std::mem::take(&mut self.held);
        self.held =
            self.tell(&told, model.rooms.iter().flat_map(|(room, view)| waits(model, room, view)).collect());
        let stands =
            |name: &Name, stands| model.contacts.get(name).is_some_and(|contact| contact.stands == stands);
        for name in std::mem::take(&mut self.awaited) {
            if stands(&name, Stands::Friend) {
                self.say(format!("✓ {name} is your friend now"));
            }
        }
        let awaited = model.contacts.keys().filter(|name| stands(name, Stands::Asked));
        self.awaited.extend(awaited.cloned());
    }

    /// Says what is new of these, and takes away what stood there before.
    fn tell<T: Ord>(&mut self, told: &BTreeMap<T, String>, now: BTreeMap<T, String>) -> BTreeMap<T, String> {
        let over = |text: &String| told.iter().any(|(key, said)| said == text && !now.contains_key(key));
        self.notices.retain(|notice| !over(notice));
        now.iter().filter(|(key, _)| !told.contains_key(key)).for_each(|(_, text)| self.say(text.clone()));
        now
    }
}

/// Who invites us, and what to type to it.
pub(super) fn invites(room: &RoomName, row: &Invitation) -> String {
    let shown = answer::title(room, row.title.as_ref());
    format!("{}: /join {shown} or /decline {shown}", answer::invitation(row))
}

/// What waits in a room that others have said, and what to type to it.
fn waits<'a>(
    model: &'a Model,
    room: &'a RoomName,
    view: &'a RoomView,
) -> impl Iterator<Item = ((RoomName, HeldId), String)> + 'a {
    let others = view.held.iter().filter(|row| row.by != model.name);
    others.map(move |row| {
        let (shown, by, held) = (view.shown(room), &row.by, row.held.0);
        let said: String = row.text.replace('\n', " ").chars().take(SAID_CHARS).collect();
        let text =
            format!("{by} waits for you in {shown} with “{said}”: there /let {held} or /reject {held}");
        ((room.clone(), row.held), text)
    })
}

/// Who asks to be our friend, and what to type to it.
pub(super) fn asks(name: &Name, note: &str) -> String {
    let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
    format!("{name} asks to be your friend{note}: /accept {name} or /friends decline {name}")
}
