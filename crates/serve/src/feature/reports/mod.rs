//! Reports by people: a plain page and an interface for whoever saw something, without an account; and what those who
//! work here read, answer and say of them.

mod form;
mod given;
mod open;
mod page;
mod staff;
mod view;

use crate::access::Access;
use crate::http::Problem;
use crate::routes::Routes;
use crate::server::Server;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use cofferdam_journal::Permission;
use std::sync::Arc;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let read = Access::Needs(Permission::ReportsRead);
    let answer = Access::Needs(Permission::ReportsAnswer);
    routes
        .add(Access::Public, routes!(form::ask))
        .add(Access::Public, routes!(form::send))
        .add(Access::Public, routes!(form::find))
        .add(Access::Public, routes!(form::look))
        .add(Access::Public, routes!(form::add))
        .add(Access::Public, routes!(form::style))
        .add(Access::Public, routes!(open::send))
        .add(Access::Public, routes!(open::look))
        .add(Access::Public, routes!(open::add))
        .add(read, routes!(staff::list))
        .add(read, routes!(staff::one))
        .add(answer, routes!(staff::answer))
        .add(answer, routes!(staff::put_state));
}

/// People may report here; where they may not, the routes are not there, whatever is sent to them.
pub struct IsOpen;

impl FromRequestParts<Arc<Server>> for IsOpen {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, server: &Arc<Server>) -> Result<IsOpen, Problem> {
        if server.reports.is_open() { Ok(IsOpen) } else { Err(Problem::not_found()) }
    }
}
