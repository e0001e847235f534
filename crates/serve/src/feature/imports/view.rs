//! What came of a file, as clients read it.

use crate::server::{Imported, ImportedAlert, ImportedCase};
use cofferdam_import::{LeftOut, Unread, Why};
use cofferdam_vocabulary::{AlertId, IncidentId};
use serde::Serialize;
use utoipa::ToSchema;

/// What came of a file.
#[derive(Serialize, ToSchema)]
pub struct ImportReport {
    /// Nothing was recorded: this is what would come of it.
    dry_run: bool,
    /// Its cases, in its order.
    cases: Vec<CaseReport>,
    /// Alerts that belong to none of them.
    alerts: Vec<ForeignAlertReport>,
    /// What is neither a case nor an alert.
    unread: Vec<UnreadPart>,
    /// What stands around them in the file, and was not imported.
    left_out: Vec<LeftOutValue>,
}

/// Whether something was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImportState {
    /// It was, or would be.
    Imported,
    /// It had been before, and nothing was added.
    There,
}

/// What came of a case.
#[derive(Serialize, ToSchema)]
pub struct CaseReport {
    /// The product: `thehive` or `dfir-iris`.
    #[schema(example = "thehive")]
    product: &'static str,
    /// What people call it there.
    #[schema(example = "#42")]
    case: String,
    /// Its title.
    title: String,
    /// Whether it was imported.
    state: ImportState,
    /// The incident that it is; none in a dry run, and when it is not there for whoever asks.
    #[schema(value_type = Option<String>, example = "INC-0004")]
    incident: Option<IncidentId>,
    /// Alerts of it that were not there before.
    alert_count: usize,
    /// Its tasks.
    task_count: usize,
    /// Notes that hold what people wrote, and what has no place of its own.
    note_count: usize,
    /// Moments of its timeline.
    moment_count: usize,
    /// Hosts, accounts, addresses … that it touches.
    entity_count: usize,
    /// It was closed in the product.
    was_closed: bool,
    /// What the incident would not take, and why.
    refused: Vec<String>,
    /// Values in it that say something.
    value_count: u64,
    /// Those that were not imported.
    left_out: Vec<LeftOutValue>,
}

/// What came of an alert that belongs to no case of the file.
#[derive(Serialize, ToSchema)]
pub struct ForeignAlertReport {
    /// The product: `thehive` or `dfir-iris`.
    #[schema(example = "thehive")]
    product: &'static str,
    /// What people call it there.
    #[schema(example = "~4128")]
    alert: String,
    /// Its title.
    title: String,
    /// Whether it was imported.
    state: ImportState,
    /// The alert that it is; none in a dry run, and when it is not there for whoever asks.
    #[schema(value_type = Option<String>, example = "ALR-000017")]
    id: Option<AlertId>,
    /// Values in it that say something.
    value_count: u64,
    /// Those that were not imported.
    left_out: Vec<LeftOutValue>,
}

/// Values of a file that were not imported.
#[derive(Serialize, ToSchema)]
pub struct LeftOutValue {
    /// Where they stand, with `[]` for every place in a list.
    #[schema(example = "tasks[].order")]
    path: String,
    /// Why.
    why: WhyName,
    /// That in words.
    #[schema(example = "no field that is known here")]
    reason: &'static str,
    /// How many.
    count: u64,
    /// One of them, cut.
    example: String,
}

/// Why something was not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhyName {
    /// Nobody here knows what it means.
    Unknown,
    /// Another field says the same.
    Repeated,
    /// It says more of what another field names.
    Named,
    /// The product works it out of others.
    Computed,
    /// It is about how the product works or shows it.
    Inner,
    /// It is not what the field should be.
    Unreadable,
    /// The file names something whose bytes are not in it.
    NoBytes,
    /// There is no room for so many.
    TooMany,
}

/// Part of a file that is neither a case nor an alert.
#[derive(Serialize, ToSchema)]
pub struct UnreadPart {
    /// Where it stands.
    #[schema(example = "line 3")]
    place: String,
    /// What it is instead.
    what: String,
}

impl ImportReport {
    /// As clients read it.
    pub fn of(imported: Imported, dry_run: bool) -> ImportReport {
        ImportReport {
            dry_run,
            cases: imported.cases.into_iter().map(case).collect(),
            alerts: imported.alerts.into_iter().map(alert).collect(),
            unread: imported.unread.into_iter().map(unread).collect(),
            left_out: imported.left.into_iter().map(left_out).collect(),
        }
    }
}

fn state(was_there: bool) -> ImportState {
    if was_there { ImportState::There } else { ImportState::Imported }
}

fn case(case: ImportedCase) -> CaseReport {
    CaseReport {
        product: case.product.as_str(),
        case: case.case,
        title: case.title,
        state: state(case.was_there),
        incident: case.incident,
        alert_count: case.held.alerts,
        task_count: case.held.tasks,
        note_count: case.held.notes,
        moment_count: case.held.moments,
        entity_count: case.held.entities,
        was_closed: case.held.closed,
        refused: case.refused,
        value_count: case.values,
        left_out: case.left.into_iter().map(left_out).collect(),
    }
}

fn alert(alert: ImportedAlert) -> ForeignAlertReport {
    ForeignAlertReport {
        product: alert.product.as_str(),
        alert: alert.alert,
        title: alert.title,
        state: state(alert.was_there),
        id: alert.id,
        value_count: alert.values,
        left_out: alert.left.into_iter().map(left_out).collect(),
    }
}

fn left_out(left: LeftOut) -> LeftOutValue {
    let why = match left.why {
        Why::Unknown => WhyName::Unknown,
        Why::Repeated => WhyName::Repeated,
        Why::Named => WhyName::Named,
        Why::Computed => WhyName::Computed,
        Why::Inner => WhyName::Inner,
        Why::Unreadable => WhyName::Unreadable,
        Why::NoBytes => WhyName::NoBytes,
        Why::TooMany => WhyName::TooMany,
    };
    let LeftOut { path, count, example, .. } = left;
    LeftOutValue { path, why, reason: left.why.as_str(), count, example }
}

fn unread(unread: Unread) -> UnreadPart {
    UnreadPart { place: unread.place, what: unread.what }
}
