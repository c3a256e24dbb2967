//! One row of a timeline, laid out: how high it is, and where each of its parts stands.

use super::items::{Item, Key, What};
use crate::markup::{self, Marked};
use crate::theme::{BODY, BODY_LINE, GRID, SMALL, append, bold_format, format, palette};
use crate::view::View;
use crate::visible::visible;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, Galley, TextFormat, Ui};
use sala_core::client::{Link, Marks, Pending, PendingState};
use sala_core::entry::{Act, Post, RoomEntry, Seq};
use sala_core::name::{Name, RoomName};
use std::sync::Arc;

/// Where the text begins, after the picture of its author.
pub(crate) const GUTTER: f32 = 60.0;
pub(crate) const RIGHT: f32 = 24.0;
pub(crate) const DAY_HEIGHT: f32 = 44.0;
pub(crate) const LINE_HEIGHT: f32 = 28.0;
pub(crate) const CHIP_HEIGHT: f32 = 26.0;
const HEAD_GAP: f32 = 3.0 * GRID;
const HEAD_HEIGHT: f32 = 20.0;
const REPLY_HEIGHT: f32 = 20.0;
const CHIPS_HEIGHT: f32 = CHIP_HEIGHT + GRID;
const NOTE_HEIGHT: f32 = 18.0;
const BUTTONS_HEIGHT: f32 = 34.0;
const EVENT_GAP: f32 = 5.0;
const GROUPED_GAP: f32 = 2.0;
/// Width of a letter in the average, in parts of its size: for guesses.
const LETTER: f32 = 0.52;

/// A row, laid out for a width.
pub(crate) struct Row {
    pub(crate) height: f32,
    /// Upper edges, from that of the row.
    pub(crate) top: Tops,
    /// Who spoke, and when.
    pub(crate) head: Option<(Name, Arc<Galley>, Arc<Galley>)>,
    /// What is answered, and by which words.
    pub(crate) reply: Option<(Seq, Arc<Galley>)>,
    pub(crate) body: Arc<Galley>,
    pub(crate) marked: Marked,
    pub(crate) chips: Vec<Chip>,
    /// What became of it, below.
    pub(crate) note: Option<Arc<Galley>>,
    /// It was not sent, and can be tried again.
    pub(crate) failed: bool,
    /// A stretch that can be loaded now.
    pub(crate) loadable: bool,
}

/// The upper edges of a row's parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tops {
    pub(crate) line: f32,
    pub(crate) content: f32,
    pub(crate) reply: f32,
    pub(crate) head: f32,
    pub(crate) body: f32,
    pub(crate) chips: f32,
    pub(crate) note: f32,
    pub(crate) buttons: f32,
}

/// A sign that stands at a post.
pub(crate) struct Chip {
    pub(crate) emoji: String,
    pub(crate) galley: Arc<Galley>,
    /// One's own is among them.
    pub(crate) own: bool,
    pub(crate) names: String,
}

/// About how high a row is, without laying it out.
pub(crate) fn guess(item: &Item, width: f32) -> f32 {
    let separators = item.day.map_or(0.0, |_| DAY_HEIGHT) + if item.line { LINE_HEIGHT } else { 0.0 };
    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    let lines = (item.bytes as f32 * BODY * LETTER / (width - GUTTER - RIGHT).max(50.0)).ceil().max(1.0);
    separators
        + match item.what {
            What::Post | What::Held | What::Pending if item.grouped => GROUPED_GAP + lines * BODY_LINE,
            What::Post | What::Held | What::Pending => HEAD_GAP + HEAD_HEIGHT + lines * BODY_LINE,
            What::Event | What::Damaged { .. } => 2.0 * EVENT_GAP + SMALL * 1.5,
            What::Skipped { .. } => BUTTONS_HEIGHT + 2.0 * GRID,
        }
}

