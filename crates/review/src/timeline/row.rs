//! A row of the timeline, as `timeline.csv` holds it.

use crate::show::plain;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::io::Read;

/// A match, or an event of which no rule said anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// When it happened; nothing when the record does not say.
    pub time: Option<Timestamp>,
    /// Whether the year or the zone was inferred.
    #[serde(deserialize_with = "from_yes")]
    pub time_inferred: bool,
    /// The rule's level; empty where no rule fired.
    #[serde(serialize_with = "or_null")]
    pub level: String,
    /// The rule's title; several with `; ` between them.
    #[serde(serialize_with = "or_null")]
    pub title: String,
    /// ATT&CK tactics.
    #[serde(with = "list")]
    pub tactics: Vec<String>,
    /// ATT&CK techniques.
    #[serde(with = "list")]
    pub techniques: Vec<String>,
    /// Hosts that the record names, or whose log it is.
    #[serde(with = "list")]
    pub hosts: Vec<String>,
    /// Accounts that the record names.
    #[serde(with = "list")]
    pub accounts: Vec<String>,
    /// Addresses that the record names.
    #[serde(with = "list")]
    pub addresses: Vec<String>,
    /// The record in one line.
    #[serde(deserialize_with = "text")]
    pub what: String,
    /// The file as it was read.
    #[serde(deserialize_with = "text")]
    pub file: String,
    /// The record in it.
    pub record: u64,
    /// The rule's id; several with `; ` between them.
    #[serde(serialize_with = "or_null")]
    pub rule_id: String,
    /// The alert; several with `; ` between them.
    #[serde(serialize_with = "or_null")]
    pub alert: String,
    /// The incident.
    #[serde(serialize_with = "or_null")]
    pub incident: String,
}

/// Reads `timeline.csv`. Columns are found by name; those that are not known are passed over.
///
/// # Errors
///
/// [`csv::Error`] when a row is no row of a timeline.
pub fn read(csv: impl Read) -> impl Iterator<Item = Result<Row, csv::Error>> {
    csv::Reader::from_reader(csv).into_deserialize::<Row>().map(|row| {
        row.map(|mut row: Row| {
            row.title = unsafe_again(&row.title).to_owned();
            row.rule_id = unsafe_again(&row.rule_id).to_owned();
            row
        })
    })
}

/// The one door through which text enters a CSV file: what steers a terminal or cannot be seen is shown by
/// its number, and what a spreadsheet would take for a formula is made text. Through it twice is the same as
/// through it once.
pub fn cell(text: &str) -> String {
    formula_safe(&plain(text, usize::MAX)).into_owned()
}

/// A cell that a spreadsheet would take for a formula is made text by an apostrophe.
fn formula_safe(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { format!("'{cell}").into() } else { cell.into() }
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

/// The cell as it was before [`formula_safe`].
fn unsafe_again(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

fn text<'de, D: Deserializer<'de>>(cell: D) -> Result<String, D::Error> {
    String::deserialize(cell).map(|cell| unsafe_again(&cell).to_owned())
}

fn from_yes<'de, D: Deserializer<'de>>(cell: D) -> Result<bool, D::Error> {
    String::deserialize(cell).map(|cell| cell == "yes")
}

/// What is not known is null for programs.
fn or_null<S: Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    if text.is_empty() { to.serialize_none() } else { to.serialize_str(text) }
}

/// Several values in one cell, with `; ` between them.
mod list {
    use super::{Deserialize, Deserializer, Serialize, Serializer, unsafe_again};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<String>, D::Error> {
        let cell = String::deserialize(cell)?;
        let cell = unsafe_again(&cell);
        Ok(cell.split("; ").filter(|value| !value.is_empty()).map(str::to_owned).collect())
    }

    pub(super) fn serialize<S: Serializer>(values: &[String], to: S) -> Result<S::Ok, S::Error> {
        values.serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_starts_a_formula_and_reading_gives_the_text_back() {
        for cell in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx"] {
            let safe = formula_safe(cell);
            assert!(safe.starts_with('\''));
            assert_eq!(unsafe_again(&safe), cell);
        }
        assert_eq!(formula_safe("plain"), "plain");
        assert_eq!(unsafe_again("'quoted'"), "'quoted'");
    }

    proptest::proptest! {
        #[test]
        fn no_cell_steers_and_twice_is_once(text in proptest::collection::vec(proptest::char::any(), 0..40)) {
            let text: String = text.into_iter().collect();
            let once = cell(&text);
            proptest::prop_assert!(!once.chars().any(char::is_control) && !is_formula(&once));
            proptest::prop_assert_eq!(cell(&once), once);
        }
    }
}
