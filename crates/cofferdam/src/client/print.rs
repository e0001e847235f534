//! What a server said, on a terminal: nothing of it can steer one.

use crate::text::{cut, plain};
use serde_json::Value;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Columns of a terminal.
const WIDTH: usize = 80;

/// A column of a list: its heading, and where its value stands in a row.
pub type Column = (&'static str, &'static str);

/// Prints rows under headings; the last column takes what room there is.
///
/// # Errors
///
/// What the output says.
pub fn table(out: &mut impl Write, columns: &[Column], rows: &[Value]) -> io::Result<()> {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|(_, name)| cell(&row[*name])).collect()).collect();
    let width = |at: usize| {
        let widest = cells.iter().map(|row| row[at].width()).max().unwrap_or(0);
        widest.max(columns[at].0.width())
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let headings: Vec<String> = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    std::iter::once(&headings).chain(&cells).try_for_each(|row| line(out, row, &widths))
}

fn line(out: &mut impl Write, row: &[String], widths: &[usize]) -> io::Result<()> {
    let mut text = String::new();
    for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
        if at + 1 == row.len() {
            text.push_str(&cut(cell, WIDTH.saturating_sub(text.width()).max(10)));
        } else {
            text.push_str(cell);
            text.push_str(&" ".repeat(width - cell.width() + 2));
        }
    }
    writeln!(out, "{}", text.trim_end())
}

/// One object, a member a line.
///
/// # Errors
///
/// What the output says.
pub fn object(out: &mut impl Write, value: &Value, indent: usize) -> io::Result<()> {
    let Value::Object(members) = value else {
        return writeln!(out, "{}{}", " ".repeat(indent), cell(value));
    };
    let room = members.keys().map(String::len).max().unwrap_or(0);
    for (name, value) in members {
        let name = plain(name);
        match value {
            Value::Null => {}
            Value::Array(items) if items.iter().any(Value::is_object) => {
                writeln!(out, "{}{name}", " ".repeat(indent))?;
                for item in items {
                    writeln!(out, "{}- {}", " ".repeat(indent), one_line(item))?;
                }
            }
            Value::Object(_) => {
                writeln!(out, "{}{name}", " ".repeat(indent))?;
                object(out, value, indent + 2)?;
            }
            other => writeln!(out, "{}{name:<room$}  {}", " ".repeat(indent), cell(other))?,
        }
    }
    Ok(())
}

fn one_line(value: &Value) -> String {
    let Value::Object(members) = value else { return cell(value) };
    let known = members.values().filter(|value| !value.is_null());
    known.map(one_line).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("  ")
}

/// A value in one line, with nothing that steers a terminal.
pub fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(_) => one_line(value),
        other => other.to_string(),
    };
    let text = plain(&text).into_owned();
    // Times are cut to the second, as people read them.
    match text.split_once('.') {
        Some((time, rest)) if time.len() == 19 && time.as_bytes()[10] == b'T' && rest.ends_with('Z') => {
            format!("{}Z", time.replace('T', " "))
        }
        _ if text.len() == 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z') => text.replace('T', " "),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_stand_under_their_headings_within_a_terminal() {
        let rows = [
            json!({"id": "ALR-000001", "level": "high", "title": "SSH brute force"}),
            json!({"id": "ALR-000012", "level": null, "title": format!("\u{1b}[2J{}", "long ".repeat(40))}),
        ];
        let mut out = Vec::new();
        table(&mut out, &[("ID", "id"), ("LEVEL", "level"), ("TITLE", "title")], &rows).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "ID          LEVEL  TITLE");
        assert_eq!(lines[1], "ALR-000001  high   SSH brute force");
        assert!(
            lines[2].starts_with("ALR-000012         \u{fffd}[2Jlong long") && lines[2].width() <= 80,
            "{}",
            lines[2]
        );
    }

    #[test]
    fn times_are_read_by_people() {
        assert_eq!(cell(&json!("2026-11-22T03:48:13.461682Z")), "2026-11-22 03:48:13Z");
        assert_eq!(cell(&json!("2026-11-22T03:48:13Z")), "2026-11-22 03:48:13Z");
        assert_eq!(cell(&json!("web-01.example.org")), "web-01.example.org");
    }
}
