//! The requests that operations come to.

use super::Stage;
use crate::client_host::Person;
use crate::plan::{Listed, Operation, Sight};
use sala_core::entry::{Audience, DeviceId, InvitationId, Inviters, Mode, Registration, Role};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Banned, Door, Page, Request, Search};

/// Entries that are asked for at once.
const LIMIT: usize = 50;

impl Stage {
    /// What somebody asks the server for; none if it does not apply.
    pub(super) fn request(&mut self, who: &Person, operation: &Operation) -> Option<Request> {
        let name = |name: &str| Name::parse(name).ok();
        Some(match operation {
            Operation::Revoke { device } => {
                let device = match device {
                    Some(label) => Some(self.device_id(who, label)?),
                    None => None,
                };
                Request::Revoke { device }
            }
            Operation::Create { room, private } => {
                Request::Create { room: RoomName::parse(room).ok()?, topic: String::new(), private: *private }
            }
            Operation::Group { room, people } => {
                let people = people.iter().filter_map(|whom| name(whom)).collect();
                Request::Group { people, title: RoomName::parse(room).ok() }
            }
            Operation::Direct { whom } => Request::Direct { name: name(whom)? },
            Operation::JoinByLink { link } => Request::Join { door: Door::Link(self.link(*link)) },
            Operation::Invite { room, whom } => {
                Request::Invite { room: self.room(who, room)?, name: name(whom)? }
            }
            Operation::Uninvite { room, whom } => {
                Request::Uninvite { room: self.room(who, room)?, name: name(whom)? }
            }
            Operation::Decline { room } => Request::Decline { room: self.room(who, room)? },
            Operation::Link { room, link, hours, uses } => {
                let (room, token) = (self.room(who, room)?, self.link(*link));
                Request::Link { room, token, hours: *hours, uses: *uses }
            }
            Operation::Topic { room, mark } => {
                Request::Topic { room: self.room(who, room)?, text: format!("topic {}", self.mark(*mark)) }
            }
            Operation::Rename { room, to } => {
                Request::Rename { room: self.room(who, room)?, to: RoomName::parse(to).ok()? }
            }
            Operation::Archive { room, on } => Request::Archive { room: self.room(who, room)?, on: *on },
            Operation::Close { room, mark } => {
                Request::Close { room: self.room(who, room)?, reason: self.reason(*mark) }
            }
            Operation::Kick { room, whom, mark } => {
                Request::Kick { room: self.room(who, room)?, name: name(whom)?, reason: self.reason(*mark) }
            }
            Operation::Ban { room, whom, minutes, mark } => {
                let (room, minutes, reason) = (self.room(who, room)?, *minutes, self.reason(*mark));
                Request::Ban { room, name: name(whom)?, minutes, reason }
            }
            Operation::Unban { room, whom } => {
                Request::Unban { room: self.room(who, room)?, name: name(whom)? }
            }
            Operation::Mute { room, whom, minutes, mark } => {
                let (room, minutes, reason) = (self.room(who, room)?, *minutes, self.reason(*mark));
                Request::Mute { room, name: name(whom)?, minutes, reason }
            }
            Operation::Unmute { room, whom } => {
                Request::Unmute { room: self.room(who, room)?, name: name(whom)? }
            }
            Operation::Slow { room, seconds } => {
                Request::Slow { room: self.room(who, room)?, seconds: *seconds }
            }
            Operation::Keep { room, days } => {
                Request::Keep { room: Some(self.room(who, room)?), days: *days }
            }
            Operation::Hold { room, words, links } => {
                Request::Hold { room: self.room(who, room)?, words: words.clone(), links: *links }
            }
            Operation::Let { room, nth } => {
                let (room, held) = self.held(who, room, *nth)?;
                Request::Let { room, held }
            }
            Operation::Reject { room, nth, mark } => {
                let (room, held) = self.held(who, room, *nth)?;
                Request::Reject { room, held, reason: self.reason(*mark) }
            }
            Operation::Moderator { room, whom, on } => {
                let role = if *on { Role::Moderator } else { Role::Member };
                Request::Role { room: self.room(who, room)?, name: name(whom)?, role }
            }
            Operation::Owner { room, whom } => {
                Request::Owner { room: self.room(who, room)?, name: name(whom)? }
            }
            Operation::Report { room, nth, mark } => {
                let (room, seq) = self.post(who, room, *nth, false)?;
                Request::Report { room, seq, reason: self.reason(*mark) }
            }
            Operation::Edit { room, nth, own, mark } => {
                let (room, seq) = self.post(who, room, *nth, *own)?;
                Request::Edit { room, seq, text: format!("line {} in other words", self.mark(*mark)) }
            }
            Operation::Delete { room, nth, own } => {
                let (room, seq) = self.post(who, room, *nth, *own)?;
                Request::Delete { room, seq }
            }
            Operation::React { room, nth, on } => {
                let (room, seq) = self.post(who, room, *nth, false)?;
                Request::React { room, seq, emoji: "👍".to_owned(), on: *on }
            }
            Operation::Pin { room, nth, on } => {
                let (room, seq) = self.post(who, room, *nth, false)?;
                Request::Pin { room, seq, on: *on }
            }
            Operation::Befriend { whom, mark } => {
                Request::Befriend { name: name(whom)?, note: format!("note {}", self.mark(*mark)) }
            }
            Operation::Unfriend { whom } => Request::Unfriend { name: name(whom)? },
            Operation::Block { whom } => Request::Block { name: name(whom)? },
            Operation::Unblock { whom } => Request::Unblock { name: name(whom)? },
            Operation::Presence { mode, friends_only, mark } => {
                let mode = match mode.as_str() {
                    "away" => Mode::Away,
                    "busy" => Mode::Busy,
                    "invisible" => Mode::Invisible,
                    _ => Mode::Online,
                };
                let audience = if *friends_only { Audience::Friends } else { Audience::Rooms };
                Request::Presence { mode, status: format!("status {}", self.mark(*mark)), audience }
            }
            Operation::Admin { whom, on } => Request::Admin { name: name(whom)?, on: *on },
            Operation::Settings { registration, guests } => {
                let registration = if *registration { Registration::Open } else { Registration::Closed };
                Request::Settings { registration: Some(registration), guests: Some(*guests) }
            }
            Operation::ByInvitation { of_members } => {
                let inviters = if *of_members { Inviters::Members } else { Inviters::Admins };
                Request::Settings {
                    registration: Some(Registration::Invitation(inviters)),
                    guests: Some(true),
                }
            }
            Operation::ServerInvite { code } => Request::ServerInvite { code: self.code(*code), hours: 1 },
            Operation::ServerUninvite { invitation } => {
                Request::ServerUninvite { invitation: InvitationId(*invitation) }
            }
            Operation::ServerBan { whom, minutes, mark } => {
                let (whom, minutes) = (Banned::Person(name(whom)?), *minutes);
                Request::ServerBan { whom, minutes, reason: self.reason(*mark) }
            }
            Operation::ServerUnban { whom } => Request::ServerUnban { whom: Banned::Person(name(whom)?) },
            Operation::Reset { whom, code } => Request::Reset { name: name(whom)?, code: self.code(*code) },
            Operation::Page { room, upwards } => {
                let page = if *upwards { Page::Before(None) } else { Page::After(sala_core::entry::Seq(0)) };
                Request::Page { room: self.room(who, room)?, page, limit: LIMIT }
            }
            Operation::Search { room, whom, words } => {
                let room = match room {
                    Some(room) => Some(self.room(who, room)?),
                    None => None,
                };
                let author = whom.as_deref().and_then(name);
                if words.is_empty() && author.is_none() && room.is_none() {
                    return None;
                }
                Request::Search(Search {
                    words: words.clone(),
                    room,
                    author,
                    limit: LIMIT,
                    ..Search::default()
                })
            }
            Operation::Look { room, at } => self.look(who, room, *at)?,
            Operation::List { what } => list(*what),
            _ => return None,
        })
    }

