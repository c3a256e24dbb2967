//! What each key does.

use super::command;
use super::complete::{self, Completion};
use super::flow::Anchor;
use super::screen::{Screen, Wish};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use sala_core::client::{Link, Model, User};
use sala_core::limits::POST_BYTES_MAX;

/// The keys, for the help.
pub(super) const KEYS: [(&str, &str); 10] = [
    ("Enter", "post the line; on an empty one: dial now"),
    ("Alt+Enter, Ctrl+J", "begin a new line in the post"),
    ("Tab", "complete a command and what follows it, or a name"),
    ("PageUp, PageDown", "scroll; so do Up and Down while nothing is typed"),
    ("End", "go back to the newest line"),
    ("Ctrl+N, Ctrl+P", "show the next room, the one before"),
    ("Alt+1 to Alt+9", "show a room by its number"),
    ("Esc", "close what is open, put away what was said"),
    ("Ctrl+L", "paint the window anew"),
    ("Ctrl+C, Ctrl+D", "clear the line; on an empty one: end the program"),
];

impl Screen {
    /// Takes in an event of the terminal.
    pub(super) fn handle(&mut self, event: &Event, model: &Model) -> Vec<Wish> {
        self.follow(model);
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(*key, model),
            Event::Paste(text) => {
                (self.completion, self.quit_asked) = (None, false);
                if let Some(prompt) = &mut self.prompt {
                    prompt.insert(text);
                    return Vec::new();
                }
                self.insert(text);
                self.typing(model)
            }
            Event::FocusGained | Event::FocusLost => {
                self.away = *event == Event::FocusLost;
                Vec::new()
            }
            Event::Key(_) | Event::Mouse(_) | Event::Resize(..) => Vec::new(),
        }
    }

    fn key(&mut self, key: KeyEvent, model: &Model) -> Vec<Wish> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let shift = key.modifiers.contains(KeyModifiers::SHIFT);
        self.quit_asked &= control && matches!(key.code, KeyCode::Char('c' | 'd'));
        if !matches!(key.code, KeyCode::Tab | KeyCode::BackTab) {
            self.completion = None;
        }
        if self.prompt.is_some() {
            return self.prompt_key(key, model);
        }
        let page = isize::try_from(self.height.saturating_sub(2).max(1)).unwrap_or(1);
        let empty = self.input.is_empty();
        match key.code {
            KeyCode::Char('c') if control && !empty => self.input.clear(),
            KeyCode::Char('c') if control => return self.quit(model),
            KeyCode::Char('d') if control && empty => return self.quit(model),
            KeyCode::Char('l') if control => return vec![Wish::Repaint],
            KeyCode::Char('j') if control => self.insert("\n"),
            KeyCode::Enter if alt || shift => self.insert("\n"),
            KeyCode::Enter => return self.enter(model),
            KeyCode::Tab => return self.complete(model, false),
            KeyCode::BackTab => return self.complete(model, true),
            KeyCode::Esc if self.sheet.take().is_none() => self.notices.clear(),
            KeyCode::Esc => {}
            KeyCode::Char('n') if control => self.step(1, model),
            KeyCode::Char('p') if control => self.step(-1, model),
            KeyCode::Down if alt => self.step(1, model),
            KeyCode::Up if alt => self.step(-1, model),
            KeyCode::Char(digit @ '1'..='9') if alt => {
                let number = digit as usize - '1' as usize;
                if let Some(room) = model.rooms.keys().nth(number) {
                    self.open(Some(room.clone()), model);
                }
            }
            KeyCode::PageUp => self.scroll(page),
            KeyCode::PageDown => self.scroll(-page),
            KeyCode::Up if empty || shift || control => self.scroll(1),
            KeyCode::Down if empty || shift || control => self.scroll(-1),
            KeyCode::Home if empty || control => self.scroll(isize::MAX),
            KeyCode::End if empty || control => self.live(),
            code => match self.input.key(key) {
                Some(true) if matches!(code, KeyCode::Char(_)) => return self.typing(model),
                Some(true) => {}
                Some(false) => self.full(),
                // At the end of the line already.
                None if code == KeyCode::End => self.live(),
                None => {}
            },
        }
        Vec::new()
    }

    /// A key while something is asked. The window can be scrolled meanwhile, since what is asked may be about it.
    fn prompt_key(&mut self, key: KeyEvent, model: &Model) -> Vec<Wish> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let page = isize::try_from(self.height.saturating_sub(2).max(1)).unwrap_or(1);
        match key.code {
            KeyCode::Enter => return self.answer(model),
            KeyCode::Esc => self.drop_prompt(),
            KeyCode::Char('c' | 'd') if control => self.drop_prompt(),
            KeyCode::Char('l') if control => return vec![Wish::Repaint],
            KeyCode::PageUp => self.scroll(page),
            KeyCode::PageDown => self.scroll(-page),
            _ => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.key(key);
                }
            }
        }
        Vec::new()
    }

    fn drop_prompt(&mut self) {
        (self.prompt, self.arriving, self.sheet) = (None, None, None);
        self.notices.clear();
        self.say("nothing was done");
    }

    /// Whoever writes something to be said is seen writing; the client tells it no more often than is worth it.
    fn typing(&self, model: &Model) -> Vec<Wish> {
        let text = self.input.text();
        let says = !text.trim().is_empty() && (!text.starts_with('/') || text.starts_with("//"));
        let room = self.room.as_ref().filter(|room| says && model.rooms.contains_key(room));
        room.map(|room| Wish::User(User::Typing(room.clone()))).into_iter().collect()
    }

    fn insert(&mut self, text: &str) {
        if !self.input.insert(text) {
            self.full();
        }
    }

    fn full(&mut self) {
        self.say(format!("a post has at most {POST_BYTES_MAX} bytes; the rest was left out"));
    }

    fn enter(&mut self, model: &Model) -> Vec<Wish> {
        if self.input.text().trim().is_empty() {
            self.input.clear();
            self.notices.clear();
            self.sheet = None;
            let waits = matches!(model.link, Link::Waiting { .. } | Link::Closed { .. });
            return if waits { vec![Wish::User(User::DialNow)] } else { Vec::new() };
        }
        self.notices.clear();
        self.sheet = None;
        let done = command::parse(self.input.text()).and_then(|command| {
            // Taken first, since a command may show another room with a draft of its own.
            let input = std::mem::take(&mut self.input);
            let done = self.perform(input.text(), command, model);
            if done.is_err() {
                self.input = input;
            }
            done
        });
        done.unwrap_or_else(|error| {
            self.say(error);
            Vec::new()
        })
    }

    fn complete(&mut self, model: &Model, back: bool) -> Vec<Wish> {
        match &mut self.completion {
            Some(completion) => completion.turn(&mut self.input, back),
            None => self.completion = Completion::start(&mut self.input, model, self.room.as_ref()),
        }
        // The list comes too late for this key, and in time for the next one.
        let asks =
            complete::wants_rooms(&self.input) && model.directory.is_empty() && model.link == Link::Online;
        if asks { vec![Wish::User(User::Rooms)] } else { Vec::new() }
    }

    /// Shows the room that stands so many places further down.
    fn step(&mut self, places: isize, model: &Model) {
        let rooms: Vec<_> = model.rooms.keys().collect();
        let Ok(count) = isize::try_from(rooms.len()) else { return };
        let here = rooms.iter().position(|room| Some(*room) == self.room.as_ref());
        let here = here.and_then(|here| isize::try_from(here).ok()).unwrap_or(0);
        if count > 0
            && let Some(room) = rooms.get((here + places).rem_euclid(count).unsigned_abs())
        {
            self.open(Some((*room).clone()), model);
        }
    }

    fn live(&mut self) {
        self.sheet_top = 0;
        self.scroll = 0;
        self.anchor = Anchor::Live;
    }
}
