//! What a command is about to add to the logs, in the making.

use super::{Change, Decision, Erase};
use crate::entry::{
    Act, DIRECTORY, DirectoryEntry, Entry, LogId, Note, PersonId, PersonalEntry, RoomEntry, Sanction, Whom,
};
use crate::name::Name;
use crate::refusal::{Code, Refusal};
use crate::server::state::{Directory, Holding, Person, Room, SERVER_NAME, State};
use crate::time::Wall;

/// A command's author and time, the state that it meets, and the entries that it has come to so far.
pub(super) struct Draft<'a> {
    pub(super) state: &'a State,
    pub(super) at: Wall,
    pub(super) by: PersonId,
    pub(super) me: &'a Person,
    change: Change,
}

impl<'a> Draft<'a> {
    /// A command of this person, who may be here at all.
    pub(super) fn by(state: &'a State, at: Wall, by: PersonId) -> Result<Self, Refusal> {
        // Unknown: his own entering was lost with a failed write, or he is erased.
        let me = state.directory().person(by).ok_or_else(enter_first)?;
        server_banned(me, at)?;
        Ok(Draft { state, at, by, me, change: Change::default() })
    }

    pub(super) fn directory(&self) -> &'a Directory {
        self.state.directory()
    }

    /// The person of this name.
    pub(super) fn whom(&self, name: &Name) -> Result<(Whom, &'a Person), Refusal> {
        let found = self.directory().named(name);
        let (person, found) = found
            .ok_or_else(|| Refusal::no(Code::NoSuchPerson, format!("there is nobody of the name {name}")))?;
        Ok((Whom { person, name: found.name.clone() }, found))
    }

    /// The person of this name, if it is somebody else.
    pub(super) fn other(&self, name: &Name) -> Result<(Whom, &'a Person), Refusal> {
        let (whom, person) = self.whom(name)?;
        if whom.person == self.by {
            return Err(Refusal::no(Code::Yourself, "this cannot be done to oneself"));
        }
        Ok((whom, person))
    }

    /// The person of this name, if it is somebody else whom the author has not blocked.
    pub(super) fn other_not_blocked(&self, name: &Name) -> Result<(Whom, &'a Person), Refusal> {
        let (whom, person) = self.other(name)?;
        if self.me.blocks(whom.person) {
            return Err(blocked_by_you(&whom.name));
        }
        Ok((whom, person))
    }

    pub(super) fn myself(&self) -> Whom {
        Whom { person: self.by, name: self.me.name.clone() }
    }

    pub(super) fn entry(mut self, entry: DirectoryEntry) -> Self {
        self.change.entries.push((DIRECTORY, Entry::Directory(entry)));
        self
    }

    /// The author does something in a room.
    pub(super) fn act(self, log: LogId, act: Act) -> Self {
        let (by, author) = (self.by, self.me.name.clone());
        self.act_of(by, author, log, act)
    }

    /// The server does something in a room by a rule.
    pub(super) fn rule(self, log: LogId, act: Act) -> Self {
        let author = Name::parse(SERVER_NAME).expect("the server's own name keeps the rules for names");
        self.act_of(PersonId(0), author, log, act)
    }

    /// Somebody, by another's leave, does something in a room.
    pub(super) fn act_of(mut self, person: PersonId, author: Name, log: LogId, act: Act) -> Self {
        let entry = RoomEntry { at: self.at, person, author, act };
        self.change.entries.push((log, Entry::Room(entry)));
        self
    }

    /// Somebody is told something in his own log.
    pub(super) fn note(mut self, of: PersonId, note: Note) -> Self {
        let entry = PersonalEntry { at: self.at, by: self.by, note };
        self.change.entries.push((LogId::personal(of), Entry::Personal(entry)));
        self
    }

    pub(super) fn erase(mut self, erase: Erase) -> Self {
        self.change.erase.push(erase);
        self
    }

    /// What waits of somebody in a room is erased: he is about to be a member no longer.
    pub(super) fn forget_waiting(self, room: &Room, person: PersonId) -> Self {
        room.holding.of(person).fold(self, |draft, post| draft.erase(Erase::Secret(DIRECTORY, post.seq)))
    }

    /// The words of a room's rule are erased: it is to have another, or is no more.
    pub(super) fn forget_words(self, room: &Room) -> Self {
        let Holding { words, seq, .. } = &room.holding;
        if words.is_empty() { self } else { self.erase(Erase::Secret(DIRECTORY, *seq)) }
    }

    pub(super) fn done(self) -> Result<Decision, Refusal> {
        Ok(Decision::Append(self.change))
    }
}

pub(super) fn blocked_by_you(name: &Name) -> Refusal {
    Refusal::no(Code::BlockedByYou, format!("you have blocked {name}; unblock him first"))
}

/// The person or device of a command is unknown: its own entering was lost with a failed write, or it was shut out.
pub(super) fn enter_first() -> Refusal {
    Refusal::no(Code::EnterFirst, "say who you are first: `enter`")
}

/// Refuses whoever is banned from the server.
pub(super) fn server_banned(person: &Person, at: Wall) -> Result<(), Refusal> {
    match &person.seldom.banned {
        Some(sanction) if sanction.holds(at) => {
            let text = format!("you may not come in{}", terms(sanction, at));
            Err(Refusal::no(Code::Banned, text))
        }
        _ => Ok(()),
    }
}

/// How long a sanction goes on, and why, as it follows a sentence.
pub(super) fn terms(sanction: &Sanction, at: Wall) -> String {
    let still = sanction.until.map(|until| until.since(at).div_ceil(60_000));
    let still = match still {
        None => String::new(),
        Some(minutes @ 0..=120) => format!(" for another {minutes} min"),
        Some(minutes @ 121..=2_880) => format!(" for another {} h", minutes.div_ceil(60)),
        Some(minutes) => format!(" for another {} days", minutes.div_ceil(1_440)),
    };
    if sanction.reason.is_empty() { still } else { format!("{still}: {}", sanction.reason) }
}
