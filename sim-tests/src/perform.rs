//! Performs the steps of a plan in a world: finds what each means when its time comes, or passes it over.

mod request;
mod fault;

use crate::client_host::{Person, token};
use crate::mark::mark;
use crate::plan::{Operation, Plan, Step, Way, What};
use crate::server_host::claim_code;
use crate::world::World;
use sala_core::client::{Credential, Row, User};
use sala_core::entry::{Act, HeldId, RoomKind, Seq};
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Request, Secret};
use sala_core::secret::{OnceCode, Password};
use std::collections::BTreeMap;

/// A world with the cast of a plan in it.
pub struct Stage {
    /// The world.
    pub world: World,
    /// Everybody at every device, by its key.
    pub people: BTreeMap<String, Person>,
    /// How often each kind of operation was done.
    pub done: BTreeMap<String, u64>,
    /// How often each kind of fault struck.
    pub struck: BTreeMap<String, u64>,
    /// Steps that did not apply.
    pub dropped: u64,
    seed: u64,
    /// The passwords that each has chosen, the newest last. Whether the server took it is for the server to say.
    passwords: BTreeMap<String, Vec<String>>,
    /// How many tokens each device has had.
    tokens: BTreeMap<String, u64>,
    /// Strangers who come in as devices of others.
    doubles: BTreeMap<String, Person>,
    /// The keys of rooms as they were last seen under these names.
    keys: BTreeMap<String, RoomName>,
    /// The server's files before one of them was damaged, while it is.
    whole: Option<BTreeMap<String, Vec<u8>>>,
}

impl Stage {
    /// Everybody stands at his device, and has not started it.
    #[must_use]
    pub fn new(mut world: World, plan: &Plan) -> Self {
        let mut hosts: BTreeMap<&str, Vec<Person>> = BTreeMap::new();
        let mut people = BTreeMap::new();
        for seat in &plan.cast {
            let follows = seat.follows.as_deref().and_then(|room| RoomName::parse(room).ok());
            let (name, device, host) = (&seat.name, &seat.device, &seat.host);
            let person =
                Person::new(name, device, host, follows, &world.clock, &world.chronicle).to_be_started();
            hosts.entry(host).or_default().push(person.clone());
            people.insert(seat.key(), person);
        }
        for (_, group) in hosts {
            world.arrive(group);
        }
        Stage {
            world,
            people,
            done: BTreeMap::new(),
            struck: BTreeMap::new(),
            dropped: 0,
            seed: plan.seed,
            passwords: BTreeMap::new(),
            tokens: BTreeMap::new(),
            doubles: BTreeMap::new(),
            keys: BTreeMap::new(),
            whole: None,
        }
    }

    /// Waits for the time of a step, and does it if it applies.
    pub fn step(&mut self, step: &Step) {
        let wait = step.at.saturating_sub(self.world.elapsed_ms());
        self.world.run(wait);
        let (kind, applies) = match &step.what {
            What::Do(who, operation) => {
                let who = self.people.get(who).cloned();
                (operation.kind(), who.is_some_and(|who| self.operate(&who, operation)))
            }
            What::Fault(fault) => {
                let applies = self.fault(fault);
                if applies {
                    self.note(fault);
                }
                (fault.kind(), applies)
            }
        };
        tracing::info!(at = self.world.elapsed_ms(), ?step, applies, "step");
        match (&step.what, applies) {
            (_, false) => self.dropped += 1,
            (What::Do(..), true) => *self.done.entry(kind).or_default() += 1,
            (What::Fault(_), true) => *self.struck.entry(kind).or_default() += 1,
        }
    }

