//! Reads a request from its line.

use super::fields::{
    bounded, checked_reason, checked_said, checked_text, claimed, hold_words, name, once_code, room, string,
    wanted, wrong,
};
use super::raw::RawRequest;
use super::{Arrival, Banned, Door, Enter, Envelope, Page, Refused, Request, Search};
use crate::entry::{HeldId, InvitationId, PostNumber, Registration, ReportId, Role, Seq};
use crate::limits::{
    DEVICE_LABEL_CHARS_MAX, EMOJI_BYTES_MAX, FOUND_MAX, GROUP_PEOPLE_MAX, HAVE_MAX, KEEP_DAYS_MAX,
    LINK_HOURS_MAX, NOTE_BYTES_MAX, PAGE_ENTRIES_MAX, RECOVERY_CODES_MAX, SANCTION_MINUTES_MAX,
    SEARCH_BYTES_MAX, SERVER_INVITATION_HOURS, SERVER_INVITATION_HOURS_MAX, SLOW_SECONDS_MAX,
    STATUS_BYTES_MAX, TOKEN_CHARS_MAX, TOKEN_CHARS_MIN, TOPIC_BYTES_MAX, TOTP_SECRET_CHARS_MAX,
    TOTP_SECRET_CHARS_MIN,
};
use crate::name::{Name, RoomName};
use crate::refusal::{Code, Refusal};
use crate::secret::{OnceCode, Password, Secret};
use crate::seen::is_sign;
use serde_json::Value;

/// Reads one line, without its newline.
///
/// # Errors
/// The refusal to tell the client, with the request's `id` and `n` if they could be read.
pub fn parse(line: &[u8]) -> Result<Envelope, Refused> {
    let raw: RawRequest = match std::str::from_utf8(line) {
        Err(error) => {
            let why = format!("the line is not UTF-8 from byte {} on", error.valid_up_to());
            return Err(Refused { id: None, n: None, refusal: Refusal::no(Code::BadUtf8, why) });
        }
        Ok(text) => read(text)?,
    };
    let (id, n) = (raw.id, raw.n.and_then(PostNumber::new));
    match request(raw) {
        Ok(request) => Ok(Envelope { id, request }),
        Err(refusal) => Err(Refused { id, n, refusal }),
    }
}

fn read(text: &str) -> Result<RawRequest, Refused> {
    // To serde a list of the right length is a struct as well.
    if !text.trim_ascii_start().starts_with('{') {
        let refusal = Refusal::no(Code::BadJson, "the line is not one JSON object");
        return Err(Refused { id: None, n: None, refusal });
    }
    serde_json::from_str(text).map_err(|error| unreadable(text, &error))
}

/// The refusal of a line that is no request, told under its `id` where a second, patient look finds one.
fn unreadable(text: &str, error: &serde_json::Error) -> Refused {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let object = value.as_ref().and_then(Value::as_object);
    let field = |name: &str| object.and_then(|object| object.get(name)).and_then(Value::as_u64);
    let code = if object.is_some() { Code::BadRequest } else { Code::BadJson };
    let refusal = Refusal::no(code, format!("the line is not a request: {error}"));
    Refused { id: field("id"), n: field("n").and_then(PostNumber::new), refusal }
}