/// Lays out one item.
pub(crate) fn lay_out(ui: &Ui, view: &View<'_>, room: &RoomName, item: &Item, width: f32) -> Row {
    let mut row = Row {
        height: 0.0,
        top: Tops::default(),
        head: None,
        reply: None,
        body: empty(ui),
        marked: Marked::default(),
        chips: Vec::new(),
        note: None,
        failed: false,
        loadable: false,
    };
    row.top.line = item.day.map_or(0.0, |_| DAY_HEIGHT);
    row.top.content = row.top.line + if item.line { LINE_HEIGHT } else { 0.0 };
    row.height = row.top.content;
    match (item.what, item.key) {
        (What::Post, Key::Log { seq, .. }) => {
            let timeline = view.model.rooms.get(room).map(|view| &view.timeline);
            if let Some(entry) = timeline.and_then(|timeline| timeline.entry(seq))
                && let Act::Post(post) = &entry.act
            {
                row.post(ui, view, room, (seq, entry, post), item.grouped, width);
            }
        }
        (What::Pending, Key::Pending(ticket)) => {
            if let Some(post) = view.model.outbox.posts().find(|post| post.ticket == ticket) {
                row.pending(ui, view, room, post, item.grouped, width);
            }
        }
        (What::Held, Key::Held(held)) => {
            let waits = view.model.rooms.get(room).into_iter().flat_map(|view| &view.held);
            if let Some(post) = waits.into_iter().find(|post| post.held == held) {
                row.unsaid(ui, view, room, (&post.text, post.reply), item.grouped, width);
                row.noted(ui, &view.get("row-held"), palette(ui).warn, width);
            }
        }
        (What::Event, Key::Log { seq, .. }) => {
            let timeline = view.model.rooms.get(room).map(|view| &view.timeline);
            if let Some(entry) = timeline.and_then(|timeline| timeline.entry(seq)) {
                let text = format!("{} · {}", view.act(entry), view.when.time(entry.at));
                row.aside(ui, &text, format(SMALL, palette(ui).weak), width);
            }
        }
        (What::Damaged { from, to }, _) => {
            let count = to.0 - from.0 + 1;
            let text = view.words.put("row-damaged", [("count", count.into())]);
            row.aside(ui, &text, format(SMALL, palette(ui).danger), width);
        }
        (What::Skipped { from, to }, _) => row.skipped(ui, view, room, (from, to), width),
        (What::Post | What::Event | What::Held | What::Pending, _) => {}
    }
    row.height = row.height.ceil();
    row
}

impl Row {
    fn post(
        &mut self,
        ui: &Ui,
        view: &View<'_>,
        room: &RoomName,
        (seq, entry, post): (Seq, &RoomEntry, &Post),
        grouped: bool,
        width: f32,
    ) {
        let palette = palette(ui);
        if !grouped {
            self.begin(ui, &entry.author, &view.when.time(entry.at));
        }
        if let Some(to) = post.reply {
            self.answers(ui, view, room, to, width);
        }
        let marks = view.model.rooms.get(room).and_then(|view| view.timeline.marks(seq));
        if post.text.is_empty() {
            let mut look = format(BODY, palette.weak);
            look.italics = true;
            self.body(ui, LayoutJob::single_section(view.get("row-deleted"), look), width, grouped);
        } else {
            self.marked = markup::read(&post.text);
            let mut job = job(&self.marked, palette.text, ui);
            if marks.is_some_and(|marks| marks.edited().is_some()) {
                job.append(&view.get("row-edited"), 6.0, format(SMALL, palette.weak));
            }
            self.body(ui, job, width, grouped);
        }
        let own = &view.model.name;
        let mut signs = marks.into_iter().flat_map(Marks::signs).peekable();
        if signs.peek().is_some() {
            self.top.chips = self.height + GRID;
            self.height += CHIPS_HEIGHT;
        }
        for sign in signs {
            let own = sign.names.contains(&own);
            let color = if own { palette.accent } else { palette.text };
            let text = format!("{} {}", sign.emoji, sign.count);
            let names: Vec<&str> = sign.names.iter().map(|name| name.as_str()).collect();
            let galley = one_line(ui, &text, format(SMALL + 1.0, color), 200.0);
            self.chips.push(Chip { emoji: sign.emoji.to_owned(), galley, own, names: names.join(", ") });
        }
    }

    fn pending(
        &mut self,
        ui: &Ui,
        view: &View<'_>,
        room: &RoomName,
        post: &Pending,
        grouped: bool,
        width: f32,
    ) {
        let palette = palette(ui);
        self.unsaid(ui, view, room, (&post.text, post.reply), grouped, width);
        let (text, color) = match &post.state {
            PendingState::Waiting if view.model.link == Link::Online => {
                (view.get("row-waiting"), palette.weak)
            }
            PendingState::Waiting => (view.get("row-offline"), palette.warn),
            PendingState::Sent => (view.get("row-sending"), palette.weak),
            PendingState::Failed(refusal) => {
                let why = view.words.refusal(refusal);
                (view.words.put("row-failed", [("why", why.into())]), palette.danger)
            }
        };
        self.noted(ui, &text, color, width);
        if matches!(post.state, PendingState::Failed(_)) {
            self.failed = true;
            self.top.buttons = self.height;
            self.height += BUTTONS_HEIGHT;
        }
    }

    /// What one has said and nobody else has read.
    fn unsaid(
        &mut self,
        ui: &Ui,
        view: &View<'_>,
        room: &RoomName,
        (text, reply): (&str, Option<Seq>),
        grouped: bool,
        width: f32,
    ) {
        if !grouped {
            self.begin(ui, &view.model.name, "");
        }
        if let Some(to) = reply {
            self.answers(ui, view, room, to, width);
        }
        self.marked = markup::read(text);
        self.body(ui, job(&self.marked, palette(ui).weak, ui), width, grouped);
    }

    /// How that stands.
    fn noted(&mut self, ui: &Ui, text: &str, color: Color32, width: f32) {
        self.top.note = self.height;
        self.note = Some(one_line(ui, text, format(SMALL, color), width - GUTTER - RIGHT));
        self.height += NOTE_HEIGHT;
    }

