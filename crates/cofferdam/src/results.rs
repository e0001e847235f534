//! A folder of results, read back.

use crate::failure::Failure;
use cofferdam_detect::correlation::{Alert, Incident};
use cofferdam_review::{Report, Summary};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::Path;

/// What `investigate --out` wrote.
pub struct Results {
    /// What was read.
    pub summary: Summary,
    /// Worst first.
    pub incidents: Vec<Incident>,
    /// In the order of time.
    pub alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Incidents {
    incidents: Vec<Incident>,
}

impl Results {
    /// Reads the folder.
    ///
    /// # Errors
    ///
    /// [`Failure::NoResults`] when there are none, [`Failure::Unreadable`] when a file is missing, [`Failure::Damaged`] when one is not understood.
    pub fn read(folder: &Path) -> Result<Results, Failure> {
        Ok(Results {
            summary: summary(folder)?,
            incidents: whole::<Incidents>(folder, "incidents.json")?.incidents,
            alerts: alerts(folder)?,
        })
    }

    /// The report of all of it, or of one incident.
    ///
    /// # Errors
    ///
    /// [`Failure::NoIncident`] when there is none of that name.
    pub fn report(&self, incident: Option<&str>) -> Result<Report<'_>, Failure> {
        let report = Report::of(&self.summary, &self.incidents, &self.alerts);
        let Some(id) = incident else { return Ok(report) };
        report.only(id).ok_or_else(|| self.no_incident(id))
    }

    /// The incident of this name.
    ///
    /// # Errors
    ///
    /// [`Failure::NoIncident`] when there is none.
    pub fn incident(&self, id: &str) -> Result<&Incident, Failure> {
        self.incidents.iter().find(|incident| incident.id == id).ok_or_else(|| self.no_incident(id))
    }

    fn no_incident(&self, id: &str) -> Failure {
        let known = self.incidents.iter().take(5).map(|incident| incident.id.clone()).collect();
        Failure::NoIncident { id: id.to_owned(), known, all: self.incidents.len() }
    }
}

/// `summary.json`.
///
/// # Errors
///
/// As [`Results::read`].
pub fn summary(folder: &Path) -> Result<Summary, Failure> {
    whole(folder, "summary.json")
}

/// `alerts.ndjson`.
///
/// # Errors
///
/// As [`Results::read`].
pub fn alerts(folder: &Path) -> Result<Vec<Alert>, Failure> {
    let text = text(folder, "alerts.ndjson")?;
    let alerts = text.lines().filter(|line| !line.is_empty()).map(serde_json::from_str);
    alerts.collect::<Result<_, _>>().map_err(|error| damaged(folder, "alerts.ndjson", &error))
}

fn whole<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, Failure> {
    serde_json::from_str(&text(folder, name)?).map_err(|error| damaged(folder, name, &error))
}

fn text(folder: &Path, name: &str) -> Result<String, Failure> {
    let path = folder.join(name);
    std::fs::read_to_string(&path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !folder.join("summary.json").exists() => {
            Failure::NoResults { path: folder.to_owned() }
        }
        _ => Failure::unreadable("results", &path, cause),
    })
}

fn damaged(folder: &Path, name: &str, error: &serde_json::Error) -> Failure {
    Failure::Damaged { path: folder.to_owned(), reason: format!("{name}: {error}") }
}
