//! What each command does.

use super::command::{Command, Which};
use super::flow::Anchor;
use super::prompt::{After, Prompt};
use super::screen::{AWAY, Asked, Screen, Sheet, Wish};
use crate::answer;
use crate::grammar::{Act, Deed, Look, Own, Scene, Topic, Words};
use crate::titles::shown;
use sala_core::client::{Credential, Link, Marks, Model, PendingState, RoomView, Ticket, User};
use sala_core::entry::Seq;
use sala_core::limits::POST_BYTES_MAX;
use sala_core::name::{Name, RoomName};
use sala_core::protocol::{Door, Invitation, Request};
use sala_core::secret::Password;
use sala_core::totp;
use sala_net::link::RoomLink;
use sala_net::profile::{Enrolment, grouped, spaced};

impl Screen {
    /// Does what was entered. An error is for the user; what he typed is still there.
    pub(super) fn perform(
        &mut self,
        line: &str,
        command: Command,
        model: &Model,
    ) -> Result<Vec<Wish>, String> {
        let here = || self.room.clone().ok_or("no room is shown: /join ROOM goes to one, /rooms lists them");
        let mut users = Vec::new();
        match command {
            Command::Say(text) => {
                let room = here()?;
                check(&text)?;
                if model.link == Link::Online && !model.rooms.contains_key(&room) {
                    return Err(format!("you are no member of {room}: /join {room}, or /create {room}"));
                }
                users.push(User::Say { room, text });
                self.anchor = Anchor::Live;
                self.read = None;
            }
            Command::Act(act, words) => return self.act(line, act, words, model),
            Command::Rooms => {
                self.turn_to(Sheet::Rooms);
                users.push(User::Rooms);
            }
            Command::Requests => self.turn_to(Sheet::Requests),
            Command::Numbers => self.numbers = !self.numbers,
            Command::Help(about) => self.turn_to(Sheet::Help(about)),
            Command::Retry(which) => users = failed(&here()?, which, model, User::Retry)?,
            Command::Discard(which) => users = failed(&here()?, which, model, User::Discard)?,
            Command::Quit => return Ok(self.quit(model)),
        }
        Ok(users.into_iter().map(Wish::User).collect())
    }

    fn act(&mut self, line: &str, act: &Act, words: Words, model: &Model) -> Result<Vec<Wish>, String> {
        let view = self.room.as_ref().and_then(|room| model.rooms.get(room));
        let recent: Vec<(Seq, Name)> = view.into_iter().flat_map(standing).collect();
        let scene = Scene {
            here: self.room.as_ref(),
            model: Some(model),
            invitations: &[],
            recent: &recent,
            now: self.wall,
            audience: model.presence_known.then_some(model.presence.audience),
            in_chat: true,
        };
        if let (Words::Line(rest), "/join") = (&words, act.slash)
            && let Ok(RoomLink { server: Some(server), .. }) = rest.parse()
            && server != self.server
        {
            return Err(format!("this link is into {server}: sala chat --link {} goes there", rest.trim()));
        }
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        match act.read(words, &scene)? {
            Deed::Own(own) => {
                self.prompt = Some(own_prompt(own, model)?);
                Ok(Vec::new())
            }
            Deed::Look(Look::Topic(room)) => {
                let topic = model.rooms.get(&room).map_or("", |view| view.topic.as_str());
                let room = shown(model, &room);
                self.say(if topic.is_empty() {
                    format!("{room} has no topic: /topic TEXT gives it one")
                } else {
                    format!("{room}: {topic}")
                });
                Ok(Vec::new())
            }
            Deed::Look(Look::Pins(_)) => {
                self.turn_to(Sheet::Pins);
                Ok(Vec::new())
            }
            Deed::Export(None) => Err("which file? /export FILE".to_owned()),
            Deed::Export(Some(path)) => {
                online(model)?;
                Ok(vec![Wish::Export(path)])
            }
            Deed::Draw(drawn) => {
                online(model)?;
                Ok(vec![Wish::Draw(drawn)])
            }
            Deed::Reply(room, to, text) => {
                check(&text)?;
                self.anchor = Anchor::Live;
                self.read = None;
                Ok(vec![Wish::User(User::Reply { room, text, to })])
            }
            Deed::Each(requests, last) => {
                let last = self.ask(line, last, true, model)?;
                let before = requests.into_iter().map(|request| Wish::ask(request, Asked::default()));
                Ok(before.chain(last).collect())
            }
            Deed::Once(request) => self.ask(line, request, false, model),
            Deed::Ask(request) => match self.user(request, model)? {
                Ok(users) => Ok(users.into_iter().map(Wish::User).collect()),
                // What becomes of a message is seen at it.
                Err(request) if act.topic == Topic::Message && act.slash != "/versions" => {
                    self.ask(String::new(), request, true, model)
                }
                Err(request) => self.ask(line, request, true, model),
            },
        }
    }