    /// Whether it applied.
    fn operate(&mut self, who: &Person, operation: &Operation) -> bool {
        match operation {
            Operation::ComeIn { way } => return self.come_in(who, *way),
            _ if !who.is_started() => return false,
            Operation::Dial => who.user(User::DialNow),
            Operation::Say { room, lines, names, mark } => {
                let Some(room) = self.room(who, room) else { return false };
                let names: String = names.iter().map(|name| format!(" @{name}")).collect();
                for line in 0..*lines {
                    let word = self.mark(mark + line);
                    who.say(&room, &format!("line {word} by {}{names}", who.name.as_str()));
                }
            }
            Operation::Advertise { room, link, mark } => {
                let Some(room) = self.room(who, room) else { return false };
                let at = if *link { "www.casino.example" } else { "the Casino" };
                let word = self.mark(*mark);
                who.say(&room, &format!("line {word} at {at}"));
            }
            Operation::Reply { room, nth, mark } => {
                let Some((room, to)) = self.post(who, room, *nth, false) else { return false };
                let text = format!("line {} in answer", self.mark(*mark));
                who.reply(&room, &text, to);
            }
            Operation::Read { room } => {
                let Some(room) = self.room(who, room) else { return false };
                who.user(User::Read(room));
            }
            Operation::Typing { room } => {
                let Some(room) = self.room(who, room) else { return false };
                who.user(User::Typing(room));
            }
            Operation::Create { room, private: false } => {
                let Ok(room) = RoomName::parse(room) else { return false };
                who.user(User::Create(room));
            }
            Operation::Join { room } => {
                let Some(room) = self.room(who, room) else { return false };
                who.user(User::Join(room));
            }
            Operation::Leave { room } => {
                let Some(room) = self.room(who, room) else { return false };
                who.user(User::Leave(room));
            }
            Operation::Upgrade { mark } => self.upgrade(who, *mark, None),
            Operation::UpgradeInvited { mark, code } => {
                let invitation = Some(self.code(*code));
                self.upgrade(who, *mark, invitation);
            }
            Operation::ChangePassword { mark } => {
                let Some(old) = self.password(who, 0) else { return false };
                let password = self.choose(who, *mark);
                who.ask(Request::Password { old, password });
            }
            Operation::DeleteAccount => {
                let password = self.password(who, 0);
                who.ask(Request::DeleteAccount { password });
            }
            Operation::Claim => who.ask(Request::Claim { code: claim_code() }),
            _ => {
                let Some(request) = self.request(who, operation) else { return false };
                who.ask(request);
            }
        }
        true
    }

    fn upgrade(&mut self, who: &Person, mark: u64, invitation: Option<OnceCode>) {
        let password = self.choose(who, mark);
        let token = self.new_token(who);
        who.user(User::Upgrade { token, password, invitation });
    }

    fn come_in(&mut self, who: &Person, way: Way) -> bool {
        if way == Way::Again {
            return self.come_in_again(who);
        }
        // Whoever is in has no reason to come in again; unless he means to have lost what lets this device in.
        let lost = way == Way::SignIn && who.closed().is_none();
        if who.is_started() && who.closed().is_none() && !lost {
            return false;
        }
        let name = who.name.as_str().to_owned();
        let (token, credential) = match way {
            Way::Token => (self.token(who), Credential::Token),
            Way::Register | Way::Invited(_) => {
                let number = self.passwords.get(&name).map_or(0, Vec::len) as u64;
                let password = self.choose(who, (1 << 40) + number);
                let invitation = if let Way::Invited(code) = way { Some(self.code(code)) } else { None };
                (self.new_token(who), Credential::Register { password, invitation })
            }
            Way::SignIn | Way::OldPassword => {
                let back = usize::from(way == Way::OldPassword);
                let Some(password) = self.password(who, back) else { return false };
                (self.new_token(who), Credential::Password { password, code: None })
            }
            Way::Recover(code) => {
                let password = self.choose(who, (1 << 41) + code);
                (self.new_token(who), Credential::Recover { code: self.code(code), password })
            }
            Way::Again => return false,
        };
        who.start(token, credential);
        true
    }

    fn come_in_again(&mut self, who: &Person) -> bool {
        if !who.is_started() || who.closed().is_none() {
            return false;
        }
        let Some(password) = self.password(who, 0) else { return false };
        let token = self.new_token(who);
        who.user(User::ComeIn { credential: Credential::Password { password, code: None }, token });
        true
    }

    /// The mark of this number in this run.
    fn mark(&self, number: u64) -> String {
        mark(self.seed, number)
    }

    /// The code of this number that an administrator gives.
    fn code(&self, number: u64) -> OnceCode {
        OnceCode::new(&format!("code-{}", self.mark((1 << 42) + number)))
            .expect("it is of the form of a code")
    }

    /// The token of the link of this number.
    fn link(&self, number: u64) -> Secret {
        token(&format!("link-{}", self.mark((1 << 43) + number)))
    }

