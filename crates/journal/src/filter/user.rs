//! What can be asked of the list of users.

use super::field::{Field, Kind, Listed, Value};
use crate::view::UserRow;

impl Listed for UserRow {
    const NAME: &'static str = "users";
    const FIELDS: &'static [Field<UserRow>] = &[
        Field { name: "id", kind: Kind::USER, help: "their id", of: |row| Value::Id(row.id.0) },
        Field {
            name: "account",
            kind: Kind::Text,
            help: "the account with which they log in; may be erased",
            of: |row| (&row.profile.account).into(),
        },
        Field {
            name: "name",
            kind: Kind::Text,
            help: "what others call them; may be erased",
            of: |row| (&row.profile.name).into(),
        },
        Field {
            name: "role",
            kind: Kind::Text,
            help: "a part they have, such as responder; or none",
            of: |row| Value::Many(row.profile.roles.iter().map(|role| Value::text(role.as_str())).collect()),
        },
        Field {
            name: "break_glass",
            kind: Kind::Flag,
            help: "for the day on which nothing else works",
            of: |row| Value::Flag(row.profile.break_glass),
        },
        Field {
            name: "disabled",
            kind: Kind::Flag,
            help: "they may not work here now",
            of: |row| Value::Flag(row.profile.disabled),
        },
        Field {
            name: "created",
            kind: Kind::Time,
            help: "when they were created",
            of: |row| Value::Time(row.created),
        },
    ];
}
