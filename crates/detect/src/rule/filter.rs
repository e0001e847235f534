//! Sigma filters: conditions that are added to rules from outside.
//!
//! Source: Sigma specification 2.1.0, "Filters".

use super::convert::{self, ConvertError};
use super::load::{RuleProblem, RuleSet, names};
use super::model::{Expr, LogSource};
use rsigma_parser::FilterRuleTarget;
use std::sync::Arc;
use yaml_serde::Value;

/// A condition and the rules it is added to.
#[derive(Debug)]
pub(super) struct Filter {
    title: String,
    file: Arc<str>,
    line: usize,
    /// Ids, names or titles; `None` means every rule of the log source.
    targets: Option<Vec<String>>,
    logsource: LogSource,
    condition: Expr,
}

/// Refuses a filter that does not say what it filters: it would hide more than was meant.
///
/// # Errors
///
/// [`ConvertError::Malformed`] when `rules` is missing or empty, or is `any` without a log source.
pub(super) fn is_meant(document: &Value) -> Result<(), ConvertError> {
    let malformed = |what: &str| Err(ConvertError::Malformed { what: what.to_owned() });
    let rules = document.get("filter").and_then(|filter| filter.get("rules"));
    let any = |rule: &Value| rule.as_str().is_some_and(|rule| rule.eq_ignore_ascii_case("any"));
    let part = |part| document.get("logsource").and_then(|source| source.get(part)).is_some();
    match rules {
        Some(Value::String(rule)) if !rule.trim().is_empty() => {}
        Some(Value::Sequence(rules)) if !rules.is_empty() && rules.iter().all(Value::is_string) => {
            if rules.len() > 1 && rules.iter().any(any) {
                return malformed("`any` stands alone under `rules`, not in a list with others");
            }
        }
        _ => return malformed("the filter does not say which `rules` it is for; `any` means all"),
    }
    let all = rules.is_some_and(|rules| any(rules) || rules.get(0).is_some_and(any));
    if all && !["product", "category", "service"].into_iter().any(part) {
        return malformed("a filter for any rule needs a `logsource`");
    }
    Ok(())
}

/// Turns a parsed filter into ours.
///
/// # Errors
///
/// [`ConvertError`] when its condition cannot be evaluated as written.
pub(super) fn filter(
    parsed: &rsigma_parser::FilterRule,
    file: &Arc<str>,
    line: usize,
) -> Result<Filter, ConvertError> {
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
    let logsource = parsed.logsource.as_ref().map(|source| LogSource {
        product: lower(&source.product),
        category: lower(&source.category),
        service: lower(&source.service),
    });
    let targets = match &parsed.rules {
        FilterRuleTarget::Any => None,
        FilterRuleTarget::Specific(targets) => Some(targets.clone())
            .filter(|targets| !matches!(&targets[..], [one] if one.eq_ignore_ascii_case("any"))),
    };
    Ok(Filter {
        title: parsed.title.clone(),
        file: Arc::clone(file),
        line,
        targets,
        logsource: logsource.unwrap_or_default(),
        condition: convert::detections(&parsed.detection)?,
    })
}

impl Filter {
    /// Adds the condition to the rules it is for. What finds no rule is told.
    pub(super) fn apply(&self, set: &mut RuleSet) {
        let mut found = vec![false; self.targets.as_ref().map_or(1, Vec::len)];
        for rule in &mut set.rules {
            if !narrower(&rule.logsource, &self.logsource) {
                continue;
            }
            let mut meant = self.targets.is_none();
            if let Some(targets) = &self.targets {
                for (target, found) in targets.iter().zip(&mut found) {
                    let named = names(&rule.meta, target);
                    *found |= named;
                    meant |= named;
                }
            } else {
                found.fill(true);
            }
            if meant {
                let condition = std::mem::replace(&mut rule.condition, Expr::Any(Vec::new()));
                rule.condition = Expr::All(vec![condition, self.condition.clone()]);
            }
        }
        let targets = self.targets.as_deref().unwrap_or_default();
        let missing: Vec<&String> =
            targets.iter().zip(&found).filter(|(_, found)| !**found).map(|(target, _)| target).collect();
        if let Some(problem) = self.problem(set, &missing, found.contains(&true)) {
            set.problems.push(problem);
        }
    }

    fn problem(&self, set: &RuleSet, missing: &[&String], hit: bool) -> Option<RuleProblem> {
        let elsewhere = |target: &&&String| set.rules.iter().any(|rule| names(&rule.meta, target));
        let correlation = |target: &&&String| set.correlations.iter().any(|one| names(&one.meta, target));
        let (message, help) = if let Some(target) = missing.iter().find(correlation) {
            (
                format!("the filter names `{target}`, which is a correlation"),
                "filter the rules that the correlation counts",
            )
        } else if let Some(target) = missing.iter().find(elsewhere) {
            (
                format!("the filter's log source is not that of `{target}`, so it does not apply to it"),
                "name the log source of the rule, or less of it",
            )
        } else if let Some(target) = missing.first() {
            (
                format!("the filter names `{target}`, which is no rule that is loaded"),
                "check the ids under `rules`, and load the file that holds the rule as well",
            )
        } else if hit {
            return None;
        } else {
            ("no rule that is loaded has the filter's log source".to_owned(), "check the filter's log source")
        };
        Some(RuleProblem {
            code: "detect::filter-without-rule",
            file: Arc::clone(&self.file),
            line: Some(self.line),
            rule: Some(self.title.clone()),
            message,
            help: Some(help),
        })
    }
}

