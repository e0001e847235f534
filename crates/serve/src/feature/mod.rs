//! What the server can do: a list of features, each a folder of its own that imports no other.

mod account;
mod activity;
mod alerts;
mod belonging;
mod calls;
mod configuration;
mod course;
mod decisions;
mod events;
mod evidence;
mod exceptions;
mod feed;
mod handover;
mod health;
mod imports;
mod incidents;
mod journal;
mod links;
mod metrics;
mod notes;
mod oidc;
mod pages;
mod precision;
mod reports;
mod scope;
mod session;
mod setup;
mod sources;
mod steering;
mod tasks;
mod thehive;
mod timeline;
mod times;
mod tokens;
mod triage;
mod users;
mod work;

use crate::routes::{API, Routes};
use crate::server::Server;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// One feature.
pub struct Feature {
    /// Its name: of its folder, and in the description of the interface.
    pub name: &'static str,
    /// Adds its routes.
    pub routes: fn(&mut Routes),
}

/// All of them.
pub const ALL: &[Feature] = &[
    Feature { name: "health", routes: health::routes },
    Feature { name: "setup", routes: setup::routes },
    Feature { name: "session", routes: session::routes },
    Feature { name: "feed", routes: feed::routes },
    Feature { name: "metrics", routes: metrics::routes },
    Feature { name: "configuration", routes: configuration::routes },
    Feature { name: "account", routes: account::routes },
    Feature { name: "tokens", routes: tokens::routes },
    Feature { name: "users", routes: users::routes },
    Feature { name: "pages", routes: pages::routes },
    Feature { name: "reports", routes: reports::routes },
    Feature { name: "oidc", routes: oidc::routes },
    Feature { name: "alerts", routes: alerts::routes },
    Feature { name: "triage", routes: triage::routes },
    Feature { name: "exceptions", routes: exceptions::routes },
    Feature { name: "precision", routes: precision::routes },
    Feature { name: "incidents", routes: incidents::routes },
    Feature { name: "calls", routes: calls::routes },
    Feature { name: "work", routes: work::routes },
    Feature { name: "handover", routes: handover::routes },
    Feature { name: "imports", routes: imports::routes },
    Feature { name: "belonging", routes: belonging::routes },
    Feature { name: "steering", routes: steering::routes },
    Feature { name: "course", routes: course::routes },
    Feature { name: "scope", routes: scope::routes },
    Feature { name: "decisions", routes: decisions::routes },
    Feature { name: "timeline", routes: timeline::routes },
    Feature { name: "links", routes: links::routes },
    Feature { name: "times", routes: times::routes },
    Feature { name: "notes", routes: notes::routes },
    Feature { name: "tasks", routes: tasks::routes },
    Feature { name: "evidence", routes: evidence::routes },
    Feature { name: "journal", routes: journal::routes },
    Feature { name: "sources", routes: sources::routes },
    Feature { name: "events", routes: events::routes },
    Feature { name: "thehive", routes: thehive::routes },
    Feature { name: "activity", routes: activity::routes },
];

/// The one route that no feature adds: the description of all others, which anybody may read.
pub fn description(document: &OpenApi) -> Router<Arc<Server>> {
    let text = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    let answer = move || {
        let text = text.clone();
        async move {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
        }
    };
    Router::new().route(&format!("{API}/openapi.json"), get(answer))
}
