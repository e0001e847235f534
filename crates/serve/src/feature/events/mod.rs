//! Events and alerts that sources send over HTTP: in our own form, and in those of other products, so that what sends
//! to those sends to us.

mod alerts;
mod bulk;
mod elastic;
mod hec;
mod lines;
mod of_log;
mod otlp;
mod product_alerts;
mod take;

use crate::access::Access;
use crate::routes::Routes;
use axum::http::Method;
use axum::routing::{get, post, put};
use cofferdam_journal::source::SourceKind;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let events = Access::Sends(SourceKind::Events);
    routes.add(events, routes!(lines::take));
    routes.add(Access::Sends(SourceKind::Alerts), routes!(alerts::take));
    for path in ["/_bulk", "/{index}/_bulk"] {
        routes.add_foreign(events, &Method::POST, path, post(bulk::take));
        routes.add_foreign(events, &Method::PUT, path, put(bulk::take));
    }
    routes.add_foreign(events, &Method::GET, "/_cluster/health", get(elastic::health));
    routes.add_foreign(events, &Method::GET, "/_cat/health", get(elastic::cat));
    routes.add_foreign(events, &Method::GET, "/_license", get(elastic::license));
    routes.add_foreign(events, &Method::POST, "/v1/logs", post(otlp::take));
    for path in ["/services/collector", "/services/collector/event", "/services/collector/event/1.0"] {
        routes.add_foreign(events, &Method::POST, path, post(hec::events));
    }
    for path in ["/services/collector/raw", "/services/collector/raw/1.0"] {
        routes.add_foreign(events, &Method::POST, path, post(hec::raw));
    }
    routes.add_foreign(events, &Method::POST, "/services/collector/ack", post(hec::acks));
    for path in ["/services/collector/health", "/services/collector/health/1.0"] {
        routes.add_foreign(Access::Public, &Method::GET, path, get(hec::health));
    }
}
