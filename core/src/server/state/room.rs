//! What a room's entries add up to.

use super::directory::Directory;
use super::holding::Holding;
use super::keeping::{Ages, Keeping, is_over};
use super::posts::Posts;
use crate::entry::{
    Act, LinkId, PersonId, ReportId, Role, RoomEntry, RoomKind, Sanction, Seq, TokenHash, Whom,
};
use crate::limits::{FADED_POSTS_MAX, MENTION_POSTS_MAX};
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::packed::PackedMap;
use crate::time::Wall;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A room as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// What it is called in the protocol, from its making to its end.
    pub key: RoomName,
    /// The name that it is shown under; a direct conversation has none, nor has a group that was not given one.
    pub title: Option<RoomName>,
    /// Who finds and enters it.
    pub kind: RoomKind,
    /// What it is about; may be empty.
    pub topic: String,
    /// The last seq of its log.
    pub head: Seq,
    /// Whose it is: 0 is the server's; none if nobody is in it, or it is a direct conversation.
    pub owner: Option<PersonId>,
    /// Its members.
    pub members: PackedMap<PersonId, Member>,
    /// Its members in the order of their names. Not kept, but made again from the members. Nobody's name changes, and whoever
    /// is erased leaves all rooms before the directory forgets it.
    #[serde(skip)]
    by_name: Vec<PersonId>,
    /// Who may join, and who said so.
    pub invited: BTreeMap<PersonId, PersonId>,
    /// Who may not come back.
    pub bans: BTreeMap<PersonId, Sanctioned>,
    /// Who may not speak.
    pub mutes: BTreeMap<PersonId, Sanctioned>,
    /// The links that let people in.
    pub links: BTreeMap<LinkId, Link>,
    /// What members told the moderators.
    pub reports: BTreeMap<ReportId, Report>,
    /// The posts that are kept in sight.
    pub pins: BTreeSet<Seq>,
    /// How long a member waits between two posts, in milliseconds.
    pub slow_ms: u64,
    /// When those last spoke who went while that was not over: coming back shortens no wait.
    #[serde(default)]
    pub gone_spoke: BTreeMap<PersonId, Wall>,
    /// Nothing more may be said.
    pub archived: bool,
    /// How long what is said is kept.
    #[serde(default)]
    pub keep: Keeping,
    /// All that was said up to here is gone, since it was as old as it is kept.
    #[serde(default)]
    pub faded: Seq,
    /// What it holds back for its moderators.
    #[serde(default)]
    pub holding: Holding,
    /// On which day what was said.
    #[serde(default)]
    pub ages: Ages,
    /// Where posts stand.
    pub posts: Posts,
    /// The newest posts that name somebody.
    pub mentions: BTreeMap<Seq, Mention>,
}

/// A member of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// He keeps order.
    pub moderator: bool,
    /// The entry by which he became one.
    pub since: Seq,
    /// The last place that he has read.
    pub read: Seq,
    /// When he last spoke.
    pub spoke: Wall,
}

/// Somebody who is banned or muted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanctioned {
    /// His name at that time.
    pub name: Name,
    /// Who did it.
    pub by: PersonId,
    /// How long, and why.
    pub sanction: Sanction,
    /// He was a member, or invited: he knows that there is such a room.
    #[serde(default = "knows")]
    pub knows: bool,
}

/// Of whom earlier programs banned, nobody wrote it down.
fn knows() -> bool {
    true
}

/// A link that lets people in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Who made it.
    pub by: PersonId,
    /// The hash of what its bearer must know.
    pub token: TokenHash,
    /// Until when it is good.
    pub until: Option<Wall>,
    /// How many more people it lets in.
    pub uses: Option<u32>,
}

/// What a member told the moderators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Wall,
    /// Of which post.
    pub target: Seq,
    /// Why.
    pub reason: String,
}

/// Whom a post calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// These members, whom it names, and who had not blocked its author.
    pub people: Vec<PersonId>,
    /// All members.
    pub all: bool,
}

