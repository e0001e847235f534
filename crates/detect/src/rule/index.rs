//! Finds, in one pass over a field's value, every trigger that it satisfies.

use super::grams::Grams;
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
    long: Option<Grams>,
    /// Needles that no gram can tell, with their numbers; chosen only where nothing better is there.
    short: Option<(AhoCorasick, Vec<usize>)>,
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
    /// Nothing can be said yet: the rules are candidates, the test is still to be made.
    Candidate,
}

/// What a search tells of an atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// It holds.
    Holds(AtomId),
    /// It may hold.
    MayHold(AtomId),
}

impl Hit {
    pub fn atom(self) -> AtomId {
        match self {
            Hit::Holds(atom) | Hit::MayHold(atom) => atom,
        }
    }
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

    /// Adds an atom of which one of the texts, in lower case, must occur where it holds.
    pub fn add_required(&mut self, atom: AtomId, texts: &[String]) {
        for text in texts {
            self.needles.entry(text.as_str().into()).or_default().push((atom, Check::Candidate));
        }
    }

    /// The index, or nothing when there is nothing to search for.
    pub fn build(self) -> Option<FieldIndex> {
        if self.whole.is_empty() && self.basename.is_empty() && self.needles.is_empty() {
            return None;
        }
        let needles = (!self.needles.is_empty()).then(|| Needles::new(self.needles));
        Some(FieldIndex { whole: self.whole, basename: self.basename, needles })
    }
}

impl Needles {
    fn new(needles: HashMap<Box<str>, Vec<(AtomId, Check)>>) -> Needles {
        let mut needles: Vec<_> = needles.into_iter().collect();
        needles.sort_by(|a, b| a.0.cmp(&b.0));
        let numbered = needles.iter().map(|(needle, _)| needle.as_bytes()).enumerate();
        let (long, short): (Vec<_>, Vec<_>) = numbered.partition(|(_, needle)| Grams::can_tell(needle));
        let numbers: Vec<usize> = short.iter().map(|(number, _)| *number).collect();
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .build(short.iter().map(|(_, needle)| needle));
        Needles {
            long: (!long.is_empty()).then(|| Grams::new(long.into_iter())),
            // The automaton's only limit is its number of states, far beyond what short texts make.
            short: automaton.ok().filter(|_| !numbers.is_empty()).map(|automaton| (automaton, numbers)),
            meaning: needles.into_iter().map(|(_, meaning)| meaning).collect(),
        }
    }

    fn search(&self, value: &str, found: &mut impl FnMut(Hit)) {
        let mut tell = |number: usize, start: usize, end: usize| {
            for (atom, check) in &self.meaning[number] {
                let holds = match check {
                    Check::Nothing => true,
                    Check::Start => start == 0,
                    Check::End => end == value.len(),
                    Check::Pattern(pattern) => pattern.matches(value),
                    Check::Candidate => {
                        found(Hit::MayHold(*atom));
                        continue;
                    }
                };
                if holds {
                    found(Hit::Holds(*atom));
                }
            }
        };
        if let Some(grams) = &self.long {
            grams.search(value.as_bytes(), &mut tell);
        }
        if let Some((automaton, numbers)) = &self.short {
            for hit in automaton.find_overlapping_iter(value) {
                tell(numbers[hit.pattern().as_usize()], hit.start(), hit.end());
            }
        }
    }
}

fn is_basename(end: &str) -> bool {
    end.len() > 1 && end.starts_with(['\\', '/']) && !end[1..].contains(['\\', '/'])
}

impl FieldIndex {
    /// Whether no trigger can hold, as far as the value tells as it stands in the record: with JSON's
    /// escapes, in either case. Much cheaper than to decode and search.
    pub fn rules_out(&self, raw: &str) -> bool {
        let needles = |needles: &Needles| {
            needles.short.is_none() && needles.long.as_ref().is_none_or(|grams| grams.rule_out(raw))
        };
        self.whole.is_empty() && self.basename.is_empty() && self.needles.as_ref().is_none_or(needles)
    }

    /// Calls `found` with every trigger that the lower-case value satisfies; some perhaps twice.
    pub fn search(&self, value: &str, mut found: impl FnMut(Hit)) {
        if !self.whole.is_empty()
            && let Some(atoms) = self.whole.get(value)
        {
            atoms.iter().for_each(|&atom| found(Hit::Holds(atom)));
        }
        if !self.basename.is_empty()
            && let Some(at) = memchr::memrchr2(b'\\', b'/', value.as_bytes())
            && let Some(atoms) = self.basename.get(&value[at..])
        {
            atoms.iter().for_each(|&atom| found(Hit::Holds(atom)));
        }
        if let Some(needles) = &self.needles {
            needles.search(value, &mut found);
        }
    }
}
