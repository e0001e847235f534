//! Lists, page by page: a filter, an order, and a cursor that leads to the next page.
//!
//! A cursor is bound to what was asked: with another filter or order it is refused, and times that the filter
//! counts from now stay those of the first page.

use super::problem::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cofferdam_journal::filter::{Filter, FilterError, Listed};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Characters of a filter: less than the language has room for, since each may take twelve in an address.
pub const FILTER_CHARS: usize = 1000;
/// Rows on a page, unless another number is asked for.
const USUAL: u16 = 50;
/// Rows on a page at most.
const MOST: u16 = 200;

/// What is asked of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Which rows, in the language of docs/filter.md.
    #[param(max_length = 1000, format = "filter")]
    pub filter: Option<String>,
    /// In which order.
    #[param(inline)]
    pub order: Option<OrderQuery>,
    /// Rows on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next` of the page before, with the same filter and order.
    #[param(max_length = 2048, format = "cursor")]
    pub cursor: Option<String>,
    /// Count all rows that the filter takes, too.
    pub count: Option<bool>,
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderQuery {
    /// The last first.
    #[default]
    Newest,
    /// The first first.
    Oldest,
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What leads to the next page; none when this is the last.
    pub next: Option<String>,
    /// All rows that the filter takes, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// A query that was understood.
pub struct Asked<R> {
    /// Which rows.
    pub filter: Filter<R>,
    /// In which order.
    pub order: OrderQuery,
    /// Behind which row, by its id as text.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
    /// The time from which the filter counts.
    now: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    list: String,
    filter: String,
    order: OrderQuery,
    after: String,
    now: Timestamp,
}

impl PageQuery {
    /// Understands the query.
    ///
    /// # Errors
    ///
    /// 400 with the place, when the filter is not of the language, or the cursor is not of this list.
    pub fn read<R: Listed>(&self, now: Timestamp) -> Result<Asked<R>, Problem> {
        let cursor = self.cursor.as_deref().map(|text| decode(text).ok_or_else(strange)).transpose()?;
        let now = cursor.as_ref().map_or(now, |cursor| cursor.now);
        let filter = filter(self.filter.as_deref().unwrap_or_default(), now)?;
        let order = self.order.unwrap_or_default();
        if let Some(cursor) = &cursor
            && (cursor.list != R::NAME || cursor.filter != filter.as_str() || cursor.order != order)
        {
            return Err(strange());
        }
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::bad_request().detail(format!("`limit` is 1 to {MOST}")));
        }
        Ok(Asked { filter, order, after: cursor.map(|cursor| cursor.after), limit: usize::from(limit), now })
    }
}

impl<R: Listed> Asked<R> {
    /// The cursor behind the row of this id.
    pub fn behind(&self, id: &str) -> String {
        let cursor = Cursor {
            list: R::NAME.to_owned(),
            filter: self.filter.as_str().to_owned(),
            order: self.order,
            after: id.to_owned(),
            now: self.now,
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }
}

fn decode(text: &str) -> Option<Cursor> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// That a cursor leads nowhere here.
pub fn strange() -> Problem {
    Problem::bad_request()
        .detail("the cursor is none of this list with this filter and order")
        .help("take `next` of the page before, and change nothing else")
}

/// Understands a filter.
///
/// # Errors
///
/// 400 with the place.
pub fn filter<R: Listed>(text: &str, now: Timestamp) -> Result<Filter<R>, Problem> {
    if text.chars().count() > FILTER_CHARS {
        return Err(Problem::bad_request().detail(format!("a filter has at most {FILTER_CHARS} characters")));
    }
    Filter::parse(text, now).map_err(|error| wrong(&error))
}

/// Understands a filter that says which rows are to be changed. It stands in a body that was understood: what is wrong
/// with it is its value.
///
/// # Errors
///
/// 422 with the place; also for one that says nothing, since whoever forgot it would mean all of them.
pub fn filter_to_change<R: Listed>(text: &str, now: Timestamp) -> Result<Filter<R>, Problem> {
    if text.trim().is_empty() {
        let detail = format!("`filter` says which {}", R::NAME);
        return Err(Problem::invalid().detail(detail).help("`id = …` takes one, `id in (…, …)` several"));
    }
    filter(text, now).map_err(|wrong| Problem {
        detail: wrong.detail,
        help: wrong.help,
        ..Problem::invalid()
    })
}

/// What is wrong with a filter, and where.
fn wrong(error: &FilterError) -> Problem {
    Problem::bad_request().detail(error.to_string()).help(error.help())
}
