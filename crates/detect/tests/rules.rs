//! Every rule that ships fires on its own examples, and on nothing benign.

mod common;

use cofferdam_detect::examples::RuleFile;
use cofferdam_detect::examples::{Expected, Place, check, check_quiet, documents, is_base, unshown};
use cofferdam_detect::rule::{self, RuleSet};
use cofferdam_vocabulary::{Level, Tactic, TechniqueId};
use common::{bench, load, rule_files};
use std::collections::BTreeMap;

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
    for document in rule::documents(&file.text).0.iter().map(|document| document.value().unwrap()) {
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
        let bench = bench(load([(file.path.as_str(), file.text.as_str())]));
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
        let verdicts = check(&file, &bench, Level::Low);
        for verdict in &verdicts {
            if let Some(reason) = &verdict.failure {
                wrong.push(format!("{}: {:?} `{}`: {reason}", file.path, verdict.expected, verdict.example));
            }
        }
        for meta in unshown(set, &verdicts) {
            wrong.push(format!("{}: no example fires `{}`", file.path, meta.title));
        }
        for (place, meta) in documents(set) {
            let base = is_base(set, place, meta);
            match place {
                Place::Detection(_) if base => bases += 1,
                Place::Detection(_) => detections += 1,
                Place::Correlation(_) => correlations += 1,
            }
        }
        let of = |expected| verdicts.iter().filter(|verdict| verdict.expected == expected).count();
        if of(Expected::Quiet) == 0 {
            wrong.push(format!("{}: no quiet example", file.path));
        }
        fires += of(Expected::Fire);
        quiets += of(Expected::Quiet);
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
    let bench = bench(load(files.iter().map(|file| (file.path.as_str(), file.text.as_str()))));
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
