//! One's own proofs of identity: the password, the second factor, and codes on paper. Each change ends all sessions,
//! and begins one for whoever made it.

mod owner;
mod password;
mod qr;
mod recovery;
mod second_factor;

use crate::access::Access;
use crate::routes::Routes;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::SignedInFresh, routes!(password::change));
    routes.add(Access::SignedInFresh, routes!(second_factor::begin));
    routes.add(Access::SignedInFresh, routes!(second_factor::confirm));
    routes.add(Access::SignedInFresh, routes!(second_factor::remove));
    routes.add(Access::SignedInFresh, routes!(qr::picture));
    routes.add(Access::SignedInFresh, routes!(recovery::renew));
}
