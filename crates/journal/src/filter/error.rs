//! Why a text is no filter, and where in it.

use super::field::Kind;
use super::{DEPTH, TERMS, TEXT_BYTES};
use std::fmt;

/// A text is no filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub place: Place,
}

/// A part of a filter's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The byte at which it begins.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// More text than a question needs.
    #[error("the filter has more than {TEXT_BYTES} bytes")]
    TooLong,
    /// Parentheses in parentheses.
    #[error("more than {DEPTH} parentheses stand within each other")]
    TooDeep,
    /// Too many comparisons.
    #[error("the filter compares more than {TERMS} values")]
    TooManyTerms,
    /// The list has no such field.
    #[error("unknown field `{name}`")]
    UnknownField {
        /// What was written, cut.
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
        /// All fields of the list.
        fields: String,
    },
    /// A field without a comparison.
    #[error("`{field}` says nothing by itself")]
    OnlyField {
        /// The field.
        field: &'static str,
    },
    /// The operator makes no sense for the field.
    #[error("`{field}` is {}, which `{operator}` does not compare", with_article(.kind))]
    Operator {
        /// The field.
        field: &'static str,
        /// The word for its type.
        kind: String,
        /// The operator.
        operator: &'static str,
        /// Operators that do.
        others: &'static str,
    },
    /// The value is not of the field's type.
    #[error("`{text}` is not {}", with_article(.kind))]
    Value {
        /// What was written, cut.
        text: String,
        /// The word for the field's type.
        kind: String,
        /// What to write.
        example: &'static str,
    },
    /// `none` or `erased` is neither before nor after anything.
    #[error("`{text}` can only be asked for with `=`, `!=` or in a list")]
    Unordered {
        /// Which of them.
        text: &'static str,
    },
    /// A text without a character.
    #[error("an empty text says nothing")]
    EmptyText,
    /// The text ends where a value should be, or something else stands there.
    #[error("a value is missing after `{after}`")]
    NoValue {
        /// What it should follow.
        after: String,
    },
    /// Something should be compared and nothing is.
    #[error("a comparison is missing {}", .after.map_or("here".to_owned(), |word| format!("after `{word}`")))]
    NoTerm {
        /// What it should follow.
        after: Option<&'static str>,
    },
    /// An operator without a field.
    #[error("a field is missing before `{operator}`")]
    NoField {
        /// The operator.
        operator: &'static str,
    },
    /// `in` without its list.
    #[error("`in` needs values in parentheses")]
    NoList,
    /// A parenthesis that nothing closes.
    #[error("this parenthesis is not closed")]
    Unclosed,
    /// One that nothing opened.
    #[error("this parenthesis was not opened")]
    Unopened,
    /// A quote that nothing closes.
    #[error("this quote is not closed")]
    UnclosedQuote,
    /// A backslash before something that needs none.
    #[error("`\\{escaped}` means nothing here")]
    Escape {
        /// What stands behind the backslash.
        escaped: char,
    },
    /// Something else than a comma behind a value of a list.
    #[error("values of a list have `,` between them")]
    NoComma,
    /// A comma outside of a list.
    #[error("`,` separates values of an `in`, and this is none")]
    Comma,
}

impl FilterError {
    pub(super) fn at(problem: Problem, text: &str, start: usize, end: usize) -> FilterError {
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        FilterError { problem, place: Place { line, column, start, end } }
    }

    pub(super) fn too_long(text: &str) -> FilterError {
        FilterError::at(Problem::TooLong, text, 0, text.len())
    }

    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        match self.problem {
            Problem::TooLong | Problem::TooDeep | Problem::TooManyTerms => "filter::too-large",
            Problem::UnknownField { .. } => "filter::unknown-field",
            Problem::Operator { .. } | Problem::Unordered { .. } => "filter::operator",
            Problem::Value { .. } | Problem::EmptyText => "filter::value",
            _ => "filter::syntax",
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> String {
        match &self.problem {
            Problem::TooLong | Problem::TooDeep | Problem::TooManyTerms => "ask for less at once".to_owned(),
            Problem::UnknownField { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Problem::UnknownField { fields, .. } => format!("fields are {fields}; text goes in quotes"),
            Problem::OnlyField { field } => {
                format!("compare it with a value, or write \"{field}\" to search for the word")
            }
            Problem::Operator { others, .. } => format!("use {others}"),
            Problem::Value { example, .. } => format!("use {example}"),
            Problem::Unordered { text } => format!("write \"{text}\" if you mean the word"),
            Problem::EmptyText => "`= none` asks for rows that have no value".to_owned(),
            Problem::NoValue { .. } => "add one; words of the language go in quotes".to_owned(),
            Problem::NoTerm { .. } => "compare a field, or name a text to search for".to_owned(),
            Problem::NoField { .. } => "text that holds an operator goes in quotes".to_owned(),
            Problem::NoList => "as in `level in (high, critical)`".to_owned(),
            Problem::Unclosed => "add `)`".to_owned(),
            Problem::Unopened => "leave it out, or put it in quotes".to_owned(),
            Problem::UnclosedQuote => "add a quote of the same kind".to_owned(),
            Problem::Escape { .. } => {
                "write `\\\\` for a backslash; `\\\"`, `\\'` and `\\*` are the others".to_owned()
            }
            Problem::NoComma => "text of several words goes in quotes".to_owned(),
            Problem::Comma => "write `and` or `or`".to_owned(),
        }
    }
}

/// Text of a filter as errors quote it.
pub(super) fn quoted(text: &str) -> String {
    let mut cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The word for a type in a sentence.
fn with_article(kind: &str) -> String {
    match kind {
        "text" => kind.to_owned(),
        "id" => "an id of this kind".to_owned(),
        _ => format!("a {kind}"),
    }
}

/// What an operator is told not to fit is told by the kind's word.
pub(super) fn operators(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "=, !=, : or ~",
        Kind::Flag => "= or !=, or the field alone",
        _ => "=, !=, <, <=, > or >=",
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}:{}", self.problem, self.place.line, self.place.column)
    }
}

impl std::error::Error for FilterError {}