    fn ask(
        &mut self,
        line: String,
        request: Request,
        to_its_end: bool,
        model: &Model,
    ) -> Result<Vec<Wish>, String> {
        online(model)?;
        let line = match answer::holds(&request, self.wall) {
            Some(holds) => format!("{line} ({holds})"),
            None => line,
        };
        let asked = Asked { line, request: to_its_end.then(|| request.clone()), ..Asked::default() };
        Ok(vec![Wish::ask(request, asked)])
    }

    /// What the client has a wish of its own for, so that it is kept up after a lost link, or shows in a view; else the
    /// request as it was.
    fn user(&mut self, request: Request, model: &Model) -> Result<Result<Vec<User>, Request>, String> {
        let held = |room: &RoomName| model.rooms.keys().find(|held| held.same(room)).cloned();
        let wish = match request {
            Request::Join { door: Door::Room(room) } => match held(&room) {
                Some(held) => {
                    self.open(Some(held), model);
                    return Ok(Ok(Vec::new()));
                }
                None => {
                    self.opening = Some(room.clone());
                    User::Join(room)
                }
            },
            Request::Create { room, topic, private: false } if topic.is_empty() => {
                if let Some(held) = held(&room) {
                    return Err(format!("there is a room {held} already, and you are in it: /join {held}"));
                }
                self.opening = Some(room.clone());
                User::Create(room)
            }
            Request::Leave { room } => match held(&room) {
                Some(held) => User::Leave(held),
                None => return Err(format!("you are no member of {room}")),
            },
            Request::Topic { room, text } => User::Topic(room, text),
            Request::Who { room, .. } => {
                self.turn_to(Sheet::Who);
                User::Who(room)
            }
            Request::Friends { .. } => {
                self.turn_to(Sheet::Friends);
                return Ok(Ok(Vec::new()));
            }
            other => return Ok(Err(other)),
        };
        Ok(Ok(vec![wish]))
    }

    /// Shows the room of this word, and joins it before if need be.
    pub(super) fn goes_to(&mut self, word: &str, invitations: &[Invitation], model: &Model) {
        let scene = Scene {
            here: None,
            model: Some(model),
            invitations,
            recent: &[],
            now: self.wall,
            audience: None,
            in_chat: true,
        };
        let join = scene.room(word).map(|room| Request::Join { door: Door::Room(room) });
        match join.and_then(|join| self.user(join, model)) {
            Ok(Ok(users)) => self.due.extend(users.into_iter().map(Wish::User)),
            Ok(Err(_)) => unreachable!("the client has a wish of its own for joining"),
            Err(text) => self.say(text),
        }
    }

    /// The answer to a question is entered.
    pub(super) fn answer(&mut self, model: &Model) -> Vec<Wish> {
        let Some(prompt) = self.prompt.take() else { return Vec::new() };
        self.notices.clear();
        match prompt.entered(&model.name) {
            After::Ask(next) => self.prompt = Some(next),
            After::Enrol(password) => return vec![Wish::Enrol(password)],
            // The link may have come or gone while it was typed.
            After::Register(password, invitation) if model.link == Link::Online => {
                return vec![Wish::Upgrade(password, invitation)];
            }
            After::Register(password, invitation) => {
                self.arriving = Some((model.name.clone(), password.clone()));
                let credential = Credential::Register { password, invitation };
                return vec![Wish::ComeIn(model.name.clone(), credential)];
            }
            After::ComeIn(name, credential) => {
                self.arriving = match &credential {
                    Credential::Password { password, .. } => Some((name.clone(), password.clone())),
                    _ => None,
                };
                return vec![Wish::ComeIn(name, credential)];
            }
            After::Request { request, password } => {
                let line = match &request {
                    Request::Password { .. } => "your password is changed",
                    Request::Totp { .. } => "one-time codes are on",
                    Request::TotpOff { .. } => "one-time codes are off",
                    Request::Claim { .. } => "you administer this server",
                    _ => "",
                };
                self.sheet = None;
                let enrols = match &request {
                    Request::Totp { password, secret, recovery, .. } => {
                        let enrolment = Enrolment { secret: secret.clone(), recovery: recovery.clone() };
                        Some((password.clone(), enrolment))
                    }
                    _ => None,
                };
                let line = line.to_owned();
                return vec![Wish::ask(request, Asked { line, password, enrols, ..Asked::default() })];
            }
            After::Again(why, again) => {
                self.say(why);
                self.prompt = Some(again);
            }
        }
        Vec::new()
    }

