//! What a temporal correlation awaits: a condition in words, as the ways to satisfy it.

use crate::rule::convert::ConvertError;
use rsigma_parser::{ConditionExpr, Quantifier};
use std::collections::BTreeSet;

/// Ways kept of one condition; what needs more is refused.
const MOST: usize = 64;

const TOO_MANY: ConvertError =
    ConvertError::Unsupported { what: "a condition with more than 64 ways to hold" };

/// One way to be complete: these rules came, and those did not. Numbers are places in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// Places that must have come, in the order of the list.
    pub needs: Vec<u64>,
    /// Places that must not have come.
    pub without: Vec<u64>,
}

impl Way {
    /// Every place of the list.
    pub(super) fn all(places: usize) -> Way {
        Way { needs: (0..places as u64).collect(), without: Vec::new() }
    }

    /// Both; `None` where one needs what the other forbids.
    fn and(&self, other: &Way) -> Option<Way> {
        let join = |one: &[u64], two: &[u64]| -> Vec<u64> {
            one.iter().chain(two).copied().collect::<BTreeSet<_>>().into_iter().collect()
        };
        let way =
            Way { needs: join(&self.needs, &other.needs), without: join(&self.without, &other.without) };
        let possible = way.needs.iter().all(|place| !way.without.contains(place));
        possible.then_some(way)
    }
}

/// The ways to satisfy a condition over the rules of the list.
///
/// # Errors
///
/// [`ConvertError`] for a name that is not in the list, and for conditions with more than 64 ways.
pub(super) fn ways(expr: &ConditionExpr, rules: &[String]) -> Result<Vec<Way>, ConvertError> {
    satisfy(expr, true, rules)
}

/// The ways to make at least `count` of the list's rules come.
pub(super) fn at_least(count: usize, rules: &[String]) -> Result<Vec<Way>, ConvertError> {
    let parts = (0..rules.len() as u64).map(|place| single(place, true)).collect::<Vec<_>>();
    choose(&parts, count)
}

fn single(place: u64, wanted: bool) -> Vec<Way> {
    let (needs, without) = if wanted { (vec![place], vec![]) } else { (vec![], vec![place]) };
    vec![Way { needs, without }]
}

fn satisfy(expr: &ConditionExpr, wanted: bool, rules: &[String]) -> Result<Vec<Way>, ConvertError> {
    let each = |parts: &[ConditionExpr]| -> Result<Vec<Vec<Way>>, ConvertError> {
        parts.iter().map(|part| satisfy(part, wanted, rules)).collect()
    };
    match expr {
        ConditionExpr::Identifier(name) => match rules.iter().position(|rule| rule == name) {
            Some(place) => Ok(single(place as u64, wanted)),
            None => Err(ConvertError::UnknownRule { name: name.clone() }),
        },
        ConditionExpr::Not(inner) => satisfy(inner, !wanted, rules),
        ConditionExpr::And(parts) if wanted => all(&each(parts)?),
        ConditionExpr::Or(parts) if wanted => any(each(parts)?),
        // Not both is one not; not either is both not.
        ConditionExpr::And(parts) => any(each(parts)?),
        ConditionExpr::Or(parts) => all(&each(parts)?),
        ConditionExpr::Selector { quantifier, pattern } => {
            let places = (0..).zip(rules).filter(|(_, rule)| pattern.matches_detection_name(rule));
            let parts: Vec<Vec<Way>> = places.map(|(place, _)| single(place, wanted)).collect();
            if parts.is_empty() {
                return Err(ConvertError::UnknownRule { name: pattern.to_string() });
            }
            let enough = match quantifier {
                Quantifier::Any => 1,
                Quantifier::All => parts.len(),
                Quantifier::Count(count) => usize::try_from(*count).unwrap_or(usize::MAX),
            };
            // Fewer than n of m come where more than m - n do not.
            choose(&parts, if wanted { enough } else { (parts.len() + 1).saturating_sub(enough) })
        }
    }
}

fn all(parts: &[Vec<Way>]) -> Result<Vec<Way>, ConvertError> {
    let mut ways = vec![Way::default()];
    for part in parts {
        ways = bounded(ways.iter().flat_map(|one| part.iter().filter_map(|two| one.and(two))))?;
    }
    Ok(ways)
}

fn any(parts: Vec<Vec<Way>>) -> Result<Vec<Way>, ConvertError> {
    bounded(parts.into_iter().flatten())
}

/// So many of the parts at least.
fn choose(parts: &[Vec<Way>], count: usize) -> Result<Vec<Way>, ConvertError> {
    if combinations(parts.len(), count) > MOST {
        return Err(TOO_MANY);
    }
    match parts.split_first() {
        _ if count > parts.len() => Ok(Vec::new()),
        _ if count == 0 => Ok(vec![Way::default()]),
        _ if count == parts.len() => all(parts),
        None => Ok(Vec::new()),
        Some((first, rest)) => {
            let with = all(&[first.clone(), choose(rest, count - 1)?])?;
            bounded(with.into_iter().chain(choose(rest, count)?))
        }
    }
}

/// How many ways there are to choose `count` of `total`; beyond [`MOST`], more than that.
fn combinations(total: usize, count: usize) -> usize {
    let mut ways = usize::from(count <= total);
    for step in 0..count.min(total.saturating_sub(count)) {
        ways = ways.saturating_mul(total - step) / (step + 1);
        if ways > MOST {
            return ways;
        }
    }
    ways
}

fn bounded(ways: impl Iterator<Item = Way>) -> Result<Vec<Way>, ConvertError> {
    let mut kept = BTreeSet::new();
    for way in ways {
        kept.insert(way);
        if kept.len() > MOST {
            return Err(TOO_MANY);
        }
    }
    Ok(kept.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(condition: &str, want: &str) {
        let rules = ["a", "b", "c", "d_1", "d_2"].map(str::to_owned);
        let told = match ways(&rsigma_parser::parse_condition(condition).unwrap(), &rules) {
            Ok(ways) => {
                let name = |place: &u64| rules[*place as usize].clone();
                let tell = |way: &Way| {
                    let needs = way.needs.iter().map(name);
                    let without = way.without.iter().map(|place| format!("!{}", name(place)));
                    needs.chain(without).collect::<Vec<_>>().join(" ")
                };
                ways.iter().map(tell).collect::<Vec<_>>().join(" | ")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(told, want, "{condition}");
    }

    #[test]
    fn conditions_become_ways() {
        check("a and b and not c", "a b !c");
        check("a and (b or c)", "a b | a c");
        check("not (a and b)", "!a | !b");
        check("not (a or b) and c", "c !a !b");
        check("1 of d_* and a", "a d_1 | a d_2");
        check("a and not 1 of d_*", "a !d_1 !d_2");
        check("a and not all of d_*", "a !d_1 | a !d_2");
        check("4 of them", "a b c d_1 | a b c d_2 | a b d_1 d_2 | a c d_1 d_2 | b c d_1 d_2");
        check("all of them", "a b c d_1 d_2");
        check("a and not a", "");
        check("a and x", "the condition names `x`, which is not among the correlation's `rules`");
        check("9 of them", "");
    }

    #[test]
    fn a_condition_with_too_many_ways_is_refused() {
        let rules: Vec<String> = (0..40).map(|number| format!("r{number}")).collect();
        assert!(at_least(20, &rules).is_err());
        assert_eq!(at_least(40, &rules).unwrap(), [Way::all(40)]);
        assert_eq!(at_least(1, &rules).unwrap().len(), 40);
    }
}
