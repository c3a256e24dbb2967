//! The rules: what becomes of a command in a state that nothing here changes.

mod draft;
mod rights;
mod invitation;
mod account;
mod arrive;
mod administer;
mod mention;
mod hold;
mod keep;
mod room;
mod order;
mod friends;
mod message;
mod look;

pub(super) use account::wrong_password;
pub(super) use look::Looked;
pub(super) use rights::{is_here_in_room, may_know, role_of};

use super::command::{Ask, Command};
use super::state::State;
use crate::entry::{DeviceId, Entry, HeldId, LogId, PersonId, Seq};
use crate::protocol::{Door, Request};
use crate::refusal::{Code, Refusal};
use crate::time::Wall;
use core::net::IpAddr;
use draft::Draft;

/// The room that every server has.
pub const LOBBY: &str = "lobby";

/// What becomes of a command that is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// These entries, and what is erased along with them.
    Append(Change),
    /// Nothing: what was asked for is so already.
    Already,
    /// Nothing: the post is stored already, there.
    Stored(LogId, Seq),
    /// Nothing: the post waits already for the moderators of that room.
    Waits(LogId, HeldId),
    /// Nothing: it only reads, and may.
    Look,
}

/// What a command adds to the logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Entries, each the next of its log.
    pub entries: Vec<(LogId, Entry)>,
    /// What is erased, once these entries are written.
    pub erase: Vec<Erase>,
}

/// What is to be erased on disk and in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erase {
    /// A post, with all its versions and the signs that were put to it.
    Post(LogId, Seq),
    /// All posts of a log after one place, up to and with another, with their versions and signs.
    Posts {
        /// Which log.
        log: LogId,
        /// After which place.
        after: Seq,
        /// Up to which.
        upto: Seq,
    },
    /// An entry that held a secret which was replaced.
    Secret(LogId, Seq),
    /// Everything that a person has written, and his own log.
    Person(PersonId),
    /// Everything in a room.
    Room(LogId),
}

/// Decides one command.
///
/// # Errors
/// The refusal to tell whoever asked.
pub fn decide(state: &State, command: &Command) -> Result<Decision, Refusal> {
    let (at, address) = (command.at, command.origin.address);
    let draft = |by: PersonId| Draft::by(state, at, by);
    match &command.ask {
        Ask::Start { claim } => Ok(administer::start(state, at, claim.as_ref())),
        Ask::Operate(operation) => administer::operate(state, at, operation),
        Ask::Fade { log, day } => Ok(keep::fade(state, at, *log, *day)),
        Ask::Enter(name, arrived) => arrive::enter(state, at, address, name, arrived),
        Ask::SignIn { verified, code, arrived } => {
            arrive::sign_in(state, at, address, *verified, code.as_deref(), arrived)
        }
        Ask::Register { name, hash, invitation, arrived } => {
            arrive::register(state, at, address, name, hash, invitation.as_ref(), arrived)
        }
        Ask::Recover { name, code, hash, arrived } => {
            arrive::recover(state, at, address, name, code, hash, arrived)
        }
        Ask::Upgrade { by, device, token, hash, invitation } => {
            account::upgrade(draft(*by)?, *device, token, hash, invitation.as_ref())
        }
        Ask::Password { verified, device, hash } => {
            account::password(draft(verified.person)?, *verified, *device, hash)
        }
        Ask::Totp { verified, secret, code, recovery } => {
            account::totp(draft(verified.person)?, *verified, secret, code, recovery)
        }
        Ask::TotpOff { verified } => account::totp_off(draft(verified.person)?, *verified),
        Ask::DeleteAccount { by, verified } => account::delete(draft(*by)?, *verified),
        Ask::Claim { by, code } => administer::claim(draft(*by)?, code),
        Ask::Reset { by, name, code } => administer::reset(draft(*by)?, name, code),
        Ask::ServerInvite { by, code, hours } => invitation::invite(draft(*by)?, code, *hours),
        Ask::Link { by, room, token, hours, uses } => room::link(draft(*by)?, room, token, *hours, *uses),
        Ask::JoinByLink { by, token } => room::join_by_link(draft(*by)?, token),
        Ask::Do { by, device, request, author } => {
            let known = state.directory().device(*device).is_some_and(|device| device.person == *by);
            if !known {
                return Err(draft::enter_first());
            }
            request_of(draft(*by)?, *device, address, request, *author)
        }
    }
}

