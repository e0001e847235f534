//! How closed sets are described to clients: as the texts that are taken, and no others.

use cofferdam_journal::incident::{
    Category, Criterion, EntityStatus, Functional, Information, Measure, Milestone, Pap, Phase,
    Recoverability, Reputation, Resolution, Ruling, Tlp,
};
use cofferdam_journal::{Permission, TeamRole, Word};
use cofferdam_vocabulary::Level;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Describes a [`TeamRole`].
pub struct RoleName;

/// Describes a [`Permission`].
pub struct PermissionName;

fn one_of(texts: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(texts)).into()
}

impl PartialSchema for RoleName {
    fn schema() -> RefOr<Schema> {
        one_of(TeamRole::ALL.iter().map(|role| role.as_str()))
    }
}

impl ToSchema for RoleName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Role")
    }
}

impl PartialSchema for PermissionName {
    fn schema() -> RefOr<Schema> {
        one_of(Permission::ALL.iter().map(|permission| permission.as_str()))
    }
}

impl ToSchema for PermissionName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Permission")
    }
}

/// Closed lists of words, as clients write them: each a type of its own, since the description has a name for it.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $word:ty;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub $word);

        impl From<$word> for $name {
            fn from(word: $word) -> $name {
                $name(word)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = String::deserialize(deserializer)?;
                <$word as Word>::parse(&text).map($name).map_err(serde::de::Error::custom)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(<$word>::ALL.iter().map(|word| word.as_str()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

words! {
    /// A phase of the response.
    PhaseName = Phase;
    /// How an incident ended.
    ResolutionName = Resolution;
    /// What a gate asks.
    CriterionName = Criterion;
    /// What does not work any more.
    FunctionalName = Functional;
    /// What became of information.
    InformationName = Information;
    /// What it takes to recover.
    RecoverabilityName = Recoverability;
    /// What others think of it.
    ReputationName = Reputation;
    /// With whom it may be shared.
    TlpName = Tlp;
    /// What may be done.
    PapName = Pap;
    /// What kind of incident.
    CategoryName = Category;
    /// How an entity stands.
    EntityStatusName = EntityStatus;
    /// What was said to a decision.
    RulingName = Ruling;
    /// Something that is timed.
    MilestoneName = Milestone;
    /// How long something took.
    MeasureName = Measure;
}

/// Describes a [`Level`].
pub struct LevelName;

impl PartialSchema for LevelName {
    fn schema() -> RefOr<Schema> {
        one_of(Level::ALL.iter().map(|level| level.as_str()))
    }
}

impl ToSchema for LevelName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Level")
    }
}
