//! Lists page by page, as a caller sees them.

use super::list::{Kept, Order, Wanted};
use super::sight::Sight;
use crate::http::{Asked, OrderQuery, Page, PageQuery, Problem, strange};
use jiff::Timestamp;

impl Sight<'_> {
    /// A page of a list, each row as `view` tells it.
    ///
    /// # Errors
    ///
    /// 400 for what is no query of this list.
    pub fn list_page<R: Kept, T>(
        &self,
        query: &PageQuery,
        now: Timestamp,
        view: impl Fn(&R) -> T,
    ) -> Result<Page<T>, Problem> {
        let asked: Asked<R> = query.read(now)?;
        let after = asked.after.as_deref().map(|id| id.parse().map_err(|_| strange())).transpose()?;
        let order = match asked.order {
            OrderQuery::Newest => Order::Newest,
            OrderQuery::Oldest => Order::Oldest,
        };
        let (rows, is_more) = self.page(&Wanted { filter: &asked.filter, order, after, limit: asked.limit });
        let last = rows.last().filter(|_| is_more);
        let next = last.map(|row| asked.behind(&row.id().to_string()));
        let count = query.count.unwrap_or_default().then(|| self.count(&asked.filter) as u64);
        Ok(Page { items: rows.iter().map(view).collect(), next, count })
    }
}
