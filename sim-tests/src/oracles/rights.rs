//! Nothing was stored that its author might not do: judged entry by entry, against what stood before it in the log.

use super::complaint::{Complaint, Verdict, complaint};
use super::model::{Model, Place, Someone};
use super::on_disk::Kept;
use sala_core::entry::{
    Act, DeviceId, DirectoryEntry, Entry, Inviters, LogId, LogKind, Note, PersonId, PersonalEntry,
    Registration, Role, RoomEntry, RoomKind, Seq,
};
use sala_core::time::Wall;

/// The oracle that complains here.
const ROLES: &str = "roles";
/// It complains apart of what is done against a mute, a ban, or a block: these are promises of their own.
const MUTED: &str = "nothing by a muted one";
const BANNED: &str = "nothing by a banned one";
const BLOCKED: &str = "nothing past a block";
const OWNER: &str = "the owner is never lost";
const NUMBERS: &str = "numbers go on";
const HELD: &str = "moderators see first what is to wait for them";

/// Judges one entry by what stood before it.
///
/// # Errors
/// What its author might not do.
pub(super) fn judge(model: &Model, kept: &Kept) -> Verdict {
    let judged =
        owners_stay(model, kept).and_then(|()| is_let_in(model, kept)).and_then(|()| match &kept.entry {
            Entry::Directory(entry) => judge_directory(model, entry),
            Entry::Room(entry) => judge_room(model, kept.log, kept.seq, entry),
            Entry::Personal(entry) => match kept.log.kind() {
                LogKind::Personal(person) => judge_own(model, person, entry),
                _ => Err(no(ROLES, "a note stands in a log that is nobody's own")),
            },
        });
    judged.map_err(|complaint| Complaint {
        text: format!(
            "position {} (log {}, seq {}): {}; it is {:?}",
            kept.position.0, kept.log.0, kept.seq.0, complaint.text, kept.entry
        ),
        ..complaint
    })
}

fn no(oracle: &'static str, text: impl Into<String>) -> Complaint {
    complaint(oracle, text)
}

fn only_if(oracle: &'static str, may: bool, text: &str) -> Verdict {
    if may { Ok(()) } else { Err(no(oracle, text)) }
}

/// A room that somebody is in is somebody's who is in it: when its owner goes, the very next entry gives it on.
fn owners_stay(model: &Model, kept: &Kept) -> Verdict {
    let Some(before) = model.before.as_ref().filter(|before| before.log.kind() == LogKind::Room) else {
        return Ok(());
    };
    let Some(place) = model.rooms.get(&before.log) else { return Ok(()) };
    if has_owner(place) {
        return Ok(());
    }
    let given = kept.log == before.log
        && matches!(&kept.entry, Entry::Room(RoomEntry { act: Act::Owner(_), person: PersonId(0), .. }));
    only_if(OWNER, given, &format!("the owner of log {} went, and nobody owns it", before.log.0))
}

/// What is let through stands in its room by the very next entry, as the post that waited.
fn is_let_in(model: &Model, kept: &Kept) -> Verdict {
    let before = model.before.as_ref().map(|before| &before.entry);
    let Some(Entry::Directory(DirectoryEntry::Unheld { log, by, seq: Some(seq), .. })) = before else {
        return Ok(());
    };
    let stands = (kept.log, kept.seq) == (*log, *seq)
        && matches!(&kept.entry, Entry::Room(RoomEntry { act: Act::Post(post), .. }) if post.let_by == Some(*by));
    only_if(HELD, stands, "what was let through just before does not stand there")
}

/// Judges what stands at the end of all entries.
pub(super) fn judge_end(model: &Model) -> Verdict {
    let lost = model.rooms.iter().find(|(_, place)| !has_owner(place)).map(|(log, _)| log);
    only_if(OWNER, lost.is_none(), &format!("log {lost:?} has members and no owner"))
}

/// Whether a room belongs to whom it should.
fn has_owner(place: &Place) -> bool {
    place.kind == RoomKind::Direct
        || place.closed.is_some()
        || place.members.is_empty()
        || place.owner == Some(PersonId(0))
        || place.owner.is_some_and(|owner| place.members.contains_key(&owner))
}

