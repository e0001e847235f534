//! What can be asked of a list: its fields, their types, and where a row has them.

use crate::actor::Actor;
use crate::personal::Personal;
use cofferdam_vocabulary::{AlertId, ExceptionId, IncidentId, Level, ReportId, UserId};
use jiff::Timestamp;
use std::borrow::Cow;
use std::fmt;

/// A row of a list that can be filtered.
pub trait Listed: Sized + 'static {
    /// What the list is called, such as `alerts`.
    const NAME: &'static str;
    /// All that can be asked of a row. Names are lower case, and none is a word of the language.
    const FIELDS: &'static [Field<Self>];
}

/// A field of a list.
pub struct Field<R: 'static> {
    /// As it is written in a filter.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it says, in one line.
    pub help: &'static str,
    /// Its value in a row, of the kind it should be.
    pub of: fn(&R) -> Value<'_>,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Words; their case does not matter.
    Text,
    /// How bad, in order.
    Level,
    /// A whole number from 0.
    Number,
    /// A moment.
    Time,
    /// True or false.
    Flag,
    /// The number of something.
    Id(Id),
}

/// One kind of ids. Its numbers are compared, its text is what people write.
#[derive(Clone, Copy, Debug)]
pub struct Id {
    /// What one looks like.
    pub example: &'static str,
    /// Reads one.
    pub parse: fn(&str) -> Option<u64>,
    /// Writes one, so that it reads back.
    pub show: fn(u64) -> String,
}

/// What a row has in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'r> {
    /// Nothing.
    None,
    /// A personal value that was erased or was not handed over.
    Erased,
    /// Of a text.
    Text(Cow<'r, str>),
    /// Of a level.
    Level(Level),
    /// Of a number.
    Number(u64),
    /// Of a time.
    Time(Timestamp),
    /// Of a flag.
    Flag(bool),
    /// Of an id.
    Id(u64),
    /// Several, of which one has to fit; without any, nothing.
    Many(Vec<Value<'r>>),
}

impl Kind {
    /// Ids of alerts.
    pub const ALERT: Kind = Kind::Id(Id {
        example: "ALR-000017",
        parse: |text| AlertId::parse(text).ok().map(|id| id.0),
        show: |id| AlertId(id).to_string(),
    });
    /// Ids of incidents.
    pub const INCIDENT: Kind = Kind::Id(Id {
        example: "INC-0003",
        parse: |text| IncidentId::parse(text).ok().map(|id| id.0),
        show: |id| IncidentId(id).to_string(),
    });

    /// Ids of reports.
    pub const REPORT: Kind = Kind::Id(Id {
        example: "REP-0001",
        parse: |text| ReportId::parse(text).ok().map(|id| id.0),
        show: |id| ReportId(id).to_string(),
    });

    /// Ids of exceptions.
    pub const EXCEPTION: Kind = Kind::Id(Id {
        example: "EXC-0001",
        parse: |text| ExceptionId::parse(text).ok().map(|id| id.0),
        show: |id| ExceptionId(id).to_string(),
    });

    /// Ids of users.
    pub const USER: Kind = Kind::Id(Id {
        example: "USR-0001",
        parse: |text| UserId::parse(text).ok().map(|id| id.0),
        show: |id| UserId(id).to_string(),
    });

    /// What to write where such a value is wanted.
    pub fn example(self) -> &'static str {
        match self {
            Kind::Text => "a word, or text in quotes",
            Kind::Level => "informational, low, medium, high or critical",
            Kind::Number => "a whole number such as 100",
            Kind::Time => "a time such as 2026-11-22, 2026-11-22T03:00Z, -24h or now",
            Kind::Flag => "true or false",
            Kind::Id(id) => id.example,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Text => "text",
            Kind::Level => "level",
            Kind::Number => "number",
            Kind::Time => "time",
            Kind::Flag => "flag",
            Kind::Id(_) => "id",
        })
    }
}

impl<'r> From<&'r Personal> for Value<'r> {
    fn from(personal: &'r Personal) -> Value<'r> {
        personal.known().map_or(Value::Erased, Value::text)
    }
}

impl<'r> From<&'r Actor> for Value<'r> {
    fn from(actor: &'r Actor) -> Value<'r> {
        match actor {
            Actor::Program(_) => Value::text(actor.to_string()),
            Actor::Person(account) => account.into(),
        }
    }
}

impl<'r> Value<'r> {
    /// A text that is there.
    pub fn text(text: impl Into<Cow<'r, str>>) -> Value<'r> {
        Value::Text(text.into())
    }

    /// What may be missing.
    pub fn maybe<T>(value: Option<T>, of: impl FnOnce(T) -> Value<'r>) -> Value<'r> {
        value.map_or(Value::None, of)
    }
}
