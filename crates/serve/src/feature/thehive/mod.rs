//! The part of TheHive's interface with which feeders send alerts and make cases of them, so that they move by changing
//! an address and a key. Off until it is switched on (`docs/thehive.md`).
//!
//! A token with `alerts:thehive` stands here for what its user may do with alerts and incidents, and for nothing anywhere
//! else.

mod case;
mod cases;
mod change;
mod document;
mod feed;
mod fields;
mod form;
mod marks;
mod observable;
mod report;
mod shown;
#[cfg(test)]
mod tests;

use crate::access::{Access, Caller};
use crate::http::Problem;
use crate::routes::Routes;
use crate::server::Server;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::routing::{MethodRouter, get, patch, post};
use cofferdam_journal::Permission;
use form::{Form, say};
use std::sync::Arc;

/// What `alerts:thehive` stands for here, as far as the roles of its user give it.
const STANDS_FOR: [Permission; 5] = [
    Permission::AlertsRead,
    Permission::AlertsTriage,
    Permission::IncidentsRead,
    Permission::IncidentsWork,
    Permission::IncidentsCommand,
];

/// Adds the routes, when they are switched on.
pub fn routes(routes: &mut Routes) {
    if !routes.settings().thehive {
        return;
    }
    for form in [Form::V1, Form::V0] {
        let mut add = |method: &Method, path: &str, handler: MethodRouter<Arc<Server>>| {
            let path = format!("{}{path}", form.root());
            routes.add_foreign_saying(Access::Needs(Permission::AlertsThehive), method, &path, handler, say);
        };
        let promote = if form == Form::V1 { "/alert/{id}/case" } else { "/alert/{id}/createCase" };
        add(&Method::POST, "/alert", post(move |s, f, r| feed::create(form, s, f, r)));
        add(&Method::GET, "/alert/{id}", get(move |s, f, id| feed::one(form, s, f, id)));
        add(&Method::PATCH, "/alert/{id}", patch(move |s, f, id, r| feed::update(form, s, f, id, r)));
        add(&Method::POST, promote, post(move |s, f, id, r| cases::promote(form, s, f, id, r)));
        add(&Method::POST, "/alert/{id}/merge/{case}", post(move |s, f, id| cases::merge(form, s, f, id)));
        add(&Method::GET, "/case/{id}", get(move |s, f, id| cases::one(form, s, f, id)));
    }
}

/// Whoever sends, with what they may do here.
pub struct Feeder(pub Caller);

impl FromRequestParts<Arc<Server>> for Feeder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Feeder, Problem> {
        let mut caller = Caller::from_request_parts(parts, server).await?;
        let gives =
            |permission: &Permission| caller.roles.iter().any(|role| role.permissions().contains(permission));
        caller.permissions = STANDS_FOR.into_iter().filter(gives).collect();
        Ok(Feeder(caller))
    }
}