impl Room {
    pub(super) fn new(key: RoomName, title: Option<RoomName>, kind: RoomKind) -> Self {
        Room {
            key,
            title,
            kind,
            topic: String::new(),
            head: Seq(0),
            owner: None,
            members: PackedMap::new(),
            by_name: Vec::new(),
            invited: BTreeMap::new(),
            bans: BTreeMap::new(),
            mutes: BTreeMap::new(),
            links: BTreeMap::new(),
            reports: BTreeMap::new(),
            pins: BTreeSet::new(),
            slow_ms: 0,
            gone_spoke: BTreeMap::new(),
            archived: false,
            keep: Keeping::default(),
            faded: Seq(0),
            holding: Holding::default(),
            ages: Ages::default(),
            posts: Posts::default(),
            mentions: BTreeMap::new(),
        }
    }

    /// What this member may do; none if he is no member.
    #[must_use]
    pub fn role(&self, person: PersonId) -> Option<Role> {
        let member = self.members.get(&person)?;
        Some(match member.moderator {
            _ if self.owner == Some(person) => Role::Owner,
            true => Role::Moderator,
            false => Role::Member,
        })
    }

    /// The owner and the moderators, in the order of their numbers.
    pub fn keepers(&self) -> impl Iterator<Item = PersonId> {
        let keeps = |(person, member): (&PersonId, &Member)| {
            (member.moderator || self.owner == Some(*person)).then_some(*person)
        };
        self.members.iter().filter_map(keeps)
    }

    /// Posts after the last one that this member has read.
    #[must_use]
    pub fn unread(&self, person: PersonId) -> u64 {
        self.members.get(&person).map_or(0, |member| self.posts.count_after(member.read))
    }

    /// Those of them that name him.
    #[must_use]
    pub fn mentions_of(&self, person: PersonId) -> usize {
        let Some(member) = self.members.get(&person) else { return 0 };
        let unread = self.mentions.range(member.read.next()..);
        unread.filter(|(_, mention)| mention.all || mention.people.contains(&person)).count()
    }

    /// Who owns the room when this person does no longer: the moderator who has been a member for longest, else the
    /// member who has.
    #[must_use]
    pub fn successor(&self, gone: PersonId) -> Option<PersonId> {
        let others = self.members.iter().filter(|(person, _)| **person != gone);
        let moderator = |held: bool| if planted("wrong_heir") { held } else { !held };
        others
            .min_by_key(|(_, member)| (moderator(member.moderator), member.since))
            .map(|(person, _)| *person)
    }

