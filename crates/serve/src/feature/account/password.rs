//! Another password.

use super::owner::{new_session, owner};
use crate::access::Caller;
use crate::http::{Input, NoQuery, Problem, Source};
use crate::identity::Passwords;
use crate::server::Server;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cofferdam_journal::access::{LoginFailed, LoginFailure};
use cofferdam_journal::{Fact, Personal};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The password until now, and the one from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    #[schema(max_length = 1024, format = Password)]
    current: String,
    /// At least 12 characters that nobody guesses.
    #[schema(max_length = 1024, format = Password)]
    new: String,
}

/// Change your password. All your sessions end; the answer sets the cookie of a new one.
#[utoipa::path(
    put,
    path = "/api/v1/account/password",
    request_body = PasswordChange,
    responses((status = 204, description = "changed"))
)]
pub async fn change(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    caller: Caller,
    _: NoQuery,
    Input(change): Input<PasswordChange>,
) -> Result<Response, Problem> {
    let (user, identity) = (owner(&server, &caller)?, &server.identity);
    let name = user.profile.name.known().unwrap_or_default();
    Passwords::check(&change.new, &[&caller.account, name])
        .map_err(|weak| Problem::invalid().detail(weak.to_string()))?;
    identity.attempts.take(&caller.account, source.place(), (server.clock)())?;
    if !identity.passwords.is_right(server.password_of(&user), change.current).await {
        let failed = LoginFailed {
            account: Personal::of(&caller.account),
            user: Some(user.id),
            address: Personal::of(&source.0.to_string()),
            why: LoginFailure::Password,
        };
        server.note(server.program(), Fact::LoginFailed(failed)).await;
        return Err(Problem::login_failed().detail("the password until now is another one"));
    }
    identity.attempts.forgive(&caller.account, source.place());
    server.set_password(&caller.actor(), user.id, change.new).await?;
    let cookie = new_session(&server, &caller, source).await?;
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}
