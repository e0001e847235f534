//! Pages for the browser until the console is there: the first administrator, a first password, signing in, what
//! concerns oneself, and what somebody was told of. They are the same for everybody; what they show, a script asks of the interface.

use crate::access::Access;
use crate::http::{Id, NoQuery};
use crate::intake::greeting;
use crate::routes::Routes;
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use cofferdam_vocabulary::CallId;
use std::sync::Arc;
use utoipa_axum::routes;

const HTML: &str = "text/html; charset=utf-8";

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Public, routes!(own));
    routes.add(Access::Public, routes!(setup));
    routes.add(Access::Public, routes!(enrol));
    routes.add(Access::Public, routes!(login));
    routes.add(Access::Public, routes!(call));
    routes.add(Access::Public, routes!(style));
    routes.add(Access::Public, routes!(script));
}

fn page(content_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], text).into_response()
}

/// The page of whoever is signed in.
#[utoipa::path(
    get,
    path = "/",
    responses((status = 200, description = "the page", body = String, content_type = "text/html"))
)]
async fn own(State(server): State<Arc<Server>>, headers: HeaderMap, _: NoQuery) -> Response {
    // What speaks to Elasticsearch asks here who it is that it speaks to.
    greeting(&server, &headers).unwrap_or_else(|| page(HTML, include_str!("own.html")))
}

/// The page that the link of the first start opens.
#[utoipa::path(
    get,
    path = "/setup",
    responses((status = 200, description = "the page", body = String, content_type = "text/html"))
)]
async fn setup(_: NoQuery) -> Response {
    page(HTML, include_str!("setup.html"))
}

/// The page that a link from an administrator opens.
#[utoipa::path(
    get,
    path = "/enrol",
    responses((status = 200, description = "the page", body = String, content_type = "text/html"))
)]
async fn enrol(_: NoQuery) -> Response {
    page(HTML, include_str!("enrol.html"))
}

/// The page to sign in.
#[utoipa::path(
    get,
    path = "/login",
    responses((status = 200, description = "the page", body = String, content_type = "text/html"))
)]
async fn login(_: NoQuery) -> Response {
    page(HTML, include_str!("login.html"))
}

/// The page that a message opens by which somebody was told of something. What it is about is told to whoever is signed
/// in and may know.
#[utoipa::path(
    get,
    path = "/calls/{id}",
    params(("id" = String, Path, description = "the call's number", example = "CAL-000001")),
    responses((status = 200, description = "the page", body = String, content_type = "text/html"))
)]
async fn call(_: Id<CallId>, _: NoQuery) -> Response {
    page(HTML, include_str!("call.html"))
}

/// How the pages look.
#[utoipa::path(
    get,
    path = "/assets/page.css",
    responses((status = 200, description = "the style sheet", body = String, content_type = "text/css"))
)]
async fn style(_: NoQuery) -> Response {
    page("text/css; charset=utf-8", include_str!("page.css"))
}

/// What the pages do.
#[utoipa::path(
    get,
    path = "/assets/page.js",
    responses((status = 200, description = "the script", body = String, content_type = "text/javascript"))
)]
async fn script(_: NoQuery) -> Response {
    page("text/javascript; charset=utf-8", include_str!("page.js"))
}
