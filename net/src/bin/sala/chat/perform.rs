//! What each command does.

use super::command::{Command, Which};
use super::flow::Anchor;
use super::screen::{Screen, Sheet, Wish};
use sala_core::client::{Link, Model, PendingState, Ticket, User};
use sala_core::limits::POST_BYTES_MAX;
use sala_core::name::RoomName;

impl Screen {
    /// Does what was entered. An error is for the user; what he typed is still there.
    pub(super) fn perform(&mut self, command: Command, model: &Model) -> Result<Vec<Wish>, String> {
        let here = || self.room.clone().ok_or("no room is shown: /join ROOM goes to one, /rooms lists them");
        let mut users = Vec::new();
        match command {
            Command::Say(text) => {
                let room = here()?;
                if text.len() > POST_BYTES_MAX {
                    return Err(format!(
                        "a post has at most {POST_BYTES_MAX} bytes, and this has {}",
                        text.len()
                    ));
                }
                if model.link == Link::Online && !model.rooms.contains_key(&room) {
                    return Err(format!("you are no member of {room}: /join {room}, or /create {room}"));
                }
                users.push(User::Say { room, text });
                self.anchor = Anchor::Live;
                self.read = None;
            }
            Command::Join(room) => match model.rooms.keys().find(|held| held.same(&room)) {
                Some(held) => self.open(Some(held.clone()), model),
                None => {
                    self.opening = Some(room.clone());
                    users.push(User::Join(room));
                }
            },
            Command::Create(room) => {
                if let Some(held) = model.rooms.keys().find(|held| held.same(&room)) {
                    return Err(format!("there is a room {held} already, and you are in it: /join {held}"));
                }
                self.opening = Some(room.clone());
                users.push(User::Create(room));
            }
            Command::Leave(room) => {
                let room = room.map_or_else(here, Ok)?;
                match model.rooms.keys().find(|held| held.same(&room)) {
                    Some(held) => users.push(User::Leave(held.clone())),
                    None => return Err(format!("you are no member of {room}")),
                }
            }
            Command::Topic(Some(text)) => users.push(User::Topic(here()?, text)),
            Command::Topic(None) => {
                let room = here()?;
                let topic = model.rooms.get(&room).map_or("", |view| view.topic.as_str());
                self.say(if topic.is_empty() {
                    format!("{room} has no topic")
                } else {
                    format!("{room}: {topic}")
                });
            }
            Command::Rooms => {
                self.turn_to(Sheet::Rooms);
                users.push(User::Rooms);
            }
            Command::Who => {
                users.push(User::Who(here()?));
                self.turn_to(Sheet::Who);
            }
            Command::Help => self.turn_to(Sheet::Help),
            Command::Retry(which) => users = failed(&here()?, which, model, User::Retry)?,
            Command::Discard(which) => users = failed(&here()?, which, model, User::Discard)?,
            Command::Quit => return Ok(self.quit(model)),
        }
        Ok(users.into_iter().map(Wish::User).collect())
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

    fn turn_to(&mut self, sheet: Sheet) {
        self.sheet = Some(sheet);
        self.sheet_top = 0;
    }
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
        _ if users.is_empty() => Err(format!("no line has failed in {room}")),
        Which::All => Ok(users),
        Which::Last => Ok(users.into_iter().next_back().into_iter().collect()),
    }
}
