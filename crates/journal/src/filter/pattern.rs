//! Texts compared without regard to case, with `*` for any characters, in linear time.

use super::scan::Written;
use memchr::memmem::Finder;
use std::borrow::Cow;

/// A text to compare with: parts that must stand in this order.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// None for `*`, which every text is like.
    parts: Vec<Part>,
    /// The first part stands at the beginning.
    begins: bool,
    /// The last part stands at the end.
    ends: bool,
}

#[derive(Clone, Debug)]
struct Part {
    text: String,
    finder: Finder<'static>,
}

impl Pattern {
    /// The whole text, in which `*` stands for itself.
    pub(super) fn equal(written: &Written) -> Pattern {
        Pattern { parts: vec![Part::new(&written.text)], begins: true, ends: true }
    }

    /// The whole text.
    pub(super) fn like(written: &Written) -> Pattern {
        let pieces = written.pieces();
        let is_part = |piece: Option<&&str>| piece.is_some_and(|piece| !piece.is_empty());
        Pattern { begins: is_part(pieces.first()), ends: is_part(pieces.last()), ..Pattern::of(&pieces) }
    }

    /// Some part of the text.
    pub(super) fn contained(written: &Written) -> Pattern {
        Pattern::of(&written.pieces())
    }

    fn of(pieces: &[&str]) -> Pattern {
        let parts = pieces.iter().filter(|piece| !piece.is_empty()).map(|piece| Part::new(piece)).collect();
        Pattern { parts, begins: false, ends: false }
    }

    /// Whether the text is so.
    pub(super) fn fits(&self, text: &str) -> bool {
        match &*self.parts {
            [] => true,
            [only] if self.begins && self.ends && only.text.is_ascii() && text.is_ascii() => {
                only.text.eq_ignore_ascii_case(text)
            }
            parts => self.fits_folded(fold(text).as_bytes(), parts),
        }
    }

    /// Each part is searched behind the one before: the first place is as good as any other, so that none is tried
    /// twice.
    fn fits_folded(&self, text: &[u8], parts: &[Part]) -> bool {
        let (mut rest, mut parts) = (text, parts);
        if let (true, [first, others @ ..]) = (self.begins, parts) {
            let Some(after) = rest.strip_prefix(first.text.as_bytes()) else { return false };
            (rest, parts) = (after, others);
            if parts.is_empty() {
                return !self.ends || rest.is_empty();
            }
        }
        if let (true, [others @ .., last]) = (self.ends, parts) {
            let Some(before) = rest.strip_suffix(last.text.as_bytes()) else { return false };
            (rest, parts) = (before, others);
        }
        for part in parts {
            let Some(at) = part.finder.find(rest) else { return false };
            rest = rest.get(at + part.text.len()..).unwrap_or_default();
        }
        true
    }

    /// The text it is equal to, if there is only one.
    pub(super) fn whole(&self) -> Option<String> {
        match &*self.parts {
            [only] if self.begins && self.ends => Some(quote(&[&only.text], false, false)),
            _ => None,
        }
    }

    /// The text that has to be contained, if that is all.
    pub(super) fn part(&self) -> Option<String> {
        let is_contained = !self.begins && !self.ends && !self.parts.is_empty();
        is_contained.then(|| quote(&self.texts(), false, false))
    }

    /// As it is written behind `:`.
    pub(super) fn form(&self) -> String {
        match self.parts.is_empty() {
            true => "*".to_owned(),
            false => quote(&self.texts(), !self.begins, !self.ends),
        }
    }

    fn texts(&self) -> Vec<&str> {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }
}

impl Part {
    fn new(text: &str) -> Part {
        let text = fold(text).into_owned();
        Part { finder: Finder::new(text.as_bytes()).into_owned(), text }
    }
}

/// The text in lower case, each character by itself, so that parts fold as the whole does.
fn fold(text: &str) -> Cow<'_, str> {
    match text.is_ascii() {
        true if !text.bytes().any(|byte| byte.is_ascii_uppercase()) => Cow::Borrowed(text),
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Owned(text.chars().flat_map(char::to_lowercase).collect()),
    }
}

/// Parts with `*` between them, in quotes unless they are a plain word.
fn quote(parts: &[&str], star_before: bool, star_after: bool) -> String {
    let is_plain = |ch: char| ch.is_ascii_alphanumeric() || "_-./@+".contains(ch);
    let is_word = parts.iter().all(|part| part.chars().all(is_plain));
    let stars = |text: String| {
        format!("{}{text}{}", if star_before { "*" } else { "" }, if star_after { "*" } else { "" })
    };
    let word = stars(parts.join("*"));
    if is_word && !super::scan::is_keyword(&word) {
        return word;
    }
    let escaped: Vec<String> = parts
        .iter()
        .map(|part| part.replace('\\', "\\\\").replace('"', "\\\"").replace('*', "\\*"))
        .collect();
    format!("\"{}\"", stars(escaped.join("*")))
}

/// A whole text with `*` for any characters, compared as filters compare.
#[derive(Clone, Debug)]
pub(crate) struct Wildcard(Pattern);

impl Wildcard {
    /// Reads it; there is nothing that it could not be.
    pub(crate) fn of(text: &str) -> Wildcard {
        Wildcard(Pattern::like(&Written::word(text)))
    }

    /// Whether the text is so.
    pub(crate) fn fits(&self, text: &str) -> bool {
        self.0.fits(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> Written {
        Written::word(text)
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, want) in [
            ("ssh*", "SSH brute force", true),
            ("ssh*", "an ssh", false),
            ("*force", "SSH brute FORCE", true),
            ("s*t*e", "SSH brute force", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("ab*ba", "aba", false),
            ("*", "", true),
            ("**", "x", true),
            ("*b*", "abc", true),
            ("ä*", "Äpfel", true),
            ("k", "\u{212a}", true),
            ("a", "ab", false),
        ] {
            assert_eq!(Pattern::like(&written(pattern)).fits(text), want, "{pattern} {text}");
        }
        assert!(Pattern::contained(&written("te*fo")).fits("SSH brute force"));
        assert!(Pattern::equal(&written("a*")).fits("A*") && !Pattern::equal(&written("a*")).fits("ab"));
    }

    /// The same by trying everything.
    fn like(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| like(rest, &text[at..])),
            ([a, pattern @ ..], [b, text @ ..]) => a == b && like(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn it_fits_as_if_everything_was_tried(pattern in "[ab*]{1,6}", text in "[ab]{0,8}") {
            let fits = Pattern::like(&written(&pattern)).fits(&text);
            prop_assert_eq!(fits, like(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn folding_twice_is_folding_once(text in any::<String>()) {
            let once = fold(&text).into_owned();
            prop_assert_eq!(fold(&once), &*once);
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = Pattern::like(&written(&"a*".repeat(2_000)));
        let text = format!("{}b", "a".repeat(1_000_000));
        let begun = std::time::Instant::now();
        assert!(
            pattern.fits(&text) && !Pattern::like(&written(&format!("{}c", "a*".repeat(2_000)))).fits(&text)
        );
        assert!(begun.elapsed().as_secs() < 5);
    }
}
