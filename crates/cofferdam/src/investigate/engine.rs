//! Rules made ready for the pipeline.

use crate::failure::Failure;
use crate::pipeline::Engine;
use cofferdam_detect::correlation::sigma::{Correlator, Limits};
use cofferdam_detect::intake::{Span, Wanted};
use cofferdam_detect::rule::{Matcher, RuleSet};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Compiled rules with what to keep of each match.
pub struct Prepared {
    matcher: Matcher,
    shown: Wanted,
    wanted: Wanted,
}

impl Prepared {
    /// Makes rules ready.
    ///
    /// # Errors
    ///
    /// [`Failure::NoRules`] when there is none.
    pub fn new(mut set: RuleSet, threads: usize) -> Result<Prepared, Failure> {
        if set.rules.is_empty() {
            return Err(Failure::NoRules);
        }
        let correlator = Correlator::new(&set, Limits::default());
        set.problems.extend(correlator.problems().iter().cloned());
        let set = Arc::new(set);
        let shown: Wanted = set.rules.iter().map(|rule| rule.fields().into_boxed_slice()).collect();
        let numbers = 0..u32::try_from(set.rules.len()).unwrap_or(u32::MAX);
        let wanted: Wanted = numbers.map(|rule| correlator.wanted(rule).into()).collect();
        let matcher = Matcher::new(set);
        compile(&matcher, threads);
        Ok(Prepared { matcher, shown, wanted })
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.matcher.rules()
    }

    /// The pipeline's view.
    pub fn engine(&self, span: Span, zone: TimeZone, threads: usize) -> Engine<'_> {
        Engine {
            matcher: &self.matcher,
            shown: Arc::clone(&self.shown),
            wanted: Arc::clone(&self.wanted),
            span,
            zone,
            now: Timestamp::now(),
            threads,
        }
    }
}

/// Compiles the rules of every class now, on all threads, rather than while the first events wait.
fn compile(matcher: &Matcher, threads: usize) {
    let classes = cofferdam_detect::parser::classes();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(class) = classes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    matcher.prepare(class);
                }
            });
        }
    });
}

/// Threads to use: as asked, else one for each core.
pub fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}
