//! Which part of a long list is in sight, held by what is read and not by how far it is from either end.

use super::heights::Heights;
use super::items::{Item, Key};

/// How near to the end one must be to be at it, in points.
const END: f32 = 1.0;

/// What is held while all else moves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Anchor {
    /// The newest, at the lower edge.
    #[default]
    Live,
    /// A row whose upper edge is so far below that of the window.
    At {
        /// Which row; if it is gone, what stands in its place.
        key: Key,
        /// How far, in points.
        top: f32,
    },
}

/// A row in sight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) index: usize,
    /// Below the window's upper edge, in points.
    pub(crate) top: f32,
    pub(crate) height: f32,
}

/// A list of rows and what of it is in sight.
///
/// Only rows in sight are measured; of the others the height is guessed, which moves nothing but the scroll bar, since
/// places are counted from the anchor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    keys: Vec<Key>,
    heights: Heights,
    width: f32,
    anchor: Anchor,
    /// The rows that were in sight last.
    placed: Vec<Placed>,
}

impl Flow {
    /// Takes in what the list is now. Heights of rows that stay are kept, unless the width is another.
    pub(crate) fn take(&mut self, items: &[Item], width: f32, guess: impl Fn(&Item) -> f32) {
        let same_width = (self.width - width).abs() < 0.5;
        let mut held = self.keys.iter().copied().zip(0..).peekable();
        let heights = items.iter().map(|item| {
            while held.next_if(|(key, _)| *key < item.key).is_some() {}
            match held.next_if(|(key, _)| *key == item.key) {
                Some((_, index)) if same_width => self.heights.get(index),
                _ => guess(item),
            }
        });
        self.heights = Heights::new(heights.collect());
        self.keys = items.iter().map(|item| item.key).collect();
        self.width = width;
    }

    pub(crate) fn width(&self) -> f32 {
        self.width
    }

    pub(crate) fn anchor(&self) -> Anchor {
        self.anchor
    }

    pub(crate) fn hold(&mut self, anchor: Anchor) {
        self.anchor = anchor;
    }

