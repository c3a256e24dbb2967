//! Answers that are lists of one's own things, or of what a room's moderators and the server's administrators keep.

use super::decide::role_of;
use super::machine::Server;
use super::session::Entered;
use super::state::{Contact, HeldPost, Room};
use crate::entry::{HeldId, InvitationId, LogId, PersonId, ReportId, Role, Sanction};
use crate::limits::{LIST_ROWS_MAX, NAME_BYTES_MAX, PAGE_BYTES_MAX, SANCTION_ROWS_MAX};
use crate::name::Name;
use crate::protocol::{
    Contacted, DeviceInfo, HeldInfo, HoldInfo, Invitation, LinkInfo, ReportInfo, SanctionInfo,
    ServerInvitationInfo, Strangers, Update,
};
use crate::time::Wall;
use std::collections::BTreeMap;
use std::ops::Bound;

impl Server {
    /// The name of somebody, who may be erased.
    fn name_of(&self, person: PersonId) -> Name {
        let found = self.state.directory().person(person);
        found.map_or_else(|| Name::of_erased(person.0), |person| person.name.clone())
    }

    pub(super) fn links(&self, id: Option<u64>, room: &Room, at: Wall) -> Update {
        let good = room.links.iter().filter(|(_, link)| link.until.is_none_or(|until| at < until));
        let row = |(number, link): (&crate::entry::LinkId, &super::state::Link)| LinkInfo {
            link: *number,
            by: self.name_of(link.by),
            until: link.until,
            uses: link.uses,
        };
        Update::Links { id, room: room.key.clone(), links: good.map(row).collect() }
    }

    pub(super) fn sanctions(&self, id: Option<u64>, room: &Room, after: Option<&str>, at: Wall) -> Update {
        let kinds = [("ban", &room.bans), ("mute", &room.mutes)];
        let all = kinds.into_iter().flat_map(|(what, held)| held.values().map(move |held| (what, held)));
        let rows = all.filter(|(_, held)| held.sanction.holds(at)).map(|(what, held)| {
            let row = sanction_row(what, held.name.as_str().to_owned(), &held.sanction);
            SanctionInfo { by: Some(self.name_of(held.by)), ..row }
        });
        listed(id, Some(room.key.clone()), rows, after)
    }

    pub(super) fn server_bans(&self, id: Option<u64>, after: Option<&str>, at: Wall) -> Update {
        let directory = self.state.directory();
        let people = directory.people().filter_map(|(_, person)| {
            Some(sanction_row("ban", person.name.as_str().to_owned(), person.seldom.banned.as_ref()?))
        });
        let held = directory.address_bans().iter();
        let addresses = held.map(|(range, sanction)| sanction_row("ban", range.to_string(), sanction));
        let holding = people.chain(addresses).filter(|row| row.until.is_none_or(|until| at < until));
        listed(id, None, holding, after)
    }

    /// The invitations to the server that stand: his own, or to whoever administers it all.
    pub(super) fn server_invitations(
        &self,
        id: Option<u64>,
        by: PersonId,
        after: Option<InvitationId>,
        at: Wall,
    ) -> Update {
        let directory = self.state.directory();
        let all = directory.person(by).is_some_and(|person| person.admin);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let held = directory.invitations().range((start, Bound::Unbounded));
        let mut rest = held.filter(|(_, held)| held.stands(at) && (all || held.by == by));
        let row = |(number, held): (&InvitationId, &super::state::ServerInvitation)| ServerInvitationInfo {
            invitation: *number,
            by: self.name_of(held.by),
            until: held.until,
        };
        let invitations = rest.by_ref().take(LIST_ROWS_MAX).map(row).collect();
        Update::ServerInvitations { id, invitations, more: rest.next().is_some() }
    }

    pub(super) fn reports(&self, id: Option<u64>, room: &Room, after: Option<ReportId>) -> Update {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = room.reports.range((start, Bound::Unbounded));
        let row = |(number, report): (&ReportId, &super::state::Report)| ReportInfo {
            report: *number,
            at: report.at,
            by: self.name_of(report.by),
            seq: report.target,
            reason: report.reason.clone(),
        };
        let reports = rest.by_ref().take(SANCTION_ROWS_MAX).map(row).collect();
        Update::Reports { id, room: room.key.clone(), reports, more: rest.next().is_some() }
    }

