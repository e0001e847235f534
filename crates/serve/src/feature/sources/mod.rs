//! Sources: what may send events and alerts, how much comes from each, and the tokens and secrets that prove it.

mod change;
mod list;
mod secret;
mod terms;
mod tokens;
mod view;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    let (read, write) =
        (Access::Needs(Permission::SourcesRead), Access::NeedsFresh(Permission::SourcesWrite));
    routes.add(read, routes!(list::sources));
    routes.add(read, routes!(list::source));
    routes.add(write, routes!(change::add));
    routes.add(write, routes!(change::change));
    routes.add(write, routes!(change::remove));
    routes.add(write, routes!(tokens::issue));
    routes.add(write, routes!(tokens::revoke));
    routes.add(write, routes!(secret::set));
}
