//! Logs what those watch who guard a server: who comes in or is not let in, what is refused, what keeps order does.

use super::mailbox::Mailbox;
use crate::attention::Attention;
use crate::log::SECURITY;
use sala_core::entry::{Act, DirectoryEntry, Entry, LogId, RoomEntry, Seq};
use sala_core::protocol::Update;
use sala_core::refusal::Code;
use sala_core::server::SessionId;
use sala_core::time::Tick;

/// What a refusal is to those who guard a server.
enum Matter {
    SignIn,
    Rights,
    Limit,
}

/// A session is told this. Of what else than coming in is refused, the first time of each connection is logged, and of all
/// of it so much as `attention` has left: who draws refusals as fast as he may must not fill a disk.
pub(super) fn told(
    session: SessionId,
    mailbox: &Mailbox,
    update: &Update,
    attention: &mut Attention,
    now: Tick,
) {
    let (session, address) = (session.0, mailbox.address.map(tracing::field::display));
    let is_news = match update {
        Update::Welcome { .. } => true,
        Update::Refused { code, .. } => match matter(*code) {
            Some(Matter::SignIn) => true,
            Some(Matter::Rights | Matter::Limit) => mailbox.own.borrow_mut().note(*code),
            None => false,
        },
        Update::Goodbye { why, .. } => matters(why),
        _ => false,
    };
    let Some(unlogged) = is_news.then(|| attention.line(now.0)).flatten() else { return };
    if unlogged > 0 {
        tracing::warn!(target: SECURITY, unlogged, "strangers did more than is logged");
    }
    match update {
        Update::Welcome { person, device, account, admin, .. } => {
            let (person, device) = (person.0, device.0);
            tracing::info!(target: SECURITY, session, address, person, device, account, admin, "came in");
        }
        Update::Refused { code, .. } => {
            let word = code.as_str();
            match matter(*code) {
                Some(Matter::SignIn) => {
                    tracing::info!(target: SECURITY, session, address, code = word, "not let in");
                }
                Some(Matter::Rights) => {
                    tracing::info!(target: SECURITY, session, address, code = word, "not allowed");
                }
                Some(Matter::Limit) => {
                    tracing::info!(target: SECURITY, session, address, code = word, "limited");
                }
                None => {}
            }
        }
        Update::Goodbye { why, .. } => {
            tracing::info!(target: SECURITY, session, address, why, "closed");
        }
        _ => {}
    }
}

fn matter(code: Code) -> Option<Matter> {
    Some(match code {
        Code::NameTaken
        | Code::WrongPassword
        | Code::CodeNeeded
        | Code::WrongCode
        | Code::GuestsClosed
        | Code::RegistrationClosed
        | Code::TooManyDevices => Matter::SignIn,
        Code::EnterFirst
        | Code::Banned
        | Code::AccountOnly
        | Code::NotAllowed
        | Code::NotAMember
        | Code::Muted
        | Code::BadLink => Matter::Rights,
        Code::LineTooLong | Code::Busy | Code::Full | Code::SlowDown => Matter::Limit,
        _ => return None,
    })
}

/// Whether the reason of a goodbye is one to watch.
fn matters(why: &str) -> bool {
    matches!(why, "banned" | "revoked" | "erased" | "closed" | "haste" | "crowded" | "full")
}

/// Whether an entry may be one to watch: what people say and read, which is nearly all, is nobody's.
pub(super) fn may_matter(entry: &Entry) -> bool {
    match entry {
        Entry::Directory(_) => true,
        Entry::Room(RoomEntry { act, .. }) => !matches!(act, Act::Post(_)),
        Entry::Personal(_) => false,
    }
}

/// An entry is on disk.
pub(super) fn stored(log: LogId, seq: Seq, entry: &Entry) {
    match entry {
        Entry::Directory(entry) => stored_of_the_server(seq, entry),
        Entry::Room(entry) => {
            let (act, whom) = match &entry.act {
                Act::Kicked(whom, _) => ("kicked", whom.person.0),
                Act::Banned(whom, _) => ("banned", whom.person.0),
                Act::Unbanned(whom) => ("unbanned", whom.person.0),
                Act::Muted(whom, _) => ("muted", whom.person.0),
                Act::Unmuted(whom) => ("unmuted", whom.person.0),
                Act::Role(whom, _) => ("role", whom.person.0),
                Act::Owner(whom) => ("owner", whom.person.0),
                Act::Deleted { of, .. } if *of != entry.person => ("deleted", of.0),
                _ => return,
            };
            let (log, seq, by) = (log.0, seq.0, entry.person.0);
            tracing::info!(target: SECURITY, log, seq, by, whom, act, "order was kept");
        }
        Entry::Personal(_) => {}
    }
}

fn stored_of_the_server(seq: Seq, entry: &DirectoryEntry) {
    let seq = seq.0;
    match entry {
        DirectoryEntry::ServerBan { by, whom, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, whom = whom.0, act = "server_ban", "order was kept");
        }
        DirectoryEntry::ServerUnban { by, whom, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, whom = whom.0, act = "server_unban", "order was kept");
        }
        DirectoryEntry::AddressBan { by, range, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, %range, act = "server_ban", "order was kept");
        }
        DirectoryEntry::AddressUnban { by, range, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, %range, act = "server_unban", "order was kept");
        }
        DirectoryEntry::Admin { by, whom, on, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, whom = whom.0, on, "administrator");
        }
        DirectoryEntry::Settings { by, registration, guests, .. } => {
            let (registration, inviters) = registration.parts();
            tracing::info!(target: SECURITY, seq, by = by.0, registration, ?inviters, guests, "strangers");
        }
        DirectoryEntry::Keep { by, days, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, days, "how long what is said is kept");
        }
        DirectoryEntry::Hold { by, log, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, log = log.0, "what waits for moderators");
        }
        DirectoryEntry::Unheld { by, log, whom, seq: place, .. } => {
            let act = if place.is_some() { "let" } else { "reject" };
            tracing::info!(target: SECURITY, seq, by = by.0, log = log.0, whom = whom.0, act, "order was kept");
        }
        DirectoryEntry::ServerInvitation { by, invitation, .. } => {
            let invitation = invitation.0;
            tracing::info!(target: SECURITY, seq, by = by.0, invitation, "invitation to the server");
        }
        DirectoryEntry::ServerInvitationUsed { person, invitation, .. } => {
            let invitation = invitation.0;
            tracing::info!(target: SECURITY, seq, person = person.0, invitation, "came by invitation");
        }
        DirectoryEntry::ServerUninvited { by, invitation, .. } => {
            let invitation = invitation.0;
            tracing::info!(target: SECURITY, seq, by = by.0, invitation, "invitation taken back");
        }
        DirectoryEntry::Password { person, .. } => {
            tracing::info!(target: SECURITY, seq, person = person.0, "password set");
        }
        DirectoryEntry::Reset { by, whom, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, whom = whom.0, "password to be reset");
        }
        DirectoryEntry::Revoked { by, device, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, device = device.0, "device shut out");
        }
        DirectoryEntry::RoomClosed { by, log, .. } => {
            tracing::info!(target: SECURITY, seq, by = by.0, log = log.0, "room closed");
        }
        DirectoryEntry::Erased { person, .. } => {
            tracing::info!(target: SECURITY, seq, person = person.0, "person erased");
        }
        _ => {}
    }
}
