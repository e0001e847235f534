//! Rules and lists made ready for the pipeline.

use crate::failure::Failure;
use crate::indicators::Lists;
use crate::pipeline::Engine;
use cofferdam_detect::correlation::sigma::{Correlator, Limits};
use cofferdam_detect::intake::{Span, Wanted};
use cofferdam_detect::rule::{Matcher, RuleSet};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;

/// Compiled rules with what to keep of each match.
pub struct Prepared {
    matcher: Matcher,
    lists: Lists,
    shown: Wanted,
    wanted: Wanted,
}

impl Prepared {
    /// Makes rules ready, and what to look for beside them.
    ///
    /// # Errors
    ///
    /// [`Failure::NoRules`] when there is neither a rule nor an indicator.
    pub fn new(mut set: RuleSet, lists: Lists, crew: &ThreadPool) -> Result<Prepared, Failure> {
        if set.rules.is_empty() && lists.indicators.set.is_empty() {
            return Err(Failure::NoRules);
        }
        let correlator = Correlator::new(&set, Limits::default());
        set.problems.extend(correlator.problems().iter().cloned());
        let set = Arc::new(set);
        let shown: Wanted = set.rules.iter().map(|rule| rule.fields().into_boxed_slice()).collect();
        let numbers = 0..u32::try_from(set.rules.len()).unwrap_or(u32::MAX);
        let wanted: Wanted = numbers.map(|rule| correlator.wanted(rule).into()).collect();
        let matcher = Matcher::new(set);
        // Every class is compiled now, on all threads, rather than while the first events wait.
        let classes = cofferdam_detect::parser::classes();
        crew.install(|| classes.par_iter().with_max_len(1).for_each(|class| matcher.prepare(class)));
        Ok(Prepared { matcher, lists, shown, wanted })
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.matcher.rules()
    }

    /// The lists.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The pipeline's view.
    pub fn engine<'e>(&'e self, span: Span, crew: &'e ThreadPool) -> Engine<'e> {
        Engine {
            matcher: &self.matcher,
            indicators: &self.lists.indicators,
            shown: Arc::clone(&self.shown),
            wanted: Arc::clone(&self.wanted),
            span,
            crew,
            everything: false,
        }
    }
}

/// The threads of one run: what they load, they match with. Threads of their own for each part would
/// each begin with cold memory.
///
/// # Errors
///
/// [`Failure::NoThreads`] when the system gives none.
pub fn crew(asked: Option<u16>) -> Result<ThreadPool, Failure> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = asked.map_or_else(cores, usize::from);
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(Failure::NoThreads)
}
