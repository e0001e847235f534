//! Where dots, colons and many digits stand in text: one pass over blocks of it instead of a search that
//! begins anew behind each of them.

use wide::u8x16;

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

/// Calls `with` for each block of the bytes, with the place at which it begins. What is missing from the
/// last one is blank.
pub(super) fn blocks(bytes: &[u8], mut with: impl FnMut(usize, &[u8; BLOCK])) {
    let (whole, rest) = bytes.as_chunks::<BLOCK>();
    for (number, block) in whole.iter().enumerate() {
        with(number * BLOCK, block);
    }
    if !rest.is_empty() {
        let mut last = [b' '; BLOCK];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        with(whole.len() * BLOCK, &last);
    }
}

/// The places of a byte in a block, the first as the lowest bit.
pub(super) fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let (quarters, _) = block.as_chunks::<16>();
    quarters
        .iter()
        .rev()
        .fold(0, |bits, quarter| bits << 16 | u64::from(u8x16::new(*quarter).simd_eq(wanted).to_bitmask()))
}

/// Where 16 bytes begin, on a multiple of 16, that may all be hexadecimal digits: none of them is a blank,
/// a mark before `0`, or a letter after `f`.
pub(super) fn digits(block: &[u8; BLOCK]) -> u64 {
    let (quarters, _) = block.as_chunks::<16>();
    quarters.iter().rev().fold(0, |bits, quarter| {
        let above = (u8x16::new(*quarter) | u8x16::splat(0x20)) - u8x16::splat(b'0');
        let may_be = above.min(u8x16::splat(b'f' - b'0')).simd_eq(above).to_bitmask();
        bits << 16 | u64::from(may_be == 0xffff)
    })
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
pub(super) fn each(bits: u64, base: usize) -> impl Iterator<Item = usize> {
    let after_first = |bits: &u64| bits & bits.wrapping_sub(1);
    let rests = std::iter::successors(Some(bits), move |bits| Some(after_first(bits)));
    rests.take_while(|bits| *bits != 0).map(move |bits| base + bits.trailing_zeros() as usize)
}

/// Tells the colons of IPv6 addresses from those of JSON, times and hardware addresses, block by block.
#[derive(Default)]
pub(super) struct Colons {
    before: u64,
}

/// From the first colon of an address without `::` to its seventh: groups have four digits at most.
const SPAN: u32 = 31;

impl Colons {
    /// Of the colons of the next block: the second of two in a row, and what is the seventh within
    /// [`SPAN`] bytes. Each address has one of these.
    pub(super) fn telling(&mut self, colons: u64) -> u64 {
        let before = std::mem::replace(&mut self.before, colons);
        let mut telling = colons & (colons << 1 | before >> 63);
        if colons.count_ones() + (before >> (64 - SPAN)).count_ones() >= 7 {
            let both = u128::from(colons) << 64 | u128::from(before);
            for at in each(colons, 0) {
                let span = both >> (64 + 1 + at - SPAN as usize) & ((1 << SPAN) - 1);
                telling |= u64::from(span.count_ones() >= 7) << at;
            }
        }
        telling
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn telling(text: &str) -> Vec<usize> {
        let (mut out, mut colons) = (Vec::new(), Colons::default());
        blocks(text.as_bytes(), |base, block| {
            out.extend(each(colons.telling(places(block, b':')), base));
        });
        out
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_byte(text in "[.:a é]{0,200}", byte in prop::sample::select(&b".:"[..])) {
            let mut found = Vec::new();
            blocks(text.as_bytes(), |base, block| found.extend(each(places(block, byte), base)));
            prop_assert_eq!(found, memchr::memchr_iter(byte, text.as_bytes()).collect::<Vec<_>>());
        }

        #[test]
        fn digits_are_counted(text in "[0-9a-gA-G/:@`]{0,9}[0-9a-fA-F]{0,70}[0-9a-gA-G/:@`\u{10}-\u{19}]{0,9}é?") {
            let bytes = text.as_bytes();
            let ahead = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            let before = bytes.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
            prop_assert_eq!((digits_ahead(bytes), digits_before(bytes)), (ahead, before));
        }

        #[test]
        fn digits_in_a_row_are_found(text in "[0-9a-fA-F]{32}", filler in "[ -~é]{0,130}", rest in "[ -~]{0,70}") {
            let place = filler.len()..filler.len() + text.len();
            let mut found = Vec::new();
            let text = format!("{filler}{text}{rest}");
            blocks(text.as_bytes(), |base, block| found.extend(each(digits(block), base)));
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
            prop_assert!(telling(&text).iter().any(|at| within.contains(at)), "{text}");
        }
    }

    #[test]
    fn times_and_hardware_addresses_do_not_tell() {
        let text = r#"{"time":"2026-03-02T09:00:00.000Z","a":{"b":1,"hardware_address":"00:00:5e:00:53:01","user.name":"x"}}"#;
        assert_eq!(telling(&text.repeat(9)), [0_usize; 0]);
    }
}
