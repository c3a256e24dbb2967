//! Which part of a timeline is shown, held by what is read and not by how far it is from the end.

use super::rows::{Item, Place};
use ratatui::text::Line;
use sala_core::entry::Seq;
use std::collections::VecDeque;

/// What stands at the lower edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The newest, whatever it is.
    #[default]
    Live,
    /// An item of which so many lines are below the edge.
    At {
        /// Which item.
        place: Place,
        /// How many lines, counted from its end: what is shown above an entry depends on what is loaded.
        hidden: usize,
    },
}

/// What is to be shown of a timeline.
pub(super) struct Part {
    pub(super) anchor: Anchor,
    /// From the upper edge down.
    pub(super) lines: Vec<Line<'static>>,
    /// The last stretch in sight that can be loaded.
    pub(super) loadable: Option<(Seq, Seq)>,
}

/// A place of the lower edge: an item, and how many of its lines are below.
type Edge = (usize, usize);

/// Moves the lower edge `up` lines up (down if negative) from `anchor`, and shows as many lines as there is room for
/// above it. It goes no further up than to where the first line of all stands at the upper edge.
pub(super) fn part(items: &[Item], anchor: Anchor, up: isize, width: usize, height: usize) -> Part {
    let Some(last) = items.len().checked_sub(1) else {
        return Part { anchor: Anchor::Live, lines: Vec::new(), loadable: None };
    };
    let count = |index: usize| items[index].lines(width).len();
    let start = match anchor {
        Anchor::Live => (last, 0),
        Anchor::At { place, hidden } => {
            find(items, place).map_or((last, 0), |at| (at, hidden.min(count(at) - 1)))
        }
    };
    let moved = match up {
        0.. => raise(start, up.unsigned_abs(), count),
        ..0 => lower(start, up.unsigned_abs(), last, count),
    };
    let (lines, loadable) = above(items, moved, width, height);
    if lines.len() < height && moved != (last, 0) {
        let (edge, fits) = topmost(last, height, count);
        let (lines, loadable) = above(items, edge, width, height);
        let anchor = if fits { anchored(items, edge, last) } else { Anchor::Live };
        return Part { anchor, lines, loadable };
    }
    Part { anchor: anchored(items, moved, last), lines, loadable }
}

fn anchored(items: &[Item], (index, hidden): Edge, last: usize) -> Anchor {
    if (index, hidden) == (last, 0) { Anchor::Live } else { Anchor::At { place: items[index].place, hidden } }
}

/// The item at a place, or the one that it went into; `None` if it is gone, as a post is that was stored.
fn find(items: &[Item], place: Place) -> Option<usize> {
    items.iter().position(|item| match (item.place, place) {
        (Place::Entry(here), Place::Entry(there)) => here >= there,
        (Place::Pending(here), Place::Pending(there)) => here == there,
        (Place::Held(here), Place::Held(there)) => here == there,
        _ => false,
    })
}

fn raise((mut index, mut hidden): Edge, mut lines: usize, count: impl Fn(usize) -> usize) -> Edge {
    loop {
        // The item's first line stays in sight.
        let left = count(index) - 1 - hidden;
        if lines <= left {
            return (index, hidden + lines);
        }
        if index == 0 {
            return (0, hidden + left);
        }
        lines -= left + 1;
        (index, hidden) = (index - 1, 0);
    }
}

fn lower(
    (mut index, mut hidden): Edge,
    mut lines: usize,
    last: usize,
    count: impl Fn(usize) -> usize,
) -> Edge {
    loop {
        if lines <= hidden {
            return (index, hidden - lines);
        }
        if index == last {
            return (last, 0);
        }
        lines -= hidden;
        index += 1;
        hidden = count(index);
    }
}

/// The edge above which the first lines of all fill the window, and whether there are as many.
fn topmost(last: usize, height: usize, count: impl Fn(usize) -> usize) -> (Edge, bool) {
    let mut lines = 0;
    for index in 0..=last {
        lines += count(index);
        if lines >= height {
            return ((index, lines - height), true);
        }
    }
    ((last, 0), false)
}

/// The lines above an edge, and the last stretch among them that can be loaded.
fn above(
    items: &[Item],
    (index, hidden): Edge,
    width: usize,
    height: usize,
) -> (Vec<Line<'static>>, Option<(Seq, Seq)>) {
    let mut lines = VecDeque::new();
    let mut loadable = None;
    for (distance, item) in items[..=index].iter().rev().enumerate() {
        let skip = if distance == 0 { hidden } else { 0 };
        for line in item.lines(width).into_iter().rev().skip(skip) {
            if lines.len() == height {
                return (lines.into(), loadable);
            }
            lines.push_front(line);
            loadable = loadable.or(item.loadable());
        }
    }
    (lines.into(), loadable)
}
