//! `--filter`: which rows of a list are wanted, in the language of `docs/filter.md`.

use crate::excerpt::Excerpt;
use crate::text::wrap;
use cofferdam_journal::filter::{Filter, FilterError, Listed};
use jiff::Timestamp;
use std::io::{self, Write};

/// What was given with `--filter` is no filter.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct WrongFilter {
    text: String,
    error: FilterError,
}

/// Reads what was given, if anything was; times count from now.
///
/// # Errors
///
/// [`WrongFilter`] with its place.
pub fn read<R: Listed>(text: Option<&str>) -> Result<Filter<R>, Box<WrongFilter>> {
    let text = text.unwrap_or_default();
    Filter::parse(text, Timestamp::now())
        .map_err(|error| Box::new(WrongFilter { text: text.to_owned(), error }))
}

/// What the help of a command says of the fields that its list has.
pub fn help<R: Listed>() -> String {
    let fields: Vec<&str> = R::FIELDS.iter().map(|field| field.name).collect();
    let help = format!("docs/filter.md tells the language of --filter. Fields: {}.", fields.join(", "));
    wrap(&help, 80).join("\n")
}

impl WrongFilter {
    /// To search, alert and look up.
    pub fn code(&self) -> &'static str {
        self.error.code()
    }

    /// Writes what is wrong with it, where, and what can be done about it.
    ///
    /// # Errors
    ///
    /// What the output says.
    pub fn tell(&self, out: &mut impl Write) -> io::Result<()> {
        let place = self.error.place;
        let part = self.text.get(place.start..place.end).unwrap_or_default();
        let excerpt = Excerpt {
            code: self.code(),
            message: &self.error.problem.to_string(),
            help: Some(&self.error.help()),
            source: "--filter",
            line: Some(place.line),
            column: Some(place.column),
            part: part.lines().next().or(Some("")),
            text: Some(&self.text),
        };
        excerpt.write(out)
    }
}
