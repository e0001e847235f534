//! Users, page by page and one by one.

use super::view::UserView;
use crate::http::{Id, NoQuery, OrderQuery, Page, PageQuery, Problem, Query};
use crate::identity::Known;
use crate::server::Server;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use cofferdam_journal::view::UserRow;
use cofferdam_vocabulary::UserId;
use std::sync::Arc;

/// Users, the last made first.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    params(PageQuery),
    responses((status = 200, description = "a page of them", body = Page<UserView>))
)]
pub async fn users(
    State(server): State<Arc<Server>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<UserView>>, Problem> {
    let asked = query.read::<UserRow>((server.clock)())?;
    let after = asked.after.as_deref().map(UserId::parse).transpose();
    let after = after.map_err(|_| Problem::bad_request().detail("the cursor names no user"))?;
    let mut wanted: Vec<Known> = server.identity.roster.all();
    wanted.retain(|user| asked.filter.matches(user));
    let count = query.count.unwrap_or(false).then_some(wanted.len() as u64);
    if asked.order == OrderQuery::Newest {
        wanted.reverse();
    }
    let is_behind = |id: UserId| match (after, asked.order) {
        (None, _) => true,
        (Some(after), OrderQuery::Newest) => id < after,
        (Some(after), OrderQuery::Oldest) => id > after,
    };
    wanted.retain(|user| is_behind(user.id));
    let more = wanted.len() > asked.limit;
    wanted.truncate(asked.limit);
    let next = wanted.last().filter(|_| more).map(|last| asked.behind(&last.id.to_string()));
    Ok(Json(Page { items: wanted.iter().map(UserView::of).collect(), next, count }))
}

/// One user, with the version that a change must name.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    params(("id" = String, Path, description = "the user's id, such as USR-0001")),
    responses((status = 200, description = "the user", body = UserView))
)]
pub async fn user(
    State(server): State<Arc<Server>>,
    Id(id): Id<UserId>,
    _: NoQuery,
) -> Result<Response, Problem> {
    let user = server.identity.roster.user(id).ok_or_else(Problem::not_found)?;
    Ok(UserView::of(&user).answer())
}
