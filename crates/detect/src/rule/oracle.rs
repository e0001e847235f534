//! Evaluates one rule over one event in full: no index, nothing interned, nothing remembered.
//!
//! Slow on purpose. [`Matcher`](super::Matcher) must agree with it on every event.

use super::matcher::{passes, related};
use super::model::{Expr, Rule, Test};
use super::pattern::{Part, Pattern, Shape};
use crate::event::{Event, Value};

/// Whether the rule applies to the event and fires.
pub fn fires(rule: &Rule, event: &Event<'_>) -> bool {
    rule.logsource.covers(&event.class) && holds(&rule.condition, event)
}

fn holds(expr: &Expr, event: &Event<'_>) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().filter(|part| holds(part, event)).count() == parts.len(),
        Expr::Any(parts) => parts.iter().filter(|part| holds(part, event)).count() > 0,
        Expr::AtLeast(count, parts) => parts.iter().filter(|part| holds(part, event)).count() >= *count,
        Expr::Not(inner) => !holds(inner, event),
        Expr::Keyword(test) => {
            event.fields.iter().flat_map(|field| texts(&field.value)).any(|text| one(test, &text))
        }
        Expr::Field(name, Test::SameAs { other, how, cased }) => {
            let others: Vec<String> = event.get(other).map(texts).unwrap_or_default();
            let own: Vec<String> = event.get(name).map(texts).unwrap_or_default();
            own.iter().any(|text| others.iter().any(|other| related(text, other, *how, *cased)))
        }
        Expr::Field(name, Test::Exists(wanted)) => event.get(name).is_some() == *wanted,
        Expr::Field(name, Test::Null) => event.get(name).is_none_or(|value| *value == Value::Null),
        Expr::Field(name, test) => {
            event.get(name).map(texts).unwrap_or_default().iter().any(|text| one(test, text))
        }
    }
}

fn texts(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::List(members) => members.iter().flat_map(texts).collect(),
        other => other.as_text().map(std::borrow::Cow::into_owned).into_iter().collect(),
    }
}

fn one(test: &Test, text: &str) -> bool {
    match test {
        Test::Text(pattern) => fits(pattern, text),
        other => passes(other, text),
    }
}

/// Wildcards by dynamic programming over characters, to be independent of the matcher's shortcuts.
fn fits(pattern: &Pattern, text: &str) -> bool {
    let parts = match pattern.shape().clone() {
        Shape::Is(want) => vec![Part::Text(want)],
        Shape::Contains(want) => vec![Part::Many, Part::Text(want), Part::Many],
        Shape::StartsWith(want) => vec![Part::Text(want), Part::Many],
        Shape::EndsWith(want) => vec![Part::Many, Part::Text(want)],
        Shape::Anything => vec![Part::Many],
        Shape::Glob(parts) => parts,
    };
    let text = if pattern.is_cased() { text.to_owned() } else { text.to_lowercase() };
    let chars: Vec<char> = text.chars().collect();
    // `reach[i]`: the parts so far can take exactly the first i characters.
    let mut reach = vec![false; chars.len() + 1];
    reach[0] = true;
    for part in parts {
        match part {
            Part::Many => {
                let first = reach.iter().position(|reached| *reached).unwrap_or(reach.len());
                reach[first..].fill(true);
            }
            Part::One => {
                reach.rotate_right(1);
                reach[0] = false;
            }
            Part::Text(want) => {
                let want: Vec<char> = want.chars().collect();
                let mut after = vec![false; reach.len()];
                for at in 0..reach.len() {
                    if reach[at] && chars[at..].starts_with(&want) {
                        after[at + want.len()] = true;
                    }
                }
                reach = after;
            }
        }
    }
    reach[chars.len()]
}
