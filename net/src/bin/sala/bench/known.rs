//! What the members of a room have heard, taken apart once: every one hears the same, to the byte.
//!
//! So a program that measures costs little beside the server, and looks at each delivery all the same: a line that is not, byte for
//! byte, the one that another member heard in this place is taken apart by itself.

use super::line::Line;
use std::borrow::Cow;
use std::collections::VecDeque;

/// Lines that are kept. Whoever is further behind takes them apart himself.
const LINES_MAX: usize = 8_192;

/// The newest posts of one room, without a gap.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The seq of the first.
    first: u64,
    posts: VecDeque<Post>,
}

#[derive(Debug)]
struct Post {
    /// The whole line.
    bytes: Box<[u8]>,
    n: u64,
    text: Box<str>,
}

impl Known {
    /// The line that these bytes begin with, if it is the one that is known with this seq, and how long it is.
    pub(super) fn line(&self, seq: u64, bytes: &[u8]) -> Option<(Line<'_>, usize)> {
        let index = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        let post = self.posts.get(index)?;
        if !bytes.starts_with(&post.bytes) {
            return None;
        }
        let line = Line {
            t: "entry",
            seq,
            n: post.n,
            kind: Some("post"),
            text: Some(Cow::Borrowed(&post.text)),
            code: None,
            from: 0,
            head: 0,
            to: 0,
        };
        Some((line, post.bytes.len()))
    }

    /// Takes an entry in, if it is a post; one that follows on what is known, or begins anew.
    pub(super) fn learn(&mut self, line: &Line<'_>, bytes: &[u8]) {
        let (Some("post"), Some(text)) = (line.kind, &line.text) else { return };
        let next = self.first + self.posts.len() as u64;
        if line.seq < next {
            return;
        }
        if line.seq > next {
            self.posts.clear();
            self.first = line.seq;
        }
        if self.posts.len() == LINES_MAX {
            self.posts.pop_front();
            self.first += 1;
        }
        self.posts.push_back(Post { bytes: bytes.into(), n: line.n, text: text.as_ref().into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(seq: u64) -> String {
        format!("{{\"t\":\"entry\",\"seq\":{seq},\"kind\":\"post\",\"n\":{seq},\"text\":\"word {seq}\"}}\n")
    }

    fn learn(known: &mut Known, text: &str) {
        known.learn(&serde_json::from_str(text).expect("a line of the server"), text.as_bytes());
    }

    #[test]
    fn a_line_is_known_where_it_was_heard_and_to_the_byte() {
        let mut known = Known::default();
        for seq in [5, 6] {
            learn(&mut known, &post(seq));
        }
        let two = post(6) + &post(7);
        let (line, length) = known.line(6, two.as_bytes()).expect("it was heard");
        assert_eq!((line.seq, line.n, line.text.as_deref(), length), (6, 6, Some("word 6"), post(6).len()));
        // In another place, with another letter, in part, or not heard yet.
        assert!(known.line(5, post(6).as_bytes()).is_none());
        assert!(known.line(6, post(6).replace("word", "ward").as_bytes()).is_none());
        assert!(known.line(6, &post(6).as_bytes()[..20]).is_none());
        assert!(known.line(7, post(7).as_bytes()).is_none());
    }

    #[test]
    fn what_does_not_follow_begins_anew_and_what_is_old_goes() {
        let mut known = Known::default();
        learn(&mut known, &post(5));
        learn(&mut known, &post(9));
        assert!(known.line(5, post(5).as_bytes()).is_none());
        for seq in 10..9 + LINES_MAX as u64 + 1 {
            learn(&mut known, &post(seq));
        }
        assert!(known.line(9, post(9).as_bytes()).is_none());
        assert!(known.line(10, post(10).as_bytes()).is_some());
        // One that others have heard already is no news.
        learn(&mut known, &post(10).replace("word", "ward"));
        assert!(known.line(10, post(10).as_bytes()).is_some());
    }
}
