//! From rule files' text to a set of rules, with everything that could not be loaded and why.

use super::convert::{self, ConvertError};
use super::correlation::{self, Correlation};
use super::model::{Expr, LogSource, Meta, Rule};
use cofferdam_vocabulary::Level;
use std::collections::HashMap;
use std::sync::Arc;

/// What one file held.
#[derive(Debug, Default)]
pub struct FileRules {
    rules: Vec<Rule>,
    correlations: Vec<Correlation>,
    filters: Vec<Filter>,
    problems: Vec<RuleProblem>,
}

#[derive(Debug)]
struct Filter {
    title: String,
    file: Arc<str>,
    /// Ids, names or titles; `None` means every rule of the log source.
    targets: Option<Vec<String>>,
    logsource: LogSource,
    condition: Expr,
}

/// Why a document was not loaded, or what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// To search, alert and look up.
    pub code: &'static str,
    /// The file.
    pub file: Arc<str>,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The rule's title, where it has one.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What the analyst can do next.
    pub help: Option<&'static str>,
}

/// Rules ready for the matcher.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// Detection rules; a match names one by its index.
    pub rules: Vec<Rule>,
    /// Correlation rules.
    pub correlations: Vec<Correlation>,
    /// Documents that were not loaded.
    pub problems: Vec<RuleProblem>,
}

/// Reads one file of one or more YAML documents. Bad documents become problems, the rest is kept.
pub fn read_file(path: &str, text: &str) -> FileRules {
    let file: Arc<str> = path.into();
    let mut out = FileRules::default();
    let parsed = match rsigma_parser::parse_sigma_yaml(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            out.problems.push(unreadable(&file, &error.to_string()));
            return out;
        }
    };
    for error in &parsed.errors {
        out.problems.push(unreadable(&file, error));
    }
    for rule in &parsed.rules {
        match convert::rule(rule, &file) {
            Ok(rule) => {
                if rule.logsource == LogSource::default() {
                    out.problems.push(without_logsource(&rule.meta));
                }
                out.rules.push(rule);
            }
            Err(error) => out.problems.push(unusable(&file, &rule.title, &error)),
        }
    }
    for parsed in &parsed.correlations {
        match correlation::correlation(parsed, &file) {
            Ok(correlation) => out.correlations.push(correlation),
            Err(error) => out.problems.push(unusable(&file, &parsed.title, &error)),
        }
    }
    for filter in &parsed.filters {
        match filter_of(filter, &file) {
            Ok(filter) => out.filters.push(filter),
            Err(error) => out.problems.push(unusable(&file, &filter.title, &error)),
        }
    }
    out
}

fn filter_of(parsed: &rsigma_parser::FilterRule, file: &Arc<str>) -> Result<Filter, ConvertError> {
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
    let logsource = parsed.logsource.as_ref().map(|source| LogSource {
        product: lower(&source.product),
        category: lower(&source.category),
        service: lower(&source.service),
    });
    Ok(Filter {
        title: parsed.title.clone(),
        file: Arc::clone(file),
        targets: match &parsed.rules {
            rsigma_parser::FilterRuleTarget::Any => None,
            rsigma_parser::FilterRuleTarget::Specific(targets) => Some(targets.clone()),
        },
        logsource: logsource.unwrap_or_default(),
        condition: convert::detections(&parsed.detection)?,
    })
}

fn unreadable(file: &Arc<str>, message: &str) -> RuleProblem {
    let line = message.split("line ").nth(1).and_then(|rest| {
        rest.split(|ch: char| !ch.is_ascii_digit()).next().and_then(|digits| digits.parse().ok())
    });
    RuleProblem {
        code: "detect::rule-unreadable",
        file: Arc::clone(file),
        line,
        rule: None,
        // Parsers draw the place over several lines.
        message: message.split_whitespace().collect::<Vec<_>>().join(" "),
        help: Some("`docs/rules.md` says what a rule needs and which modifiers there are"),
    }
}

fn without_logsource(meta: &Meta) -> RuleProblem {
    RuleProblem {
        code: "detect::rule-without-logsource",
        file: Arc::clone(&meta.file),
        line: None,
        rule: Some(meta.title.to_string()),
        message: "the log source names no product, service or category, so the rule never applies".to_owned(),
        help: Some("name at least one of them under `logsource`"),
    }
}

fn unusable(file: &Arc<str>, title: &str, error: &ConvertError) -> RuleProblem {
    let (code, help) = match error {
        ConvertError::Placeholder { .. } => {
            ("detect::rule-placeholder", Some("replace the placeholder by your own values to use the rule"))
        }
        ConvertError::UnknownName { .. } => {
            ("detect::rule-unknown-name", Some("correct the name in `condition`"))
        }
        ConvertError::Regex { .. } => (
            "detect::rule-regex",
            Some("regular expressions run in linear time: no look-around, no back-references, bounded size"),
        ),
        ConvertError::Value { .. } => ("detect::rule-value", None),
        ConvertError::Unsupported { .. } => ("detect::rule-unsupported", None),
    };
    RuleProblem {
        code,
        file: Arc::clone(file),
        line: None,
        rule: Some(title.to_owned()),
        message: error.to_string(),
        help,
    }
}

