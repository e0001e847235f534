//! What can be asked of the list of alerts.

use super::field::{Field, Kind, Listed, Value};
use crate::view::AlertRow;

impl Listed for AlertRow {
    const NAME: &'static str = "alerts";
    const FIELDS: &'static [Field<AlertRow>] = &[
        Field { name: "id", kind: Kind::ALERT, help: "its id", of: |row| Value::Id(row.id.0) },
        Field { name: "level", kind: Kind::Level, help: "how bad", of: |row| Value::Level(row.level) },
        Field { name: "rule", kind: Kind::Text, help: "the rule's id", of: |row| Value::text(&row.rule) },
        Field {
            name: "title",
            kind: Kind::Text,
            help: "the rule's title; may be erased",
            of: |row| (&row.title).into(),
        },
        Field {
            name: "incident",
            kind: Kind::INCIDENT,
            help: "the incident it belongs to, or none",
            of: |row| Value::maybe(row.incident, |id| Value::Id(id.0)),
        },
        Field {
            name: "matches",
            kind: Kind::Number,
            help: "how often the rule fired",
            of: |row| Value::Number(row.count.matches),
        },
        Field {
            name: "occurrences",
            kind: Kind::Number,
            help: "events behind the matches",
            of: |row| Value::Number(row.count.occurrences),
        },
        Field {
            name: "first_seen",
            kind: Kind::Time,
            help: "time of the first match; none when no record says",
            of: |row| Value::maybe(row.count.first_seen, Value::Time),
        },
        Field {
            name: "last_seen",
            kind: Kind::Time,
            help: "time of the last match; none when no record says",
            of: |row| Value::maybe(row.count.last_seen, Value::Time),
        },
        Field {
            name: "raised",
            kind: Kind::Time,
            help: "when it was recorded",
            of: |row| Value::Time(row.raised),
        },
        Field {
            name: "attempt",
            kind: Kind::Flag,
            help: "all of it was only tried",
            of: |row| Value::Flag(row.count.attempt),
        },
        Field {
            name: "source",
            kind: Kind::Text,
            help: "who or what raised it: rule, report, or a product such as guardduty",
            of: |row| Value::text(row.source.as_str()),
        },
        Field {
            name: "status",
            kind: Kind::Text,
            help: "open, or closed where it came from",
            of: |row| Value::text(row.status.as_str()),
        },
        Field {
            name: "state",
            kind: Kind::Text,
            help: "new, in-triage, attached (to an incident), dismissed or hidden",
            of: |row| Value::text(row.state().as_str()),
        },
        Field {
            name: "verdict",
            kind: Kind::Text,
            help: "true-positive, benign-positive, false-positive, duplicate or test, or none",
            of: |row| Value::maybe(row.verdict, |verdict| Value::text(verdict.as_str())),
        },
        Field {
            name: "assignee",
            kind: Kind::USER,
            help: "who works on it, or none",
            of: |row| Value::maybe(row.assignee, |id| Value::Id(id.0)),
        },
        Field {
            name: "hidden",
            kind: Kind::EXCEPTION,
            help: "the exception that hides it, or none",
            of: |row| Value::maybe(row.hidden, |id| Value::Id(id.0)),
        },
        Field {
            name: "merged",
            kind: Kind::ALERT,
            help: "the alert of which it is a part, or none",
            of: |row| Value::maybe(row.merged_into, |id| Value::Id(id.0)),
        },
    ];
}
