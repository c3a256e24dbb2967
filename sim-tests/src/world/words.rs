//! What people do in a story, and what of it is seen.

use super::{CONVERGENCE_MS, World};
use crate::client_host::{Person, lobby, token};
use crate::oracles;
use crate::screen;
use crate::wire::Word;
use sala_core::client::User;
use sala_core::name::RoomName;
use sala_core::protocol::{Request, Update, parse};
use sala_core::secret::Password;
use std::fmt::Write as _;

impl World {
    /// Somebody says something in the lobby.
    pub fn say(&mut self, person: &Person, text: &str) {
        person.say(&lobby(), text);
    }

    /// Somebody asks for something, in the words of PROTOCOL.md.
    ///
    /// # Panics
    /// If it is no request.
    pub fn asks(&mut self, person: &Person, request: &str) {
        person.ask(request_of(request));
    }

    /// Somebody asks for something, and the world waits until he is answered.
    pub fn asks_and_hears(&mut self, person: &Person, request: &str) {
        let before = answers(person).len();
        self.asks(person, request);
        self.until("a request is answered", CONVERGENCE_MS, |_| answers(person).len() > before);
    }

    /// How what somebody asked was answered on this device so far, in order: the kind of the answer, or the code of a
    /// refusal. What clients ask by themselves is among it.
    #[must_use]
    pub fn answers(&self, person: &Person) -> Vec<String> {
        answers(person)
    }

    /// What a user wants.
    pub fn user(&mut self, person: &Person, user: User) {
        person.user(user);
    }

    /// Somebody says something in a room.
    pub fn says(&mut self, person: &Person, room: &str, text: &str) {
        person.say(&room_of(room), text);
    }

    /// A guest asks for an account.
    pub fn upgrades(&mut self, person: &Person) {
        let token = token(&format!("{}-stays", person.name.as_str()));
        person.user(User::Upgrade { token, password: password_of(person.name.as_str()), invitation: None });
    }

    /// The lobby's entries as they lie on disk.
    #[must_use]
    pub fn transcript(&self) -> String {
        self.transcript_of(&lobby())
    }

    /// A room's entries as they lie on disk.
    #[must_use]
    pub fn transcript_of(&self, room: &RoomName) -> String {
        oracles::transcript(room)
    }

    /// Somebody's screen.
    #[must_use]
    pub fn screen(&self, person: &Person) -> String {
        screen::screen(person)
    }

    /// A room's entries as they lie on disk.
    #[must_use]
    pub fn transcript_of_named(&self, room: &str) -> String {
        oracles::transcript(&room_of(room))
    }

    /// The last answers of those that somebody has heard, one a line.
    #[must_use]
    pub fn last_answers(&self, person: &Person, count: usize) -> String {
        let all = answers(person);
        all[all.len().saturating_sub(count)..].iter().map(|answer| format!("answered: {answer}\n")).collect()
    }

    /// What somebody's devices were sent of a room live, one entry a line.
    #[must_use]
    pub fn heard(&self, person: &Person, room: &str) -> String {
        let mut text = String::new();
        for spoken in person.wire.spoken().iter() {
            if let Word::Told(update) = &spoken.word
                && let Update::Entry { room: of, entry } = &**update
                && of.as_str() == room
            {
                let (kind, words) = (entry.entry.act.kind(), entry.entry.act.text().unwrap_or_default());
                writeln!(text, "{} {kind} {words}", entry.seq.0).expect("writing to a string cannot fail");
            }
        }
        text.replace(" \n", "\n")
    }

    /// Whom somebody sees in his rooms, who of them is here, and whom he knows.
    #[must_use]
    pub fn company(&self, person: &Person) -> String {
        person.conversation.borrow().look(|model| {
            let mut text = String::new();
            let here = |here: bool| if here { "here" } else { "not here" };
            for (room, view) in &model.rooms {
                for (name, member) in &view.members {
                    let line = format!("{} in {room}: {}\n", name, here(member.here));
                    text.push_str(&line);
                }
            }
            for (name, contact) in &model.contacts {
                text.push_str(&format!("{name}: {:?}, {}\n", contact.stands, here(contact.here)));
            }
            text
        })
    }
}

fn room_of(room: &str) -> RoomName {
    let given = room.strip_prefix('~').and_then(|log| log.parse().ok()).map(RoomName::of_log);
    given.unwrap_or_else(|| RoomName::parse(room).expect("stories use proper names"))
}

/// The password that everybody has in stories.
///
/// # Panics
/// Never: it is a proper one.
#[must_use]
pub fn password_of(name: &str) -> Password {
    Password::chosen(format!("the password of {name}")).expect("it is a proper password")
}

/// A request in the words of PROTOCOL.md.
fn request_of(text: &str) -> Request {
    parse(text.as_bytes()).expect("stories ask what can be asked").request
}

fn answers(person: &Person) -> Vec<String> {
    let answer = |word: &Word| match word {
        Word::Told(update) => match &**update {
            Update::Refused { id: Some(_), code, .. } => Some(format!("{code:?}")),
            Update::Done { .. } => Some("done".to_owned()),
            Update::Room { id: Some(_), .. } => Some("room".to_owned()),
            Update::Page { entries, .. } => Some(format!("page of {}", entries.len())),
            Update::Found { posts, .. } => Some(format!("found {}", posts.len())),
            _ => None,
        },
        _ => None,
    };
    person.wire.spoken().iter().filter_map(|spoken| answer(&spoken.word)).collect()
}
