//! `cofferdam rules fields`: the fields that events have, by log source.

use super::args::Fields;
use crate::cli::Format;
use crate::text::wrap;
use anstyle::Style;
use cofferdam_detect::reach::{Known, known};
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;

#[derive(Serialize)]
struct Row {
    log_source: &'static str,
    fields: Vec<&'static str>,
}

/// Lists fields.
pub fn run(args: &Fields) -> ExitCode {
    let has = |known: &&Known| {
        let own = || known.class.split(' ').chain(known.formats.split(' '));
        args.words.iter().all(|word| own().any(|own| own.eq_ignore_ascii_case(word)))
    };
    let rows: Vec<&Known> = known().iter().filter(has).collect();
    let mut out = anstream::stdout().lock();
    // Whoever reads may have enough of it; that is no failure of ours.
    let _ = match args.format {
        Format::Text => tell(&mut out, &rows),
        Format::Json => {
            let rows: Vec<Row> = rows
                .iter()
                .map(|known| Row { log_source: known.class, fields: known.fields.clone() })
                .collect();
            serde_json::to_writer_pretty(&mut out, &rows).map_err(Into::into).and_then(|()| writeln!(out))
        }
    };
    ExitCode::SUCCESS
}

fn tell(out: &mut impl Write, rows: &[&Known]) -> io::Result<()> {
    let bold = Style::new().bold();
    for known in rows {
        let class = if known.class.is_empty() { "text in no known format" } else { known.class };
        writeln!(out, "{bold}{class}{bold:#}")?;
        for line in wrap(&known.fields.join(" "), 78) {
            writeln!(out, "  {line}")?;
        }
    }
    if rows.is_empty() {
        return writeln!(out, "No log source has these words; without words, all are listed.");
    }
    writeln!(
        out,
        "\nThese are the fields that our own samples show. Records in JSON, key-value and\n\
         audit formats bring others along, by the names that they have there."
    )
}
