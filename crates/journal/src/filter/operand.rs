//! What fields are compared with, each of its field's type.

use super::error::{Problem, operators, quoted};
use super::field::{Id, Kind, Value};
use super::pattern::Pattern;
use super::scan::{Operator, Written};
use super::when::When;
use cofferdam_vocabulary::Level;
use jiff::Timestamp;
use std::cmp::Ordering;

/// A value in a filter.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// The field has no value.
    None,
    /// Its value was erased.
    Erased,
    Text(Pattern),
    Level(Level),
    Number(u64),
    Time(When),
    Flag(bool),
    Id(Id, u64),
}

impl Operand {
    /// Reads what stands behind an operator.
    pub(super) fn parse(
        field: (&'static str, Kind),
        operator: Operator,
        written: &Written,
        now: Timestamp,
    ) -> Result<Operand, Problem> {
        let (name, kind) = field;
        let is_ordered =
            matches!(operator, Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast);
        let is_unfit = match kind {
            Kind::Text => is_ordered,
            Kind::Flag => is_ordered || operator == Operator::Contains,
            _ => operator == Operator::Contains,
        };
        if is_unfit {
            let (kind, others) = (kind.to_string(), operators(kind));
            return Err(Problem::Operator { field: name, kind, operator: operator.as_str(), others });
        }
        if written.text.is_empty() {
            return Err(Problem::EmptyText);
        }
        match written.keyword() {
            Some(text @ ("none" | "erased")) if is_ordered || operator == Operator::Contains => {
                Err(Problem::Unordered { text })
            }
            Some("none") => Ok(Operand::None),
            Some("erased") => Ok(Operand::Erased),
            Some(_) => Err(Problem::NoValue { after: operator.as_str().to_owned() }),
            None => Operand::typed(kind, operator, written, now),
        }
    }

    fn typed(kind: Kind, operator: Operator, written: &Written, now: Timestamp) -> Result<Operand, Problem> {
        let text = written.text.as_str();
        let operand = match kind {
            Kind::Text => Some(Operand::Text(match operator {
                Operator::Contains => Pattern::contained(written),
                Operator::Like => Pattern::like(written),
                _ => Pattern::equal(written),
            })),
            Kind::Level => Level::parse(text).ok().map(Operand::Level),
            Kind::Number => number(text).map(Operand::Number),
            Kind::Time => When::parse(text, now).map(Operand::Time),
            Kind::Flag => flag(text).map(Operand::Flag),
            Kind::Id(id) => (id.parse)(text).map(|number| Operand::Id(id, number)),
        };
        let (text, example) = (quoted(text), kind.example());
        operand.ok_or_else(|| Problem::Value { text, kind: kind.to_string(), example })
    }

    /// Whether the row has this value.
    pub(super) fn is(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (_, Value::Many(values)) if !values.is_empty() => values.iter().any(|value| self.is(value)),
            (Operand::None, Value::None | Value::Many(_)) | (Operand::Erased, Value::Erased) => true,
            (Operand::Text(pattern), Value::Text(text)) => pattern.fits(text),
            (Operand::Flag(one), Value::Flag(other)) => one == other,
            _ => self.place(value) == Some(Ordering::Equal),
        }
    }

    /// Whether the row's value is less than it, it, or greater.
    fn place(&self, value: &Value<'_>) -> Option<Ordering> {
        match (self, value) {
            (Operand::Level(own), Value::Level(level)) => Some(level.cmp(own)),
            (Operand::Number(own), Value::Number(number)) => Some(number.cmp(own)),
            (Operand::Time(own), Value::Time(time)) => Some(own.place(*time)),
            (Operand::Id(_, own), Value::Id(id)) => Some(id.cmp(own)),
            _ => None,
        }
    }

    /// Whether the row's value lies so to it.
    pub(super) fn lies(&self, operator: Operator, value: &Value<'_>) -> bool {
        if let Value::Many(values) = value {
            return values.iter().any(|value| self.lies(operator, value));
        }
        self.place(value).is_some_and(|place| match operator {
            Operator::Less => place.is_lt(),
            Operator::AtMost => place.is_le(),
            Operator::Greater => place.is_gt(),
            Operator::AtLeast => place.is_ge(),
            _ => place.is_eq(),
        })
    }

    /// As it is written in a list and behind operators that compare order.
    pub(super) fn form(&self) -> String {
        match self {
            Operand::None => "none".to_owned(),
            Operand::Erased => "erased".to_owned(),
            Operand::Text(pattern) => pattern.form(),
            Operand::Level(level) => level.to_string(),
            Operand::Number(number) => number.to_string(),
            Operand::Time(when) => when.to_string(),
            Operand::Flag(flag) => flag.to_string(),
            Operand::Id(id, number) => (id.show)(*number),
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}
