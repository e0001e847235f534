//! Exceptions: what hides alerts for a while, tried before it is saved.

mod change;
mod list;
mod order;
mod view;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let (read, write) = (Access::Needs(Permission::AlertsRead), Access::Needs(Permission::ExceptionsWrite));
    routes.add(read, routes!(list::exceptions));
    routes.add(read, routes!(list::exception));
    routes.add(write, routes!(change::trial));
    routes.add(write, routes!(change::add));
    routes.add(write, routes!(change::change));
    routes.add(write, routes!(change::end));
}
