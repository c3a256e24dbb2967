//! Answers of the server as rows: for a person, and as JSON with the protocol's own names for a program.

mod tests;

use crate::print::{acted, because, harmless, until};
use crate::shape::date_time;
use sala_core::entry::{Act, Audience, Inviters, Mode, Registration, Role, RoomKind};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{
    Contacted, DeviceInfo, Found, HeldInfo, HoldInfo, Invitation, LinkInfo, Member, NumberedEntry,
    ReportInfo, Request, RoomInfo, SanctionInfo, Search, ServerInvitationInfo, Strangers, Update,
};
use sala_core::time::Wall;
use sala_net::profile::{Parts, parts};
use serde::Serialize;
use serde_json::Value;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) json: Value,
    pub(crate) text: String,
}

/// The rows of an answer, in which `shown` says what a room is called. Of what is no list there is one, as it stands on
/// the wire but for its `id`.
pub(crate) fn rows(update: &Update, shown: impl Fn(&RoomName) -> String) -> Vec<Row> {
    match update {
        Update::Rooms { rooms, .. } => each(rooms, room),
        Update::Who { members, .. } => each(members, member),
        Update::Friends { people, .. } => each(people, contact),
        Update::Devices { devices, .. } => each(devices, device),
        Update::Links { links, .. } => each(links, link),
        Update::Sanctions { sanctions, .. } => each(sanctions, sanction),
        Update::ServerInvitations { invitations, .. } => each(invitations, server_invitation),
        Update::Reports { reports, .. } => each(reports, report),
        Update::Held { rule, posts, .. } => {
            let rule = rule.iter().map(|rule| Row { json: json(rule), text: holds_back(rule) });
            rule.chain(each(posts, held)).collect()
        }
        Update::Found { posts, .. } => {
            posts.iter().map(|row| Row { json: json(row), text: found(row, &shown(&row.room)) }).collect()
        }
        // What happened last is what one wants to know first.
        Update::Page { entries, .. } => {
            entries.iter().rev().map(|entry| Row { json: json(entry), text: dated(entry) }).collect()
        }
        other => {
            let mut value = json(other);
            if let Some(object) = value.as_object_mut() {
                object.remove("id");
            }
            vec![Row { json: value, text: words(other) }]
        }
    }
}

/// Until when a ban or a mute holds that is asked for now; `None` of any other request.
pub(crate) fn holds(request: &Request, now: Wall) -> Option<String> {
    let (Request::Ban { minutes, .. } | Request::Mute { minutes, .. } | Request::ServerBan { minutes, .. }) =
        request
    else {
        return None;
    };
    let end =
        |minutes: u64| format!("until {}", date_time(now.0.saturating_add(minutes.saturating_mul(60_000))));
    Some(minutes.map_or_else(|| "for ever, unless it is lifted".to_owned(), end))
}

/// The request for the next part of a list, if there is one.
pub(crate) fn next(request: &Request, update: &Update) -> Option<Request> {
    match (request.clone(), update) {
        (Request::Rooms { all, .. }, Update::Rooms { rooms, more: true, .. }) => {
            Some(Request::Rooms { after: Some(rooms.last()?.room.clone()), all })
        }
        (Request::Who { room, .. }, Update::Who { members, more: true, .. }) => {
            Some(Request::Who { room, after: Some(members.last()?.name.clone()) })
        }
        (Request::Friends { .. }, Update::Friends { people, more: true, .. }) => {
            Some(Request::Friends { after: Some(people.last()?.name.clone()) })
        }
        (Request::Sanctions { room, .. }, Update::Sanctions { sanctions, more: true, .. }) => {
            Some(Request::Sanctions { room, after: Some(place(sanctions.last()?)) })
        }
        (Request::ServerBans { .. }, Update::Sanctions { sanctions, more: true, .. }) => {
            Some(Request::ServerBans { after: Some(place(sanctions.last()?)) })
        }
        (Request::ServerInvitations { .. }, Update::ServerInvitations { invitations, more: true, .. }) => {
            Some(Request::ServerInvitations { after: Some(invitations.last()?.invitation) })
        }
        (Request::Reports { room, .. }, Update::Reports { reports, more: true, .. }) => {
            Some(Request::Reports { room, after: Some(reports.last()?.report) })
        }
        (Request::Held { room, .. }, Update::Held { posts, more: true, .. }) => {
            Some(Request::Held { room, after: Some(posts.last()?.held) })
        }
        (Request::Audit { room, limit, .. }, Update::Page { entries, more: true, .. }) => {
            Some(Request::Audit { room, before: Some(entries.first()?.seq), limit })
        }
        (Request::Versions { room, seq, .. }, Update::Page { entries, more: true, .. }) => {
            Some(Request::Versions { room, seq, after: Some(entries.last()?.seq) })
        }
        (Request::Search(search), Update::Found { before: Some(before), .. }) => {
            Some(Request::Search(Search { before: Some(*before), ..search }))
        }
        (Request::Export { .. }, Update::Exported { after, more: true, .. }) => {
            Some(Request::Export { after: *after })
        }
        _ => None,
    }
}

