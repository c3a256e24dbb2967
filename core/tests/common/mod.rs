//! A world to tell stories in: the server machine with a disk, its connections, and clients, all pumped by hand.

pub(crate) mod wire;
mod disk;
pub(crate) mod folk;
pub(crate) mod seats;

use sala_core::client::{
    Client, Config, Credential, Event, Input as ClientInput, Link, Output as ClientOutput, User,
};
use sala_core::entry::{Act, Entry, LogId, PersonId, Position, RoomEntry};
use sala_core::limits::SESSION_PENDING_MAX;
use sala_core::name::RoomName;
use sala_core::protocol::{Request, Secret, Update};
use sala_core::secret::OnceCode;
use sala_core::server::{Command, Erase, Hearers, Input, Output, Quota, Read, Server, SessionId, State};
use sala_core::time::{Now, Tick, Wall};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use wire::{Row, Wire};

/// How the disk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Works,
    /// It takes no batch until it works again; what is ordered meanwhile is in the same batch.
    Stalls,
    /// It is busy with a batch until it works again; what is ordered meanwhile waits.
    Busy,
    Full,
    /// There is no room for one batch, and then there is.
    FullOnce,
    Fails,
}

/// The server and all that surrounds it.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) now: Now,
    pub(crate) disk: Disk,
    /// The newest checkpoint.
    pub(crate) checkpoint: Option<(Position, Vec<u8>)>,
    /// How often the server put out each kind of output.
    pub(crate) outputs: BTreeMap<&'static str, usize>,
    pub(crate) guests: Vec<Guest>,
    quota: Quota,
    rows: Vec<Row>,
    batch: Vec<Row>,
    erasures: Vec<Erase>,
    order: VecDeque<Command>,
    wires: BTreeMap<SessionId, Wire>,
    last_session: u64,
    wake_at: Option<Tick>,
    /// Somebody may have something to read.
    grown: bool,
    /// What is to be said once everybody has read on.
    announcements: Vec<(LogId, Update, Hearers)>,
    /// Where the next connections come from.
    pub(crate) address: Option<IpAddr>,
}

/// A client with its user.
pub(crate) struct Guest {
    pub(crate) client: Client,
    pub(crate) events: Vec<Event>,
    /// What it asked, on all its connections.
    pub(crate) asked: Vec<Request>,
    pub(crate) session: Option<SessionId>,
    /// Whether the server can be reached.
    pub(crate) reaches: bool,
    wake_at: Option<Tick>,
}

/// A day on which nothing else happens.
pub(crate) const MORNING: Wall = Wall(1_767_225_600_000);

pub(crate) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

/// The code by which somebody may make himself an administrator of a world's server.
pub(crate) fn claim_code() -> OnceCode {
    OnceCode::new("claim-claim-claim-claim").unwrap()
}

/// The token of whoever has this name.
pub(crate) fn token(name: &str) -> String {
    format!("{name:-<32}")
}

impl World {
    pub(crate) fn new() -> Self {
        World::with_quota(Quota::default())
    }

    pub(crate) fn with_quota(quota: Quota) -> Self {
        let now = Now { tick: Tick(0), wall: MORNING };
        let mut world = World {
            server: Server::new(State::new(), Position(0), quota),
            now,
            disk: Disk::Works,
            checkpoint: None,
            outputs: BTreeMap::new(),
            guests: Vec::new(),
            quota,
            rows: Vec::new(),
            batch: Vec::new(),
            erasures: Vec::new(),
            order: VecDeque::new(),
            wires: BTreeMap::new(),
            last_session: 0,
            wake_at: None,
            grown: false,
            announcements: Vec::new(),
            address: None,
        };
        world.input(Input::Started(Some(claim_code().hash())));
        world
    }

    /// Somebody connects.
    pub(crate) fn connects(&mut self) -> SessionId {
        self.last_session += 1;
        let session = SessionId(self.last_session);
        self.wires.insert(session, Wire::default());
        self.input(Input::Opened(session, self.address));
        session
    }

