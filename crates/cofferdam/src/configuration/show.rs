//! `cofferdam config show`: every setting, its value, and who set it.

use super::args::Show;
use super::layers::Loaded;
use super::origin::Origin;
use super::table::SETTINGS;
use crate::cli::Format;
use crate::failure::Failure;
use crate::text::plain;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Columns of a terminal that nobody made larger.
const WIDTH: usize = 80;
/// Columns for keys, and for values if they have room there.
const KEY: usize = 24;
const VALUE: usize = 16;

#[derive(Serialize)]
struct Row<'l> {
    key: &'static str,
    value: Value,
    origin: &'l Origin,
    /// What to write, in words.
    kind: String,
    help: &'static str,
    variable: String,
}

/// Prints all settings.
///
/// # Errors
///
/// [`Failure`] when the configuration cannot be read or is wrong.
pub fn run(args: &Show) -> Result<(), Failure> {
    let loaded = args.sources.load()?;
    let rows = rows(&loaded);
    let mut out = io::stdout().lock();
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = match args.format {
        Format::Text => rows.iter().try_for_each(|row| tell(&mut out, row)),
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &rows).map_err(Into::into).and_then(|()| writeln!(out))
        }
    };
    Ok(())
}

fn rows(loaded: &Loaded) -> Vec<Row<'_>> {
    SETTINGS
        .iter()
        .zip(loaded.configuration.shown())
        .map(|(setting, value)| {
            let origin = loaded.origins.get(setting.key).map_or(&Origin::Default, |(origin, _)| origin);
            let (kind, variable) = ((setting.kind)(), setting.variable());
            Row { key: setting.key, value, origin, kind, help: setting.help, variable }
        })
        .collect()
}

fn tell(out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
    let value = plain(&text(&row.value)).into_owned();
    let origin = plain(&row.origin.to_string()).into_owned();
    let gap = VALUE.saturating_sub(value.width() + 1) + 1;
    let line = format!("{:<KEY$}{value}{}{origin}", row.key, " ".repeat(gap));
    if line.width() <= WIDTH {
        return writeln!(out, "{line}");
    }
    writeln!(out, "{:<KEY$}{value}", row.key)?;
    writeln!(out, "{:KEY$}{origin}", "")
}

/// A value as people read it: `-` for none.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "-".to_owned(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(table) if table.is_empty() => "-".to_owned(),
        Value::Object(table) => {
            let entries = table.iter().map(|(key, value)| match value {
                Value::Object(_) => format!("{key} ({})", text(value)),
                value => format!("{key}: {}", text(value)),
            });
            entries.collect::<Vec<_>>().join("; ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