fn judge_directory(model: &Model, entry: &DirectoryEntry) -> Verdict {
    let admin = |by: PersonId| only_if(ROLES, model.is_admin(by), "only administrators may do this");
    let holds = |by: PersonId, log: LogId, least: Role| {
        only_if(ROLES, model.role(log, by).is_some_and(|role| role >= least), "his role is not enough")
    };
    match entry {
        DirectoryEntry::Guest { .. } => only_if(ROLES, model.guests, "no guests are let in"),
        DirectoryEntry::Account { person, .. } => is_let_register(model, *person),
        // The first password of a guest makes an account of him.
        DirectoryEntry::Password { person, .. } if model.person(*person).is_some_and(is_guest) => {
            is_let_register(model, *person)
        }
        DirectoryEntry::ServerInvitation { at, by, .. } => may_invite(model, *by, *at),
        DirectoryEntry::ServerInvitationUsed { at, invitation, .. } => {
            let invited = model.invitations.get(invitation);
            let invited = invited.ok_or_else(|| no(ROLES, "there is no such invitation"))?;
            only_if(ROLES, invited.over.is_none(), "the invitation is used up")?;
            only_if(ROLES, *at < invited.until, "the invitation is too old")?;
            let asked = matches!(model.registration, Registration::Invitation(_));
            only_if(ROLES, asked, "no invitation is asked for")?;
            may_invite(model, invited.by, *at)
        }
        DirectoryEntry::ServerUninvited { by, invitation, .. } => {
            let invited = model.invitations.get(invitation).filter(|invited| invited.over.is_none());
            let invited = invited.ok_or_else(|| no(ROLES, "there is no such invitation"))?;
            if invited.by == *by { Ok(()) } else { admin(*by) }
        }
        DirectoryEntry::Device { person, label, heir_of, .. } => {
            // Of who is erased in the end it is not known what his devices were called.
            let goes_on = model.doomed.contains(person) || *heir_of == model.former(*person, label);
            only_if(NUMBERS, goes_on, "it does not go on with the numbers of the device that it was")
        }
        DirectoryEntry::Revoked { by, device, .. } => {
            let owned = model.devices.get(device);
            let his = *by == PersonId(0) || owned.is_some_and(|owned| owned.person == *by);
            only_if(ROLES, his, "the device is somebody else's")?;
            only_if(ROLES, owned.is_some_and(|owned| owned.revoked.is_none()), "it is shut out already")
        }
        DirectoryEntry::Admin { by, whom, on, .. } => {
            let nobody = !model.people.keys().any(|person| model.is_admin(*person));
            // The claim code makes the first one.
            if *on && by == whom && nobody { Ok(()) } else { admin(*by) }
        }
        DirectoryEntry::Settings { by, .. }
        | DirectoryEntry::ServerBan { by, .. }
        | DirectoryEntry::AddressBan { by, .. }
        | DirectoryEntry::ServerUnban { by, .. }
        | DirectoryEntry::AddressUnban { by, .. }
        | DirectoryEntry::Reset { by, .. } => admin(*by),
        DirectoryEntry::RoomName { by, log, .. } => holds(*by, *log, Role::Owner),
        DirectoryEntry::RoomClosed { by, log, .. } => {
            let alone = model.rooms.get(log).is_some_and(|place| is_alone(place, *by));
            if alone || model.is_admin(*by) { Ok(()) } else { holds(*by, *log, Role::Owner) }
        }
        DirectoryEntry::Link { by, log, .. }
        | DirectoryEntry::Unlinked { by, log, .. }
        | DirectoryEntry::Resolved { by, log, .. } => holds(*by, *log, Role::Moderator),
        DirectoryEntry::Report { by, log, .. } => holds(*by, *log, Role::Member),
        DirectoryEntry::Hold { by, log, .. } => {
            let direct = model.rooms.get(log).is_none_or(|place| place.kind == RoomKind::Direct);
            only_if(ROLES, !direct, "nothing waits in a conversation of two")?;
            holds(*by, *log, Role::Moderator)
        }
        DirectoryEntry::Held { at, person, log, held, device, n, .. } => {
            let doing = Doing::of(model, *log, *person, *at)?;
            doing.speaks()?;
            doing.has_waited()?;
            doing.device(*device)?;
            let plain = model.role(*log, *person) == Some(Role::Member);
            only_if(HELD, plain, "moderators do not wait for themselves")?;
            only_if(HELD, *doing.place.holds.last(), "nothing is to wait there")?;
            let new = !model.numbers.contains_key(&(model.numbers_of(*device), n.value()));
            only_if("once", new, "the number is another post's, or this one's")?;
            only_if("once", !model.waits.contains_key(&(*log, *held)), "another has waited under its number")
        }
        DirectoryEntry::Unheld { at, by, log, held, whom, seq } => {
            let waits = model.waits.get(&(*log, *held)).filter(|waits| waits.over.is_none());
            let waits = waits.ok_or_else(|| no(HELD, "no such post waits"))?;
            only_if(HELD, waits.by == *whom, "it is somebody else's")?;
            if seq.is_none() && by == whom {
                return holds(*by, *log, Role::Member);
            }
            holds(*by, *log, Role::Moderator)?;
            if seq.is_none() {
                return Ok(());
            }
            let shut_out = model.person(*whom).and_then(|author| author.banned.as_ref());
            only_if(BANNED, !model.holds(shut_out, *at), "its author is banned from the server")?;
            Doing::of(model, *log, *whom, *at)?.speaks()
        }
        DirectoryEntry::LinkUsed { at, person, log, link } => {
            let place = model.rooms.get(log).ok_or_else(|| no(ROLES, "there is no such room"))?;
            let way = place.links.get(link).ok_or_else(|| no(ROLES, "there is no such link"))?;
            let keeps = model.role(*log, way.by).is_some_and(|role| role >= Role::Moderator);
            only_if(ROLES, keeps, "whoever made the link keeps no order there any more")?;
            let maker = model.person(way.by).and_then(|maker| maker.banned.as_ref());
            only_if(BANNED, !model.holds(maker, *at), "whoever made the link is banned from the server")?;
            only_if(ROLES, way.uses != Some(0), "the link is used up")?;
            only_if(ROLES, way.until.is_none_or(|until| *at < until), "the link is too old")?;
            only_if(ROLES, !place.members.contains_key(person), "he is a member already")
        }
        _ => Ok(()),
    }
}

