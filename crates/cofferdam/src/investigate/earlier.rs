//! Results of an earlier run in the same folder, to which a run with `--add` adds.

use super::reading::{FileEntry, ProblemEntry, SourceEntry};
use crate::failure::Failure;
use cofferdam_detect::correlation::Alert;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// What an earlier run wrote.
pub struct Earlier {
    /// Its alerts.
    pub alerts: Vec<Alert>,
    /// Its summary's lists.
    pub summary: EarlierSummary,
}

/// The parts of `summary.json` that grow.
#[derive(Deserialize)]
pub struct EarlierSummary {
    pub files: Vec<FileEntry>,
    pub sources: Vec<SourceEntry>,
    pub problems: Vec<ProblemEntry>,
    pub matches: u64,
}

/// Opens a folder for results: none there yet, or earlier ones if `add`.
///
/// # Errors
///
/// [`Failure::Occupied`] when it holds results and `add` is not given; [`Failure::Damaged`] when they
/// cannot be understood.
pub fn open(folder: &Path, add: bool) -> Result<Option<Earlier>, Failure> {
    let present = super::output::FILES.iter().any(|name| folder.join(name).exists());
    if !present {
        return Ok(None);
    }
    if !add {
        return Err(Failure::Occupied { path: folder.to_owned() });
    }
    let read = |name: &str| -> Result<String, Failure> {
        let path = folder.join(name);
        std::fs::read_to_string(&path)
            .map_err(|cause: io::Error| Failure::unreadable("earlier results", &path, cause))
    };
    let damaged = |name: &str, error: serde_json::Error| Failure::Damaged {
        path: folder.to_owned(),
        reason: format!("{name}: {error}"),
    };
    let alerts: Result<Vec<Alert>, _> =
        read("alerts.ndjson")?.lines().filter(|line| !line.is_empty()).map(serde_json::from_str).collect();
    let alerts = alerts.map_err(|error| damaged("alerts.ndjson", error))?;
    let summary =
        serde_json::from_str(&read("summary.json")?).map_err(|error| damaged("summary.json", error))?;
    Ok(Some(Earlier { alerts, summary }))
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
