//! Signing in, proving it once more, leaving; and the sessions that there are.

mod list;
mod login;
mod show;
mod step_up;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Public, routes!(login::login));
    routes.add(Access::SignedIn, routes!(show::who_am_i));
    routes.add(Access::SignedIn, routes!(show::logout));
    routes.add(Access::SignedIn, routes!(step_up::step_up));
    routes.add(Access::SignedIn, routes!(list::own));
    routes.add(Access::SignedInFresh, routes!(list::end_own));
    routes.add(Access::SignedInFresh, routes!(list::end_others));
    routes.add(Access::Needs(Permission::SessionsEnd), routes!(list::of_user));
    routes.add(Access::Needs(Permission::SessionsEnd), routes!(list::end_of_user));
    routes.add(Access::Needs(Permission::SessionsEnd), routes!(list::end_all));
}
