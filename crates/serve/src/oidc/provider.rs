//! The provider that the configuration names: asked when it is needed, so that the server starts without it.

use super::discovery::Discovered;
use super::exchange;
use super::pending::Waiting;
use super::person::Person;
use super::talk::Talk;
use super::token::{self, Misfit, Wanted};
use super::unproven::Unproven;
use crate::settings::OidcSettings;
use cofferdam_connect::{Fetcher, is_here};
use jiff::{SignedDuration, Timestamp};
use openidconnect::url::{Host, Url};
use openidconnect::{IssuerUrl, RedirectUrl};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// Where the provider sends browsers back to.
const CALLBACK: &str = "/api/v1/oidc/callback";
/// Characters of its address. Source: the journal, which keeps it with each user.
const ISSUER: usize = 500;
/// Codes given for tokens at once: the threads that wait for it are those that wait for the disk, too.
const AT_ONCE: usize = 4;
/// A provider that does not answer is not asked again sooner.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// Keys are asked for again no sooner, whoever brings tokens of unknown keys.
const KEYS_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// A provider by which people may sign in.
pub struct Provider {
    settings: OidcSettings,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    fetcher: Arc<Fetcher>,
    /// Held while the provider is asked about itself: one asks, others wait for what it says.
    known: Mutex<Known>,
    redeeming: Arc<Semaphore>,
}

#[derive(Default)]
struct Known {
    found: Option<Arc<Discovered>>,
    failed: Option<Timestamp>,
    keys_asked: Option<Timestamp>,
}

/// What a browser brings back from the provider.
pub struct Answered {
    /// Stands for a token.
    pub code: String,
    /// Who sent it back, if they say so.
    pub issuer: Option<String>,
}

