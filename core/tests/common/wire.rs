//! One connection of a world: what it was told, and where it stands in each log.

use sala_core::client::{Event, Row as ShownRow};
use sala_core::entry::{Act, Entry, LogId, RoomEntry, Seq};
use sala_core::limits::{PAGE_BYTES_MAX, REQUEST_BYTES_MAX};
use sala_core::name::RoomName;
use sala_core::protocol::{
    Envelope, Line, LineBuffer, NumberedEntry, NumberedNote, Page, Refused, Update, entry_line, page_entry,
    page_line, parse,
};
use sala_core::refusal::{Code, Fate, Refusal};
use sala_core::server::{LogRead, Output, Part, Read};
use std::collections::BTreeMap;

/// An entry on disk; its position is its place in the list. Of a damaged one the body is gone.
pub(crate) struct Row {
    pub(crate) log: LogId,
    pub(crate) seq: Seq,
    pub(crate) body: Vec<u8>,
}

impl Row {
    /// What it says.
    pub(crate) fn entry(&self) -> Entry {
        Entry::decode(self.log, self.seq, &self.body).unwrap()
    }

    fn is_damaged(&self) -> bool {
        self.body.is_empty()
    }
}

/// Where a connection stands in a log.
pub(crate) struct Cursor {
    room: RoomName,
    next: Seq,
    until: Option<Seq>,
}

/// One connection.
pub(crate) struct Wire {
    pub(crate) lines: Vec<String>,
    pub(crate) cursors: BTreeMap<LogId, Cursor>,
    pub(crate) hung_up: bool,
    buffer: LineBuffer,
}

impl Default for Wire {
    fn default() -> Self {
        let buffer = LineBuffer::new(REQUEST_BYTES_MAX);
        Wire { lines: Vec::new(), cursors: BTreeMap::new(), hung_up: false, buffer }
    }
}

impl Wire {
    /// One that nothing goes over any more.
    pub(crate) fn broken() -> Self {
        Wire { hung_up: true, ..Wire::default() }
    }

    /// The requests that these bytes complete.
    pub(crate) fn requests(&mut self, bytes: &[u8]) -> Vec<Result<Envelope, Refused>> {
        let mut requests = Vec::new();
        self.buffer.feed(bytes, |line| {
            requests.push(match line {
                Line::Whole(line) => parse(line),
                Line::TooLong => {
                    Err(Refused { id: None, n: None, refusal: Refusal::no(Code::LineTooLong, "too long") })
                }
            });
        });
        requests
    }

    /// Does what the server wants done with this connection.
    pub(crate) fn take(&mut self, output: Output, rows: &[Row]) {
        match output {
            Output::Tell(_, update) => self.push(&update.encode()),
            Output::Subscribe(_, log, room, next, _) => {
                self.cursors.insert(log, Cursor { room, next, until: None });
            }
            Output::Unsubscribe(_, log, at) => {
                if let Some(cursor) = self.cursors.get_mut(&log) {
                    cursor.until = Some(at);
                }
            }
            Output::Read(_, id, Read::Page(read)) => self.push(&read_page(rows, id, &read)),
            _ => unreachable!("no output for one connection"),
        }
    }

    pub(crate) fn announce(&mut self, log: LogId, update: &Update) {
        if self.cursors.get(&log).is_some_and(|cursor| cursor.until.is_none()) {
            self.push(&update.encode());
        }
    }

    /// Reads every log on as far as it is on disk and may be read.
    pub(crate) fn read_on(&mut self, rows: &[Row]) {
        let mut lines = Vec::new();
        for (log, cursor) in &mut self.cursors {
            for row in rows.iter().filter(|row| row.log == *log) {
                if row.seq < cursor.next || cursor.until.is_some_and(|until| row.seq > until) {
                    continue;
                }
                assert_eq!(row.seq, cursor.next, "entries are sent without a gap");
                let mut line = Vec::new();
                if row.is_damaged() {
                    line = Update::Damaged { room: cursor.room.clone(), from: row.seq, to: row.seq }.encode();
                } else {
                    entry_line(&mut line, *log, &cursor.room, row.seq, &row.body);
                }
                cursor.next = row.seq.next();
                lines.push(line);
            }
        }
        self.cursors.retain(|_, cursor| cursor.until.is_none_or(|until| cursor.next <= until));
        lines.iter().for_each(|line| self.push(line));
    }

    fn push(&mut self, line: &[u8]) {
        let line = std::str::from_utf8(line).unwrap();
        self.lines.push(line.strip_suffix('\n').expect("a line ends with a newline").to_owned());
    }
}

