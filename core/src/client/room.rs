//! A room as its member sees it, and what its entries do to that.

use super::bounds::{SHOWN_MEMBERS, TYPERS_MAX, TYPING_SHOWN_MS};
use super::door::{Ending, PutOut};
use super::people::clipped;
use super::timeline::Timeline;
use crate::entry::{Act, Mode, PersonId, Role, RoomEntry, RoomKind, Sanction, Seq, Whom};
use crate::limits::{PINS_MAX, ROOM_MEMBERS_MAX, STATUS_BYTES_MAX, TOPIC_BYTES_MAX};
use crate::mutant::planted;
use crate::name::{Name, RoomName};
use crate::protocol::{HeldInfo, Member, MemberPresence};
use crate::time::Tick;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A room as its member sees it.
#[derive(Clone, Debug)]
pub struct RoomView {
    /// What it is about.
    pub topic: String,
    /// What it is called, if that is not its key.
    pub title: Option<RoomName>,
    /// Who finds and enters it.
    pub kind: RoomKind,
    /// The other of a direct conversation, as long as he is there; of a group in which nobody else is yet, somebody who
    /// is invited.
    pub with: Option<Name>,
    /// What we may do there.
    pub role: Role,
    /// We may read and not speak, as far as we have heard of it; whether it still holds is a matter of the clock.
    pub muted: Option<Sanction>,
    /// Nothing more may be said.
    pub archived: bool,
    /// How long a member waits between two posts, in milliseconds.
    pub slow_ms: u64,
    /// What is said goes when it is so many days old; none if it is kept for ever.
    pub keep_days: Option<u64>,
    /// The posts that are kept in sight.
    pub pins: BTreeSet<Seq>,
    /// Reports that wait for the moderators, if we are one.
    pub reports: usize,
    /// How many posts wait for the moderators: all of them if we are one, else those of ours.
    pub waiting: usize,
    /// These, as far as they are known; what is ours is known at once, the rest with `prefetch` alone.
    pub held: Vec<HeldInfo>,
    /// What is held of its log.
    pub timeline: Timeline,
    /// Its members as far as they are known.
    pub members: BTreeMap<Name, MemberView>,
    /// Who types, and until when he is shown so.
    pub typing: BTreeMap<Name, Tick>,
    /// Up to here the user has read.
    pub read: Seq,
    /// Posts by others after what was read.
    pub unread: u64,
    /// Those of them that name us.
    pub mentions: u64,
    /// A page of history is on its way.
    pub loading: bool,
    /// Who we are.
    pub(super) me: Option<PersonId>,
    /// Our own name.
    pub(super) my_name: Option<Name>,
    /// Whom we have blocked, or had.
    pub(super) doubted: Arc<BTreeSet<Name>>,
    /// The seq of the next entry that the server sends by itself.
    pub(super) expected: Seq,
    /// The server has let us read this room on this connection.
    pub(super) live: bool,
    /// What the server last said of the room held at this place: what was done up to there is in it.
    pub(super) told: Seq,
    /// Everything up to here is in `unread` and `mentions`.
    pub(super) counted: Seq,
    pub(super) recount: Recount,
    /// How long what is said is kept is to be asked, with the same request.
    pub(super) ask_keeping: bool,
    /// The server is to be told that the room was read up to here.
    pub(super) to_read: Option<Seq>,
    /// It was told this, and has not answered.
    pub(super) reading: Option<Seq>,
    /// When it was last told.
    pub(super) read_at: Option<Tick>,
    /// What waits for the moderators is to be asked for.
    pub(super) ask_held: bool,
    /// The members are to be asked for.
    pub(super) ask_members: bool,
    /// They are being asked for, part by part; entries were about these since.
    pub(super) touched: Option<BTreeSet<Name>>,
    /// The list that is being asked for has at least what was done up to here.
    pub(super) asked_at: Seq,
    /// The list that was told has: entries up to here that come after it change nothing of it.
    pub(super) listed: Seq,
    /// The entries before this place are to be loaded.
    pub(super) ask_page: Option<Seq>,
    /// All pages that are on their way tell what became of a post at least up to here.
    pub(super) page_upto: Seq,
}

