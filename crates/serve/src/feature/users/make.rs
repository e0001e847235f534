//! A new user.

use super::view::UserView;
use crate::access::Caller;
use crate::http::{GivenName, Input, NoQuery, Problem, RoleName};
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cofferdam_journal::TeamRole;
use cofferdam_journal::user::{AccountName, Origin};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// A user to be made, who signs in here. They set their password themselves, with a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The account with which they sign in; capitals are read as small letters.
    #[schema(pattern = "^[A-Za-z0-9._@+-]{1,64}$", example = "ops1")]
    account: String,
    /// What others call them; the account when it is left out.
    #[serde(default)]
    name: Option<GivenName>,
    /// Their roles.
    #[schema(value_type = Vec<RoleName>)]
    roles: BTreeSet<TeamRole>,
    /// For the day on which nothing else works: each use raises an alert.
    #[serde(default)]
    break_glass: bool,
}

/// Make a user. They cannot sign in before they have set a password with a link.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    request_body = NewUser,
    responses((status = 201, description = "made", body = UserView))
)]
pub async fn make(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
    Input(new): Input<NewUser>,
) -> Result<Response, Problem> {
    if new.account.trim() != new.account {
        return Err(Problem::invalid().detail("an account neither begins nor ends with a space"));
    }
    let account =
        AccountName::parse(&new.account).map_err(|error| Problem::invalid().detail(error.to_string()))?;
    let name = new.name.map(GivenName::read).transpose()?.unwrap_or_default();
    caller.check_over(&new.roles)?;
    let user = Server::whole(async move {
        let (actor, identity) = (caller.actor(), &server.identity);
        let _changing = identity.changing.lock().await;
        let id = server.create_user(&actor, account, name, new.roles, Origin::Local, new.break_glass).await?;
        identity.roster.user(id).ok_or_else(Problem::not_found)
    })
    .await?;
    let mut response = (StatusCode::CREATED, UserView::of(&user).answer()).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/users/{}", user.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}
