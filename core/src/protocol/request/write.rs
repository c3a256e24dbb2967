//! Writes a request as its line.

use super::raw::RawRequest;
use super::{Arrival, Banned, Door, Enter, Envelope, Page, Request, Search};
use crate::entry::{Registration, Seq};
use crate::name::{Name, RoomName};

impl Envelope {
    /// The request as one line with its newline, as a client sends it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut raw = raw(&self.request);
        raw.id = self.id;
        let mut line =
            serde_json::to_vec(&raw).expect("a request has only string keys, so it is always JSON");
        line.push(b'\n');
        line
    }
}

fn raw(request: &Request) -> RawRequest {
    match request {
        Request::Enter(enter) => bare("enter").entering(enter),
        Request::SignIn { name, password, code, arrival } => {
            let mut raw = bare("sign_in").named(name).arriving(arrival);
            raw.password = Some(password.reveal().to_owned());
            raw.code.clone_from(code);
            raw
        }
        Request::Register { enter, password, invitation } => RawRequest {
            password: Some(password.reveal().to_owned()),
            code: invitation.as_ref().map(|code| code.reveal().to_owned()),
            ..bare("register").entering(enter)
        },
        Request::Upgrade { token, password, invitation } => RawRequest {
            token: Some(token.reveal().to_owned()),
            password: Some(password.reveal().to_owned()),
            code: invitation.as_ref().map(|code| code.reveal().to_owned()),
            ..bare("register")
        },
        Request::Recover { name, code, password, arrival } => {
            let mut raw = bare("recover").named(name).arriving(arrival);
            raw.password = Some(password.reveal().to_owned());
            raw.code = Some(code.reveal().to_owned());
            raw
        }
        Request::Password { old, password } => RawRequest {
            old: Some(old.reveal().to_owned()),
            password: Some(password.reveal().to_owned()),
            ..bare("password")
        },
        Request::Totp { password, secret, code, recovery } => RawRequest {
            password: Some(password.reveal().to_owned()),
            secret: Some(secret.clone()),
            code: Some(code.clone()),
            recovery: Some(recovery.iter().map(|code| code.reveal().to_owned()).collect()),
            ..bare("totp")
        },
        Request::TotpOff { password } => {
            RawRequest { password: Some(password.reveal().to_owned()), ..bare("totp_off") }
        }
        Request::Devices => bare("devices"),
        Request::Revoke { device } => RawRequest {
            device: device.map(|device| device.0.into()),
            all: device.is_none().then_some(true),
            ..bare("revoke")
        },
        Request::DeleteAccount { password } => {
            let password = password.as_ref().map(|password| password.reveal().to_owned());
            RawRequest { password, ..bare("delete_account") }
        }
        Request::Me => bare("me"),
        Request::Export { after } => RawRequest { after: Some((*after).into()), ..bare("export") },
        Request::Claim { code } => RawRequest { code: Some(code.reveal().to_owned()), ..bare("claim") },
        Request::Settings { registration, guests } => {
            let (open, inviters) = registration.map(Registration::parts).unzip();
            let inviters = inviters.flatten();
            RawRequest { registration: open, inviters, guests: *guests, ..bare("settings") }
        }
        Request::ServerInvite { code, hours } => {
            RawRequest { code: Some(code.reveal().to_owned()), hours: Some(*hours), ..bare("server_invite") }
        }
        Request::ServerUninvite { invitation } => {
            RawRequest { invitation: Some(*invitation), ..bare("server_uninvite") }
        }
        Request::ServerInvitations { after } => {
            RawRequest { after: after.map(|after| after.0.into()), ..bare("server_invitations") }
        }
        Request::Admin { name, on } => RawRequest { on: Some(*on), ..bare("admin").named(name) },
        Request::Reset { name, code } => {
            RawRequest { code: Some(code.reveal().to_owned()), ..bare("reset").named(name) }
        }
        Request::ServerBan { whom, minutes, reason } => {
            RawRequest { minutes: *minutes, reason: Some(reason.clone()), ..bare("server_ban").banning(whom) }
        }
        Request::ServerUnban { whom } => bare("server_unban").banning(whom),
        Request::ServerBans { after } => {
            RawRequest { after: after.as_deref().map(Into::into), ..bare("server_bans") }
        }
        Request::Create { room, topic, private } => RawRequest {
            topic: Some(topic.clone()),
            private: private.then_some(true),
            ..bare("create").in_room(room)
        },
        Request::Group { people, title } => RawRequest {
            people: Some(people.iter().map(|name| name.as_str().to_owned()).collect()),
            room: title.as_ref().map(|title| title.as_str().to_owned()),
            ..bare("group")
        },
        Request::Direct { name } => bare("direct").named(name),
        Request::Join { door: Door::Room(room) } => bare("join").in_room(room),
        Request::Join { door: Door::Link(link) } => {
            RawRequest { link: Some(link.reveal().into()), ..bare("join") }
        }
        Request::Leave { room } => bare("leave").in_room(room),
        Request::Invite { room, name } => bare("invite").in_room(room).named(name),
        Request::Uninvite { room, name } => bare("uninvite").in_room(room).named(name),
        Request::Decline { room } => bare("decline").in_room(room),
        Request::Link { room, token, hours, uses } => RawRequest {
            token: Some(token.reveal().to_owned()),
            hours: *hours,
            uses: *uses,
            ..bare("link").in_room(room)
        },
        Request::Unlink { room, link } => {
            RawRequest { link: Some(link.0.into()), ..bare("unlink").in_room(room) }
        }
        Request::Links { room } => bare("links").in_room(room),
        Request::Topic { room, text } => bare("topic").in_room(room).saying(text),
        Request::Rename { room, to } => {
            RawRequest { to: Some(to.as_str().to_owned()), ..bare("rename").in_room(room) }
        }
        Request::Archive { room, on } => RawRequest { on: Some(*on), ..bare("archive").in_room(room) },
        Request::Close { room, reason } => bare("close").in_room(room).because(reason),
        Request::Kick { room, name, reason } => bare("kick").in_room(room).named(name).because(reason),
        Request::Ban { room, name, minutes, reason } => {
            RawRequest { minutes: *minutes, ..bare("ban").in_room(room).named(name).because(reason) }
        }
        Request::Unban { room, name } => bare("unban").in_room(room).named(name),
        Request::Mute { room, name, minutes, reason } => {
            RawRequest { minutes: *minutes, ..bare("mute").in_room(room).named(name).because(reason) }
        }
        Request::Unmute { room, name } => bare("unmute").in_room(room).named(name),
        Request::Sanctions { room, after } => {
            RawRequest { after: after.as_deref().map(Into::into), ..bare("sanctions").in_room(room) }
        }
        Request::Keep { room, days } => RawRequest {
            room: room.as_ref().map(|room| room.as_str().to_owned()),
            days: Some(*days),
            ..bare("keep")
        },
        Request::Hold { room, words, links } => RawRequest {
            words: Some(words.clone().into()),
            links: links.then_some(true),
            ..bare("hold").in_room(room)
        },
        Request::Held { room, after } => {
            RawRequest { after: after.map(|after| after.0.into()), ..bare("held").in_room(room) }
        }
        Request::Let { room, held } => RawRequest { held: Some(*held), ..bare("let").in_room(room) },
        Request::Reject { room, held, reason } => {
            RawRequest { held: Some(*held), ..bare("reject").in_room(room).because(reason) }
        }
        Request::Slow { room, seconds } => {
            RawRequest { seconds: Some(*seconds), ..bare("slow").in_room(room) }
        }
        Request::Role { room, name, role } => {
            RawRequest { role: Some(*role), ..bare("role").in_room(room).named(name) }
        }
        Request::Owner { room, name } => bare("owner").in_room(room).named(name),
        Request::Audit { room, before, limit } => RawRequest {
            before: before.map(|before| before.0),
            limit: Some(*limit),
            ..bare("audit").in_room(room)
        },
        Request::Report { room, seq, reason } => bare("report").in_room(room).at(*seq).because(reason),
        Request::Reports { room, after } => {
            RawRequest { after: after.map(|after| after.0.into()), ..bare("reports").in_room(room) }
        }
        Request::Resolve { room, report } => {
            RawRequest { report: Some(*report), ..bare("resolve").in_room(room) }
        }
        Request::Befriend { name, note } => {
            RawRequest { note: Some(note.clone()), ..bare("befriend").named(name) }
        }
        Request::Unfriend { name } => bare("unfriend").named(name),
        Request::Block { name } => bare("block").named(name),
        Request::Unblock { name } => bare("unblock").named(name),
        Request::Friends { after } => {
            RawRequest { after: after.as_ref().map(|after| after.as_str().into()), ..bare("friends") }
        }
        Request::Presence { mode, status, audience } => RawRequest {
            mode: Some(*mode),
            status: Some(status.clone()),
            audience: Some(*audience),
            ..bare("presence")
        },
        Request::Post { room, n, text, reply } => {
            RawRequest { n: Some(n.value()), reply: *reply, ..bare("post").in_room(room).saying(text) }
        }
        Request::Edit { room, seq, text } => bare("edit").in_room(room).at(*seq).saying(text),
        Request::Delete { room, seq } => bare("delete").in_room(room).at(*seq),
        Request::React { room, seq, emoji, on } => {
            RawRequest { emoji: Some(emoji.clone()), on: Some(*on), ..bare("react").in_room(room).at(*seq) }
        }
        Request::Pin { room, seq, on } => RawRequest { on: Some(*on), ..bare("pin").in_room(room).at(*seq) },
        Request::Read { room, seq } => bare("read").in_room(room).at(*seq),
        Request::Typing { room } => bare("typing").in_room(room),
        Request::Versions { room, seq, after } => {
            let after = after.map(|after| after.0.into());
            RawRequest { after, ..bare("versions").in_room(room).at(*seq) }
        }
        Request::Search(search) => searching(search),
        Request::Rooms { after, all } => RawRequest {
            after: after.as_ref().map(|after| after.as_str().into()),
            all: all.then_some(true),
            ..bare("rooms")
        },
        Request::Who { room, after } => RawRequest {
            after: after.as_ref().map(|after| after.as_str().into()),
            ..bare("who").in_room(room)
        },
        Request::Page { room, page, limit } => {
            let mut raw = bare("page").in_room(room);
            raw.limit = Some(*limit);
            match page {
                Page::Before(before) => raw.before = before.map(|before| before.0),
                Page::After(after) => raw.after = Some(after.0.into()),
            }
            raw
        }
        Request::Ping => bare("ping"),
        Request::Pong => bare("pong"),
        Request::Bye => bare("bye"),
    }
}