/// What `after` names a sanction by.
fn place(row: &SanctionInfo) -> String {
    format!("{} {}", row.whom, row.what)
}

fn each<T: Serialize>(list: &[T], text: fn(&T) -> String) -> Vec<Row> {
    list.iter().map(|row| Row { json: json(row), text: text(row).trim_end().to_owned() }).collect()
}

fn json(row: &impl Serialize) -> Value {
    serde_json::to_value(row).expect("what the protocol tells has only string keys, so it is always JSON")
}

/// What a room is shown under.
pub(crate) fn title(key: &RoomName, title: Option<&RoomName>) -> String {
    title.unwrap_or(key).to_string()
}

pub(crate) fn kind(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Public => "",
        RoomKind::Private => "private",
        RoomKind::Group => "group",
        RoomKind::Direct => "direct",
    }
}

pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Member => "",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Online => "online",
        Mode::Away => "away",
        Mode::Busy => "busy",
        Mode::Invisible => "invisible",
    }
}

/// A text that stands in a row.
fn flat(text: &str) -> String {
    harmless(&text.replace(['\n', '\t'], " "))
}

fn room(row: &RoomInfo) -> String {
    let mark = if row.joined { '*' } else { ' ' };
    let nameless = row.title.is_none() && row.room.is_given();
    let shown = if nameless { "(no name)".to_owned() } else { title(&row.room, row.title.as_ref()) };
    let key = if row.kind == RoomKind::Public {
        String::new()
    } else {
        format!(" {} {}", kind(row.kind), row.room)
    };
    let members = if row.members == 1 { "member" } else { "members" };
    format!("{mark} {shown:<24} {:>5} {members:<7}{key}  {}", row.members, flat(&row.topic))
}

fn member(row: &Member) -> String {
    let seen = if row.here { mode(row.mode) } else { "-" };
    format!("{:<24} {seen:<9} {:<9} {}", row.name, role(row.role), flat(&row.status))
}

/// How somebody stands to the asking person.
pub(crate) fn stands(word: &str) -> &str {
    match word {
        "asked" => "asked by you",
        "asked_by" => "asks you",
        other => other,
    }
}

fn contact(row: &Contacted) -> String {
    let seen = if row.here { mode(row.mode) } else { "" };
    format!("{:<24} {:<13} {seen:<9} {}", row.name, stands(&harmless(&row.stands)), flat(&row.status))
}

/// A device, by its computer and which of its programs it is for.
fn device(row: &DeviceInfo) -> String {
    let label = flat(&row.label);
    let called = match parts(&label) {
        Some(Parts { computer, slot }) => format!("{computer}, program {slot}"),
        None if label.is_empty() => "(without a name)".to_owned(),
        None => label,
    };
    let seen = match (row.this, row.here) {
        (true, _) => "this one".to_owned(),
        (false, true) => "connected now".to_owned(),
        (false, false) => format!("last used {}", date_time(row.seen.0)),
    };
    format!("{:>3}  {called:<22} {seen}", row.device.0)
}

fn link(row: &LinkInfo) -> String {
    let uses = row.uses.map_or(String::new(), |uses| format!(" for {uses} more"));
    format!("{:>5}  by {}{}{uses}", row.link.0, row.by, until(row.until))
}

fn server_invitation(row: &ServerInvitationInfo) -> String {
    format!("{:>5}  by {}{}", row.invitation.0, row.by, until(Some(row.until)))
}

