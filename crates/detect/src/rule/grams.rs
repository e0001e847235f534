//! Finds thousands of needles in one pass over a text.
//!
//! Each needle is known by its least usual four bytes. The text's every four bytes are looked up in a
//! bitmap that stays in the first-level cache; only where a bit is set are needles compared. For the
//! sets that rules make this is several times as fast as an automaton, which leaves the cache, and
//! takes a fraction of its memory.

use hashbrown::HashMap;

const BITS: usize = 1 << 16;

/// A set of needles of four bytes or more.
#[derive(Debug)]
pub(super) struct Grams {
    bits: Box<[u64]>,
    /// By gram: where its needles lie in `entries`.
    ranges: HashMap<u32, (u32, u32)>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    needle: Box<[u8]>,
    /// Where the gram stands in the needle.
    offset: usize,
    /// The needle's number, as given.
    number: usize,
}

impl Grams {
    /// The shortest needle that can be told by a gram.
    pub const SHORTEST: usize = 4;

    /// A set of these needles, each at least [`Grams::SHORTEST`] bytes, numbered as given.
    pub fn new<'n>(needles: impl Iterator<Item = (usize, &'n [u8])>) -> Grams {
        let mut by_gram: HashMap<u32, Vec<Entry>> = HashMap::new();
        for (number, needle) in needles {
            let rarest = needle.windows(Grams::SHORTEST).enumerate().min_by_key(|(_, gram)| usualness(gram));
            let Some((offset, gram)) = rarest else { continue };
            by_gram.entry(number_of(gram)).or_default().push(Entry { needle: needle.into(), offset, number });
        }
        let mut grams =
            Grams { bits: vec![0; BITS / 64].into(), ranges: HashMap::new(), entries: Vec::new() };
        for (gram, entries) in by_gram {
            let bit = bit_of(gram);
            grams.bits[bit / 64] |= 1 << (bit % 64);
            let start = grams.entries.len();
            grams.entries.extend(entries);
            let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            grams.ranges.insert(gram, (narrow(start), narrow(grams.entries.len())));
        }
        grams
    }

    /// Calls `found` with number, start and end of every needle at every place.
    pub fn search(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        for (at, gram) in text.windows(Grams::SHORTEST).enumerate() {
            let gram = number_of(gram);
            let bit = bit_of(gram);
            if self.bits[bit / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            let Some(&(start, end)) = self.ranges.get(&gram) else { continue };
            for entry in &self.entries[start as usize..end as usize] {
                let Some(from) = at.checked_sub(entry.offset) else { continue };
                let to = from + entry.needle.len();
                if text.get(from..to) == Some(&*entry.needle) {
                    found(entry.number, from, to);
                }
            }
        }
    }
}

fn number_of(gram: &[u8]) -> u32 {
    match gram {
        &[a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn bit_of(gram: u32) -> usize {
    // Fibonacci hashing; the upper half is well mixed.
    (gram.wrapping_mul(0x9E37_79B1) >> 16) as usize
}

/// Roughly how often the bytes occur in paths and command lines; more is more usual.
fn usualness(gram: &[u8]) -> u32 {
    let one = |byte: &u8| match byte {
        b'e' | b's' | b'i' | b't' | b'o' | b'n' | b'r' | b'a' | b'\\' | b'.' => 12,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'w' | b'u' | b'x' | b' ' | b'3' | b'2' => 8,
        b'a'..=b'z' | b'0'..=b'9' | b'/' | b':' => 4,
        _ => 2,
    };
    gram.iter().map(one).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_needle_is_found_wherever_it_stands(
            needles in proptest::collection::vec("[ab.]{4,7}", 1..20),
            text in "[ab.é]{0,60}",
        ) {
            let grams = Grams::new(needles.iter().map(String::as_bytes).enumerate());
            let mut got = Vec::new();
            grams.search(text.as_bytes(), |number, start, _| got.push((number, start)));
            got.sort_unstable();
            let mut want = Vec::new();
            for (number, needle) in needles.iter().enumerate() {
                want.extend((0..text.len()).filter(|&at| text.as_bytes()[at..].starts_with(needle.as_bytes())).map(|at| (number, at)));
            }
            want.sort_unstable();
            prop_assert_eq!(got, want);
        }
    }
}
