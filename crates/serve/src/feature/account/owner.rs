//! Whoever changes their own proofs of identity.

use crate::access::Caller;
use crate::http::{Problem, Source};
use crate::identity::{Known, set_cookie};
use crate::server::{Server, proven_again};
use axum::http::{HeaderName, HeaderValue, header};
use cofferdam_journal::user::Origin;
use std::sync::Arc;

/// The caller as a user who signs in here.
///
/// # Errors
///
/// 409 for somebody who signs in at an OpenID provider.
pub fn owner(server: &Server, caller: &Caller) -> Result<Known, Problem> {
    let user = server.identity.roster.user(caller.user).ok_or_else(Problem::unauthenticated)?;
    match &user.profile.origin {
        Origin::Local => Ok(user),
        Origin::Oidc { issuer, .. } => {
            let elsewhere = format!("you sign in at `{issuer}`, which keeps your password and second factor");
            Err(Problem::conflict().detail(elsewhere))
        }
    }
}

/// The cookie of a new session, for whoever has just ended all of theirs by a change.
///
/// # Errors
///
/// 500 when it cannot be recorded.
pub async fn new_session(
    server: &Arc<Server>,
    caller: &Caller,
    source: Source,
) -> Result<[(HeaderName, HeaderValue); 1], Problem> {
    let user = owner(server, caller)?;
    // The session before was fresh: they had proven who they are.
    let began = server.open_session(&user, proven_again(&user), source).await?;
    Ok([(header::SET_COOKIE, set_cookie(began.bearer.reveal()))])
}
