//! Who comes in is who he says, by what is his and good; and who is kept out, or put out, is so for a reason.

use super::complaint::{Verdict, complaint, demand};
use super::links::{Entered, Judge, Told};
use super::model::{Model, Owned, lasts};
use super::testimony::Testimony;
use sala_core::entry::{DeviceId, PersonId, Position, Registration, TokenHash};
use sala_core::name::Name;
use sala_core::protocol::{Arrival, Enter, Request, Update};
use sala_core::refusal::Code;
use sala_core::secret::{OnceCode, Password};

/// The oracles that complain here.
const TOKENS: &str = "revoked tokens never come in";
const PASSWORDS: &str = "wrong passwords never come in";
const CODES: &str = "spent codes never come in";
const BANNED: &str = "who is banned from the server does not come in";
const CLOSED: &str = "closed doors are closed";
const KEPT_OUT: &str = "kept out for a reason";
const RIGHT: &str = "a right password is not refused as wrong";
const GOODBYE: &str = "goodbye for a reason";

/// Listens for who is let in, and who is not.
pub(super) struct Arrivals<'a> {
    pub(super) testimony: &'a Testimony,
}

impl Judge for Arrivals<'_> {
    fn told(&mut self, told: &Told<'_>) -> Verdict {
        match told.update {
            Update::Welcome { .. } => self.let_in(told),
            Update::Refused { code, id, n: None, .. } => match told.request {
                Some(Request::Enter(_) | Request::SignIn { .. } | Request::Register { .. })
                | Some(Request::Recover { .. }) => self.kept_out(told, *code),
                Some(request) if id.is_some() && *code == Code::WrongPassword => {
                    self.own_password(told, request)
                }
                _ => Ok(()),
            },
            Update::Done { .. } => self.changed(told),
            Update::Goodbye { why, .. } => self.sent_away(told, why),
            _ => Ok(()),
        }
    }
}

