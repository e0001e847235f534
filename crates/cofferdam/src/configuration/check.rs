//! `cofferdam config check`: what is wrong with the configuration, and with the files that it names.

use super::args::SourceArgs;
use super::files::{Unfit, certificates, private_key};
use super::layers::Loaded;
use super::origin::Origin;
use super::problem::{FILE, Problem, Rejected};
use super::table::SETTINGS;
use crate::failure::Failure;
use crate::text::{count, plain};
use cofferdam_serve::settings::{Inlet, TlsFiles};
use std::path::Path;

/// Checks all of it.
///
/// # Errors
///
/// [`Failure`] with all that is wrong.
pub fn run(args: &SourceArgs) -> Result<(), Failure> {
    let loaded = args.load()?;
    let problems = files(&loaded);
    if !problems.is_empty() {
        return Err(Failure::Configuration(Rejected::of(&problems, loaded.file.as_ref())));
    }
    say!("{}", told(&loaded));
    Ok(())
}

fn files(loaded: &Loaded) -> Vec<Problem> {
    let c = &loaded.configuration;
    let mut problems = Vec::new();
    let mut look = |key: &str, path: Option<&Path>, read: Result<(), Unfit>| {
        let Err(unfit) = read else { return };
        // Those of a table stand where the first of them does.
        let table = ["sources", "contacts"].into_iter().find(|table| key.starts_with(&format!("{table}.")));
        let setting = table.unwrap_or(key);
        let (origin, span) = loaded.origins.get(setting).cloned().unwrap_or((Origin::Default, None));
        let named = path.map(|path| format!(": `{}`", path.display())).unwrap_or_default();
        problems.push(Problem {
            code: FILE,
            message: format!("the file of `{key}` {unfit}{named}"),
            help: Some(unfit.help().to_owned()),
            origin,
            span,
        });
    };
    for (key, path) in
        [("tls.certificate", &c.tls_certificate), ("oidc.ca", &c.oidc_ca), ("mail.ca", &c.mail_ca)]
    {
        if let Some(path) = path {
            look(key, Some(path), certificates(path));
        }
    }
    if let Some(path) = &c.tls_key {
        look("tls.key", Some(path), private_key(path));
    }
    if let Some(file) = &c.oidc_client_secret_file {
        look("oidc.client_secret_file", None, file.read().map(drop));
    }
    if let Some(file) = &c.reports_code_file {
        look("reports.code_file", None, file.read().map(drop));
    }
    if let Some(file) = &c.mail_password_file {
        look("mail.password_file", None, file.read().map(drop));
    }
    for (account, contact) in &c.contacts {
        if let Some(file) = &contact.secret_file {
            look(&format!("contacts.{account}.secret_file"), None, file.read().map(drop));
        }
    }
    for source in &c.sources {
        let Inlet::Tls { files, clients, .. } = &source.inlet else { continue };
        let key = |name: &str| format!("sources.{}.{name}", source.name);
        if let Some(TlsFiles { certificate, key: path }) = files {
            look(&key("certificate"), Some(certificate), certificates(certificate));
            look(&key("key"), Some(path), private_key(path));
        }
        if let Some(path) = clients {
            look(&key("clients"), Some(path), certificates(path));
        }
    }
    problems
}

fn told(loaded: &Loaded) -> String {
    let from =
        |is: fn(&Origin) -> bool| loaded.origins.values().filter(|(origin, _)| is(origin)).count() as u64;
    let settings = |number| count(number, "setting", "settings");
    let mut parts = Vec::new();
    if let Some(file) = &loaded.file {
        let number = from(|origin| matches!(origin, Origin::File { .. }));
        parts.push(format!("{} from {}", settings(number), plain(&file.path.display().to_string())));
    }
    let number = from(|origin| matches!(origin, Origin::Environment { .. } | Origin::Flag { .. }));
    if number > 0 {
        parts.push(format!("{} from environment and flags", settings(number)));
    }
    if parts.is_empty() {
        parts.push(format!("all {} have their defaults", settings(SETTINGS.len() as u64)));
    }
    format!("The configuration is sound: {}.", parts.join(", "))
}
