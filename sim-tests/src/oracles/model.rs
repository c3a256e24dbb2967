//! The simplest model that could be right: who is who, who is where, and who may do what, added up from the log alone.
//!
//! It shares no line with the server's own state, and knows nothing of limits, names, texts or numbers of posts.

use super::course::Course;
use super::on_disk::Kept;
use sala_core::entry::{
    Audience, DeviceId, HeldId, InvitationId, LinkId, LogId, Mode, PersonId, Position, Registration,
    ReportId, Role, RoomKind, Sanction, Seq, TokenHash,
};
use sala_core::limits::FORMER_DEVICES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::time::Wall;
use std::collections::{BTreeMap, BTreeSet};

/// How somebody stands to another, as his own log says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// He asked to be his friend.
    Asked,
    /// He was asked.
    AskedBy,
    /// They are friends.
    Friend,
    /// He wants to have nothing to do with him.
    Blocked,
}

/// Somebody.
#[derive(Clone, Debug, Default)]
pub struct Someone {
    /// His name; another, once he is erased.
    pub name: Option<Name>,
    /// He has a password.
    pub account: bool,
    /// The entry that has its hash.
    pub password: Option<Position>,
    /// He administers the server.
    pub admin: Course<bool>,
    /// He may not come in.
    pub banned: Option<Sanction>,
    /// The same, as it was over time.
    pub bans: Course<Option<Sanction>>,
    /// The code by which he may be given another password, and until when it is good.
    pub reset: Course<Option<(TokenHash, Wall)>>,
    /// The entry by which he came.
    pub since: Position,
    /// How he wants to be seen.
    pub presence: (Mode, String, Audience),
    /// He is erased.
    pub erased: Option<Position>,
    /// How he stands to others.
    pub ties: BTreeMap<PersonId, Tie>,
    /// Rooms that he was invited to, as he was told.
    pub invitations: BTreeSet<LogId>,
    /// What a guest must know, from when on; nothing once he has a password.
    pub token: Course<Option<TokenHash>>,
    /// When all of his connections were ended: he was banned from the server, or is erased.
    pub ends: Vec<Position>,
}

/// A device.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Whose it is.
    pub person: PersonId,
    /// What he calls it.
    pub label: String,
    /// Its own token; a guest's device has none.
    pub token: Course<Option<TokenHash>>,
    /// When it was shut out.
    pub revoked: Option<Position>,
    /// When it was first seen.
    pub since: Position,
    /// The device whose numbers it goes on with: the first of those that were shut out and had an heir, or itself.
    pub numbers_of: DeviceId,
    /// It was shut out, and another goes on with its numbers.
    pub has_heir: bool,
}

/// A member of a room.
#[derive(Clone, Debug)]
pub struct Belongs {
    /// He keeps order.
    pub moderator: bool,
    /// The entry by which he came.
    pub since: Seq,
    /// Up to where he has read.
    pub read: Seq,
    /// When he last spoke.
    pub spoke: Option<Wall>,
}

/// A post.
#[derive(Clone, Debug)]
pub struct Said {
    /// By whom.
    pub by: PersonId,
    /// Whom it names, of those who had not blocked its author.
    pub calls: Vec<PersonId>,
    /// It names all.
    pub all: bool,
    /// By which entry its words went, if they did.
    pub gone: Option<Position>,
    /// It was deleted, and is not even counted.
    pub deleted: bool,
}

/// A post that waits, or waited, for the moderators of its room.
#[derive(Clone, Debug)]
pub struct Waits {
    /// By whom.
    pub by: PersonId,
    /// The device that sent it.
    pub device: DeviceId,
    /// The device's number for it.
    pub n: u64,
    /// Which entry says that it waits.
    pub since: Position,
    /// By which entry it waits no longer: it was let through or not, or its author went.
    pub over: Option<Position>,
    /// Where it stands in its room, if it was let through.
    pub seq: Option<Seq>,
}

