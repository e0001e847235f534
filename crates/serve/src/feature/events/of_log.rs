//! Which of a source's logs the events of a request are of.

use serde::Deserialize;
use utoipa::IntoParams;

/// Of which log events are.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OfLog {
    /// The host that they are of where they do not say so.
    #[param(value_type = Option<String>, min_length = 1, max_length = 100, example = "web-01")]
    host: Option<Label>,
    /// Which log, where the source sends several.
    #[param(value_type = Option<String>, min_length = 1, max_length = 100, example = "access.log")]
    log: Option<Label>,
}

impl OfLog {
    /// The host and the log.
    pub fn parts(self) -> (Option<String>, Option<String>) {
        (self.host.map(|host| host.0), self.log.map(|log| log.0))
    }
}

/// A name of a host or a log.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Label(String);

impl TryFrom<String> for Label {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Label, &'static str> {
        if (1..=100).contains(&text.chars().count()) {
            Ok(Label(text))
        } else {
            Err("has 1 to 100 characters")
        }
    }
}
