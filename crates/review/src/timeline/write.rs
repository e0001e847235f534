//! Rows in the form that is asked for.

use super::{Row, formula_safe};
use crate::figures::{count, stamp};
use crate::markdown::escape::{code, prose};
use crate::show::plain;
use std::io::{self, Write};

/// The forms of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, at a terminal.
    Text,
    /// For spreadsheets.
    Csv,
    /// For programs: one row a line.
    Json,
    /// For wikis and tickets.
    Markdown,
}

/// Characters shown of what a record says, at a terminal.
const SAID: usize = 240;

/// Writes the rows.
///
/// # Errors
///
/// When `out` fails.
pub fn write(rows: &[Row], format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text(rows, out),
        Format::Csv => csv(rows, out),
        Format::Json => rows.iter().try_for_each(|row| {
            serde_json::to_writer(&mut *out, row)?;
            out.write_all(b"\n")
        }),
        Format::Markdown => markdown(rows, out),
    }
}

fn text(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        let place = format!("{}:{}", plain(short(&row.file), 80), row.record);
        let hosts = plain(&row.hosts.join(", "), 80);
        let said =
            format!("{hosts}{}{place}  {}", if hosts.is_empty() { "" } else { "  " }, plain(&row.what, SAID));
        let level = plain(&row.level, 20);
        if row.title.is_empty() {
            writeln!(out, "{}  {level:<13}  {said}", stamp(row.time))?;
        } else {
            writeln!(out, "{}  {level:<13}  {}", stamp(row.time), plain(&row.title, 200))?;
            writeln!(out, "{:36}{said}", "")?;
        }
    }
    writeln!(out, "{}", count(rows.len() as u64, "row", "rows"))
}

fn short(path: &str) -> &str {
    path.rsplit(['/', '!']).next().unwrap_or(path)
}

fn csv(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    const COLUMNS: [&str; 15] = [
        "time",
        "time_inferred",
        "level",
        "title",
        "tactics",
        "techniques",
        "hosts",
        "accounts",
        "addresses",
        "what",
        "file",
        "record",
        "rule_id",
        "alert",
        "incident",
    ];
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    for row in rows {
        let cells = [
            row.time.map_or(String::new(), |time| time.to_string()),
            if row.time_inferred { "yes" } else { "no" }.to_owned(),
            row.level.clone(),
            row.title.clone(),
            row.tactics.join("; "),
            row.techniques.join("; "),
            row.hosts.join("; "),
            row.accounts.join("; "),
            row.addresses.join("; "),
            row.what.clone(),
            row.file.clone(),
            row.record.to_string(),
            row.rule_id.clone(),
            row.alert.clone(),
            row.incident.clone(),
        ];
        csv.write_record(cells.iter().map(|cell| formula_safe(cell).into_owned()))?;
    }
    csv.flush()
}

fn markdown(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| Time (UTC) | Level | What | Host | What the record says | Place |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    for row in rows {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            stamp(row.time),
            prose(&row.level, true),
            prose(&row.title, true),
            code(&row.hosts.join(", "), true),
            code(&row.what, true),
            code(&format!("{}:{}", short(&row.file), row.record), true),
        )?;
    }
    Ok(())
}
