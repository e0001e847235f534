//! Which calls.

use cofferdam_vocabulary::CallId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which calls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CallQuery {
    /// Those that are not acknowledged, and whose matter waits still.
    pub open: Option<bool>,
    /// Those that tell the caller.
    pub mine: Option<bool>,
    /// `next` of the page before, with the same of the others.
    #[param(value_type = Option<String>, format = "id", example = "CAL-000001")]
    pub cursor: Option<CallId>,
    /// Calls on a page.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}