impl Arrivals<'_> {
    fn let_in(&self, told: &Told<'_>) -> Verdict {
        let (Some(Entered { person, device, .. }), Some(request)) = (told.entered, told.request) else {
            return Err(complaint(TOKENS, told.words()));
        };
        let someone = &told.model.people[&person];
        let holds = |ban: &Option<_>| {
            ban.as_ref().is_some_and(|ban: &sala_core::entry::Sanction| lasts(ban, told.walls.1))
        };
        let free = someone.bans.ever(told.from, told.to, |ban| !holds(ban));
        demand(BANNED, free, || told.words())?;
        let open =
            |which: fn(&(bool, Registration)) -> bool| told.model.doors.ever(told.from, told.to, which);
        match request {
            Request::Enter(enter) => {
                let new = someone.since > told.from;
                demand(CLOSED, !new || open(|(guests, _)| *guests), || told.words())?;
                by_token(told, person, device, &enter.arrival)
            }
            Request::Register { enter, invitation, .. } => {
                let may = if invitation.is_some() {
                    open(|(_, registration)| *registration != Registration::Closed)
                } else {
                    open(|(_, registration)| *registration == Registration::Open)
                };
                demand(CLOSED, may, || told.words())?;
                demand(TOKENS, told.from < someone.since && someone.since <= told.to, || told.words())?;
                by_token(told, person, device, &enter.arrival)
            }
            Request::SignIn { name, password, arrival, .. } => {
                let his = self.testimony.are(name).any(|named| named == person);
                let right = self.testimony.ever(person, password.reveal(), told.from, told.to);
                demand(PASSWORDS, his && right, || told.words())?;
                by_token(told, person, device, arrival)
            }
            Request::Recover { name, code, arrival, .. } => {
                let his = self.testimony.are(name).any(|named| named == person);
                let hash = code.hash();
                let good = |reset: &Option<(TokenHash, _)>| {
                    reset.as_ref().is_some_and(|(code, until)| *code == hash && told.walls.0 < *until)
                };
                demand(CODES, his && someone.reset.ever(told.from, told.to, good), || told.words())?;
                by_token(told, person, device, arrival)
            }
            _ => Err(complaint(TOKENS, told.words())),
        }
    }

    /// Each code by which somebody is kept out has its reason, at some moment at which it may have been decided.
    fn kept_out(&self, told: &Told<'_>, code: Code) -> Verdict {
        let Some(request) = told.request else { return Ok(()) };
        let (name, model) = (name_of(request), told.model);
        let people: Vec<PersonId> = name.into_iter().flat_map(|name| self.testimony.are(name)).collect();
        let there =
            |person: &PersonId| model.people.get(person).is_some_and(|someone| someone.since <= told.to);
        // Of who is erased in the end the log does not say what let him in; and his name is kept for long after him.
        let doomed = |person: &PersonId| there(person) && model.people[person].erased.is_some();
        let gone = people.iter().any(doomed);
        let held = name.and_then(|name| model.named(name)).filter(there);
        let doors = |which: fn(&(bool, Registration)) -> bool| model.doors.ever(told.from, told.to, which);
        let by_invitation = || doors(|(_, registration)| matches!(registration, Registration::Invitation(_)));
        let holds = match (code, request) {
            (Code::NameTaken, Request::Enter(enter)) => {
                gone || held.is_some_and(|person| token_is_wrong(told, person, enter))
            }
            (Code::NameTaken, _) => gone || held.is_some(),
            (Code::WrongPassword, Request::SignIn { password, .. }) => {
                return self.password(told, held, password);
            }
            (Code::WrongPassword, _) => false,
            (Code::WrongCode, Request::Recover { code, .. }) => {
                !held.is_some_and(|person| code_is_good(told, person, code))
            }
            (Code::Banned, _) => people.iter().any(|person| {
                let holds = |ban: &Option<sala_core::entry::Sanction>| {
                    ban.as_ref().is_some_and(|ban| lasts(ban, told.walls.0))
                };
                model.people[person].bans.ever(told.from, told.to, holds)
            }),
            (Code::GuestsClosed, _) => doors(|(guests, _)| !*guests),
            (Code::RegistrationClosed, _) => doors(|(_, registration)| *registration == Registration::Closed),
            (Code::InvitationNeeded, Request::Register { invitation, .. }) => {
                invitation.is_none() && by_invitation()
            }
            (Code::BadInvitation, Request::Register { invitation: Some(code), .. }) => {
                by_invitation() && !invites(told, code)
            }
            (Code::InvitationNeeded | Code::BadInvitation, _) => false,
            (Code::TooManyDevices, _) => held.is_some_and(|person| {
                model.devices.values().filter(|owned| owned.person == person).count() >= DEVICES_MAX
            }),
            // No simulation has one-time codes.
            (Code::CodeNeeded, _) => false,
            // What is refused for now says nothing of who is who.
            _ => true,
        };
        demand(KEPT_OUT, holds, || told.words())
    }

    fn password(&self, told: &Told<'_>, person: Option<PersonId>, password: &Password) -> Verdict {
        let right = person.is_some_and(|person| {
            self.testimony.throughout(person, password.reveal(), told.from, told.to)
                && told.model.people[&person].since <= told.from
        });
        demand(RIGHT, !right, || told.words())
    }

    /// What somebody who is in says to be his own password is refused as wrong.
    fn own_password(&self, told: &Told<'_>, request: &Request) -> Verdict {
        let person = told.entered.map(|entered| entered.person);
        let person = person.filter(|person| told.model.person(*person).is_some());
        match request {
            Request::Password { old: password, .. } | Request::DeleteAccount { password: Some(password) } => {
                self.password(told, person, password)
            }
            Request::DeleteAccount { password: None } => Ok(()),
            _ => Err(complaint(RIGHT, told.words())),
        }
    }

    fn changed(&self, told: &Told<'_>) -> Verdict {
        let (Some(Request::Password { old, .. }), Some(entered)) = (told.request, told.entered) else {
            return Ok(());
        };
        let right = self.testimony.ever(entered.person, old.reveal(), told.from, told.to);
        demand(PASSWORDS, right, || told.words())
    }

    /// A connection is ended, and its client does not come back by itself.
    fn sent_away(&self, told: &Told<'_>, why: &str) -> Verdict {
        let person = told.entered.map(|entered| &told.model.people[&entered.person]);
        let holds = match why {
            "revoked" => told.entered.is_some_and(|entered| {
                told.model.devices[&entered.device].revoked.is_some_and(|revoked| revoked <= told.to)
            }),
            "banned" => person.is_some_and(|person| person.bans.ever(told.from, told.to, Option::is_some)),
            "erased" => person.is_some_and(|person| person.erased.is_some_and(|erased| erased <= told.to)),
            "replaced" => self.testimony.came_elsewhere(told.who, told.connection, told.moment),
            "bye" | "silent" | "too_slow_to_enter" | "stopping" | "storage_failed" | "storage_full"
            | "haste" => true,
            _ => false,
        };
        demand(GOODBYE, holds, || told.words())
    }
}

