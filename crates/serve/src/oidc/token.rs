//! What an ID token must be like before anything in it is believed.
//!
//! Source: OpenID Connect Core 1.0, sections 3.1.3.7 and 3.1.3.8; RFC 8725 (best practice for JSON web tokens).

use super::discovery::Discovered;
use super::exchange::Redeemed;
use super::person::Person;
use super::talk::told;
use chrono::{DateTime, TimeDelta, Utc};
use jiff::Timestamp;
use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, ClaimsVerificationError, ClientId, IdTokenClaims, IdTokenVerifier,
    Nonce, SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How far the provider's clock may be from ours.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// Characters of a subject. Source: OpenID Connect Core 1.0, section 2.
const SUBJECT: usize = 255;

/// Claims that OpenID Connect does not know: groups are among them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Claimed(Map<String, Value>);

impl AdditionalClaims for Claimed {}

/// A token that says who somebody is.
pub type IdToken = openidconnect::IdToken<
    Claimed,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

/// What the token must fit.
pub struct Wanted<'w> {
    /// What the provider calls this server.
    pub client_id: &'w str,
    /// What was asked for with it.
    pub nonce: &'w str,
    /// The claim that lists groups.
    pub groups_claim: &'w str,
    /// What time it is here.
    pub now: Timestamp,
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It is signed with a key that the provider did not name; it may have a new one.
    UnknownKey,
    /// Something about it is wrong.
    Wrong(String),
}

/// Reads who somebody is out of a token that fits in everything.
///
/// # Errors
///
/// [`Misfit`].
pub fn check(redeemed: &Redeemed, known: &Discovered, wanted: &Wanted<'_>) -> Result<Person, Misfit> {
    let now =
        DateTime::from_timestamp(wanted.now.as_second(), 0).ok_or_else(|| wrong("there is no such time"))?;
    // As of a client without secret: whatever is signed with one is refused.
    let verifier = IdTokenVerifier::new_public_client(
        ClientId::new(wanted.client_id.to_owned()),
        known.metadata.issuer().clone(),
        known.metadata.jwks().clone(),
    )
    .set_allowed_algs(known.algorithms())
    .set_time_fn(move || now - SKEW)
    .set_issue_time_verifier_fn(move |issued| not_ahead(issued, now, "issued"));
    let id = &redeemed.id;
    let claims = id.claims(&verifier, &Nonce::new(wanted.nonce.to_owned())).map_err(misfit)?;
    party(claims, wanted.client_id)?;
    not_before(claims.additional_claims(), now)?;
    if let Some(hash) = claims.access_token_hash() {
        let alg = id.signing_alg().map_err(|error| Misfit::Wrong(told(&error)))?;
        let key = id.signing_key(&verifier).map_err(|error| Misfit::Wrong(told(&error)))?;
        let own = AccessTokenHash::from_token(&redeemed.access, alg, key)
            .map_err(|error| Misfit::Wrong(told(&error)))?;
        if own != *hash {
            return Err(wrong("`at_hash` is of another access token"));
        }
    }
    person(claims, wanted.groups_claim, now)
}

fn person(
    claims: &IdTokenClaims<Claimed, CoreGenderClaim>,
    groups_claim: &str,
    now: DateTime<Utc>,
) -> Result<Person, Misfit> {
    let subject = claims.subject().as_str();
    if !(1..=SUBJECT).contains(&subject.chars().count()) {
        return Err(wrong("`sub` is empty or too long"));
    }
    let proven = claims.auth_time();
    if let Some(proven) = proven {
        not_ahead(proven, now, "proven").map_err(Misfit::Wrong)?;
    }
    let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
    let login = claims.preferred_username().map(|login| login.to_string());
    Ok(Person {
        subject: subject.to_owned(),
        login: login.or_else(|| claims.email().map(|email| email.to_string())),
        name,
        groups: groups(claims.additional_claims(), groups_claim),
        proven: proven.and_then(|proven| Timestamp::from_second(proven.timestamp()).ok()),
    })
}

/// One group as a text, or several as a list of texts; anything else is none.
fn groups(claims: &Claimed, name: &str) -> BTreeSet<String> {
    match claims.0.get(name) {
        Some(Value::String(group)) => BTreeSet::from([group.clone()]),
        Some(Value::Array(groups)) => {
            groups.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Whoever the token was made out to is this server. That it is an audience, and the only one, was checked before.
fn party(claims: &IdTokenClaims<Claimed, CoreGenderClaim>, client_id: &str) -> Result<(), Misfit> {
    match claims.authorized_party() {
        Some(party) if party.as_str() != client_id => Err(wrong("`azp` is somebody else")),
        _ => Ok(()),
    }
}

fn not_before(claims: &Claimed, now: DateTime<Utc>) -> Result<(), Misfit> {
    let Some(value) = claims.0.get("nbf") else { return Ok(()) };
    let begins = value.as_f64().ok_or_else(|| wrong("`nbf` is no time"))?;
    let latest = (now + SKEW).timestamp() as f64;
    if begins <= latest { Ok(()) } else { Err(wrong("the token is not valid yet")) }
}

fn not_ahead(time: DateTime<Utc>, now: DateTime<Utc>, what: &str) -> Result<(), String> {
    if time <= now + SKEW {
        Ok(())
    } else {
        Err(format!("it says that it was {what} at {time}, which is to come"))
    }
}

fn misfit(error: ClaimsVerificationError) -> Misfit {
    match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Misfit::UnknownKey
        }
        other => Misfit::Wrong(told(&other)),
    }
}

fn wrong(why: &str) -> Misfit {
    Misfit::Wrong(why.to_owned())
}