/// Whether somebody has come in by a name alone.
fn is_guest(someone: &Someone) -> bool {
    !someone.account && someone.token.last().is_some()
}

/// Accounts are made as the settings say, and where they ask for an invitation, one is used up right before.
fn is_let_register(model: &Model, person: PersonId) -> Verdict {
    let used = |kept: &Kept| matches!(&kept.entry, Entry::Directory(DirectoryEntry::ServerInvitationUsed { person: by, .. }) if *by == person);
    let may = match model.registration {
        Registration::Open => true,
        Registration::Invitation(_) => model.before.as_ref().is_some_and(used),
        Registration::Closed => false,
    };
    only_if(ROLES, may, "no account is made for him")
}

/// Administrators invite where accounts are made, and members where the settings say so.
fn may_invite(model: &Model, by: PersonId, at: Wall) -> Verdict {
    let someone = model.person(by).filter(|someone| someone.account);
    let someone = someone.ok_or_else(|| no(ROLES, "whoever invites has no account"))?;
    only_if(BANNED, !model.holds(someone.banned.as_ref(), at), "whoever invites is banned from the server")?;
    let may = match model.registration {
        Registration::Invitation(Inviters::Members) => true,
        Registration::Closed => false,
        Registration::Open | Registration::Invitation(Inviters::Admins) => model.is_admin(by),
    };
    only_if(ROLES, may, "he may not invite")
}

/// An act in a room, its author, and what he is there.
struct Doing<'a> {
    model: &'a Model,
    log: LogId,
    place: &'a Place,
    by: PersonId,
    at: Wall,
}

impl<'a> Doing<'a> {
    fn of(model: &'a Model, log: LogId, by: PersonId, at: Wall) -> Result<Self, Complaint> {
        let place = model.rooms.get(&log).ok_or_else(|| no(ROLES, "there is no such room"))?;
        only_if(ROLES, place.closed.is_none(), "the room is closed")?;
        Ok(Doing { model, log, place, by, at })
    }

