//! What was read and what came of it, as `summary.json` holds it.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// `summary.json`; all counts add up (`docs/formats.md`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// Of the program that wrote it.
    pub version: String,
    /// Records seen; each is parsed or rejected.
    pub read: u64,
    /// Records understood, or kept as text.
    pub parsed: u64,
    /// Records that are broken.
    pub rejected: u64,
    /// Of the parsed: kept as text, since no parser claims them.
    pub as_text: u64,
    /// Of the parsed: outside --from and --to.
    pub outside: u64,
    /// Of the parsed: with a time whose year or zone was inferred.
    pub inferred_times: u64,
    /// Rules that were used.
    pub rules: RuleCounts,
    /// Lists of indicators that were used, and what was seen and not told.
    #[serde(default)]
    pub indicators: IndicatorCounts,
    /// Matches written.
    pub matches: u64,
    /// Alerts written.
    pub alerts: usize,
    /// Incidents written.
    pub incidents: usize,
    /// Groups that correlations had to forget because there were too many.
    pub dropped_groups: u64,
    /// Files on disk, in the order they were read.
    pub files: Vec<FileEntry>,
    /// Logs within them.
    pub sources: Vec<SourceEntry>,
    /// What was not understood.
    pub problems: Vec<ProblemEntry>,
    /// Rules that were not loaded.
    pub rule_problems: Vec<RuleProblemEntry>,
}

/// Lists of indicators, of the last run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IndicatorCounts {
    /// Values that were looked for.
    pub values: usize,
    /// Values that are known to be good.
    pub known_good_values: usize,
    /// Indicators that were seen and not told: the value is known to be good.
    pub known_good: u64,
    /// Indicators that were seen and not told: they were no longer valid.
    pub expired: u64,
    /// In the order of the command line.
    pub lists: Vec<ListEntry>,
}

/// A list of values. `read = taken + duplicates + left_out + refused + not_understood`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// The file.
    pub path: String,
    /// `indicators` or `known-good`.
    #[serde(rename = "use")]
    pub used_as: String,
    /// `plain`, `csv`, `stix`, `misp` or `unknown`.
    pub format: String,
    /// Values, and things that should be some.
    pub read: u64,
    /// Looked for.
    pub taken: u64,
    /// Named before, here or in an earlier list.
    pub duplicates: u64,
    /// Revoked, not meant for detection, or of a kind that is not looked for.
    pub left_out: u64,
    /// Would be seen everywhere.
    pub refused: u64,
    /// Not understood.
    pub not_understood: u64,
    /// The first of what was refused or not understood.
    pub problems: Vec<ListProblem>,
}

/// A value that is not looked for, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListProblem {
    /// To search, alert and look up.
    pub code: String,
    /// `line 3`, `object 7`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// How many rules were used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleCounts {
    /// Rules of single events.
    pub detections: usize,
    /// Rules over several events.
    pub correlations: usize,
    /// Documents that were not loaded.
    pub left_out: usize,
}

/// A file on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileEntry {
    /// As given on the command line, or joined to it.
    pub path: String,
    /// As they lie there.
    pub bytes: u64,
    /// Hex; null when the file could not be read to its end.
    pub sha256: Option<String>,
}

/// A log: a file, or a member of an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceEntry {
    /// Members of archives stand after `!`.
    pub path: Arc<str>,
    /// `text`, `utf-16`, `json`, `evtx`.
    pub kind: String,
    /// Expanded bytes.
    pub bytes: u64,
    /// Records seen; each is parsed or rejected.
    pub read: u64,
    /// Records understood, or kept as text.
    pub parsed: u64,
    /// Of the parsed: kept as text, since no parser claims them.
    pub as_text: u64,
    /// Of the parsed: outside --from and --to.
    pub outside: u64,
    /// Records that are broken.
    pub rejected: u64,
    /// Of the parsed: with a time whose year or zone was inferred.
    pub inferred_times: u64,
    /// The host that the log is of, when its records do not say and the folder's other logs do.
    pub inferred_host: Option<String>,
}

/// Something that was not understood.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProblemEntry {
    /// To search and look up.
    pub code: String,
    /// The source.
    pub path: String,
    /// `line 3`, `chunk 0`, `record 17`, where it is known.
    pub place: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// A rule that was not loaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleProblemEntry {
    /// To search and look up.
    pub code: String,
    /// The rule's file.
    pub file: String,
    /// The rule's title, where it has one.
    pub rule: Option<String>,
    /// The line, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What can be done about it.
    pub help: Option<String>,
}
