//! Signatures of requests with a shared secret: HMAC-SHA256 (RFC 2104), in the headers of three schemes.
//!
//! Sources: GitHub, "Validating webhook deliveries" (`X-Hub-Signature-256`); Standard Webhooks 1.0 (`webhook-signature`
//! with `webhook-id` and `webhook-timestamp`); `X-Signature`, which many products send, with or without a time in
//! `X-Signature-Timestamp`.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// Bytes of a body that is read before its signature is known to be right.
pub const UNPROVEN_BYTES: usize = 8 << 20;
/// How far the time of a signature may be from now. Source: Standard Webhooks 1.0, "Verifying timestamps".
const ALLOWANCE: SignedDuration = SignedDuration::from_mins(5);
/// Signatures of one request that are tried: while a secret is replaced, a sender may sign with both.
const TRIED: usize = 4;
/// How secrets of Standard Webhooks begin; base64 follows.
const STANDARD_SECRET: &str = "whsec_";

/// What a request says that it is signed with.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    /// What is signed before the body.
    prefix: Vec<u8>,
    /// When it was signed, where the scheme says so.
    time: Option<Timestamp>,
    /// Signatures, one of which must be right.
    given: Vec<Vec<u8>>,
    /// The secret is read as Standard Webhooks writes it.
    is_standard: bool,
}

impl Signature {
    /// The signature of a request with these headers; nothing when it has none, or one that cannot be read.
    pub fn of(headers: &HeaderMap) -> Option<Signature> {
        let one = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let value = values.next()?.to_str().ok()?;
            values.next().is_none().then_some(value)
        };
        let time = |text: &str| Timestamp::from_second(text.parse().ok()?).ok();
        if let Some(given) = one("webhook-signature") {
            let (id, at) = (one("webhook-id")?, one("webhook-timestamp")?);
            let given = given.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
            let (prefix, time) = (format!("{id}.{at}.").into_bytes(), Some(time(at)?));
            return Some(Signature { prefix, time, given: given.take(TRIED).collect(), is_standard: true });
        }
        let hub = one("x-hub-signature-256").map(|given| given.strip_prefix("sha256="));
        let (given, at) = match hub {
            Some(given) => (given?, None),
            None => {
                let given = one("x-signature")?;
                (given.strip_prefix("sha256=").unwrap_or(given), one("x-signature-timestamp"))
            }
        };
        let prefix = at.map_or_else(Vec::new, |at| format!("{at}.").into_bytes());
        let time = match at {
            Some(at) => Some(time(at)?),
            None => None,
        };
        Some(Signature { prefix, time, given: vec![hex(given)?], is_standard: false })
    }

    /// Whether it is one of this body with this secret, and not of another time. How long it takes says nothing of the
    /// secret.
    pub fn is_of(&self, secret: &str, body: &[u8], now: Timestamp) -> bool {
        if self.time.is_some_and(|time| now.duration_since(time).abs() > ALLOWANCE) {
            return false;
        }
        let encoded = secret.strip_prefix(STANDARD_SECRET).filter(|_| self.is_standard);
        let key = encoded.and_then(|text| STANDARD.decode(text).ok());
        let key = key.as_deref().unwrap_or(secret.as_bytes());
        self.given.iter().any(|given| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
            mac.update(&self.prefix);
            mac.update(body);
            mac.verify_slice(given).is_ok()
        })
    }
}

/// Bytes of hexadecimal digits.
fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if text.len() != 64 {
        return None;
    }
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    const NOW: i64 = 1_800_000_000;

    fn mac(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn written(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[track_caller]
    fn check(headers: &[(&'static str, String)], secret: &str, want: bool) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect();
        let now = Timestamp::from_second(NOW).unwrap();
        let got = Signature::of(&headers).is_some_and(|signature| signature.is_of(secret, b"{\"a\":1}", now));
        assert_eq!(got, want, "{headers:?}");
    }

    #[test]
    fn a_body_signed_with_the_secret_is_the_source_s() {
        let right = written(&mac(b"s3cret", "{\"a\":1}"));
        let other = written(&mac(b"s3cret", "{\"a\":2}"));
        check(&[("x-hub-signature-256", format!("sha256={right}"))], "s3cret", true);
        check(&[("x-hub-signature-256", right.clone())], "s3cret", false);
        check(&[("x-hub-signature-256", format!("sha256={other}"))], "s3cret", false);
        check(&[("x-hub-signature-256", format!("sha256={right}"))], "other", false);
        check(&[("x-signature", right.clone())], "s3cret", true);
        check(&[("x-signature", format!("sha256={}", right.to_uppercase()))], "s3cret", true);
        check(&[("x-signature", right[..62].to_owned())], "s3cret", false);
        check(&[("x-signature", format!("{}é", &right[..62]))], "s3cret", false);
        check(&[], "s3cret", false);
        check(&[("x-signature", String::new())], "", false);
        // Nobody signs with one scheme and is looked at by another.
        check(&[("x-hub-signature-256", format!("sha256={other}")), ("x-signature", right)], "s3cret", false);
    }

    #[test]
    fn a_time_that_is_signed_is_of_now() {
        let of = |second: i64| {
            let signed = written(&mac(b"s3cret", &format!("{second}.{{\"a\":1}}")));
            [("x-signature", signed), ("x-signature-timestamp", second.to_string())]
        };
        check(&of(NOW), "s3cret", true);
        check(&of(NOW - 299), "s3cret", true);
        check(&of(NOW - 301), "s3cret", false);
        check(&of(NOW + 301), "s3cret", false);
        check(&of(i64::MAX), "s3cret", false);
        let [signature, _] = of(NOW);
        check(&[signature], "s3cret", false);
    }

    #[test]
    fn standard_webhooks_are_read_as_they_are_written() {
        let key = [7_u8; 24];
        let secret = format!("whsec_{}", STANDARD.encode(key));
        let signed = STANDARD.encode(mac(&key, &format!("msg_1.{NOW}.{{\"a\":1}}")));
        let headers = |signature: String, at: i64| {
            [
                ("webhook-id", "msg_1".to_owned()),
                ("webhook-timestamp", at.to_string()),
                ("webhook-signature", signature),
            ]
        };
        check(&headers(format!("v1,{signed}"), NOW), &secret, true);
        check(&headers(format!("v1,AAAA v1a,xyz v1,{signed}"), NOW), &secret, true);
        check(&headers(format!("v1,{signed}"), NOW + 1), &secret, false);
        check(&headers(signed.clone(), NOW), &secret, false);
        let [_, at, signature] = headers(format!("v1,{signed}"), NOW);
        check(&[at, signature], &secret, false);
    }
}
