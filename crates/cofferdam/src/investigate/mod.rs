//! `cofferdam investigate`: a folder of logs in, incidents out.

mod case;
mod earlier;
pub mod engine;
mod output;
mod progress;
mod reading;
mod record;
mod story;

use crate::cli::{Format, Investigate};
use crate::failure::Failure;
use crate::pipeline::Evidence;
use crate::{enrichment, indicators, notes, rules};
use case::Case;
use cofferdam_detect::intake::Span;
use engine::Prepared;
use jiff::tz::TimeZone;
use reading::Reading;
use record::Recorder;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

pub use record::FOLDER as DATA_FOLDER;

/// Reads, matches, joins, records, writes and tells.
///
/// # Errors
///
/// [`Failure`] when rules cannot be loaded, nothing can be read, or results cannot be written.
pub fn run(args: &Investigate) -> Result<ExitCode, Failure> {
    Failure::check_span(args.from, args.to)?;
    let earlier = args.out.as_deref().map(|out| earlier::open(out, args.add)).transpose()?.flatten();
    let recorder = args.out.as_deref().map(Recorder::begin).transpose()?;
    let crew = engine::crew(args.threads)?;
    let zone = args.timezone.clone().unwrap_or(TimeZone::UTC);
    let evidence = Evidence::open(&args.paths, zone, crew.current_num_threads());
    let set = rules::load(&args.rules, &crew)?;
    let enrichment = enrichment::load(&args.enrichment)?;
    let lists = indicators::load(&args.lists, args.rules.min_level)?;
    // The process ends soon after its last use: to free a million small pieces would only take time.
    let prepared = ManuallyDrop::new(Prepared::new(set, lists, &crew)?);
    if !args.quiet {
        notes::rule_problems(&prepared.rules().problems);
        indicators::tell_problems(prepared.lists());
    }
    let engine = prepared.engine(Span { from: args.from, to: args.to }, &crew);

    let mut reading = Reading::of(evidence, &args.paths, &engine, args.quiet);
    if reading.is_nothing() {
        return Err(match reading.problems.len() {
            0 => Failure::NoFiles { paths: args.paths.clone() },
            _ => Failure::NothingRead,
        });
    }
    if let Some(earlier) = &earlier {
        reading.leave_out_known(earlier, args.quiet);
    }
    let case = Case::build(&reading, &prepared, &enrichment, earlier.as_ref());
    let recorded =
        recorder.map(|recorder| recorder.record(&reading, &case, earlier.as_ref(), args.keep_evidence));
    let recorded = recorded.transpose()?;
    if let Some(out) = &args.out {
        output::write(out, &reading, &case, &prepared, earlier.as_ref())?;
    }
    match args.format {
        Format::Text => story::print(&reading, &case, &prepared, args.out.as_deref(), recorded.as_ref()),
        Format::Json => output::print_json(&reading, &case, &prepared, earlier.as_ref()),
    }
    let worst = case.incidents.iter().map(|incident| incident.severity).max();
    let found = args.fail_on.is_some_and(|level| worst.is_some_and(|worst| worst >= level));
    Ok(if found { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
