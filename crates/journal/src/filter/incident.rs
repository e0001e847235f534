//! What can be asked of the list of incidents.

use super::field::{Field, Kind, Listed, Value};
use crate::view::IncidentRow;

impl Listed for IncidentRow {
    const NAME: &'static str = "incidents";
    const FIELDS: &'static [Field<IncidentRow>] = &[
        Field { name: "id", kind: Kind::INCIDENT, help: "its id", of: |row| Value::Id(row.id.0) },
        Field {
            name: "title",
            kind: Kind::Text,
            help: "what people call it; may be erased",
            of: |row| (&row.title).into(),
        },
        Field { name: "severity", kind: Kind::Level, help: "how bad", of: |row| Value::Level(row.severity) },
        Field {
            name: "alerts",
            kind: Kind::Number,
            help: "alerts in it",
            of: |row| Value::Number(row.alerts),
        },
        Field {
            name: "first_seen",
            kind: Kind::Time,
            help: "time of its first record; none when no record says",
            of: |row| Value::maybe(row.first_seen, Value::Time),
        },
        Field {
            name: "last_seen",
            kind: Kind::Time,
            help: "time of its last record; none when no record says",
            of: |row| Value::maybe(row.last_seen, Value::Time),
        },
        Field {
            name: "opened",
            kind: Kind::Time,
            help: "when it was recorded",
            of: |row| Value::Time(row.opened),
        },
        Field {
            name: "merged",
            kind: Kind::INCIDENT,
            help: "the incident of which it is a part, or none",
            of: |row| Value::maybe(row.merged_into, |id| Value::Id(id.0)),
        },
        Field {
            name: "restricted",
            kind: Kind::Flag,
            help: "only named people see it and its alerts",
            of: |row| Value::Flag(row.restricted.is_some()),
        },
        Field {
            name: "commander",
            kind: Kind::USER,
            help: "who leads the response to it, or none",
            of: |row| Value::maybe(row.commander, |id| Value::Id(id.0)),
        },
        Field {
            name: "phase",
            kind: Kind::Text,
            help: "analysis, containment, eradication, recovery, review, or closed",
            of: |row| Value::text(row.closed.map_or(row.phase.as_str(), |_| "closed")),
        },
        Field {
            name: "resolution",
            kind: Kind::Text,
            help: "resolved, false-positive, benign-positive, duplicate or test, or none",
            of: |row| Value::maybe(row.closed, |closed| Value::text(closed.as_str())),
        },
        Field {
            name: "category",
            kind: Kind::Text,
            help: "what kind of incident, by the Reference Security Incident Taxonomy, or none",
            of: |row| Value::maybe(row.category, |category| Value::text(category.as_str())),
        },
        Field {
            name: "tlp",
            kind: Kind::Text,
            help: "with whom it may be shared, such as TLP:AMBER",
            of: |row| Value::text(row.marking.tlp.as_str()),
        },
        Field {
            name: "imported",
            kind: Kind::Text,
            help: "the product of which it was a case, such as thehive, or none",
            of: |row| Value::maybe(row.imported.as_ref(), |case| Value::text(case.product.as_str())),
        },
    ];
}
