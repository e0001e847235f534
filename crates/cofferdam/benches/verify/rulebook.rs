//! SigmaHQ's rules, loaded here and by the yardstick from the same text.

use crate::{Report, reads, yardstick};
use cofferdam_detect::rule::{Matcher, RuleSet, read_file};
use cofferdam_evidence::{Content, Limits, Step};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Folders of the archive whose rules count; the others hold none, or what SigmaHQ gave up.
const FOLDERS: [&str; 5] =
    ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder", "rules-compliance"];
const RULES: usize = 3_780;
/// Rules that wait for values which only the organisation knows.
const PLACEHOLDERS: usize = 25;

/// The rules on both sides.
pub struct Rulebook {
    pub matcher: Matcher,
    pub yardstick: rsigma_eval::Engine,
    /// The number of a rule by its id.
    pub numbers: HashMap<Arc<str>, u32>,
    /// By rule: the fields that decide whether it fires, `None` if all of the event does.
    pub reads: Vec<Option<BTreeSet<String>>>,
}

/// Loads the rules and checks that all could be.
pub fn load(data: &Path, report: &mut Report) -> Rulebook {
    let texts = unpack(&data.join("sigmahq-rules/sigmahq-rules.tar.gz"));
    let begun = Instant::now();
    let set = RuleSet::assemble(texts.iter().map(|(path, text)| read_file(path, text)));
    let seconds = begun.elapsed().as_secs_f64();
    let waiting = set.problems.iter().filter(|problem| problem.code == "detect::rule-placeholder");
    let (mut waiting, mut findings) = (waiting.map(name).collect::<Vec<_>>(), Vec::new());
    waiting.sort_unstable();
    let others = set.problems.iter().filter(|problem| problem.code != "detect::rule-placeholder");
    findings.extend(others.map(|problem| format!("{}: {}", problem.file, problem.message)));
    if (texts.len(), waiting.len(), set.rules.len()) != (RULES, PLACEHOLDERS, RULES - PLACEHOLDERS) {
        findings.push(format!("{RULES} files, {PLACEHOLDERS} of them with placeholders, were expected"));
    }
    let summary = format!(
        "{} of {} rules in {seconds:.2} s; {} wait for values of the organisation: {}",
        set.rules.len(),
        texts.len(),
        waiting.len(),
        waiting.join(", ")
    );
    report.check("loading", &summary, &findings);

    let collections = texts.values().filter_map(|text| rsigma_parser::parse_sigma_yaml(text).ok());
    let parsed: Vec<_> = collections.flat_map(|collection| collection.rules).collect();
    let begun = Instant::now();
    let (yardstick, refused) = yardstick::engine(&parsed);
    let summary =
        format!("rsigma-eval compiled {} rules in {:.2} s", parsed.len(), begun.elapsed().as_secs_f64());
    report.check("yardstick", &summary, &refused);

    let numbers: HashMap<Arc<str>, u32> =
        set.rules.iter().map(|rule| Arc::clone(&rule.meta.id)).zip(0..).collect();
    let mut read = vec![None; set.rules.len()];
    for rule in &parsed {
        if let Some(number) = rule.id.as_deref().and_then(|id| numbers.get(id)) {
            read[*number as usize] = reads::of(rule);
        }
    }
    Rulebook { matcher: Matcher::new(Arc::new(set)), yardstick, numbers, reads: read }
}

fn name(problem: &cofferdam_detect::rule::RuleProblem) -> &str {
    let file = problem.file.rsplit('/').next().unwrap_or_default();
    file.strip_suffix(".yml").unwrap_or(file)
}

/// The texts of the rules by their path in the archive.
fn unpack(archive: &Path) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let mut member = String::new();
    cofferdam_evidence::read(&[archive.to_owned()], &Limits::default(), &mut |step| {
        match step {
            Step::Opened(source) => {
                member = source.path.split_once('!').map_or("", |(_, member)| member).to_owned();
            }
            Step::Batch(batch) => {
                let folder = member.split('/').next().unwrap_or_default();
                if let Content::Lines(lines) = batch.content
                    && FOLDERS.contains(&folder)
                    && member.ends_with(".yml")
                {
                    texts.entry(member.clone()).or_default().push_str(&String::from_utf8_lossy(&lines));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    texts
}
