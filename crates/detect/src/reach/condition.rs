//! Whether a condition can hold, and whether it can fail.

use crate::rule::{Expr, Test};
use std::collections::HashMap;

/// Combinations of tests tried for one condition; beyond, its value is left open.
const MOST: u32 = 2_000;

/// Whether the condition is always true or never; `None` where it depends on the event.
///
/// `absent` says which fields no event can have. Tests are set to true and false in turn, as far as
/// fields allow, until the condition holds once and fails once: `a and not a` does not.
pub(super) fn constant(condition: &Expr, absent: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut leaves = Leaves { absent, places: HashMap::new() };
    let condition = leaves.node(condition);
    let mut all: Vec<Leaf<'_>> = vec![(None, &Test::Null); leaves.places.len()];
    for (leaf, place) in leaves.places {
        all[place] = leaf;
    }
    let set = vec![None; all.len()];
    let asks_for_existence = all.iter().any(|(_, test)| matches!(test, Test::Exists(_)));
    let mut search = Search { condition, leaves: all, asks_for_existence, set, left: MOST };
    let (holds, fails) = (search.reaches(true), search.reaches(false));
    if search.left == 0 || holds && fails { None } else { Some(holds) }
}

/// A test and the field it is of; none for keywords.
type Leaf<'e> = (Option<&'e str>, &'e Test);

/// A condition whose tests are numbered.
enum Node {
    AtLeast(usize, Vec<Node>),
    Not(Box<Node>),
    Leaf(usize),
    Fixed(bool),
}

/// Numbers for tests, each distinct one its own.
struct Leaves<'e, 'a> {
    absent: &'a dyn Fn(&str) -> bool,
    places: HashMap<Leaf<'e>, usize>,
}

impl<'e> Leaves<'e, '_> {
    fn node(&mut self, expr: &'e Expr) -> Node {
        let mut nodes = |parts: &'e [Expr]| parts.iter().map(|part| self.node(part)).collect();
        match expr {
            Expr::All(parts) => Node::AtLeast(parts.len(), nodes(parts)),
            Expr::Any(parts) => Node::AtLeast(1, nodes(parts)),
            Expr::AtLeast(count, parts) => Node::AtLeast(*count, nodes(parts)),
            Expr::Not(inner) => Node::Not(Box::new(self.node(inner))),
            Expr::Field(name, test) if (self.absent)(name) => {
                Node::Fixed(matches!(test, Test::Null | Test::Exists(false)))
            }
            Expr::Field(name, test) => self.leaf((Some(name), test)),
            Expr::Keyword(test) => self.leaf((None, test)),
        }
    }

    fn leaf(&mut self, leaf: Leaf<'e>) -> Node {
        let next = self.places.len();
        Node::Leaf(*self.places.entry(leaf).or_insert(next))
    }
}

/// Tries combinations, a test at a time, and gives up a combination as soon as it is decided.
struct Search<'e> {
    condition: Node,
    leaves: Vec<Leaf<'e>>,
    asks_for_existence: bool,
    set: Vec<Option<bool>>,
    left: u32,
}

impl Search<'_> {
    /// Whether some combination of the tests not set yet makes the condition so.
    fn reaches(&mut self, wanted: bool) -> bool {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || !self.is_possible() {
            return false;
        }
        if let Some(value) = value(&self.condition, &self.set) {
            return value == wanted;
        }
        let Some(next) = self.set.iter().position(Option::is_none) else { return false };
        for truth in [wanted, !wanted] {
            self.set[next] = Some(truth);
            let reached = self.reaches(wanted);
            self.set[next] = None;
            if reached {
                return true;
            }
        }
        false
    }

    /// Whether fields allow what is set: what exists is not missing, and what is missing passes no
    /// other test.
    fn is_possible(&self) -> bool {
        let set = || self.leaves.iter().zip(&self.set).filter_map(|(leaf, truth)| Some((*leaf, (*truth)?)));
        !self.asks_for_existence
            || set().all(|((field, test), truth)| {
                let Test::Exists(exists) = test else { return true };
                let missing = *exists != truth;
                set().filter(|((other, _), _)| *other == field).all(|((_, other), truth)| match other {
                    Test::Exists(exists) => truth == (*exists != missing),
                    Test::Null => !missing || truth,
                    _ => !missing || !truth,
                })
            })
    }
}

/// The value of a condition as far as the values of its tests say.
fn value(node: &Node, set: &[Option<bool>]) -> Option<bool> {
    match node {
        Node::Leaf(place) => set[*place],
        Node::Fixed(value) => Some(*value),
        Node::Not(inner) => value(inner, set).map(|value| !value),
        Node::AtLeast(count, parts) => {
            let (mut held, mut open) = (0, 0);
            for part in parts {
                match value(part, set) {
                    Some(true) => held += 1,
                    Some(false) => {}
                    None => open += 1,
                }
            }
            if held >= *count {
                Some(true)
            } else if held + open < *count {
                Some(false)
            } else {
                None
            }
        }
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
