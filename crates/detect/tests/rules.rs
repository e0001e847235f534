//! Every rule that ships fires on its own examples, and on nothing benign.

mod common;

use cofferdam_detect::rule::{Meta, RuleSet};
use cofferdam_vocabulary::{Level, Tactic, TechniqueId};
use common::{Bench, Example, Fired, RuleFile, load, rule_files};
use std::collections::BTreeMap;

/// Either kind of document.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Detection(usize),
    Correlation(usize),
}

fn documents(set: &RuleSet) -> impl Iterator<Item = (Place, &Meta)> {
    let rules = set.rules.iter().map(|rule| -> &Meta { &rule.meta });
    let correlations = set.correlations.iter().map(|correlation| -> &Meta { &correlation.meta });
    let detections = rules.enumerate().map(|(at, meta)| (Place::Detection(at), meta));
    detections.chain(correlations.enumerate().map(|(at, meta)| (Place::Correlation(at), meta)))
}

fn means(meta: &Meta, reference: &str) -> bool {
    *meta.id == *reference || *meta.title == *reference || meta.name.as_deref() == Some(reference)
}

/// A detection that a correlation counts: it is no finding by itself.
fn is_base(set: &RuleSet, place: Place, meta: &Meta) -> bool {
    matches!(place, Place::Detection(_))
        && set.correlations.iter().any(|correlation| correlation.rules.iter().any(|r| means(meta, r)))
}

fn count(fired: &Fired, place: Place) -> usize {
    match place {
        Place::Detection(at) => fired.detections.get(&at),
        Place::Correlation(at) => fired.correlations.get(&at),
    }
    .copied()
    .unwrap_or(0)
}

/// Titles of what fired at this level or above.
fn fired_from(set: &RuleSet, fired: &Fired, level: Level) -> Vec<String> {
    documents(set)
        .filter(|(place, meta)| meta.level >= level && count(fired, *place) > 0)
        .map(|(_, meta)| meta.title.to_string())
        .collect()
}

/// The document that an example is about: named by id or title, else the last of its file.
fn target<'s>(file: &RuleFile, set: &'s RuleSet, example: &Example) -> Result<(Place, &'s Meta), String> {
    let last = file.documents.last().and_then(|document| document.get("id")?.as_str());
    let reference = example.rule.as_deref().or(last).unwrap_or_default();
    documents(set)
        .find(|(_, meta)| *meta.id == *reference || *meta.title == *reference)
        .ok_or_else(|| format!("names the rule `{reference}`, which its file does not hold"))
}

fn check_fire(file: &RuleFile, bench: &Bench, example: &Example) -> Result<Place, String> {
    let (place, meta) = target(file, bench.rules(), example)?;
    let fired = bench.run(example.lines.as_bytes());
    let times = count(&fired, place);
    match example.count {
        Some(want) if times != want => Err(format!("`{}` fired {times} times, not {want}", meta.title)),
        None if times == 0 => Err(format!(
            "`{}` stayed quiet; what fired: {:?}",
            meta.title,
            fired_from(bench.rules(), &fired, Level::Informational)
        )),
        _ => Ok(place),
    }
}

fn check_quiet(bench: &Bench, example: &Example, level: Level) -> Result<(), String> {
    let loud = fired_from(bench.rules(), &bench.run(example.lines.as_bytes()), level);
    if loud.is_empty() { Ok(()) } else { Err(format!("fired {loud:?}")) }
}

/// Everything that is wrong with what a file says of its rules.
fn check_words(file: &RuleFile, set: &RuleSet) -> Vec<String> {
    let mut wrong = Vec::new();
    for (_, meta) in documents(set) {
        let mut need = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{}: `{}`: {what}", file.path, meta.title));
            }
        };
        need(meta.author.as_deref().is_some_and(|author| !author.is_empty()), "no author");
        need(meta.license.as_deref().is_some_and(|license| !license.is_empty()), "no license");
        need(!meta.description.trim().is_empty(), "no description");
        // What another product raised says itself what it is about.
        let carries = meta.named_by.is_some();
        need(carries || !meta.techniques.is_empty(), "no ATT&CK technique");
        need(carries || !meta.tactics.is_empty(), "no ATT&CK tactic");
        for technique in &meta.techniques {
            need(technique.technique().is_some(), &format!("{technique} is no technique of ATT&CK v18"));
        }
    }
    for document in &file.documents {
        let tags = document.get("tags").and_then(|tags| tags.as_sequence()).into_iter().flatten();
        for tag in tags.map(|tag| tag.as_str().unwrap_or_default()) {
            let name = tag.strip_prefix("attack.").unwrap_or(tag);
            let technique = TechniqueId::parse(name).is_ok_and(|id| id.technique().is_some());
            if !technique && Tactic::parse(name).is_none() {
                wrong.push(format!("{}: the tag `{tag}` is neither a technique nor a tactic", file.path));
            }
        }
    }
    wrong
}

#[test]
fn every_rule_fires_on_its_examples_and_stays_quiet_on_benign_ones() {
    let mut wrong = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let (mut detections, mut bases, mut correlations, mut fires, mut quiets) = (0, 0, 0, 0, 0);
    for file in rule_files() {
        let bench = Bench::new(load([(file.path.as_str(), file.text.as_str())]));
        let set = bench.rules();
        let loaded = set.rules.len() + set.correlations.len();
        if loaded != file.documents.len() {
            wrong.push(format!("{}: {loaded} of {} documents loaded", file.path, file.documents.len()));
        }
        wrong.extend(check_words(&file, set));
        for (_, meta) in documents(set) {
            if let Some(other) = ids.insert(meta.id.to_string(), file.path.clone()) {
                wrong.push(format!("{}: the id {} is also in {other}", file.path, meta.id));
            }
        }
        let mut shown = Vec::new();
        for example in &file.fire {
            match check_fire(&file, &bench, example) {
                Ok(place) => shown.push(place),
                Err(reason) => wrong.push(format!("{}: fire `{}`: {reason}", file.path, example.name)),
            }
        }
        for example in &file.quiet {
            if let Err(reason) = check_quiet(&bench, example, Level::Low) {
                wrong.push(format!("{}: quiet `{}`: {reason}", file.path, example.name));
            }
        }
        for (place, meta) in documents(set) {
            let base = is_base(set, place, meta);
            match place {
                Place::Detection(_) if base => bases += 1,
                Place::Detection(_) => detections += 1,
                Place::Correlation(_) => correlations += 1,
            }
            if !base && !shown.contains(&place) {
                wrong.push(format!("{}: no example fires `{}`", file.path, meta.title));
            }
        }
        if file.quiet.is_empty() {
            wrong.push(format!("{}: no quiet example", file.path));
        }
        fires += file.fire.len();
        quiets += file.quiet.len();
    }
    println!(
        "{detections} detections, {bases} that only correlations count, {correlations} correlations; \
         {fires} examples fire, {quiets} stay quiet"
    );
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(detections >= 40, "{detections} detections");
}

#[test]
fn what_is_benign_to_one_rule_is_benign_to_all() {
    let files = rule_files();
    let bench = Bench::new(load(files.iter().map(|file| (file.path.as_str(), file.text.as_str()))));
    let mut wrong = Vec::new();
    for file in &files {
        for example in &file.quiet {
            if let Err(reason) = check_quiet(&bench, example, Level::Medium) {
                wrong.push(format!("{}: quiet `{}`: {reason}", file.path, example.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}
