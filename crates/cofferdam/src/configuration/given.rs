//! A value as somebody gave it, before it is known what it is for.

use std::ops::Range;

/// Where in the file, in bytes.
pub type Span = Range<usize>;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// In a variable, a flag, or as a default: there everything is text.
    Typed(String),
    /// Text of the file.
    Text(String),
    /// A whole number of the file.
    Whole(i64),
    /// `true` or `false` of the file.
    Truth(bool),
    /// A list of the file.
    List(Vec<Spot>),
    /// A table of the file: names and what they stand for.
    Table(Vec<(String, Spot)>),
    /// What no setting takes, in words.
    Other(&'static str),
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// The value.
    pub given: Given,
    /// Where it stands.
    pub span: Span,
}

/// Why a value is not what the setting takes. It tells the value only where nobody can have a secret in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Misread {
    /// What is wrong, as the end of a sentence about the setting.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Which part of the value is meant, if not all of it.
    pub span: Option<Span>,
}

impl Misread {
    /// Of the whole value.
    pub fn new(message: impl Into<String>) -> Misread {
        Misread { message: message.into(), help: None, span: None }
    }

    /// With what to write instead.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Misread {
        Misread { help: Some(help.into()), ..self }
    }

    /// Of this part of the value.
    #[must_use]
    pub fn at(self, span: &Span) -> Misread {
        Misread { span: self.span.or_else(|| Some(span.clone())), ..self }
    }
}

impl Given {
    /// What it is, in words.
    pub fn told(&self) -> &'static str {
        match self {
            Given::Typed(_) | Given::Text(_) => "text",
            Given::Whole(_) => "a number",
            Given::Truth(_) => "true or false",
            Given::List(_) => "a list",
            Given::Table(_) => "a table",
            Given::Other(told) => told,
        }
    }

    /// The text that it is.
    ///
    /// # Errors
    ///
    /// [`Misread`] for anything else, with what was wanted.
    pub fn text(&self, wanted: &str) -> Result<&str, Misread> {
        match self {
            Given::Typed(text) | Given::Text(text) if text.trim().is_empty() => {
                Err(Misread::new(format!("is empty, and should be {wanted}")))
            }
            Given::Typed(text) | Given::Text(text) => Ok(text),
            _ => Err(self.other(wanted)),
        }
    }

    /// That this is something else than what is wanted.
    pub fn other(&self, wanted: &str) -> Misread {
        Misread::new(format!("is {}, and should be {wanted}", self.told()))
    }
}
