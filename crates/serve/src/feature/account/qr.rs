//! The address of a second factor as a picture that a device reads.

use super::owner::owner;
use crate::access::Caller;
use crate::http::{NoQuery, Problem};
use crate::server::Server;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;
use std::sync::Arc;

/// Modules left white on each side. Source: ISO/IEC 18004, 6.3.8.
const MARGIN: i32 = 4;

/// The second factor that waits for its first code, as a QR code.
#[utoipa::path(
    get,
    path = "/api/v1/account/second-factor/qr",
    responses(
        (status = 200, description = "the picture", body = String, content_type = "image/svg+xml"),
        (status = 404, description = "none waits", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn picture(
    State(server): State<Arc<Server>>,
    caller: Caller,
    _: NoQuery,
) -> Result<Response, Problem> {
    let user = owner(&server, &caller)?;
    let factor = server.identity.pending.of(user.id, (server.clock)()).ok_or_else(Problem::not_found)?;
    let drawn = svg(&factor.address());
    let drawn = drawn.map_err(|error| Problem::from_failure("an address cannot be drawn", &error))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"))], drawn).into_response())
}

/// Black on white in any scheme: that is what devices read.
fn svg(text: &str) -> Result<String, qrcodegen::DataTooLong> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)?;
    let side = code.size() + 2 * MARGIN;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + MARGIN, y + MARGIN);
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_corners_that_devices_look_for() {
        let drawn = svg("otpauth://totp/Cofferdam:ops1?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let is_black = |x: i32, y: i32| drawn.contains(&format!("M{} {}h1", x + MARGIN, y + MARGIN));
        for (x, black) in [true, true, true, true, true, true, true, false].into_iter().enumerate() {
            let x = i32::try_from(x).unwrap();
            assert_eq!((is_black(x, 0), is_black(0, x)), (black, black), "{x}");
        }
        assert!(svg(&"x".repeat(5000)).is_err());
    }
}
