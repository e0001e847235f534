//! Entries page by page, in the order of the log.

use super::entry_view::EntryView;
use super::list::Kept;
use super::sight::Sight;
use crate::http::{Problem, filter};
use cofferdam_journal::filter::Filter;
use cofferdam_journal::{Entry, StreamId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Entries on a page, unless another number is asked for.
const USUAL: u16 = 50;
/// Entries on a page at most.
const MOST: u16 = 200;
/// Entries that are looked at for one page; behind them the next page begins, however many were found.
const LOOK: usize = 5000;
/// Positions that every client can count to (RFC 8259, section 6).
const LAST: u64 = (1 << 53) - 1;

/// What is asked of the entries of an object.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntryQuery {
    /// Which entries, in the language of docs/filter.md. Times such as `-1h` count from this very request.
    #[param(max_length = 1000, format = "filter")]
    pub filter: Option<String>,
    /// Only entries behind this position, such as `next` of the page before.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub after: Option<u64>,
    /// Entries on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Entries in the order in which they were recorded.
#[derive(Serialize, ToSchema)]
pub struct EntryPage {
    /// The entries. There may be none though more follow: a page ends after so many were looked through, too.
    pub items: Vec<EntryView>,
    /// Behind which position the next page begins; none at the end.
    pub next: Option<u64>,
}

/// A query that was understood.
struct Asked {
    filter: Filter<Entry>,
    from: u64,
    limit: usize,
}

impl EntryQuery {
    fn read(&self, now: Timestamp) -> Result<Asked, Problem> {
        let filter = filter(self.filter.as_deref().unwrap_or_default(), now)?;
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::bad_request().detail(format!("`limit` is 1 to {MOST}")));
        }
        if self.after.is_some_and(|after| after > LAST) {
            return Err(Problem::bad_request().detail(format!("`after` is at most {LAST}")));
        }
        Ok(Asked { filter, from: self.after.map_or(0, |after| after + 1), limit: usize::from(limit) })
    }
}

impl Sight<'_> {
    /// A page of the whole log.
    ///
    /// # Errors
    ///
    /// 400 for what is no query, 500 when the journal cannot be read.
    pub async fn log_page(&self, query: &EntryQuery, now: Timestamp) -> Result<EntryPage, Problem> {
        let Asked { filter, from, limit } = query.read(now)?;
        let (found, next) = self.entries(from, limit, LOOK, move |entry| filter.matches(entry)).await?;
        let is_more = next > from && next < self.size();
        Ok(EntryPage { items: found.iter().map(EntryView::of).collect(), next: is_more.then(|| next - 1) })
    }

    /// A page of one stream; an empty one when it is not there for the caller.
    ///
    /// # Errors
    ///
    /// As [`Sight::log_page`].
    pub async fn stream_page(
        &self,
        stream: StreamId,
        query: &EntryQuery,
        now: Timestamp,
    ) -> Result<EntryPage, Problem> {
        let Asked { filter, from, limit } = query.read(now)?;
        let entries = self.stream(stream).await?;
        let mut wanted =
            entries.iter().filter(|entry| entry.head.position >= from && filter.matches(entry)).peekable();
        let items: Vec<EntryView> = wanted.by_ref().take(limit).map(EntryView::of).collect();
        let next = items.last().map(|last| last.position).filter(|_| wanted.peek().is_some());
        Ok(EntryPage { items, next })
    }

    /// A page of one object's entries.
    ///
    /// # Errors
    ///
    /// As [`Sight::row`] and [`Sight::log_page`].
    pub async fn object_page<R: Kept>(
        &self,
        id: R::Id,
        query: &EntryQuery,
        now: Timestamp,
    ) -> Result<EntryPage, Problem> {
        self.row::<R>(id)?;
        self.stream_page(R::stream(id), query, now).await
    }
}
