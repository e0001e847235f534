//! Who may work here: made, changed and disabled by administrators, who never learn anybody's password.

mod change;
mod enrol;
mod list;
mod make;
mod view;

use crate::access::Access;
use crate::routes::Routes;
use cofferdam_journal::Permission;
use utoipa_axum::routes;

/// Adds the routes.
pub fn routes(routes: &mut Routes) {
    routes.add(Access::Needs(Permission::UsersRead), routes!(list::users));
    routes.add(Access::Needs(Permission::UsersRead), routes!(list::user));
    routes.add(Access::NeedsFresh(Permission::UsersWrite), routes!(make::make));
    routes.add(Access::NeedsFresh(Permission::UsersWrite), routes!(change::change));
    routes.add(Access::NeedsFresh(Permission::UsersWrite), routes!(change::remove_second_factor));
    routes.add(Access::NeedsFresh(Permission::UsersWrite), routes!(enrol::issue));
    routes.add(Access::Public, routes!(enrol::enrol));
}
