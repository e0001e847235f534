//! Alerts that an exception hides: they are recorded as all others are, and count nowhere.

use super::{Alert, AlertIntent, AlertReport};
use crate::aggregate::Aggregate;
use crate::fact::Fact;
use cofferdam_vocabulary::ExceptionId;

impl Alert {
    /// What is asked of the alert when `report` is what is known of it now and `hiding` says which exception hides it
    /// as it is then. An alert is hidden when it is raised, or never; one that was hidden stays so until something new
    /// is said of it that no exception hides.
    pub fn told(
        &self,
        report: AlertReport,
        hiding: impl FnOnce(&AlertReport) -> Option<ExceptionId>,
    ) -> Vec<AlertIntent> {
        let report = AlertIntent::Report(Box::new(report));
        let is_new = self.known.is_none();
        // What was refused, or says nothing new, hides and shows nothing.
        let facts = match (is_new, self.hidden) {
            (false, None) => Vec::new(),
            _ => self.decide(report.clone()).unwrap_or_default(),
        };
        let mut intents = vec![report];
        if !facts.iter().any(says_more) {
            return intents;
        }
        let after = facts.iter().fold(self.clone(), Alert::evolve);
        match after.known.as_ref().and_then(hiding) {
            Some(exception) => intents.push(AlertIntent::Hide { exception }),
            None if !is_new => intents.push(AlertIntent::Show),
            None => {}
        }
        intents
    }

    pub(super) fn hide(&self, exception: ExceptionId) -> Vec<Fact> {
        let is_new = self.hidden != Some(exception);
        is_new.then_some(Fact::AlertHidden { exception }).into_iter().collect()
    }

    pub(super) fn show(&self) -> Vec<Fact> {
        self.hidden.iter().map(|_| Fact::AlertShown).collect()
    }
}

/// Whether a fact tells of more than was hidden. That it was closed where it came from does not.
fn says_more(fact: &Fact) -> bool {
    match fact {
        Fact::AlertRaised(_) | Fact::AlertCounted(_) | Fact::AlertConcerns { .. } => true,
        Fact::AlertRevised(revision) => revision.level.is_some(),
        _ => false,
    }
}
