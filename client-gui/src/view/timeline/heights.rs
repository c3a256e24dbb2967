//! The heights of many rows, with the place of each and the row at each place in logarithmic time.

/// Heights with their sums, as a binary indexed tree (Fenwick, "A New Data Structure for Cumulative Frequency Tables").
#[derive(Clone, Debug, Default)]
pub(crate) struct Heights {
    heights: Vec<f32>,
    /// At index i, counted from 1, the sum of as many heights up to there as the lowest set bit of i says.
    tree: Vec<f64>,
}

impl Heights {
    pub(crate) fn new(heights: Vec<f32>) -> Self {
        let mut tree = vec![0.0; heights.len() + 1];
        for (index, height) in heights.iter().enumerate() {
            let node = index + 1;
            tree[node] += f64::from(*height);
            let parent = node + (node & node.wrapping_neg());
            if parent < tree.len() {
                tree[parent] += tree[node];
            }
        }
        Heights { heights, tree }
    }

    pub(crate) fn get(&self, index: usize) -> f32 {
        self.heights[index]
    }

    pub(crate) fn set(&mut self, index: usize, height: f32) {
        let difference = f64::from(height) - f64::from(self.heights[index]);
        self.heights[index] = height;
        let mut node = index + 1;
        while difference != 0.0 && node < self.tree.len() {
            self.tree[node] += difference;
            node += node & node.wrapping_neg();
        }
    }

    /// The height of all rows before this one.
    pub(crate) fn before(&self, index: usize) -> f64 {
        let (mut node, mut sum) = (index, 0.0);
        while node > 0 {
            sum += self.tree[node];
            node &= node - 1;
        }
        sum
    }

    pub(crate) fn total(&self) -> f64 {
        self.before(self.heights.len())
    }

    /// The row that covers this place; the last one if the place is behind all.
    pub(crate) fn at(&self, place: f64) -> usize {
        let count = self.heights.len();
        let (mut node, mut rest) = (0, place);
        let mut step = (count + 1).next_power_of_two();
        while step > 0 {
            let next = node + step;
            if next <= count && self.tree[next] <= rest {
                node = next;
                rest -= self.tree[next];
            }
            step /= 2;
        }
        node.min(count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Heights;

    #[test]
    fn sums_and_places_are_those_of_plain_addition() {
        for count in [0, 1, 2, 3, 7, 8, 100] {
            let mut plain: Vec<f32> = (0..count).map(|index| (index * 7 % 5) as f32).collect();
            let mut heights = Heights::new(plain.clone());
            for step in 0..count {
                let (index, height) = (step * 13 % count, (step * 3 % 11) as f32);
                plain[index] = height;
                heights.set(index, height);
            }
            let mut sum = 0.0;
            for (index, height) in plain.iter().enumerate() {
                assert_eq!(heights.before(index), sum);
                if *height > 0.0 {
                    assert_eq!(heights.at(sum), index);
                    assert_eq!(heights.at(sum + f64::from(*height) - 0.5), index);
                }
                sum += f64::from(*height);
            }
            assert_eq!(heights.total(), sum);
            assert_eq!(heights.at(sum + 1.0), count.saturating_sub(1));
        }
    }
}
