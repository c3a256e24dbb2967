//! A person at a terminal: a real client machine without a link, a view on it, and the words to play with both.

use crate::chat::screen::{Screen, Wish};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::CellWidth as _;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use sala_core::client::{Client, Config, Credential, Input, Model, Output, User};
use sala_core::entry::{Act, DeviceId, Mode, PersonId, Post, PostNumber, Role, RoomEntry, RoomKind, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Hello, Member, NumberedEntry, Request, RoomInfo, Secret, Update};
use sala_core::refusal::{Code, Fate};
use sala_core::time::{Now, Tick, Wall};

/// 2026-03-01T09:00Z.
const START: u64 = 20_513 * DAY + 9 * 60 * MINUTE;
pub(super) const MINUTE: u64 = 60_000;
pub(super) const DAY: u64 = 24 * 60 * MINUTE;

/// Alice at her terminal.
pub(super) struct Desk {
    client: Client,
    pub(super) screen: Screen,
    pub(super) now: Now,
    terminal: Terminal<TestBackend>,
    /// What the view told the client.
    pub(super) told: Vec<User>,
    /// What the view asked of the server by itself.
    pub(super) asked: Vec<Request>,
    /// The id of the last of these.
    pub(super) last_ask: u64,
    /// What else it wanted of the program.
    pub(super) wishes: Vec<Wish>,
    /// The id of the last request that had one.
    pub(super) last_id: u64,
    /// The program has ended.
    pub(super) left: bool,
    seqs: std::collections::BTreeMap<RoomName, u64>,
}

impl Desk {
    /// A window of this size, the program just started; the server has not answered yet.
    pub(super) fn start(width: u16, height: u16) -> Desk {
        let now = Now { tick: Tick(0), wall: Wall(START) };
        let client = client(Credential::Token, now);
        let mut desk = Desk {
            client,
            screen: Screen::new("chat.example:7252", Some(room("lobby"))),
            now,
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            told: Vec::new(),
            asked: Vec::new(),
            last_ask: 0,
            wishes: Vec::new(),
            last_id: 0,
            left: false,
            seqs: std::collections::BTreeMap::new(),
        };
        desk.settle();
        desk
    }

    /// Alice comes in anew, by this.
    pub(super) fn again(&mut self, credential: Credential) {
        self.client = client(credential, self.now);
        self.screen.renew();
        self.settle();
    }

    /// The server has let Alice in; no room is told yet.
    pub(super) fn online(width: u16, height: u16) -> Desk {
        let mut desk = Desk::start(width, height);
        desk.enter(0);
        desk
    }

    /// Alice is in the lobby with Bob and Carol, of whom Carol is away.
    pub(super) fn in_lobby(width: u16, height: u16) -> Desk {
        let mut desk = Desk::online(width, height);
        desk.room("lobby", "say hello", 0, 1);
        for person in ["alice", "bob", "carol"] {
            desk.act("lobby", person, Act::Joined);
        }
        let members = [("alice", true), ("bob", true), ("carol", false)];
        let members = members
            .map(|(person, here)| Member {
                name: name(person),
                here,
                role: Role::Member,
                mode: Mode::Online,
                status: String::new(),
            })
            .to_vec();
        desk.update(Update::Who { id: None, room: room("lobby"), members, more: false });
        desk
    }

    pub(super) fn model(&self) -> &Model {
        self.client.model()
    }

    /// The server is there and has greeted.
    pub(super) fn hello(&mut self) {
        self.input(Input::Opened);
        self.update(Update::Hello(Hello::ours()));
    }

