//! Alerts of other products, as those send them: the bytes are taken in as they are, and read behind that.

use super::product_alerts::ProductAlerts;
use super::take::{content_type, take as take_in};
use crate::http::{NoQuery, Problem};
use crate::intake::Proven;
use crate::server::Server;
use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What was taken in. It is on disk.
#[derive(Serialize, ToSchema)]
pub struct TakenAlerts {
    /// 1 when the request was taken in.
    #[schema(example = 1)]
    taken: u32,
    /// 1 when the same had been delivered before, and counts once.
    #[schema(example = 0)]
    doubled: u32,
}

/// Take in what another product warns of, as it sends it: JSON, or a JSON object a line. The source proves itself with a
/// token, or signs what it sends with its secret.
#[utoipa::path(
    post,
    path = "/api/v1/sources/{name}/alerts",
    params(("name" = String, Path, description = "the source's own name, such as edr")),
    request_body(content = ProductAlerts, description = "as the product sends it"),
    responses((status = 200, description = "taken in", body = TakenAlerts))
)]
pub async fn take(
    State(server): State<Arc<Server>>,
    proven: Proven,
    _: NoQuery,
    request: Request,
) -> Result<Json<TakenAlerts>, Problem> {
    let kind = content_type(request.headers());
    let is_json = kind == "application/json" || kind.ends_with("+json") || kind.ends_with("ndjson");
    // Notifications of Amazon SNS call their JSON text.
    if !is_json && kind != "text/plain" {
        return Err(Problem::unsupported_media_type().help("send `application/json`"));
    }
    let largest = server.settings.limits.intake;
    let taken = take_in(&server, &proven, request, move |body, records| {
        if body.len() > largest {
            return Err(Problem::too_large().detail(format!("unpacked, this body may have {largest} bytes")));
        }
        if !body.trim_ascii_start().starts_with(b"{") && !body.trim_ascii_start().starts_with(b"[") {
            return Err(Problem::bad_request().detail("the body is neither a JSON object nor a list"));
        }
        records.push(records.part(body)).map(|_| ())
    });
    let receipt = taken.await?.receipt;
    Ok(Json(TakenAlerts { taken: receipt.taken, doubled: receipt.doubled }))
}
