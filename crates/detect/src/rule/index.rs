//! Finds, in one pass over a field's value, every trigger that it satisfies.

use super::pattern::{Pattern, Shape};
use super::program::AtomId;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use hashbrown::HashMap;

/// Triggers of one field.
#[derive(Debug)]
pub(super) struct FieldIndex {
    /// Whole values.
    whole: HashMap<Box<str>, Vec<AtomId>>,
    /// Ends of paths, from the last backslash or slash on: `\cmd.exe`.
    basename: HashMap<Box<str>, Vec<AtomId>>,
    needles: Option<Needles>,
}

#[derive(Debug)]
struct Needles {
    automaton: AhoCorasick,
    /// By needle: the atoms it speaks for, and what is left to check once it is found.
    meaning: Vec<Vec<(AtomId, Check)>>,
}

#[derive(Debug)]
enum Check {
    /// Found is enough.
    Nothing,
    /// It must stand at the start.
    Start,
    /// It must stand at the end.
    End,
    /// The whole pattern must fit.
    Pattern(Pattern),
}

/// Collects the triggers of one field.
#[derive(Default)]
pub(super) struct IndexBuilder {
    whole: HashMap<Box<str>, Vec<AtomId>>,
    basename: HashMap<Box<str>, Vec<AtomId>>,
    needles: HashMap<Box<str>, Vec<(AtomId, Check)>>,
}

impl IndexBuilder {
    /// Whether the pattern can be found by a text that it must hold. A cased pattern cannot: values
    /// are searched in lower case.
    pub fn can_hold(pattern: &Pattern) -> bool {
        !pattern.is_cased() && (matches!(pattern.shape(), Shape::Is(_)) || !pattern.needle().is_empty())
    }

    pub fn add(&mut self, atom: AtomId, pattern: &Pattern) {
        let needle: Box<str> = pattern.needle().into();
        let check = match pattern.shape() {
            Shape::Is(_) => return self.whole.entry(needle).or_default().push(atom),
            Shape::EndsWith(end) if is_basename(end) => {
                return self.basename.entry(needle).or_default().push(atom);
            }
            Shape::Contains(_) => Check::Nothing,
            Shape::StartsWith(_) => Check::Start,
            Shape::EndsWith(_) => Check::End,
            Shape::Anything | Shape::Glob(_) => Check::Pattern(pattern.clone()),
        };
        self.needles.entry(needle).or_default().push((atom, check));
    }

    /// The index, or nothing when there is nothing to search for.
    pub fn build(self) -> Option<FieldIndex> {
        if self.whole.is_empty() && self.basename.is_empty() && self.needles.is_empty() {
            return None;
        }
        let mut needles: Vec<_> = self.needles.into_iter().collect();
        needles.sort_by(|a, b| a.0.cmp(&b.0));
        let bytes: usize = needles.iter().map(|(needle, _)| needle.len()).sum();
        let kind = if bytes <= DFA_BYTES { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
        let automaton = (!needles.is_empty()).then(|| {
            AhoCorasick::builder()
                .kind(Some(kind))
                .match_kind(MatchKind::Standard)
                .build(needles.iter().map(|(needle, _)| needle.as_bytes()))
        });
        let needles = match automaton {
            Some(Ok(automaton)) => {
                Some(Needles { automaton, meaning: needles.into_iter().map(|(_, meaning)| meaning).collect() })
            }
            // The automaton's only limit is 2^31 states; a rule set is a thousandth of that.
            Some(Err(_)) | None => None,
        };
        Some(FieldIndex { whole: self.whole, basename: self.basename, needles })
    }
}

/// Needle bytes up to which the faster, larger automaton is used.
const DFA_BYTES: usize = 24_000;

fn is_basename(end: &str) -> bool {
    end.len() > 1 && end.starts_with(['\\', '/']) && !end[1..].contains(['\\', '/'])
}

impl FieldIndex {
    /// Calls `found` with every trigger that the lower-case value satisfies; some perhaps twice.
    pub fn search(&self, value: &str, mut found: impl FnMut(AtomId)) {
        if !self.whole.is_empty()
            && let Some(atoms) = self.whole.get(value)
        {
            atoms.iter().copied().for_each(&mut found);
        }
        if !self.basename.is_empty()
            && let Some(at) = memchr::memrchr2(b'\\', b'/', value.as_bytes())
            && let Some(atoms) = self.basename.get(&value[at..])
        {
            atoms.iter().copied().for_each(&mut found);
        }
        let Some(needles) = &self.needles else { return };
        for hit in needles.automaton.find_overlapping_iter(value) {
            for (atom, check) in &needles.meaning[hit.pattern().as_usize()] {
                let holds = match check {
                    Check::Nothing => true,
                    Check::Start => hit.start() == 0,
                    Check::End => hit.end() == value.len(),
                    Check::Pattern(pattern) => pattern.matches(value),
                };
                if holds {
                    found(*atom);
                }
            }
        }
    }
}
