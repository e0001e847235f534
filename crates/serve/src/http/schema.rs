//! How closed sets are described to clients: as the texts that are taken, and no others.

use cofferdam_journal::{Permission, TeamRole};
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
