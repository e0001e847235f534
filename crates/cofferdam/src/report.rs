//! `cofferdam report`: a folder of results in, a report in the form that is asked for out.

mod args;

use crate::failure::Failure;
use crate::results::Results;
pub use args::Args;
use args::Format;
use cofferdam_review::{Report, html, markdown, navigator, stix};
use std::io::Write;

/// Makes one report and prints or writes it.
///
/// # Errors
///
/// [`Failure`] when the folder cannot be read, holds no such incident, or the file cannot be written.
pub fn run(args: &Args) -> Result<(), Failure> {
    let results = Results::read(&args.folder)?;
    let report = results.report(args.incident.as_deref())?;
    let text = text(&report, args.format);
    match &args.output {
        Some(path) => std::fs::write(path, text).map_err(|cause| Failure::unwritable(path, cause)),
        None => {
            // Whoever reads may have enough of it; that is no failure of ours.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            Ok(())
        }
    }
}

/// Names of the report's files in a folder of results, each with its form.
pub const FILES: [(&str, Format); 4] = [
    ("report.html", Format::Html),
    ("report.md", Format::Md),
    ("navigator.json", Format::Navigator),
    ("bundle.stix.json", Format::Stix),
];

/// The report in one form.
pub fn text(report: &Report<'_>, format: Format) -> String {
    match format {
        Format::Html => html::html(report),
        Format::Md => markdown::markdown(report),
        Format::Json => pretty(report),
        Format::Stix => pretty(&stix::stix(report)),
        Format::Navigator => pretty(&navigator::navigator(report)),
    }
}

fn pretty(value: &impl serde::Serialize) -> String {
    // Values that consist of texts, numbers and lists of them can always be written.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
