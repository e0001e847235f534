//! What the configuration says, as the server takes it.

use crate::configuration::{Configuration, Loaded, Origin, SETTINGS};
use crate::failure::Failure;
use cofferdam_serve::settings::{Limits, LoginLimits, SessionLimits, Settings, Shown, TlsFiles};

/// The settings of this configuration.
///
/// # Errors
///
/// [`Failure`] when a file that it names cannot be read.
pub fn of(loaded: &Loaded) -> Result<Settings, Failure> {
    let c = &loaded.configuration;
    let tls = c.tls_certificate.clone().zip(c.tls_key.clone());
    Ok(Settings {
        listen: c.listen,
        tls: tls.map(|(certificate, key)| TlsFiles { certificate, key }),
        public_url: c.public_url.as_ref().map(ToString::to_string),
        proxies: c.proxies.clone(),
        session: SessionLimits { idle: c.session_idle, absolute: c.session_absolute, fresh: c.session_fresh },
        login: LoginLimits {
            attempts: c.login_attempts,
            account_attempts: c.login_account_attempts,
            window: c.login_window,
        },
        limits: Limits {
            body: usize::try_from(c.limits_body).unwrap_or(usize::MAX),
            request: c.limits_request,
            feeds: usize::try_from(c.limits_feeds).unwrap_or(usize::MAX),
        },
        open_metrics: c.metrics_open,
        version: env!("CARGO_PKG_VERSION"),
        shown: shown(c, loaded),
    })
}

/// Every setting with who set it, as `config show` has it.
fn shown(configuration: &Configuration, loaded: &Loaded) -> Vec<Shown> {
    let values = configuration.shown();
    let row = |(setting, value): (&crate::configuration::Setting, serde_json::Value)| Shown {
        key: setting.key.to_owned(),
        value: value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned),
        origin: loaded
            .origins
            .get(setting.key)
            .map_or(Origin::Default, |(origin, _)| origin.clone())
            .to_string(),
    };
    SETTINGS.iter().zip(values).map(row).collect()
}
