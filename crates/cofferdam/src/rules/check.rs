//! `cofferdam rules check`: which events rules can ever see here, and what keeps them from firing.

use super::args::Check;
use super::error::RulesError;
use super::home;
use super::load::{self, BUILTIN_PACK, RuleText};
use crate::cli::Format;
use crate::failure::Failure;
use crate::remark::Remark;
use crate::text::{count, cut, group, plain};
use cofferdam_detect::correlation::sigma::{Correlator, Limits};
use cofferdam_detect::reach::{Finding, check_correlation, check_rule, covered, words};
use cofferdam_detect::rule::{LogSource, Meta, RuleProblem, RuleSet};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks rules.
///
/// # Errors
///
/// [`Failure`] when a path cannot be read, or holds no rule.
pub fn run(args: &Check) -> Result<ExitCode, Failure> {
    let texts = Texts::of(&args.paths, args.home.home.as_deref())?;
    let report = Report::of(&texts)?;
    let mut out = anstream::stdout().lock();
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = match args.format {
        Format::Text => report.tell(&mut out, &texts),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &report).map_err(Into::into).and_then(|()| writeln!(out))
        }
    };
    Ok(if report.remarks.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Rule files, and which of them are asked about. The others are there to be referred to.
pub struct Texts {
    files: Vec<RuleText>,
    asked: BTreeSet<String>,
}

impl Texts {
    /// What was named; else every pack; else what ships.
    ///
    /// # Errors
    ///
    /// [`Failure`] when a path cannot be read.
    pub fn of(paths: &[PathBuf], home: Option<&Path>) -> Result<Texts, Failure> {
        let mut files = load::builtin();
        files.extend(match home::folder(home) {
            Some(home) => load::packs(&home)?,
            None => Vec::new(),
        });
        let is_asked: Box<dyn Fn(&RuleText) -> bool> = if !paths.is_empty() {
            let named = load::named(paths)?;
            // A file of a pack that is named is not read twice.
            let again: BTreeSet<String> = named.iter().map(|file| file.path.clone()).collect();
            files.retain(|file| !again.contains(&file.path));
            files.extend(named);
            Box::new(|file| file.pack.is_none())
        } else if files.iter().any(|file| file.pack.as_deref() != Some(BUILTIN_PACK)) {
            Box::new(|file| file.pack.as_deref() != Some(BUILTIN_PACK))
        } else {
            Box::new(|_| true)
        };
        let asked = files.iter().filter(|file| is_asked(file)).map(|file| file.path.clone()).collect();
        Ok(Texts { files, asked })
    }

    /// The files that are asked about.
    pub fn asked(&self) -> impl Iterator<Item = &RuleText> {
        self.files.iter().filter(|file| self.asked.contains(&file.path))
    }

    fn is_asked(&self, meta: &Meta) -> bool {
        self.asked.contains(&*meta.file)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

/// What a rule can see.
#[derive(Debug, Serialize)]
struct Sight {
    id: String,
    title: String,
    log_source: String,
    /// Classes of events, as words; none for a correlation.
    events: Vec<String>,
}

/// What a check comes to.
#[derive(Debug, Serialize)]
struct Report {
    rules: u64,
    correlations: u64,
    sees: Vec<Sight>,
    #[serde(rename = "findings")]
    remarks: Vec<Remark>,
}

impl Report {
    fn of(texts: &Texts) -> Result<Report, Failure> {
        let mut set = load::assemble(&texts.files);
        let correlator = Correlator::new(&set, Limits::default());
        set.problems.extend(correlator.problems().iter().cloned());
        let asked: Vec<_> = set.rules.iter().filter(|rule| texts.is_asked(&rule.meta)).collect();
        let correlations: Vec<_> = set.correlations.iter().filter(|one| texts.is_asked(&one.meta)).collect();
        let problems = set.problems.iter().filter(|problem| texts.asked.contains(&*problem.file));
        let mut remarks: Vec<Remark> = problems.map(|problem| of_problem(problem, texts)).collect();
        if asked.is_empty() && correlations.is_empty() && remarks.is_empty() {
            return Err(Failure::Rules(RulesError::NoRules));
        }
        let found: Vec<(&Meta, Vec<Finding>)> =
            asked.par_iter().map(|rule| (&*rule.meta, check_rule(rule))).collect();
        let of_correlations = correlations.iter().map(|one| (&*one.meta, check_correlation(one, &set)));
        let mut sources: BTreeMap<String, (u64, Remark)> = BTreeMap::new();
        for (meta, findings) in found.into_iter().chain(of_correlations) {
            for finding in findings {
                let remark = of_finding(meta, &finding, texts);
                if let Finding::NoEvents { source, .. } = &finding {
                    sources.entry(told(source)).or_insert((0, remark)).0 += 1;
                } else {
                    remarks.push(remark);
                }
            }
        }
        // One remark for each log source: a pack may hold hundreds of rules for a product.
        remarks.extend(sources.into_values().map(|(number, mut remark)| {
            if number > 1 {
                remark.message += &format!(
                    " (and so {} {} of these files)",
                    if number == 2 { "does" } else { "do" },
                    count(number - 1, "other rule", "other rules")
                );
            }
            remark
        }));
        remarks.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        Ok(Report {
            rules: asked.len() as u64,
            correlations: correlations.len() as u64,
            sees: sights(&set, texts),
            remarks,
        })
    }

    fn tell(&self, out: &mut impl Write, texts: &Texts) -> io::Result<()> {
        for remark in &self.remarks {
            remark.write(out, texts.text(&remark.file))?;
        }
        let mut by_source: BTreeMap<&str, (u64, &[String])> = BTreeMap::new();
        for sight in self.sees.iter().filter(|sight| !sight.log_source.is_empty()) {
            by_source.entry(&sight.log_source).or_insert((0, &sight.events)).0 += 1;
        }
        writeln!(out, "{:>6}  {:<34}  which can see events of", "rules", "log source")?;
        for (source, (rules, events)) in by_source {
            let seen = match events {
                [] => "nothing that is read here".to_owned(),
                [one] => one.clone(),
                [one, rest @ ..] => format!("{one} and {} more", rest.len()),
            };
            let source = cut(&plain(source), 34);
            writeln!(out, "{}", cut(&format!("{:>6}  {source:<34}  {}", group(rules), plain(&seen)), 80))?;
        }
        let rules = count(self.rules, "rule", "rules");
        let correlations = count(self.correlations, "correlation", "correlations");
        let found = match self.remarks.len() as u64 {
            0 => "nothing found".to_owned(),
            found => format!("{} found", count(found, "problem", "problems")),
        };
        writeln!(out, "\n{rules} and {correlations} checked, {found}.")
    }
}

fn sights(set: &RuleSet, texts: &Texts) -> Vec<Sight> {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let sight = |meta: &Meta, log_source: String, events: Vec<String>| Sight {
        id: meta.id.to_string(),
        title: meta.title.to_string(),
        log_source,
        events,
    };
    let mut sights = Vec::new();
    for rule in set.rules.iter().filter(|rule| texts.is_asked(&rule.meta)) {
        let source = told(&rule.logsource);
        let events = known
            .entry(source.clone())
            .or_insert_with(|| covered(&rule.logsource).iter().map(words).collect())
            .clone();
        sights.push(sight(&rule.meta, source, events));
    }
    let correlations = set.correlations.iter().filter(|one| texts.is_asked(&one.meta));
    sights.extend(correlations.map(|one| sight(&one.meta, String::new(), Vec::new())));
    sights
}

/// A log source in words.
pub fn told(source: &LogSource) -> String {
    let parts = [&source.product, &source.service, &source.category];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn of_problem(problem: &RuleProblem, texts: &Texts) -> Remark {
    let remark = Remark {
        code: problem.code,
        rule: problem.rule.clone(),
        message: problem.message.clone(),
        help: problem.help.map(str::to_owned),
        file: problem.file.to_string(),
        line: problem.line,
        column: None,
        text: None,
    };
    // What stands between backticks is what was typed.
    let typed: Vec<&str> = problem.message.split('`').skip(1).step_by(2).collect();
    remark.at_key(texts.text(&problem.file), &typed)
}

fn of_finding(meta: &Meta, finding: &Finding, texts: &Texts) -> Remark {
    let mut keys: Vec<&str> = Vec::new();
    let (message, help) = match finding {
        Finding::NoEvents { source, nearest } => {
            let parts = [&source.category, &source.service, &source.product];
            keys.extend(parts.into_iter().flatten().map(String::as_str));
            let help = match nearest {
                Some(nearest) => format!("the nearest that has events is `{}`", told(nearest)),
                None => "`cofferdam rules fields` lists every log source".to_owned(),
            };
            (format!("no parser gives events of `{}`, so it never fires", told(source)), help)
        }
        Finding::UnknownField { field, nearest, elsewhere, of } => {
            keys.push(field);
            let whose = match of {
                Some(rule) => format!("events of the rule `{rule}` have no field `{field}`"),
                None => format!("no event of its log source has the field `{field}`"),
            };
            let help = match (nearest, elsewhere) {
                (Some(nearest), _) => format!("did you mean `{nearest}`? `rules fields` lists them"),
                (None, Some(class)) => format!("events of `{class}` have it"),
                (None, None) => "`cofferdam rules fields` lists every field".to_owned(),
            };
            (whose, help)
        }
        Finding::AlwaysTrue => {
            keys.push("condition");
            let message = "the condition holds for every event of its log source".to_owned();
            (message, "take out what cancels itself, such as `a or not a`".to_owned())
        }
        Finding::NeverTrue => {
            keys.push("condition");
            let message = "the condition holds for no event, so it never fires".to_owned();
            (message, "look for what rules itself out, or for fields that are not there".to_owned())
        }
    };
    let remark = Remark {
        code: finding.code(),
        rule: Some(meta.title.to_string()),
        message,
        help: Some(help),
        file: meta.file.to_string(),
        line: Some(meta.line),
        column: None,
        text: None,
    };
    remark.at_key(texts.text(&meta.file), &keys)
}
