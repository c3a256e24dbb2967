//! A server machine with a room full of people, and a disk that takes whatever it is given.

use sala_core::entry::{Entry, LogId, Position, Seq};
use sala_core::protocol::{entry_line, parse};
use sala_core::server::{Input, Output, Quota, Server, SessionId, State};
use sala_core::time::{Now, Tick, Wall};

/// An entry as it goes to disk.
pub(crate) type Written = (LogId, Seq, Entry);

/// The machine, and how far its disk is.
pub(crate) struct Hall {
    pub(crate) server: Server,
    now: Now,
    position: Position,
    said: u64,
    /// What was put out to be written, with its encoded body, and the bytes of its lines.
    pub(crate) written: Vec<Written>,
    pub(crate) bytes: usize,
}

const NOON: Wall = Wall(1_767_268_800_000);

impl Hall {
    /// Everybody is in the lobby.
    pub(crate) fn new(members: u64) -> Self {
        let unbounded = u32::MAX;
        let quota = Quota {
            posts_burst: unbounded,
            posts_per_second: unbounded,
            requests_burst: unbounded,
            requests_per_second: unbounded,
            names_per_address_burst: unbounded,
            ..Quota::default()
        };
        let now = Now { tick: Tick(0), wall: NOON };
        let server = Server::new(State::new(), Position(0), quota);
        let mut hall = Hall { server, now, position: Position(0), said: 0, written: Vec::new(), bytes: 0 };
        hall.input(Input::Started(None));
        for member in 1..=members {
            hall.input(Input::Opened(SessionId(member), None));
            let name = format!("member-{member}");
            hall.says(member, &format!(r#"{{"do":"enter","name":"{name}","token":"{name:-<40}"}}"#));
            hall.says(member, r#"{"do":"join","room":"lobby"}"#);
        }
        hall
    }

    /// A line that the next one of `talkers` says, each with numbers of his own.
    pub(crate) fn line(&mut self, talkers: u64) -> (u64, String) {
        let (talker, n) = (self.said % talkers + 1, self.said / talkers + 1);
        self.said += 1;
        let text = "It is a fine day, and there is much to be told of the night. :-)";
        (talker, format!(r#"{{"do":"post","room":"lobby","n":{n},"text":"{text}"}}"#))
    }

    /// All that a server does with a line until it is stored, but for the disk itself.
    pub(crate) fn says(&mut self, session: u64, line: &str) {
        self.input(Input::Asked(SessionId(session), parse(line.as_bytes())));
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.server.handle(input, self.now);
        self.drain();
        if !self.written.is_empty() {
            self.server.handle(Input::Stored(self.position), self.now);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll() {
            match output {
                Output::Submit(command) => self.server.handle(Input::Ordered(command), self.now),
                Output::Append(log, room, seq, entry) => {
                    self.position = self.position.next();
                    let body = entry.encode();
                    if let Some(room) = room {
                        let mut line = Vec::with_capacity(body.len() + 64);
                        entry_line(&mut line, log, &room, seq, &body);
                        self.bytes += line.len();
                    }
                    self.written.push((log, seq, entry));
                }
                _ => {}
            }
        }
    }
}