    pub(super) fn enter(&mut self, rooms: usize) {
        self.hello();
        let line = format!(r#"{{"t":"welcome","name":"alice","person":1,"device":1,"n":0,"rooms":{rooms}}}"#);
        self.update(Update::decode(line.as_bytes()).unwrap());
    }

    pub(super) fn room(&mut self, name: &str, topic: &str, head: u64, from: u64) {
        self.seqs.insert(room(name), from - 1);
        let line = format!(
            r#"{{"t":"room","room":"{name}","topic":"{topic}","members":1,"head":{head},"read":{head},"from":{from}}}"#
        );
        self.update(Update::decode(line.as_bytes()).unwrap());
    }

    /// The next entry of a room comes in.
    pub(super) fn act(&mut self, place: &str, author: &str, act: Act) {
        let seq = self.seqs.get_mut(&room(place)).unwrap();
        *seq += 1;
        let entry = entry(*seq, self.now.wall, author, act);
        self.update(Update::Entry { room: room(place), entry });
    }

    pub(super) fn says(&mut self, place: &str, author: &str, text: &str) {
        self.act(place, author, post(text));
    }

    pub(super) fn refused(&mut self, id: Option<u64>, n: Option<u64>, code: Code, text: &str) {
        let n = n.map(|n| PostNumber::new(n).unwrap());
        let (fate, text) = (Fate::NotStored, text.to_owned());
        self.update(Update::Refused { id, n, code, fate, retry_ms: None, text });
    }

    pub(super) fn lost(&mut self, why: &str) {
        self.input(Input::Lost { random: 124, why: why.to_owned() });
    }

    pub(super) fn listed(&mut self, rows: [(&str, usize, &str); 3]) {
        let row = |(name, members, topic): (&str, usize, &str)| RoomInfo {
            title: None,
            kind: RoomKind::Public,
            room: room(name),
            topic: topic.to_owned(),
            members,
            joined: false,
        };
        self.update(Update::Rooms { id: None, rooms: rows.map(row).to_vec(), more: false });
    }

    /// The server sends this line.
    pub(super) fn hears(&mut self, line: &str) {
        self.update(Update::decode(line.as_bytes()).unwrap());
    }

    /// What was asked last is done.
    pub(super) fn done(&mut self) {
        let id = Some(self.last_ask);
        self.update(Update::Done { id });
    }

    pub(super) fn update(&mut self, update: Update) {
        self.input(Input::Told(Ok(update)));
    }

    pub(super) fn wait(&mut self, ms: u64) {
        self.now = Now { tick: self.now.tick.after(ms), wall: Wall(self.now.wall.0 + ms) };
    }

    fn input(&mut self, input: Input) {
        self.client.handle(input, self.now);
        self.settle();
    }

    /// Alice types this, each character a key.
    pub(super) fn types(&mut self, text: &str) {
        for letter in text.chars() {
            self.key(KeyCode::Char(letter));
        }
    }

    /// Alice types this and enters it.
    pub(super) fn enters(&mut self, text: &str) {
        self.types(text);
        self.key(KeyCode::Enter);
    }

    pub(super) fn key(&mut self, code: KeyCode) {
        self.event(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub(super) fn control(&mut self, letter: char) {
        self.event(&Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)));
    }

    pub(super) fn alt(&mut self, code: KeyCode) {
        self.event(&Event::Key(KeyEvent::new(code, KeyModifiers::ALT)));
    }

    pub(super) fn event(&mut self, event: &Event) {
        for wish in self.screen.handle(event, self.client.model()) {
            self.fulfil(wish);
        }
        self.settle();
    }

    fn fulfil(&mut self, wish: Wish) {
        match wish {
            Wish::User(user) => self.tell(user),
            Wish::Quit => self.left = true,
            Wish::Ask(request, asked) => {
                self.asked.push((*request).clone());
                if let Some(id) = self.client.ask(*request, self.now) {
                    self.last_ask = id.0;
                    self.screen.asks(id, *asked);
                }
            }
            Wish::Repaint => {}
            wish => self.wishes.push(wish),
        }
    }

    pub(super) fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.settle();
    }

    /// What is on the window, line by line.
    pub(super) fn picture(&self) -> String {
        let buffer = self.terminal.backend().buffer();
        let line = |row: Rect| {
            let mut line = String::new();
            let mut x = row.left();
            while x < row.right() {
                let symbol = buffer[(x, row.y)].symbol();
                line.push_str(symbol);
                // A wide letter lies over the cell beside it.
                x += symbol.cell_width().max(1);
            }
            line.trim_end().to_owned()
        };
        buffer.area.rows().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The line of the picture that holds this.
    pub(super) fn line_of(&self, text: &str) -> Option<usize> {
        self.picture().lines().position(|line| line.contains(text))
    }

    fn tell(&mut self, user: User) {
        // At every key; the client says it as often as it is worth.
        if !matches!(user, User::Typing(_)) {
            self.told.push(user.clone());
        }
        self.client.handle(Input::User(user), self.now);
    }

    /// Does what the program does after every cause: hands on what happened, draws, and tells what the picture wants.
    fn settle(&mut self) {
        loop {
            while let Some(output) = self.client.poll() {
                match output {
                    Output::Happened(event) => self.screen.heard(&event, self.client.model()),
                    Output::Ask(envelope) => self.last_id = envelope.id.unwrap_or(self.last_id),
                    _ => {}
                }
            }
            let (model, screen, tick) = (self.client.model(), &mut self.screen, self.now.tick);
            screen.wall = self.now.wall;
            self.terminal.draw(|frame| screen.draw(model, tick, frame)).unwrap();
            let wishes = self.screen.wants(self.client.model());
            if wishes.is_empty() {
                return;
            }
            wishes.into_iter().for_each(|wish| self.fulfil(wish));
        }
    }
}

/// Alice's client, just started.
fn client(credential: Credential, now: Now) -> Client {
    let token = Secret::new("t".repeat(43)).unwrap();
    let device = "terminal 1".to_owned();
    let mut client = Client::new(Config { name: name("alice"), token, device, prefetch: true, credential });
    client.handle(Input::User(User::Join(room("lobby"))), now);
    client.handle(Input::Started, now);
    client
}

pub(super) fn entry(seq: u64, at: Wall, author: &str, act: Act) -> NumberedEntry {
    // Alice is the first that there is, and all others are somebody else.
    let person = PersonId(if author == "alice" { 1 } else { 2 });
    NumberedEntry::new(Seq(seq), RoomEntry { at, person, author: name(author), act })
}

pub(super) fn post(text: &str) -> Act {
    Act::Post(Post::plain(DeviceId(9), PostNumber::new(1).unwrap(), text))
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn room(text: &str) -> RoomName {
    RoomName::parse(text).unwrap()
}
