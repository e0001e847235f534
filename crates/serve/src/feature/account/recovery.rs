//! Codes on paper, for the day on which the device is lost.

use super::owner::{new_session, owner};
use crate::access::Caller;
use crate::http::{NoQuery, Problem, Source};
use crate::identity::recovery_codes;
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use cofferdam_journal::user::UserIntent;
use cofferdam_store::Credential;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Recovery codes, shown once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each is good once, in the place of a code of the device.
    pub codes: Vec<String>,
}

/// New codes, and what is kept of them.
pub fn fresh_codes() -> (RecoveryCodes, Vec<String>) {
    let (codes, hashes) = recovery_codes().into_iter().unzip();
    (RecoveryCodes { codes }, hashes)
}

/// Make new recovery codes; those before count no more. The answer has the cookie of a new session; all others end.
#[utoipa::path(
    post,
    path = "/api/v1/account/recovery-codes",
    responses((status = 201, description = "made", body = RecoveryCodes))
)]
pub async fn renew(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    caller: Caller,
    _: NoQuery,
) -> Result<Response, Problem> {
    let user = owner(&server, &caller)?;
    let (codes, hashes) = fresh_codes();
    let count = codes.codes.len() as u64;
    let make = move |[credential]: [_; 1]| UserIntent::MakeRecoveryCodes { credential, count };
    server.change_credentials(&caller.actor(), user.id, [Credential::RecoveryCodes { hashes }], make).await?;
    let cookie = new_session(&server, &caller, source).await?;
    Ok((StatusCode::CREATED, cookie, Json(codes)).into_response())
}