/// Whether the rule's log source says all that the filter's does.
fn narrower(rule: &LogSource, filter: &LogSource) -> bool {
    let fits = |rule: &Option<String>, filter: &Option<String>| filter.is_none() || rule == filter;
    fits(&rule.product, &filter.product)
        && fits(&rule.category, &filter.category)
        && fits(&rule.service, &filter.service)
}

#[cfg(test)]
mod tests {
    use crate::event::{Event, EventClass};
    use crate::rule::{RuleSet, oracle, read_file};

    const LINUX: EventClass = EventClass { product: "linux", services: &["sshd"], categories: &[] };

    const RULES: &str = "
{title: One, id: '1', name: one, logsource: {product: linux, service: sshd}, detection: {s: {f: x}, condition: s}}
---
{title: Two, id: '2', logsource: {product: linux}, detection: {s: {f: x}, condition: s}}
---
{title: Three, id: '3', logsource: {product: linux, service: sshd}, detection: {s: {f: x}, condition: s}}
---
{title: Many, correlation: {type: event_count, rules: [one], timespan: 1h, condition: {gte: 2}}}
---
";

    /// The one door: a filter, the titles that still fire for the account it is about, and what is told.
    #[track_caller]
    fn check(filter: &str, want: &str, told: &[&str]) {
        let set = RuleSet::assemble([read_file("test.yml", &format!("{RULES}{filter}"))]);
        let problems: Vec<&str> = set.problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(problems, told, "{filter}");
        let fires = |user: &'static str| -> String {
            let mut event = Event::new(LINUX, "");
            event.push("f", "x");
            event.push("user", user);
            let fires = set.rules.iter().filter(|rule| oracle::fires(rule, &event));
            fires.map(|rule| rule.meta.title.to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(fires("svc-backup"), want, "{filter}");
        assert_eq!(fires("ops1"), "One Two Three", "others are not filtered: {filter}");
    }

    fn of(rules: &str, logsource: &str) -> String {
        format!(
            "{{title: F, logsource: {logsource}, filter: {{rules: {rules}, s: {{user: svc-backup}}, condition: not s}}}}"
        )
    }

    #[test]
    fn a_filter_is_added_to_the_rules_it_names() {
        let sshd = "{product: linux, service: sshd}";
        check(&of("['1']", sshd), "Two Three", &[]);
        check(&of("[one, Three]", sshd), "Two", &[]);
        check(&of("one", sshd), "Two Three", &[]);
        check(&of("[one, '2']", "{product: Linux}"), "Three", &[]);
    }

    #[test]
    fn any_means_every_rule_of_the_log_source() {
        check(&of("any", "{product: linux, service: sshd}"), "Two", &[]);
        check(&of("[any]", "{product: linux}"), "", &[]);
        check(&of("Any", "{service: sshd}"), "Two", &[]);
    }

    #[test]
    fn what_filters_nothing_is_told() {
        let all = "One Two Three";
        let sshd = "{product: linux, service: sshd}";
        check(&of("[nine]", sshd), all, &["the filter names `nine`, which is no rule that is loaded"]);
        check(
            &of("[one, nine]", sshd),
            "Two Three",
            &["the filter names `nine`, which is no rule that is loaded"],
        );
        check(
            &of("['2']", sshd),
            all,
            &["the filter's log source is not that of `2`, so it does not apply to it"],
        );
        check(&of("[Many]", sshd), all, &["the filter names `Many`, which is a correlation"]);
        check(&of("any", "{product: windows}"), all, &["no rule that is loaded has the filter's log source"]);
    }

    #[test]
    fn a_filter_that_does_not_say_what_it_is_for_hides_nothing() {
        let all = "One Two Three";
        let unmeant = "the filter does not say which `rules` it is for; `any` means all";
        check(
            "{title: F, logsource: {product: linux}, filter: {s: {user: svc-backup}, condition: not s}}",
            all,
            &[unmeant],
        );
        check(&of("[]", "{product: linux}"), all, &[unmeant]);
        check(&of("[1, 2]", "{product: linux}"), all, &[unmeant]);
        check(&of("any", "{}"), all, &["a filter for any rule needs a `logsource`"]);
        check(
            &of("[any, one]", "{product: linux}"),
            all,
            &["`any` stands alone under `rules`, not in a list with others"],
        );
    }
}
