//! Where dots, colons and many digits stand in text: one pass over blocks of it instead of a search that
//! begins anew behind each of them.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};
use wide::u8x16;

/// Bytes of a block.
const BLOCK: usize = 64;

/// Blocks that are searched at once, before what stands in them is looked at: the search is a loop that
/// does nothing else.
const AT_ONCE: usize = 64;

/// Places of a block that are written without asking whether there are so many: a guess that fails costs
/// more. Of a hundred blocks of a log, four have more.
const FEW: usize = 2;

/// Where something stands in text; kept from one text to the next.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Within the blocks that are searched at once.
    places: Vec<u16>,
}

impl Marks {
    /// Calls `with` for the place of
    ///
    /// - each dot: to tell here which of them count costs more than to look at each;
    /// - each colon that tells of an IPv6 address;
    /// - the first of 16 bytes, on a multiple of 16, that may all be hexadecimal digits: none of them is a
    ///   blank, a mark before `0`, or a letter after `f`.
    pub(super) fn each(&mut self, bytes: &[u8], mut with: impl FnMut(usize)) {
        self.places.resize((AT_ONCE + 1) * BLOCK + FEW, 0);
        let level = Level::new();
        let (mut blocks, rest) = bytes.as_chunks::<BLOCK>();
        // What is missing from the last one is blank.
        let mut last = [[b' '; BLOCK]];
        if let Some(to) = last.as_flattened_mut().get_mut(..rest.len()) {
            to.copy_from_slice(rest);
        }
        let (mut base, mut colons) = (0, Colons::default());
        loop {
            let (now, later) = blocks.split_at(blocks.len().min(AT_ONCE));
            let tail = if later.is_empty() { &last[..] } else { &[] };
            let places = &mut self.places;
            let count = dispatch!(level, simd => find(simd, [now, tail], places, &mut colons));
            places.iter().take(count).for_each(|place| with(base + usize::from(*place)));
            if later.is_empty() {
                return;
            }
            (blocks, base) = (later, base + now.len() * BLOCK);
        }
    }
}

/// Finds what stands in blocks, and in those behind them, with the widest instructions that the processor has;
/// returns how many places that are.
#[inline(always)]
fn find<S: Simd>(simd: S, blocks: [&[[u8; BLOCK]]; 2], places: &mut [u16], before: &mut Colons) -> usize {
    let (mut count, mut base, mut colons) = (0_u32, 0_u16, *before);
    for blocks in blocks {
        for block in blocks {
            let bytes = u8x64::from_slice(simd, block);
            let dots = bytes.simd_eq(b'.').to_bitmask();
            let digits = ((bytes | 0x20) - b'0').simd_le(b'f' - b'0').to_bitmask();
            let colons = colons.telling(bytes.simd_eq(b':').to_bitmask());
            count = write(places, count, dots | colons | sixteen(digits), base);
            base = base.wrapping_add(BLOCK as u16);
        }
    }
    *before = colons;
    count as usize
}

/// Writes the places that the bits tell of, behind `base`, from `count` on; returns where they end.
#[inline(always)]
fn write(places: &mut [u16], count: u32, mut bits: u64, base: u16) -> u32 {
    let (from, number) = (count as usize, bits.count_ones());
    let mut next = |place: &mut u16| {
        *place = base.wrapping_add(bits.trailing_zeros() as u16);
        bits &= bits.wrapping_sub(1);
    };
    if let Some(few) = places.get_mut(from..from + FEW) {
        few.iter_mut().for_each(&mut next);
    }
    if number > FEW as u32
        && let Some(more) = places.get_mut(from + FEW..from + number as usize)
    {
        more.iter_mut().for_each(next);
    }
    count + number
}

/// The first of each sixteen bits, on a multiple of sixteen, that are all set; behind such sixteen also of
/// those that lack the first one.
#[inline(always)]
fn sixteen(bits: u64) -> u64 {
    const EACH: u64 = 0x0001_0001_0001_0001;
    // With one more, sixteen bits that are all set lose the last one, and no others do.
    let all = bits & !bits.wrapping_add(EACH);
    all >> 15 & EACH
}

/// How many hexadecimal digits the bytes begin with.
pub(super) fn digits_ahead(bytes: &[u8]) -> usize {
    let (whole, rest) = bytes.as_chunks::<16>();
    let mut count = 0;
    for quarter in whole {
        let digits = are_digits(quarter).trailing_ones() as usize;
        count += digits;
        if digits < 16 {
            return count;
        }
    }
    count + rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count()
}

/// The number that these hexadecimal digits are.
pub(super) fn number(digits: &[u8; 16]) -> u64 {
    // Of each byte the lower half, and nine more for a letter.
    let bytes = u128::from_be_bytes(*digits);
    const EACH: u128 = u128::MAX / 255;
    let halves = (bytes & (EACH * 15)) + (bytes >> 6 & EACH) * 9;
    // Two halves make a byte; bytes move together, then pairs, then fours.
    let bytes = (halves | halves >> 4) & (u128::MAX / 0xffff * 0xff);
    let pairs = (bytes | bytes >> 8) & (u128::MAX / 0xffff_ffff * 0xffff);
    let fours = (pairs | pairs >> 16) & (u128::MAX / 0xffff_ffff_ffff_ffff * 0xffff_ffff);
    (fours | fours >> 32) as u64
}

/// How many hexadecimal digits the bytes end with.
pub(super) fn digits_before(bytes: &[u8]) -> usize {
    let (rest, whole) = bytes.as_rchunks::<16>();
    let mut count = 0;
    for quarter in whole.iter().rev() {
        let digits = are_digits(quarter).leading_ones() as usize;
        count += digits;
        if digits < 16 {
            return count;
        }
    }
    count + rest.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count()
}

