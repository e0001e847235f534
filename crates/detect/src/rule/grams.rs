//! Finds thousands of needles in one pass over a text.
//!
//! Each needle is known by a few of its four-byte *grams*. Grams of the text are looked up in a bitmap
//! that stays in the first-level cache; only where a bit is set are needles compared. A needle known by
//! `n` neighbouring grams is found even if only every n-th gram of the text is looked up, so long
//! needles are searched in steps. For the sets that rules make this is several times as fast as an
//! automaton, which leaves the cache, and takes a fraction of its memory.
//!
//! Grams hold only bytes that JSON never escapes and are compared without regard to case. So the same
//! set also tells of a value as it stands in a line, not decoded, that no needle can occur in it.

use memchr::memmem::Finder;
use std::sync::LazyLock;

/// A set of needles, each with a run of four plain bytes or more.
#[derive(Debug)]
pub(super) struct Grams {
    strides: Vec<Stride>,
}

/// Needles long enough to be found in steps of so many bytes.
#[derive(Debug)]
struct Stride {
    step: usize,
    bits: Box<[u64]>,
    /// By the upper bits of a gram's hash: where its entries begin; they end where the next ones begin.
    heads: Box<[u32]>,
    /// How far a hash is shifted to number a bit, and a head.
    bit_shift: u32,
    head_shift: u32,
    entries: Vec<Entry>,
    needles: Vec<Needle>,
}

#[derive(Debug)]
struct Entry {
    gram: u32,
    /// In `needles`.
    needle: u32,
    /// Where the gram stands in the needle.
    offset: u32,
}

#[derive(Debug)]
struct Needle {
    text: Box<[u8]>,
    /// Its longest run of plain bytes.
    plain: std::ops::Range<usize>,
    /// As given.
    number: usize,
}

/// Bytes in a gram.
const GRAM: usize = 4;
/// Steps worth a pass of their own, the longest first.
const STEPS: [usize; 3] = [4, 2, 1];

impl Grams {
    /// Whether a needle can be told by a gram.
    pub fn can_tell(needle: &[u8]) -> bool {
        plain_run(needle).len() >= GRAM
    }

    /// A set of these needles, each one that [`Grams::can_tell`], numbered as given.
    pub fn new<'n>(needles: impl Iterator<Item = (usize, &'n [u8])>) -> Grams {
        let mut by_step: [Vec<Needle>; STEPS.len()] = Default::default();
        for (number, text) in needles {
            let plain = plain_run(text);
            if let Some(at) = STEPS.iter().position(|step| plain.len() >= GRAM + step - 1) {
                by_step[at].push(Needle { text: text.into(), plain, number });
            }
        }
        let strides = by_step.into_iter().zip(STEPS).filter(|(needles, _)| !needles.is_empty());
        Grams { strides: strides.map(|(needles, step)| Stride::new(needles, step)).collect() }
    }

    /// Calls `found` with number, start and end of every needle at every place of a lower-case text.
    pub fn search(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        for stride in &self.strides {
            stride.grams_in(text, |at, entry| {
                let needle = &stride.needles[entry.needle as usize];
                if let Some(from) = at.checked_sub(entry.offset as usize)
                    && let Some(text) = text.get(from..from + needle.text.len())
                    && *text == *needle.text
                {
                    found(needle.number, from, from + needle.text.len());
                }
                false
            });
        }
    }

    /// Whether no needle can occur in the text that `raw` stands for, which may hold JSON's escapes
    /// and letters of either case.
    pub fn rule_out(&self, raw: &str) -> bool {
        let bytes = raw.as_bytes();
        let none = self.strides.iter().all(|stride| {
            !stride.grams_in(bytes, |at, entry| {
                let needle = &stride.needles[entry.needle as usize];
                let plain = &needle.text[needle.plain.clone()];
                // A gram lies within its needle's plain run.
                at.checked_sub(entry.offset as usize - needle.plain.start)
                    .and_then(|from| bytes.get(from..from + plain.len()))
                    .is_some_and(|text| text.eq_ignore_ascii_case(plain))
            })
        });
        none && plain_letters_stand_for_themselves(raw)
    }
}

impl Stride {
    fn new(needles: Vec<Needle>, step: usize) -> Stride {
        let mut entries = Vec::with_capacity(needles.len() * step);
        for (at, needle) in needles.iter().enumerate() {
            for offset in least_usual(needle, step) {
                let gram = number_of(&needle.text[offset..]);
                entries.push(Entry { gram, needle: narrow(at), offset: narrow(offset) });
            }
        }
        entries.sort_by_key(|entry| hash(entry.gram));
        // Sparse enough that hardly any bit is set by chance, small enough for the first-level cache.
        let bit_count = (entries.len() * 32).next_power_of_two().clamp(1 << 9, 1 << 17);
        let head_count = entries.len().next_power_of_two().max(2);
        let (bit_shift, head_shift) = (32 - bit_count.ilog2(), 32 - head_count.ilog2());
        let mut bits = vec![0_u64; bit_count / 64].into_boxed_slice();
        let mut heads = vec![0_u32; head_count + 1].into_boxed_slice();
        for entry in &entries {
            let bit = (hash(entry.gram) >> bit_shift) as usize;
            bits[bit / 64] |= 1 << (bit % 64);
            heads[(hash(entry.gram) >> head_shift) as usize + 1] += 1;
        }
        for at in 1..heads.len() {
            heads[at] += heads[at - 1];
        }
        Stride { step, bits, heads, bit_shift, head_shift, entries, needles }
    }