    fn choose(&mut self, who: &Person, number: u64) -> Password {
        let text = format!("password {}", self.mark((1 << 44) + number));
        self.passwords.entry(who.name.as_str().to_owned()).or_default().push(text.clone());
        Password::chosen(text).expect("it is a proper password")
    }

    /// The newest password that somebody has chosen, or one before it.
    fn password(&self, who: &Person, back: usize) -> Option<Password> {
        let chosen = self.passwords.get(who.name.as_str())?;
        Password::claimed(chosen.iter().rev().nth(back).or(chosen.first())?.clone())
    }

    /// The token of a device: a guest's devices share one, until he has an account.
    fn token(&self, who: &Person) -> Secret {
        match self.tokens.get(&who.key()) {
            Some(number) => self.token_of(&format!("{}{number}", who.key())),
            None => self.token_of(who.name.as_str()),
        }
    }

    fn new_token(&mut self, who: &Person) -> Secret {
        let number = self.tokens.entry(who.key()).or_default();
        *number += 1;
        let text = format!("{}{number}", who.key());
        self.token_of(&text)
    }

    fn token_of(&self, text: &str) -> Secret {
        let number =
            text.bytes().fold(1 << 45, |number: u64, byte| number.wrapping_mul(31) + u64::from(byte));
        token(&format!("token-{}", self.mark(number)))
    }

    /// The room that is called so: the lobby, one that everybody finds, or one that somebody shows under this name. A
    /// conversation of two is called by both names.
    fn room(&mut self, who: &Person, name: &str) -> Option<RoomName> {
        let pair = name.split_once('+');
        let shown = |person: &Person| {
            person.conversation.borrow().look(|model| {
                let mut rooms = model.rooms.iter();
                let found = rooms.find(|(key, view)| match pair {
                    Some((one, other)) => {
                        let with = view.with.as_ref().map(Name::as_str);
                        view.kind == RoomKind::Direct
                            && ((person.name.as_str() == one && with == Some(other))
                                || (person.name.as_str() == other && with == Some(one)))
                    }
                    None => {
                        key.as_str() == name
                            || view.title.as_ref().is_some_and(|title| title.as_str() == name)
                    }
                });
                let invited = || {
                    let mut invitations = model.invitations.values();
                    invitations.find(|row| row.title.as_ref().is_some_and(|title| title.as_str() == name))
                };
                found.map(|(key, _)| key.clone()).or_else(|| invited().map(|row| row.room.clone()))
            })
        };
        let everybody = std::iter::once(who).chain(self.people.values());
        let seen = everybody.into_iter().find_map(shown);
        if let Some(key) = &seen {
            self.keys.insert(name.to_owned(), key.clone());
        }
        seen.or_else(|| self.keys.get(name).cloned()).or_else(|| {
            let public = ["lobby", "garden", "kitchen", "cellar", "attic", "shed"].contains(&name);
            RoomName::parse(name).ok().filter(|_| public)
        })
    }

    /// The nth of what somebody sees waiting in a room, and the room; of what he does not see, he guesses.
    fn held(&mut self, who: &Person, room: &str, nth: usize) -> Option<(RoomName, HeldId)> {
        let room = self.room(who, room)?;
        let seen = who
            .conversation
            .borrow()
            .look(|model| model.rooms.get(&room).and_then(|view| view.held.get(nth)).map(|row| row.held));
        Some((room, seen.unwrap_or(HeldId(nth as u64 + 1))))
    }

    /// The room that is called so, and the nth newest post there on somebody's screen, his own or anybody's. To who does
    /// not see the room it is a place that he guesses.
    fn post(&mut self, who: &Person, room: &str, nth: usize, own: bool) -> Option<(RoomName, Seq)> {
        let room = self.room(who, room)?;
        let seen = who.conversation.borrow().look(|model| {
            let view = model.rooms.get(&room)?;
            let rows = view.timeline.rows();
            let mut posts = rows.iter().rev().filter_map(|row| match row {
                Row::Entry(seq, entry) => match &entry.act {
                    Act::Post(post) if !post.text.is_empty() && (!own || entry.author == who.name) => {
                        Some(*seq)
                    }
                    _ => None,
                },
                _ => None,
            });
            Some(posts.nth(nth))
        });
        match seen {
            Some(post) => Some((room, post?)),
            None => Some((room, Seq(nth as u64 + 3))),
        }
    }
}
