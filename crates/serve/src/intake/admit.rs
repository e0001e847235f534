//! Whether a request is one of a source: proven with a token of its own, or by a signature of what it sends.

use super::signature::{self, Signature};
use super::sources::Proven;
use crate::http::{Problem, collect};
use crate::server::Server;
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, RequestPartsExt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cofferdam_journal::source::SourceKind;
use cofferdam_store::Credential;
use cofferdam_vocabulary::SourceName;
use serde_json::json;
use std::sync::Arc;

/// The version of Elasticsearch whose bulk interface this is; clients that are newer must be told to take older ones.
const ELASTIC: &str = "8.17.0";

/// Lets a request of a source through, with who it is, or says why not. A path that names a source is open to that one
/// alone. Whether there is a source of that name, nobody learns who is none.
///
/// # Errors
///
/// 401 when nothing proves a source, 403 when it is another one or sends something else, 503 when it cannot be known.
pub async fn admit(server: &Arc<Server>, kind: SourceKind, request: Request) -> Result<Request, Problem> {
    if !server.ledger.is_current() {
        // A token may have been revoked, and it is not known here.
        return Err(Problem::unavailable().retry_after(5));
    }
    let (mut parts, body) = request.into_parts();
    let named = named(&mut parts).await;
    let (proven, body) = match token(&parts.headers)? {
        Some(token) => {
            let proven = server.intake.sources.token(&token, (server.clock)());
            (proven.ok_or_else(Problem::unauthenticated)?, body)
        }
        None => signed(server, &parts.headers, named.flatten(), body).await?,
    };
    if named.is_some_and(|named| named != Some(proven.source.name)) {
        return Err(Problem::forbidden().detail("the token is another source's"));
    }
    if proven.source.kind != kind.into() {
        let detail = format!("the source sends {}, not {}", proven.source.kind.as_str(), kind.as_str());
        return Err(Problem::forbidden().detail(detail));
    }
    parts.extensions.insert(proven);
    Ok(Request::from_parts(parts, body))
}

/// The source that the path names: none when it names none, and one that is none when it is no name.
async fn named(parts: &mut Parts) -> Option<Option<SourceName>> {
    let params = parts.extract::<RawPathParams>().await.ok()?;
    let name = params.iter().find(|(name, _)| *name == "name").map(|(_, value)| value)?;
    Some(SourceName::parse(name).ok())
}

/// What clients of Elasticsearch are told who ask at the root what they speak to; nothing when it is no source that asks.
pub fn greeting(server: &Server, headers: &HeaderMap) -> Option<Response> {
    let token = token(headers).ok().flatten()?;
    server.intake.sources.token(&token, (server.clock)())?;
    let version = json!({
        "number": ELASTIC, "build_flavor": "default", "build_type": "tar", "build_hash": "cofferdam",
        "build_date": "2025-01-01T00:00:00Z", "build_snapshot": false, "lucene_version": "9.12.0",
        "minimum_wire_compatibility_version": "7.17.0", "minimum_index_compatibility_version": "7.0.0",
    });
    let greeting = json!({
        "name": "cofferdam", "cluster_name": "cofferdam", "cluster_uuid": "cofferdam", "version": version,
        "tagline": "You Know, for Search",
    });
    Some(([("x-elastic-product", "Elasticsearch")], Json(greeting)).into_response())
}

/// The token of a request, in whichever of the forms that programs send: as a bearer's (RFC 6750), as Splunk's
/// collectors do, as a password (RFC 7617), or as an API key of Elasticsearch, of both of which the name counts for
/// nothing.
fn token(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return if headers.contains_key(header::AUTHORIZATION) {
            Err(Problem::unauthenticated())
        } else {
            Ok(None)
        };
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, rest) = value.split_once(' ')?;
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" | "splunk" => Some(rest.trim().to_owned()),
            "basic" | "apikey" => {
                let pair = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
                pair.split_once(':').map(|(_, secret)| secret.to_owned())
            }
            _ => None,
        }
    });
    token.map(Some).ok_or_else(Problem::unauthenticated)
}

/// A request that is signed, read whole: the signature is over its body as it was sent.
async fn signed(
    server: &Arc<Server>,
    headers: &HeaderMap,
    named: Option<SourceName>,
    body: Body,
) -> Result<(Proven, Body), Problem> {
    let signature = Signature::of(headers).ok_or_else(Problem::unauthenticated)?;
    let source = named.and_then(|name| server.intake.sources.get(name));
    let source = source.ok_or_else(Problem::unauthenticated)?;
    let secret = source.profile().and_then(|profile| profile.secret);
    let secret = secret.and_then(|id| server.ledger.store().credentials.get(id));
    let Some(Credential::Signing { secret }) = secret else { return Err(Problem::unauthenticated()) };
    // Nothing of this is proven yet: it has room of its own, and takes none of those that have proven who they are.
    let limit = server.settings.limits.intake.min(signature::UNPROVEN_BYTES);
    let held = server.intake.unproven.hold(limit);
    let _held = held.ok_or_else(|| Problem::throttled().retry_after(1))?;
    let bytes = collect(body, limit).await?;
    if !signature.is_of(&secret, &bytes, (server.clock)()) {
        return Err(Problem::unauthenticated());
    }
    Ok((Proven { source, token: None }, Body::from(bytes)))
}

/// There only behind a gate that asks which source it is.
impl<S: Send + Sync> FromRequestParts<S> for Proven {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Proven, Problem> {
        parts.extensions.get::<Proven>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[track_caller]
    fn check(values: &[&str], want: Result<Option<&str>, u16>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        let got = token(&headers).map_err(|problem| problem.status);
        assert_eq!(got, want.map(|token| token.map(str::to_owned)), "{values:?}");
    }

    #[test]
    fn a_token_comes_in_the_forms_that_programs_send() {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        check(&[], Ok(None));
        check(&["Bearer cfs_a"], Ok(Some("cfs_a")));
        check(&["bearer  cfs_a"], Ok(Some("cfs_a")));
        check(&["Splunk cfs_a"], Ok(Some("cfs_a")));
        check(&[&basic("rsyslog:cfs_a")], Ok(Some("cfs_a")));
        check(&[&basic(":cfs_a:b")], Ok(Some("cfs_a:b")));
        check(&[&basic("cfs_a")], Err(401));
        check(&[&format!("ApiKey {}", STANDARD.encode("id:cfs_a"))], Ok(Some("cfs_a")));
        for bad in ["cfs_a", "Basic cfs_a", "Basic !!", "Digest cfs_a", "", "Bearer"] {
            check(&[bad], Err(401));
        }
        check(&["Bearer cfs_a", "Bearer cfs_b"], Err(401));
    }
}
