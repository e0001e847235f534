//! Where a byte stands first in a short text. Words of logs and strings of JSON are short: setting a search up
//! takes longer than to compare sixteen bytes at once where they are needed.

use wide::u8x16;

/// Bytes of a block.
const BLOCK: usize = 16;

/// Behind so many bytes a search begins that pays off on long texts.
const SHORT: usize = 4 * BLOCK;

/// The place of the first `byte`.
#[inline]
pub(crate) fn first(text: &[u8], byte: u8) -> Option<usize> {
    let wanted = u8x16::splat(byte);
    match in_blocks(text, SHORT, |block| block.simd_eq(wanted)) {
        Ok(at) => Some(at),
        Err(rest) if text.len() - rest < BLOCK => behind(text, rest, |b| *b == byte),
        Err(rest) => memchr::memchr(byte, text.get(rest..)?).map(|at| rest + at),
    }
}

/// The place of the last `byte`.
#[inline]
pub(crate) fn last(text: &[u8], byte: u8) -> Option<usize> {
    let wanted = u8x16::splat(byte);
    let (_, blocks) = text.as_rchunks::<BLOCK>();
    let mut end = text.len();
    for block in blocks.iter().rev().take(SHORT / BLOCK) {
        let found = u8x16::new(*block).simd_eq(wanted).to_bitmask();
        if found != 0 {
            return Some(end - 1 - (found.leading_zeros() as usize - (u32::BITS as usize - BLOCK)));
        }
        end -= BLOCK;
    }
    let rest = text.get(..end)?;
    if end < BLOCK { rest.iter().rposition(|b| *b == byte) } else { memchr::memrchr(byte, rest) }
}

/// The place of the first byte that is one of two.
#[inline(always)]
pub(crate) fn first_of_two(text: &[u8], one: u8, other: u8) -> Option<usize> {
    let (first, second) = (u8x16::splat(one), u8x16::splat(other));
    match in_blocks(text, SHORT, |block| block.simd_eq(first) | block.simd_eq(second)) {
        Ok(at) => Some(at),
        Err(rest) if text.len() - rest < BLOCK => behind(text, rest, |b| *b == one || *b == other),
        Err(rest) => memchr::memchr2(one, other, text.get(rest..)?).map(|at| rest + at),
    }
}

/// The place of the first byte that is one of several.
#[inline]
pub(crate) fn first_of<const N: usize>(text: &[u8], several: [u8; N]) -> Option<usize> {
    let wanted = several.map(u8x16::splat);
    let is_one = |block: u8x16| wanted.iter().fold(u8x16::splat(0), |found, one| found | block.simd_eq(*one));
    match in_blocks(text, usize::MAX, is_one) {
        Ok(at) => Some(at),
        Err(rest) => behind(text, rest, |b| several.contains(b)),
    }
}

/// The place of the first blank, as `is_ascii_whitespace` has it.
#[inline]
pub(crate) fn first_blank(text: &[u8]) -> Option<usize> {
    // What stands before the blank among the characters, and is none, is rare.
    let last = u8x16::splat(b' ');
    let may_be = |block: u8x16| block.min(last).simd_eq(block);
    let from = match in_blocks(text, usize::MAX, may_be) {
        Ok(at) if text.get(at).is_some_and(u8::is_ascii_whitespace) => return Some(at),
        Ok(at) | Err(at) => at,
    };
    behind(text, from, u8::is_ascii_whitespace)
}

/// The length of the word that a text begins with, and whether it holds one of two bytes.
#[inline]
pub(crate) fn word_with(text: &[u8], one: u8, other: u8) -> (usize, bool) {
    let (first, second, last) = (u8x16::splat(one), u8x16::splat(other), u8x16::splat(b' '));
    let (mut at, mut is_with) = (0, false);
    let (blocks, _) = text.as_chunks::<BLOCK>();
    for block in blocks {
        let block = u8x16::new(*block);
        // What stands before the blank among the characters, and is none, is rare.
        let end = block.min(last).simd_eq(block).to_bitmask().trailing_zeros() as usize;
        let found = (block.simd_eq(first) | block.simd_eq(second)).to_bitmask();
        if end < BLOCK {
            match text.get(at + end) {
                Some(byte) if byte.is_ascii_whitespace() => {
                    return (at + end, is_with || found & ((1 << end) - 1) != 0);
                }
                _ => break,
            }
        }
        is_with |= found != 0;
        at += BLOCK;
    }
    let end = behind(text, at, u8::is_ascii_whitespace).unwrap_or(text.len());
    let rest = text.get(at..end).unwrap_or_default();
    (end, is_with || rest.iter().any(|byte| *byte == one || *byte == other))
}

/// The first place from `start` on that `is_wanted`, one byte at a time.
#[inline]
fn behind(text: &[u8], start: usize, is_wanted: impl Fn(&u8) -> bool) -> Option<usize> {
    text.get(start..)?.iter().position(is_wanted).map(|at| start + at)
}

/// The first place that `is_wanted` in the blocks of a text up to `limit`, or else where they end. The last block
/// is that of the last bytes, of which the one before may have some.
#[inline(always)]
fn in_blocks(text: &[u8], limit: usize, is_wanted: impl Fn(u8x16) -> u8x16) -> Result<usize, usize> {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let mut at = 0;
    for block in blocks.iter().take(limit / BLOCK) {
        let found = is_wanted(u8x16::new(*block)).to_bitmask();
        if found != 0 {
            return Ok(at + found.trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    match text.last_chunk::<BLOCK>() {
        Some(last) if text.len() - at < BLOCK => {
            let found = is_wanted(u8x16::new(*last)).to_bitmask();
            let place = text.len() - BLOCK + found.trailing_zeros() as usize;
            if found != 0 { Ok(place) } else { Err(text.len()) }
        }
        _ => Err(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_byte_stands_where_the_library_finds_it(text in "[ab\"é]{0,16}x{0,80}[ab\"é\\\\]{0,24}") {
            let bytes = text.as_bytes();
            for wanted in [b'a', b'"', b'\\', b'z'] {
                prop_assert_eq!(first(bytes, wanted), memchr::memchr(wanted, bytes));
                prop_assert_eq!(last(bytes, wanted), memchr::memrchr(wanted, bytes));
                prop_assert_eq!(first_of(bytes, [wanted, b'b']), memchr::memchr2(wanted, b'b', bytes));
                prop_assert_eq!(first_of_two(bytes, wanted, b'b'), memchr::memchr2(wanted, b'b', bytes));
            }
        }

        #[test]
        fn a_blank_stands_where_the_library_finds_it(text in "[a-zé]{0,40}[ab\u{b}\u{1c} \t\n]{0,24}x{0,80}[ \u{c}\r]?") {
            let bytes = text.as_bytes();
            prop_assert_eq!(first_blank(bytes), bytes.iter().position(u8::is_ascii_whitespace));
        }

        #[test]
        fn a_word_ends_at_a_blank(text in "([a-c.:\t\u{1}é]{0,20} ?|x{0,40}){0,4}") {
            let end = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
            let is_with = text[..end].contains(['.', ':']);
            prop_assert_eq!(word_with(text.as_bytes(), b'.', b':'), (end, is_with));
        }
    }
}
