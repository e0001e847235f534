//! Names that others see, as clients give them.

use super::problem::Problem;
use cofferdam_journal::user::display_name;
use serde::Deserialize;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Characters at most.
const MOST: usize = 200;
/// At least one character is shown.
const PATTERN: &str = r"[^\s\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]";

/// A name that others see, within bounds as soon as it was read.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct GivenName(String);

impl GivenName {
    /// The name.
    ///
    /// # Errors
    ///
    /// 422 when it is longer than 200 characters, or nothing of it is shown. What is not shown is removed by whoever records it.
    pub fn read(self) -> Result<String, Problem> {
        if self.0.chars().count() > MOST {
            return Err(Problem::invalid().detail(format!("a name has at most {MOST} characters")));
        }
        if display_name(&self.0).is_none() {
            return Err(Problem::invalid().detail("a name has at least one character that is shown"));
        }
        Ok(self.0)
    }
}

impl PartialSchema for GivenName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(MOST))
            .pattern(Some(PATTERN))
            .examples(["Operations, first shift"])
            .into()
    }
}

impl ToSchema for GivenName {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("GivenName")
    }
}
