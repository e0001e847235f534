//! How right rules are, by what people found their alerts to be.

use super::args::Precision;
use super::ask::{json, percent};
use super::error::ClientError;
use super::print::{self, Column, cell};
use crate::cli::Format;
use cofferdam_connect::With;
use serde_json::Value;
use std::io;

const PATH: &str = "/api/v1/rules/precision";
const COLUMNS: [Column; 7] = [
    ("PRECISION", "share"),
    ("ALERTS", "alerts"),
    ("TRUE", "true_positive"),
    ("BENIGN", "benign_positive"),
    ("FALSE", "false_positive"),
    ("HIDDEN", "hidden"),
    ("RULE", "name"),
];

/// Prints them, those with the most alerts first.
///
/// # Errors
///
/// [`ClientError`].
pub fn run(args: &Precision) -> Result<(), ClientError> {
    let query = args.filter.as_ref().map(|filter| format!("?filter={}", percent(filter))).unwrap_or_default();
    let mut page = json(&args.asking.server.api()?, "GET", &format!("{PATH}{query}"), With::default())?;
    match args.asking.format {
        Format::Json => say!("{page}"),
        Format::Text => {
            let rules = page["rules"].as_u64().unwrap_or(0);
            let mut rows = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
            if rows.is_empty() {
                eprintln!("there are no alerts{}", if args.filter.is_some() { " of these" } else { "" });
                return Ok(());
            }
            for row in &mut rows {
                row["share"] = share(&row["precision"]).into();
                let name = if row["title"].is_null() { "rule" } else { "title" };
                row["name"] = cell(&row[name]).into();
            }
            let _ = print::table(&mut io::stdout().lock(), &COLUMNS, &rows);
            if rules > rows.len() as u64 {
                eprintln!("… and {} rules with fewer alerts", rules - rows.len() as u64);
            }
        }
    }
    Ok(())
}

/// A share in percent; `-` where nothing was judged.
fn share(precision: &Value) -> String {
    precision.as_f64().map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_share_is_told_in_percent() {
        for (precision, want) in
            [(json!(null), "-"), (json!(0.0), "0 %"), (json!(0.254), "25 %"), (json!(1.0), "100 %")]
        {
            assert_eq!(share(&precision), want);
        }
    }
}
