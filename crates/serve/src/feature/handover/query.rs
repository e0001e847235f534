//! Since when.

use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HandoverQuery {
    /// When the shift began.
    #[param(value_type = String, format = "date-time", example = "2026-11-22T18:00:00Z")]
    pub since: Timestamp,
}
