//! One language in which lists, the feed and the command line are asked for some of their rows.
//!
//! `level >= high and (rule: ssh* or title ~ "brute force") and not attempt` is read once ([`Filter::parse`]): fields
//! are looked up in the list's own table ([`Listed`]), values get their types, and what remains is compared with each
//! row. The language is told in `docs/filter.md`.

mod alert;
mod entry;
mod error;
mod evidence;
mod expr;
mod field;
mod incident;
mod operand;
mod parse;
mod pattern;
mod report;
mod scan;
#[cfg(test)]
mod tests;
mod user;
mod when;

pub use error::{FilterError, Place, Problem};
pub use field::{Field, Id, Kind, Listed, Value};
pub(crate) use pattern::Wildcard;

use expr::Expr;
use jiff::Timestamp;
use parse::{Known, Parser};
use std::fmt;
use std::marker::PhantomData;

/// Bytes of a filter at most, as it is written and in its one form.
pub const TEXT_BYTES: usize = 4096;
/// Parentheses within each other.
pub const DEPTH: usize = 32;
/// Comparisons in one filter; each value of an `in` counts.
pub const TERMS: usize = 256;

/// Which rows of a list are wanted.
#[derive(Clone, Debug)]
pub struct Filter<R> {
    expr: Expr,
    text: String,
    rows: PhantomData<fn(&R)>,
}

impl<R: Listed> Filter<R> {
    /// Reads a filter. Times such as `-24h` count from `now`; whoever asks for the next page of a list gives the
    /// `now` of the first one. An empty text lets every row through.
    ///
    /// # Errors
    ///
    /// [`FilterError`] with its place for whatever is no filter of this list, and beyond [`TEXT_BYTES`], [`DEPTH`] and
    /// [`TERMS`].
    pub fn parse(text: &str, now: Timestamp) -> Result<Filter<R>, FilterError> {
        if text.len() > TEXT_BYTES {
            return Err(FilterError::too_long(text));
        }
        let fields: Vec<Known> = R::FIELDS.iter().map(|field| Known::of(field.name, field.kind)).collect();
        let expr = Parser::new(text, &fields, now)?.whole()?;
        let form = expr.form(&fields);
        // What is short only because quotes and spaces were left out could not be read again.
        if form.len() > TEXT_BYTES {
            return Err(FilterError::too_long(text));
        }
        Ok(Filter { expr, text: form, rows: PhantomData })
    }

    /// Whether the row is wanted. Whoever may ask learns what is in a row by asking often enough: of a row of which
    /// they see only a part, give that part.
    pub fn matches(&self, row: &R) -> bool {
        self.expr.holds(row)
    }
}

impl<R> Filter<R> {
    /// Its one form: filters that were written differently and mean the same word for word have the same, and it
    /// reads back as this filter. Cursors are bound to it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// It lets every row through.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl<R> Default for Filter<R> {
    fn default() -> Filter<R> {
        Filter { expr: Expr::All(Vec::new()), text: String::new(), rows: PhantomData }
    }
}

impl<R> fmt::Display for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
