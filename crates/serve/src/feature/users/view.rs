//! A user as others see them.

use crate::http::{RoleName, etag};
use crate::identity::Known;
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use cofferdam_journal::TeamRole;
use cofferdam_journal::user::Origin;
use cofferdam_vocabulary::UserId;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Somebody who may work here, or might.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Their id.
    #[schema(value_type = String, example = "USR-0001")]
    pub id: UserId,
    /// The account with which they sign in; none after it was erased.
    pub account: Option<String>,
    /// What others call them; none after it was erased.
    pub name: Option<String>,
    /// Their roles.
    #[schema(value_type = Vec<RoleName>)]
    pub roles: BTreeSet<TeamRole>,
    /// The OpenID provider at which they sign in; none when they sign in here.
    pub provider: Option<String>,
    /// For the day on which nothing else works: each use raises an alert.
    pub break_glass: bool,
    /// They may not work here now.
    pub disabled: bool,
    /// They have a password here.
    pub password: bool,
    /// They have a second factor here.
    pub second_factor: bool,
    /// Until when the link is good with which they may set their password; none when there is no link.
    pub enrolment_expires: Option<Timestamp>,
    /// When they were made.
    pub created: Timestamp,
    /// How often they were changed; the entity tag says the same.
    pub version: u64,
}

impl UserView {
    /// A user as they are now.
    pub fn of(user: &Known) -> UserView {
        let profile = &user.profile;
        UserView {
            id: user.id,
            account: profile.account.known().map(ToOwned::to_owned),
            name: profile.name.known().map(ToOwned::to_owned),
            roles: profile.roles.clone(),
            provider: match &profile.origin {
                Origin::Local => None,
                Origin::Oidc { issuer, .. } => Some(issuer.clone()),
            },
            break_glass: profile.break_glass,
            disabled: profile.disabled,
            password: profile.password.is_some(),
            second_factor: profile.second_factor.is_some(),
            enrolment_expires: profile.enrolment.map(|link| link.expires),
            created: user.created,
            version: user.version,
        }
    }

    /// As an answer, with the version as its entity tag.
    pub fn answer(self) -> Response {
        ([(header::ETAG, etag(self.version))], Json(self)).into_response()
    }
}
