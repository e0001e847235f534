//! Signing in with an account, a password and, where one is set, a second factor.

use super::show::{WhoAmI, described};
use crate::http::{Input, NoQuery, Problem, Source};
use crate::identity::{Known, set_cookie};
use crate::server::Server;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cofferdam_journal::access::{LoginFailed, LoginFailure};
use cofferdam_journal::session::LoginMethod;
use cofferdam_journal::user::Origin;
use cofferdam_journal::{Fact, Personal};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of an account that are looked at; longer ones are nobody's.
const ACCOUNT_CHARS: usize = 64;

/// What proves who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The account.
    #[schema(max_length = 64, example = "ops1")]
    account: String,
    /// Its password.
    #[schema(max_length = 1024, format = Password)]
    password: String,
    /// The code that the device shows, where a second factor is set.
    #[serde(default)]
    #[schema(max_length = 20, example = "123456")]
    code: Option<String>,
    /// A recovery code, when the device is lost; good once.
    #[serde(default)]
    #[schema(max_length = 40)]
    recovery_code: Option<String>,
}

/// Sign in. The answer sets the cookie of the session.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    request_body = Credentials,
    responses(
        (status = 200, description = "signed in", body = WhoAmI),
        (status = 401, description = "not so", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn login(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: NoQuery,
    Input(given): Input<Credentials>,
) -> Result<Response, Problem> {
    let account: String = given.account.trim().to_lowercase().chars().take(ACCOUNT_CHARS + 1).collect();
    let place = source.place();
    server
        .identity
        .attempts
        .take(&account, place, (server.clock)())
        .map_err(|throttled| Problem::throttled().retry_after(throttled.retry_after_s))?;
    let found = server.identity.roster.account(&account);
    let proven = prove(&server, found.as_ref(), given).await;
    let method = match proven {
        Ok(method) => method,
        Err(Unproven::Missing) => return Err(Problem::second_factor_required()),
        Err(Unproven::Wrong(why)) => {
            let failed = LoginFailed {
                account: Personal::of(&account),
                user: found.map(|user| user.id),
                address: Personal::of(&source.0.to_string()),
                why,
            };
            server.note(server.program(), Fact::LoginFailed(failed)).await;
            return Err(Problem::login_failed());
        }
    };
    let Some(user) = found else { return Err(Problem::login_failed()) };
    server.identity.attempts.forgive(&account, place);
    let began = server.begin_session(&user, method, source).await?;
    let caller = server
        .identity
        .with_session(began.bearer.reveal(), (server.clock)())
        .ok_or_else(Problem::login_failed)?;
    let cookie = [(header::SET_COOKIE, set_cookie(began.bearer.reveal()))];
    Ok((cookie, Json(described(&server, &caller))).into_response())
}

enum Unproven {
    /// The password was right, and a code is missing.
    Missing,
    Wrong(LoginFailure),
}

/// Whoever is not there, may not come in, or comes in elsewhere is told so as late as anybody: after a password
/// was compared.
async fn prove(
    server: &Arc<Server>,
    found: Option<&Known>,
    given: Credentials,
) -> Result<LoginMethod, Unproven> {
    let local = found.filter(|user| user.profile.origin == Origin::Local);
    let phc = local.and_then(|user| server.password_of(user));
    let is_right = server.identity.passwords.is_right(phc, given.password).await;
    let Some(user) = found else { return Err(Unproven::Wrong(LoginFailure::Unknown)) };
    if !is_right {
        return Err(Unproven::Wrong(LoginFailure::Password));
    }
    if user.profile.disabled {
        return Err(Unproven::Wrong(LoginFailure::Disabled));
    }
    if user.profile.second_factor.is_none() {
        return Ok(LoginMethod::Password);
    }
    let proven = match (given.code, given.recovery_code) {
        (Some(code), _) => server.is_code(user, &code).await.then_some(LoginMethod::SecondFactor),
        (None, Some(code)) => {
            server.use_recovery_code(user, &code).await.then_some(LoginMethod::RecoveryCode)
        }
        (None, None) => return Err(Unproven::Missing),
    };
    proven.ok_or(Unproven::Wrong(LoginFailure::SecondFactor))
}
