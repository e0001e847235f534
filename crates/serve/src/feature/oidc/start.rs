//! Out to the provider.

use crate::http::{Problem, Query, Source, told};
use crate::identity::Bearer;
use crate::oidc::{LocalPath, set_pending};
use crate::server::Server;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Where a browser begins once more.
pub const AGAIN: (&str, &str) = ("/api/v1/oidc/start", "Sign in again");

/// How somebody signs in.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// The path of this server to which the browser goes afterwards.
    #[param(
        max_length = 1024,
        pattern = r"^/(?:[!#$%&()*+,.0-9:;=?@A-Z\[\]_a-z~-]/?)*$",
        example = "/incidents"
    )]
    return_to: Option<String>,
    /// The provider shall ask for a proof even if somebody is signed in there: before sensitive acts.
    again: Option<bool>,
}

/// Sign in by the provider: leads a browser there.
#[utoipa::path(
    get,
    path = "/api/v1/oidc/start",
    params(StartQuery),
    responses(
        (status = 303, description = "to the provider"),
        (status = 404, description = "there is no provider", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "the provider cannot be reached", content(
            (Problem = "application/problem+json"),
            (String = "text/html")
        ))
    )
)]
pub async fn start(
    State(server): State<Arc<Server>>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    Query(query): Query<StartQuery>,
) -> Result<Response, Problem> {
    let oidc = server
        .oidc
        .as_ref()
        .ok_or_else(|| Problem::not_found().detail("no OpenID provider is configured"))?;
    let return_to = query.return_to.map_or(Some(LocalPath::default()), |path| LocalPath::parse(&path));
    let return_to = return_to
        .ok_or_else(|| Problem::bad_request().detail("`return_to` must be a path of this server"))?;
    let now = (server.clock)();
    let known = match oidc.provider.known(now).await {
        Ok(known) => known,
        Err(unproven) => {
            tracing::warn!(reason = %unproven, "nobody can sign in by the OpenID provider");
            return Ok(told(unreachable(), &headers, AGAIN));
        }
    };
    let (nonce, verifier) = (Bearer::fresh(""), Bearer::fresh(""));
    let (nonce, verifier) = (nonce.reveal(), verifier.reveal());
    let (state, browser) =
        oidc.pending.begin(nonce.to_owned(), verifier.to_owned(), return_to, source.place(), now);
    let secrets = (state.reveal(), nonce, verifier);
    let address = oidc.provider.address(&known, secrets, query.again.unwrap_or(false));
    let address = HeaderValue::from_str(&address)
        .map_err(|error| Problem::from_failure("the address of the provider cannot be sent", &error))?;
    let answer = [(header::LOCATION, address), (header::SET_COOKIE, set_pending(browser.reveal()))];
    Ok((StatusCode::SEE_OTHER, answer).into_response())
}

/// The provider cannot be used now.
pub fn unreachable() -> Problem {
    Problem::unavailable()
        .detail("the provider by which you sign in cannot be reached")
        .help("try again in a moment; if it stays so, tell whoever looks after this server")
        .retry_after(10)
}