/// A member as he is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// What he may do.
    pub role: Role,
    /// Whether he is here.
    pub here: bool,
    /// In which state he is here.
    pub mode: Mode,
    /// In which words; may be empty.
    pub status: String,
}

/// Whether the server is to say how much is unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recount {
    No,
    /// It is to be asked.
    Wanted,
    /// It was asked.
    Asked,
    /// It was asked, and is to be asked again: its answer may be older than what happened since.
    AskedTooEarly,
}

/// How an entry ended our own membership.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Left,
    PutOut(PutOut),
}

impl MemberView {
    fn here(role: Role) -> Self {
        MemberView { role, here: true, mode: Mode::Online, status: String::new() }
    }
}

impl RoomView {
    pub(super) fn new() -> Self {
        RoomView {
            topic: String::new(),
            title: None,
            kind: RoomKind::Public,
            with: None,
            role: Role::Member,
            muted: None,
            archived: false,
            slow_ms: 0,
            keep_days: None,
            pins: BTreeSet::new(),
            reports: 0,
            waiting: 0,
            held: Vec::new(),
            timeline: Timeline::default(),
            members: BTreeMap::new(),
            typing: BTreeMap::new(),
            read: Seq(0),
            unread: 0,
            mentions: 0,
            loading: false,
            me: None,
            my_name: None,
            doubted: Arc::default(),
            expected: Seq(0),
            live: false,
            told: Seq(0),
            counted: Seq(0),
            recount: Recount::No,
            ask_keeping: false,
            to_read: None,
            reading: None,
            read_at: None,
            ask_members: false,
            ask_held: false,
            touched: None,
            asked_at: Seq(0),
            listed: Seq(0),
            ask_page: None,
            page_upto: Seq(0),
        }
    }

    /// What to call the room whose key this is: its title, the other of a direct conversation, the first of the others
    /// in a group without a title or of those who may come into it, or else the key.
    #[must_use]
    pub fn shown(&self, key: &RoomName) -> String {
        if let Some(title) = &self.title {
            return title.to_string();
        }
        let mut others =
            self.members.keys().filter(|name| Some(*name) != self.my_name.as_ref()).map(Name::as_str);
        let first: Vec<&str> = others.by_ref().take(SHOWN_MEMBERS).collect();
        if self.kind != RoomKind::Group || first.is_empty() {
            return self.with.as_ref().map_or_else(|| key.to_string(), Name::to_string);
        }
        let more = if others.next().is_some() { ", …" } else { "" };
        format!("{}{more}", first.join(", "))
    }

    /// The link is gone.
    pub(super) fn lost(&mut self) {
        (self.live, self.loading, self.ask_members, self.touched) = (false, false, false, None);
        (self.ask_page, self.ask_held, self.listed) = (None, false, Seq(0));
        (self.recount, self.ask_keeping) = (Recount::No, false);
        self.to_read = self.to_read.max(self.reading.take());
        self.typing.clear();
        self.members.values_mut().for_each(MemberView::leave);
    }

    /// Who is in the room, asked for as a list, part by part.
    pub(super) fn list(&mut self, rows: Vec<Member>) {
        for Member { name, here, role, mode, status } in rows {
            let touched = self.touched.as_ref().is_some_and(|touched| touched.contains(&name));
            let status = clipped(status, STATUS_BYTES_MAX);
            let full = self.members.len() >= ROOM_MEMBERS_MAX;
            match self.members.get_mut(&name) {
                // The list may be older than the entries that were about him.
                Some(held) if touched => (held.here, held.mode, held.status) = (here, mode, status),
                None if touched || full => {}
                _ => drop(self.members.insert(name, MemberView { role, here, mode, status })),
            }
        }
    }

