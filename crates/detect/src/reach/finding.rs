//! What is odd about a rule, given what can come here.

use super::condition::constant;
use super::fields::{Known, known, known_of};
use super::source::{covered, nearest_source};
use crate::event::EventClass;
use crate::rule::{Correlation, Expr, LogSource, Rule, RuleSet, Test, names};
use cofferdam_vocabulary::nearest;
use std::sync::Arc;

/// Something that keeps a rule from doing what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// No parser gives events of the log source.
    NoEvents {
        /// What the rule asks for.
        source: LogSource,
        /// What comes nearest and has events.
        nearest: Option<LogSource>,
    },
    /// No event of the log source has the field.
    UnknownField {
        /// As the rule has it.
        field: Arc<str>,
        /// What was probably meant.
        nearest: Option<&'static str>,
        /// A log source whose events have it.
        elsewhere: Option<&'static str>,
        /// For a correlation, the rule whose events lack it.
        of: Option<Arc<str>>,
    },
    /// The condition holds for every event of the log source.
    AlwaysTrue,
    /// The condition holds for no event.
    NeverTrue,
}

impl Finding {
    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::NoEvents { .. } => "detect::no-such-events",
            Finding::UnknownField { .. } => "detect::unknown-field",
            Finding::AlwaysTrue => "detect::always-true",
            Finding::NeverTrue => "detect::never-true",
        }
    }
}

/// Everything that is odd about a detection.
pub fn check_rule(rule: &Rule) -> Vec<Finding> {
    // A rule without a log source is reported where it is loaded.
    if rule.logsource == LogSource::default() {
        return Vec::new();
    }
    let classes = covered(&rule.logsource);
    if classes.is_empty() {
        let nearest = nearest_source(&rule.logsource);
        return vec![Finding::NoEvents { source: rule.logsource.clone(), nearest }];
    }
    let fields = Fields::of(&classes);
    let mut findings = Vec::new();
    for field in asked(&rule.condition) {
        findings.extend(fields.judge(&field, None));
    }
    let absent = |field: &str| !fields.has(field) && !fields.may_have(field);
    match constant(&rule.condition, &absent) {
        Some(true) => findings.push(Finding::AlwaysTrue),
        Some(false) => findings.push(Finding::NeverTrue),
        None => {}
    }
    findings
}

/// Everything that is odd about a correlation: fields that it groups by or counts, and that the rules
/// it counts do not have.
pub fn check_correlation(correlation: &Correlation, set: &RuleSet) -> Vec<Finding> {
    let mut findings = Vec::new();
    let counted = |rule: &&Rule| correlation.rules.iter().any(|reference| names(&rule.meta, reference));
    for rule in set.rules.iter().filter(counted) {
        let classes = covered(&rule.logsource);
        if classes.is_empty() {
            continue;
        }
        let fields = Fields::of(&classes);
        for name in correlation.group_by.iter().chain(correlation.counted()) {
            let field: Arc<str> = correlation.field_of(name, &rule.meta).into();
            let finding = fields.judge(&field, Some(&rule.meta.title));
            findings.extend(finding.filter(|finding| !findings.contains(finding)));
        }
    }
    findings
}

/// The fields whose values a condition tests, each once; that one is missing may well be the point.
fn asked(condition: &Expr) -> Vec<Arc<str>> {
    fn collect(expr: &Expr, out: &mut Vec<Arc<str>>) {
        match expr {
            Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                parts.iter().for_each(|part| collect(part, out));
            }
            Expr::Not(inner) => collect(inner, out),
            Expr::Field(_, Test::Null | Test::Exists(false)) | Expr::Keyword(_) => {}
            Expr::Field(name, test) => {
                let other = if let Test::SameAs { other, .. } = test { Some(other) } else { None };
                for name in [Some(name), other].into_iter().flatten() {
                    if !out.contains(name) {
                        out.push(Arc::clone(name));
                    }
                }
            }
        }
    }
    let mut fields = Vec::new();
    collect(condition, &mut fields);
    fields
}

/// What is known of the fields of some classes.
struct Fields {
    of_classes: Vec<&'static Known>,
    products: Vec<&'static str>,
    /// Whether fixtures show every class.
    all_known: bool,
}