fn sanction(row: &SanctionInfo) -> String {
    let by = row.by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
    format!(
        "{:<5} {}{by}{}{}",
        flat(&row.what),
        flat(&row.whom),
        until(row.until),
        because(&flat(&row.reason))
    )
}

fn report(row: &ReportInfo) -> String {
    let at = date_time(row.at.0);
    format!(
        "{:>5}  {at}  {} about message {}{}",
        row.report.0,
        row.by,
        row.seq.0,
        because(&flat(&row.reason))
    )
}

/// By which rule posts wait.
fn holds_back(rule: &HoldInfo) -> String {
    let words = rule.words.iter().map(|word| flat(word)).chain(rule.links.then(|| "links".to_owned()));
    match words.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "nothing waits for a moderator".to_owned(),
        words => format!("what waits for a moderator: {words}"),
    }
}

fn held(row: &HeldInfo) -> String {
    format!("{:>5}  {}  {}: {}", row.held.0, date_time(row.at.0), row.by, flat(&row.text))
}

fn found(row: &Found, room: &str) -> String {
    let entry = &row.entry.entry;
    let text = entry.act.text().map_or(String::new(), flat);
    format!("{room} {}  {}  {}: {text}", row.entry.seq.0, date_time(entry.at.0), entry.author)
}

/// An entry of which it matters on which day it was.
fn dated(numbered: &NumberedEntry) -> String {
    let entry = &numbered.entry;
    let author = entry.author.as_str();
    let what = match &entry.act {
        Act::Post(post) if post.text.is_empty() => format!("{author}: (deleted)"),
        Act::Post(post) => format!("{author}: {}", flat(&post.text)),
        act => flat(&acted(author, act)),
    };
    format!("{:>5}  {}  {what}", numbered.seq.0, date_time(entry.at.0))
}

pub(crate) fn invitation(row: &Invitation) -> String {
    let nameless = row.title.is_none() && row.room.is_given();
    let shown = if nameless { "a group without a name" } else { &title(&row.room, row.title.as_ref()) };
    format!("{} invites you to {shown}", row.by)
}

/// Words for what is no list.
fn words(update: &Update) -> String {
    match update {
        Update::Room { room, title: shown, with, .. } => match with {
            Some(with) => format!("{room} with {with}"),
            None => match shown {
                Some(shown) => format!("{room} {shown}"),
                None => room.to_string(),
            },
        },
        Update::Me { .. } => me(update).join("\n"),
        _ => "done".to_owned(),
    }
}

/// Who one is, line by line.
pub(crate) fn me(update: &Update) -> Vec<String> {
    let Update::Me {
        name,
        account,
        admin,
        totp,
        recovery,
        mode: seen,
        status,
        audience,
        invitations,
        strangers,
        ..
    } = update
    else {
        return Vec::new();
    };
    let mut lines = vec![who(name, *account, *admin)];
    if *account {
        let left = if *recovery == 1 {
            "1 recovery code is".to_owned()
        } else {
            format!("{recovery} recovery codes are")
        };
        lines.push(if *totp {
            format!("one-time codes are on; {left} left")
        } else {
            "one-time codes are off".to_owned()
        });
    }
    let by = match audience {
        Audience::Rooms => "your friends and the members of your rooms",
        Audience::Friends => "your friends alone",
    };
    let status = if status.is_empty() { String::new() } else { format!(" ({})", flat(status)) };
    lines.push(format!("{}{status}, seen by {by}", mode(*seen)));
    lines.extend(invitations.iter().map(invitation));
    lines.extend(strangers.iter().map(|Strangers { registration, guests }| {
        let guests = if *guests { "may" } else { "may not" };
        let accounts = match registration {
            Registration::Open => "may make accounts",
            Registration::Closed => "may not make accounts",
            Registration::Invitation(Inviters::Admins) => "make accounts by invitation of an administrator",
            Registration::Invitation(Inviters::Members) => "make accounts by invitation of any member",
        };
        format!("strangers {accounts}, and {guests} come in as guests")
    }));
    lines
}

fn who(name: &Name, account: bool, admin: bool) -> String {
    match (account, admin) {
        (_, true) => format!("{name} has an account, and administers the server"),
        (true, false) => format!("{name} has an account"),
        (false, false) => {
            format!("{name} is a guest; with an account the name is yours on all of your computers")
        }
    }
}
