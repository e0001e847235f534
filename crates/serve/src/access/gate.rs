//! Stands before each route and asks for what the route declared.

use super::caller::{Caller, Means};
use crate::http::{Encrypted, Problem};
use crate::intake;
use crate::server::Server;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use cofferdam_journal::Permission;
use cofferdam_journal::source::SourceKind;
use std::sync::Arc;

/// What a route asks of whoever calls it. There is no route without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: anybody who reaches the server.
    Public,
    /// To be signed in; for what concerns oneself alone.
    SignedIn,
    /// To be signed in, and to have proven it just now; for what concerns one's own proofs of identity.
    SignedInFresh,
    /// A permission.
    Needs(Permission),
    /// A permission, and to have proven just now who one is. A token counts: whoever issued it with this
    /// permission had proven it then.
    NeedsFresh(Permission),
    /// To be a source of this kind, and to have proven which one. Nobody who signs in is one, and a source is let in
    /// nowhere else.
    Sends(SourceKind),
}

impl Access {
    /// The permission that is asked for.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Access::Needs(permission) | Access::NeedsFresh(permission) => Some(permission),
            Access::Public | Access::SignedIn | Access::SignedInFresh | Access::Sends(_) => None,
        }
    }

    /// Whether it must have been proven just now.
    pub fn is_fresh(self) -> bool {
        matches!(self, Access::NeedsFresh(_) | Access::SignedInFresh)
    }
}

/// Lets a request through to its route, with its [`Caller`], or answers it.
pub async fn gate(
    State((server, access)): State<(Arc<Server>, Access)>,
    mut request: Request,
    next: Next,
) -> Response {
    let admitted = match access {
        Access::Sends(kind) => {
            return match intake::admit(&server, kind, request).await {
                Ok(request) => next.run(request).await,
                Err(problem) => problem.into_response(),
            };
        }
        Access::Public => Ok(None),
        _ => admit(&server, access, &request).map(Some),
    };
    match admitted {
        Ok(caller) => {
            request.extensions_mut().extend(caller.map(extension).unwrap_or_default());
            next.run(request).await
        }
        Err(Refused { problem, caller }) => {
            if let (Some(caller), Some(permission)) = (caller, access.permission()) {
                let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
                server.refused(&caller, permission, request.method(), route);
            }
            problem.into_response()
        }
    }
}

fn extension(caller: Caller) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(caller);
    extensions
}

struct Refused {
    problem: Box<Problem>,
    /// Who was refused for want of a permission.
    caller: Option<Box<Caller>>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Refused {
        Refused { problem: Box::new(problem), caller: None }
    }
}

fn admit(server: &Server, access: Access, request: &Request) -> Result<Caller, Refused> {
    if !server.ledger.is_current() {
        // Somebody may have been locked out, and it is not known here.
        return Err(Problem::unavailable().retry_after(5).into());
    }
    let caller = server.identity.caller(request.headers(), (server.clock)())?;
    if matches!(caller.means, Means::Session { .. }) && !is_safe(request.method()) {
        check_origin(server, request)?;
    }
    if let Some(permission) = access.permission()
        && !caller.may(permission)
    {
        let problem = Problem::forbidden().detail(format!("it needs `{permission}`"));
        return Err(Refused { problem: Box::new(problem), caller: Some(Box::new(caller)) });
    }
    match caller.means {
        Means::Session { is_fresh: false, .. } if access.is_fresh() => Err(Problem::step_up_required()
            .help("POST your password or code to /api/v1/session/step-up, then try again")
            .into()),
        Means::Token(_) if access == Access::SignedInFresh => {
            Err(Problem::forbidden().detail("a token cannot do this; sign in").into())
        }
        _ => Ok(caller),
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// A browser sends the cookie whichever page asks it to; only a page of ours may change something with it.
/// Whoever sends neither header is no browser of today, and gives no `Origin` that could be trusted.
fn check_origin(server: &Server, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_own = text("origin").is_some_and(|origin| is_own(server, origin, request, headers));
    let site_is_own = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    if is_own && site_is_own { Ok(()) } else { Err(Problem::foreign_origin()) }
}

fn is_own(server: &Server, origin: &str, request: &Request, headers: &HeaderMap) -> bool {
    let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let host = authority.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()));
    let encrypted = request.extensions().get::<Encrypted>().is_some_and(|encrypted| encrypted.0);
    host.is_some_and(|host| server.hosts.is_own(origin, host, encrypted))
}
