//! Why something that came as an alert is none.

use super::Format;
use std::fmt;

/// Where in a body: the line on which a document starts, and the element in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The element of the document's list, from 1; `None` when the document is one alert.
    pub element: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.element {
            Some(element) => write!(f, "line {}, element {element}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// Why no alert was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// The product wrote it for another purpose: counted, and nobody's fault.
    #[error("{place}: no alert: {reason}")]
    NotAnAlert {
        /// Where it stands.
        place: Place,
        /// What it is instead.
        reason: &'static str,
    },
    /// The text is not JSON.
    #[error("{place}: not valid JSON: {reason}")]
    NotJson {
        /// Where the document starts.
        place: Place,
        /// What the reader stumbled over.
        reason: String,
    },
    /// The line is not of that format.
    #[error("{place}: not {format}: `{start}`")]
    NotOfFormat {
        /// Where it stands.
        place: Place,
        /// What it should be.
        format: Format,
        /// How it begins.
        start: String,
    },
    /// A field that the format cannot be without.
    #[error("{place}: `{field}` is missing")]
    Missing {
        /// Where the alert stands.
        place: Place,
        /// The field, by its path.
        field: String,
    },
    /// A field that holds something else than it should.
    #[error("{place}: `{field}` should be {wanted}, not `{found}`")]
    Wrong {
        /// Where the alert stands.
        place: Place,
        /// The field, by its path.
        field: String,
        /// What it should hold.
        wanted: &'static str,
        /// What it holds, cut.
        found: String,
    },
    /// More than is read of one body.
    #[error("{place}: more than {limit} {what}")]
    TooMuch {
        /// Where reading ended.
        place: Place,
        /// How many are read.
        limit: usize,
        /// Of what.
        what: &'static str,
    },
}

impl ProductError {
    /// Whether the product never meant it for an alert: it is counted, and nothing went wrong.
    pub fn is_ignorable(&self) -> bool {
        matches!(self, ProductError::NotAnAlert { .. })
    }

    /// A word to search for.
    pub fn code(&self) -> &'static str {
        match self {
            ProductError::NotAnAlert { .. } => "alerts::not-an-alert",
            ProductError::NotJson { .. } => "alerts::not-json",
            ProductError::NotOfFormat { .. } => "alerts::not-of-format",
            ProductError::Missing { .. } => "alerts::missing",
            ProductError::Wrong { .. } => "alerts::wrong",
            ProductError::TooMuch { .. } => "alerts::too-much",
        }
    }
}
