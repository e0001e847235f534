//! A regular expression, with what often answers without running it.
//!
//! A lazy automaton is quick once it knows its states, and on evidence of a few megabytes most
//! searches are an expression's first on their thread. So what a match needs is asked before: its
//! length, and texts in their order; and what a match may have beyond that is not searched for.

use super::required::{required_texts, sequence};
use regex_automata::meta;
use regex_automata::util::syntax;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Repetition};

/// A compiled regular expression, known by its text.
#[derive(Clone, Debug)]
pub struct Search {
    /// As written, flags included.
    pub pattern: String,
    /// Texts of which one must occur, in lower case, wherever it matches; `None` if unknown.
    pub required: Option<Vec<String>>,
    /// Bytes that a text must have at least.
    shortest: usize,
    /// Texts that occur in this order, in exactly these letters, wherever it matches.
    sequence: Vec<Box<[u8]>>,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    Automaton(meta::Regex),
    /// So many members of a class in a row: an automaton would need a state for each.
    Run(ClassUnicode, u32),
}

/// Why an expression cannot be searched for.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It is not one.
    #[error(transparent)]
    Syntax(#[from] Box<regex_syntax::Error>),
    /// It is too large.
    #[error(transparent)]
    Build(#[from] Box<meta::BuildError>),
}

impl Search {
    /// Compiles `pattern`; `size_limit` bounds the bytes of what it becomes. Matching is linear in the
    /// text whatever the pattern.
    ///
    /// # Errors
    ///
    /// [`SearchError`] when it is no regular expression, or too large.
    pub fn compile(pattern: String, size_limit: usize) -> Result<Search, SearchError> {
        let hir = syntax::parse(&pattern).map_err(Box::new)?;
        let least = without_excess(&hir);
        let how = match run_of(&least) {
            Some((class, count)) => How::Run(class, count),
            None => {
                let config = meta::Config::new().nfa_size_limit(Some(size_limit));
                let regex = meta::Builder::new().configure(config).build_from_hir(&least);
                How::Automaton(regex.map_err(Box::new)?)
            }
        };
        Ok(Search {
            required: required_texts(&hir),
            shortest: hir.properties().minimum_len().unwrap_or(0),
            sequence: sequence(&hir),
            pattern,
            how,
        })
    }

    /// Whether the text holds what is searched for.
    pub fn finds(&self, text: &str) -> bool {
        text.len() >= self.shortest
            && self.has_sequence(text.as_bytes())
            && match &self.how {
                How::Automaton(regex) => regex.is_match(text),
                How::Run(class, count) => has_run(text, class, *count),
            }
    }

    fn has_sequence(&self, text: &[u8]) -> bool {
        let mut rest = text;
        self.sequence.iter().all(|wanted| {
            let at = memchr::memmem::find(rest, wanted);
            at.is_some_and(|at| {
                rest = &rest[at + wanted.len()..];
                true
            })
        })
    }
}

fn has_run(text: &str, class: &ClassUnicode, count: u32) -> bool {
    let is_member = |ch: char| class.iter().any(|range| (range.start()..=range.end()).contains(&ch));
    let mut run = 0;
    text.chars().any(|ch| {
        run = if is_member(ch) { run + 1 } else { 0 };
        run >= count
    })
}

/// A class of few ranges, many times.
fn run_of(hir: &Hir) -> Option<(ClassUnicode, u32)> {
    let HirKind::Repetition(repetition) = hir.kind() else { return None };
    let HirKind::Class(Class::Unicode(class)) = repetition.sub.kind() else { return None };
    let is_plain = repetition.max == Some(repetition.min) && repetition.min > 0;
    (is_plain && class.ranges().len() <= 8).then(|| (class.clone(), repetition.min))
}

/// The same question asked with less: whether `-k\s\w{1,64}x?` occurs is whether `-k\s\w` does. Only
/// what stands at the ends can be left out, and only where nothing looks beyond it.
fn without_excess(hir: &Hir) -> Hir {
    let HirKind::Concat(parts) = hir.kind() else { return least(hir) };
    let mut parts: Vec<Hir> = parts.clone();
    let is_optional = |hir: &Hir| matches!(hir.kind(), HirKind::Repetition(part) if part.min == 0);
    while parts.len() > 1 && parts.last().is_some_and(is_optional) {
        parts.pop();
    }
    let optional =
        parts.iter().take(parts.len().saturating_sub(1)).take_while(|part| is_optional(part)).count();
    parts.drain(..optional);
    if let Some(first) = parts.first_mut() {
        *first = least(first);
    }
    if let Some(last) = parts.last_mut() {
        *last = least(last);
    }
    Hir::concat(parts)
}

/// A repetition with no more turns than it must have.
fn least(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            Hir::repetition(Repetition { max: Some(repetition.min), ..repetition.clone() })
        }
        _ => hir.clone(),
    }
}

impl PartialEq for Search {
    fn eq(&self, other: &Search) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Search {}

impl std::hash::Hash for Search {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.pattern.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATTERNS: [&str; 22] = [
        r"net\s+user\s+",
        r"https?://0[0-9]{1,11}",
        r"\{.*\{.*\{",
        r"(?:ab|cd)e(f)+[gh]",
        r"(?i)a &&\s",
        r"(aa){2,3}a",
        r"^a|b$",
        r"\bab\b.{0,3}ab",
        r"\bab\b",
        r"(?s)a.b.c",
        r"(?:a(?:bc)?){2}",
        r"[Aa]b[^c]c{2,}",
        r"a\.{3}b?",
        r".{5,}",
        r"[a-c]{3}",
        r"a?$",
        r"^b?a",
        r"x*\bab",
        r"ab{2,4}?\b",
        r"",
        r"a*",
        r"(?i)(?:[0-7]{2,3}|ab)+c{0}",
    ];

    proptest! {
        #[test]
        fn what_spares_the_search_changes_nothing(
            pattern in prop::sample::select(PATTERNS.to_vec()),
            pieces in prop::collection::vec(prop::sample::select(vec![
                "net", " ", "user", "http", "://", "s", "0", "{", "ab", "cd", "e", "f", "g", "A", "a", "&&", "b",
                "c", ".", "\n", "é", "K",
            ]), 0..14),
        ) {
            let (text, search) = (pieces.concat(), Search::compile(pattern.to_owned(), 1 << 20).unwrap());
            let plain = regex::Regex::new(pattern).unwrap();
            prop_assert_eq!(search.finds(&text), plain.is_match(&text), "{} in {:?}", pattern, text);
        }
    }

    #[test]
    fn what_is_too_large_or_no_expression_is_refused() {
        for pattern in ["(", r"\w{1000}{1000}", "a{2,1}"] {
            assert!(Search::compile(pattern.to_owned(), 1 << 20).is_err(), "{pattern}");
        }
    }
}
