//! What a room shows, thing by thing: its log as far as it is held, what waits for the moderators, and what waits to be sent.

use crate::when::{Day, When};
use sala_core::client::{Model, Row, Ticket};
use sala_core::entry::{Act, HeldId, PersonId, RoomEntry, RoomKind, Seq};
use sala_core::name::RoomName;
use sala_core::time::Wall;

/// Time after which somebody who goes on speaking is named again, in milliseconds.
const TOGETHER_MS: u64 = 5 * 60_000;

/// What an item is known by, whatever comes or goes around it, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// In the log.
    Log {
        /// Where. A stretch is known by its last place: once it is loaded, the entry that was nearest to what was read
        /// stands there.
        seq: Seq,
        /// It is an entry, and no stretch of them.
        firm: bool,
    },
    /// Nowhere yet: it waits for the moderators.
    Held(HeldId),
    /// Behind the log.
    Pending(Ticket),
}

impl Key {
    pub(crate) fn entry(seq: Seq) -> Self {
        Key::Log { seq, firm: true }
    }

    pub(crate) fn stretch(to: Seq) -> Self {
        Key::Log { seq: to, firm: false }
    }

    pub(crate) fn is_soft(self) -> bool {
        matches!(self, Key::Log { firm: false, .. })
    }

    pub(crate) fn seq(self) -> Option<Seq> {
        match self {
            Key::Log { seq, .. } => Some(seq),
            Key::Held(_) | Key::Pending(_) => None,
        }
    }
}

/// One thing that a room shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) what: What,
    /// The day that begins with it.
    pub(crate) day: Option<Day>,
    /// What is new begins with it.
    pub(crate) line: bool,
    /// It goes on what its author said just before.
    pub(crate) grouped: bool,
    /// About how much there is to read, in bytes.
    pub(crate) bytes: usize,
}

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Somebody said something.
    Post,
    /// Something else happened.
    Event,
    /// Entries that are not held.
    Skipped {
        /// The first.
        from: Seq,
        /// The last.
        to: Seq,
    },
    /// Entries that are damaged on the server's disk.
    Damaged {
        /// The first.
        from: Seq,
        /// The last.
        to: Seq,
    },
    /// A message of one's own that waits for the moderators.
    Held,
    /// A message that is not known to be in the log yet.
    Pending,
}

impl Item {
    pub(crate) fn bare(key: Key, what: What) -> Self {
        Item { key, what, day: None, line: false, grouped: false, bytes: 0 }
    }
}

/// Who spoke last, and when.
#[derive(Clone, Copy)]
struct Spoke {
    person: PersonId,
    at: Wall,
}

/// All that a room shows, in order. What is new begins after `line`.
pub(crate) fn items(model: &Model, room: &RoomName, line: Option<Seq>, when: &When) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let (mut line, mut day, mut spoke) = (line, None, None);
    let rows = model.rooms.get(room).map(|view| view.timeline.rows()).unwrap_or_default();
    let direct = model.rooms.get(room).is_some_and(|view| view.kind == RoomKind::Direct);
    let faded = model.rooms.get(room).map_or(Seq(0), |view| view.timeline.faded());
    for row in rows {
        match row {
            // What is as old as it is kept is gone without a word; the room's menu says for how long that is.
            Row::Entry(seq, RoomEntry { act: Act::Post(_), .. }) if seq <= faded => {}
            Row::Entry(seq, entry) => {
                let Some(mut item) = of_entry(seq, entry, direct) else { continue };
                let today = when.day(entry.at);
                item.day = (day != Some(today)).then_some(today);
                day = Some(today);
                let by_another = Some(entry.person) != model.person;
                if item.what == What::Post && by_another && line.is_some_and(|line| seq > line) {
                    (item.line, line) = (true, None);
                }
                item.grouped = goes_on(entry, spoke) && item.day.is_none() && !item.line;
                let posted = item.what == What::Post;
                spoke = posted.then_some(Spoke { person: entry.person, at: entry.at });
                items.push(item);
            }
            Row::Skipped { from, to } => {
                items.push(Item::bare(Key::stretch(to), What::Skipped { from, to }));
                spoke = None;
            }
            Row::Damaged(seq) => {
                spoke = None;
                match items.last_mut() {
                    Some(Item { key, what: What::Damaged { to, .. }, .. }) => {
                        (*key, *to) = (Key::entry(seq), seq);
                    }
                    _ => items.push(Item::bare(Key::entry(seq), What::Damaged { from: seq, to: seq })),
                }
            }
        }
    }
    let mut grouped = spoke.is_some_and(|spoke| Some(spoke.person) == model.person);
    let held = model.rooms.get(room).into_iter().flat_map(|view| &view.held);
    for post in held.filter(|post| post.by == model.name) {
        let mut item = Item::bare(Key::Held(post.held), What::Held);
        (item.grouped, item.bytes) = (grouped && post.reply.is_none(), post.text.len());
        grouped = true;
        items.push(item);
    }
    for post in model.outbox.posts().filter(|post| post.room == *room) {
        let mut item = Item::bare(Key::Pending(post.ticket), What::Pending);
        (item.grouped, item.bytes) = (grouped && post.reply.is_none(), post.text.len());
        grouped = true;
        items.push(item);
    }
    items
}

/// What an entry is shown as, if it is shown in a place of its own: what changed a post is shown at that post, and that
/// two people talk with each other needs no saying.
fn of_entry(seq: Seq, entry: &RoomEntry, direct: bool) -> Option<Item> {
    let what = match &entry.act {
        Act::Created | Act::Added(_) | Act::Joined if direct => return None,
        Act::Edited { .. } | Act::Deleted { .. } | Act::Reacted { .. } => return None,
        Act::Faded { .. } | Act::Other(_) => return None,
        Act::Post(_) => What::Post,
        _ => What::Event,
    };
    let mut item = Item::bare(Key::entry(seq), what);
    item.bytes = entry.act.text().map_or(0, str::len);
    Some(item)
}

fn goes_on(entry: &RoomEntry, spoke: Option<Spoke>) -> bool {
    let Act::Post(post) = &entry.act else { return false };
    post.reply.is_none()
        && spoke.is_some_and(|spoke| {
            spoke.person == entry.person && entry.at.since(spoke.at) < TOGETHER_MS && spoke.at <= entry.at
        })
}