    fn device(&self, device: DeviceId) -> Verdict {
        let owned = self.model.devices.get(&device);
        let his = owned.is_some_and(|owned| owned.person == self.by && owned.revoked.is_none());
        only_if("no revoked device", his, "the device is not his, or was shut out")
    }

    /// What is to wait for the moderators does not stand there without. The rule's words are known while it holds alone.
    fn need_not_wait(&self, text: &str) -> Verdict {
        let (words, links) = &self.place.hold;
        let plain = self.model.role(self.log, self.by) == Some(Role::Member);
        let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
        let stops = parts.any(|part| words.iter().any(|word| word.eq_ignore_ascii_case(part)))
            || (*links && (text.contains("://") || text.contains("www.")));
        only_if(HELD, !(plain && stops), "it is to wait for a moderator")
    }

    fn is(&self, least: Role) -> Verdict {
        let role = self.model.role(self.log, self.by).ok_or_else(|| no(ROLES, "he is no member"))?;
        only_if(ROLES, role >= least, "his role is not enough")
    }

    /// In a conversation of two nobody keeps order.
    fn keeps(&self, least: Role) -> Verdict {
        only_if(ROLES, self.place.kind != RoomKind::Direct, "it is a conversation of two")?;
        self.is(least)
    }

    fn speaks(&self) -> Verdict {
        self.is(Role::Member)?;
        let muted = self.model.holds(self.place.mutes.get(&self.by), self.at);
        only_if(MUTED, !muted, "its author may read and not speak")?;
        only_if(ROLES, !self.place.archived, "the room is archived")
    }

    /// In slow mode, a plain member does not say one thing right after the other.
    fn has_waited(&self) -> Verdict {
        let slow = self.model.role(self.log, self.by) == Some(Role::Member) && self.place.slow_ms > 0;
        let spoke = self.place.members.get(&self.by).and_then(|member| member.spoke);
        let waited = spoke.is_none_or(|spoke| spoke > self.at || self.at.since(spoke) >= self.place.slow_ms);
        only_if(ROLES, !slow || waited, "he spoke too short a time ago")
    }

    fn post(&self, seq: Seq) -> Result<PersonId, Complaint> {
        let post = self.place.posts.get(&seq).filter(|post| !post.deleted);
        post.map(|post| post.by).ok_or_else(|| no(ROLES, "no post stands there"))
    }

    fn above(&self, whom: PersonId) -> Verdict {
        only_if(ROLES, whom != self.by, "it is done to oneself")?;
        let mine = self.model.role(self.log, self.by);
        let keeps = self.place.owner == Some(PersonId(0)) && self.model.is_admin(whom);
        let his = self.place.role(whom);
        only_if(ROLES, !keeps && his.is_none_or(|his| Some(his) < mine), "he has as much to say there")
    }

    fn member(&self, whom: PersonId) -> Verdict {
        only_if(ROLES, self.place.members.contains_key(&whom), "he is no member")
    }

    fn comes_in(&self, whom: PersonId) -> Verdict {
        only_if(ROLES, !self.place.members.contains_key(&whom), "he is a member already")?;
        let banned = self.model.holds(self.place.bans.get(&whom), self.at);
        only_if(BANNED, !banned, "who comes in there is banned")
    }
}