fn read_page(rows: &[Row], id: Option<u64>, read: &LogRead) -> Vec<u8> {
    let LogRead { log, room, part, limit, upto } = read;
    let wanted = part;
    let mut part: Vec<_> = rows.iter().filter(|row| row.log == *log && row.seq <= *upto).collect();
    match wanted {
        Part::Page(Page::Before(before)) => {
            part.retain(|row| before.is_none_or(|before| row.seq < before));
            part.reverse();
        }
        Part::Page(Page::After(after)) => {
            assert!(after <= upto, "the disk is asked for no place that the log does not have");
            part.retain(|row| row.seq > *after);
        }
        Part::Audit(before) => {
            part.retain(|row| row.entry().is_audited() && before.is_none_or(|before| row.seq < before));
            part.reverse();
        }
        Part::Versions(seq, after) => part.retain(|row| {
            let of = match row.entry() {
                Entry::Room(RoomEntry { act: Act::Edited { target, .. }, .. }) => target,
                _ => row.seq,
            };
            of == *seq && after.is_none_or(|after| row.seq > after)
        }),
    }
    let more = part.len() > *limit;
    part.truncate(*limit);
    part.sort_by_key(|row| row.seq);
    let (damaged, whole): (Vec<&Row>, Vec<&Row>) = part.into_iter().partition(|row| row.is_damaged());
    let damaged: Vec<Seq> = damaged.iter().map(|row| row.seq).collect();
    let mut entries = Vec::new();
    whole.iter().for_each(|row| page_entry(&mut entries, row.seq, &row.body));
    assert!(entries.len() <= PAGE_BYTES_MAX, "stories have short pages");
    page_line(id, *log, room, &entries, more, &damaged)
}

/// An output's kind.
pub(crate) fn output_name(output: &Output) -> &'static str {
    match output {
        Output::Tell(..) => "tell",
        Output::HangUp(..) => "hang up",
        Output::Heard(..) => "heard",
        Output::Submit(..) => "submit",
        Output::Append(..) => "append",
        Output::Subscribe(..) => "subscribe",
        Output::Unsubscribe(..) => "unsubscribe",
        Output::Announce(..) => "announce",
        Output::Read(..) => "read",
        Output::Compare(_) => "compare",
        Output::FindAuthor(..) => "find author",
        Output::Erase(_) => "erase",
        Output::ClaimOffered => "claim offered",
        Output::Operated(..) => "operated",
        Output::Checkpoint(..) => "checkpoint",
        Output::WakeAt(..) => "wake at",
    }
}

/// An update in short.
pub(crate) fn short(update: &Update) -> String {
    match update {
        Update::Hello(_) => "hello".to_owned(),
        Update::Welcome { name, n, rooms, .. } => format!("welcome {name} n={n} rooms={rooms}"),
        Update::Room { room, from: Some(from), .. } => format!("room {room} from {}", from.0),
        Update::Room { room, from: None, .. } => format!("room {room} goes on"),
        Update::Skipped { room, from, to } => format!("skipped {room} {}..{}", from.0, to.0),
        Update::Damaged { room, from, to } => format!("damaged {room} {}..{}", from.0, to.0),
        Update::Entry { room, entry } => format!("{room} {}", short_entry(entry)),
        Update::Stored { room, n, seq } => format!("stored {room} n={} at {}", n.value(), seq.0),
        Update::Rooms { rooms, more, .. } => {
            let names: Vec<&str> = rooms.iter().map(|row| row.room.as_str()).collect();
            format!("rooms {} more={more}", names.join(" "))
        }
        Update::Who { room, members, more, .. } => {
            let row = |row: &sala_core::protocol::Member| {
                format!(" {}{}", if row.here { "+" } else { "-" }, row.name)
            };
            format!("who {room}{} more={more}", members.iter().map(row).collect::<String>())
        }
        Update::Presence { room, here, away, people } => {
            let here: String = here.iter().map(|name| format!(" +{name}")).collect();
            let away: String = away.iter().map(|name| format!(" -{name}")).collect();
            let people: String =
                people.iter().map(|row| format!(" {}:{:?} {}", row.name, row.mode, row.status)).collect();
            format!("presence {room}{here}{away}{people}")
        }
        Update::Page { room, entries, more, damaged, .. } => {
            let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq.0).collect();
            let damaged: Vec<u64> = damaged.iter().map(|seq| seq.0).collect();
            format!("page {room} {seqs:?} damaged {damaged:?} more={more}")
        }
        Update::Ping => "ping".to_owned(),
        Update::Pong => "pong".to_owned(),
        Update::Refused { n, code, fate, retry_ms, .. } => {
            let n = n.map_or(String::new(), |n| format!(" n={}", n.value()));
            let again = retry_ms.map_or(String::new(), |ms| format!(", again in {ms}"));
            let unknown = if *fate == Fate::Unknown { ", fate unknown" } else { "" };
            format!("refused{n} {code:?}{unknown}{again}")
        }
        Update::Goodbye { why, .. } => format!("goodbye {why}"),
        Update::OwnLog { head, from } => format!("own log of {} from {}", head.0, from.0),
        Update::Own(note) => format!("own {}: {}", note.seq.0, short_note(note)),
        Update::Done { .. } => "done".to_owned(),
        Update::Gone { room } => format!("gone {room}"),
        Update::Typing { room, name } => format!("typing {room} {name}"),
        Update::FriendPresence { name, here, mode, status } => {
            format!("friend {}{name} {mode:?} {status}", if *here { "+" } else { "-" }).trim_end().to_owned()
        }
        Update::Notice { text } => format!("notice {text}"),
        Update::Waits { room, n, held } => format!("waits {room} n={} as {}", n.value(), held.0),
        Update::Waiting { room, posts } => format!("waiting {room} {posts}"),
        Update::Reported { room, reports } => format!("reported {room} {reports}"),
        Update::Friends { people, more, .. } => {
            let row = |row: &sala_core::protocol::Contacted| {
                format!(" {}{} {}", if row.here { "+" } else { "-" }, row.name, row.stands)
            };
            format!("friends{} more={more}", people.iter().map(row).collect::<String>())
        }
        Update::Other => "other".to_owned(),
        // What is a long answer is looked at as it stands.
        update => String::from_utf8(update.encode()).unwrap().trim_end().to_owned(),
    }
}