    /// Calls `each` with the place and every entry of every gram looked up, until it says true.
    fn grams_in(&self, text: &[u8], mut each: impl FnMut(usize, &Entry) -> bool) -> bool {
        match self.step {
            4 => self.grams_by::<4>(text, &mut each),
            2 => self.grams_by::<2>(text, &mut each),
            _ => self.grams_by::<1>(text, &mut each),
        }
    }

    fn grams_by<const STEP: usize>(&self, text: &[u8], each: &mut impl FnMut(usize, &Entry) -> bool) -> bool {
        for (at, gram) in text.windows(GRAM).step_by(STEP).enumerate() {
            let gram = number_of(gram);
            let hash = hash(gram);
            let bit = (hash >> self.bit_shift) as usize;
            if self.bits[bit / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            if self.entries_of(gram, hash).any(|entry| each(at * STEP, entry)) {
                return true;
            }
        }
        false
    }

    fn entries_of(&self, gram: u32, hash: u32) -> impl Iterator<Item = &Entry> {
        let head = (hash >> self.head_shift) as usize;
        let range = self.heads[head] as usize..self.heads[head + 1] as usize;
        self.entries[range].iter().filter(move |entry| entry.gram == gram)
    }
}

/// The longest run of bytes that JSON writes as they are.
fn plain_run(needle: &[u8]) -> std::ops::Range<usize> {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'/');
    let (mut longest, mut start) = (0..0, 0);
    for run in needle.split(|byte| !is_plain(byte)) {
        if run.len() > longest.len() {
            longest = start..start + run.len();
        }
        start += run.len() + 1;
    }
    longest
}

/// How JSON escapes a character by its number.
static NUMBERED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u"));

/// Whether every plain byte of the decoded lower-case text stands in `raw`, case aside. `\u` may hide
/// one, and these are the letters outside ASCII whose lower case holds one inside.
fn plain_letters_stand_for_themselves(raw: &str) -> bool {
    let lacks = |text: &str| !raw.contains(text);
    NUMBERED.find(raw.as_bytes()).is_none() && (raw.is_ascii() || lacks("\u{130}") && lacks("\u{212a}"))
}

/// The neighbouring places within the plain run whose grams are least usual together.
fn least_usual(needle: &Needle, count: usize) -> std::ops::Range<usize> {
    let starts = needle.plain.start..=needle.plain.end - (GRAM + count - 1);
    let sum = |start: &usize| -> u32 {
        needle.text[*start..start + GRAM + count - 1].windows(GRAM).map(usualness).sum()
    };
    let start = starts.min_by_key(sum).unwrap_or(needle.plain.start);
    start..start + count
}

/// A gram as a number, the same for both cases of a letter (and for a few other pairs).
fn number_of(gram: &[u8]) -> u32 {
    match gram {
        &[a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]) | 0x2020_2020,
        _ => 0,
    }
}

fn hash(gram: u32) -> u32 {
    // Fibonacci hashing; the upper bits are well mixed.
    gram.wrapping_mul(0x9E37_79B1)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
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

    #[test]
    fn two_letters_outside_ascii_hide_a_plain_one() {
        let hides = |ch: &char| !ch.is_ascii() && ch.to_lowercase().any(|ch| ch.is_ascii());
        assert_eq!(('\0'..=char::MAX).filter(hides).collect::<String>(), "\u{130}\u{212a}");
    }

    proptest! {
        #[test]
        fn every_needle_is_found_wherever_it_stands(
            needles in proptest::collection::vec("[ab.]{4,7}|[ab\\\\]{0,3}[ab]{4,8}\\\\?", 1..20),
            text in "[ab.é\\\\]{0,60}",
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

        #[test]
        fn what_is_ruled_out_does_not_occur(
            needles in proptest::collection::vec("[ki.]{4,8}|\\\\[ki]{4,5}", 1..6),
            text in "[kKi.İ\u{212a}\\\\\"é\n]{0,60}",
        ) {
            let grams = Grams::new(needles.iter().map(String::as_bytes).enumerate());
            let lower = text.to_lowercase();
            let occurs = needles.iter().any(|needle| lower.contains(needle.as_str()));
            let json = serde_json::to_string(&text).unwrap();
            prop_assert!(!(occurs && grams.rule_out(&json[1..json.len() - 1])));
            let hidden: String = text.chars().map(|ch| if ch == 'k' { "\\u006b".into() } else { ch.to_string() }).collect();
            prop_assert!(!(occurs && text.contains('k') && grams.rule_out(&hidden)));
        }
    }
}
