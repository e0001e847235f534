//! What administrators change of users: their name and roles, whether they may work here, and a second factor that
//! was lost.

use super::view::UserView;
use crate::access::Caller;
use crate::http::{GivenName, Id, Input, NoQuery, Problem, RoleName, check_version};
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use cofferdam_journal::TeamRole;
use cofferdam_journal::user::UserIntent;
use cofferdam_vocabulary::UserId;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// What shall be otherwise; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChanges {
    /// What others call them.
    #[serde(default)]
    name: Option<GivenName>,
    /// All of their roles. Nobody changes their own.
    #[serde(default)]
    #[schema(value_type = Option<Vec<RoleName>>)]
    roles: Option<BTreeSet<TeamRole>>,
    /// They may not work here; their sessions end at once.
    #[serde(default)]
    disabled: Option<bool>,
}

/// Change a user: all of it or nothing. A change of roles ends their sessions at once.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{id}",
    params(
        ("id" = String, Path, description = "the user's id, such as USR-0001"),
        ("If-Match" = String, Header, description = "the ETag of the user as you read it")
    ),
    request_body = UserChanges,
    responses(
        (status = 200, description = "changed", body = UserView),
        (status = 412, description = "changed meanwhile", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "no version", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn change(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    caller: Caller,
    _: NoQuery,
    headers: HeaderMap,
    Input(changes): Input<UserChanges>,
) -> Result<Response, Problem> {
    let name = changes.name.map(GivenName::read).transpose()?;
    let changed = Server::whole(async move {
        let identity = &server.identity;
        let _changing = identity.changing.lock().await;
        let user = identity.roster.user(id).ok_or_else(Problem::not_found)?;
        check_version(&headers, user.version)?;
        caller.check_over(&user.profile.roles)?;
        changes.roles.as_ref().map_or(Ok(()), |roles| caller.check_over(roles))?;
        if id == caller.user && changes.roles.as_ref().is_some_and(|roles| *roles != user.profile.roles) {
            return Err(
                Problem::forbidden().detail("nobody changes their own roles; ask another administrator")
            );
        }
        let intents = [
            name.map(|name| UserIntent::Rename { name }),
            changes.roles.map(|roles| UserIntent::SetRoles { roles }),
            changes.disabled.map(|disabled| if disabled { UserIntent::Disable } else { UserIntent::Enable }),
        ];
        let intent = UserIntent::All(intents.into_iter().flatten().collect());
        server.change_user(&caller.actor(), id, intent).await?;
        identity.roster.user(id).ok_or_else(Problem::not_found)
    });
    Ok(UserView::of(&changed.await?).answer())
}

/// Remove a second factor that was lost, and the recovery codes with it. Who somebody is was made sure of before, as
/// when they were made a user.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}/second-factor",
    params(("id" = String, Path, description = "the user's id, such as USR-0001")),
    responses((status = 204, description = "there is none any more"))
)]
pub async fn remove_second_factor(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    caller: Caller,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    if id == caller.user {
        return Err(Problem::conflict().detail("your own is at /api/v1/account/second-factor"));
    }
    let user = server.identity.roster.user(id).ok_or_else(Problem::not_found)?;
    caller.check_over(&user.profile.roles)?;
    server.change_credentials(&caller.actor(), id, [], |[]| UserIntent::RemoveSecondFactor).await?;
    Ok(StatusCode::NO_CONTENT)
}