fn judge_room(model: &Model, log: LogId, seq: Seq, entry: &RoomEntry) -> Verdict {
    let RoomEntry { at, person: by, act, .. } = entry;
    let doing = Doing::of(model, log, *by, *at)?;
    let place = doing.place;
    if *by == PersonId(0) {
        return match act {
            Act::Created => only_if(ROLES, log == LogId(1), "the server makes no other room"),
            Act::Owner(whom) => judge_heir(model, place, whom.person),
            // No simulation lasts for a day.
            Act::Faded { .. } => Err(no(ROLES, "nothing is as old as it is kept")),
            _ => Err(no(ROLES, "the server does no such thing by itself")),
        };
    }
    let author = model.person(*by).ok_or_else(|| no(ROLES, "there is no such person"))?;
    let shut_out = model.holds(author.banned.as_ref(), *at);
    only_if(BANNED, !shut_out, "its author is banned from the server")?;
    match act {
        Act::Created => only_if(ROLES, place.positions.is_empty(), "the room was made already"),
        Act::Joined => {
            doing.comes_in(*by)?;
            let by_link = matches!(
                model.before.as_ref().map(|before| &before.entry),
                Some(Entry::Directory(DirectoryEntry::LinkUsed { person, log: used, .. }))
                    if person == by && *used == log
            );
            let may = place.kind == RoomKind::Public || place.invited.contains_key(by) || by_link;
            only_if(ROLES, may, "he was not invited, and has used no link")
        }
        Act::Added(whom) => {
            doing.is(Role::Member)?;
            doing.comes_in(whom.person)?;
            only_if(BLOCKED, !model.blocks(*by, whom.person), "he has blocked whom he adds")?;
            let may = place.kind == RoomKind::Direct;
            only_if(ROLES, may, "nobody is made a member of anything but a conversation of two")
        }
        Act::Left => doing.is(Role::Member),
        Act::Topic(text) => {
            doing.need_not_wait(text)?;
            doing.keeps(Role::Member).and_then(|()| doing.speaks()).and_then(|()| doing.has_waited())
        }
        Act::Post(post) if post.let_by.is_some() => {
            let mut waited = model.waits.iter().filter(|((held, _), _)| *held == log);
            let found = waited.find(|(_, waits)| waits.seq == Some(seq));
            let same = found.is_some_and(|(_, waits)| {
                (waits.by, waits.device, waits.n) == (*by, post.device, post.n.value())
            });
            only_if(HELD, same, "no such post was let through just before")?;
            only_if(ROLES, !post.all, "only moderators name all")
        }
        Act::Post(post) => {
            doing.speaks()?;
            doing.device(post.device)?;
            doing.has_waited()?;
            doing.need_not_wait(&post.text)?;
            for named in &post.mentions {
                doing.member(*named)?;
            }
            let all = !post.all || model.role(log, *by).is_some_and(|role| role >= Role::Moderator);
            only_if(ROLES, all, "only moderators name all")
        }
        Act::Edited { target, text } => {
            doing.speaks()?;
            doing.need_not_wait(text)?;
            only_if(ROLES, doing.post(*target)? == *by, "the post is somebody else's")
        }
        Act::Deleted { target, of } => {
            let author = doing.post(*target)?;
            only_if(ROLES, author == *of, "it is of somebody else")?;
            if author == *by { doing.is(Role::Member) } else { doing.keeps(Role::Moderator) }
        }
        Act::Reacted { target, .. } => doing.speaks().and_then(|()| doing.post(*target).map(drop)),
        Act::Pinned { target, .. } => {
            doing.post(*target)?;
            match place.kind {
                RoomKind::Direct | RoomKind::Group => doing.is(Role::Member),
                RoomKind::Public | RoomKind::Private => doing.is(Role::Moderator),
            }
        }
        Act::Kicked(whom, _) => {
            doing.keeps(Role::Moderator)?;
            doing.member(whom.person)?;
            doing.above(whom.person)
        }
        Act::Banned(whom, _) => doing.keeps(Role::Moderator).and_then(|()| doing.above(whom.person)),
        Act::Muted(whom, _) => {
            doing.keeps(Role::Moderator)?;
            doing.member(whom.person)?;
            doing.above(whom.person)
        }
        Act::Unmuted(whom) => {
            only_if(ROLES, whom.person != *by, "it is done to oneself")?;
            doing.keeps(Role::Moderator)
        }
        Act::Unbanned(_) | Act::Slow(_) | Act::Hold(_) | Act::Link { .. } | Act::Unlinked { .. } => {
            doing.keeps(Role::Moderator)
        }
        Act::Invited(whom) => {
            let least = if place.kind == RoomKind::Private { Role::Moderator } else { Role::Member };
            // Whoever makes a group invites those who are no friends of his.
            doing.keeps(least)?;
            doing.comes_in(whom.person)?;
            only_if(BLOCKED, !model.blocks(*by, whom.person), "he has blocked whom he invites")
        }
        Act::Uninvited(whom) => {
            let inviter = place.invited.get(&whom.person);
            let may = whom.person == *by || inviter == Some(by);
            if may { Ok(()) } else { doing.keeps(Role::Moderator) }
        }
        Act::Role(whom, _) => doing.keeps(Role::Owner).and_then(|()| doing.member(whom.person)),
        Act::Owner(whom) => {
            doing.member(whom.person)?;
            let owner = place.owner.and_then(|owner| model.person(owner));
            let abandoned = owner.is_some_and(|owner| owner.banned.is_some());
            let may = model.is_admin(*by) || place.role(*by) >= Some(Role::Moderator);
            if abandoned && may { doing.is(Role::Member) } else { doing.keeps(Role::Owner) }
        }
        Act::Renamed(_) | Act::Archived(_) | Act::Keep(_) => doing.keeps(Role::Owner),
        Act::Faded { .. } => Err(no(ROLES, "nobody but the server has things go by their age")),
        Act::Closed(_) => {
            only_if(ROLES, log != LogId(1), "the lobby is for ever")?;
            if is_alone(place, *by) || (model.is_admin(*by) && place.kind != RoomKind::Direct) {
                return Ok(());
            }
            doing.keeps(Role::Owner)
        }
        Act::Other(kind) => Err(no(ROLES, format!("nobody knows of {kind}"))),
    }
}

