//! From the YAML of a correlation document to a [`Correlation`].

use super::awaited::{Way, at_least, ways};
use super::{Alias, Correlation, Kind, Threshold, Window};
use crate::rule::convert::{self, ConvertError, Named};
use jiff::SignedDuration;
use rsigma_parser::{ConditionOperator, Level, Timespan, WindowMode, parse_condition};
use std::sync::Arc;
use yaml_serde::Value;

/// The words for kinds, with `value_median` for the 50th percentile.
const KINDS: [(&str, Kind); 10] = [
    ("event_count", Kind::EventCount),
    ("value_count", Kind::ValueCount),
    ("value_sum", Kind::ValueSum),
    ("value_avg", Kind::ValueAvg),
    ("value_min", Kind::ValueMin),
    ("value_max", Kind::ValueMax),
    ("value_percentile", Kind::ValuePercentile(f64::NAN)),
    ("value_median", Kind::ValuePercentile(50.0)),
    ("temporal", Kind::Temporal),
    ("temporal_ordered", Kind::TemporalOrdered),
];

/// Turns a document with a `correlation` into ours.
///
/// # Errors
///
/// [`ConvertError`] when something is missing or cannot be evaluated as written.
pub(in crate::rule) fn correlation(document: &Value, file: &Arc<str>) -> Result<Correlation, ConvertError> {
    let title = text(document, "title").ok_or_else(|| malformed("the document has no `title`"))?;
    let body = document.get("correlation").filter(|body| body.is_mapping());
    let body = body.ok_or_else(|| malformed("`correlation` holds no mapping"))?;
    let word = text(body, "type").ok_or_else(|| malformed("the correlation has no `type`"))?;
    let kind = KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| malformed(format!("there is no correlation type `{word}`")))?;
    let mut rules = list(body, "rules");
    let timespan = text(body, "timespan").or_else(|| text(body, "timeframe"));
    let timespan = duration(timespan.ok_or_else(|| malformed("the correlation has no `timespan`"))?)?;
    let condition = condition(kind, body.get("condition"), &mut rules)?;
    if rules.is_empty() {
        return Err(malformed("the correlation names no `rules`"));
    }
    let level = text(document, "level")
        .map(|level| level.parse::<Level>().map_err(|()| malformed(format!("`{level}` is not a level"))));
    let named = Named { id: text(document, "id"), name: text(document, "name"), title };
    let origin = (text(document, "author").map(str::to_owned), text(document, "license").map(str::to_owned));
    let tags = list(document, "tags");
    let description = text(document, "description");
    Ok(Correlation {
        meta: Arc::new(convert::meta(&named, level.transpose()?, &tags, description, origin, file)),
        kind: condition.kind,
        rules,
        group_by: list(body, "group-by"),
        timespan,
        window: window(document, body)?,
        thresholds: condition.thresholds,
        ways: condition.ways,
        fields: condition.fields,
        aliases: aliases(body)?,
        generate: document.get("generate").or_else(|| body.get("generate")).and_then(Value::as_bool),
        unless: document
            .get("cofferdam")
            .and_then(|ours| ours.get("unless"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        reported: true,
    })
}

struct Condition {
    kind: Kind,
    thresholds: Vec<Threshold>,
    ways: Vec<Way>,
    fields: Vec<String>,
}

/// Reads the condition. One in words may name rules that `rules` does not list if that is absent.
fn condition(kind: Kind, value: Option<&Value>, rules: &mut Vec<String>) -> Result<Condition, ConvertError> {
    let mut condition = Condition { kind, thresholds: Vec::new(), ways: Vec::new(), fields: Vec::new() };
    match value {
        Some(Value::Mapping(mapping)) => {
            for (key, value) in mapping {
                condition.take(key.as_str().unwrap_or_default(), value)?;
            }
            if condition.thresholds.is_empty() {
                return Err(malformed("the condition compares with nothing: gt, gte, lt, lte, eq or neq"));
            }
        }
        Some(Value::String(words)) if kind.awaits() => {
            let expr = parse_condition(words).map_err(|_| malformed(format!("`{words}` is no condition")))?;
            if rules.is_empty() {
                names(&expr, rules);
            }
            condition.ways = ways(&expr, rules)?;
            if condition.ways.is_empty() {
                return Err(malformed(format!("the condition `{words}` can never hold")));
            }
        }
        Some(Value::String(_)) => {
            return Err(ConvertError::Unsupported {
                what: "a condition in words on a correlation that counts",
            });
        }
        None if kind.awaits() => condition.ways = vec![Way::all(rules.len())],
        _ => return Err(malformed("the correlation has no `condition`")),
    }
    condition.settle(rules)?;
    Ok(condition)
}

impl Condition {
    /// Takes one member of the mapping.
    fn take(&mut self, key: &str, value: &Value) -> Result<(), ConvertError> {
        let number = || {
            let number = value.as_f64().filter(|number| number.is_finite());
            number.ok_or_else(|| malformed(format!("`{key}` in the condition needs a number")))
        };
        match (key, key.parse::<ConditionOperator>()) {
            (_, Ok(operator)) => self.thresholds.push(Threshold { operator, bound: number()? }),
            ("field", _) => self.fields = strings(value),
            ("percentile", _) => {
                let rank = number()?;
                if !(0.0..=100.0).contains(&rank) {
                    return Err(malformed("`percentile` is a number from 0 to 100"));
                }
                if !matches!(self.kind, Kind::ValuePercentile(rank) if rank.is_nan()) {
                    return Err(malformed("`percentile` belongs to the type value_percentile"));
                }
                self.kind = Kind::ValuePercentile(rank);
            }
            _ => return Err(malformed(format!("the condition has no `{key}`"))),
        }
        Ok(())
    }

    /// Checks that the parts fit the kind, once all are known.
    fn settle(&mut self, rules: &[String]) -> Result<(), ConvertError> {
        match self.kind {
            Kind::ValueCount if self.fields.is_empty() => {
                Err(ConvertError::Unsupported { what: "a value_count without a field" })
            }
            Kind::ValuePercentile(rank) if rank.is_nan() => {
                Err(malformed("a value_percentile needs `percentile`, from 0 to 100"))
            }
            kind if kind.calculates() && self.fields.len() != 1 => {
                Err(malformed("the condition needs one `field` to calculate with"))
            }
            Kind::TemporalOrdered if !self.thresholds.is_empty() => self.in_order(rules),
            _ => Ok(()),
        }
    }

    /// So many rules of the list, in its order.
    fn in_order(&mut self, rules: &[String]) -> Result<(), ConvertError> {
        let mut count = 0.0_f64;
        for threshold in std::mem::take(&mut self.thresholds) {
            let least = match threshold.operator {
                ConditionOperator::Gte => threshold.bound.ceil(),
                ConditionOperator::Gt => threshold.bound.floor() + 1.0,
                ConditionOperator::Eq if threshold.bound == rules.len() as f64 => threshold.bound,
                _ => {
                    return Err(ConvertError::Unsupported {
                        what: "a bound from above on how many rules fire in order",
                    });
                }
            };
            count = count.max(least);
        }
        self.ways = at_least(count.clamp(1.0, f64::from(u16::MAX)) as usize, rules)?;
        if self.ways.is_empty() {
            return Err(malformed("the condition asks for more rules than the list has"));
        }
        Ok(())
    }
}

/// The names in a condition, each once, in its order.
fn names(expr: &rsigma_parser::ConditionExpr, out: &mut Vec<String>) {
    use rsigma_parser::ConditionExpr::{And, Identifier, Not, Or, Selector};
    match expr {
        And(parts) | Or(parts) => parts.iter().for_each(|part| names(part, out)),
        Not(inner) => names(inner, out),
        Identifier(name) if !out.contains(name) => out.push(name.clone()),
        Identifier(_) | Selector { .. } => {}
    }
}

fn window(document: &Value, body: &Value) -> Result<Window, ConvertError> {
    let asked = document.get("rsigma.window").or_else(|| body.get("window"));
    let mode = match asked.map(|asked| asked.as_str().unwrap_or_default()) {
        None => WindowMode::Sliding,
        Some(word) => word
            .parse()
            .map_err(|()| malformed(format!("the window is sliding, tumbling or session, not `{word}`")))?,
    };
    let gap = document.get("rsigma.gap").or_else(|| body.get("gap"));
    let gap = gap.map(|gap| duration(gap.as_str().unwrap_or_default())).transpose()?;
    match (mode, gap) {
        (WindowMode::Session, Some(gap)) => Ok(Window::Session { gap }),
        (WindowMode::Session, None) => Err(malformed("a window of the kind session needs a `gap`")),
        (_, Some(_)) => Err(malformed("`gap` belongs to a window of the kind session")),
        (WindowMode::Sliding, None) => Ok(Window::Sliding),
        (WindowMode::Tumbling, None) => Ok(Window::Tumbling),
    }
}

fn aliases(body: &Value) -> Result<Vec<Alias>, ConvertError> {
    let Some(aliases) = body.get("aliases") else { return Ok(Vec::new()) };
    let aliases = aliases.as_mapping().ok_or_else(|| malformed("`aliases` holds no mapping"))?;
    let alias = |(name, fields): (&Value, &Value)| {
        let pair =
            |(rule, field): (&Value, &Value)| Some((rule.as_str()?.to_owned(), field.as_str()?.to_owned()));
        let fields: Option<Vec<_>> = fields.as_mapping().and_then(|fields| fields.iter().map(pair).collect());
        match (name.as_str(), fields) {
            (Some(name), Some(mut fields)) => {
                fields.sort_unstable();
                Ok(Alias { name: name.to_owned(), fields })
            }
            _ => Err(malformed("an alias maps names of rules to names of fields")),
        }
    };
    aliases.iter().map(alias).collect()
}

fn duration(text: &str) -> Result<SignedDuration, ConvertError> {
    let timespan = Timespan::parse(text)
        .map_err(|_| malformed(format!("`{text}` is no timespan such as 30s, 5m, 1h or 2d")))?;
    Ok(SignedDuration::from_secs(i64::try_from(timespan.seconds).unwrap_or(i64::MAX)))
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn list(value: &Value, key: &str) -> Vec<String> {
    value.get(key).map(strings).unwrap_or_default()
}

/// A text, or a list of texts.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Sequence(members) => members.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn malformed(what: impl Into<String>) -> ConvertError {
    ConvertError::Malformed { what: what.into() }
}
