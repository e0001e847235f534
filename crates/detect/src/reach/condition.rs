//! Whether a condition can hold, and whether it can fail.

use crate::rule::{Expr, Test};
use std::collections::HashMap;

/// Different tests looked at in one condition; the value of more is left open.
const MOST: usize = 12;

/// Whether the condition is always true or never; `None` where it depends on the event.
///
/// `absent` says which fields no event can have. Up to twelve different tests are tried in every
/// combination that fields allow, so `a and not a` is found as well.
pub(super) fn constant(condition: &Expr, absent: &dyn Fn(&str) -> bool) -> Option<bool> {
    if let Some(known) = value(condition, &|leaf| fixed(leaf, absent)) {
        return Some(known);
    }
    let mut leaves = Vec::new();
    collect(condition, absent, &mut leaves);
    if leaves.len() > MOST {
        return None;
    }
    let place: HashMap<Leaf<'_>, usize> = leaves.iter().enumerate().map(|(at, leaf)| (*leaf, at)).collect();
    let (mut holds, mut fails) = (false, false);
    for combination in 0..1_u32 << leaves.len() {
        let truth = |leaf: Leaf<'_>| combination >> place.get(&leaf).copied().unwrap_or(31) & 1 == 1;
        if !possible(&leaves, &truth) {
            continue;
        }
        match value(condition, &|leaf| fixed(leaf, absent).or_else(|| Some(truth(leaf)))) {
            Some(true) => holds = true,
            Some(false) => fails = true,
            None => return None,
        }
        if holds && fails {
            return None;
        }
    }
    Some(holds)
}

/// A test and the field it is of; none for keywords.
type Leaf<'e> = (Option<&'e str>, &'e Test);

/// What is known of a test whatever the event.
fn fixed((field, test): Leaf<'_>, absent: &dyn Fn(&str) -> bool) -> Option<bool> {
    let absent = field.is_some_and(absent);
    absent.then_some(matches!(test, Test::Null | Test::Exists(false)))
}

/// Whether fields allow that: what exists is not missing, and what is missing passes no other test.
fn possible(leaves: &[Leaf<'_>], truth: &dyn Fn(Leaf<'_>) -> bool) -> bool {
    leaves.iter().all(|&(field, test)| {
        let Some(field) = field else { return true };
        let missing = match test {
            Test::Exists(exists) => *exists != truth((Some(field), test)),
            _ => return true,
        };
        let same = leaves.iter().filter(|(other, _)| *other == Some(field));
        same.into_iter().all(|&leaf| match leaf.1 {
            Test::Exists(exists) => truth(leaf) == (*exists != missing),
            Test::Null => !missing || truth(leaf),
            _ => !missing || !truth(leaf),
        })
    })
}

fn collect<'e>(expr: &'e Expr, absent: &dyn Fn(&str) -> bool, out: &mut Vec<Leaf<'e>>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            parts.iter().for_each(|part| collect(part, absent, out));
        }
        Expr::Not(inner) => collect(inner, absent, out),
        Expr::Field(name, test) => {
            let leaf = (Some(&**name), test);
            if fixed(leaf, absent).is_none() && !out.contains(&leaf) {
                out.push(leaf);
            }
        }
        Expr::Keyword(test) if !out.contains(&(None, test)) => out.push((None, test)),
        Expr::Keyword(_) => {}
    }
}

/// The value of a condition as far as the values of its tests say.
fn value<'e>(expr: &'e Expr, leaf: &dyn Fn(Leaf<'e>) -> Option<bool>) -> Option<bool> {
    match expr {
        Expr::All(parts) => at_least(parts.len(), parts, leaf),
        Expr::Any(parts) => at_least(1, parts, leaf),
        Expr::AtLeast(count, parts) => at_least(*count, parts, leaf),
        Expr::Not(inner) => value(inner, leaf).map(|value| !value),
        Expr::Field(name, test) => leaf((Some(name), test)),
        Expr::Keyword(test) => leaf((None, test)),
    }
}

fn at_least<'e>(count: usize, parts: &'e [Expr], leaf: &dyn Fn(Leaf<'e>) -> Option<bool>) -> Option<bool> {
    let values: Vec<Option<bool>> = parts.iter().map(|part| value(part, leaf)).collect();
    let true_ones = values.iter().filter(|value| **value == Some(true)).count();
    let open = values.iter().filter(|value| value.is_none()).count();
    if true_ones >= count {
        Some(true)
    } else if true_ones + open < count {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{RuleSet, read_file};

    #[track_caller]
    fn check(detection: &str, want: Option<bool>) {
        let text = format!("{{title: R, logsource: {{product: linux}}, detection: {{{detection}}}}}");
        let set = RuleSet::assemble([read_file("test.yml", &text)]);
        assert_eq!(set.problems, []);
        assert_eq!(constant(&set.rules[0].condition, &|field| field == "gone"), want, "{detection}");
    }

    #[test]
    fn what_cannot_go_both_ways_is_found() {
        check("s: {a: x}, condition: s", None);
        check("s: {a: x}, condition: s and not s", Some(false));
        check("s: {a: x}, condition: s or not s", Some(true));
        check("s: {a: x}, t: {b: y}, condition: (s or t) and not s and not t", Some(false));
        check("s: {a: x}, t: {a: x, b: y}, condition: t and not s", Some(false));
        check("s: {a: x}, t: {a|exists: false}, condition: s and t", Some(false));
        check("s: {a: x}, t: {a: null}, condition: s or not t", None);
        check("s: {a|exists: true}, t: {a|exists: false}, condition: s or t", Some(true));
        check("s: {a: x}, condition: 1 of s*", None);
    }

    #[test]
    fn a_field_that_no_event_has_decides() {
        check("s: {a: x, gone: y}, condition: s", Some(false));
        check("s: {a: x}, t: {gone: y}, condition: s and not t", None);
        check("s: {a: x}, t: {gone: y}, condition: s or not t", Some(true));
        check("s: {gone: null, a: x}, condition: s", None);
        check("s: {gone|contains: [x, y]}, condition: s", Some(false));
    }
}