/// An entry in short.
pub(crate) fn short_entry(NumberedEntry { seq, entry, .. }: &NumberedEntry) -> String {
    format!("{}: {}", seq.0, short_act(entry))
}

/// A note of a person's own log in short.
fn short_note(note: &NumberedNote) -> String {
    let mut value = serde_json::to_value(&note.entry).unwrap();
    let object = value.as_object_mut().unwrap();
    ["at", "by"].iter().for_each(|field| drop(object.remove(*field)));
    let kind = object.remove("kind").unwrap();
    let rest = object.iter().map(|(field, value)| format!(" {field}={value}"));
    format!("{}{}", kind.as_str().unwrap(), rest.collect::<String>())
}

fn short_act(entry: &RoomEntry) -> String {
    if let Some(whom) = entry.act.whom() {
        return format!("{} {} {}", entry.author, entry.act.kind(), whom.name);
    }
    match &entry.act {
        Act::Post(post) => format!("{} says {}", entry.author, post.text),
        Act::Topic(text) => format!("{} topic {text}", entry.author),
        act => format!("{} {}", entry.author, act.kind()),
    }
}

/// An entry of a room in short, as it lies on disk.
pub(crate) fn short_body(seq: Seq, body: &[u8]) -> String {
    match Entry::decode(LogId(1), seq, body).unwrap() {
        Entry::Room(entry) => format!("{}: {}", seq.0, short_act(&entry)),
        Entry::Directory(_) | Entry::Personal(_) => unreachable!("this is a room's log"),
    }
}

/// A row of a client's timeline in short.
pub(crate) fn short_row(row: &ShownRow<'_>) -> String {
    match row {
        ShownRow::Skipped { from, to } => format!("skipped {}..{}", from.0, to.0),
        ShownRow::Damaged(seq) => format!("{}: damaged", seq.0),
        ShownRow::Entry(seq, entry) => format!("{}: {}", seq.0, short_act(entry)),
    }
}

/// What happened to a client in short.
pub(crate) fn short_event(event: &Event) -> String {
    match event {
        Event::Online => "online".to_owned(),
        Event::Stored(ticket, room, seq) => format!("stored {} in {room} at {}", ticket.0, seq.0),
        Event::Waits(ticket, room, held) => format!("waits {} in {room} as {}", ticket.0, held.0),
        Event::Failed(ticket, refusal) => format!("failed {} {:?}", ticket.0, refusal.code),
        Event::Delayed(refusal) => format!("delayed {:?}", refusal.code),
        Event::Heard(_, entry) => format!("heard {}", short_entry(entry)),
        Event::PutBack => "put back".to_owned(),
        Event::Missing(_, from, to) => format!("missing {}..{}", from.0, to.0),
        Event::Joined(room) => format!("joined {room}"),
        Event::Left(room) => format!("left {room}"),
        Event::Refused(_, refusal) => format!("refused {:?}", refusal.code),
        Event::Paged(_, entries, more) => format!("paged {} more={more}", entries.len()),
        Event::Listed(rooms, more) => format!("listed {} more={more}", rooms.len()),
        Event::Closed => "closed".to_owned(),
        Event::TokenChanged(_) => "token changed".to_owned(),
        Event::PutOut(room, put_out) => put_out.words(room.as_str()),
        Event::Answered(_, update) => format!("answered {}", short(update)),
        Event::AskRefused(_, refusal) => format!("refused {:?}", refusal.code),
    }
}
