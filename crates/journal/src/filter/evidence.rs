//! What can be asked of the list of evidence.

use super::field::{Field, Kind, Listed, Value};
use crate::view::EvidenceRow;

impl Listed for EvidenceRow {
    const NAME: &'static str = "evidence";
    const FIELDS: &'static [Field<EvidenceRow>] = &[
        Field {
            name: "hash",
            kind: Kind::Text,
            help: "its SHA-256, 64 hexadecimal digits",
            of: |row| Value::text(row.id.to_string()),
        },
        Field {
            name: "source",
            kind: Kind::Text,
            help: "where it was read last; may be erased",
            of: |row| (&row.source).into(),
        },
        Field { name: "bytes", kind: Kind::Number, help: "its size", of: |row| Value::Number(row.bytes) },
        Field { name: "kept", kind: Kind::Flag, help: "its bytes are kept", of: |row| Value::Flag(row.kept) },
        Field {
            name: "damaged",
            kind: Kind::Flag,
            help: "the bytes kept are not what was acquired",
            of: |row| Value::Flag(row.damaged),
        },
        Field {
            name: "acquired",
            kind: Kind::Time,
            help: "when it was first acquired",
            of: |row| Value::Time(row.acquired),
        },
        Field {
            name: "by",
            kind: Kind::Text,
            help: "who acquired it first; may be erased",
            of: |row| (&row.by).into(),
        },
        Field {
            name: "custody",
            kind: Kind::Number,
            help: "facts of custody after that",
            of: |row| Value::Number(row.custody),
        },
        Field {
            name: "restricted",
            kind: Kind::Flag,
            help: "only named people see it",
            of: |row| Value::Flag(row.restricted.is_some()),
        },
    ];
}