/// Whether somebody is all who is left of a conversation of two: he may end it.
fn is_alone(place: &Place, person: PersonId) -> bool {
    place.kind == RoomKind::Direct && place.members.len() == 1 && place.members.contains_key(&person)
}

/// A room whose owner went belongs to the moderator who has been there for longest, else to the member.
fn judge_heir(model: &Model, place: &Place, whom: PersonId) -> Verdict {
    let left = matches!(
        model.before.as_ref().map(|before| &before.entry),
        Some(Entry::Room(RoomEntry { act: Act::Left, person, .. })) if Some(*person) == place.owner
    );
    only_if(OWNER, left, "its owner did not leave just now")?;
    let heir = place.members.iter().min_by_key(|(_, member)| (!member.moderator, member.since));
    only_if(OWNER, heir.map(|(heir, _)| *heir) == Some(whom), "it is another's turn to own the room")
}

fn judge_own(model: &Model, of: PersonId, entry: &PersonalEntry) -> Verdict {
    let by = entry.by;
    if by == of {
        if let Note::Read { log, upto, .. } = &entry.note {
            let place = model.rooms.get(log).ok_or_else(|| no(ROLES, "there is no such room"))?;
            only_if(ROLES, place.members.contains_key(&of), "he reads where he is no member")?;
            return only_if(ROLES, *upto <= place.head(), "he has read what was not there");
        }
        return Ok(());
    }
    // The one who blocks takes his request back in the same moment, which looks like any other time.
    let takes_back = model.before.as_ref().is_some_and(|before| {
        before.log == LogId::personal(by)
            && matches!(&before.entry, Entry::Personal(PersonalEntry { note: Note::Blocked { whom, .. }, .. }) if *whom == of)
    });
    match &entry.note {
        Note::AskedBy { .. } | Note::Friend { .. } | Note::Invited { .. } | Note::Unfriended { .. } => {
            let may = !model.apart(by, of) || (takes_back && matches!(entry.note, Note::Unfriended { .. }));
            only_if(BLOCKED, may, "he is told something across a block")
        }
        // Order is kept in rooms, whoever wants to have nothing to do with whom.
        Note::Rejected { log, held, .. } => {
            let before = model.before.as_ref().map(|before| &before.entry);
            let told = matches!(
                before,
                Some(Entry::Directory(DirectoryEntry::Unheld { by: whose, whom, log: there, held: which, seq: None, .. }))
                    if (*whose, *whom, there, which) == (by, of, log, held)
            );
            only_if(HELD, told, "nothing of his was refused just before")
        }
        Note::PutOut { .. } | Note::Uninvited { .. } | Note::Erased => Ok(()),
        Note::Asked { .. }
        | Note::Blocked { .. }
        | Note::Unblocked { .. }
        | Note::Read { .. }
        | Note::Presence { .. }
        | Note::Other => Err(no(ROLES, "only he himself may note this")),
    }
}
