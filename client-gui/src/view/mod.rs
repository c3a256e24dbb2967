//! What is drawn: each view reads the model and the state, and pushes commands.

mod widgets;
mod picture;
mod acts;
mod person;
pub(crate) mod timeline;
mod composer;
mod status;
mod toasts;
mod sign_in;
mod sidebar;
mod members;
mod friends;
mod order;
mod head;
mod dialogs;
mod main_screen;

pub(crate) use acts::put_out_words;
pub(crate) use composer::field_id;
pub(crate) use main_screen::main_screen;
pub(crate) use order::ACTS_SHOWN;
pub(crate) use sign_in::sign_in;
pub(crate) use timeline::Sight;

use crate::command::Command;
use crate::state::{Panel, State};
use crate::when::When;
use crate::words::Words;
use sala_core::client::Model;
use sala_core::time::Now;

/// All that a view reads, and where it puts what a person wants.
pub(crate) struct View<'a> {
    pub(crate) model: &'a Model,
    pub(crate) state: &'a State,
    pub(crate) words: &'a Words,
    pub(crate) when: &'a When,
    pub(crate) now: Now,
    /// The model has changed as often.
    pub(crate) changes: u64,
    /// What stands at the right, where it is shown.
    pub(crate) panel: Option<Panel>,
    /// The window has the keyboard.
    pub(crate) focused: bool,
    pub(crate) commands: Vec<Command>,
}

impl View<'_> {
    pub(crate) fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// What stands under a key of the language.
    pub(crate) fn get(&self, key: &str) -> String {
        self.words.get(key)
    }
}
