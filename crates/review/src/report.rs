//! The report of an investigation: what every form of it is made from.

use crate::summary::{FileEntry, Summary};
use cofferdam_detect::correlation::{Alert, Incident};
use serde::Serialize;
use std::collections::BTreeMap;

/// A folder of results as values, whole or of one incident.
#[derive(Debug, Serialize)]
pub struct Report<'r> {
    /// What was read; always of the whole investigation.
    pub summary: &'r Summary,
    /// Worst first.
    pub incidents: Vec<&'r Incident>,
    /// In the order of time.
    pub alerts: Vec<&'r Alert>,
    /// By incident: its alerts.
    #[serde(skip)]
    by_incident: BTreeMap<&'r str, Vec<&'r Alert>>,
}

impl<'r> Report<'r> {
    /// The report of everything.
    pub fn of(summary: &'r Summary, incidents: &'r [Incident], alerts: &'r [Alert]) -> Report<'r> {
        let mut by_incident: BTreeMap<&str, Vec<&Alert>> = BTreeMap::new();
        for alert in alerts {
            if let Some(incident) = &alert.incident {
                by_incident.entry(incident).or_default().push(alert);
            }
        }
        let (incidents, alerts) = (incidents.iter().collect(), alerts.iter().collect());
        Report { summary, incidents, alerts, by_incident }
    }

    /// The report of one incident with its alerts, or `None` when there is no such incident.
    pub fn only(mut self, id: &str) -> Option<Report<'r>> {
        self.incidents.retain(|incident| incident.id == id);
        self.alerts.retain(|alert| alert.incident.as_deref() == Some(id));
        (!self.incidents.is_empty()).then_some(self)
    }

    /// The alerts of an incident, in the order of time.
    pub(crate) fn alerts_of(&self, incident: &Incident) -> Vec<&'r Alert> {
        self.by_incident.get(incident.id.as_str()).cloned().unwrap_or_default()
    }

    /// Alerts that belong to no incident.
    pub(crate) fn alone(&self) -> Vec<&'r Alert> {
        self.alerts.iter().copied().filter(|alert| alert.incident.is_none()).collect()
    }

    /// By path: the number under which the file stands in the list of files, from 1, and the file.
    pub(crate) fn files(&self) -> Files<'r> {
        let files = self.summary.files.iter().zip(1..);
        Files(files.map(|(file, number)| (file.path.as_str(), (number, file))).collect())
    }
}

/// Files by path.
pub(crate) struct Files<'r>(BTreeMap<&'r str, (usize, &'r FileEntry)>);

impl<'r> Files<'r> {
    /// The file on disk in which a source lies: itself, or the archive before the `!`.
    pub(crate) fn holding(&self, source: &str) -> Option<(usize, &'r FileEntry)> {
        let whole = self.0.get(source);
        let archive = || source.match_indices('!').rev().find_map(|(at, _)| self.0.get(source.get(..at)?));
        whole.or_else(archive).copied()
    }
}
