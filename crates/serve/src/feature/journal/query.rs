//! What is asked of the log.

use serde::Deserialize;
use utoipa::IntoParams;

/// What is asked of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Only entries about this: `incident/INC-0001`, `alert/ALR-000001`, `evidence/SHA256`, `user/USR-0001`, `log` …
    #[param(max_length = 100, format = "stream", example = "incident/INC-0001")]
    pub stream: Option<String>,
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
