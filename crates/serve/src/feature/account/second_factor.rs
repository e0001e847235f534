//! A second factor, set up in two steps: it counts when a first code was right.

use super::owner::{new_session, owner};
use super::recovery::{RecoveryCodes, fresh_codes};
use crate::access::Caller;
use crate::http::{HoldsSecret, Input, NoQuery, Problem, Source};
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cofferdam_journal::user::UserIntent;
use cofferdam_store::Credential;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What a device needs to make codes; shown once.
#[derive(Serialize, ToSchema)]
pub struct PendingFactor {
    /// The secret in base32, to be typed.
    secret: String,
    /// The address that a device reads.
    #[schema(example = "otpauth://totp/Cofferdam:ops1?secret=…")]
    address: String,
    /// Until when the first code is waited for.
    until: Timestamp,
}

/// Begin to set up a second factor: it counts when `PUT` has brought a first code.
#[utoipa::path(
    post,
    path = "/api/v1/account/second-factor",
    responses((status = 201, description = "it waits for a code", body = PendingFactor))
)]
pub async fn begin(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<PendingFactor>), Problem> {
    let user = owner(&server, &caller)?;
    let begun = server.identity.pending.begin(user.id, &caller.account, (server.clock)());
    let (factor, until) =
        begun.map_err(|what| Problem::from_failure("a second factor cannot be made", &what))?;
    let pending = PendingFactor { secret: factor.secret().to_owned(), address: factor.address(), until };
    Ok((StatusCode::CREATED, Extension(HoldsSecret), Json(pending)))
}

/// The code that the device shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstCode {
    /// Six digits.
    #[schema(max_length = 20, example = "123456")]
    code: String,
}

/// Set the second factor that was begun, with its first code. The answer has recovery codes for the day on which the
/// device is lost, and the cookie of a new session; all others end.
#[utoipa::path(
    put,
    path = "/api/v1/account/second-factor",
    request_body = FirstCode,
    responses((status = 200, description = "it counts from now on", body = RecoveryCodes))
)]
pub async fn confirm(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    caller: Caller,
    _: NoQuery,
    Input(first): Input<FirstCode>,
) -> Result<Response, Problem> {
    let (user, now, pending) = (owner(&server, &caller)?, (server.clock)(), &server.identity.pending);
    let none = || Problem::conflict().detail("no second factor waits for a code").help("begin with POST");
    let factor = pending.of(user.id, now).ok_or_else(none)?;
    let wrong =
        || Problem::invalid().detail("the code is another one").help("is the clock of the device right?");
    let step = factor.step(&first.code, now, None).ok_or_else(wrong)?;
    if !pending.take(user.id, factor.secret()) {
        return Err(none());
    }
    let (codes, hashes) = fresh_codes();
    // The code was used with this: it does not count once more.
    let secret = Credential::SecondFactor { secret: factor.secret().to_owned(), last_step: Some(step) };
    let (kept, count) = ([secret, Credential::RecoveryCodes { hashes }], codes.codes.len() as u64);
    let intent = move |[factor, codes]: [_; 2]| {
        let factor = UserIntent::SetSecondFactor { credential: factor };
        UserIntent::All(vec![factor, UserIntent::MakeRecoveryCodes { credential: codes, count }])
    };
    server.change_credentials(&caller.actor(), user.id, kept, intent).await?;
    let cookie = new_session(&server, &caller, source).await?;
    Ok((cookie, Json(codes)).into_response())
}

/// Remove your second factor, and the recovery codes with it. The answer has the cookie of a new session; all others
/// end.
#[utoipa::path(
    delete,
    path = "/api/v1/account/second-factor",
    responses((status = 204, description = "there is none any more"))
)]
pub async fn remove(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    caller: Caller,
    _: NoQuery,
) -> Result<Response, Problem> {
    let user = owner(&server, &caller)?;
    if user.profile.second_factor.is_none() {
        return Err(Problem::conflict().detail("there is no second factor"));
    }
    let remove = |[]: [_; 0]| UserIntent::RemoveSecondFactor;
    server.change_credentials(&caller.actor(), user.id, [], remove).await?;
    let cookie = new_session(&server, &caller, source).await?;
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}