    /// Shows what an authenticator needs, and asks for a code of it.
    pub(super) fn enrol(&mut self, name: &Name, password: Password, enrolment: Enrolment) {
        self.turn_to(Sheet::Enrolment {
            uri: totp::uri(&self.server, name.as_str(), &enrolment.secret),
            secret: spaced(&enrolment.secret),
            recovery: enrolment.recovery.iter().map(grouped).collect(),
        });
        self.prompt = Some(Prompt::totp_code(password, enrolment));
    }

    /// Quits, if nothing is lost by it or the user was told so already.
    pub(super) fn quit(&mut self, model: &Model) -> Vec<Wish> {
        let open = model.outbox.open_count();
        if open == 0 || self.quit_asked {
            return vec![Wish::Quit];
        }
        let lines = if open == 1 { "1 line is".to_owned() } else { format!("{open} lines are") };
        self.say(format!("{lines} not sent yet; press Ctrl+C again to leave without them"));
        self.quit_asked = true;
        Vec::new()
    }
}

/// The posts of a room that are held and not gone, newest first.
fn standing(view: &RoomView) -> impl Iterator<Item = (Seq, Name)> {
    let stands = |seq| {
        let marks = view.timeline.marks(seq);
        view.timeline.post(seq).is_some() && !marks.is_some_and(Marks::is_deleted)
    };
    let entries = view.timeline.entries().rev().filter(move |(seq, _)| stands(*seq));
    entries.map(|(seq, entry)| (seq, entry.author.clone()))
}

fn own_prompt(own: Own, model: &Model) -> Result<Prompt, String> {
    let name = |name: Option<Name>| name.unwrap_or_else(|| model.name.clone());
    Ok(match own {
        Own::Register if model.account => {
            return Err("you have an account already; /password changes its password".to_owned());
        }
        Own::Register => Prompt::register(),
        // Another conversation knows nothing of what waits in this one.
        Own::SignIn(_) | Own::Recover(_) if model.link == Link::Online && model.outbox.open_count() > 0 => {
            return Err("lines wait to be sent; come in anew when they are".to_owned());
        }
        Own::SignIn(other) => Prompt::sign_in(name(other)),
        Own::Recover(other) => Prompt::recover(name(other)),
        Own::Delete => {
            online(model)?;
            Prompt::delete(model.account, model.name.clone())
        }
        Own::Password | Own::TotpOn | Own::TotpOff if !model.account => {
            return Err("guests have no password: /register makes you an account".to_owned());
        }
        Own::Password => Prompt::password(),
        Own::TotpOn => Prompt::totp_on(),
        Own::TotpOff => Prompt::totp_off(),
        Own::Claim => Prompt::claim(),
    })
}

fn online(model: &Model) -> Result<(), String> {
    if model.link == Link::Online {
        return Ok(());
    }
    Err(AWAY.to_owned())
}

fn check(text: &str) -> Result<(), String> {
    if text.len() <= POST_BYTES_MAX {
        return Ok(());
    }
    Err(format!("a post has at most {POST_BYTES_MAX} bytes, and this has {}", text.len()))
}

/// What the user wants done with the failed posts of a room.
fn failed(
    room: &RoomName,
    which: Which,
    model: &Model,
    want: fn(Ticket) -> User,
) -> Result<Vec<User>, String> {
    let posts = model.outbox.posts();
    let posts = posts.filter(|post| post.room == *room && matches!(post.state, PendingState::Failed(_)));
    let users: Vec<User> = posts.map(|post| want(post.ticket)).collect();
    match which {
        _ if users.is_empty() => Err(format!("no line has failed in {}", shown(model, room))),
        Which::All => Ok(users),
        Which::Last => Ok(users.into_iter().next_back().into_iter().collect()),
    }
}
