//! The rules that the server matches by, and when they are to be read again.

use cofferdam_detect::kit::Kit;
use cofferdam_detect::rule::{RuleProblem, RuleSet};
use std::fmt;
use std::sync::Arc;

/// Where rules come from.
pub trait RuleSource: Send + Sync {
    /// Changes when the rules do; cheap, since it is asked every few seconds.
    fn mark(&self) -> u64;

    /// Reads all of them.
    ///
    /// # Errors
    ///
    /// In words, when they cannot be read; those that were read before count on.
    fn load(&self) -> Result<RuleSet, String>;
}

/// The rules of one server.
#[derive(Clone)]
pub struct Rules(pub Arc<dyn RuleSource>);

/// No rules at all: nothing is detected.
struct None;

impl RuleSource for None {
    fn mark(&self) -> u64 {
        0
    }

    fn load(&self) -> Result<RuleSet, String> {
        Ok(RuleSet::assemble(Vec::new()))
    }
}

impl Default for Rules {
    fn default() -> Rules {
        Rules(Arc::new(None))
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rules")
    }
}

/// Rules that were read and made ready.
pub struct Ready {
    /// Compiled.
    pub kit: Kit,
    /// What they were when they were read.
    pub mark: u64,
}

impl Rules {
    /// Reads the rules and makes them ready for every class of events, so that the first of a class does not wait.
    ///
    /// # Errors
    ///
    /// In words, when they cannot be read.
    pub fn ready(&self) -> Result<Ready, String> {
        let mark = self.0.mark();
        let kit = Kit::new(self.0.load()?);
        for class in Kit::classes() {
            kit.matcher.prepare(&class);
        }
        Ok(Ready { kit, mark })
    }
}

/// Tells of rules that cannot be used, once when they are read.
pub fn tell(problems: &[RuleProblem]) {
    for problem in problems {
        let (file, rule) = (&*problem.file, problem.rule.as_deref().unwrap_or_default());
        tracing::warn!(code = problem.code, file, rule, "a rule is left out: {}", problem.message);
    }
}
