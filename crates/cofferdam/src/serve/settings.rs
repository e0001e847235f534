//! What the configuration says, as the server takes it.

use super::rules::OnDisk;
use crate::configuration::{Configuration, Loaded, Origin, SETTINGS, WhoReports};
use crate::failure::Failure;
use cofferdam_connect::{MailServer, Mailer};
use cofferdam_serve::live::Rules;
use cofferdam_serve::settings::{
    CallSettings, Contact, Limits, LoginLimits, MailSettings, OidcSettings, Pace, ReportSettings,
    ReportsOpen, SessionLimits, Settings, Shown, TlsFiles, Webhook,
};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
            intake: usize::try_from(c.limits_intake).unwrap_or(usize::MAX),
            unpacked: usize::try_from(c.limits_unpacked).unwrap_or(usize::MAX),
            in_flight: in_flight(c),
            threads: usize::try_from(c.limits_threads).unwrap_or(usize::MAX),
        },
        pace: Pace::default(),
        thehive: c.thehive_open,
        open_metrics: c.metrics_open,
        rules: Rules(Arc::new(OnDisk::new(c))),
        oidc: oidc(c)?,
        reports: reports(c)?,
        sources: c.sources.clone(),
        calls: calls(c)?,
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

/// The OpenID provider, if one is named; `config check` sees to it that all of it is there or none.
fn oidc(c: &Configuration) -> Result<Option<OidcSettings>, Failure> {
    let (Some(issuer), Some(client_id), Some(secret)) =
        (&c.oidc_issuer, &c.oidc_client_id, &c.oidc_client_secret_file)
    else {
        return Ok(None);
    };
    let client_secret = self::secret(&secret.0)?;
    Ok(Some(OidcSettings {
        issuer: issuer.to_string(),
        client_id: client_id.clone(),
        client_secret,
        groups_claim: c.oidc_groups_claim.clone(),
        roles: c.oidc_roles.clone(),
        label: c.oidc_label.clone().unwrap_or_else(|| "Single sign-on".to_owned()),
        ca: c.oidc_ca.clone(),
    }))
}

/// Whether people may report, and with which code.
fn reports(c: &Configuration) -> Result<ReportSettings, Failure> {
    let open = match (c.reports_open, &c.reports_code_file) {
        (WhoReports::Open, _) => ReportsOpen::Open,
        (WhoReports::Code, Some(file)) => ReportsOpen::Code(secret(&file.0)?),
        // `config check` tells of a code without its file.
        (WhoReports::Off | WhoReports::Code, _) => ReportsOpen::Off,
    };
    Ok(ReportSettings { open, per_address: c.reports_per_address, overall: c.reports_overall })
}

/// Who is told in time, and how.
fn calls(c: &Configuration) -> Result<CallSettings, Failure> {
    let mut contacts = BTreeMap::new();
    for (account, entry) in &c.contacts {
        let webhook = match entry.webhook.as_ref().zip(entry.secret_file.as_ref()) {
            Some((url, file)) => Some(Webhook { url: url.to_string(), secret: secret(&file.0)? }),
            None => None,
        };
        contacts.insert(account.clone(), Contact { mail: entry.mail.clone(), webhook });
    }
    Ok(CallSettings {
        people: c.on_call_people.clone(),
        after: c.on_call_after,
        rounds: c.on_call_rounds,
        from: c.on_call_severity,
        contacts,
        mail: mail(c)?,
    })
}

/// What takes e-mail; tried out as far as that goes without sending any.
fn mail(c: &Configuration) -> Result<Option<MailSettings>, Failure> {
    let Some((host, from)) = c.mail_server.as_ref().zip(c.mail_from.clone()) else { return Ok(None) };
    let password = c.mail_password_file.as_ref().map(|file| secret(&file.0)).transpose()?;
    let read =
        |path: &PathBuf| fs::read(path).map_err(|cause| Failure::unreadable("certificate", path, cause));
    let server = MailServer {
        host: host.host.clone(),
        port: host.port,
        security: host.security,
        credentials: c.mail_account.clone().zip(password),
        authority: c.mail_ca.as_ref().map(read).transpose()?,
    };
    if let (Err(what), Some(path)) = (Mailer::new(&server, &from), &c.mail_ca) {
        return Err(Failure::unreadable(
            "certificate",
            path,
            io::Error::new(io::ErrorKind::InvalidData, what),
        ));
    }
    Ok(Some(MailSettings { server, from }))
}

/// The secret on the one line of a file.
fn secret(path: &Path) -> Result<String, Failure> {
    let failed = |cause| Failure::unreadable("secret", path, cause);
    let text = fs::read_to_string(path).map_err(failed)?;
    let secret = text.trim_end_matches(['\r', '\n']).to_owned();
    if secret.is_empty() || secret.contains(char::is_control) {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, "it holds no secret on one line")));
    }
    Ok(secret)
}

/// Memory for events on their way: what the largest body takes twice over must fit in, as it is sent, unpacked and
/// taken apart.
fn in_flight(c: &Configuration) -> usize {
    let largest = usize::try_from(c.limits_intake.saturating_add(c.limits_unpacked)).unwrap_or(usize::MAX);
    Settings::default().limits.in_flight.max(largest.saturating_mul(4))
}