/// An invitation to the server.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Who made it.
    pub by: PersonId,
    /// The hash of its code.
    pub code: TokenHash,
    /// Until when it is good.
    pub until: Wall,
    /// By which entry it was made.
    pub since: Position,
    /// By which it is good no more, since it was used, taken back, or its maker erased.
    pub over: Option<Position>,
}

/// A link into a room.
#[derive(Clone, Debug)]
pub struct Way {
    /// Who made it.
    pub by: PersonId,
    /// Until when it is good.
    pub until: Option<Wall>,
    /// How many people it still lets in.
    pub uses: Option<u32>,
}

/// A room.
#[derive(Clone, Debug)]
pub struct Place {
    /// Who finds and enters it.
    pub kind: RoomKind,
    /// What it is shown under, if it was given a name.
    pub title: Option<RoomName>,
    /// What it is about.
    pub topic: String,
    /// Whose it is; 0 is the server.
    pub owner: Option<PersonId>,
    /// Who is in it.
    pub members: BTreeMap<PersonId, Belongs>,
    /// Who may not come in.
    pub bans: BTreeMap<PersonId, Sanction>,
    /// Those of them who were neither members nor invited: nothing tells them that there is such a room.
    pub strangers: BTreeSet<PersonId>,
    /// Who may not speak.
    pub mutes: BTreeMap<PersonId, Sanction>,
    /// Who does not see it: of a conversation of two, the one who has blocked the other, for good if that one is gone.
    pub hidden: BTreeSet<PersonId>,
    /// Who was muted, and until when if nobody lifted it.
    pub muted: BTreeMap<PersonId, Course<Option<Sanction>>>,
    /// The same of who was banned.
    pub barred: BTreeMap<PersonId, Course<Option<Sanction>>>,
    /// The posts that are kept in sight.
    pub pins: BTreeSet<Seq>,
    /// Who may come in, and who said so.
    pub invited: BTreeMap<PersonId, PersonId>,
    /// The links into it.
    pub links: BTreeMap<LinkId, Way>,
    /// What moderators were told of, and have not dealt with.
    pub reports: BTreeMap<ReportId, Seq>,
    /// Nothing more may be said.
    pub archived: bool,
    /// How long members wait between posts.
    pub slow_ms: u64,
    /// After how many days what is said goes; 0 for never.
    pub keep_days: u64,
    /// By which words and links what members say waits: of a rule that was replaced the words are gone.
    pub hold: (Vec<String>, bool),
    /// Whether anything was to wait.
    pub holds: Course<bool>,
    /// The entry that has the words.
    pub hold_since: Position,
    /// When those last spoke who went before that was over.
    pub gone_spoke: BTreeMap<PersonId, Wall>,
    /// What was said.
    pub posts: BTreeMap<Seq, Said>,
    /// It is gone.
    pub closed: Option<Position>,
    /// The position of each entry, the first at 0.
    pub positions: Vec<Position>,
    /// Who may read it, and in which role.
    pub readers: BTreeMap<PersonId, Course<Option<Role>>>,
    /// Whoever may know that there is such a room, and from when on.
    pub known: BTreeMap<PersonId, Position>,
}

/// What all entries so far add up to, and what some of it was on the way.
#[derive(Clone, Debug)]
pub struct Model {
    /// Everybody.
    pub people: BTreeMap<PersonId, Someone>,
    /// Who is erased in the end: of what his own log said, and of what he noted in others', nothing is left to add up.
    pub doomed: BTreeSet<PersonId>,
    /// Who has which name now.
    pub names: BTreeMap<Name, PersonId>,
    /// All devices that ever were.
    pub devices: BTreeMap<DeviceId, Owned>,
    /// All rooms that ever were.
    pub rooms: BTreeMap<LogId, Place>,
    /// Who has blocked whom.
    pub blocks: BTreeMap<(PersonId, PersonId), Course<bool>>,
    /// Which post each number of a device is, and of whoever goes on with its numbers.
    pub numbers: BTreeMap<(DeviceId, u64), (LogId, Seq)>,
    /// What ever waited for the moderators of each room.
    pub waits: BTreeMap<(LogId, HeldId), Waits>,
    /// The latest time at which anything was asked.
    pub latest: Wall,
    /// The last entry.
    pub position: Position,
    /// The entry before the one that is judged: what a command adds to several logs stands side by side.
    pub before: Option<Kept>,
    /// Strangers may take a name.
    pub guests: bool,
    /// Which strangers may have an account.
    pub registration: Registration,
    /// Both, as they were over time: first that strangers may take a name.
    pub doors: Course<(bool, Registration)>,
    /// The invitations to the server that ever were.
    pub invitations: BTreeMap<InvitationId, Invited>,
}

