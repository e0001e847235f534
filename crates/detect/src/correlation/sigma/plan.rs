//! Which matches go where, decided once for a set of rules.

use super::correlator::Limits;
use super::span::Span;
use super::tally::Tally;
use crate::rule::{Correlation, Kind, RuleProblem, RuleSet, Threshold, names};
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

/// A correlation, ready to count.
#[derive(Debug)]
pub(super) struct Spec {
    kind: Kind,
    places: usize,
    thresholds: Vec<Threshold>,
    pub group_by: Vec<String>,
    pub span: Span,
    pub timespan: SignedDuration,
    /// The thresholds bound the count from above.
    pub judged_at_end: bool,
    /// How late an event may come: the lateness allowed, and how long inner firings are held back.
    pub slack: SignedDuration,
    /// The part of it for inner firings.
    pub feed: SignedDuration,
    /// How long a firing must be known to those that are silenced by it.
    pub remembered: SignedDuration,
    /// The correlation that silences this one, and where its `group-by` values stand in ours.
    pub unless: Option<(u32, Box<[usize]>)>,
    /// Entries kept for one group.
    pub room: usize,
}

impl Spec {
    fn new(correlation: &Correlation, limits: &Limits) -> Spec {
        let counting = matches!(correlation.kind, Kind::EventCount | Kind::ValueCount);
        let judged_at_end = counting && correlation.thresholds.iter().any(|one| one.floor().is_none());
        let floor = correlation.thresholds.iter().filter_map(|one| one.floor()).max().unwrap_or(0);
        // So many distinct values must fit that the threshold can be reached, within reason.
        let needed = if correlation.kind == Kind::ValueCount { floor.min(250_000) as usize * 4 } else { 0 };
        Spec {
            kind: correlation.kind,
            places: correlation.rules.len(),
            thresholds: correlation.thresholds.clone(),
            group_by: correlation.group_by.clone(),
            span: Span::new(correlation.window, correlation.timespan, judged_at_end),
            timespan: correlation.timespan.max(SignedDuration::from_nanos(1)),
            judged_at_end,
            slack: limits.lateness,
            feed: SignedDuration::ZERO,
            remembered: SignedDuration::ZERO,
            unless: None,
            room: limits.events_per_group.max(needed).max(64),
        }
    }

    /// A count that starts.
    pub(super) fn tally(&self) -> Tally {
        match (self.kind, self.span) {
            (Kind::EventCount, _) => Tally::occurrences(),
            (Kind::ValueCount | Kind::Temporal, _) => Tally::distinct(),
            (Kind::TemporalOrdered, Span::Sliding { span }) => Tally::chain(self.places, Some(span)),
            (Kind::TemporalOrdered, _) => Tally::chain(self.places, None),
        }
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, tally: &Tally) -> bool {
        match self.kind {
            Kind::EventCount | Kind::ValueCount => {
                self.thresholds.iter().all(|one| one.holds(tally.measure()))
            }
            Kind::Temporal => tally.measure() >= self.places as u64,
            Kind::TemporalOrdered => tally.chain_start().is_some(),
        }
    }

    /// Whether entries are told apart by their place in the list.
    pub(super) fn by_place(&self) -> bool {
        matches!(self.kind, Kind::Temporal | Kind::TemporalOrdered)
    }

    /// Whether entries are told apart by values of fields.
    pub(super) fn by_value(&self) -> bool {
        self.kind == Kind::ValueCount
    }

    fn hold(&self) -> SignedDuration {
        let judged =
            if self.judged_at_end { self.timespan.saturating_add(self.slack) } else { SignedDuration::ZERO };
        let held = if self.unless.is_some() {
            self.timespan.saturating_add(self.slack)
        } else {
            SignedDuration::ZERO
        };
        judged.saturating_add(held)
    }
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
                let field = field(correlation, name, |reference| names(&rule.meta, reference));
                wanted.iter().position(|known| **known == *field).unwrap_or_else(|| {
                    wanted.push(field.into());
                    wanted.len() - 1
                })
            };
            let group = correlation.group_by.iter().map(&mut place).collect();
            let fields = counted(correlation).iter().map(&mut place).collect();
            self.of_rules[index].push(Take { correlation: outer as u32, places, group, fields });
        }
        for (index, inner) in rules.correlations.iter().enumerate() {
            let places = places(correlation, |reference| names(&inner.meta, reference));
            if places.is_empty() {
                continue;
            }
            let place = |name: &String| {
                let field = field(correlation, name, |reference| names(&inner.meta, reference));
                inner.group_by.iter().position(|known| known == field).ok_or_else(|| field.to_owned())
            };
            let group = correlation.group_by.iter().map(place).collect::<Result<_, _>>();
            let fields = counted(correlation).iter().map(place).collect::<Result<_, _>>();
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

fn counted(correlation: &Correlation) -> &[String] {
    if correlation.kind == Kind::ValueCount { &correlation.fields } else { &[] }
}

fn places(correlation: &Correlation, names: impl Fn(&str) -> bool) -> Box<[u64]> {
    (0..).zip(&correlation.rules).filter(|(_, reference)| names(reference)).map(|(place, _)| place).collect()
}

/// What a rule calls the field that the correlation calls `name`.
fn field<'c>(correlation: &'c Correlation, name: &'c str, names: impl Fn(&str) -> bool) -> &'c str {
    let alias = correlation.aliases.iter().find(|alias| alias.name == name);
    let mapped = alias.and_then(|alias| alias.fields.iter().find(|(reference, _)| names(reference)));
    mapped.map_or(name, |(_, field)| field)
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
        line: None,
        rule: Some(correlation.meta.title.to_string()),
        message,
        help,
    }
}
