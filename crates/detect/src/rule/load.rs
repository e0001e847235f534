//! From rule files' text to a set of rules, with everything that could not be loaded and why.

use super::convert::{self, ConvertError};
use super::correlation::{self, Correlation};
use super::document::{Document, documents};
use super::filter::{self, Filter};
use super::model::{LogSource, Meta, Rule};
use cofferdam_vocabulary::Level;
use std::collections::HashMap;
use std::sync::Arc;
use yaml_serde::Value;

/// What one file held.
#[derive(Debug, Default)]
pub struct FileRules {
    rules: Vec<Rule>,
    correlations: Vec<Correlation>,
    filters: Vec<Filter>,
    problems: Vec<RuleProblem>,
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
    let (documents, problems) = documents(text);
    for (line, message) in problems {
        let document = Document { line, text: "".into() };
        out.problems.push(unreadable(&file, &document, &message));
    }
    for document in &documents {
        out.read(document, &file);
    }
    if documents.is_empty() && out.problems.is_empty() {
        let document = Document { line: 1, text: "".into() };
        out.problems.push(unreadable(&file, &document, "the file holds no rule"));
    }
    out
}

impl FileRules {
    fn read(&mut self, document: &Document<'_>, file: &Arc<str>) {
        // Correlations are read by ourselves; no other document is read twice.
        let value = document.text.contains("correlation").then(|| document.value()).flatten();
        if let Some(value) = value.filter(|value| value.get("correlation").is_some()) {
            match correlation::correlation(&value, file) {
                Ok(mut correlation) => {
                    Arc::make_mut(&mut correlation.meta).line = document.line;
                    self.correlations.push(correlation);
                }
                Err(error) => self.problems.push(unusable(file, document.line, title(&value), &error)),
            }
            return;
        }
        let parsed = match rsigma_parser::parse_sigma_yaml(&document.text) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.problems.push(unreadable(file, document, &error.to_string()));
                return;
            }
        };
        self.problems.extend(parsed.errors.iter().map(|error| unreadable(file, document, error)));
        for rule in &parsed.rules {
            match convert::rule(rule, file) {
                Ok(mut rule) => {
                    Arc::make_mut(&mut rule.meta).line = document.line;
                    if rule.logsource == LogSource::default() {
                        self.problems.push(without_logsource(&rule.meta, document.line));
                    }
                    self.rules.push(rule);
                }
                Err(error) => self.problems.push(unusable(file, document.line, &rule.title, &error)),
            }
        }
        for correlation in &parsed.correlations {
            let error = ConvertError::Malformed { what: "`correlation` is written with escapes".to_owned() };
            self.problems.push(unusable(file, document.line, &correlation.title, &error));
        }
        for filter in &parsed.filters {
            let meant = document.value().map_or(Ok(()), |value| filter::is_meant(&value));
            match meant.and_then(|()| filter::filter(filter, file, document.line)) {
                Ok(filter) => self.filters.push(filter),
                Err(error) => self.problems.push(unusable(file, document.line, &filter.title, &error)),
            }
        }
    }
}

fn title(document: &Value) -> &str {
    document.get("title").and_then(Value::as_str).unwrap_or_default()
}

/// A document that the parser refused. Its messages draw the place over several lines.
fn unreadable(file: &Arc<str>, document: &Document<'_>, message: &str) -> RuleProblem {
    let title = document.text.lines().find_map(|line| line.strip_prefix("title:"));
    let title = title.map(|title| title.trim().trim_matches(['\'', '"']).to_owned());
    if let Some(condition) = refused_condition(message) {
        let old = condition.contains('|');
        return RuleProblem {
            code: "detect::rule-unreadable",
            file: Arc::clone(file),
            line: Some(document.line),
            rule: title,
            message: format!("the condition `{condition}` is none that Sigma 2 has"),
            help: Some(if old {
                "what counts events is a correlation of its own today: see `docs/rules.md`"
            } else {
                "conditions are names, `and`, `or`, `not`, parentheses, and `1 of name*`"
            }),
        };
    }
    let within = message.split("line ").nth(1).and_then(|rest| {
        rest.split(|ch: char| !ch.is_ascii_digit()).next().and_then(|digits| digits.parse::<usize>().ok())
    });
    RuleProblem {
        code: "detect::rule-unreadable",
        file: Arc::clone(file),
        line: Some(document.line.saturating_add(within.unwrap_or(1).saturating_sub(1))),
        rule: title,
        message: message.split_whitespace().collect::<Vec<_>>().join(" "),
        help: Some("`docs/rules.md` says what a rule needs and which modifiers there are"),
    }
}

