//! Every setting: a row each. Whoever adds one adds a row, and `docs/configuration.md` is compared with them.

use super::kinds::{
    Accounts, Address, Bytes, Choice, ContactTables, Contacts, Count, Folder, Kind, LogFormat, LogLevel,
    MailAddress, MailHost, Mailbox, Maybe, Networks, Paths, PemFile, Roles, RolesByGroup, Secret, SecretFile,
    SourceTables, Sources, Span, Switch, Text, Web, WebAddress, WhoReports,
};
use super::layers::Layers;
use super::setting::{Setting, settings};
use cofferdam_vocabulary::Level;
use ipnet::IpNet;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

const fn seconds(least: u64, most: u64) -> Span {
    Span { least: Duration::from_secs(least), most: Duration::from_secs(most) }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const ADDRESS_OF_ISSUER: Web = Web { with_path: true };
const ADDRESS_OF_HOST: Web = Web { with_path: false };

settings! {
    /// The data directory
    data: PathBuf = "data", Folder, Some("."), Some(("data", "DIR"));
    /// Where the server listens
    listen: SocketAddr = "listen", Address, Some("127.0.0.1:8484"), Some(("listen", "ADDRESS"));
    /// The address by which people reach the server
    public_url: Option<WebAddress> = "public_url", Maybe(ADDRESS_OF_HOST), None, Some(("public-url", "URL"));
    /// The server's certificate, and those that vouch for it
    tls_certificate: Option<PathBuf> = "tls.certificate", Maybe(PemFile), None, None;
    /// The key of the certificate
    tls_key: Option<PathBuf> = "tls.key", Maybe(PemFile), None, None;
    /// Proxies whose X-Forwarded-For and -Proto headers count
    proxies: Vec<IpNet> = "proxies", Networks, Some(""), None;
    /// How long a session lasts without a request
    session_idle: Duration = "session.idle", seconds(MINUTE, DAY), Some("30min"), None;
    /// How long a session lasts at most
    session_absolute: Duration = "session.absolute", seconds(5 * MINUTE, 7 * DAY), Some("12h"), None;
    /// How long a login counts as fresh enough for sensitive acts
    session_fresh: Duration = "session.fresh", seconds(MINUTE, HOUR), Some("10min"), None;
    /// Failed logins from one address to one account before it has to wait
    login_attempts: u32 = "login.attempts", Count { least: 1, most: 1000 }, Some("10"), None;
    /// Failed logins to one account, from anywhere, before it has to wait
    login_account_attempts: u32 = "login.account_attempts", Count { least: 1, most: 10_000 }, Some("50"), None;
    /// The time in which failed logins are counted
    login_window: Duration = "login.window", seconds(MINUTE, DAY), Some("15min"), None;
    /// Largest body of a request
    limits_body: u64 = "limits.body", Bytes { least: 1 << 10, most: 16 << 20 }, Some("64KiB"), None;
    /// Longest time for a request to arrive and be answered
    limits_request: Duration = "limits.request", seconds(1, 5 * MINUTE), Some("10s"), None;
    /// Live feeds open at a time
    limits_feeds: u32 = "limits.feeds", Count { least: 1, most: 10_000 }, Some("500"), None;
    /// Largest body with events or alerts, as it is sent
    limits_intake: u64 = "limits.intake", Bytes { least: 64 << 10, most: 256 << 20 }, Some("8MiB"), None;
    /// Largest body with events or alerts, when it is unpacked
    limits_unpacked: u64 = "limits.unpacked", Bytes { least: 64 << 10, most: 1 << 30 }, Some("64MiB"), None;
    /// Threads that parse and match events, and never more than there are cores
    limits_threads: u32 = "limits.threads", Count { least: 1, most: 256 }, Some("8"), None;
    /// Sigma rules to detect with, beside those of packs: files and folders
    rules_paths: Vec<PathBuf> = "rules.paths", Paths, Some(""), None;
    /// Whether the rules that come with Cofferdam are used
    rules_builtin: bool = "rules.builtin", Switch, Some("true"), None;
    /// How the server's log is written
    log_format: LogFormat = "log.format", Choice::<LogFormat>(PhantomData), Some("text"), None;
    /// The least of what the server's log tells
    log_level: LogLevel = "log.level", Choice::<LogLevel>(PhantomData), Some("info"), None;
    /// Whether alerts are taken over the interface of TheHive
    thehive_open: bool = "thehive.open", Switch, Some("false"), None;
    /// Whether anybody may read /metrics, without a token
    metrics_open: bool = "metrics.open", Switch, Some("false"), None;
    /// The identity provider (OpenID Connect)
    oidc_issuer: Option<WebAddress> = "oidc.issuer", Maybe(ADDRESS_OF_ISSUER), None, None;
    /// Who the server is to the identity provider
    oidc_client_id: Option<String> = "oidc.client_id", Maybe(Text), None, None;
    /// The file with the secret that proves it
    oidc_client_secret_file: Option<SecretFile> = "oidc.client_secret_file", Maybe(Secret), None, None;
    /// The claim that lists somebody's groups
    oidc_groups_claim: String = "oidc.groups_claim", Text, Some("groups"), None;
    /// Which roles the members of a group have
    oidc_roles: Roles = "oidc.roles", RolesByGroup, Some("{}"), None;
    /// What the login page calls the identity provider
    oidc_label: Option<String> = "oidc.label", Maybe(Text), None, None;
    /// Certificates that vouch for the identity provider
    oidc_ca: Option<PathBuf> = "oidc.ca", Maybe(PemFile), None, None;
    /// Whether people may report without an account
    reports_open: WhoReports = "reports.open", Choice::<WhoReports>(PhantomData), Some("off"), None;
    /// The file with the code that people report with
    reports_code_file: Option<SecretFile> = "reports.code_file", Maybe(Secret), None, None;
    /// Reports from one address in 15 minutes
    reports_per_address: u32 = "reports.per_address", Count { least: 1, most: 1000 }, Some("30"), None;
    /// Reports from anywhere in 15 minutes
    reports_overall: u32 = "reports.overall", Count { least: 1, most: 10_000 }, Some("100"), None;
    /// Who is told of what waits, in this order
    on_call_people: Vec<String> = "on_call.people", Accounts, Some(""), None;
    /// How long one has to acknowledge until the next is told
    on_call_after: Duration = "on_call.after", seconds(30, DAY), Some("5min"), None;
    /// How often all of them are told
    on_call_rounds: u32 = "on_call.rounds", Count { least: 1, most: 10 }, Some("3"), None;
    /// How bad an incident must be that they are told of it
    on_call_severity: Level = "on_call.severity", Choice::<Level>(PhantomData), Some("high"), None;
    /// How people are reached, a table each
    contacts: Contacts = "contacts", ContactTables, Some("{}"), None;
    /// The server that takes e-mail
    mail_server: Option<MailHost> = "mail.server", Maybe(MailAddress), None, None;
    /// From whom e-mail is
    mail_from: Option<String> = "mail.from", Maybe(Mailbox), None, None;
    /// The account with which e-mail is sent, if the server wants one
    mail_account: Option<String> = "mail.account", Maybe(Text), None, None;
    /// The file with the password of that account
    mail_password_file: Option<SecretFile> = "mail.password_file", Maybe(Secret), None, None;
    /// Certificates that vouch for the server that takes e-mail
    mail_ca: Option<PathBuf> = "mail.ca", Maybe(PemFile), None, None;
    /// Followed files and syslog sockets, a table each
    sources: Sources = "sources", SourceTables, Some("{}"), None;
}

/// The setting of this name.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Whether settings are in a table of this name.
pub fn is_section(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_one_another_s_only_where_they_should_be() {
        let variables: BTreeSet<String> = SETTINGS.iter().map(Setting::variable).collect();
        assert_eq!(variables.len(), SETTINGS.len());
        for setting in SETTINGS {
            assert!(!is_section(setting.key), "{} is a setting and a table", setting.key);
            assert!(setting.help.len() <= 72 && !setting.help.ends_with('.'), "{}", setting.help);
        }
    }

    #[test]
    fn no_flag_takes_a_secret() {
        let secret = Secret.name();
        assert!(SETTINGS.iter().any(|setting| (setting.kind)() == secret));
        assert!(SETTINGS.iter().all(|setting| (setting.kind)() != secret || setting.flag.is_none()));
    }
}
