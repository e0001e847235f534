//! Forms as browsers send them without a script.

use super::body::{BodyLimit, collect};
use super::front::is_foreign;
use super::problem::Problem;
use crate::server::Server;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A form of a closed type, sent from a page of ours, or by what is too old to say from where.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Server>> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, server: &Arc<Server>) -> Result<Form<T>, Problem> {
        if is_foreign(server, &request) {
            return Err(Problem::foreign_origin());
        }
        let mut types = request.headers().get_all(header::CONTENT_TYPE).iter();
        let given = types.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim();
        let is_form = essence.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        if !is_form || types.next().is_some() || request.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(Problem::unsupported_media_type().help("send the form of the page"));
        }
        let limit = request.extensions().get::<BodyLimit>().map_or(64 * 1024, |limit| limit.0);
        let bytes = collect(request.into_body(), limit).await?;
        serde_urlencoded::from_bytes(&bytes)
            .map(Form)
            .map_err(|error| Problem::invalid().detail(error.to_string()))
    }
}