    /// What waits in a room: to whoever keeps order there all of it, and by which rule; to others what they have said.
    pub(super) fn held_posts(
        &self,
        id: Option<u64>,
        by: PersonId,
        log: LogId,
        room: &Room,
        after: Option<HeldId>,
    ) -> Update {
        let keeps = role_of(&self.state, log, room, by).is_some_and(|role| role >= Role::Moderator);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let waits = room.holding.posts.range((start, Bound::Unbounded));
        let mut rest = waits.filter(|(_, post)| keeps || post.by == by).peekable();
        let (mut posts, mut bytes) = (Vec::new(), 0);
        while let Some((held, post)) =
            rest.next_if(|(_, post)| posts.is_empty() || bytes + weight(post) <= PAGE_BYTES_MAX)
        {
            bytes += weight(post);
            let HeldPost { at, device, n, text, reply, .. } = post.clone();
            posts.push(HeldInfo { held: *held, at, by: self.name_of(post.by), device, n, text, reply });
        }
        let rule = keeps.then(|| HoldInfo { words: room.holding.words.clone(), links: room.holding.links });
        Update::Held { id, room: room.key.clone(), rule, posts, more: rest.peek().is_some() }
    }

    pub(super) fn devices(&self, id: Option<u64>, entered: Entered) -> Update {
        let directory = self.state.directory();
        let person = directory.person(entered.person);
        let mut devices: Vec<DeviceInfo> = person
            .into_iter()
            .flat_map(|person| person.devices.values())
            .filter_map(|number| {
                let device = directory.device(*number)?;
                Some(DeviceInfo {
                    device: *number,
                    label: device.label.to_string(),
                    seen: device.seen,
                    here: self.sessions.of_device(*number).is_some(),
                    this: *number == entered.device,
                })
            })
            .collect();
        devices.sort_by_key(|row| row.device);
        Update::Devices { id, devices }
    }

    pub(super) fn friends(&self, id: Option<u64>, by: PersonId, after: Option<&Name>) -> Update {
        let directory = self.state.directory();
        let contacts = directory.person(by).into_iter().flat_map(|person| person.seldom.contacts.iter());
        let named: BTreeMap<&Name, (PersonId, Contact)> = contacts
            .filter_map(|(other, contact)| Some((&directory.person(*other)?.name, (*other, *contact))))
            .collect();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = named.range::<Name, _>((start, Bound::Unbounded));
        let row = |(name, (other, contact)): (&&Name, &(PersonId, Contact))| {
            let seen = self.seen_by_friends(*other).filter(|_| directory.are_friends(by, *other));
            let (here, (mode, status)) = (seen.is_some(), seen.unwrap_or_default());
            let stands = match contact {
                Contact::Friend => "friend",
                Contact::Asked => "asked",
                Contact::AskedBy => "asked_by",
                Contact::Blocked => "blocked",
            };
            Contacted { name: (*name).clone(), stands: stands.to_owned(), here, mode, status }
        };
        let people = rest.by_ref().take(LIST_ROWS_MAX).map(row).collect();
        Update::Friends { id, people, more: rest.next().is_some() }
    }

    pub(super) fn me(&self, id: Option<u64>, by: PersonId) -> Option<Update> {
        let person = self.state.directory().person(by)?;
        let invitations = person.seldom.invitations.iter().filter_map(|(log, inviter)| {
            let room = self.state.room(*log)?;
            let title = room.title.clone().filter(|title| *title != room.key);
            Some(Invitation { room: room.key.clone(), title, by: self.name_of(*inviter) })
        });
        Some(Update::Me {
            id,
            name: person.name.clone(),
            account: person.is_account(),
            admin: person.admin,
            totp: person.seldom.totp.is_some(),
            recovery: person.seldom.totp.as_ref().map_or(0, |totp| totp.recovery.len()),
            mode: person.seldom.presence.mode,
            status: person.seldom.presence.status.clone(),
            audience: person.seldom.presence.audience,
            invitations: invitations.collect(),
            strangers: person.admin.then(|| {
                let directory = self.state.directory();
                Strangers { registration: directory.registration(), guests: directory.guests() }
            }),
        })
    }
}

/// How many bytes of a line a post that waits takes at most.
fn weight(post: &HeldPost) -> usize {
    serde_json::to_string(&post.text).map_or(0, |text| text.len()) + NAME_BYTES_MAX + 160
}

fn sanction_row(what: &str, whom: String, sanction: &Sanction) -> SanctionInfo {
    let Sanction { until, reason } = sanction.clone();
    SanctionInfo { what: what.to_owned(), whom, by: None, until, reason }
}

/// A part of such rows, in the order of whom they concern.
fn listed(
    id: Option<u64>,
    room: Option<crate::name::RoomName>,
    rows: impl Iterator<Item = SanctionInfo>,
    after: Option<&str>,
) -> Update {
    let mut rows: Vec<SanctionInfo> =
        rows.filter(|row| after.is_none_or(|after| place(row).as_str() > after)).collect();
    rows.sort_by_key(place);
    let more = rows.len() > SANCTION_ROWS_MAX;
    rows.truncate(SANCTION_ROWS_MAX);
    Update::Sanctions { id, room, sanctions: rows, more }
}

/// What to give as `after` to go on behind a row.
fn place(row: &SanctionInfo) -> String {
    format!("{} {}", row.whom, row.what)
}
