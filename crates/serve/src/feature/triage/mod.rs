//! What people make of alerts: who works on them, what they are, whether they are done with; many at once, and taken
//! back.

mod act;
mod order;
mod undo;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let triage = Access::Needs(Permission::AlertsTriage);
    routes
        .add(triage, routes!(act::assign))
        .add(triage, routes!(act::release))
        .add(triage, routes!(act::judge))
        .add(triage, routes!(act::reopen))
        .add(triage, routes!(undo::undo));
}
