//! The first administrator, made with the link that the first start prints.

use crate::access::Access;
use crate::http::{Input, NoQuery, Problem, Source};
use crate::identity::Passwords;
use crate::routes::Routes;
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use cofferdam_journal::user::{AccountName, Origin, UserIntent};
use cofferdam_journal::{Actor, TeamRole};
use cofferdam_vocabulary::UserId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::routes;

/// What attempts with wrong links count against, beside the place that they come from.
const LINK: &str = "(setup link)";

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Public, routes!(state));
    routes.add(Access::Public, routes!(begin));
}

/// Whether the first administrator is still to be made.
#[derive(Serialize, ToSchema)]
pub struct SetupState {
    /// The link that the start printed is good.
    waiting: bool,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// What stands behind the `#` of the link.
    #[schema(max_length = 200)]
    secret: String,
    /// The account.
    #[schema(max_length = 64, example = "ops1")]
    account: String,
    /// What others call them; the account when it is left out.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: String,
    /// At least 12 characters that nobody guesses.
    #[schema(max_length = 1024, format = Password)]
    password: String,
}

/// Who was made.
#[derive(Serialize, ToSchema)]
pub struct Made {
    /// Their id.
    #[schema(value_type = String, example = "USR-0001")]
    id: UserId,
    /// The account.
    account: String,
}

/// Whether the first administrator is still to be made.
#[utoipa::path(get, path = "/api/v1/setup", responses((status = 200, description = "whether it is", body = SetupState)))]
async fn state(State(server): State<Arc<Server>>, _: NoQuery) -> Json<SetupState> {
    Json(SetupState { waiting: server.identity.setup.is_waiting() })
}

/// Make the first administrator, with the link that the first start printed. Sign in afterwards.
#[utoipa::path(
    post,
    path = "/api/v1/setup",
    request_body = FirstAdministrator,
    responses(
        (status = 201, description = "made", body = Made),
        (status = 403, description = "the link is not good, or no longer", body = Problem, content_type = "application/problem+json")
    )
)]
async fn begin(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: NoQuery,
    Input(first): Input<FirstAdministrator>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let identity = &server.identity;
    identity
        .attempts
        .take(LINK, source.place(), (server.clock)())
        .map_err(|throttled| Problem::throttled().retry_after(throttled.retry_after_s))?;
    let made = Server::whole(make(Arc::clone(&server), first)).await?;
    identity.attempts.forgive(LINK, source.place());
    Ok((StatusCode::CREATED, Json(made)))
}

async fn make(server: Arc<Server>, first: FirstAdministrator) -> Result<Made, Problem> {
    // One at a time: the link is good once.
    let _changing = server.identity.changing.lock().await;
    if !server.identity.setup.is(&first.secret) {
        return Err(Problem::forbidden().detail("the link is not good, or no longer"));
    }
    let account =
        AccountName::parse(&first.account).map_err(|error| Problem::invalid().detail(error.to_string()))?;
    Passwords::check(&first.password, &[&first.account, &first.name])
        .map_err(|weak| Problem::invalid().detail(weak.to_string()))?;
    let (actor, id) = (Actor::Person(account.personal()), server.identity.roster.next());
    let create = UserIntent::Create {
        account: account.clone(),
        name: first.name,
        roles: [TeamRole::Administrator, TeamRole::IncidentCommander].into(),
        origin: Origin::Local,
        break_glass: false,
    };
    // Both or neither: an administrator without a password would lock everybody out.
    let both = |credential| UserIntent::All(vec![create, UserIntent::SetPassword { credential }]);
    server.change_password(&actor, id, first.password, both).await?;
    server.identity.setup.done();
    Ok(Made { id, account: account.to_string() })
}
