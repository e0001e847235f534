//! Whether rules do on their examples what those say.

use super::bench::{Bench, Fired, Place, documents};
use super::file::{Example, RuleFile};
use crate::rule::{Meta, RuleSet, names};
use cofferdam_vocabulary::Level;
use std::sync::Arc;

/// What an example expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A document fires.
    Fire,
    /// No document of the file fires.
    Quiet,
}

/// What came of one example.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What it expected.
    pub expected: Expected,
    /// What it is called.
    pub example: String,
    /// The document that was to fire.
    pub target: Option<(Place, Arc<Meta>)>,
    /// What happened instead.
    pub failure: Option<String>,
}

/// Runs every example of a file over the rules of that file. In quiet examples, rules below the level
/// may fire.
pub fn check(file: &RuleFile, bench: &Bench, quiet_from: Level) -> Vec<Verdict> {
    let fire = file.fire.iter().map(|example| {
        let (target, failure) = match target(file, bench.rules(), example) {
            Ok(target) => {
                let failure = check_fire(bench, example, &target).err();
                (Some(target), failure)
            }
            Err(reason) => (None, Some(reason)),
        };
        Verdict { expected: Expected::Fire, example: example.name.clone(), target, failure }
    });
    let quiet = file.quiet.iter().map(|example| Verdict {
        expected: Expected::Quiet,
        example: example.name.clone(),
        target: None,
        failure: check_quiet(bench, example, quiet_from).err(),
    });
    fire.chain(quiet).collect()
}

/// The documents that no example of the file was to fire; those that a correlation counts need none.
pub fn unshown(set: &RuleSet, verdicts: &[Verdict]) -> Vec<Arc<Meta>> {
    let shown = |place: Place| {
        verdicts.iter().any(|verdict| verdict.target.as_ref().is_some_and(|target| target.0 == place))
    };
    let needs_one = |(place, meta): &(Place, &Arc<Meta>)| !is_base(set, *place, meta) && !shown(*place);
    documents(set).filter(needs_one).map(|(_, meta)| Arc::clone(meta)).collect()
}

/// Whether it is a detection that a correlation counts: no finding by itself.
pub fn is_base(set: &RuleSet, place: Place, meta: &Meta) -> bool {
    let counted = |reference: &String| names(meta, reference);
    matches!(place, Place::Detection(_)) && set.correlations.iter().any(|one| one.rules.iter().any(counted))
}

/// The document that an example is about: named, else the last of its file.
fn target(file: &RuleFile, set: &RuleSet, example: &Example) -> Result<(Place, Arc<Meta>), String> {
    let last = file.documents.last().map(String::as_str);
    let reference = example.rule.as_deref().or(last).unwrap_or_default();
    let found = documents(set).find(|(_, meta)| names(meta, reference));
    found
        .map(|(place, meta)| (place, Arc::clone(meta)))
        .ok_or_else(|| format!("it is about `{reference}`, which is no rule of the file that can be used"))
}

fn check_fire(bench: &Bench, example: &Example, (place, meta): &(Place, Arc<Meta>)) -> Result<(), String> {
    let fired = bench.run(example.lines.as_bytes());
    let times = fired.count(*place);
    match example.count {
        Some(want) if times != want => {
            Err(format!("`{}` fired {}, not {}", meta.title, often(times), often(want)))
        }
        None if times == 0 => {
            let instead = loud(bench.rules(), &fired, Level::Informational);
            let instead = if instead.is_empty() {
                "nothing fired".to_owned()
            } else {
                format!("what fired: {instead}")
            };
            Err(format!("`{}` stayed quiet; {instead}", meta.title))
        }
        _ => Ok(()),
    }
}

/// Runs a quiet example; rules below the level may fire.
///
/// # Errors
///
/// What fired, as text.
pub fn check_quiet(bench: &Bench, example: &Example, from: Level) -> Result<(), String> {
    let loud = loud(bench.rules(), &bench.run(example.lines.as_bytes()), from);
    if loud.is_empty() { Ok(()) } else { Err(format!("it fired {loud}")) }
}

fn often(times: usize) -> String {
    match times {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    }
}

/// Titles of what fired at this level or above.
fn loud(set: &RuleSet, fired: &Fired, from: Level) -> String {
    let loud = documents(set).filter(|(place, meta)| meta.level >= from && fired.count(*place) > 0);
    loud.map(|(_, meta)| format!("`{}`", meta.title)).collect::<Vec<_>>().join(", ")
}
