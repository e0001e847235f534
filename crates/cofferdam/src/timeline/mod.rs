//! `cofferdam timeline`: what happened, filtered, from a folder of results; or everything around an
//! incident, from the evidence read again.

mod args;
mod around;
mod nearest;

use crate::failure::Failure;
use crate::results::Results;
pub use args::Args;
use cofferdam_review::timeline::{Filter, Row, read, write};
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

/// Filters, or reads again, and prints or writes.
///
/// # Errors
///
/// [`Failure`] when results or evidence cannot be read, or the file cannot be written.
pub fn run(args: &Args) -> Result<(), Failure> {
    Failure::check_span(args.from, args.to)?;
    let results = Results::read(&args.folder)?;
    let filter = args.filter();
    let mut rows = match &args.around {
        Some(id) => around::rows(args, &results, results.incident(id)?, &filter)?,
        None => {
            if let Some(id) = &args.incident {
                results.incident(id)?;
            }
            matches(&args.folder, &results, &filter)?
        }
    };
    // Results that were added to hold the rows of one run after those of another.
    rows.sort_by_key(|row| row.time);
    put(args, &rows)
}

/// Rows of `timeline.csv` that are wanted.
fn matches(folder: &Path, results: &Results, filter: &Filter) -> Result<Vec<Row>, Failure> {
    let named = filter.alerts(&results.alerts);
    let wanted = |row: &Row| filter.holds(row, &named);
    every_row(folder)?.filter(|row| row.as_ref().map_or(true, wanted)).collect()
}

/// All rows of `timeline.csv`.
fn every_row(folder: &Path) -> Result<impl Iterator<Item = Result<Row, Failure>>, Failure> {
    let path = folder.join("timeline.csv");
    let file = File::open(&path).map_err(|cause| Failure::unreadable("results", &path, cause))?;
    let folder = folder.to_owned();
    let damaged = move |error: String| Failure::Damaged {
        path: folder.clone(),
        reason: format!("timeline.csv: {error}"),
    };
    Ok(read(BufReader::new(file)).map(move |row| row.map_err(|error| damaged(error.to_string()))))
}

fn put(args: &Args, rows: &[Row]) -> Result<(), Failure> {
    let Some(path) = &args.output else {
        let mut out = BufWriter::new(std::io::stdout().lock());
        // Whoever reads may have enough of it; that is no failure of ours.
        let _ = write(rows, args.format.into(), &mut out).and_then(|()| out.flush());
        return Ok(());
    };
    let put = |file: File| {
        let mut out = BufWriter::new(file);
        write(rows, args.format.into(), &mut out)?;
        out.flush()
    };
    File::create(path).and_then(put).map_err(|cause| Failure::unwritable(path, cause))
}