    /// Moves what is held, since the window's upper edge has moved the other way.
    pub(crate) fn shift(&mut self, down: f32) {
        if let Anchor::At { top, .. } = &mut self.anchor {
            *top += down;
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.anchor == Anchor::Live
    }

    /// The rows that were in sight last.
    pub(crate) fn placed(&self) -> &[Placed] {
        &self.placed
    }

    /// What part of the whole lies above the window, and what part is in it, as far as heights are known.
    pub(crate) fn part(&self, window: f32) -> (f32, f32) {
        let total = self.heights.total().max(1.0);
        let above =
            self.placed.first().map_or(0.0, |first| self.heights.before(first.index) - f64::from(first.top));
        #[expect(clippy::cast_possible_truncation, reason = "a part of one")]
        let (above, inside) = ((above / total) as f32, (f64::from(window) / total) as f32);
        (above.clamp(0.0, 1.0), inside.min(1.0))
    }

    /// Goes to where this part of the whole lies above the window.
    pub(crate) fn go_to_part(&mut self, above: f32) {
        let place = self.heights.total() * f64::from(above.clamp(0.0, 1.0));
        let index = self.heights.at(place);
        if let Some(key) = self.keys.get(index) {
            #[expect(clippy::cast_possible_truncation, reason = "less than the height of one row")]
            let top = (self.heights.before(index) - place) as f32;
            self.anchor = Anchor::At { key: *key, top };
        }
    }

    /// Moves what is in sight down by `down` points (up if negative) and finds the rows that are in sight then.
    /// `measure` says how high a row is. Whoever reads on, in either direction, is stopped by a stretch, if it `can_load`:
    /// what is in it would be run past before it is there.
    pub(crate) fn place(
        &mut self,
        window: f32,
        mut down: f32,
        can_load: bool,
        mut measure: impl FnMut(usize) -> f32,
    ) {
        let Flow { keys, heights, anchor, placed, .. } = self;
        placed.clear();
        let Some(last) = keys.len().checked_sub(1) else {
            return;
        };
        let mut measure = |index: usize| {
            let height = measure(index);
            heights.set(index, height);
            height
        };
        let (mut index, mut top) = match *anchor {
            Anchor::Live => (last, window - measure(last)),
            Anchor::At { key, top } => (keys.partition_point(|held| *held < key).min(last), top),
        };
        let mut ahead = (index, top);
        while can_load && down < 0.0 && ahead.0 <= last && ahead.1 < window - down {
            let bottom = ahead.1 + measure(ahead.0);
            if keys[ahead.0].is_soft() && bottom >= window {
                down = down.max(window - bottom);
            }
            ahead = (ahead.0 + 1, bottom);
        }
        top += down;
        while top < 0.0 && index < last {
            let height = measure(index);
            if top + height > 0.0 {
                break;
            }
            (index, top) = (index + 1, top + height);
        }
        let stops = |index: usize| index == 0 || (can_load && down > 0.0 && keys[index].is_soft());
        while top > 0.0 && !stops(index) {
            index -= 1;
            top -= measure(index);
        }
        // Above the first row is nothing to see.
        top = if stops(index) { top.min(0.0) } else { top };
        let mut next = (index, top);
        while next.0 <= last && next.1 < window {
            let height = measure(next.0);
            placed.push(Placed { index: next.0, top: next.1, height });
            next = (next.0 + 1, next.1 + height);
        }
        let at_end = next.0 > last && next.1 <= window + END;
        if at_end {
            // Nor is anything below the last one.
            let missing = window - next.1;
            placed.iter_mut().for_each(|row| row.top += missing);
            let mut top = top + missing;
            while top > 0.0 && index > 0 {
                index -= 1;
                let height = measure(index);
                top -= height;
                placed.insert(0, Placed { index, top, height });
            }
            *anchor = Anchor::Live;
            return;
        }
        // A stretch that is about to be loaded is nothing to hold on to.
        let firm = |row: &&Placed| row.top >= 0.0 && !keys[row.index].is_soft();
        let held = placed.iter().find(firm).or_else(|| placed.iter().find(|row| !keys[row.index].is_soft()));
        if let Some(row) = held.or(placed.first()) {
            *anchor = Anchor::At { key: keys[row.index], top: row.top };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::items::{Item, Key, What};
    use super::{Anchor, Flow, Placed};
    use sala_core::entry::Seq;

    fn items(seqs: std::ops::RangeInclusive<u64>) -> Vec<Item> {
        seqs.map(|seq| Item::bare(Key::entry(Seq(seq)), What::Post)).collect()
    }

    /// What a row of this place is high; the guess is another.
    fn high(seq: u64) -> f32 {
        10.0 + (seq % 7) as f32
    }

    struct List(Vec<Item>, Flow);

    impl List {
        fn new(seqs: std::ops::RangeInclusive<u64>) -> Self {
            let mut list = List(Vec::new(), Flow::default());
            list.take(seqs);
            list.scroll(0.0);
            list
        }

        fn take(&mut self, seqs: std::ops::RangeInclusive<u64>) {
            self.0 = items(seqs);
            self.1.take(&self.0, 300.0, |_| 20.0);
        }

        fn scroll(&mut self, down: f32) {
            let items = &self.0;
            self.1.place(100.0, down, true, |index| high(items[index].key.seq().unwrap().0));
        }

        /// Where a row stands, if it is in sight.
        fn top(&self, seq: u64) -> Option<f32> {
            let is = |row: &&Placed| self.0[row.index].key.seq() == Some(Seq(seq));
            self.1.placed().iter().find(is).map(|row| row.top)
        }

        fn check(&self) {
            let rows = self.1.placed();
            assert!(rows[0].top <= 0.0 || rows[0].index == 0, "nothing is missing above");
            for pair in rows.windows(2) {
                assert_eq!(pair[1].index, pair[0].index + 1);
                assert!((pair[1].top - pair[0].top - pair[0].height).abs() < 0.01);
            }
            let last = rows.last().unwrap();
            assert!(last.top + last.height >= 99.9, "nothing is missing below");
        }
    }

    #[test]
    fn the_newest_row_stands_at_the_lower_edge_and_stays_there() {
        let mut list = List::new(1..=50);
        list.check();
        assert!(list.1.is_live());
        list.take(1..=53);
        list.scroll(0.0);
        list.check();
        assert_eq!(list.top(53), Some(100.0 - high(53)));
    }

    #[test]
    fn what_is_read_does_not_move_when_rows_come_above_or_below() {
        let mut list = List::new(100..=150);
        list.scroll(217.3);
        list.check();
        let Anchor::At { key, top } = list.1.anchor() else { panic!("it is not at the end") };
        let seq = key.seq().unwrap().0;
        for seqs in [100..=160, 1..=160, 90..=150, 100..=1_000] {
            list.take(seqs.clone());
            list.scroll(0.0);
            list.check();
            assert_eq!(list.top(seq), Some(top), "{seqs:?}");
        }
    }

    #[test]
    fn it_goes_to_both_ends_and_not_beyond() {
        let mut list = List::new(1..=200);
        for _ in 0..500 {
            list.scroll(33.0);
            list.check();
        }
        assert_eq!(list.top(1), Some(0.0));
        list.scroll(-1_000_000.0);
        list.check();
        assert!(list.1.is_live());
        list.1.go_to_part(0.5);
        list.scroll(0.0);
        list.check();
        let (above, inside) = list.1.part(100.0);
        assert!((above - 0.5).abs() < 0.1 && inside < 0.1, "{above} {inside}");
    }

    #[test]
    fn a_short_list_stands_at_the_lower_edge() {
        let mut list = List::new(1..=2);
        list.scroll(50.0);
        assert!(list.1.is_live());
        assert_eq!(list.top(2), Some(100.0 - high(2)));
        assert_eq!(list.top(1), Some(100.0 - high(2) - high(1)));
    }

    #[test]
    fn whoever_reads_on_backwards_is_stopped_by_a_stretch_that_can_be_loaded_and_by_no_other() {
        let mut list = List::new(1..=100);
        list.0 = items(1..=50);
        list.0.push(Item::bare(Key::stretch(Seq(80)), What::Skipped { from: Seq(51), to: Seq(80) }));
        list.0.extend(items(81..=100));
        list.1.take(&list.0, 300.0, |_| 20.0);
        for _ in 0..50 {
            list.scroll(90.0);
            list.check();
        }
        assert_eq!(list.top(80), Some(0.0), "it stands at the upper edge");
        assert_eq!(list.top(50), None);
        // Away from the server it will not be loaded, and all that is held can be read.
        list.1.place(100.0, 90.0, false, |index| high(list.0[index].key.seq().unwrap().0));
        assert!(list.top(50).is_some());
        // Whoever stands above it already is not taken back to it.
        let before = list.top(50).unwrap();
        list.scroll(5.0);
        assert_eq!(list.top(50), Some(before + 5.0));
    }

    #[test]
    fn whoever_reads_on_forwards_is_stopped_by_a_stretch_at_the_lower_edge() {
        let mut list = List::new(1..=100);
        list.0 = items(1..=20);
        list.0.push(Item::bare(Key::stretch(Seq(80)), What::Skipped { from: Seq(21), to: Seq(80) }));
        list.0.extend(items(81..=100));
        list.1.take(&list.0, 300.0, |_| 20.0);
        list.1.hold(Anchor::At { key: Key::entry(Seq(5)), top: 0.0 });
        for _ in 0..50 {
            list.scroll(-90.0);
            list.check();
        }
        assert_eq!(list.top(80), Some(100.0 - high(80)), "it stands at the lower edge");
        assert_eq!(list.top(81), None);
        // Away from the server it will not be loaded.
        list.1.place(100.0, -90.0, false, |index| high(list.0[index].key.seq().unwrap().0));
        assert!(list.top(81).is_some());
        // Whoever stands below it already is not taken back to it.
        let before = list.top(81).unwrap();
        list.scroll(-5.0);
        assert_eq!(list.top(81), Some(before - 5.0));
    }

    #[test]
    fn a_row_that_is_gone_leaves_its_place_to_the_next() {
        let mut list = List::new(1..=100);
        list.1.hold(Anchor::At { key: Key::entry(Seq(40)), top: 12.0 });
        list.take(41..=100);
        list.scroll(0.0);
        list.check();
        // It is the first now, and nothing stands above it.
        assert_eq!(list.top(41), Some(0.0));
    }
}
