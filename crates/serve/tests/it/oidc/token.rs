//! ID tokens, signed as they should be and as they should not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Keys of the provider, and one that is not its own.
static OWN: LazyLock<RsaPrivateKey> = LazyLock::new(fresh);
static FOREIGN: LazyLock<RsaPrivateKey> = LazyLock::new(fresh);

fn fresh() -> RsaPrivateKey {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap()
}

fn curve() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&Sha256::digest("a key for tests")).unwrap()
}

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The provider's keys as it names them.
pub fn keys() -> Value {
    let point = curve().verifying_key().to_sec1_point(false);
    let point = point.as_bytes();
    json!({"keys": [
        rsa_key("rsa-1", &OWN.to_public_key()),
        {"kty": "EC", "use": "sig", "kid": "ec-1", "crv": "P-256",
         "x": encoded(&point[1..33]), "y": encoded(&point[33..65])},
    ]})
}

/// The key that is not the provider's, as it would name it.
pub fn foreign_key(kid: &str) -> Value {
    rsa_key(kid, &FOREIGN.to_public_key())
}

fn rsa_key(kid: &str, key: &RsaPublicKey) -> Value {
    json!({"kty": "RSA", "use": "sig", "kid": kid, "n": encoded(key.n().to_bytes_be()), "e": encoded(key.e().to_bytes_be())})
}

/// As it should be.
pub fn rs256(claims: &Value) -> String {
    rs256_as(&json!({"alg": "RS256", "typ": "JWT", "kid": "rsa-1"}), claims)
}

/// By the provider's key, whatever the header says.
pub fn rs256_as(header: &Value, claims: &Value) -> String {
    signed(header, claims, |text| rsa_signature(&OWN, text))
}

/// By a key that the provider does not have.
pub fn by_foreign_key(header: &Value, claims: &Value) -> String {
    signed(header, claims, |text| rsa_signature(&FOREIGN, text))
}

/// By the provider's other key.
pub fn es256(claims: &Value) -> String {
    signed(&json!({"alg": "ES256", "kid": "ec-1"}), claims, |text| {
        let signature: p256::ecdsa::Signature = curve().sign(text.as_bytes());
        signature.to_bytes().to_vec()
    })
}

/// With a secret, of which some verifiers think that it is the provider's public key.
pub fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    signed(header, claims, |text| hmac(secret, text.as_bytes()).to_vec())
}

/// By nobody.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    signed(header, claims, |_| Vec::new())
}

/// Texts under which the provider's public key may lie around as a secret.
pub fn public_texts() -> Vec<Vec<u8>> {
    let n = OWN.n().to_bytes_be();
    vec![serde_json::to_vec(&keys()["keys"][0]).unwrap(), encoded(&n).into_bytes(), n]
}

fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
    let signature = sign(&text);
    format!("{text}.{}", encoded(signature))
}

fn rsa_signature(key: &RsaPrivateKey, text: &str) -> Vec<u8> {
    key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(text)).unwrap()
}

/// Source: RFC 2104.
fn hmac(secret: &[u8], text: &[u8]) -> [u8; 32] {
    let mut key = [0; 64];
    let short = if secret.len() > 64 { Sha256::digest(secret).to_vec() } else { secret.to_vec() };
    key[..short.len()].copy_from_slice(&short);
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}
