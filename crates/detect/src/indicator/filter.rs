//! Says of most keys that are not in a set that they are not, with one look at memory.

/// A blocked Bloom filter: the bits of a key lie in one word. Of keys that are not in it, about one in
/// a hundred passes.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    words: Vec<u64>,
}

/// Bits of room for each key.
const BITS: usize = 16;

impl Filter {
    /// Holds these keys, which must be hashes: spread over all 64 bits.
    pub(super) fn of(keys: impl ExactSizeIterator<Item = u64>) -> Filter {
        let mut filter = Filter { words: vec![0; (keys.len() * BITS).div_ceil(64).max(1)] };
        for key in keys {
            let at = filter.place(key);
            if let Some(word) = filter.words.get_mut(at) {
                *word |= bits(key);
            }
        }
        filter
    }

    /// Whether the key may be in the set; never `false` for one that is.
    pub(super) fn may_hold(&self, key: u64) -> bool {
        self.words.get(self.place(key)).is_some_and(|word| word & bits(key) == bits(key))
    }

    /// The upper half of the key chooses the word.
    fn place(&self, key: u64) -> usize {
        usize::try_from(((key >> 32) * self.words.len() as u64) >> 32).unwrap_or(0)
    }
}

/// Three bits of a word, chosen by the lower half of the key.
fn bits(key: u64) -> u64 {
    1 << (key & 63) | 1 << ((key >> 6) & 63) | 1 << ((key >> 12) & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it_passes_and_little_else() {
        let key = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number << 7);
        let filter = Filter::of((0..100_000).map(key).collect::<Vec<_>>().into_iter());
        assert!((0..100_000).all(|number| filter.may_hold(key(number))));
        let others = (100_000..200_000).filter(|number| filter.may_hold(key(*number))).count();
        assert!(others < 4_000, "{others} of 100,000 pass");
        assert!(!Filter::default().may_hold(7));
    }
}
