//! Which matches go where, decided once for a set of rules.

use super::correlator::Limits;
use super::spec::Spec;
use crate::rule::{Correlation, RuleProblem, RuleSet, names};
use jiff::SignedDuration;
use std::sync::Arc;

/// What the correlations of a set need to know.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For each rule, the fields to extract.
    pub wanted: Vec<Vec<Arc<str>>>,
    /// For each rule, who counts its matches.
    pub of_rules: Vec<Vec<Take>>,
    /// For each correlation, who counts its firings.
    pub of_correlations: Vec<Vec<Take>>,
    pub specs: Vec<Spec>,
    pub problems: Vec<RuleProblem>,
}

/// One correlation's interest in one rule.
#[derive(Debug)]
pub(super) struct Take {
    pub correlation: u32,
    /// Where the rule stands in the list; several where the list names it repeatedly.
    pub places: Box<[u64]>,
    /// Where the values of `group-by` stand among the wanted ones.
    pub group: Box<[usize]>,
    /// Where the values to be counted stand.
    pub fields: Box<[usize]>,
}

impl Plan {
    pub(super) fn new(rules: &RuleSet, limits: &Limits) -> Plan {
        let correlations = &rules.correlations;
        let mut plan = Plan {
            wanted: vec![Vec::new(); rules.rules.len()],
            of_rules: rules.rules.iter().map(|_| Vec::new()).collect(),
            of_correlations: correlations.iter().map(|_| Vec::new()).collect(),
            specs: correlations.iter().map(|correlation| Spec::new(correlation, limits)).collect(),
            problems: Vec::new(),
        };
        let inner: Vec<Vec<usize>> = correlations.iter().map(|outer| inner_of(outer, correlations)).collect();
        let order = order(&inner);
        for (index, correlation) in correlations.iter().enumerate() {
            if order.contains(&index) {
                plan.silence(index, correlations);
            } else {
                plan.problems.push(problem(
                    correlation,
                    "detect::correlation-cycle",
                    "the correlation waits for itself, or for one that does".to_owned(),
                    Some("take one of the correlations out of the `rules` of the others"),
                ));
            }
        }
        for &outer in &order {
            // All inner ones stand before it, so what delays them is known.
            let delay = |at: &usize| plan.specs[*at].feed.saturating_add(plan.specs[*at].hold());
            let feed = inner[outer].iter().map(delay).max().unwrap_or(SignedDuration::ZERO);
            plan.specs[outer].feed = feed;
            plan.specs[outer].slack = limits.lateness.saturating_add(feed);
            plan.connect(outer, rules);
        }
        for silenced in &order {
            if let Some((by, _)) = plan.specs[*silenced].unless {
                let spec = &plan.specs[*silenced];
                let long = spec.timespan.saturating_add(spec.timespan).saturating_add(spec.slack);
                let by = &mut plan.specs[by as usize];
                by.remembered = by.remembered.max(long);
            }
        }
        plan
    }

    /// Finds who silences the correlation.
    fn silence(&mut self, index: usize, correlations: &[Correlation]) {
        let Some(reference) = &correlations[index].unless else { return };
        let other = correlations.iter().position(|other| names(&other.meta, reference));
        let ours = &correlations[index].group_by;
        let unless = other.filter(|&other| other != index).and_then(|other| {
            let theirs = &correlations[other].group_by;
            let named: Option<Box<[usize]>> =
                theirs.iter().map(|field| ours.iter().position(|mine| mine == field)).collect();
            let paired = || (theirs.len() == ours.len()).then(|| (0..ours.len()).collect());
            Some((u32::try_from(other).ok()?, named.or_else(paired)?))
        });
        if unless.is_none() {
            self.problems.push(problem(
                &correlations[index],
                "detect::correlation-unless",
                format!("`unless` names `{reference}`, which is no other correlation with the same groups"),
                Some("name a correlation that is loaded and groups by the same fields, or fewer"),
            ));
        }
        self.specs[index].unless = unless;
    }

    /// Tells rules and inner correlations who counts them.
    fn connect(&mut self, outer: usize, rules: &RuleSet) {
        let correlation = &rules.correlations[outer];
        for (index, rule) in rules.rules.iter().enumerate() {
            let places = places(correlation, |reference| names(&rule.meta, reference));
            if places.is_empty() {
                continue;
            }
            let wanted = &mut self.wanted[index];
            let mut place = |name: &String| {
                let field = correlation.field_of(name, &rule.meta);
                wanted.iter().position(|known| **known == *field).unwrap_or_else(|| {
                    wanted.push(field.into());
                    wanted.len() - 1
                })
            };
            let group = correlation.group_by.iter().map(&mut place).collect();
            let fields = correlation.counted().iter().map(&mut place).collect();
            self.of_rules[index].push(Take { correlation: outer as u32, places, group, fields });
        }
        for (index, inner) in rules.correlations.iter().enumerate() {
            let places = places(correlation, |reference| names(&inner.meta, reference));
            if places.is_empty() {
                continue;
            }
            let place = |name: &String| {
                let field = correlation.field_of(name, &inner.meta);
                inner.group_by.iter().position(|known| known == field).ok_or_else(|| field.to_owned())
            };
            let group = correlation.group_by.iter().map(place).collect::<Result<_, _>>();
            let fields = correlation.counted().iter().map(place).collect::<Result<_, _>>();
            match (group, fields) {
                (Ok(group), Ok(fields)) => {
                    self.of_correlations[index].push(Take {
                        correlation: outer as u32,
                        places,
                        group,
                        fields,
                    });
                }
                (Err(field), _) | (_, Err(field)) => self.problems.push(problem(
                    correlation,
                    "detect::correlation-field",
                    format!("`{}` has no field `{field}`, so it is not counted", inner.meta.title),
                    Some("an inner correlation has the fields of its `group-by`; map others by `aliases`"),
                )),
            }
        }
    }
}

fn places(correlation: &Correlation, names: impl Fn(&str) -> bool) -> Box<[u64]> {
    (0..).zip(&correlation.rules).filter(|(_, reference)| names(reference)).map(|(place, _)| place).collect()
}

fn inner_of(outer: &Correlation, all: &[Correlation]) -> Vec<usize> {
    let named = |inner: &Correlation| outer.rules.iter().any(|reference| names(&inner.meta, reference));
    (0..all.len()).filter(|&index| named(&all[index])).collect()
}

/// Inner ones before outer ones; those on a cycle, or above one, are left out.
fn order(inner: &[Vec<usize>]) -> Vec<usize> {
    let mut placed = vec![false; inner.len()];
    let mut order = Vec::with_capacity(inner.len());
    loop {
        let before = order.len();
        for index in 0..inner.len() {
            if !placed[index] && inner[index].iter().all(|&other| placed[other]) {
                placed[index] = true;
                order.push(index);
            }
        }
        if order.len() == before {
            return order;
        }
    }
}

fn problem(
    correlation: &Correlation,
    code: &'static str,
    message: String,
    help: Option<&'static str>,
) -> RuleProblem {
    RuleProblem {
        code,
        file: Arc::clone(&correlation.meta.file),
        line: Some(correlation.meta.line),
        rule: Some(correlation.meta.title.to_string()),
        message,
        help,
    }
}
