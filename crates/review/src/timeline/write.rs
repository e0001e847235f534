//! Rows in the form that is asked for.

use super::{Row, cell};
use crate::figures::{count, stamp};
use crate::markdown::escape::{code, prose};
use crate::show::plain;
use std::borrow::Cow;
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

/// Columns of a terminal, and of them those before the text: time and level.
const WIDTH: usize = 80;
const INDENT: usize = 36;

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
        let head = format!("{}  {:<13}  ", stamp(row.time), plain(&row.level, 13));
        // An event of which no rule said anything has no title.
        let titled = (!row.title.is_empty()).then(|| wrapped(&plain(&row.title, 200)));
        let lines = titled.into_iter().flatten().chain(wrapped(&said));
        for (number, line) in lines.enumerate() {
            let before = if number == 0 { head.as_str() } else { "" };
            writeln!(out, "{before:INDENT$}{line}")?;
        }
    }
    writeln!(out, "{}", count(rows.len() as u64, "row", "rows"))
}

/// Lines that fit beside time and level; words longer than that are cut apart.
fn wrapped(text: &str) -> Vec<String> {
    textwrap::wrap(text, WIDTH - INDENT).into_iter().map(Cow::into_owned).collect()
}

fn short(path: &str) -> &str {
    path.rsplit(['/', '!']).next().unwrap_or(path)
}

/// Columns of the timeline as CSV, here and in the results of an investigation.
pub const COLUMNS: [&str; 15] = [
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

fn csv(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
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
        csv.write_record(cells.iter().map(|text| cell(text)))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::read;

    /// Steers a terminal, hides, and would be a formula.
    const HOSTILE: &str = "=1+1\u{1b}]0;x\u{7}\u{202e}a\u{200b}b\u{9b}c\nd\te";

    fn hostile() -> Row {
        let text = || HOSTILE.to_owned();
        Row {
            time: Some("2026-03-02T09:00:00Z".parse().unwrap()),
            time_inferred: false,
            level: text(),
            title: text(),
            tactics: vec![text()],
            techniques: vec![text()],
            hosts: vec![text()],
            accounts: vec![text()],
            addresses: vec![text()],
            what: text(),
            file: text(),
            record: 7,
            rule_id: text(),
            alert: text(),
            incident: text(),
        }
    }

    fn written(row: &Row, format: Format) -> String {
        let mut out = Vec::new();
        write(std::slice::from_ref(row), format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_column_of_any_form_steers_or_hides() {
        for format in [Format::Text, Format::Csv, Format::Markdown] {
            let text = written(&hostile(), format);
            let steers = |ch: char| (ch.is_control() && ch != '\n') || matches!(ch, '\u{202e}' | '\u{200b}');
            assert!(!text.contains(steers), "{format:?}: {text:?}");
            assert!(text.contains("⟨U+001B⟩") && text.contains("⟨U+202E⟩"), "{format:?}: {text}");
        }
        let csv = written(&hostile(), Format::Csv);
        let rows: Vec<csv::StringRecord> =
            csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
        let hostile = rows[0].iter().filter(|cell| cell.contains("⟨U+000A⟩d⟨U+0009⟩e")).collect::<Vec<_>>();
        assert_eq!(hostile.len(), 12, "each column of text");
        assert!(hostile.iter().all(|cell| cell.starts_with("'=1+1⟨U+001B⟩")), "{hostile:?}");
    }

    #[test]
    fn what_is_read_back_and_written_again_is_the_same() {
        let once = written(&hostile(), Format::Csv);
        let row = read(once.as_bytes()).next().unwrap().unwrap();
        assert_eq!(written(&row, Format::Csv), once);
    }

    #[test]
    fn at_a_terminal_no_line_is_longer_than_it_and_the_rest_stands_under_its_column() {
        let row = Row {
            title: "A rule with a title that is longer than the room beside it".to_owned(),
            level: "informational".to_owned(),
            hosts: vec!["web-01.example.org".to_owned()],
            what: format!("sshd: {} {}", "word ".repeat(20), "x".repeat(90)),
            ..hostile()
        };
        let text = written(&row, Format::Text);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
        let further = lines.get(1..lines.len() - 1).unwrap();
        assert!(
            further.len() > 4 && further.iter().all(|line| line.starts_with(&" ".repeat(INDENT))),
            "{text}"
        );
    }
}