impl Fields {
    fn of(classes: &[EventClass]) -> Fields {
        let of_classes: Vec<&'static Known> = classes.iter().filter_map(known_of).collect();
        let all_known = of_classes.len() == classes.len();
        Fields { of_classes, products: classes.iter().map(|class| class.product).collect(), all_known }
    }

    fn has(&self, field: &str) -> bool {
        self.of_classes.iter().any(|known| known.has(field))
    }

    fn may_have(&self, field: &str) -> bool {
        !self.all_known || self.of_classes.iter().any(|known| known.may_have(field))
    }

    /// Where records bring names of their own along, only what looks like a slip is told, or what
    /// belongs to another product.
    fn judge(&self, field: &Arc<str>, of: Option<&Arc<str>>) -> Option<Finding> {
        if self.of_classes.is_empty() || self.has(field) {
            return None;
        }
        let of_product = |known: &&Known| {
            self.products.iter().any(|product| known.class.split(' ').next().unwrap_or_default() == *product)
        };
        let has = |known: &&Known| known.has(field);
        let may_have = self.may_have(field);
        if may_have && known().iter().filter(of_product).any(|known| has(&known)) {
            return None;
        }
        let ours = self.of_classes.iter().flat_map(|known| known.fields.iter().copied());
        let nearest = nearest(field, ours);
        let elsewhere = known().iter().find(has).map(|known| known.class);
        if may_have && nearest.is_none() && elsewhere.is_none() {
            return None;
        }
        Some(Finding::UnknownField { field: Arc::clone(field), nearest, elsewhere, of: of.cloned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::read_file;

    fn set(text: &str) -> RuleSet {
        let set = RuleSet::assemble([read_file("test.yml", text)]);
        assert_eq!(set.problems, []);
        set
    }

    #[track_caller]
    fn check(source: &str, detection: &str, want: &[&str]) {
        let set =
            set(&format!("{{title: R, logsource: {source}, detection: {{{detection}, condition: s}}}}"));
        let told = |finding: &Finding| match finding {
            Finding::UnknownField { field, nearest, elsewhere, .. } => {
                format!("{field}, near {}, of {}", nearest.unwrap_or("-"), elsewhere.unwrap_or("-"))
            }
            finding => finding.code().to_owned(),
        };
        let told: Vec<String> = check_rule(&set.rules[0]).iter().map(told).collect();
        assert_eq!(told, want, "{source} {detection}");
    }

    #[test]
    fn fields_that_no_event_has_are_found() {
        let sshd = "{product: linux, service: sshd}";
        check(sshd, "s: {user.name: root}", &[]);
        check(sshd, "s: {user.nmae: root}", &["user.nmae, near user.name, of -", "detect::never-true"]);
        check(
            sshd,
            "s: {no.such.field: x, user.name: root}",
            &["no.such.field, near -, of -", "detect::never-true"],
        );
        check(
            sshd,
            "s: {ScriptBlockText|contains: x}",
            &["ScriptBlockText, near -, of windows powershell ps_script", "detect::never-true"],
        );
        let process = "{product: windows, category: process_creation}";
        check(process, "s: {commandline: x}", &["commandline, near CommandLine, of -"]);
        check(process, "s: {SomethingOfTheirOwn: x}", &[]);
        check(process, "s: {TargetObject: x}", &[]);
        check("{product: windwos}", "s: {a: x}", &["detect::no-such-events"]);
        check("{product: windows}", "s: {a|exists: false}", &[]);
    }

    #[test]
    fn a_correlation_that_groups_by_what_is_not_there_is_found() {
        let set = set("
{title: a, logsource: {product: linux, service: sshd}, detection: {s: {user.name: root}, condition: s}}
---
{title: C, correlation: {type: value_count, rules: [a], group-by: [src, who], timespan: 1h, condition: {field: source.pot, gte: 2}, aliases: {who: {a: user.name}}}}");
        let findings = check_correlation(&set.correlations[0], &set);
        let fields: Vec<&str> = findings
            .iter()
            .map(|finding| if let Finding::UnknownField { field, .. } = finding { &**field } else { "" })
            .collect();
        assert_eq!(fields, ["src", "source.pot"]);
    }
}
