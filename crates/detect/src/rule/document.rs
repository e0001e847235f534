//! A rule file cut into its YAML documents, each with its place.
//!
//! Source: YAML 1.2.2, "Document Markers"; the collection actions `global`, `reset` and `repeat` as
//! Sigma's earlier releases had them.

use serde::Deserialize as _;
use std::borrow::Cow;
use yaml_serde::{Mapping, Value};

/// How deep documents may be nested that an action puts together.
const DEEPEST: usize = 64;

/// One document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<'t> {
    /// The line of the file on which it starts, counted from 1.
    pub line: usize,
    /// Its text; what an action put together is written anew.
    pub text: Cow<'t, str>,
}

impl Document<'_> {
    /// What it says, if it is YAML.
    pub fn value(&self) -> Option<Value> {
        Value::deserialize(yaml_serde::Deserializer::from_str(&self.text).next()?).ok()
    }
}

/// Cuts a file into documents; those that hold nothing are left out. A collection action is applied
/// to the documents that it is about, and an action that cannot be is told as the second value.
pub fn documents(text: &str) -> (Vec<Document<'_>>, Vec<(usize, String)>) {
    let parts = parts(text);
    if parts.iter().any(|part| part.text.lines().any(|line| line.starts_with("action:"))) {
        act(&parts)
    } else {
        (parts, Vec::new())
    }
}

/// Cuts at the markers, which cannot occur inside a document.
fn parts(text: &str) -> Vec<Document<'_>> {
    let mut parts = Vec::new();
    let (mut from, mut first, mut at) = (0, 1, 0);
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let ends = marks(line, "...");
        if (marks(line, "---") || ends) && at > from {
            keep(&mut parts, first, &text[from..at]);
            (from, first) = (at, number);
        }
        at += line.len();
        if ends {
            (from, first) = (at, number + 1);
        }
    }
    keep(&mut parts, first, &text[from..]);
    parts
}

fn marks(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.chars().next().is_none_or(char::is_whitespace))
}

fn keep<'t>(parts: &mut Vec<Document<'t>>, line: usize, text: &'t str) {
    let says_nothing = |line: &str| {
        let line = line.strip_prefix("---").unwrap_or(line).trim_start_matches('\u{FEFF}').trim();
        line.is_empty() || line.starts_with('#') || line.starts_with('%')
    };
    if !text.lines().all(says_nothing) {
        parts.push(Document { line, text: Cow::Borrowed(text) });
    }
}

/// Applies collection actions.
fn act<'t>(parts: &[Document<'t>]) -> (Vec<Document<'t>>, Vec<(usize, String)>) {
    let (mut out, mut problems) = (Vec::new(), Vec::new());
    let (mut global, mut previous) = (None::<Mapping>, None::<Mapping>);
    for part in parts {
        let Some(mut own) = part.value().and_then(mapping) else {
            // Whoever reads it as a rule says what is wrong with it.
            out.push(part.clone());
            continue;
        };
        let action = own.remove("action").map(|action| action.as_str().unwrap_or_default().to_owned());
        let base = match (action.as_deref(), &previous) {
            (Some("global"), _) => {
                global = Some(own);
                continue;
            }
            (Some("reset"), _) => {
                global = None;
                continue;
            }
            (None, _) => global.clone().unwrap_or_default(),
            (Some("repeat"), Some(previous)) => previous.clone(),
            (Some("repeat"), None) => {
                problems.push((part.line, "`action: repeat` without a document before it".to_owned()));
                continue;
            }
            (Some(other), _) => {
                problems.push((part.line, format!("the action `{other}` is none of global, reset, repeat")));
                continue;
            }
        };
        let merged = merge(base, own, 0);
        if let Ok(text) = yaml_serde::to_string(&merged) {
            out.push(Document { line: part.line, text: Cow::Owned(text) });
        }
        previous = Some(merged);
    }
    (out, problems)
}

fn mapping(value: Value) -> Option<Mapping> {
    match value {
        Value::Mapping(mapping) => Some(mapping),
        _ => None,
    }
}

/// Puts `over` on `base`, mappings member by member.
fn merge(mut base: Mapping, over: Mapping, depth: usize) -> Mapping {
    for (key, value) in over {
        let merged = match (base.remove(&key), value) {
            (Some(Value::Mapping(below)), Value::Mapping(above)) if depth < DEEPEST => {
                Value::Mapping(merge(below, above, depth + 1))
            }
            (_, value) => value,
        };
        base.insert(key, merged);
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &[(usize, &str)]) {
        let (found, problems) = documents(text);
        assert_eq!(problems, []);
        let found: Vec<(usize, &str)> = found.iter().map(|one| (one.line, &*one.text)).collect();
        assert_eq!(found, want, "{text:?}");
    }

    #[test]
    fn a_file_is_cut_at_its_markers() {
        check("a: 1\n", &[(1, "a: 1\n")]);
        check("a: 1\n---\nb: 2", &[(1, "a: 1\n"), (2, "---\nb: 2")]);
        check("# words\n---\na: 1\n---\n# nothing\n---\n", &[(2, "---\na: 1\n")]);
        check("--- {a: 1}\n--- {b: 2}\n", &[(1, "--- {a: 1}\n"), (2, "--- {b: 2}\n")]);
        check("a: 1\n...\nb: 2\n...\n", &[(1, "a: 1\n"), (3, "b: 2\n")]);
        check("a: |\n  ---\n  x\n----\n", &[(1, "a: |\n  ---\n  x\n----\n")]);
        check("", &[]);
    }

    #[test]
    fn actions_are_applied() {
        let text = "action: global\na: {x: 1}\n---\nb: 2\n---\naction: repeat\na: {y: 3}\n---\naction: reset\n---\nc: 4\n";
        check(text, &[(3, "a:\n  x: 1\nb: 2\n"), (5, "b: 2\na:\n  x: 1\n  y: 3\n"), (10, "c: 4\n")]);
        let (_, problems) = documents("action: repeat\n---\naction: leap\n---\naction: 3\n");
        assert_eq!(problems.iter().map(|problem| problem.0).collect::<Vec<_>>(), [1, 2, 4]);
    }
}
