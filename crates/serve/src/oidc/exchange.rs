//! How the server asks a provider for somebody, and gives the code that came back for what it stands for.

use super::discovery::{Discovered, Metadata};
use super::talk::{Talk, told};
use super::token::{Claimed, IdToken};
use super::unproven::Unproven;
use crate::settings::OidcSettings;
use cofferdam_connect::FetchError;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::url::Url;
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use std::time::Duration;

/// What is asked about somebody beside that it is them.
const SCOPES: [&str; 2] = ["profile", "email"];
/// Some providers tell groups only when asked for them by this name.
const GROUPS: &str = "groups";

type Fields = IdTokenFields<
    Claimed,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Failed = StandardErrorResponse<CoreErrorResponseType>;

type Party = Client<
    Claimed,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    Failed,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a code stands for.
pub struct Redeemed {
    /// Says who it is.
    pub id: IdToken,
    /// Would open more at the provider; it is needed only to see that both belong together.
    pub access: AccessToken,
}

/// The server as the provider knows it.
fn party(settings: &OidcSettings, redirect: &RedirectUrl, known: &Discovered) -> Party {
    let (id, secret) =
        (ClientId::new(settings.client_id.clone()), ClientSecret::new(settings.client_secret.clone()));
    Client::from_provider_metadata(known.metadata.clone(), id, Some(secret))
        .set_redirect_uri(redirect.clone())
        .set_auth_type(proof(&known.metadata))
}

/// How the server proves itself: in a header, unless the provider wants it in the body. Source: OpenID Connect
/// Discovery 1.0, section 3, `token_endpoint_auth_methods_supported`.
fn proof(metadata: &Metadata) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
    if takes(CoreClientAuthMethod::ClientSecretBasic) || !takes(CoreClientAuthMethod::ClientSecretPost) {
        AuthType::BasicAuth
    } else {
        AuthType::RequestBody
    }
}

/// The address at the provider to which a browser is sent. With `again` the provider shall ask for a proof even if
/// somebody is signed in there.
pub fn address(
    settings: &OidcSettings,
    redirect: &RedirectUrl,
    known: &Discovered,
    (state, nonce, verifier): (&str, &str, &str),
    again: bool,
) -> Url {
    let (state, nonce) = (CsrfToken::new(state.to_owned()), Nonce::new(nonce.to_owned()));
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned()));
    let party = party(settings, redirect, known);
    let offered = known.metadata.scopes_supported();
    let tells_groups = offered.is_some_and(|scopes| scopes.iter().any(|scope| scope.as_str() == GROUPS));
    let scopes = SCOPES.into_iter().chain(tells_groups.then_some(GROUPS));
    let mut asked = party
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
        .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge);
    if again {
        asked = asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
    }
    asked.url().0
}

/// Gives the code for what it stands for.
///
/// # Errors
///
/// [`Unproven`] when the provider does not take it, or gives nothing that can be read.
pub fn redeem(
    settings: &OidcSettings,
    redirect: &RedirectUrl,
    known: &Discovered,
    (code, verifier): (String, String),
    talk: &Talk,
) -> Result<Redeemed, Unproven> {
    let party = party(settings, redirect, known);
    let request = party
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| Unproven::Unreachable { what: told(&error) })?
        .set_pkce_verifier(PkceCodeVerifier::new(verifier));
    let answer = request.request(&|request| talk.ask(request)).map_err(|error| not_taken(&error))?;
    let id = answer
        .id_token()
        .ok_or_else(|| Unproven::refused("there is no ID token in the provider's answer"))?;
    Ok(Redeemed { id: id.clone(), access: answer.access_token().clone() })
}

fn not_taken(error: &RequestTokenError<FetchError, Failed>) -> Unproven {
    match error {
        RequestTokenError::Request(error) => Unproven::Unreachable { what: told(error) },
        RequestTokenError::Parse(error, _) => {
            Unproven::refused(format!("its answer cannot be read: {}", told(error)))
        }
        other => Unproven::refused(format!("the provider does not take the code: {}", told(other))),
    }
}
