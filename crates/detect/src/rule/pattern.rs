//! Text with wildcards, as Sigma compares it.

use std::borrow::Cow;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// These characters. Lower case, unless the pattern heeds case.
    Text(String),
    /// `?`: any one character.
    One,
    /// `*`: any characters, or none.
    Many,
}

/// What a value's text must look like. Comparing ignores case, unless `cased`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    shape: Shape,
    cased: bool,
}

/// The forms that nearly all patterns have, and the general one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The whole text.
    Is(String),
    /// Somewhere in it.
    Contains(String),
    /// At its start.
    StartsWith(String),
    /// At its end.
    EndsWith(String),
    /// Any text at all.
    Anything,
    /// Everything else.
    Glob(Vec<Part>),
}

impl Pattern {
    /// Builds a pattern; letters are folded here unless `cased`.
    pub fn new(parts: Vec<Part>, cased: bool) -> Pattern {
        let fold = |part| match part {
            Part::Text(text) if !cased => Part::Text(lower(&text).into_owned()),
            other => other,
        };
        let mut folded: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts.into_iter().map(fold) {
            match (folded.last_mut(), part) {
                (Some(Part::Many), Part::Many) => {}
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, Part::Text(text)) if text.is_empty() => {}
                (_, part) => folded.push(part),
            }
        }
        let shape = match folded.as_mut_slice() {
            [] => Shape::Is(String::new()),
            [Part::Text(text)] => Shape::Is(std::mem::take(text)),
            [Part::Many] => Shape::Anything,
            [Part::Many, Part::Text(text), Part::Many] => Shape::Contains(std::mem::take(text)),
            [Part::Text(text), Part::Many] => Shape::StartsWith(std::mem::take(text)),
            [Part::Many, Part::Text(text)] => Shape::EndsWith(std::mem::take(text)),
            _ => Shape::Glob(folded),
        };
        Pattern { shape, cased }
    }

    /// Whether letters of different case differ.
    pub fn is_cased(&self) -> bool {
        self.cased
    }

    /// Its form.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Compares. `text` must already be lower case unless the pattern is cased.
    pub fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Is(want) => text == want,
            Shape::Contains(want) => memchr::memmem::find(text.as_bytes(), want.as_bytes()).is_some(),
            Shape::StartsWith(want) => text.starts_with(want.as_str()),
            Shape::EndsWith(want) => text.ends_with(want.as_str()),
            Shape::Anything => true,
            Shape::Glob(parts) => glob(parts, text),
        }
    }

    /// The longest text that every match holds, empty if there is none.
    pub fn needle(&self) -> &str {
        match &self.shape {
            Shape::Is(text) | Shape::Contains(text) | Shape::StartsWith(text) | Shape::EndsWith(text) => text,
            Shape::Anything => "",
            Shape::Glob(parts) => parts
                .iter()
                .filter_map(|part| if let Part::Text(text) = part { Some(text.as_str()) } else { None })
                .max_by_key(|text| text.len())
                .unwrap_or(""),
        }
    }
}

/// Folds case the way patterns are folded.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    make_lower(&mut text);
    Cow::Owned(text)
}

/// [`lower`] in place.
pub(super) fn make_lower(text: &mut String) {
    // Nearly all texts are ASCII, and what else the others hold is mostly lower case already.
    text.make_ascii_lowercase();
    let changes = |ch: char| !ch.is_ascii() && !ch.to_lowercase().eq([ch]);
    if !text.is_ascii() && text.chars().any(changes) {
        *text = text.to_lowercase();
    }
}

/// Matches segments between `*` one after the other, each at its first place: linear in the text for
/// each segment, and never backtracking over an earlier one.
fn glob(parts: &[Part], text: &str) -> bool {
    let mut segments = parts.split(|part| *part == Part::Many);
    let Some(first) = segments.next() else { return text.is_empty() };
    let Some(mut rest) = match_at_start(first, text) else { return false };
    let mut segments: Vec<&[Part]> = segments.collect();
    let Some(last) = segments.pop() else { return rest.is_empty() };
    for segment in segments {
        match find_segment(segment, rest) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    matches_at_end(last, rest)
}

/// What follows `segment` when `text` starts with it.
fn match_at_start<'t>(segment: &[Part], mut text: &'t str) -> Option<&'t str> {
    for part in segment {
        text = match part {
            Part::Text(want) => text.strip_prefix(want.as_str())?,
            Part::One | Part::Many => {
                let mut chars = text.chars();
                chars.next()?;
                chars.as_str()
            }
        };
    }
    Some(text)
}

fn find_segment<'t>(segment: &[Part], text: &'t str) -> Option<&'t str> {
    if let [Part::Text(want)] = segment {
        let at = memchr::memmem::find(text.as_bytes(), want.as_bytes())?;
        return text.get(at + want.len()..);
    }
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .find_map(|at| match_at_start(segment, text.get(at..)?))
}

fn matches_at_end(segment: &[Part], mut text: &str) -> bool {
    for part in segment.iter().rev() {
        let shorter = match part {
            Part::Text(want) => text.strip_suffix(want.as_str()),
            Part::One | Part::Many => {
                let mut chars = text.chars();
                chars.next_back().map(|_| chars.as_str())
            }
        };
        match shorter {
            Some(shorter) => text = shorter,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(text: &str) -> Pattern {
        let parts = text
            .chars()
            .map(|ch| match ch {
                '*' => Part::Many,
                '?' => Part::One,
                ch => Part::Text(ch.to_string()),
            })
            .collect();
        Pattern::new(parts, false)
    }

    #[test]
    fn patterns_compare_as_sigma_says() {
        let cases = [
            ("*\\CMD.exe", "C:\\Windows\\cmd.EXE", true),
            ("*\\cmd.exe", "cmd.exe", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXcYYb", false),
            ("a?c", "abc", true),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("*?x", "x", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("a*a", "a", false),
            ("*ab*ab*", "abab", true),
            ("*ab*ab", "ab", false),
            ("ÄB*", "äbc", true),
        ];
        for (want, text, expected) in cases {
            assert_eq!(pattern(want).matches(&lower(text)), expected, "{want} on {text}");
        }
    }

    proptest! {
        #[test]
        fn a_glob_agrees_with_its_regular_expression(want in "[ab*?]{0,8}", text in "[abé]{0,10}") {
            let mut regex = String::from("(?s)^");
            for ch in want.chars() {
                match ch { '*' => regex.push_str(".*"), '?' => regex.push('.'), ch => regex.push(ch) }
            }
            regex.push('$');
            let expected = regex::Regex::new(&regex).unwrap().is_match(&text);
            prop_assert_eq!(pattern(&want).matches(&text), expected);
        }
    }
}
