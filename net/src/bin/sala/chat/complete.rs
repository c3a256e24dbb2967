//! What Tab makes of the word before the cursor.

use super::command::COMMANDS;
use super::input::Input;
use sala_core::client::Model;
use sala_core::name::RoomName;
use std::collections::BTreeSet;

/// A word that is being completed, and all that it can become.
#[derive(Clone, Debug)]
pub(super) struct Completion {
    from: usize,
    choices: Vec<String>,
    chosen: usize,
}

impl Completion {
    /// Completes the word before the cursor to its first choice; `None` if there is none.
    pub(super) fn start(input: &mut Input, model: &Model, room: Option<&RoomName>) -> Option<Self> {
        let before = input.before();
        let from = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let word = before[from..].to_lowercase();
        let choices = choices(&before[..from], &word, model, room);
        let mut completion = Completion { from, choices, chosen: 0 };
        completion.write(input)?;
        Some(completion)
    }

    /// Puts the next choice in the place of this one, or the one before.
    pub(super) fn turn(&mut self, input: &mut Input, back: bool) {
        let count = self.choices.len();
        self.chosen = (self.chosen + if back { count - 1 } else { 1 }) % count;
        self.write(input);
    }

    fn write(&mut self, input: &mut Input) -> Option<()> {
        input.replace(self.from, self.choices.get(self.chosen)?);
        Some(())
    }
}

/// Whether what stands before the cursor asks for the name of a room that may be any of the server's.
pub(super) fn wants_rooms(input: &Input) -> bool {
    input.before().starts_with("/join ")
}

fn choices(line: &str, word: &str, model: &Model, room: Option<&RoomName>) -> Vec<String> {
    let begins = |name: &str| name.to_lowercase().starts_with(word);
    if line.is_empty() && word.starts_with('/') {
        let whole = |(name, rest, _): &(&str, &str, &str)| {
            format!("{name}{}", if rest.is_empty() { "" } else { " " })
        };
        return COMMANDS.iter().filter(|(name, ..)| begins(name)).map(whole).collect();
    }
    if matches!(line.trim_end(), "/join" | "/leave") {
        let listed = model.directory.iter().map(|row| &row.room).filter(|_| line.starts_with("/join"));
        let names: BTreeSet<&str> = model.rooms.keys().chain(listed).map(RoomName::as_str).collect();
        return names.into_iter().filter(|name| begins(name)).map(str::to_owned).collect();
    }
    let Some(view) = room.and_then(|room| model.rooms.get(room)) else { return Vec::new() };
    if word.is_empty() {
        return Vec::new();
    }
    let end = if line.is_empty() { ": " } else { " " };
    let others = view.members.keys().filter(|name| **name != model.name && begins(name.as_str()));
    others.map(|name| format!("{}{end}", name.as_str())).collect()
}
