//! Whom the words of a post name.

use crate::entry::PersonId;
use crate::limits::MENTIONS_MAX;
use crate::name::Name;
use crate::server::state::{Room, State};

/// What names all members of a room, where a name would name one.
const ALL: &str = "room";

/// The members that a text names with `@`, and whether it names all. That one of them has blocked the author is nothing
/// that the log may say: it only counts for nothing with him.
pub(super) fn mentions(state: &State, room: &Room, author: PersonId, text: &str) -> (Vec<PersonId>, bool) {
    let (mut people, mut all) = (Vec::new(), false);
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let begins = letter == '@' && !before.is_alphanumeric();
        before = letter;
        if !begins || people.len() >= MENTIONS_MAX {
            continue;
        }
        let rest = &text[at + 1..];
        let end =
            rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(['-', '_', '.']);
        if name == ALL {
            all = true;
        } else if let Ok(name) = Name::parse(name)
            && let Some((person, _)) = state.directory().named(&name)
            && room.members.contains_key(&person)
            && person != author
            && !people.contains(&person)
        {
            people.push(person);
        }
    }
    (people, all)
}