    fn look(&mut self, who: &Person, room: &str, at: Sight) -> Option<Request> {
        if at == Sight::Versions {
            let (room, seq) = self.post(who, room, 1, false)?;
            return Some(Request::Versions { room, seq, after: None });
        }
        let room = self.room(who, room)?;
        Some(match at {
            Sight::Who => Request::Who { room, after: None },
            Sight::Audit => Request::Audit { room, before: None, limit: LIMIT },
            Sight::Sanctions => Request::Sanctions { room, after: None },
            Sight::Links => Request::Links { room },
            Sight::Held => Request::Held { room, after: None },
            Sight::Reports | Sight::Versions => Request::Reports { room, after: None },
        })
    }

    /// The number of a device, as the server has told it to that device.
    fn device_id(&self, who: &Person, label: &str) -> Option<DeviceId> {
        let other = self.people.get(&format!("{}/{label}", who.name.as_str()))?;
        other.conversation.borrow().look(|model| model.device)
    }

    fn reason(&self, mark: u64) -> String {
        format!("reason {}", self.mark(mark))
    }
}

fn list(what: Listed) -> Request {
    match what {
        Listed::Rooms => Request::Rooms { after: None, all: false },
        Listed::AllRooms => Request::Rooms { after: None, all: true },
        Listed::Export => Request::Export { after: 0 },
        Listed::Devices => Request::Devices,
        Listed::Me => Request::Me,
        Listed::Friends => Request::Friends { after: None },
        Listed::ServerBans => Request::ServerBans { after: None },
        Listed::ServerInvitations => Request::ServerInvitations { after: None },
        Listed::OwnLog => Request::Page { room: RoomName::own(), page: Page::Before(None), limit: LIMIT },
    }
}
