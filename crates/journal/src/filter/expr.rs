//! A filter as it is evaluated, and its one form as text.

use super::field::{Listed, Value};
use super::operand::Operand;
use super::parse::Known;
use super::pattern::Pattern;
use super::scan::Operator;

/// What has to hold of a row.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    /// All of these; without any, of every row.
    All(Vec<Expr>),
    /// One of these.
    Any(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// The field has this value.
    Is { field: usize, operand: Operand },
    /// The field has one of these values.
    In { field: usize, operands: Vec<Operand> },
    /// The field's value lies so to this one.
    Lies { field: usize, operator: Operator, operand: Operand },
    /// A text that some text of the row contains, or an id that it has.
    Search { pattern: Pattern, texts: Vec<usize>, ids: Vec<(usize, u64)> },
}

impl Expr {
    /// All of them, without one `and` in another.
    pub(super) fn all(parts: Vec<Expr>) -> Expr {
        let flat = parts.into_iter().flat_map(|part| match part {
            Expr::All(parts) => parts,
            part => vec![part],
        });
        Expr::one(flat.collect()).unwrap_or_else(Expr::All)
    }

    /// One of them, without one `or` in another.
    pub(super) fn any(parts: Vec<Expr>) -> Expr {
        let flat = parts.into_iter().flat_map(|part| match part {
            Expr::Any(parts) => parts,
            part => vec![part],
        });
        Expr::one(flat.collect()).unwrap_or_else(Expr::Any)
    }

    fn one(mut parts: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
        if parts.len() > 1 { Err(parts) } else { parts.pop().ok_or_else(Vec::new) }
    }

    /// The opposite.
    pub(super) fn negated(self) -> Expr {
        match self {
            Expr::Not(expr) => *expr,
            Expr::Is { field, operand: Operand::Flag(flag) } => {
                Expr::Is { field, operand: Operand::Flag(!flag) }
            }
            expr => Expr::Not(Box::new(expr)),
        }
    }

    /// Whether it holds of a row.
    pub(super) fn holds<R: Listed>(&self, row: &R) -> bool {
        let value = |field: &usize| R::FIELDS.get(*field).map_or(Value::None, |field| (field.of)(row));
        match self {
            Expr::All(parts) => parts.iter().all(|part| part.holds(row)),
            Expr::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Expr::Not(expr) => !expr.holds(row),
            Expr::Is { field, operand } => operand.is(&value(field)),
            Expr::In { field, operands } => {
                let value = value(field);
                operands.iter().any(|operand| operand.is(&value))
            }
            Expr::Lies { field, operator, operand } => operand.lies(*operator, &value(field)),
            Expr::Search { pattern, texts, ids } => {
                ids.iter().any(|(field, id)| value(field) == Value::Id(*id))
                    || texts.iter().any(|field| contains(pattern, &value(field)))
            }
        }
    }

    /// The filter's one form.
    pub(super) fn form(&self, fields: &[Known]) -> String {
        let name = |field: &usize| fields.get(*field).map_or("", |field| field.name);
        let joined = |parts: &[Expr], word: &str, within: fn(&Expr) -> bool| {
            let parts: Vec<String> =
                parts.iter().map(|part| in_parentheses(part.form(fields), within(part))).collect();
            parts.join(word)
        };
        match self {
            Expr::All(parts) => joined(parts, " and ", |part| matches!(part, Expr::Any(_))),
            Expr::Any(parts) => joined(parts, " or ", |_| false),
            Expr::Not(expr) => match &**expr {
                Expr::Is { field, operand } if !is_pattern(operand) => {
                    format!("{} != {}", name(field), operand.form())
                }
                expr => {
                    let is_group = matches!(expr, Expr::All(_) | Expr::Any(_));
                    format!("not {}", in_parentheses(expr.form(fields), is_group))
                }
            },
            Expr::Is { field, operand } => is_form(name(field), operand),
            Expr::In { field, operands } => {
                let operands: Vec<String> = operands.iter().map(Operand::form).collect();
                format!("{} in ({})", name(field), operands.join(", "))
            }
            Expr::Lies { field, operator, operand } => {
                format!("{} {} {}", name(field), operator.as_str(), operand.form())
            }
            Expr::Search { pattern, .. } => {
                let text = pattern.part().unwrap_or_else(|| pattern.form());
                // The name of a field would be read as the field.
                match fields.iter().any(|field| field.name == text) {
                    true => format!("\"{text}\""),
                    false => text,
                }
            }
        }
    }
}

fn contains(pattern: &Pattern, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => pattern.fits(text),
        Value::Many(values) => values.iter().any(|value| contains(pattern, value)),
        _ => false,
    }
}

/// It is more than one text to be equal to.
fn is_pattern(operand: &Operand) -> bool {
    matches!(operand, Operand::Text(pattern) if pattern.whole().is_none())
}

fn is_form(field: &str, operand: &Operand) -> String {
    match operand {
        Operand::Flag(true) => field.to_owned(),
        Operand::Flag(false) => format!("not {field}"),
        Operand::Text(pattern) => match (pattern.whole(), pattern.part()) {
            (Some(text), _) => format!("{field} = {text}"),
            (None, Some(text)) => format!("{field} ~ {text}"),
            (None, None) => format!("{field}: {}", pattern.form()),
        },
        operand => format!("{field} = {}", operand.form()),
    }
}

fn in_parentheses(text: String, wanted: bool) -> String {
    if wanted { format!("({text})") } else { text }
}
