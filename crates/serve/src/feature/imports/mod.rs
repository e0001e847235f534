//! Cases and alerts of other products are imported.

mod take;
mod view;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_import::MOST_BYTES;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add_large(Access::Needs(Permission::IncidentsImport), MOST_BYTES, routes!(take::import));
}
