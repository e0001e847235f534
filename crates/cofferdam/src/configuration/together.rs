//! Settings that have to go together.

use super::kinds::WhoReports;
use super::layers::Origins;
use super::origin::Origin;
use super::problem::{Problem, TOGETHER};
use super::table::Configuration;
use cofferdam_serve::settings::ConfiguredSource;

const SESSION: &str = "a session ends at the earlier of them";
const LOGIN: &str = "an account cannot allow one address more than all of them";

/// What does not go together, each at the setting that should be looked at.
pub fn check(configuration: &Configuration, origins: &Origins) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |key: &'static str, message: String, help: &str| {
        let (origin, span) = origins.get(key).cloned().unwrap_or((Origin::Default, None));
        problems.push(Problem { code: TOGETHER, message, help: Some(help.to_owned()), origin, span });
    };
    let c = configuration;
    for (there, is_there, missing, is_missing) in [
        ("tls.certificate", c.tls_certificate.is_some(), "tls.key", c.tls_key.is_none()),
        ("tls.key", c.tls_key.is_some(), "tls.certificate", c.tls_certificate.is_none()),
    ] {
        if is_there && is_missing {
            say(there, format!("`{there}` is set without `{missing}`"), "set both, or none of them");
        }
    }
    // What somebody set is to be looked at, not a default.
    let set_of = |small: &'static str, large: &'static str| {
        let is_set = origins.get(small).is_some_and(|(origin, _)| *origin != Origin::Default);
        if is_set { small } else { large }
    };
    for (small, large, is_wrong, help) in [
        ("session.idle", "session.absolute", c.session_idle > c.session_absolute, SESSION),
        ("session.fresh", "session.absolute", c.session_fresh > c.session_absolute, SESSION),
        (
            "reports.per_address",
            "reports.overall",
            c.reports_per_address > c.reports_overall,
            "one address cannot send more than all together",
        ),
        ("login.attempts", "login.account_attempts", c.login_attempts > c.login_account_attempts, LOGIN),
    ] {
        if is_wrong {
            say(set_of(small, large), format!("`{small}` is more than `{large}`"), help);
        }
    }
    oidc(configuration, origins, &mut say);
    calls(configuration, &mut say);
    let has_code = c.reports_code_file.is_some();
    if has_code != (c.reports_open == WhoReports::Code) {
        let (key, message) = match has_code {
            true => ("reports.code_file", "`reports.code_file` is set, and `reports.open` is not `code`"),
            false => ("reports.open", "`reports.open` is `code` without `reports.code_file`"),
        };
        say(key, message.to_owned(), "a code needs both, reports without one need neither");
    }
    let by_tcp = |source: &&ConfiguredSource| source.inlet.word() != "udp";
    for source in c.sources.iter().filter(by_tcp).filter(|one| one.inlet.address() == Some(c.listen)) {
        let message = format!("`sources.{}` listens where the server does", source.name);
        say("sources", message, "give each an address or a port of its own");
    }
    problems
}

fn oidc(c: &Configuration, origins: &Origins, say: &mut impl FnMut(&'static str, String, &str)) {
    let needed = [
        ("oidc.issuer", c.oidc_issuer.is_some()),
        ("oidc.client_id", c.oidc_client_id.is_some()),
        ("oidc.client_secret_file", c.oidc_client_secret_file.is_some()),
    ];
    let mut set =
        origins.iter().filter(|(key, (origin, _))| key.starts_with("oidc.") && *origin != Origin::Default);
    let Some((&first, _)) = set.next() else { return };
    let missing: Vec<String> =
        needed.iter().filter(|(_, is_set)| !is_set).map(|(key, _)| format!("`{key}`")).collect();
    if !missing.is_empty() {
        let message = format!("`{first}` is set without {}", missing.join(", "));
        say(first, message, "logins by OpenID Connect need issuer, client_id and client_secret_file");
    } else if c.public_url.is_none() && !c.listen.ip().is_loopback() {
        let message = "`oidc.issuer` is set without `public_url`".to_owned();
        say("oidc.issuer", message, "the identity provider has to know where to send people back to");
    }
}

/// Whoever is to be told must be reached, by something that is there.
fn calls(c: &Configuration, say: &mut impl FnMut(&'static str, String, &str)) {
    for account in c.on_call_people.iter().filter(|account| !c.contacts.contains_key(*account)) {
        let message = format!("`on_call.people` names `{account}`, of whom `contacts` says nothing");
        say("on_call.people", message, "say how they are reached, in a table `[contacts.NAME]`");
    }
    let by_mail = c.contacts.iter().find(|(_, contact)| contact.mail.is_some());
    if let (Some((account, _)), None) = (by_mail, &c.mail_server) {
        let message = format!("`contacts.{account}.mail` is set without `mail.server`");
        say("contacts", message, "e-mail needs `mail.server` and `mail.from`");
    }
    for (there, is_there, missing, is_missing) in [
        ("mail.server", c.mail_server.is_some(), "mail.from", c.mail_from.is_none()),
        ("mail.from", c.mail_from.is_some(), "mail.server", c.mail_server.is_none()),
        ("mail.account", c.mail_account.is_some(), "mail.password_file", c.mail_password_file.is_none()),
        ("mail.password_file", c.mail_password_file.is_some(), "mail.account", c.mail_account.is_none()),
        ("mail.account", c.mail_account.is_some(), "mail.server", c.mail_server.is_none()),
        ("mail.ca", c.mail_ca.is_some(), "mail.server", c.mail_server.is_none()),
    ] {
        if is_there && is_missing {
            say(there, format!("`{there}` is set without `{missing}`"), "set both, or none of them");
        }
    }
    if !c.contacts.is_empty() && c.public_url.is_none() && !c.listen.ip().is_loopback() {
        let message = "`contacts` is set without `public_url`".to_owned();
        say("contacts", message, "what people are sent has a link to the server: say where they reach it");
    }
}
