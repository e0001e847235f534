//! Rules and lists made ready for the pipeline.

use crate::failure::Failure;
use crate::indicators::Lists;
use crate::pipeline::Engine;
use cofferdam_detect::intake::Span;
use cofferdam_detect::kit::Kit;
use cofferdam_detect::rule::RuleSet;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;

/// Compiled rules with what to keep of each match.
pub struct Prepared {
    kit: Kit,
    lists: Lists,
}

impl Prepared {
    /// Makes rules ready, and what to look for beside them.
    ///
    /// # Errors
    ///
    /// [`Failure::NoRules`] when there is neither a rule nor an indicator.
    pub fn new(set: RuleSet, lists: Lists, crew: &ThreadPool) -> Result<Prepared, Failure> {
        if set.rules.is_empty() && lists.indicators.set.is_empty() {
            return Err(Failure::NoRules);
        }
        let kit = Kit::new(set);
        // Every class is compiled now, on all threads, rather than while the first events wait.
        let classes = Kit::classes();
        crew.install(|| classes.par_iter().with_max_len(1).for_each(|class| kit.matcher.prepare(class)));
        Ok(Prepared { kit, lists })
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.kit.rules()
    }

    /// The lists.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The pipeline's view.
    pub fn engine<'e>(&'e self, span: Span, crew: &'e ThreadPool) -> Engine<'e> {
        Engine {
            matcher: &self.kit.matcher,
            indicators: &self.lists.indicators,
            shown: Arc::clone(&self.kit.shown),
            wanted: Arc::clone(&self.kit.wanted),
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
