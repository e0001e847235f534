//! Cuts text as the library does, without setting up a search first: lines of logs are short, and a parser cuts
//! each of them a dozen times.

use super::seek;

/// Cuts text in two, or in words.
pub(crate) trait Cut {
    /// What stands before and behind the first `byte`, which is ASCII.
    fn cut(&self, byte: u8) -> Option<(&str, &str)>;
    /// What stands before and behind the last `byte`, which is ASCII.
    fn cut_last(&self, byte: u8) -> Option<(&str, &str)>;
    /// What stands before and behind the first `mark`.
    fn cut_at(&self, mark: &str) -> Option<(&str, &str)>;
    /// What stands before and behind the last `mark`.
    fn cut_at_last(&self, mark: &str) -> Option<(&str, &str)>;
    /// Whether it holds the `byte`.
    fn has(&self, byte: u8) -> bool;
    /// What stands between blanks, as `split_ascii_whitespace` gives it.
    fn words(&self) -> Words<'_>;
    /// As [`Cut::words`], each with whether it holds one of two bytes.
    fn words_with(&self, one: u8, other: u8) -> impl Iterator<Item = (&str, bool)>;
}

impl Cut for str {
    #[inline]
    fn cut(&self, byte: u8) -> Option<(&str, &str)> {
        let at = seek::first(self.as_bytes(), byte)?;
        Some((self.get(..at)?, self.get(at + 1..)?))
    }

    #[inline]
    fn cut_last(&self, byte: u8) -> Option<(&str, &str)> {
        let at = seek::last(self.as_bytes(), byte)?;
        Some((self.get(..at)?, self.get(at + 1..)?))
    }

    #[inline]
    fn cut_at(&self, mark: &str) -> Option<(&str, &str)> {
        let (offset, rare) = rarest(mark)?;
        let mut from = 0;
        while let Some(found) = seek::first(self.as_bytes().get(from..)?, rare) {
            let at = from + found;
            if let Some(parts) = at.checked_sub(offset).and_then(|at| around(self, at, mark)) {
                return Some(parts);
            }
            from = at + 1;
        }
        None
    }

    #[inline]
    fn cut_at_last(&self, mark: &str) -> Option<(&str, &str)> {
        let (offset, rare) = rarest(mark)?;
        let mut bytes = self.as_bytes();
        while let Some(found) = seek::last(bytes, rare) {
            if let Some(parts) = found.checked_sub(offset).and_then(|at| around(self, at, mark)) {
                return Some(parts);
            }
            bytes = bytes.get(..found)?;
        }
        None
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        seek::first(self.as_bytes(), byte).is_some()
    }

    #[inline]
    fn words(&self) -> Words<'_> {
        Words { rest: self }
    }

    #[inline]
    fn words_with(&self, one: u8, other: u8) -> impl Iterator<Item = (&str, bool)> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let blanks = rest.bytes().take_while(u8::is_ascii_whitespace).count();
            let from = rest.get(blanks..)?;
            let (end, is_with) = seek::word_with(from.as_bytes(), one, other);
            let (word, behind) = from.split_at_checked(end)?;
            rest = behind;
            (!word.is_empty()).then_some((word, is_with))
        })
    }
}

/// The words of a text that are not taken yet.
pub(crate) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let blanks = self.rest.bytes().take_while(u8::is_ascii_whitespace).count();
        let rest = self.rest.get(blanks..)?;
        let end = seek::first_blank(rest.as_bytes()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        self.rest = behind;
        (!word.is_empty()).then_some(word)
    }
}

/// A byte of a mark that logs hold less than blanks, and its place. `None` for an empty mark.
#[inline(always)]
fn rarest(mark: &str) -> Option<(usize, u8)> {
    let bytes = mark.as_bytes();
    let at = bytes.iter().position(|b| *b != b' ').unwrap_or(0);
    Some((at, *bytes.get(at)?))
}

#[inline]
fn around<'a>(text: &'a str, at: usize, mark: &str) -> Option<(&'a str, &'a str)> {
    let behind = text.get(at..)?.strip_prefix(mark)?;
    Some((text.get(..at)?, behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_is_cut_where_the_library_cuts_it(text in "[ab :é]{0,24}x{0,40}[ab :é]{0,24}", mark in "[ab :é]{1,4}") {
            prop_assert_eq!(text.cut_at(&mark), text.split_once(mark.as_str()));
            prop_assert_eq!(text.cut_at_last(&mark), text.rsplit_once(mark.as_str()));
            prop_assert_eq!(text.cut(b':'), text.split_once(':'));
            prop_assert_eq!(text.cut_last(b':'), text.rsplit_once(':'));
            prop_assert_eq!(text.has(b'b'), text.contains('b'));
        }

        #[test]
        fn words_are_those_of_the_library(text in "([ \t\n\r\u{b}\u{c}a-cé]{0,24}|x{0,40}){0,4}") {
            prop_assert_eq!(text.words().collect::<Vec<_>>(), text.split_ascii_whitespace().collect::<Vec<_>>());
            let with = |word| (word, str::contains(word, ['a', 'b']));
            let want: Vec<_> = text.split_ascii_whitespace().map(with).collect();
            prop_assert_eq!(text.words_with(b'a', b'b').collect::<Vec<_>>(), want);
        }
    }
}