    fn skipped(&mut self, ui: &Ui, view: &View<'_>, room: &RoomName, (from, to): (Seq, Seq), width: f32) {
        let room = view.model.rooms.get(room);
        let loading = room.is_some_and(|room| room.loading);
        let key = if view.model.link != Link::Online {
            "row-skipped-offline"
        } else if loading {
            "row-skipped-loading"
        } else {
            "row-skipped"
        };
        self.loadable = key == "row-skipped";
        let count = to.0 - from.0 + 1;
        let text = view.words.put(key, [("count", count.into())]);
        self.body = one_line(ui, &text, format(SMALL, palette(ui).weak), width - 2.0 * RIGHT);
        self.top.body = self.height + (BUTTONS_HEIGHT - self.body.size().y) / 2.0 + GRID;
        self.height += BUTTONS_HEIGHT + 2.0 * GRID;
    }

    /// Something beside what is said.
    fn aside(&mut self, ui: &Ui, text: &str, look: TextFormat, width: f32) {
        let mut job = LayoutJob::single_section(text.to_owned(), look);
        job.wrap = TextWrapping::wrap_at_width((width - GUTTER - RIGHT).max(50.0));
        self.body = ui.fonts_mut(|fonts| fonts.layout_job(job));
        self.top.body = self.height + EVENT_GAP;
        self.height += 2.0 * EVENT_GAP + self.body.size().y;
    }

    fn begin(&mut self, ui: &Ui, name: &Name, time: &str) {
        let palette = palette(ui);
        self.height += HEAD_GAP;
        let color = palette.name(name.as_str());
        let author = one_line(ui, name.as_str(), bold_format(BODY, color), 400.0);
        let time = one_line(ui, time, format(SMALL, palette.weak), 200.0);
        self.head = Some((name.clone(), author, time));
        self.top.head = self.height;
        self.height += HEAD_HEIGHT;
    }

    /// What the post answers, on one line.
    fn answers(&mut self, ui: &Ui, view: &View<'_>, room: &RoomName, to: Seq, width: f32) {
        let timeline = view.model.rooms.get(room).map(|view| &view.timeline);
        let answered = timeline.and_then(|timeline| Some((timeline.entry(to)?, timeline.post(to)?)));
        let text = match answered {
            Some((entry, post)) if post.text.is_empty() => {
                view.words.put("row-answers-deleted", [("author", entry.author.as_str().into())])
            }
            Some((entry, post)) => format!("{}  {}", entry.author, one_lined(&markup::read(&post.text).text)),
            None => view.get("row-answers-unknown"),
        };
        let look = format(SMALL, palette(ui).weak);
        let galley = one_line(ui, &text, look, width - GUTTER - RIGHT - 16.0);
        self.reply = Some((to, galley));
        self.top.reply = self.height;
        self.height += REPLY_HEIGHT;
    }

    fn body(&mut self, ui: &Ui, mut job: LayoutJob, width: f32, grouped: bool) {
        if grouped && self.head.is_none() {
            self.height += GROUPED_GAP;
        }
        job.wrap = TextWrapping::wrap_at_width((width - GUTTER - RIGHT).max(50.0));
        self.body = ui.fonts_mut(|fonts| fonts.layout_job(job));
        self.top.body = self.height;
        self.height += self.body.size().y;
    }
}

/// What was said, with its looks.
fn job(marked: &Marked, color: egui::Color32, ui: &Ui) -> LayoutJob {
    let palette = palette(ui);
    let mut job = LayoutJob::default();
    for span in &marked.spans {
        let mut look = if span.look.bold { bold_format(BODY, color) } else { format(BODY, color) };
        look.line_height = Some(BODY_LINE);
        look.italics = span.look.italic;
        if span.look.quoted {
            look.color = palette.weak;
        }
        if span.look.code {
            look.font_id = egui::FontId::monospace(BODY - 1.5);
            look.background = palette.hover;
            // With the height of its line, the ground would hang below the letters.
            (look.line_height, look.valign) = (None, egui::Align::Center);
        }
        if span.look.struck {
            look.strikethrough = egui::Stroke::new(1.0, look.color);
        }
        match span.what {
            markup::What::Text => {}
            markup::What::Link | markup::What::Mention => look.color = palette.accent,
        }
        append(ui, &mut job, &marked.text[span.range.clone()], look);
    }
    job
}

/// Text on one line, cut to a width.
pub(crate) fn one_line(ui: &Ui, text: &str, look: TextFormat, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::default();
    append(ui, &mut job, &visible(text), look);
    job.wrap = TextWrapping::truncate_at_width(width.max(20.0));
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// A text without its breaks.
pub(crate) fn one_lined(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn empty(ui: &Ui) -> Arc<Galley> {
    ui.fonts_mut(|fonts| fonts.layout_job(LayoutJob::default()))
}