    /// Some came, and some went. Whoever is not known to be a member is not made one by it.
    pub(super) fn see(&mut self, here: &[Name], away: &[Name], people: Vec<MemberPresence>) {
        for name in here {
            if let Some(member) = self.members.get_mut(name) {
                *member = MemberView::here(member.role);
            }
        }
        for name in away {
            self.typing.remove(name);
            if let Some(member) = self.members.get_mut(name) {
                member.leave();
            }
        }
        for MemberPresence { name, mode, status } in people {
            if let Some(member) = self.members.get_mut(&name) {
                (member.mode, member.status) = (mode, clipped(status, STATUS_BYTES_MAX));
            }
        }
    }

    /// Somebody types.
    pub(super) fn types(&mut self, name: Name, now: Tick) {
        let room = self.typing.len() < TYPERS_MAX || self.typing.contains_key(&name);
        if room && Some(&name) != self.my_name.as_ref() {
            self.typing.insert(name, now.after(TYPING_SHOWN_MS));
        }
    }

    /// Takes in what an entry does to the room and its members; how it ends our own membership, if it does.
    pub(super) fn evolve(&mut self, seq: Seq, entry: &RoomEntry) -> Option<End> {
        // Whoever comes back asks who is here before he has heard what he missed, and may be answered before. The list
        // has it all, and of who went and came again meanwhile nothing tells anew that he is here.
        let touched = if seq <= self.asked_at { self.touched.take() } else { None };
        let members = (seq <= self.listed).then(|| std::mem::take(&mut self.members));
        let end = self.take(seq, entry);
        self.members = members.unwrap_or(std::mem::take(&mut self.members));
        self.touched = touched.or(self.touched.take());
        end
    }

    fn take(&mut self, seq: Seq, entry: &RoomEntry) -> Option<End> {
        let RoomEntry { person, author, act, .. } = entry;
        let me = self.me;
        let news = seq > self.told;
        let ours = |whom: &Whom| Some(whom.person) == me;
        let put_out = |ending, reason: &str| {
            let (by, reason) = (Some(author.clone()), reason.to_owned());
            Some(End::PutOut(PutOut { ending, by, reason }))
        };
        let end = match act {
            // The server itself made the lobby, and is no member of it.
            Act::Created if *person == PersonId(0) => None,
            Act::Created => {
                let owns = self.kind != RoomKind::Direct;
                self.add(author, if owns { Role::Owner } else { Role::Member });
                self.meet(author, *person);
                None
            }
            Act::Joined => {
                // Whoever finds nobody there owns the room from then on, and was told so.
                let role = if Some(*person) == me { self.role } else { Role::Member };
                self.add(author, role);
                None
            }
            Act::Added(whom) => {
                let role = if ours(whom) { self.role } else { Role::Member };
                self.add(&whom.name, role);
                self.meet(&whom.name, whom.person);
                None
            }
            Act::Left => {
                // Whoever was erased before we heard of it leaves under no name that we know: who is still there is
                // asked anew.
                if *author == Name::of_erased(person.0) && !self.members.is_empty() {
                    self.members.clear();
                    self.ask_members = true;
                }
                self.remove(author);
                (Some(*person) == me).then_some(End::Left)
            }
            Act::Kicked(whom, reason) => {
                if !planted("kicked_stays_listed") {
                    self.remove(&whom.name);
                }
                ours(whom).then(|| put_out(Ending::Kicked, reason)).flatten()
            }
            Act::Banned(whom, Sanction { until, reason }) => {
                self.remove(&whom.name);
                ours(whom).then(|| put_out(Ending::Banned(*until), reason)).flatten()
            }
            Act::Closed(reason) => put_out(Ending::Closed, reason),
            Act::Invited(whom) if self.kind == RoomKind::Group => {
                self.with.get_or_insert_with(|| whom.name.clone());
                None
            }
            Act::Uninvited(whom) => {
                self.with = self.with.take().filter(|with| *with != whom.name);
                None
            }
            Act::Role(whom, role) => {
                self.promote(whom, *role, ours(whom) && news);
                None
            }
            Act::Owner(whom) => {
                let owners = self.members.iter().filter(|(_, member)| member.role == Role::Owner);
                let owner = owners.map(|(name, _)| name.clone()).next();
                if let Some(owner) = owner {
                    self.touch(&owner);
                    self.members.entry(owner).and_modify(|member| member.role = Role::Moderator);
                }
                if news && self.role == Role::Owner {
                    self.role = Role::Moderator;
                }
                self.promote(whom, Role::Owner, ours(whom) && news);
                None
            }
            Act::Post(post) => {
                if post.let_by.is_some() {
                    self.let_in(post);
                }
                self.typing.remove(author);
                None
            }
            _ => None,
        };
        if news {
            self.change(act);
        }
        // We may have come back since.
        end.filter(|_| news)
    }

