//! Bodies with events: read and unpacked within bounds, and within the room that all of them share.

use super::room::Held;
use crate::http::{Problem, collect};
use crate::server::Server;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that are unpacked at a time.
const STEP: usize = 64 << 10;
/// How much larger what is unpacked may be than what was sent, beyond the first MiB: logs become 5 to 30 times smaller.
const RATIO: usize = 200;
const SMALL: usize = 1 << 20;
/// How large a window zstd may ask for, as a power of two: what its `-19` uses.
const ZSTD_WINDOW: u32 = 23;

/// A body as it was before it was packed, and the room that it takes until it is dropped.
#[derive(Debug)]
pub struct Unpacked {
    /// Its bytes.
    pub bytes: Bytes,
    /// The room, which what is made of the bytes may grow.
    pub held: Held,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zstd,
}

/// Reads a body and unpacks it.
///
/// # Errors
///
/// 413 when it is too large as sent or unpacked, 415 when it is packed in another way, 400 when it broke off or is not
/// what it says, 429 when all room is taken.
pub async fn unpack(server: &Arc<Server>, headers: &HeaderMap, body: Body) -> Result<Unpacked, Problem> {
    let packing = Packing::of(headers)?;
    let limits = server.settings.limits;
    // As much as it says, or as much as it may have.
    let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let length: usize = said.unwrap_or(limits.intake);
    if length > limits.intake {
        return Err(Problem::too_large().detail(format!("the body may have {} bytes", limits.intake)));
    }
    let mut held = server.intake.room.hold(length).ok_or_else(busy)?;
    let bytes = collect(body, limits.intake).await?;
    if packing == Packing::None {
        return Ok(Unpacked { bytes, held });
    }
    let unpacking = tokio::task::spawn_blocking(move || {
        let unpacked = match packing {
            Packing::Zstd => zstd::stream::read::Decoder::with_buffer(&bytes[..])
                .and_then(|mut decoder| decoder.window_log_max(ZSTD_WINDOW).map(|()| decoder))
                .map_err(|_| broken())
                .and_then(|decoder| read(decoder, bytes.len(), limits.unpacked, &mut held)),
            _ => read(MultiGzDecoder::new(&bytes[..]), bytes.len(), limits.unpacked, &mut held),
        };
        unpacked.map(|bytes| Unpacked { bytes: bytes.into(), held })
    });
    unpacking.await.map_err(|error| Problem::from_failure("a body was not unpacked", &error))?
}

impl Packing {
    fn of(headers: &HeaderMap) -> Result<Packing, Problem> {
        let mut given = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(encoding) = given.next() else { return Ok(Packing::None) };
        let encoding = encoding.to_str().unwrap_or("?").trim().to_ascii_lowercase();
        match encoding.as_str() {
            _ if given.next().is_some() => Err(()),
            "" | "identity" => Ok(Packing::None),
            "gzip" | "x-gzip" => Ok(Packing::Gzip),
            "zstd" => Ok(Packing::Zstd),
            _ => Err(()),
        }
        .map_err(|()| Problem::unsupported_media_type().detail("a body is packed once, with gzip or zstd"))
    }
}

/// Reads until there is no more, or too much.
fn read(mut from: impl Read, sent: usize, most: usize, held: &mut Held) -> Result<Vec<u8>, Problem> {
    let most = most.min(sent.saturating_mul(RATIO).max(SMALL));
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        if !held.grow_to(sent + before + STEP) {
            return Err(busy());
        }
        bytes.resize(before + STEP, 0);
        let place = bytes.get_mut(before..).unwrap_or_default();
        let count = match from.read(place) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(_) => return Err(broken()),
        };
        bytes.truncate(before + count);
        if bytes.len() > most {
            return Err(Problem::too_large().detail(format!("unpacked, this body may have {most} bytes")));
        }
        if count == 0 {
            return Ok(bytes);
        }
    }
}

/// All room is taken by others.
pub(super) fn busy() -> Problem {
    Problem::throttled().detail("too much is on its way; try again in a moment").retry_after(1)
}

fn broken() -> Problem {
    Problem::bad_request().detail("the body is not packed as `Content-Encoding` says, or broke off")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Room;
    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[track_caller]
    fn check(packed: &[u8], most: usize, room: usize, want: Result<usize, u16>) {
        let mut held = Room::new(room).hold(0).unwrap();
        let got = read(MultiGzDecoder::new(packed), packed.len(), most, &mut held);
        assert_eq!(got.map(|bytes| bytes.len()).map_err(|problem| problem.status), want);
    }

    #[test]
    fn what_is_unpacked_is_bounded_three_times() {
        let text = b"sshd[1]: Failed password for ops1\n".repeat(10_000);
        let packed = gzip(&text);
        let large = 256 << 20;
        check(&packed, 64 << 20, large, Ok(text.len()));
        check(&packed, text.len(), large, Ok(text.len()));
        check(&packed, text.len() - 1, large, Err(413));
        check(&packed, 64 << 20, 200 << 10, Err(429));
        let bomb = gzip(&vec![0; 32 << 20]);
        assert!(bomb.len() < 40_000);
        check(&bomb, 64 << 20, large, Err(413));
        check(&packed[..packed.len() - 9], 64 << 20, large, Err(400));
        check(b"no gzip at all", 64 << 20, large, Err(400));
        let two = [gzip(b"a\n"), gzip(b"b\n")].concat();
        check(&two, 64 << 20, large, Ok(4));
    }

    #[test]
    fn only_what_is_named_is_unpacked() {
        let cases: [(&[&'static str], Result<Packing, u16>); 8] = [
            (&[], Ok(Packing::None)),
            (&["identity"], Ok(Packing::None)),
            (&["GZIP"], Ok(Packing::Gzip)),
            (&["zstd"], Ok(Packing::Zstd)),
            (&["br"], Err(415)),
            (&["gzip, gzip"], Err(415)),
            (&["gzip", "gzip"], Err(415)),
            (&["deflate"], Err(415)),
        ];
        for (given, want) in cases {
            let headers: HeaderMap =
                given.iter().map(|one| (header::CONTENT_ENCODING, HeaderValue::from_static(one))).collect();
            assert_eq!(Packing::of(&headers).map_err(|problem| problem.status), want, "{given:?}");
        }
    }
}
