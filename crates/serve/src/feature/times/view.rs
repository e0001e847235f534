//! Times of the response as clients read them. Durations are whole seconds.

use crate::http::{MeasureName, MilestoneName, PhaseName, ResolutionName};
use cofferdam_journal::incident::{Measure, Milestone, TimeSource, Times};
use cofferdam_journal::view::IncidentRow;
use cofferdam_vocabulary::{AlertId, IncidentId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// When what happened in the response to an incident, and how long it took.
#[derive(Serialize, ToSchema)]
pub struct IncidentTimes {
    /// Its id.
    #[schema(value_type = String, example = "INC-0003")]
    id: IncidentId,
    /// Where the response is.
    phase: PhaseName,
    /// How it ended; none while it goes on.
    closed: Option<ResolutionName>,
    /// What happened, and what says so.
    milestones: Vec<MilestoneView>,
    /// How long it took.
    measures: Vec<MeasureView>,
}

/// When something happened.
#[derive(Serialize, ToSchema)]
pub struct MilestoneView {
    /// What.
    milestone: MilestoneName,
    /// When.
    at: Timestamp,
    /// The position of the entry that says so; none when a row of the list of alerts does.
    position: Option<u64>,
    /// The alert that says so, by when it was raised.
    #[schema(value_type = Option<String>, example = "ALR-000017")]
    alert: Option<AlertId>,
}

/// How long something took.
#[derive(Serialize, ToSchema)]
pub struct MeasureView {
    /// What.
    measure: MeasureName,
    /// What starts it.
    from: MilestoneName,
    /// What stops it.
    to: MilestoneName,
    /// Seconds; none when it is not over, or was never begun. Negative where a clock or people were wrong.
    seconds: Option<i64>,
}

/// How long the response takes over many incidents.
#[derive(Serialize, ToSchema)]
pub struct ResponseTimes {
    /// Incidents that were measured.
    count: u64,
    /// Each measure.
    measures: Vec<Spread>,
    /// Each incident.
    incidents: Vec<IncidentTimes>,
}

/// How long something takes.
#[derive(Serialize, ToSchema)]
pub struct Spread {
    /// What.
    measure: MeasureName,
    /// What starts it.
    from: MilestoneName,
    /// What stops it.
    to: MilestoneName,
    /// Incidents on which the figures stand.
    n: u64,
    /// Half of them took as many seconds or fewer.
    median: Option<i64>,
    /// Nine tenths of them did.
    p90: Option<i64>,
    /// The mean; few that are long move it far.
    mean: Option<i64>,
    /// Incidents in which it began and is not over.
    open: u64,
    /// Incidents in which nothing says when it began.
    unknown: u64,
    /// Incidents in which it took less than nothing: a clock or people were wrong. They are not among `n`.
    #[schema(value_type = Vec<String>)]
    negative: Vec<IncidentId>,
}

impl IncidentTimes {
    /// Of one incident.
    pub fn of(row: &IncidentRow, times: &Times) -> IncidentTimes {
        let milestone = |(milestone, mark): (&Milestone, &cofferdam_journal::incident::Mark)| {
            let (position, alert) = match mark.source {
                TimeSource::Entry(position) => (Some(position), None),
                TimeSource::Alert(alert) => (None, Some(alert)),
            };
            MilestoneView { milestone: (*milestone).into(), at: mark.at, position, alert }
        };
        let measure = |measure: &Measure| {
            let (from, to) = measure.ends();
            let seconds = times.took(*measure).map(|took| took.as_secs());
            MeasureView { measure: (*measure).into(), from: from.into(), to: to.into(), seconds }
        };
        IncidentTimes {
            id: row.id,
            phase: row.phase.into(),
            closed: row.closed.map(Into::into),
            milestones: times.0.iter().map(milestone).collect(),
            measures: Measure::ALL.iter().map(measure).collect(),
        }
    }
}

impl ResponseTimes {
    /// Over these incidents.
    pub fn of(measured: &[(IncidentRow, Times)]) -> ResponseTimes {
        ResponseTimes {
            count: measured.len() as u64,
            measures: Measure::ALL.iter().map(|measure| spread(*measure, measured)).collect(),
            incidents: measured.iter().map(|(row, times)| IncidentTimes::of(row, times)).collect(),
        }
    }
}

fn spread(measure: Measure, measured: &[(IncidentRow, Times)]) -> Spread {
    let (from, to) = measure.ends();
    let (mut seconds, mut negative, mut open, mut unknown) = (Vec::new(), Vec::new(), 0, 0);
    for (row, times) in measured {
        match (times.0.contains_key(&from), times.took(measure).map(|took| took.as_secs())) {
            (_, Some(took)) if took < 0 => negative.push(row.id),
            (_, Some(took)) => seconds.push(took),
            (true, None) => open += 1,
            (false, None) => unknown += 1,
        }
    }
    seconds.sort_unstable();
    // The nearest rank: the smallest value that so many tenths are not above.
    let rank = |tenths: usize| seconds.get((seconds.len() * tenths).div_ceil(10).checked_sub(1)?).copied();
    let n = seconds.len();
    let mean = i64::try_from(n).ok().filter(|n| *n > 0).map(|n| seconds.iter().sum::<i64>() / n);
    let (median, p90) = (rank(5), rank(9));
    Spread {
        measure: measure.into(),
        from: from.into(),
        to: to.into(),
        n: n as u64,
        median,
        p90,
        mean,
        open,
        unknown,
        negative,
    }
}