    /// Somebody connects, enters with his own token from the device `d`, and joins the lobby.
    pub(crate) fn comes(&mut self, name: &str) -> SessionId {
        let session = self.enters(name, "d", "{}");
        self.says(session, r#"{"do":"join","room":"lobby"}"#);
        self.hears(session);
        session
    }

    /// Somebody connects and enters with his own token.
    pub(crate) fn enters(&mut self, name: &str, device: &str, have: &str) -> SessionId {
        let session = self.connects();
        let token = token(name);
        let enter = format!(
            r#"{{"do":"enter","name":"{name}","token":"{token}","device":"{device}","have":{have}}}"#
        );
        self.says(session, &enter);
        session
    }

    /// What somebody hears who tries to enter when it is too late for that.
    pub(crate) fn enters_too_late(&mut self) -> Vec<String> {
        let session = self.enters("too-late", "d", "{}");
        assert!(self.is_hung_up(session));
        self.hears(session)
    }

    /// Somebody sends lines.
    pub(crate) fn says(&mut self, session: SessionId, lines: &str) {
        let mut bytes = lines.as_bytes().to_vec();
        bytes.push(b'\n');
        for asked in self.wires.get_mut(&session).expect("a session that was opened").requests(&bytes) {
            self.server.handle(Input::Asked(session, asked), self.now);
            self.drain();
        }
        self.pump();
    }

    /// Somebody posts in the lobby.
    pub(crate) fn posts(&mut self, session: SessionId, n: u64, text: &str) {
        self.says(session, &format!(r#"{{"do":"post","room":"lobby","n":{n},"text":"{text}"}}"#));
    }

    /// What somebody was told since he last listened, in short.
    pub(crate) fn hears(&mut self, session: SessionId) -> Vec<String> {
        let lines = self.lines(session);
        lines.iter().map(|line| wire::short(&Update::decode(line.as_bytes()).unwrap())).collect()
    }

    /// What somebody was told since he last listened, word for word.
    pub(crate) fn lines(&mut self, session: SessionId) -> Vec<String> {
        std::mem::take(&mut self.wires.get_mut(&session).expect("a session that was opened").lines)
    }

    /// Whether the server has closed a connection.
    pub(crate) fn is_hung_up(&self, session: SessionId) -> bool {
        self.wires[&session].hung_up
    }

    /// A connection is lost.
    pub(crate) fn loses(&mut self, session: SessionId) {
        self.wires.insert(session, Wire::broken());
        self.input(Input::Gone(session));
    }

    /// Time passes, and whoever asked to be woken is.
    pub(crate) fn passes(&mut self, ms: u64) {
        let end = self.now.tick.after(ms);
        loop {
            let guests = self.guests.iter().filter_map(|guest| guest.wake_at);
            let next = guests.chain(self.wake_at).min().filter(|next| *next <= end);
            self.now.tick = self.now.tick.max(next.unwrap_or(end));
            if next.is_none() {
                return;
            }
            if self.wake_at.is_some_and(|at| at <= self.now.tick) {
                self.wake_at = None;
                self.server.handle(Input::Tick, self.now);
            }
            for guest in &mut self.guests {
                if guest.wake_at.is_some_and(|at| at <= self.now.tick) {
                    guest.wake_at = None;
                    guest.client.handle(ClientInput::Tick, self.now);
                }
            }
            self.pump();
        }
    }

    /// The disk does better or worse. A batch that it was busy with ends first.
    pub(crate) fn disk_is(&mut self, disk: Disk) {
        let was_busy = std::mem::replace(&mut self.disk, disk) == Disk::Busy;
        if was_busy && !self.batch.is_empty() {
            self.commit();
        }
        self.pump();
    }

    /// The server dies and starts again from its disk, of which only this many entries are left.
    pub(crate) fn restarts_with(&mut self, entries: usize) {
        self.rows.truncate(entries);
        let state = self.added_up();
        let checkpointed = state.position();
        self.server = Server::new(state, checkpointed, self.quota);
        self.batch.clear();
        self.erasures.clear();
        self.order.clear();
        self.wake_at = None;
        let broken = std::mem::take(&mut self.wires).into_keys();
        self.wires = broken.map(|id| (id, Wire::broken())).collect();
        self.disk = Disk::Works;
        self.input(Input::Started(None));
    }

    /// The server dies and starts again.
    pub(crate) fn restarts(&mut self) {
        self.restarts_with(self.rows.len());
    }

    /// Tells the server something, and lets everything happen that follows from it.
    pub(crate) fn input(&mut self, input: Input) {
        self.server.handle(input, self.now);
        self.pump();
    }

    /// A client is started for somebody.
    pub(crate) fn invites(&mut self, name: &str, device: &str) -> usize {
        let secret = Secret::new(token(name)).unwrap();
        let config = Config {
            name: name.parse().unwrap(),
            token: secret,
            device: device.into(),
            prefetch: false,
            credential: Credential::Token,
        };
        let client = Client::new(config);
        let (events, asked) = (Vec::new(), Vec::new());
        self.guests.push(Guest { client, events, asked, session: None, reaches: true, wake_at: None });
        self.tells(self.guests.len() - 1, ClientInput::Started);
        self.guests.len() - 1
    }

    /// The user of a client wants something.
    pub(crate) fn wants(&mut self, guest: usize, user: User) {
        self.tells(guest, ClientInput::User(user));
    }

    /// The user of a client says something in the lobby.
    pub(crate) fn guest_says(&mut self, guest: usize, text: &str) {
        self.wants(guest, User::Say { room: room("lobby"), text: text.to_owned() });
    }

    /// Tells a client something, and lets everything happen that follows from it.
    pub(crate) fn tells(&mut self, guest: usize, input: ClientInput) {
        self.guests[guest].client.handle(input, self.now);
        self.pump();
    }

    /// What the lobby's log holds, in short.
    pub(crate) fn lobby(&self) -> Vec<String> {
        let rows = self.rows.iter().filter(|row| row.log == LogId(1));
        rows.map(|row| wire::short_body(row.seq, &row.body)).collect()
    }

    /// What a client shows of the lobby, in short.
    pub(crate) fn shows(&self, guest: usize) -> Vec<String> {
        let view = &self.guests[guest].client.model().rooms[&room("lobby")];
        view.timeline.rows().iter().map(wire::short_row).collect()
    }

    /// What happened to a client since it was last looked at, in short.
    pub(crate) fn happened(&mut self, guest: usize) -> Vec<String> {
        std::mem::take(&mut self.guests[guest].events).iter().map(wire::short_event).collect()
    }

    /// How a client's link is.
    pub(crate) fn link(&self, guest: usize) -> &Link {
        &self.guests[guest].client.model().link
    }

    /// How many requests of a client were like this.
    pub(crate) fn asked(&self, guest: usize, like: impl Fn(&Request) -> bool) -> usize {
        self.guests[guest].asked.iter().filter(|request| like(request)).count()
    }

    /// A client's link breaks, and whether it can be made again.
    pub(crate) fn cuts(&mut self, guest: usize, reaches: bool) {
        self.guests[guest].reaches = reaches;
        if let Some(session) = self.guests[guest].session {
            self.loses(session);
        }
    }

    /// Lets everything happen that can happen now.
    fn pump(&mut self) {
        loop {
            self.drain();
            let busy = self.disk == Disk::Busy && !self.batch.is_empty();
            if !self.order.is_empty() && !busy {
                for command in std::mem::take(&mut self.order) {
                    self.server.handle(Input::Ordered(command), self.now);
                    self.drain();
                }
            } else if !self.batch.is_empty() && !busy && self.disk != Disk::Stalls {
                self.commit();
            } else if !(0..self.guests.len()).any(|guest| self.serve_guest(guest)) {
                return;
            }
        }
    }

    fn commit(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if !matches!(self.disk, Disk::Works | Disk::Stalls | Disk::Busy) {
            self.erasures.clear();
        }
        match self.disk {
            Disk::Full | Disk::FullOnce => {
                self.server.handle(Input::StorageFull, self.now);
                self.drain();
                for command in std::mem::take(&mut self.order) {
                    self.server.handle(Input::Ordered(command), self.now);
                }
                let state = Box::new(self.added_up());
                self.server.handle(Input::Reloaded(state), self.now);
                if self.disk == Disk::FullOnce {
                    self.disk = Disk::Works;
                }
            }
            Disk::Fails => self.server.handle(Input::StorageFailed, self.now),
            Disk::Works | Disk::Stalls | Disk::Busy => {
                self.rows.extend(batch);
                for erase in std::mem::take(&mut self.erasures) {
                    self.erase(erase);
                }
                self.grown = true;
                self.server.handle(Input::Stored(Position(self.rows.len() as u64)), self.now);
            }
        }
    }

    /// Does what the server wants done, and lets everybody read on.
    fn drain(&mut self) {
        while let Some(output) = self.server.poll() {
            let name = wire::output_name(&output);
            *self.outputs.entry(name).or_default() += 1;
            match output {
                Output::Submit(command) => {
                    assert!(
                        self.order.len() < SESSION_PENDING_MAX * self.wires.len().max(1),
                        "the order is bounded"
                    );
                    self.order.push_back(command);
                }
                Output::Append(log, _, seq, entry) => self.batch.push(Row { log, seq, body: entry.encode() }),
                Output::Checkpoint(position, bytes) => self.checkpoint = Some((position, bytes)),
                Output::WakeAt(tick) => self.wake_at = Some(tick),
                Output::Announce(log, update, hearers) => self.announcements.push((log, update, hearers)),
                Output::Erase(erase) => self.erasures.push(erase),
                Output::ClaimOffered | Output::Operated(..) | Output::Heard(_) => {}
                Output::Compare(job) => {
                    let compared = disk::compare(&job);
                    self.server.handle(Input::Compared(job, compared), self.now);
                }
                Output::FindAuthor(command, log, seq) => {
                    let found = self.rows.iter().find(|row| (row.log, row.seq) == (log, seq));
                    let author = found.and_then(|row| match row.entry() {
                        Entry::Room(RoomEntry { person, act: Act::Post(_), .. }) => Some(person),
                        _ => None,
                    });
                    self.server.handle(Input::Authored(command, Ok(author)), self.now);
                }
                Output::Read(session, id, Read::Written(person, after, limit)) => {
                    let stretch = self
                        .stretch(limit, |position, row| position > after && row.entry().person() == person);
                    self.server.handle(Input::Written(session, id, Ok(stretch)), self.now);
                }
                Output::Read(session, id, Read::Search(query)) => {
                    let stretch = self.search(&query);
                    self.server.handle(Input::Searched(session, id, Ok(stretch)), self.now);
                }
                Output::HangUp(session) => {
                    if let Some(wire) = self.wires.get_mut(&session) {
                        wire.hung_up = true;
                        wire.cursors.clear();
                    }
                }
                Output::Tell(session, _)
                | Output::Subscribe(session, ..)
                | Output::Unsubscribe(session, ..)
                | Output::Read(session, ..) => {
                    self.grown |= matches!(output, Output::Subscribe(..));
                    if let Some(wire) = self.wires.get_mut(&session).filter(|wire| !wire.hung_up) {
                        wire.take(output, &self.rows);
                    }
                }
            }
        }
        if std::mem::take(&mut self.grown) {
            self.wires.values_mut().for_each(|wire| wire.read_on(&self.rows));
        }
        for (log, update, hearers) in std::mem::take(&mut self.announcements) {
            let to = self.wires.iter_mut().filter(|(session, _)| hearers.include(**session));
            to.for_each(|(_, wire)| wire.announce(log, &update));
        }
    }

    /// The person of this name.
    pub(crate) fn person(&self, name: &str) -> PersonId {
        self.server.state().directory().holder(&name.parse().unwrap()).unwrap()
    }

    /// Carries lines between a client and its connection; whether there was anything to carry.
    fn serve_guest(&mut self, guest: usize) -> bool {
        let mut busy = false;
        if let Some(session) = self.guests[guest].session {
            for line in self.lines(session) {
                busy = true;
                let told = ClientInput::Told(Update::decode(line.as_bytes()));
                self.guests[guest].client.handle(told, self.now);
            }
            if self.is_hung_up(session) {
                self.part(guest);
                return true;
            }
        }
        while let Some(output) = self.guests[guest].client.poll() {
            busy = true;
            match output {
                ClientOutput::Dial if self.guests[guest].reaches => {
                    let session = self.connects_for(guest);
                    self.guests[guest].session = Some(session);
                }
                // The server was quicker.
                ClientOutput::HangUp if self.guests[guest].session.is_none() => {}
                ClientOutput::Dial | ClientOutput::HangUp => self.part(guest),
                ClientOutput::Ask(envelope) => {
                    let bytes = envelope.encode();
                    self.guests[guest].asked.push(envelope.request);
                    if let Some(session) = self.guests[guest].session {
                        let wire = self.wires.get_mut(&session).expect("a session that was opened");
                        for asked in wire.requests(&bytes) {
                            self.server.handle(Input::Asked(session, asked), self.now);
                        }
                    }
                }
                ClientOutput::Changed => {}
                ClientOutput::Happened(event) => self.guests[guest].events.push(event),
                ClientOutput::WakeAt(tick) => self.guests[guest].wake_at = Some(tick),
            }
        }
        busy
    }

    fn connects_for(&mut self, guest: usize) -> SessionId {
        self.last_session += 1;
        let session = SessionId(self.last_session);
        self.wires.insert(session, Wire::default());
        self.server.handle(Input::Opened(session, self.address), self.now);
        self.guests[guest].client.handle(ClientInput::Opened, self.now);
        session
    }

    /// A client's connection is gone, or could not be made.
    fn part(&mut self, guest: usize) {
        if let Some(session) = self.guests[guest].session.take() {
            self.server.handle(Input::Gone(session), self.now);
        }
        let lost = ClientInput::Lost { random: 0, why: "the link is gone".to_owned() };
        self.guests[guest].client.handle(lost, self.now);
    }
}
