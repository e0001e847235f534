//! Lists of indicators and of what is known to be good: which, read from disk, and told of.

use crate::cli;
use crate::failure::Failure;
use crate::text::{count, plain};
use clap::Args;
use cofferdam_detect::indicator::{IndicatorSet, Indicators, Problem, Report, read};
use cofferdam_review::{ListEntry, ListProblem};
use cofferdam_vocabulary::Level;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A list may have so many bytes; a million values in STIX have some 700 million.
const LIST_BYTES: u64 = 1 << 30;

/// What a list is for.
const INDICATORS: &str = "indicators";
const KNOWN_GOOD: &str = "known-good";

/// Which lists to use.
#[derive(Args, Debug)]
pub struct IndicatorArgs {
    /// Values to look for in every event: a plain list, CSV, STIX 2.1 or MISP JSON (repeatable)
    #[arg(long, value_name = "FILE")]
    pub indicators: Vec<PathBuf>,
    /// Level of their matches [default: high, for addresses medium]
    #[arg(long, value_name = "LEVEL", value_parser = cli::level)]
    pub indicator_level: Option<Level>,
    /// Values known to be good: no indicators, and no tie between alerts (repeatable)
    #[arg(long, value_name = "FILE")]
    pub known_good: Vec<PathBuf>,
}

/// The lists of a run.
#[derive(Default)]
pub struct Lists {
    /// What they hold.
    pub indicators: Indicators,
    /// What became of each.
    pub entries: Vec<ListEntry>,
}

/// Reads all lists. `least` is the level below which nothing is told.
///
/// # Errors
///
/// [`Failure`] when a file cannot be read or is too large, or nothing in it is understood. What else is wrong
/// within one is in its entry.
pub fn load(args: &IndicatorArgs, least: Option<Level>) -> Result<Lists, Failure> {
    let mut lists = Lists::default();
    lists.indicators.level = args.indicator_level;
    lists.indicators.least = least;
    let Lists { indicators, entries } = &mut lists;
    read_all(&args.indicators, INDICATORS, &mut indicators.set, entries)?;
    read_all(&args.known_good, KNOWN_GOOD, &mut indicators.known_good, entries)?;
    Ok(lists)
}

fn read_all(
    paths: &[PathBuf],
    used_as: &str,
    set: &mut IndicatorSet,
    entries: &mut Vec<ListEntry>,
) -> Result<(), Failure> {
    let mut reports = Vec::new();
    for path in paths {
        let bytes = bytes_of(path).map_err(|cause| Failure::unreadable("list", path, cause))?;
        reports.push(read(&bytes, &path.display().to_string(), used_as == KNOWN_GOOD, set));
    }
    // A broken list would end in "nothing was seen"; one of what is known to be good may be empty.
    for (path, report) in paths.iter().zip(&reports) {
        if report.read == report.not_understood && (report.read > 0 || used_as == INDICATORS) {
            let problem = report.problems.first();
            let problem = problem.map(|problem| format!("{}: {}", problem.place, problem.message));
            return Err(Failure::NothingInList { path: path.clone(), problem });
        }
    }
    for (report, duplicates) in reports.iter_mut().zip(set.seal()) {
        report.found_duplicates(duplicates);
    }
    entries.extend(paths.iter().zip(reports).map(|(path, report)| entry(path, used_as, report)));
    Ok(())
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LIST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIST_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a list may have 1 GiB"));
    }
    Ok(bytes)
}

fn entry(path: &Path, used_as: &str, report: Report) -> ListEntry {
    let problem = |problem: Problem| ListProblem {
        code: problem.code.to_owned(),
        place: problem.place,
        message: problem.message,
    };
    ListEntry {
        path: path.display().to_string(),
        used_as: used_as.to_owned(),
        format: report.format.as_str().to_owned(),
        read: report.read,
        taken: report.taken,
        duplicates: report.duplicates,
        left_out: report.left_out,
        refused: report.refused,
        not_understood: report.not_understood,
        problems: report.problems.into_iter().map(problem).collect(),
    }
}

impl Lists {
    /// How many values of the lists with broken ones were understood, and how many there are; by what the
    /// lists are for.
    pub fn partly_understood(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        [INDICATORS, KNOWN_GOOD].into_iter().filter_map(|used_as| {
            let of = || self.entries.iter().filter(|entry| entry.used_as == used_as);
            let broken: u64 = of().map(|entry| entry.not_understood).sum();
            let all: u64 = of().map(|entry| entry.read).sum();
            (broken > 0).then_some((used_as, all - broken, all))
        })
    }
}

/// Tells of what was not taken: each by itself, as far as the lists' entries hold it.
pub fn tell_problems(lists: &Lists) {
    for entry in &lists.entries {
        let path = plain(&entry.path);
        for problem in &entry.problems {
            eprintln!("note[{}]: {}", problem.code, plain(&problem.message));
            eprintln!("  --> {path}, {}", problem.place);
        }
        let more = (entry.refused + entry.not_understood).saturating_sub(entry.problems.len() as u64);
        if more > 0 {
            let more = count(more, "more value was", "more values were");
            eprintln!("note[detect::indicator-problems]: {more} refused or not understood");
            eprintln!("  --> {path}");
        }
        if entry.taken + entry.duplicates == 0 {
            eprintln!("note[detect::indicator-list-empty]: the list holds no value that can be looked for");
            eprintln!("  --> {path}");
        }
    }
}