fn bare(word: &str) -> RawRequest {
    RawRequest { r#do: word.to_owned(), ..RawRequest::default() }
}

fn searching(search: &Search) -> RawRequest {
    let Search { words, room, author, since, until, before, limit } = search;
    RawRequest {
        words: Some(words.as_str().into()),
        room: room.as_ref().map(|room| room.as_str().to_owned()),
        author: author.as_ref().map(|author| author.as_str().to_owned()),
        since: *since,
        until: *until,
        before: *before,
        limit: Some(*limit),
        ..bare("search")
    }
}

impl RawRequest {
    fn named(mut self, name: &Name) -> Self {
        self.name = Some(name.as_str().to_owned());
        self
    }

    fn in_room(mut self, room: &RoomName) -> Self {
        self.room = Some(room.as_str().to_owned());
        self
    }

    fn at(mut self, seq: Seq) -> Self {
        self.seq = Some(seq);
        self
    }

    fn saying(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    fn banning(mut self, whom: &Banned) -> Self {
        match whom {
            Banned::Person(name) => self.name = Some(name.as_str().to_owned()),
            Banned::Addresses(range) => self.address = Some(*range),
        }
        self
    }

    fn entering(self, Enter { name, arrival }: &Enter) -> Self {
        self.named(name).arriving(arrival)
    }

    fn arriving(mut self, Arrival { token, device, have }: &Arrival) -> Self {
        self.token = Some(token.reveal().to_owned());
        self.device = Some(device.as_str().into());
        let held = |(room, seq): (&RoomName, &Seq)| (room.as_str().to_owned(), *seq);
        self.have = Some(have.iter().map(held).collect());
        self
    }
}
