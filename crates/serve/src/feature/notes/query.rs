//! Which notes.

use crate::http::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// Notes on a page, unless another number is asked for.
const USUAL: u16 = 50;
/// Notes on a page at most.
const MOST: u16 = 200;
/// The highest number of a note; there are fewer.
const LAST: u64 = 1_000_000;

/// Which notes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotesQuery {
    /// Only those behind this one.
    #[param(minimum = 0, maximum = 1_000_000)]
    pub after: Option<u64>,
    /// Notes on a page.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

impl NotesQuery {
    /// Notes on the page.
    ///
    /// # Errors
    ///
    /// 400 for too many, or none, and for a note that cannot be.
    pub fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::bad_request().detail(format!("`limit` is 1 to {MOST}")));
        }
        if self.after.is_some_and(|after| after > LAST) {
            return Err(Problem::bad_request().detail(format!("`after` is 0 to {LAST}")));
        }
        Ok(limit.into())
    }
}
