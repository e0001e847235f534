//! What a provider says about itself, kept for an hour.

use super::talk::{Talk, told};
use super::unproven::Unproven;
use cofferdam_connect::FetchError;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, IssuerUrl, JsonWebKeySet, ProviderMetadata};
use serde::{Deserialize, Serialize};

/// How long what it said is believed.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// What a provider says about itself, beside what OpenID Connect Discovery knows.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Beside {
    /// It names itself when it sends a browser back. Source: RFC 9207, section 3.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Beside {}

/// What a provider says about itself.
pub type Metadata = ProviderMetadata<
    Beside,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider as it was found.
#[derive(Clone, Debug)]
pub struct Discovered {
    /// What it says, with its keys.
    pub metadata: Metadata,
    found: Timestamp,
}

impl Discovered {
    /// Asks the provider about itself, and for its keys.
    ///
    /// # Errors
    ///
    /// [`Unproven::Unreachable`] when it says nothing that can be used.
    pub fn ask(issuer: &IssuerUrl, talk: &Talk, now: Timestamp) -> Result<Discovered, Unproven> {
        let metadata =
            Metadata::discover(issuer, &|request| talk.ask(request)).map_err(|error| unreachable(&error))?;
        let token = metadata.token_endpoint().map_or("none", |address| address.as_str());
        for address in [metadata.authorization_endpoint().as_str(), token] {
            if !talk.reaches(address) {
                let what = format!("it names the address `{address}`, and only https is spoken");
                return Err(Unproven::Unreachable { what });
            }
        }
        Ok(Discovered { metadata, found: now })
    }

    /// Whether what it said may be believed still.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.found).abs() < FRESH
    }

    /// The same with its keys of now.
    ///
    /// # Errors
    ///
    /// [`Unproven::Unreachable`] when it does not say them.
    pub fn with_keys_of_now(&self, talk: &Talk) -> Result<Discovered, Unproven> {
        let keys = JsonWebKeySet::fetch(self.metadata.jwks_uri(), &|request| talk.ask(request))
            .map_err(|error| unreachable(&error))?;
        Ok(Discovered { metadata: self.metadata.clone().set_jwks(keys), found: self.found })
    }

    /// The algorithms with which it signs, of those whose keys are its own alone. One that both sides share the key
    /// of proves nothing here, and `none` proves nothing anywhere.
    pub fn algorithms(&self) -> Vec<CoreJwsSigningAlgorithm> {
        use CoreJwsSigningAlgorithm as Signed;
        let is_its_own = |alg: &&Signed| {
            matches!(
                alg,
                Signed::RsaSsaPkcs1V15Sha256
                    | Signed::RsaSsaPkcs1V15Sha384
                    | Signed::RsaSsaPkcs1V15Sha512
                    | Signed::RsaSsaPssSha256
                    | Signed::RsaSsaPssSha384
                    | Signed::RsaSsaPssSha512
                    | Signed::EcdsaP256Sha256
                    | Signed::EcdsaP384Sha384
                    | Signed::EdDsa
            )
        };
        self.metadata.id_token_signing_alg_values_supported().iter().filter(is_its_own).cloned().collect()
    }
}

fn unreachable(error: &DiscoveryError<FetchError>) -> Unproven {
    let what = match error {
        DiscoveryError::Response(status, _, what) => format!("it answered {status}: {what}"),
        other => told(other),
    };
    Unproven::Unreachable { what }
}
