//! A value as somebody gave it, before it is known what it is for.

use super::problem::{UNKNOWN, VALUE};
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
    Table(Vec<(Name, Spot)>),
    /// What no setting takes, in words.
    Other(&'static str),
}

/// A name in a table, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
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
    pub help: Option<Box<str>>,
    /// Which part of the value is meant, if not all of it.
    pub span: Option<Span>,
    /// The names of that part, if it is in tables of the value: `edge.udp`.
    pub part: Box<str>,
    /// To search and look up.
    pub code: &'static str,
    /// What else is wrong.
    pub others: Vec<Misread>,
}

impl Misread {
    /// Of the whole value.
    pub fn new(message: impl Into<String>) -> Misread {
        let part = Box::default();
        Misread { message: message.into(), help: None, span: None, part, code: VALUE, others: Vec::new() }
    }

    /// Of a name that nothing has.
    pub fn unknown(name: &Name, message: impl Into<String>) -> Misread {
        Misread { code: UNKNOWN, ..Misread::new(message) }.at(&name.span)
    }

    /// All of these as one; none of none.
    pub fn all(misreads: impl IntoIterator<Item = Misread>) -> Option<Misread> {
        let mut each = misreads.into_iter().flat_map(Misread::each);
        let first = each.next()?;
        Some(Misread { others: each.collect(), ..first })
    }

    /// Each of them. What stands beside one has nothing beside it.
    pub fn each(mut self) -> impl Iterator<Item = Misread> {
        let others = std::mem::take(&mut self.others);
        std::iter::once(self).chain(others)
    }

    /// Of what stands under this name in a table.
    #[must_use]
    pub fn under(mut self, name: &str) -> Misread {
        for one in std::iter::once(&mut self.part).chain(self.others.iter_mut().map(|other| &mut other.part))
        {
            *one = if one.is_empty() { name.into() } else { format!("{name}.{one}").into() };
        }
        self
    }

    /// With what to write instead.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Misread {
        Misread { help: Some(help.into().into()), ..self }
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
