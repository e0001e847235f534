//! Tokens with which programs work for somebody: one's own, and by administrators those of others.

mod issue;
mod list;
mod revoke;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::SignedIn, routes!(list::own));
    routes.add(Access::NeedsFresh(Permission::TokensOwn), routes!(issue::issue));
    routes.add(Access::SignedIn, routes!(revoke::own));
    routes.add(Access::Needs(Permission::TokensRevoke), routes!(list::of_user));
    routes.add(Access::Needs(Permission::TokensRevoke), routes!(revoke::of_user));
}
