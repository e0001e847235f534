//! Back from the provider.

use super::admit::admit;
use super::start::{AGAIN, unreachable};
use crate::http::{PlainPage, Problem, Source, told};
use crate::identity::{Began, set_cookie};
use crate::oidc::{Answered, LocalPath, Oidc, Unknown, Unproven, Waiting, clear_pending, pending_cookie};
use crate::server::Server;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use cofferdam_journal::access::{LoginFailed, LoginFailure};
use cofferdam_journal::{Fact, Personal};
use cofferdam_vocabulary::UserId;
use serde::Deserialize;
use std::sync::Arc;

/// Longer values are none that a provider sends.
const BYTES: usize = 8192;

/// What a browser brings back. Providers send more than this, and RFC 6749, section 4.1.2, says to pass over it.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Returned {
    /// Which login this is.
    #[param(max_length = 200, pattern = "^[ -~]*$")]
    state: Option<String>,
    /// Stands for the word of the provider.
    #[param(max_length = 4096, pattern = "^[ -~]*$")]
    code: Option<String>,
    /// Who sent the browser back.
    #[param(max_length = 500, pattern = "^[ -~]*$")]
    iss: Option<String>,
    /// Why the provider does not say who it is.
    #[param(max_length = 500, pattern = "^[ -~]*$")]
    error: Option<String>,
}

/// Why somebody did not get in: what they are told, and what is recorded and logged.
pub struct Refusal {
    /// What they are told.
    pub problem: Problem,
    /// What is recorded.
    pub why: LoginFailure,
    /// What is logged.
    pub reason: String,
    /// Who it was, as far as it was proven.
    pub account: String,
    /// Whose account that is.
    pub user: Option<UserId>,
}

impl Refusal {
    /// Nobody is told more than that it did not work.
    pub fn of(reason: impl Into<String>) -> Refusal {
        let problem =
            Problem::login_failed().detail("the sign-in by the provider was refused").help("begin again");
        Refusal {
            problem,
            why: LoginFailure::Oidc,
            reason: reason.into(),
            account: String::new(),
            user: None,
        }
    }
}

impl From<Unproven> for Refusal {
    fn from(unproven: Unproven) -> Refusal {
        let refusal = Refusal::of(unproven.to_string());
        match unproven {
            Unproven::Unreachable { .. } => Refusal { problem: unreachable(), ..refusal },
            Unproven::Refused { .. } => refusal,
        }
    }
}

/// Come back from the provider. A browser that did gets the cookie of a session, and a page that leads on: the
/// cookie is not sent while another site leads, and is from there.
#[utoipa::path(
    get,
    path = "/api/v1/oidc/callback",
    params(Returned),
    responses(
        (status = 200, description = "signed in", body = String, content_type = "text/html"),
        (status = 401, description = "not so", content((Problem = "application/problem+json"), (String = "text/html"))),
        (status = 403, description = "no part here", content((Problem = "application/problem+json"), (String = "text/html"))),
        (status = 404, description = "there is no provider", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "too many attempts", content((Problem = "application/problem+json"), (String = "text/html"))),
        (status = 503, description = "the provider cannot be reached", content(
            (Problem = "application/problem+json"),
            (String = "text/html")
        ))
    )
)]
pub async fn callback(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let returned = Query::try_from_uri(&uri).map(|Query(returned)| returned).unwrap_or_default();
    // To its end: whoever breaks off is recorded as others are.
    let settled = Server::whole(async move { Ok(settle(&server, source, &headers, returned).await) }).await;
    settled.unwrap_or_else(IntoResponse::into_response)
}

async fn settle(server: &Arc<Server>, source: Source, headers: &HeaderMap, returned: Returned) -> Response {
    let Some(oidc) = &server.oidc else {
        return Problem::not_found().detail("no OpenID provider is configured").into_response();
    };
    match come_back(server, oidc, source, headers, returned).await {
        Ok((began, return_to)) => signed_in(&began, &return_to),
        Err(Refused::Throttled(problem)) => told(*problem, headers, AGAIN),
        Err(Refused::For(refusal)) => {
            tracing::warn!(reason = %refusal.reason, source = %source.0, "a sign-in by the OpenID provider was refused");
            let failed = LoginFailed {
                account: Personal::of(&refusal.account),
                user: refusal.user,
                address: Personal::of(&source.0.to_string()),
                why: refusal.why,
            };
            server.note(server.program(), Fact::LoginFailed(failed)).await;
            told(refusal.problem, headers, AGAIN)
        }
    }
}

enum Refused {
    /// Too many were refused already; those are counted, not recorded one by one.
    Throttled(Box<Problem>),
    For(Box<Refusal>),
}

impl<R: Into<Refusal>> From<R> for Refused {
    fn from(refusal: R) -> Refused {
        Refused::For(Box::new(refusal.into()))
    }
}

async fn come_back(
    server: &Arc<Server>,
    oidc: &Oidc,
    source: Source,
    headers: &HeaderMap,
    returned: Returned,
) -> Result<(Began, LocalPath), Refused> {
    let (now, place) = ((server.clock)(), source.place());
    let state = returned.state.clone().unwrap_or_default();
    let login = oidc.pending.take(&state, pending_cookie(headers), now);
    // What comes from nowhere counts for itself, so that another site cannot use up what people have who come back.
    let counter = if login.is_ok() { format!("(oidc) {place}") } else { format!("(oidc, no login) {place}") };
    server.identity.attempts.take(&counter, place, now).map_err(|throttled| {
        Refused::Throttled(Box::new(Problem::throttled().retry_after(throttled.retry_after_s)))
    })?;
    let login = login.map_err(|unknown: Unknown| Refusal::of(unknown.to_string()))?;
    let answered = answered(returned)?;
    let began = prove(server, oidc, answered, &login, source).await?;
    server.identity.attempts.forgive(&counter, place);
    Ok((began, login.return_to))
}

/// What the provider sends, if it is what it should be.
fn answered(returned: Returned) -> Result<Answered, Refused> {
    if let Some(error) = returned.error {
        // Anybody can write this; the characters are those of RFC 6749, section 4.1.2.1.
        let error: String = error.chars().filter(char::is_ascii_graphic).take(100).collect();
        return Err(Refusal::of(format!("the provider says `{error}`")).into());
    }
    let fits = |text: &String| (1..=BYTES).contains(&text.len());
    let code = returned.code.filter(fits).ok_or_else(|| Refusal::of("there is no code"))?;
    Ok(Answered { code, issuer: returned.iss })
}

async fn prove(
    server: &Arc<Server>,
    oidc: &Oidc,
    answered: Answered,
    login: &Waiting,
    source: Source,
) -> Result<Began, Refusal> {
    if !server.ledger.is_current() {
        let problem = Problem::unavailable().retry_after(5);
        return Err(Refusal { problem, ..Refusal::of("what is in memory is behind the journal") });
    }
    let person = oidc.provider.redeem(answered, login, (server.clock)()).await?;
    admit(server, oidc.provider.settings(), &person, source).await
}

fn signed_in(began: &Began, return_to: &LocalPath) -> Response {
    let to = return_to.to_string();
    let page = PlainPage { title: "Signed in", text: &[], link: Some((&to, "Continue")), leads_on: true };
    let cookies = AppendHeaders([
        (header::SET_COOKIE, set_cookie(began.bearer.reveal())),
        (header::SET_COOKIE, clear_pending()),
    ]);
    (cookies, page.answer(StatusCode::OK)).into_response()
}