fn request(mut raw: RawRequest) -> Result<Request, Refusal> {
    let word = std::mem::take(&mut raw.r#do);
    Ok(match word.as_str() {
        "enter" => Request::Enter(raw.enter()?),
        "sign_in" => {
            let (name, password) = (raw.name()?, raw.password()?);
            Request::SignIn { name, password, code: raw.one_time_code()?, arrival: raw.arrival()? }
        }
        "register" => {
            let password = raw.new_password()?;
            let invitation = raw.code.take().map(|code| once_code(&code, "code")).transpose()?;
            if raw.name.is_some() {
                Request::Register { enter: raw.enter()?, password, invitation }
            } else {
                Request::Upgrade { token: raw.token()?, password, invitation }
            }
        }
        "recover" => {
            let (name, code) = (raw.name()?, raw.code()?);
            Request::Recover { name, code, password: raw.new_password()?, arrival: raw.arrival()? }
        }
        "password" => {
            let old = claimed(wanted(raw.old.take(), "old")?, "old")?;
            Request::Password { old, password: raw.new_password()? }
        }
        "totp" => raw.totp()?,
        "totp_off" => Request::TotpOff { password: raw.password()? },
        "devices" => Request::Devices,
        "revoke" => {
            let device = raw.device_id();
            if device.is_none() && raw.all != Some(true) {
                return Err(wrong("device", "a device's number; or `all` must be true"));
            }
            Request::Revoke { device }
        }
        "delete_account" => {
            let password = raw.password.take().map(|text| claimed(text, "password")).transpose()?;
            Request::DeleteAccount { password }
        }
        "me" => Request::Me,
        "export" => Request::Export { after: raw.count("after")?.unwrap_or(0) },
        "claim" => Request::Claim { code: raw.code()? },
        "settings" => Request::Settings { registration: raw.registration()?, guests: raw.guests },
        "server_invite" => {
            let hours = bounded(raw.hours, SERVER_INVITATION_HOURS_MAX, "hours")?;
            Request::ServerInvite { code: raw.code()?, hours: hours.unwrap_or(SERVER_INVITATION_HOURS) }
        }
        "server_uninvite" => Request::ServerUninvite { invitation: wanted(raw.invitation, "invitation")? },
        "server_invitations" => Request::ServerInvitations { after: raw.count("after")?.map(InvitationId) },
        "admin" => Request::Admin { name: raw.name()?, on: raw.on()? },
        "reset" => Request::Reset { name: raw.name()?, code: raw.code()? },
        "server_ban" => {
            Request::ServerBan { whom: raw.whom_banned()?, minutes: raw.minutes()?, reason: raw.reason()? }
        }
        "server_unban" => Request::ServerUnban { whom: raw.whom_banned()? },
        "server_bans" => Request::ServerBans { after: string(raw.after.take(), "after", "a name")? },
        "create" => {
            let topic = checked_text(raw.topic.take().unwrap_or_default(), TOPIC_BYTES_MAX, "topic")?;
            Request::Create { room: raw.new_room("room")?, topic, private: raw.private.unwrap_or(false) }
        }
        "group" => raw.group()?,
        "direct" => Request::Direct { name: raw.name()? },
        "join" => Request::Join { door: raw.door()? },
        "leave" => Request::Leave { room: raw.room()? },
        "invite" => Request::Invite { room: raw.room()?, name: raw.name()? },
        "uninvite" => Request::Uninvite { room: raw.room()?, name: raw.name()? },
        "decline" => Request::Decline { room: raw.room()? },
        "link" => {
            let hours = bounded(raw.hours, LINK_HOURS_MAX, "hours")?;
            let uses = raw.uses.map_or(Ok(None), |uses| {
                if uses > 0 { Ok(Some(uses)) } else { Err(wrong("uses", "at least 1")) }
            })?;
            Request::Link { room: raw.room()?, token: raw.token()?, hours, uses }
        }
        "unlink" => {
            let link = raw.link_id().ok_or_else(|| wrong("link", "a link's number"))?;
            Request::Unlink { room: raw.room()?, link }
        }
        "links" => Request::Links { room: raw.room()? },
        "topic" => {
            let text = checked_text(wanted(raw.text.take(), "text")?, TOPIC_BYTES_MAX, "text")?;
            Request::Topic { room: raw.room()?, text }
        }
        "rename" => Request::Rename { room: raw.room()?, to: raw.new_room("to")? },
        "archive" => Request::Archive { room: raw.room()?, on: raw.on()? },
        "close" => Request::Close { room: raw.room()?, reason: raw.reason()? },
        "kick" => Request::Kick { room: raw.room()?, name: raw.name()?, reason: raw.reason()? },
        "ban" => {
            let (room, name) = (raw.room()?, raw.name()?);
            Request::Ban { room, name, minutes: raw.minutes()?, reason: raw.reason()? }
        }
        "unban" => Request::Unban { room: raw.room()?, name: raw.name()? },
        "mute" => {
            let (room, name) = (raw.room()?, raw.name()?);
            Request::Mute { room, name, minutes: raw.minutes()?, reason: raw.reason()? }
        }
        "unmute" => Request::Unmute { room: raw.room()?, name: raw.name()? },
        "sanctions" => {
            let after = string(raw.after.take(), "after", "a name")?;
            Request::Sanctions { room: raw.room()?, after }
        }
        "keep" => {
            let days = wanted(raw.days, "days")?;
            if days > KEEP_DAYS_MAX {
                return Err(wrong("days", &format!("from 0 to {KEEP_DAYS_MAX}")));
            }
            let room = if raw.room.is_some() { Some(raw.room()?) } else { None };
            Request::Keep { room, days }
        }
        "hold" => {
            let words = raw.words.take().map(hold_words).transpose()?.unwrap_or_default();
            Request::Hold { room: raw.room()?, words, links: raw.links.unwrap_or(false) }
        }
        "held" => {
            let after = raw.count("after")?.map(HeldId);
            Request::Held { room: raw.room()?, after }
        }
        "let" => Request::Let { room: raw.room()?, held: wanted(raw.held, "held")? },
        "reject" => {
            Request::Reject { room: raw.room()?, held: wanted(raw.held, "held")?, reason: raw.reason()? }
        }
        "slow" => {
            let seconds = wanted(raw.seconds, "seconds")?;
            if seconds > SLOW_SECONDS_MAX {
                return Err(wrong("seconds", &format!("from 0 to {SLOW_SECONDS_MAX}")));
            }
            Request::Slow { room: raw.room()?, seconds }
        }
        "role" => {
            let role = wanted(raw.role, "role")?;
            if role == Role::Owner {
                return Err(wrong("role", "`moderator` or `member`; a room is given by `owner`"));
            }
            Request::Role { room: raw.room()?, name: raw.name()?, role }
        }
        "owner" => Request::Owner { room: raw.room()?, name: raw.name()? },
        "audit" => Request::Audit {
            room: raw.room()?,
            before: raw.before.map(Seq),
            limit: raw.limit(PAGE_ENTRIES_MAX)?,
        },
        "report" => Request::Report { room: raw.room()?, seq: raw.seq()?, reason: raw.reason()? },
        "reports" => {
            let after = raw.count("after")?.map(ReportId);
            Request::Reports { room: raw.room()?, after }
        }
        "resolve" => Request::Resolve { room: raw.room()?, report: wanted(raw.report, "report")? },
        "befriend" => {
            let note = checked_text(raw.note.take().unwrap_or_default(), NOTE_BYTES_MAX, "note")?;
            Request::Befriend { name: raw.name()?, note }
        }
        "unfriend" => Request::Unfriend { name: raw.name()? },
        "block" => Request::Block { name: raw.name()? },
        "unblock" => Request::Unblock { name: raw.name()? },
        "friends" => {
            let after = string(raw.after.take(), "after", "a name")?.map(|text| name(&text)).transpose()?;
            Request::Friends { after }
        }
        "presence" => {
            let status = checked_text(raw.status.take().unwrap_or_default(), STATUS_BYTES_MAX, "status")?;
            let mode = wanted(raw.mode, "mode")?;
            Request::Presence { mode, status, audience: raw.audience.unwrap_or_default() }
        }
        "post" => {
            let n = PostNumber::new(wanted(raw.n, "n")?)
                .ok_or_else(|| Refusal::no(Code::BadNumber, "`n` must be from 1 to 2^53 - 1"))?;
            let text = raw.said()?;
            Request::Post { room: raw.room()?, n, text, reply: raw.reply }
        }
        "edit" => {
            let text = raw.said()?;
            Request::Edit { room: raw.room()?, seq: raw.seq()?, text }
        }
        "delete" => Request::Delete { room: raw.room()?, seq: raw.seq()? },
        "react" => {
            let emoji = wanted(raw.emoji.take(), "emoji")?;
            if emoji.len() > EMOJI_BYTES_MAX || !is_sign(&emoji) {
                return Err(wrong("emoji", &format!("one sign of at most {EMOJI_BYTES_MAX} bytes")));
            }
            Request::React { room: raw.room()?, seq: raw.seq()?, emoji, on: raw.on.unwrap_or(true) }
        }
        "pin" => Request::Pin { room: raw.room()?, seq: raw.seq()?, on: raw.on.unwrap_or(true) },
        "read" => Request::Read { room: raw.room()?, seq: raw.seq()? },
        "typing" => Request::Typing { room: raw.room()? },
        "versions" => {
            let after = raw.count("after")?.map(Seq);
            Request::Versions { room: raw.room()?, seq: raw.seq()?, after }
        }
        "search" => raw.search()?,
        "rooms" => {
            let after = string(raw.after.take(), "after", "a name")?.map(|text| room(&text)).transpose()?;
            Request::Rooms { after, all: raw.all.unwrap_or(false) }
        }
        "who" => {
            let after = string(raw.after.take(), "after", "a name")?.map(|text| name(&text)).transpose()?;
            Request::Who { room: raw.room()?, after }
        }
        "page" => raw.page()?,
        "ping" => Request::Ping,
        "pong" => Request::Pong,
        "bye" => Request::Bye,
        _ => return Err(Refusal::no(Code::UnknownRequest, "`do` names no request that this server knows")),
    })
}

impl RawRequest {
    fn name(&mut self) -> Result<Name, Refusal> {
        name(&wanted(self.name.take(), "name")?)
    }

    fn room(&mut self) -> Result<RoomName, Refusal> {
        room(&wanted(self.room.take(), "room")?)
    }

    /// The name of a room that people choose.
    fn new_room(&mut self, field: &str) -> Result<RoomName, Refusal> {
        let text = if field == "to" { self.to.take() } else { self.room.take() };
        let name = room(&wanted(text, field)?)?;
        if name.is_given() {
            return Err(Refusal::no(Code::BadName, "names with `~` are given by the server; choose another"));
        }
        Ok(name)
    }

    fn seq(&mut self) -> Result<Seq, Refusal> {
        wanted(self.seq, "seq")
    }

    fn on(&mut self) -> Result<bool, Refusal> {
        wanted(self.on, "on")
    }

    fn registration(&mut self) -> Result<Option<Registration>, Refusal> {
        match (self.registration, self.inviters) {
            (None, None) => Ok(None),
            (Some(true), None) => Ok(Some(Registration::Open)),
            (Some(false), None) => Ok(Some(Registration::Closed)),
            (None | Some(false), Some(inviters)) => Ok(Some(Registration::Invitation(inviters))),
            (Some(true), Some(_)) => Err(wrong("inviters", "absent where `registration` is true")),
        }
    }

    fn minutes(&mut self) -> Result<Option<u64>, Refusal> {
        bounded(self.minutes, SANCTION_MINUTES_MAX, "minutes")
    }

    fn reason(&mut self) -> Result<String, Refusal> {
        checked_reason(self.reason.take().unwrap_or_default())
    }

    /// The words of a post.
    fn said(&mut self) -> Result<String, Refusal> {
        checked_said(wanted(self.text.take(), "text")?)
    }

    fn token(&mut self) -> Result<Secret, Refusal> {
        Secret::new(wanted(self.token.take(), "token")?).ok_or_else(|| {
            let text = format!(
                "`token` must be {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} letters, digits, `-` or `_`: choose it at random"
            );
            Refusal::no(Code::BadToken, text)
        })
    }

    fn password(&mut self) -> Result<Password, Refusal> {
        claimed(wanted(self.password.take(), "password")?, "password")
    }

    fn new_password(&mut self) -> Result<Password, Refusal> {
        let text = wanted(self.password.take(), "password")?;
        Password::chosen(text).map_err(|weak| Refusal::no(Code::WeakPassword, weak.to_string()))
    }

    fn code(&mut self) -> Result<OnceCode, Refusal> {
        once_code(&wanted(self.code.take(), "code")?, "code")
    }

    /// A one-time code of six digits, or a recovery code in its place.
    fn one_time_code(&mut self) -> Result<Option<String>, Refusal> {
        let Some(code) = self.code.take() else { return Ok(None) };
        let bare: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if bare.is_empty() || bare.len() > 2 * crate::limits::CODE_CHARS_MAX {
            return Err(wrong("code", "six digits, or a recovery code"));
        }
        Ok(Some(bare))
    }

    fn arrival(&mut self) -> Result<Arrival, Refusal> {
        let token = self.token()?;
        let device = match self.device.take() {
            None => String::new(),
            Some(Value::String(label)) => label,
            Some(_) => return Err(wrong("device", "a label")),
        };
        let plain = device.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if device.len() > DEVICE_LABEL_CHARS_MAX || !plain {
            let text = format!("`device` must be at most {DEVICE_LABEL_CHARS_MAX} characters of plain ASCII");
            return Err(Refusal::no(Code::BadToken, text));
        }
        let have = self.have.take().unwrap_or_default();
        if have.len() > HAVE_MAX {
            return Err(Refusal::no(Code::BadRequest, format!("`have` names more than {HAVE_MAX} logs")));
        }
        // A room name that is none cannot be a room that the device holds anything of: it is passed over, not refused.
        let have =
            have.into_iter().filter_map(|(room, seq)| Some((RoomName::parse(&room).ok()?, seq))).collect();
        Ok(Arrival { token, device, have })
    }

    fn enter(&mut self) -> Result<Enter, Refusal> {
        let arrival = self.arrival()?;
        Ok(Enter { name: self.name()?, arrival })
    }

    fn totp(&mut self) -> Result<Request, Refusal> {
        let secret = wanted(self.secret.take(), "secret")?;
        let length = (TOTP_SECRET_CHARS_MIN..=TOTP_SECRET_CHARS_MAX).contains(&secret.len());
        if !length || !secret.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')) {
            let range = format!("{TOTP_SECRET_CHARS_MIN} to {TOTP_SECRET_CHARS_MAX} characters of base32");
            return Err(wrong("secret", &range));
        }
        let recovery = self.recovery.take().unwrap_or_default();
        if recovery.len() > RECOVERY_CODES_MAX {
            return Err(wrong("recovery", &format!("at most {RECOVERY_CODES_MAX} codes")));
        }
        let recovery = recovery.iter().map(|code| once_code(code, "recovery")).collect::<Result<_, _>>()?;
        let code = wanted(self.one_time_code()?, "code")?;
        Ok(Request::Totp { password: self.password()?, secret, code, recovery })
    }

    fn whom_banned(&mut self) -> Result<Banned, Refusal> {
        match (self.address.take(), self.name.is_some()) {
            (Some(range), false) => Ok(Banned::Addresses(range)),
            (None, true) => Ok(Banned::Person(self.name()?)),
            _ => Err(Refusal::no(Code::BadRequest, "give `name` or `address`")),
        }
    }

    fn group(&mut self) -> Result<Request, Refusal> {
        let people = wanted(self.people.take(), "people")?;
        if people.is_empty() || people.len() > GROUP_PEOPLE_MAX {
            return Err(wrong("people", &format!("1 to {GROUP_PEOPLE_MAX} names")));
        }
        let people = people.iter().map(|text| name(text)).collect::<Result<_, _>>()?;
        let title = if self.room.is_some() { Some(self.new_room("room")?) } else { None };
        Ok(Request::Group { people, title })
    }

    fn door(&mut self) -> Result<Door, Refusal> {
        match (self.room.is_some(), self.link.take()) {
            (true, None) => Ok(Door::Room(self.room()?)),
            (false, Some(Value::String(token))) => Secret::new(token)
                .map(Door::Link)
                .ok_or_else(|| Refusal::no(Code::BadLink, "this is no link")),
            _ => Err(Refusal::no(Code::BadRequest, "give `room` or `link`")),
        }
    }

    fn search(&mut self) -> Result<Request, Refusal> {
        let words = string(self.words.take(), "words", "text")?.unwrap_or_default();
        let words = checked_text(words, SEARCH_BYTES_MAX, "words")?;
        let room = if self.room.is_some() { Some(self.room()?) } else { None };
        let author = self.author.take().map(|text| name(&text)).transpose()?;
        let (since, until) = (self.since, self.until);
        if words.trim().is_empty() && author.is_none() && since.is_none() && until.is_none() {
            return Err(Refusal::no(Code::EmptyText, "say what to search for: words, an author, or a time"));
        }
        let limit = self.limit(FOUND_MAX)?;
        Ok(Request::Search(Search { words, room, author, since, until, before: self.before, limit }))
    }

    fn page(&mut self) -> Result<Request, Refusal> {
        let after = self.count("after")?.map(Seq);
        let page = match (self.before.map(Seq), after) {
            (Some(_), Some(_)) => {
                return Err(Refusal::no(Code::BadRequest, "give `before` or `after`, not both"));
            }
            (None, Some(seq)) => Page::After(seq),
            (before, None) => Page::Before(before),
        };
        let limit = self.limit(PAGE_ENTRIES_MAX)?;
        Ok(Request::Page { room: self.room()?, page, limit })
    }

    fn limit(&mut self, most: usize) -> Result<usize, Refusal> {
        let limit = self.limit.unwrap_or(most);
        if !(1..=most).contains(&limit) {
            return Err(wrong("limit", &format!("from 1 to {most}")));
        }
        Ok(limit)
    }

    fn count(&mut self, field: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.after.take() else { return Ok(None) };
        value.as_u64().map(Some).ok_or_else(|| wrong(field, "a seq"))
    }
}
