//! Cuts text at a mark of several characters, as `split_once` does, without setting up a search first: lines of
//! logs are short, and a parser cuts each of them a dozen times.

/// Cuts text in two.
pub(crate) trait Cut {
    /// What stands before and behind the first `mark`.
    fn cut_at(&self, mark: &str) -> Option<(&str, &str)>;
    /// What stands before and behind the last `mark`.
    fn cut_at_last(&self, mark: &str) -> Option<(&str, &str)>;
}

impl Cut for str {
    #[inline]
    fn cut_at(&self, mark: &str) -> Option<(&str, &str)> {
        let (offset, rare) = rarest(mark)?;
        let found = memchr::memchr_iter(rare, self.as_bytes());
        { found }.find_map(|at| around(self, at.checked_sub(offset)?, mark))
    }

    #[inline]
    fn cut_at_last(&self, mark: &str) -> Option<(&str, &str)> {
        let (offset, rare) = rarest(mark)?;
        let found = memchr::memrchr_iter(rare, self.as_bytes());
        { found }.find_map(|at| around(self, at.checked_sub(offset)?, mark))
    }
}

/// The byte of a mark that logs hold least, and its place: a sign rather than a letter, a letter rather
/// than a blank. `None` for an empty mark.
#[inline]
fn rarest(mark: &str) -> Option<(usize, u8)> {
    let bytes = mark.as_bytes();
    let sign = bytes.iter().position(u8::is_ascii_punctuation);
    let at = sign.or_else(|| bytes.iter().position(|b| *b != b' ')).unwrap_or(0);
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
        fn text_is_cut_where_the_library_cuts_it(text in "[ab :é]{0,24}", mark in "[ab :é]{1,4}") {
            prop_assert_eq!(text.cut_at(&mark), text.split_once(mark.as_str()));
            prop_assert_eq!(text.cut_at_last(&mark), text.rsplit_once(mark.as_str()));
        }
    }
}