    /// What an act does to the room itself.
    fn change(&mut self, act: &Act) {
        let me = self.me;
        match act {
            Act::Topic(text) => self.set_topic(text.clone()),
            Act::Renamed(title) => self.title = Some(title.clone()),
            Act::Archived(on) => self.archived = *on,
            Act::Slow(slow_ms) => self.slow_ms = *slow_ms,
            // What the server's own rule makes of it is the server's to say.
            Act::Keep(_) => self.ask_keeping = true,
            Act::Faded { upto } => self.pins = self.pins.split_off(&upto.next()),
            Act::Pinned { target, on: true } if self.pins.len() < PINS_MAX => {
                self.pins.insert(*target);
            }
            Act::Pinned { target, on: false } | Act::Deleted { target, .. } => {
                self.pins.remove(target);
            }
            Act::Muted(whom, sanction) if Some(whom.person) == me => self.muted = Some(sanction.clone()),
            Act::Unmuted(whom) if Some(whom.person) == me => self.muted = None,
            _ => {}
        }
    }

    /// The other of a direct conversation comes into it after the one who began it.
    fn meet(&mut self, name: &Name, person: PersonId) {
        if self.kind == RoomKind::Direct && Some(person) != self.me {
            self.with = Some(name.clone());
        }
    }

    pub(super) fn set_topic(&mut self, topic: String) {
        self.topic = clipped(topic, TOPIC_BYTES_MAX);
    }

    fn add(&mut self, name: &Name, role: Role) {
        self.touch(name);
        if self.members.len() < ROOM_MEMBERS_MAX {
            // Whether he is here is told apart, of whoever comes anew as well; unless he wants nobody, or not us, to know.
            let here = Some(name) == self.my_name.as_ref();
            let (mode, status) = (Mode::Online, String::new());
            self.members.entry(name.clone()).or_insert(MemberView { role, here, mode, status });
        }
    }

    fn remove(&mut self, name: &Name) {
        self.touch(name);
        self.members.remove(name);
        self.typing.remove(name);
        self.with = self.with.take().filter(|with| with != name);
    }

    fn promote(&mut self, whom: &Whom, role: Role, ours: bool) {
        // The list that is on its way may be older than this.
        if self.touched.is_some() {
            self.add(&whom.name, role);
        }
        if let Some(member) = self.members.get_mut(&whom.name) {
            member.role = role;
        }
        if ours {
            self.role = role;
            self.reports = if role >= Role::Moderator { self.reports } else { 0 };
        }
    }

    fn touch(&mut self, name: &Name) {
        if let Some(touched) = self.touched.as_mut().filter(|touched| touched.len() < ROOM_MEMBERS_MAX) {
            touched.insert(name.clone());
        }
    }
}

impl MemberView {
    fn leave(&mut self) {
        (self.here, self.mode) = (false, Mode::Online);
        self.status.clear();
    }
}
