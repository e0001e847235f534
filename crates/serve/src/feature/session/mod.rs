//! Signing in, proving it once more, and leaving.

mod login;
mod show;
mod step_up;

use crate::access::Access;
use crate::routes::Routes;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Public, routes!(login::login));
    routes.add(Access::SignedIn, routes!(show::who_am_i));
    routes.add(Access::SignedIn, routes!(show::logout));
    routes.add(Access::SignedIn, routes!(step_up::step_up));
}
