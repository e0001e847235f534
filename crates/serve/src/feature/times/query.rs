//! What is asked.

use serde::Deserialize;
use utoipa::IntoParams;

/// Over which incidents is measured.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimesQuery {
    /// Which incidents, in the language of docs/filter.md; at most 500. Those that turned out to be none are left out
    /// unless it asks for a `resolution`.
    #[serde(default)]
    #[param(max_length = 1000, example = "opened > -90d")]
    pub filter: String,
}