/// What a request that only reads may look at.
///
/// # Errors
/// The refusal to tell whoever asked.
pub(super) fn looked(state: &State, at: Wall, by: PersonId, request: &Request) -> Result<Looked, Refusal> {
    look::look(&Draft::by(state, at, by)?, request)
}

/// Decides a request of somebody who has entered, and that holds no secret.
fn request_of(
    draft: Draft<'_>,
    device: DeviceId,
    address: Option<IpAddr>,
    request: &Request,
    author: Option<PersonId>,
) -> Result<Decision, Refusal> {
    match request {
        Request::Revoke { device: which } => account::revoke(draft, device, *which),
        Request::Settings { registration, guests } => administer::settings(draft, *registration, *guests),
        Request::ServerUninvite { invitation } => invitation::uninvite(draft, *invitation),
        Request::Admin { name, on } => administer::admin(draft, name, *on),
        Request::ServerBan { whom, minutes, reason } => {
            administer::server_ban(draft, address, whom, *minutes, reason)
        }
        Request::ServerUnban { whom } => administer::server_unban(draft, whom),
        Request::Create { room, topic, private } => room::create(draft, room, topic, *private),
        Request::Group { people, title } => room::group(draft, people, title.as_ref()),
        Request::Direct { name } => room::direct(draft, name),
        Request::Join { door: Door::Room(room) } => room::join(draft, room),
        Request::Leave { room } => room::leave(draft, room),
        Request::Invite { room, name } => room::invite(draft, room, name),
        Request::Uninvite { room, name } => room::uninvite(draft, room, name),
        Request::Decline { room } => room::decline(draft, room),
        Request::Unlink { room, link } => room::unlink(draft, room, *link),
        Request::Topic { room, text } => room::topic(draft, room, text),
        Request::Rename { room, to } => room::rename(draft, room, to),
        Request::Archive { room, on } => room::archive(draft, room, *on),
        Request::Close { room, reason } => room::close(draft, room, reason),
        Request::Kick { room, name, reason } => order::kick(draft, room, name, reason),
        Request::Ban { room, name, minutes, reason } => order::ban(draft, room, name, *minutes, reason),
        Request::Unban { room, name } => order::unban(draft, room, name),
        Request::Mute { room, name, minutes, reason } => order::mute(draft, room, name, *minutes, reason),
        Request::Unmute { room, name } => order::unmute(draft, room, name),
        Request::Keep { room, days } => keep::keep(draft, room.as_ref(), *days),
        Request::Hold { room, words, links } => hold::hold(draft, room, words, *links),
        Request::Let { room, held } => hold::let_through(draft, room, *held),
        Request::Reject { room, held, reason } => hold::reject(draft, room, *held, reason),
        Request::Slow { room, seconds } => order::slow(draft, room, *seconds),
        Request::Role { room, name, role } => order::role(draft, room, name, *role),
        Request::Owner { room, name } => order::owner(draft, room, name),
        Request::Report { room, seq, reason } => order::report(draft, room, *seq, reason),
        Request::Resolve { room, report } => order::resolve(draft, room, *report),
        Request::Befriend { name, note } => friends::befriend(draft, name, note),
        Request::Unfriend { name } => friends::unfriend(draft, name),
        Request::Block { name } => friends::block(draft, name),
        Request::Unblock { name } => friends::unblock(draft, name),
        Request::Presence { mode, status, audience } => friends::presence(draft, *mode, status, *audience),
        Request::Post { room, n, text, reply } => message::post(draft, device, room, *n, text, *reply),
        Request::Edit { room, seq, text } => message::edit(draft, room, *seq, text, author),
        Request::Delete { room, seq } => message::delete(draft, room, *seq, author),
        Request::React { room, seq, emoji, on } => message::react(draft, room, *seq, emoji, *on),
        Request::Pin { room, seq, on } => message::pin(draft, room, *seq, *on),
        Request::Read { room, seq } => message::read(draft, room, *seq),
        _ if !request.writes() => look::look(&draft, request).map(|_| Decision::Look),
        _ => Err(Refusal::no(Code::BadRequest, "this request does not come by itself")),
    }
}