impl Default for Model {
    fn default() -> Self {
        Model {
            people: BTreeMap::new(),
            doomed: BTreeSet::new(),
            names: BTreeMap::new(),
            devices: BTreeMap::new(),
            rooms: BTreeMap::new(),
            blocks: BTreeMap::new(),
            numbers: BTreeMap::new(),
            waits: BTreeMap::new(),
            latest: Wall(0),
            position: Position(0),
            before: None,
            guests: true,
            registration: Registration::Open,
            doors: Course::of((true, Registration::Open)),
            invitations: BTreeMap::new(),
        }
    }
}

/// Whether a sanction is not over yet.
#[must_use]
pub fn lasts(sanction: &Sanction, at: Wall) -> bool {
    sanction.until.is_none_or(|until| at < until)
}

impl Place {
    /// A room in which nobody is.
    #[must_use]
    pub fn new(kind: RoomKind) -> Self {
        Place {
            kind,
            title: None,
            topic: String::new(),
            owner: None,
            members: BTreeMap::new(),
            bans: BTreeMap::new(),
            strangers: BTreeSet::new(),
            mutes: BTreeMap::new(),
            hidden: BTreeSet::new(),
            muted: BTreeMap::new(),
            barred: BTreeMap::new(),
            pins: BTreeSet::new(),
            invited: BTreeMap::new(),
            links: BTreeMap::new(),
            reports: BTreeMap::new(),
            archived: false,
            slow_ms: 0,
            keep_days: 0,
            hold: (Vec::new(), false),
            holds: Course::default(),
            hold_since: Position(0),
            gone_spoke: BTreeMap::new(),
            posts: BTreeMap::new(),
            closed: None,
            positions: Vec::new(),
            readers: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// The last seq of its log.
    #[must_use]
    pub fn head(&self) -> Seq {
        Seq(self.positions.len() as u64)
    }

    /// Where an entry stands in the order of all.
    #[must_use]
    pub fn position(&self, seq: Seq) -> Option<Position> {
        let index = usize::try_from(seq.0.checked_sub(1)?).ok()?;
        self.positions.get(index).copied()
    }

    /// What somebody is in it by the log alone, whatever he is to the server.
    #[must_use]
    pub fn role(&self, person: PersonId) -> Option<Role> {
        let member = self.members.get(&person)?;
        Some(match member.moderator {
            _ if self.owner == Some(person) => Role::Owner,
            true => Role::Moderator,
            false => Role::Member,
        })
    }

    /// Posts after the last one that a member has read, and those of them that call him.
    #[must_use]
    pub fn unread(&self, person: PersonId) -> (u64, u64) {
        let Some(member) = self.members.get(&person) else { return (0, 0) };
        let unread = || self.posts.range(member.read.next()..).filter(|(_, post)| !post.deleted);
        let calls = |post: &Said| post.all || post.calls.contains(&person);
        (unread().count() as u64, unread().filter(|(_, post)| calls(post)).count() as u64)
    }
}

impl Model {
    /// Somebody, who is there.
    #[must_use]
    pub fn person(&self, person: PersonId) -> Option<&Someone> {
        self.people.get(&person).filter(|someone| someone.erased.is_none())
    }

    /// The person who has this name now, as the server shows it.
    #[must_use]
    pub fn named(&self, name: &Name) -> Option<PersonId> {
        self.names.get(name).copied()
    }

    /// Whether the one has blocked the other.
    #[must_use]
    pub fn blocks(&self, person: PersonId, other: PersonId) -> bool {
        self.people.get(&person).is_some_and(|someone| someone.ties.get(&other) == Some(&Tie::Blocked))
    }

    /// Whether either of the two has blocked the other.
    #[must_use]
    pub fn apart(&self, one: PersonId, other: PersonId) -> bool {
        self.blocks(one, other) || self.blocks(other, one)
    }

    /// Whether either of the two had blocked the other from this entry to that one, all the while.
    #[must_use]
    pub fn apart_throughout(&self, one: PersonId, other: PersonId, from: Position, to: Position) -> bool {
        let throughout = |pair| self.blocks.get(&pair).is_some_and(|course| !course.ever(from, to, |on| !on));
        throughout((one, other)) || throughout((other, one))
    }

    /// What somebody may do in a room: administrators of the server keep what belongs to it.
    #[must_use]
    pub fn role(&self, log: LogId, person: PersonId) -> Option<Role> {
        let place = self.rooms.get(&log).filter(|place| place.closed.is_none())?;
        let role = place.role(person)?;
        let keeps = place.owner == Some(PersonId(0)) && self.is_admin(person);
        Some(if keeps { Role::Owner } else { role })
    }

    /// What waits in a room of what somebody may see: all of it if he keeps order there, else his own.
    #[must_use]
    pub fn waiting(&self, log: LogId, person: PersonId) -> BTreeSet<HeldId> {
        let keeps = self.role(log, person).is_some_and(|role| role >= Role::Moderator);
        let seen = |waits: &Waits| waits.over.is_none() && (keeps || waits.by == person);
        let here = self.waits.range((log, HeldId(0))..=(log, HeldId(u64::MAX)));
        here.filter(|(_, waits)| seen(waits)).map(|((_, held), _)| *held).collect()
    }

    /// Whether somebody administers the server.
    #[must_use]
    pub fn is_admin(&self, person: PersonId) -> bool {
        self.person(person).is_some_and(|someone| *someone.admin.last())
    }

    /// Whether a sanction holds, by the time that an entry says itself and by all before it: what was over once is not
    /// on again since somebody puts a clock back.
    #[must_use]
    pub fn holds(&self, sanction: Option<&Sanction>, at: Wall) -> bool {
        sanction.is_some_and(|sanction| lasts(sanction, at.max(self.latest)))
    }

    /// Whether somebody had this role at least, or more, ever between two entries.
    #[must_use]
    pub fn could(&self, log: LogId, person: PersonId, least: Role, from: Position, to: Position) -> bool {
        let course = self.rooms.get(&log).and_then(|place| place.readers.get(&person));
        course.is_some_and(|course| course.ever(from, to, |role| role.is_some_and(|role| role >= least)))
    }

    /// The device whose numbers one goes on with.
    #[must_use]
    pub fn numbers_of(&self, device: DeviceId) -> DeviceId {
        self.devices.get(&device).map_or(device, |owned| owned.numbers_of)
    }

    /// The device of this label that a person has shut out, and that has no heir yet; if its numbers must be known still,
    /// since few others were shut out after it.
    #[must_use]
    pub fn former(&self, person: PersonId, label: &str) -> Option<DeviceId> {
        let waits = |owned: &Owned| owned.person == person && !owned.has_heir;
        let mut gone: Vec<(Position, DeviceId)> = self
            .devices
            .iter()
            .filter_map(|(device, owned)| Some((owned.revoked.filter(|_| waits(owned))?, *device)))
            .collect();
        gone.sort_unstable();
        let known = gone.iter().rev().take(FORMER_DEVICES_MAX);
        known.map(|(_, device)| *device).find(|device| self.devices[device].label == label)
    }

    /// The entry by which the words of a post went, if they did.
    #[must_use]
    pub fn gone(&self, log: LogId, seq: Seq) -> Option<Position> {
        self.rooms.get(&log)?.posts.get(&seq)?.gone
    }
}
