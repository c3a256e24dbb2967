//! What somebody's screen shows, in plain text.

use crate::client_host::Person;
use sala_core::client::{Link, PendingState, Row};
use sala_core::entry::Act;
use std::fmt::Write as _;

/// The screen of one person: the link, the rooms, the newest lines of the lobby, and what is not stored yet.
#[must_use]
pub fn screen(person: &Person) -> String {
    person.conversation.borrow().look(|model| {
        let mut text = String::new();
        let link = match &model.link {
            Link::Dialling => "dialling".to_owned(),
            Link::Entering => "entering".to_owned(),
            Link::Online => "online".to_owned(),
            Link::Waiting { .. } => "away, trying again".to_owned(),
            Link::Closed { code, why } => format!("closed ({code}): {why}"),
        };
        let mut line = |line: String| writeln!(text, "{line}").expect("writing to a string cannot fail");
        line(format!("{} | {link}", model.name.as_str()));
        for (name, room) in &model.rooms {
            line(
                format!("# {} ({} unread) {}", name.as_str(), room.unread, room.topic).trim_end().to_owned(),
            );
            let rows = room.timeline.rows();
            for row in rows.iter().skip(rows.len().saturating_sub(ROWS_MAX)) {
                line(match row {
                    Row::Skipped { from, to } => format!("    … {} to {} not loaded …", from.0, to.0),
                    Row::Damaged(seq) => format!("    … {} is damaged …", seq.0),
                    Row::Entry(seq, entry) => match &entry.act {
                        Act::Post(post) => format!("{:>4} {}: {}", seq.0, entry.author.as_str(), post.text),
                        act => format!("{:>4} {} {}", seq.0, entry.author.as_str(), act.kind()),
                    },
                });
            }
        }
        for post in model.outbox.posts() {
            let state = match &post.state {
                PendingState::Waiting | PendingState::Sent => "pending".to_owned(),
                PendingState::Failed(refusal) => format!("failed: {}", refusal.text),
            };
            line(format!("     {}: {} ({state})", model.name.as_str(), post.text));
        }
        text
    })
}

/// Rows of a room that a screen shows.
const ROWS_MAX: usize = 12;
