//! Links with which people set their passwords themselves: nobody else ever knows one.

use crate::access::Caller;
use crate::http::{HoldsSecret, Id, Input, NoQuery, Problem, Source};
use crate::identity::{Bearer, Fingerprint, Passwords};
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use cofferdam_journal::Actor;
use cofferdam_journal::user::{Enrolment, LINK_LASTS, UserIntent};
use cofferdam_vocabulary::{ContentHash, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A link, shown once.
#[derive(Serialize, ToSchema)]
pub struct EnrolmentLink {
    /// To be handed to the user, and to nobody else. It begins with `/` when the server was not told by which
    /// address people reach it.
    #[schema(example = "https://ir.example.org/enrol#…")]
    link: String,
    /// From when on it is good no more.
    expires: Timestamp,
}

/// Issue a link with which a user sets a password, once, within a day. A link before it is good no more.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/enrolment",
    params(("id" = String, Path, description = "the user's id, such as USR-0001")),
    responses((status = 201, description = "issued", body = EnrolmentLink))
)]
pub async fn issue(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    caller: Caller,
    _: NoQuery,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<EnrolmentLink>), Problem> {
    let user = server.identity.roster.user(id).ok_or_else(Problem::not_found)?;
    caller.check_over(&user.profile.roles)?;
    if id == caller.user && caller.session().is_none() {
        return Err(Problem::forbidden().detail("a token issues no link for its own user; sign in"));
    }
    let (bearer, now) = (Bearer::fresh(""), (server.clock)());
    let expires = now.checked_add(LINK_LASTS).unwrap_or(Timestamp::MAX);
    let enrolment = Enrolment { hash: ContentHash(bearer.fingerprint().0), expires };
    server.change_user(&caller.actor(), id, UserIntent::IssueEnrolment { enrolment, now }).await?;
    let base = server.settings.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let link = format!("{base}/enrol#{}", bearer.reveal());
    Ok((StatusCode::CREATED, Extension(HoldsSecret), Json(EnrolmentLink { link, expires })))
}

/// What somebody with a link sets.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// What stands behind the `#` of the link.
    #[schema(max_length = 200)]
    secret: String,
    /// At least 12 characters that nobody guesses.
    #[schema(max_length = 1024, format = Password)]
    password: String,
}

/// Whose password was set.
#[derive(Serialize, ToSchema)]
pub struct Enrolled {
    /// The account.
    account: String,
}

/// Set your password, with the link that an administrator gave you. Sign in afterwards.
#[utoipa::path(
    post,
    path = "/api/v1/enrolment",
    request_body = NewPassword,
    responses(
        (status = 200, description = "set", body = Enrolled),
        (status = 403, description = "the link is not good, or no longer", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn enrol(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    _: NoQuery,
    Input(given): Input<NewPassword>,
) -> Result<Json<Enrolled>, Problem> {
    let (identity, now, fingerprint) = (&server.identity, (server.clock)(), Fingerprint::of(&given.secret));
    // Counted for each link and each place: whoever tries wrong links takes no attempt from anybody with a right one.
    let hex = fingerprint.to_hex();
    let counter = format!("(link {})", hex.get(..16).unwrap_or_default());
    identity.attempts.take(&counter, source.place(), now)?;
    let not_good = || Problem::forbidden().detail("the link is not good, or no longer");
    let user = identity.roster.link(&given.secret, now).ok_or_else(not_good)?;
    let account = user.profile.account.known().unwrap_or_default().to_owned();
    Passwords::check(&given.password, &[&account, user.profile.name.known().unwrap_or_default()])
        .map_err(|weak| Problem::invalid().detail(weak.to_string()))?;
    let (actor, hash) = (Actor::Person(user.profile.account.clone()), ContentHash(fingerprint.0));
    let enrol = move |credential| UserIntent::Enrol { hash, credential, now };
    server.change_password(&actor, user.id, given.password, enrol).await?;
    identity.attempts.forgive(&counter, source.place());
    Ok(Json(Enrolled { account }))
}