impl RuleSet {
    /// Puts files together: a rule whose id came before is left out, filters are applied, and
    /// correlations whose rules are missing are reported.
    pub fn assemble(files: impl IntoIterator<Item = FileRules>) -> RuleSet {
        let mut set = RuleSet::default();
        let mut filters = Vec::new();
        let mut seen: HashMap<Arc<str>, Arc<str>> = HashMap::new();
        for file in files {
            set.problems.extend(file.problems);
            filters.extend(file.filters);
            for rule in file.rules {
                match twice(&mut seen, &rule.meta) {
                    Some(problem) => set.problems.push(problem),
                    None => set.rules.push(rule),
                }
            }
            for correlation in file.correlations {
                match twice(&mut seen, &correlation.meta) {
                    Some(problem) => set.problems.push(problem),
                    None => set.correlations.push(correlation),
                }
            }
        }
        for filter in &filters {
            set.apply(filter);
        }
        set.drop_orphans();
        set
    }

    /// Leaves out rules below the level. What a remaining correlation counts stays, unreported.
    pub fn drop_below(&mut self, level: Level) {
        for correlation in &mut self.correlations {
            correlation.reported = correlation.meta.level >= level;
        }
        for rule in &mut self.rules {
            rule.reported = rule.meta.level >= level;
        }
        let reported = self.correlations.iter().filter(|correlation| correlation.reported);
        let mut needed: Vec<String> = reported.flat_map(|correlation| correlation.rules.clone()).collect();
        let mut at = 0;
        while at < needed.len() {
            let target = needed[at].clone();
            let inner = self.correlations.iter().filter(|correlation| names(&correlation.meta, &target));
            let further: Vec<String> =
                inner.flat_map(|inner| inner.rules.clone()).filter(|rule| !needed.contains(rule)).collect();
            needed.extend(further);
            at += 1;
        }
        let is_needed = |meta: &Meta| needed.iter().any(|target| names(meta, target));
        self.rules.retain(|rule| rule.reported || is_needed(&rule.meta));
        self.correlations.retain(|correlation| correlation.reported || is_needed(&correlation.meta));
    }

    fn apply(&mut self, filter: &Filter) {
        let mut hit = false;
        for rule in &mut self.rules {
            let named = filter
                .targets
                .as_ref()
                .is_none_or(|targets| targets.iter().any(|target| names(&rule.meta, target)));
            if named && narrower(&rule.logsource, &filter.logsource) {
                let condition = std::mem::replace(&mut rule.condition, Expr::Any(Vec::new()));
                rule.condition = Expr::All(vec![condition, filter.condition.clone()]);
                hit = true;
            }
        }
        if !hit {
            self.problems.push(RuleProblem {
                code: "detect::filter-without-rule",
                file: Arc::clone(&filter.file),
                line: None,
                rule: Some(filter.title.clone()),
                message: "the filter names no rule that is loaded".to_owned(),
                help: Some("check the ids under `rules` and the filter's log source"),
            });
        }
    }

    /// A correlation that waits for a rule that is not there would be silent for ever.
    fn drop_orphans(&mut self) {
        loop {
            let known = |target: &String| {
                self.rules.iter().any(|rule| names(&rule.meta, target))
                    || self.correlations.iter().any(|other| names(&other.meta, target))
            };
            let orphan =
                self.correlations.iter().position(|correlation| !correlation.rules.iter().all(known));
            let Some(orphan) = orphan else { return };
            let missing = self.correlations[orphan].rules.iter().find(|target| !known(target)).cloned();
            let correlation = self.correlations.remove(orphan);
            self.problems.push(RuleProblem {
                code: "detect::correlation-without-rule",
                file: Arc::clone(&correlation.meta.file),
                line: None,
                rule: Some(correlation.meta.title.to_string()),
                message: format!(
                    "the correlation names the rule `{}`, which is not loaded",
                    missing.unwrap_or_default()
                ),
                help: Some("load the file that holds the rule as well"),
            });
        }
    }
}

/// Whether a reference means this document: by id, by name or by title.
pub(crate) fn names(meta: &Meta, reference: &str) -> bool {
    *meta.id == *reference || meta.name.as_deref() == Some(reference) || *meta.title == *reference
}

fn narrower(rule: &LogSource, filter: &LogSource) -> bool {
    let fits = |rule: &Option<String>, filter: &Option<String>| filter.is_none() || rule == filter;
    fits(&rule.product, &filter.product)
        && fits(&rule.category, &filter.category)
        && fits(&rule.service, &filter.service)
}

fn twice(seen: &mut HashMap<Arc<str>, Arc<str>>, meta: &Meta) -> Option<RuleProblem> {
    if let Some(first) = seen.get(&meta.id) {
        return Some(RuleProblem {
            code: "detect::rule-twice",
            file: Arc::clone(&meta.file),
            line: None,
            rule: Some(meta.title.to_string()),
            message: format!("the id `{}` was already loaded from `{first}`", meta.id),
            help: Some("give the rule an id of its own, or leave one of the two out"),
        });
    }
    seen.insert(Arc::clone(&meta.id), Arc::clone(&meta.file));
    None
}