/// The condition that the parser could not read, out of the picture that it draws of it.
fn refused_condition(message: &str) -> Option<&str> {
    let picture = message.split_once("Condition parse error")?.1;
    picture.lines().find_map(|line| line.trim_start().strip_prefix("1 | ")).map(str::trim)
}

fn without_logsource(meta: &Meta, line: usize) -> RuleProblem {
    RuleProblem {
        code: "detect::rule-without-logsource",
        file: Arc::clone(&meta.file),
        line: Some(line),
        rule: Some(meta.title.to_string()),
        message: "the log source names no product, service or category, so the rule never applies".to_owned(),
        help: Some("name at least one of them under `logsource`"),
    }
}

fn unusable(file: &Arc<str>, line: usize, title: &str, error: &ConvertError) -> RuleProblem {
    let (code, help) = match error {
        ConvertError::Placeholder { .. } => {
            ("detect::rule-placeholder", Some("replace the placeholder by your own values to use the rule"))
        }
        ConvertError::UnknownName { .. } => {
            ("detect::rule-unknown-name", Some("correct the name in `condition`"))
        }
        ConvertError::UnknownRule { .. } => {
            ("detect::rule-unknown-name", Some("write it as `rules` does, or add it there"))
        }
        ConvertError::Regex { .. } => (
            "detect::rule-regex",
            Some("regular expressions run in linear time: no look-around, no back-references, bounded size"),
        ),
        ConvertError::Value { .. } => ("detect::rule-value", None),
        ConvertError::Malformed { .. } => {
            ("detect::rule-unreadable", Some("`docs/rules.md` says what correlations and filters need"))
        }
        ConvertError::Unsupported { .. } => ("detect::rule-unsupported", None),
    };
    RuleProblem {
        code,
        file: Arc::clone(file),
        line: Some(line),
        rule: (!title.is_empty()).then(|| title.to_owned()),
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
            filter.apply(&mut set);
        }
        set.drop_orphans();
        set.silence_bases();
        set
    }

    /// Leaves out rules below the level. What a remaining correlation counts stays, unreported.
    pub fn drop_below(&mut self, level: Level) {
        for correlation in &mut self.correlations {
            correlation.reported &= correlation.meta.level >= level;
        }
        for rule in &mut self.rules {
            rule.reported &= rule.meta.level >= level;
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

    /// What only correlations count that say `generate: false` is not reported by itself.
    fn silence_bases(&mut self) {
        let wanted = |correlations: &[Correlation], meta: &Meta| {
            let by = |correlation: &&Correlation| correlation.rules.iter().any(|rule| names(meta, rule));
            let mut says = correlations.iter().filter(by).map(|by| by.generate).peekable();
            says.peek().is_none() || says.any(|generate| generate != Some(false))
        };
        for rule in &mut self.rules {
            rule.reported = wanted(&self.correlations, &rule.meta);
        }
        let reported: Vec<bool> =
            self.correlations.iter().map(|inner| wanted(&self.correlations, &inner.meta)).collect();
        for (correlation, reported) in self.correlations.iter_mut().zip(reported) {
            correlation.reported = reported;
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
                line: Some(correlation.meta.line),
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

/// Whether a reference means this document.
pub(crate) fn names(meta: &Meta, reference: &str) -> bool {
    meta.is_called(reference)
}

fn twice(seen: &mut HashMap<Arc<str>, Arc<str>>, meta: &Meta) -> Option<RuleProblem> {
    if let Some(first) = seen.get(&meta.id) {
        return Some(RuleProblem {
            code: "detect::rule-twice",
            file: Arc::clone(&meta.file),
            line: Some(meta.line),
            rule: Some(meta.title.to_string()),
            message: format!("the id `{}` was already loaded from `{first}`", meta.id),
            help: Some("give the rule an id of its own, or leave one of the two out"),
        });
    }
    seen.insert(Arc::clone(&meta.id), Arc::clone(&meta.file));
    None
}
