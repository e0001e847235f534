//! Results of an earlier run in the same folder, to which a run with `--add` adds.

use crate::failure::Failure;
use crate::results;
use cofferdam_detect::correlation::Alert;
use cofferdam_review::Summary;
use std::collections::BTreeMap;
use std::path::Path;

/// What an earlier run wrote.
pub struct Earlier {
    /// Its alerts.
    pub alerts: Vec<Alert>,
    /// Its summary, of which lists and counts grow.
    pub summary: Summary,
}

/// Opens a folder for results: none there yet, or earlier ones if `add`.
///
/// # Errors
///
/// [`Failure::Occupied`] when it holds results and `add` is not given; [`Failure::Damaged`] when they
/// cannot be understood.
pub fn open(folder: &Path, add: bool) -> Result<Option<Earlier>, Failure> {
    let present = super::output::files().any(|name| folder.join(name).exists());
    if !present && !has_facts(&folder.join(super::record::FOLDER)) {
        return Ok(None);
    }
    if !add {
        return Err(Failure::Occupied { path: folder.to_owned() });
    }
    if !present {
        // A run that was killed after it recorded and before it wrote is done again: what is known is not
        // recorded twice.
        return Ok(None);
    }
    Ok(Some(Earlier { alerts: results::alerts(folder)?, summary: results::summary(folder)? }))
}

/// Whether a journal was written to: results without their files are results all the same.
fn has_facts(data: &Path) -> bool {
    let journal = data.join(cofferdam_store::DATABASE);
    // The first entry only says that there is a journal; without it, one was being made.
    let size = || cofferdam_store::reader(&journal).and_then(|reader| reader.size());
    journal.metadata().is_ok_and(|file| file.len() > 0) && !matches!(size(), Ok(0 | 1))
}

impl Earlier {
    /// Whether a file with this hash is part of the results.
    pub fn knows(&self, sha256: &str) -> bool {
        self.summary.files.iter().any(|file| file.sha256.as_deref() == Some(sha256))
    }

    /// The first free alert number.
    pub fn next_alert(&self) -> u64 {
        let numbers =
            self.alerts.iter().filter_map(|alert| alert.id.strip_prefix("ALR-")?.parse::<u64>().ok());
        numbers.max().unwrap_or(0) + 1
    }

    /// By alert: the incident it belonged to.
    pub fn incident_of_alert(&self) -> BTreeMap<String, String> {
        self.alerts.iter().filter_map(|alert| Some((alert.id.clone(), alert.incident.clone()?))).collect()
    }
}