fn are_digits(quarter: &[u8; 16]) -> u16 {
    let bytes = u8x16::new(*quarter);
    let number = bytes - u8x16::splat(b'0');
    let letter = (bytes | u8x16::splat(0x20)) - u8x16::splat(b'a');
    let below = |above: u8x16, last: u8| above.min(u8x16::splat(last)).simd_eq(above);
    u16::try_from((below(number, 9) | below(letter, 5)).to_bitmask()).unwrap_or(u16::MAX)
}

/// The places that the bits tell of, behind `base`.
fn each(bits: u64, base: usize) -> impl Iterator<Item = usize> {
    let after_first = |bits: &u64| bits & bits.wrapping_sub(1);
    let rests = std::iter::successors(Some(bits), move |bits| Some(after_first(bits)));
    rests.take_while(|bits| *bits != 0).map(move |bits| base + bits.trailing_zeros() as usize)
}

/// Tells the colons of IPv6 addresses from those of JSON, times and hardware addresses, block by block.
#[derive(Clone, Copy, Default)]
struct Colons {
    before: u64,
}

/// From the first colon of an address without `::` to its seventh: groups have four digits at most.
const SPAN: u32 = 31;

impl Colons {
    /// Of the colons of the next block: the second of two in a row, and what is the seventh within
    /// [`SPAN`] bytes. Each address has one of these.
    #[inline(always)]
    fn telling(&mut self, colons: u64) -> u64 {
        let before = std::mem::replace(&mut self.before, colons);
        let telling = colons & (colons << 1 | before >> 63);
        if colons.count_ones() + (before >> (64 - SPAN)).count_ones() < 7 {
            return telling;
        }
        telling | seventh(before, colons)
    }
}

/// Each colon that is the seventh, or a later one, within [`SPAN`] bytes.
#[cold]
fn seventh(before: u64, colons: u64) -> u64 {
    let both = u128::from(colons) << 64 | u128::from(before);
    // Behind six of them the next one stands behind a group.
    let grouped = both & (both >> 2 | both >> 3 | both >> 4 | both >> 5);
    if grouped.count_ones() < 6 {
        return 0;
    }
    let is_seventh = |at: usize| {
        let span = both >> (64 + 1 + at - SPAN as usize) & ((1 << SPAN) - 1);
        span.count_ones() >= 7
    };
    each(colons, 0).filter(|at| is_seventh(*at)).fold(0, |bits, at| bits | 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The places of one byte among those that are found.
    fn found(text: &str, byte: u8) -> Vec<usize> {
        let mut out = Vec::new();
        Marks::default().each(text.as_bytes(), |at| out.push(at));
        assert!(out.is_sorted(), "{text}: {out:?}");
        out.retain(|at| text.as_bytes().get(*at) == Some(&byte));
        out
    }

    proptest! {
        #[test]
        fn every_dot_is_found(text in "[.:a0-9 é]{0,2100}") {
            prop_assert_eq!(found(&text, b'.'), memchr::memchr_iter(b'.', text.as_bytes()).collect::<Vec<_>>());
        }

        #[test]
        fn two_colons_in_a_row_tell(text in "[.:a é]{0,2100}") {
            let telling = found(&text, b':');
            for pair in memchr::memmem::find_iter(text.as_bytes(), "::") {
                prop_assert!(telling.contains(&(pair + 1)), "{text}: {telling:?}");
            }
        }

        #[test]
        fn digits_are_counted(text in "[0-9a-gA-G/:@`]{0,9}[0-9a-fA-F]{0,70}[0-9a-gA-G/:@`\u{10}-\u{19}]{0,9}é?") {
            let bytes = text.as_bytes();
            let ahead = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            let before = bytes.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
            prop_assert_eq!((digits_ahead(bytes), digits_before(bytes)), (ahead, before));
        }

        #[test]
        fn digits_are_a_number(text in "[0-9a-fA-F]{16}") {
            let digits = text.as_bytes().first_chunk().unwrap();
            prop_assert_eq!(number(digits), u64::from_str_radix(&text, 16).unwrap());
        }

        #[test]
        fn digits_in_a_row_are_found(text in "[0-9a-fA-F]{32}", filler in "[ -~é]{0,130}", rest in "[ -~]{0,70}") {
            let place = filler.len()..filler.len() + text.len();
            let text = format!("{filler}{text}{rest}");
            let mut found = Vec::new();
            Marks::default().each(text.as_bytes(), |at| found.push(at));
            prop_assert!(found.iter().any(|at| place.start <= *at && at + 16 <= place.end), "{text}: {found:?}");
        }

        #[test]
        fn each_address_has_a_colon_that_tells(
            groups in prop::array::uniform8(prop::sample::select(&[0_u16, 0, 7, 0x2001, 0xfedc][..])),
            whole in any::<bool>(),
            filler in "[ a-z:\"]{0,130} ",
        ) {
            let address = std::net::Ipv6Addr::from(groups);
            prop_assume!(address.to_ipv4().is_none());
            let spelled = match whole {
                true => groups.map(|group| format!("{group:04x}")).join(":"),
                false => address.to_string(),
            };
            let text = format!("{filler}{spelled}");
            let within = filler.len()..text.len();
            prop_assert!(found(&text, b':').iter().any(|at| within.contains(at)), "{text}");
        }
    }

    #[test]
    fn times_and_hardware_addresses_do_not_tell() {
        let text = r#"{"time":"2026-03-02T09:00:00.000Z","a":{"b":1,"hardware_address":"00:00:5e:00:53:01","user.name":"x"}}"#;
        assert_eq!(found(&text.repeat(9), b':'), [0_usize; 0]);
    }
}
