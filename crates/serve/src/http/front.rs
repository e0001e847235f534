//! The door through which every request comes: where from, to which name, within which time; and what every
//! answer carries.

use super::headers::secure;
use super::source::is_encrypted;
use super::{BodyLimit, Encrypted, Peer, Problem, Source};
use crate::server::Server;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

/// Longer paths are nobody's.
const PATH_BYTES: usize = 2048;
/// Bytes of headers of one request, names and values. The reader of HTTP/1.1 bounds its buffer, not what it reads at once.
const HEADER_BYTES: usize = 16 * 1024;

/// Takes a request in and lets its answer out.
pub async fn front(State(server): State<Arc<Server>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let settings = &server.settings;
    let peer =
        request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let here = request.extensions().get::<Encrypted>().is_some_and(|encrypted| encrypted.0);
    let encrypted = is_encrypted(settings, peer, here, request.headers());
    let source = Source::of(settings, peer, request.headers());
    request.extensions_mut().insert(source);
    request.extensions_mut().insert(Encrypted(encrypted));
    request.extensions_mut().insert(BodyLimit(settings.limits.body));

    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let is_nameless = !request.headers().contains_key(header::USER_AGENT);
    let mut response = match refused(&server, &request) {
        Some(problem) => problem.into_response(),
        None => match tokio::time::timeout(settings.limits.request, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::timed_out().into_response(),
        },
    };
    secure(&mut response, encrypted);
    let status = response.status().as_u16();
    if is_nameless && matches!(status, 408 | 429 | 503) && route.as_deref().is_some_and(is_bulk) {
        *response.body_mut() = broken_off();
    }
    server.counted.request(&method, status, began.elapsed());
    // The route as declared, never the path or the query as sent: those are the client's text.
    tracing::info!(
        %method,
        route = route.as_deref().unwrap_or("none"),
        status,
        source = %source.0,
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Whether it is where clients of Elasticsearch send.
fn is_bulk(route: &str) -> bool {
    route.ends_with("/_bulk")
}

/// An answer that breaks off. rsyslog, which alone among those clients has no name, drops events for which it gets an
/// answer without items, whatever its status says, and sends again what was not answered to the end.
fn broken_off() -> Body {
    let broken =
        futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("send it again")) });
    Body::from_stream(broken)
}

/// Why a request gets no further.
fn refused(server: &Server, request: &Request) -> Option<Problem> {
    if request.uri().path().len() > PATH_BYTES {
        return Some(Problem::not_found());
    }
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > HEADER_BYTES {
        return Some(Problem::headers_too_large());
    }
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return None; // They match no route and are told so there.
    }
    match hosts(request) {
        None => Some(Problem::bad_request().detail("a request names one host")),
        Some(names) => names.iter().any(|name| !server.hosts.knows(name)).then(Problem::misdirected),
    }
}

/// Names that the client calls the server by, in the address and in `Host`; nothing when it does not name one as it
/// must (RFC 9112, section 3.2): somebody in between could take another one than we do.
fn hosts(request: &Request) -> Option<Vec<String>> {
    let mut given = request.headers().get_all(header::HOST).iter();
    let host = given.next().map(|host| host.to_str().unwrap_or("?").to_ascii_lowercase());
    let authority = request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase());
    let is_missing = match request.version() {
        Version::HTTP_11 => host.is_none(),
        Version::HTTP_2 => host.is_none() && authority.is_none(),
        _ => false,
    };
    let is_one = given.next().is_none() && !is_missing;
    is_one.then(|| [authority, host].into_iter().flatten().collect())
}

/// Whether a browser says that a page of somebody else sent this. One that says nothing is taken at its word.
pub fn is_foreign(server: &Server, request: &Request) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let host = hosts(request).and_then(|names| names.into_iter().next()).unwrap_or_default();
    let encrypted = request.extensions().get::<Encrypted>().is_some_and(|encrypted| encrypted.0);
    text("origin").is_some_and(|origin| !server.hosts.is_own(origin, &host, encrypted))
}

/// Names to which the server answers. A page of somebody else whose name was made to lead here is sent away: it
/// would otherwise be let in by the browser as one of ours.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Vec<String>,
    /// The address by which people reach it, in lower case and without a path.
    public: Option<String>,
}

impl Hosts {
    /// Those of the address where it listens, of this machine, and of the address by which people reach it.
    pub fn of(bound: SocketAddr, machine: &str, public_url: Option<&str>) -> Hosts {
        let own = if bound.ip().is_loopback() { "localhost" } else { machine };
        let mut names = vec![bound.to_string(), format!("{}:{}", own.to_ascii_lowercase(), bound.port())];
        let public = public_url.map(|url| url.trim_end_matches('/').to_ascii_lowercase());
        let host = public.as_ref().and_then(|url| url.split_once("://"));
        names.extend(host.map(|(_, host)| host.to_owned()));
        Hosts { names, public }
    }

    /// A name of ours, or an address: only a name can be made to lead elsewhere.
    fn knows(&self, host: &str) -> bool {
        let is_address = host.parse::<SocketAddr>().is_ok()
            || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        is_address || self.names.iter().any(|name| name == host)
    }

    /// Whether a page of this origin is one of ours: of the address by which people reach the server, or of the
    /// name to which the request was sent, over a way that is as good.
    pub fn is_own(&self, origin: &str, host: &str, encrypted: bool) -> bool {
        let origin = origin.to_ascii_lowercase();
        let scheme = if encrypted { "https" } else { "http" };
        let name = origin.split_once("://").filter(|(given, _)| *given == scheme).map(|(_, name)| name);
        self.public.as_ref() == Some(&origin) || name.is_some_and(|name| name.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_name_that_leads_here_is_not_answered_to() {
        let hosts = Hosts::of("127.0.0.1:8484".parse().unwrap(), "ir-01", Some("https://ir.example.org"));
        for own in ["127.0.0.1:8484", "localhost:8484", "ir.example.org", "[::1]:8484", "192.0.2.1"] {
            assert!(hosts.knows(own), "{own}");
        }
        for foreign in
            ["evil.example.net", "evil.example.net:8484", "", "localhost", "ir.example.org.evil.example"]
        {
            assert!(!hosts.knows(foreign), "{foreign}");
        }
    }

    #[test]
    fn only_pages_of_ours_may_change_something() {
        let hosts = Hosts::of("0.0.0.0:8484".parse().unwrap(), "ir-01", Some("https://IR.example.org/"));
        assert!(hosts.knows("ir-01:8484"));
        let cases = [
            ("https://ir.example.org", "10.0.0.5:8484", false, true),
            ("https://ir-01:8484", "ir-01:8484", true, true),
            ("http://ir-01:8484", "ir-01:8484", true, false),
            ("https://ir-01:8484", "ir-01:8484", false, false),
            ("https://evil.example.net", "ir-01:8484", true, false),
            ("https://ir.example.org.evil.example", "ir.example.org", true, false),
            ("null", "ir-01:8484", true, false),
            ("", "ir-01:8484", true, false),
        ];
        for (origin, host, encrypted, want) in cases {
            assert_eq!(hosts.is_own(origin, host, encrypted), want, "{origin} {host}");
        }
    }
}