impl Provider {
    /// The provider of these settings, for a server at this address.
    ///
    /// # Errors
    ///
    /// In words, when it cannot be used as it is configured.
    pub fn new(settings: &OidcSettings, server: &str) -> Result<Provider, String> {
        let address =
            Url::parse(&settings.issuer).map_err(|error| format!("the issuer is no address: {error}"))?;
        let plain = address.scheme() == "http" && address.host_str().is_some_and(is_here);
        let authority = settings.ca.as_ref().map(|path| {
            std::fs::read(path).map_err(|error| format!("`{}` cannot be read: {error}", path.display()))
        });
        let authority = authority.transpose()?;
        let fetcher = Fetcher::new(authority.as_deref(), plain)
            .map_err(|error| format!("the certificates of the provider's authority: {error}"))?;
        if settings.issuer.chars().count() > ISSUER
            || !fetcher.reaches(&settings.issuer)
            || address.query().is_some()
            || address.fragment().is_some()
        {
            return Err("the issuer must be an https address without anything behind its path".to_owned());
        }
        if settings.client_id.is_empty() || settings.client_secret.is_empty() {
            return Err("a client id and a client secret are needed".to_owned());
        }
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|error| error.to_string())?;
        let redirect = redirect(server)?;
        Ok(Provider {
            settings: settings.clone(),
            issuer,
            redirect,
            fetcher: Arc::new(fetcher),
            known: Mutex::default(),
            redeeming: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// How it was configured.
    pub fn settings(&self) -> &OidcSettings {
        &self.settings
    }

    /// What the provider says about itself, as of the last hour.
    ///
    /// # Errors
    ///
    /// [`Unproven::Unreachable`].
    pub async fn known(&self, now: Timestamp) -> Result<Arc<Discovered>, Unproven> {
        let mut known = self.known.lock().await;
        if let Some(found) = known.found.as_ref().filter(|found| found.is_fresh(now)) {
            return Ok(Arc::clone(found));
        }
        if known.failed.is_some_and(|failed| now.duration_since(failed).abs() < PAUSE) {
            return Err(Unproven::Unreachable { what: "it did not answer a moment ago".to_owned() });
        }
        let (issuer, talk) = (self.issuer.clone(), Talk::begin(&self.fetcher));
        let asked = waiting(move || Discovered::ask(&issuer, &talk, now)).await;
        known.failed = asked.is_err().then_some(now);
        let found = Arc::new(asked?);
        known.keys_asked = Some(now);
        known.found = Some(Arc::clone(&found));
        Ok(found)
    }

    /// The address to which a browser is sent, with what the login under way is known by.
    pub fn address(&self, known: &Discovered, secrets: (&str, &str, &str), again: bool) -> String {
        exchange::address(&self.settings, &self.redirect, known, secrets, again).into()
    }

    /// Who came back from the provider.
    ///
    /// # Errors
    ///
    /// [`Unproven`].
    pub async fn redeem(
        &self,
        answered: Answered,
        login: &Waiting,
        now: Timestamp,
    ) -> Result<Person, Unproven> {
        let known = self.known(now).await?;
        is_from(&known, answered.issuer.as_deref())?;
        let talk = Talk::begin(&self.fetcher);
        let redeemed = {
            let permit = Arc::clone(&self.redeeming).acquire_owned().await;
            let (settings, redirect) = (self.settings.clone(), self.redirect.clone());
            let (known, talk) = (Arc::clone(&known), talk.clone());
            let given = (answered.code, login.verifier.clone());
            waiting(move || {
                let redeemed = exchange::redeem(&settings, &redirect, &known, given, &talk);
                drop(permit);
                redeemed
            })
            .await?
        };
        let wanted = Wanted {
            client_id: &self.settings.client_id,
            nonce: &login.nonce,
            groups_claim: &self.settings.groups_claim,
            now,
        };
        let mut checked = token::check(&redeemed, &known, &wanted);
        if checked == Err(Misfit::UnknownKey)
            && let Some(known) = self.with_keys_of_now(talk, now).await?
        {
            checked = token::check(&redeemed, &known, &wanted);
        }
        checked.map_err(|misfit| match misfit {
            Misfit::UnknownKey => {
                Unproven::refused("the ID token: it is signed with no key of the provider's")
            }
            Misfit::Wrong(why) => Unproven::refused(format!("the ID token: {why}")),
        })
    }

    /// What the provider says about itself with its keys of now; none when they were asked for just now.
    async fn with_keys_of_now(
        &self,
        talk: Talk,
        now: Timestamp,
    ) -> Result<Option<Arc<Discovered>>, Unproven> {
        let mut known = self.known.lock().await;
        let asked_now = known.keys_asked.is_some_and(|asked| now.duration_since(asked).abs() < KEYS_AGAIN);
        let Some(found) = known.found.clone().filter(|_| !asked_now) else { return Ok(None) };
        known.keys_asked = Some(now);
        let fresh = Arc::new(waiting(move || found.with_keys_of_now(&talk)).await?);
        known.found = Some(Arc::clone(&fresh));
        Ok(Some(fresh))
    }
}

/// Whoever sends the browser back is the provider that was asked. Source: RFC 9207, section 2.4.
fn is_from(known: &Discovered, issuer: Option<&str>) -> Result<(), Unproven> {
    let says_so = known.metadata.additional_metadata().authorization_response_iss_parameter_supported;
    match issuer {
        Some(issuer) if issuer == known.metadata.issuer().as_str() => Ok(()),
        Some(_) => Err(Unproven::refused("another provider sent the browser back")),
        None if says_so => Err(Unproven::refused("whoever sent the browser back does not say who they are")),
        None => Ok(()),
    }
}

/// Where the provider sends browsers back to: over TLS, but for trials on this machine.
fn redirect(server: &str) -> Result<RedirectUrl, String> {
    let address =
        Url::parse(server).map_err(|error| format!("the server's own address `{server}`: {error}"))?;
    let is_nowhere = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_unspecified(),
        Some(Host::Domain(_)) => false,
        None => true,
    };
    let is_safe = address.scheme() == "https" || address.host_str().is_some_and(is_here);
    if is_nowhere || !is_safe {
        return Err("the provider needs the https address by which people reach the server".to_owned());
    }
    RedirectUrl::new(format!("{}{CALLBACK}", server.trim_end_matches('/'))).map_err(|error| error.to_string())
}

/// Does work that waits, on a thread that may.
async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Unproven> + Send + 'static,
) -> Result<T, Unproven> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Unproven::Unreachable { what: error.to_string() }))
}