/// Devices that a person may have.
const DEVICES_MAX: usize = 16;

fn name_of(request: &Request) -> Option<&Name> {
    match request {
        Request::Enter(enter) | Request::Register { enter, .. } => Some(&enter.name),
        Request::SignIn { name, .. } | Request::Recover { name, .. } => Some(name),
        _ => None,
    }
}

/// The token was good at some moment at which it may have been looked at.
fn by_token(told: &Told<'_>, person: PersonId, device: DeviceId, arrival: &Arrival) -> Verdict {
    let hash = arrival.token.hash();
    let owned = told.model.devices.get(&device);
    let owned = owned.ok_or_else(|| complaint(TOKENS, format!("no such device: {}", told.words())))?;
    demand(TOKENS, owned.person == person, || told.words())?;
    // What an erased person's tokens were is nowhere any more.
    if told.model.people[&person].erased.is_some() {
        let erased = told.model.people[&person].erased;
        return demand(TOKENS, erased > Some(told.from), || told.words());
    }
    demand(TOKENS, owned.label == arrival.device, || told.words())?;
    demand(TOKENS, good_at(told.model, owned, &hash, told.from, told.to), || {
        let guest = &told.model.people[&person].token;
        format!("the token {hash:?} was not good ({owned:?}; {guest:?}): {}", told.words())
    })
}

/// Whether a device's token was ever this between two entries.
fn good_at(model: &Model, owned: &Owned, hash: &TokenHash, from: Position, to: Position) -> bool {
    let alive_to = owned.revoked.map_or(to, |revoked| Position(revoked.0 - 1).min(to));
    let from = from.max(owned.since);
    let own = owned.token.ever(from, alive_to, |token| token.as_ref() == Some(hash));
    let shared = || {
        let guest = &model.people[&owned.person].token;
        owned.token.ever(from, alive_to, Option::is_none)
            && guest.ever(from, alive_to, |token| token.as_ref() == Some(hash))
    };
    own || shared()
}

/// Whether the token of somebody who asks to come in was wrong at some moment at which it may have been looked at.
fn token_is_wrong(told: &Told<'_>, person: PersonId, enter: &Enter) -> bool {
    let hash = enter.arrival.token.hash();
    let (model, someone) = (told.model, &told.model.people[&person]);
    let is = |position: Position, token: &Option<TokenHash>| {
        let shared = || someone.token.at(position).as_ref() == Some(&hash);
        token.as_ref().map_or_else(shared, |token| *token == hash)
    };
    let wrong = |position: Position| {
        let mut labelled = model.devices.values().filter(|owned| {
            let alive = owned.since <= position && owned.revoked.is_none_or(|revoked| revoked > position);
            owned.person == person && owned.label == enter.arrival.device && alive
        });
        match labelled.next() {
            Some(owned) => !is(position, owned.token.at(position)),
            // A new device of a guest's comes in by his token, of an account's by none.
            None => !is(position, &None),
        }
    };
    (told.from.max(someone.since).0..=told.to.0).any(|position| wrong(Position(position)))
}

/// Whether an invitation of this code let somebody in all the while: it stood, and its maker administered the server.
fn invites(told: &Told<'_>, code: &OnceCode) -> bool {
    let (hash, model) = (code.hash(), told.model);
    model.invitations.values().filter(|invited| invited.code == hash).any(|invited| {
        let maker = &model.people[&invited.by];
        invited.since <= told.from
            && invited.over.is_none_or(|over| over > told.to)
            && told.walls.1 < invited.until
            && !maker.admin.ever(told.from, told.to, |admin| !admin)
            && !maker.bans.ever(told.from, told.to, Option::is_some)
    })
}

/// Whether a code was good all the while.
fn code_is_good(told: &Told<'_>, person: PersonId, code: &OnceCode) -> bool {
    let hash = code.hash();
    let bad = |reset: &Option<(TokenHash, sala_core::time::Wall)>| {
        !reset.as_ref().is_some_and(|(code, until)| *code == hash && told.walls.1 < *until)
    };
    !told.model.people[&person].reset.ever(told.from, told.to, bad)
}
