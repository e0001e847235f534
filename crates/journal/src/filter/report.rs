//! What can be asked of the list of reports.

use super::field::{Field, Kind, Listed, Value};
use crate::report::ReportRow;

impl Listed for ReportRow {
    const NAME: &'static str = "reports";
    const FIELDS: &'static [Field<ReportRow>] = &[
        Field { name: "id", kind: Kind::REPORT, help: "its id", of: |row| Value::Id(row.id.0) },
        Field {
            name: "level",
            kind: Kind::Level,
            help: "how bad, by what whoever reported says",
            of: |row| Value::Level(row.how_bad.level()),
        },
        Field {
            name: "state",
            kind: Kind::Text,
            help: "received, being-looked-at or dealt-with",
            of: |row| Value::text(row.state.as_str()),
        },
        Field {
            name: "text",
            kind: Kind::Text,
            help: "how what they wrote begins; may be erased",
            of: |row| (&row.summary).into(),
        },
        Field {
            name: "alert",
            kind: Kind::ALERT,
            help: "the alert that tells of it, or none",
            of: |row| Value::maybe(row.alert, |id| Value::Id(id.0)),
        },
        Field {
            name: "additions",
            kind: Kind::Number,
            help: "how often something was added",
            of: |row| Value::Number(row.additions.len() as u64),
        },
        Field {
            name: "answers",
            kind: Kind::Number,
            help: "how often they were told something",
            of: |row| Value::Number(row.answers.len() as u64),
        },
        Field {
            name: "received",
            kind: Kind::Time,
            help: "when it came",
            of: |row| Value::Time(row.received),
        },
        Field {
            name: "changed",
            kind: Kind::Time,
            help: "when something was recorded of it last",
            of: |row| Value::Time(row.changed),
        },
    ];
}
