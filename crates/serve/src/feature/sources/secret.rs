//! The secret with which a source signs what it sends.

use crate::access::Caller;
use crate::http::{HoldsSecret, Id, Input, NoQuery, Problem};
use crate::identity::Bearer;
use crate::server::Server;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use cofferdam_vocabulary::SourceName;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Characters of a secret that somebody else made: as many as cannot be guessed, and no document.
const LEAST: usize = 16;
const MOST: usize = 256;

/// A secret to be shared with a source.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// The secret, where the product makes it; a new one is made when it is left out.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 256, pattern = "^[!-~]+$")]
    secret: Option<String>,
}

/// A secret that is shared with a source: shown once.
#[derive(Serialize, ToSchema)]
pub struct SharedSecret {
    /// What signs with HMAC-SHA256.
    secret: String,
}

/// Share a secret with a source of alerts, which signs what it sends with it. The one before it counts no more.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{name}/secret",
    params(("name" = String, Path, description = "the source's name, such as edr")),
    request_body = NewSecret,
    responses((status = 201, description = "it counts", body = SharedSecret))
)]
pub async fn set(
    State(server): State<Arc<Server>>,
    Id(name): Id<SourceName>,
    caller: Caller,
    _: NoQuery,
    Input(new): Input<NewSecret>,
) -> Result<(StatusCode, Extension<HoldsSecret>, Json<SharedSecret>), Problem> {
    let is_secret = |text: &String| {
        (LEAST..=MOST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if !new.secret.as_ref().is_none_or(is_secret) {
        let detail = format!("a secret has {LEAST} to {MOST} visible characters of ASCII");
        return Err(Problem::invalid().detail(detail));
    }
    let secret = new.secret.unwrap_or_else(|| Bearer::fresh("").reveal().to_owned());
    server.set_source_secret(&caller, name, secret.clone()).await?;
    Ok((StatusCode::CREATED, Extension(HoldsSecret), Json(SharedSecret { secret })))
}
