//! Signing in by an OpenID provider: what it says is believed when everything about it fits, and not otherwise.
//!
//! Source: OpenID Connect Core 1.0, section 3.1; RFC 9700 (best practice), RFC 7636 (PKCE), RFC 9207 (`iss`).

mod cookie;
mod discovery;
mod exchange;
mod local_path;
mod pending;
mod person;
mod provider;
mod talk;
mod token;
mod unproven;

pub use cookie::{clear_pending, pending_cookie, set_pending};
pub use local_path::LocalPath;
pub use pending::{Pending, Unknown, Waiting};
pub use person::Person;
pub use provider::{Answered, Provider};
pub use unproven::Unproven;

use crate::settings::OidcSettings;

/// Signing in by a provider: the provider, and the logins under way.
pub struct Oidc {
    /// The provider.
    pub provider: Provider,
    /// Logins that were begun here and have not come back yet.
    pub pending: Pending,
}

impl Oidc {
    /// As configured, for a server at this address; no login is under way.
    ///
    /// # Errors
    ///
    /// In words, when it cannot be used as it is configured.
    pub fn new(settings: &OidcSettings, server: &str) -> Result<Oidc, String> {
        Ok(Oidc { provider: Provider::new(settings, server)?, pending: Pending::default() })
    }
}
