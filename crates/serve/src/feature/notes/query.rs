//! Which notes.

use crate::http::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// Notes on a page, unless another number is asked for.
const USUAL: u16 = 50;
/// Notes on a page at most.
const MOST: u16 = 200;

/// Which notes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotesQuery {
    /// Only those behind this one.
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
    /// 400 for too many, or none.
    pub fn limit(&self) -> Result<usize, Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::bad_request().detail(format!("`limit` is 1 to {MOST}")));
        }
        Ok(limit.into())
    }
}