    /// Its members in the order of their names, those after one of them, or all.
    pub fn by_name<'a>(
        &'a self,
        directory: &'a Directory,
        after: Option<&Name>,
    ) -> impl Iterator<Item = (&'a Name, PersonId)> {
        let named = |person: PersonId| Some((&directory.person(person)?.name, person));
        let is_passed = |person: PersonId| named(person).is_some_and(|(name, _)| Some(name) <= after);
        let passed = self.by_name.partition_point(|person| is_passed(*person));
        self.by_name[passed..].iter().filter_map(move |person| named(*person))
    }

    pub(super) fn remake_names<'a>(&mut self, name: impl Fn(PersonId) -> Option<&'a Name>) {
        let named = |person: &PersonId| Some((name(*person)?, *person));
        self.by_name =
            self.members.keys().filter_map(named).collect::<BTreeMap<_, _>>().into_values().collect();
    }

    /// Where somebody of this name is among the members in the order of their names, or where he would be.
    fn place_of<'a>(
        &self,
        wanted: &Name,
        name: impl Fn(PersonId) -> Option<&'a Name>,
    ) -> Result<usize, usize> {
        self.by_name.binary_search_by(|held| name(*held).cmp(&Some(wanted)))
    }

    /// Takes in the next entry, as far as it concerns the room alone. `name` is that of whoever becomes or was a member;
    /// `hears` says who lets himself be called by the entry's author.
    pub(super) fn evolve<'a>(
        &mut self,
        entry: &RoomEntry,
        name: impl Fn(PersonId) -> Option<&'a Name>,
        hears: impl Fn(PersonId) -> bool,
    ) {
        self.head = self.head.next();
        let (seq, person) = (self.head, entry.person);
        self.ages.note(entry.at, seq);
        match &entry.act {
            Act::Created => {
                if self.kind != RoomKind::Direct {
                    self.owner = Some(person);
                }
                self.add(person, &name);
            }
            Act::Joined => self.add(person, &name),
            Act::Added(whom) => self.add(whom.person, &name),
            Act::Left => self.remove(person, entry.at, &name),
            Act::Kicked(whom, _) => self.remove(whom.person, entry.at, &name),
            Act::Banned(whom, sanction) => {
                let knows = self.members.contains_key(&whom.person)
                    || self.invited.contains_key(&whom.person)
                    || self.bans.get(&whom.person).is_some_and(|held| held.knows);
                self.remove(whom.person, entry.at, &name);
                self.invited.remove(&whom.person);
                self.bans.insert(whom.person, Sanctioned { knows, ..sanctioned(whom, person, sanction) });
                self.bans.retain(|banned, held| *banned == whom.person || held.sanction.holds(entry.at));
            }
            Act::Unbanned(whom) => drop(self.bans.remove(&whom.person)),
            Act::Muted(whom, sanction) => {
                self.mutes.insert(whom.person, sanctioned(whom, person, sanction));
                self.mutes.retain(|muted, held| *muted == whom.person || held.sanction.holds(entry.at));
            }
            Act::Unmuted(whom) => drop(self.mutes.remove(&whom.person)),
            Act::Invited(whom) => drop(self.invited.insert(whom.person, person)),
            Act::Uninvited(whom) => drop(self.invited.remove(&whom.person)),
            Act::Topic(text) => {
                self.topic.clone_from(text);
                if let Some(member) = self.members.get_mut(&person) {
                    member.spoke = entry.at;
                }
            }
            Act::Renamed(title) => self.title = Some(title.clone()),
            Act::Archived(on) => self.archived = *on,
            Act::Slow(slow_ms) => self.slow_ms = *slow_ms,
            Act::Keep(days) => self.keep = Keeping { days: *days, since: entry.at },
            Act::Faded { upto } => self.fade(*upto),
            Act::Owner(whom) => {
                // Who owned it keeps order from now on.
                if let Some(owner) = self.owner.filter(|owner| *owner != whom.person)
                    && let Some(member) = self.members.get_mut(&owner)
                {
                    member.moderator = true;
                }
                self.owner = Some(whom.person);
            }
            Act::Role(whom, role) => {
                if let Some(member) = self.members.get_mut(&whom.person) {
                    member.moderator = *role == Role::Moderator;
                }
            }
            Act::Post(post) => {
                self.posts.set(seq);
                // What was let through was said before what stands before it was there to be read.
                let speaks = post.let_by.is_none() && !planted("unread_counts_own");
                if let Some(member) = self.members.get_mut(&person).filter(|_| speaks) {
                    // Whoever speaks has read what stands before.
                    (member.read, member.spoke) = (seq, entry.at);
                }
                if post.all || !post.mentions.is_empty() {
                    let people = post.mentions.iter().copied().filter(|named| hears(*named)).collect();
                    // Also if it calls nobody: what is the oldest must not hang on blocks, which go with who is erased.
                    self.mentions.insert(seq, Mention { people, all: post.all });
                    if self.mentions.len() > MENTION_POSTS_MAX {
                        self.mentions.pop_first();
                    }
                }
            }
            Act::Deleted { target, of } => {
                self.posts.clear(*target);
                self.mentions.remove(target);
                self.pins.remove(target);
                // Whoever keeps order has dealt with it by this; whoever takes back his own words has not.
                if *of != person || self.role(person).is_some_and(|role| role > Role::Member) {
                    self.reports.retain(|_, report| report.target != *target);
                }
            }
            Act::Pinned { target, on: true } => drop(self.pins.insert(*target)),
            Act::Pinned { target, on: false } => drop(self.pins.remove(target)),
            Act::Edited { .. } | Act::Reacted { .. } | Act::Closed(_) | Act::Other(_) => {}
            // Which words these are stands in the directory: they are the moderators' to know.
            Act::Hold(_) => {}
            // Both stand in the directory, which alone knows what a link's bearer must know.
            Act::Link { .. } | Act::Unlinked { .. } => {}
        }
    }

    /// The day of which what was said is to go now, and up to where: the first day on which something stands, if that is
    /// over by the shorter of the room's and the server's rules, and of it no more than goes at once.
    #[must_use]
    pub fn fading(&self, server: Keeping, at: Wall) -> Option<(u64, Seq)> {
        let days = self.kept_days(server, at)?;
        let (day, last) = self.ages.day_of(self.posts.first()?, self.head)?;
        let upto = self.posts.nth(FADED_POSTS_MAX).filter(|upto| *upto < last).unwrap_or(last);
        is_over(day, days, at).then_some((day, upto))
    }

    /// The day of which something is to go now: of what was said, or of what waits for the moderators.
    #[must_use]
    pub fn fading_day(&self, server: Keeping, at: Wall) -> Option<u64> {
        let said = self.fading(server, at).map(|(day, _)| day);
        let waits = self.holding.stale_day(self.kept_days(server, at)?, at);
        said.into_iter().chain(waits).min()
    }

    /// After how many days what is said goes by now, if it does.
    fn kept_days(&self, server: Keeping, at: Wall) -> Option<u64> {
        [self.keep, server].into_iter().filter_map(|rule| rule.holds(at)).min()
    }

    fn fade(&mut self, upto: Seq) {
        self.faded = self.faded.max(upto);
        self.posts.clear_upto(upto);
        self.ages.forget(upto);
        self.mentions = self.mentions.split_off(&upto.next());
        self.pins = self.pins.split_off(&upto.next());
        self.reports.retain(|_, report| report.target > upto);
    }

    /// Somebody is erased: what the room knows of him beside its log goes, too.
    pub(super) fn forget(&mut self, person: PersonId) {
        self.invited.retain(|invited, by| *invited != person && *by != person);
        self.gone_spoke.remove(&person);
        self.holding.forget(person);
        for sanctions in [&mut self.bans, &mut self.mutes] {
            sanctions.remove(&person);
            let his = sanctions.values_mut().filter(|held| held.by == person);
            his.for_each(|held| held.sanction.reason.clear());
        }
        self.reports.retain(|_, report| report.by != person);
        self.mentions.values_mut().for_each(|mention| mention.people.retain(|named| *named != person));
        self.by_name.retain(|held| *held != person);
        self.members.remove(&person);
    }

    fn add<'a>(&mut self, person: PersonId, name: impl Fn(PersonId) -> Option<&'a Name>) {
        // The server itself makes the lobby, and is no person that could be a member.
        let Some(his) = name(person) else { return };
        self.invited.remove(&person);
        if self.owner.is_none() && self.kind != RoomKind::Direct {
            self.owner = Some(person);
        }
        let spoke = self.gone_spoke.remove(&person).unwrap_or(Wall(0));
        let member = Member { moderator: false, since: self.head, read: self.head, spoke };
        if !self.members.contains_key(&person) {
            self.members.insert(person, member);
        }
        match self.place_of(his, name) {
            Ok(at) => self.by_name[at] = person,
            Err(at) => {
                if self.by_name.len() == self.by_name.capacity() {
                    self.by_name.reserve_exact(1 + self.by_name.len() / 8);
                }
                self.by_name.insert(at, person);
            }
        }
    }

    fn remove<'a>(&mut self, person: PersonId, at: Wall, name: impl Fn(PersonId) -> Option<&'a Name>) {
        if self.owner == Some(person) {
            self.owner = self.successor(person);
        }
        self.holding.forget(person);
        let slow_ms = self.slow_ms;
        self.gone_spoke.retain(|_, spoke| at.since(*spoke) < slow_ms);
        if let Some(member) = self.members.remove(&person)
            && at.since(member.spoke) < slow_ms
        {
            self.gone_spoke.insert(person, member.spoke);
        }
        if let Some(Ok(at)) = name(person).map(|his| self.place_of(his, name)) {
            self.by_name.remove(at);
        }
    }
}

fn sanctioned(whom: &Whom, by: PersonId, sanction: &Sanction) -> Sanctioned {
    Sanctioned { name: whom.name.clone(), by, sanction: sanction.clone(), knows: true }
}
