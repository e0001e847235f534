//! Rules made ready for intakes: compiled, with what to keep of each match.

use crate::correlation::sigma::{Correlator, Limits};
use crate::event::EventClass;
use crate::intake::{Intake, Span, Wanted};
use crate::rule::{Matcher, RuleSet};
use std::sync::Arc;

/// Compiled rules, and what is kept of each match: fields to show, and values for correlations.
pub struct Kit {
    /// The compiled rules.
    pub matcher: Matcher,
    /// By rule: fields worth showing.
    pub shown: Wanted,
    /// By rule: fields that correlations need.
    pub wanted: Wanted,
}

impl Kit {
    /// Makes rules ready. Problems of their correlations are added to those of the set.
    pub fn new(mut set: RuleSet) -> Kit {
        let correlator = Correlator::new(&set, Limits::default());
        set.problems.extend(correlator.problems().iter().cloned());
        let set = Arc::new(set);
        let shown: Wanted = set.rules.iter().map(|rule| rule.fields().into_boxed_slice()).collect();
        let numbers = 0..u32::try_from(set.rules.len()).unwrap_or(u32::MAX);
        let wanted: Wanted = numbers.map(|rule| correlator.wanted(rule).into()).collect();
        Kit { matcher: Matcher::new(set), shown, wanted }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.matcher.rules()
    }

    /// The rules, to be kept.
    pub fn shared_rules(&self) -> Arc<RuleSet> {
        self.matcher.shared_rules()
    }

    /// Every class of events that a parser can give; what is prepared for one need not be when the first comes.
    pub fn classes() -> Vec<EventClass> {
        crate::parser::classes()
    }

    /// An intake for one thread.
    pub fn intake(&self, span: Span) -> Intake<'_> {
        Intake::new(&self.matcher, &self.shown, &self.wanted, span)
    }
}
