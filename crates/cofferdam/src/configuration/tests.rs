//! The configuration as a whole: layers in, values or problems out.

use super::file::ConfigurationFile;
use super::layers::{Loaded, Sources, load};
use super::problem::Rejected;
use super::setting::Setting;
use super::table::SETTINGS;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Loads from a file and variables.
fn loaded(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Loaded, Rejected> {
    load(Sources {
        file: Some(ConfigurationFile { path: PathBuf::from("/etc/c.toml"), text: file.to_owned() }),
        environment: variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect(),
        flags: flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect(),
    })
}

/// The settings that are not at their defaults, as `key = value (origin)`.
#[track_caller]
fn set(loaded: &Loaded) -> Vec<String> {
    let shown = SETTINGS.iter().zip(loaded.configuration.shown());
    shown
        .map(|(setting, value)| format!("{} = {value} ({})", setting.key, loaded.origins[setting.key].0))
        .filter(|line| !line.ends_with("(default)"))
        .collect()
}

/// What is told of a file that is wrong.
#[track_caller]
fn told(file: &str, variables: &[(&str, &str)]) -> String {
    let rejected = loaded(file, variables, &[]).unwrap_err();
    let mut out = Vec::new();
    rejected.write(&mut out).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}

#[test]
fn without_anything_all_have_their_defaults() {
    let loaded = load(Sources::default()).unwrap();
    assert_eq!(set(&loaded), Vec::<String>::new());
    let c = &loaded.configuration;
    assert_eq!(c.data, Path::new("."));
    assert_eq!(c.listen.to_string(), "127.0.0.1:8484");
    assert_eq!((c.session_idle.as_secs(), c.limits_body, c.metrics_open), (1800, 65_536, false));
    assert!(c.proxies.is_empty() && c.oidc_roles.is_empty() && c.tls_key.is_none());
    // What is shown of a default is what the table says.
    for (setting, value) in SETTINGS.iter().zip(c.shown()) {
        let empty = ["[]", "{}", "null"].contains(&value.to_string().as_str());
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert!(empty || setting.default == Some(&shown), "{}: {shown}", setting.key);
    }
}

#[test]
fn file_then_environment_then_flags() {
    let file = "listen = '192.0.2.1:1'\npublic_url = \"https://c.example.org\"\n[session]\nidle = '5min'\n";
    let variables = [("COFFERDAM_LISTEN", "192.0.2.1:2"), ("COFFERDAM_SESSION_IDLE", "6min")];
    assert_eq!(
        set(&loaded(file, &variables, &[("listen", "192.0.2.1:3")]).unwrap()),
        [
            "listen = \"192.0.2.1:3\" (flag --listen)",
            "public_url = \"https://c.example.org\" (file /etc/c.toml:2)",
            "session.idle = \"6min\" (environment COFFERDAM_SESSION_IDLE)",
        ]
    );
    // An empty variable sets nothing.
    assert_eq!(set(&loaded("", &[("COFFERDAM_LISTEN", "")], &[]).unwrap()), Vec::<String>::new());
}

#[test]
fn every_setting_can_be_given_in_the_file_and_in_the_environment() {
    let values = [
        ("data", "\"data\"", "/etc/data"),
        ("listen", "\"[::1]:1\"", "[::1]:1"),
        ("public_url", "\"https://c.example.org\"", "https://c.example.org"),
        ("tls.certificate", "\"/x/cert.pem\"", "/x/cert.pem"),
        ("tls.key", "\"/x/key.pem\"", "/x/key.pem"),
        ("proxies", "[\"192.0.2.0/24\", \"2001:db8::1\"]", "192.0.2.0/24, 2001:db8::1"),
        ("session.idle", "\"1min\"", "1min"),
        ("session.absolute", "\"2d\"", "2d"),
        ("session.fresh", "\"90s\"", "90s"),
        ("login.attempts", "3", "3"),
        ("login.account_attempts", "4", "4"),
        ("login.window", "\"1h\"", "1h"),
        ("limits.body", "\"1MiB\"", "1MiB"),
        ("limits.request", "\"5s\"", "5s"),
        ("limits.feeds", "7", "7"),
        ("limits.intake", "\"1MiB\"", "1MiB"),
        ("limits.unpacked", "\"10MiB\"", "10MiB"),
        ("limits.threads", "3", "3"),
        ("rules.paths", "[\"/x/rules\", \"/x/more.yml\"]", "/x/rules, /x/more.yml"),
        ("rules.builtin", "false", "false"),
        ("log.format", "\"json\"", "json"),
        ("log.level", "\"debug\"", "debug"),
        ("thehive.open", "true", "true"),
        ("metrics.open", "true", "true"),
        ("oidc.issuer", "\"https://idp.example.org/staff\"", "https://idp.example.org/staff"),
        ("oidc.client_id", "\"cofferdam\"", "cofferdam"),
        ("oidc.client_secret_file", "\"/x/secret\"", "/x/secret"),
        ("oidc.groups_claim", "\"memberOf\"", "memberOf"),
        ("oidc.roles", "{ \"cn=soc, ou=it\" = [\"responder\"] }", "{ \"cn=soc, ou=it\" = [\"responder\"] }"),
        ("oidc.label", "\"Staff\"", "Staff"),
        ("oidc.ca", "\"/x/ca.pem\"", "/x/ca.pem"),
        ("reports.open", "\"code\"", "code"),
        ("reports.code_file", "\"/x/code\"", "/x/code"),
        ("reports.per_address", "5", "5"),
        ("reports.overall", "50", "50"),
        ("on_call.people", "[\"ada\", \"grace\"]", "ada, grace"),
        ("on_call.after", "\"2min\"", "2min"),
        ("on_call.rounds", "2", "2"),
        ("on_call.severity", "\"critical\"", "critical"),
        (
            "contacts",
            "{ ada = { mail = \"ada@example.org\" }, grace = { webhook = \"https://c.example.org/g\", secret_file = \"/x/g\" } }",
            "{ ada = { mail = \"ada@example.org\" }, grace = { webhook = \"https://c.example.org/g\", secret_file = \"/x/g\" } }",
        ),
        ("mail.server", "\"smtps://mail.example.org:465\"", "smtps://mail.example.org:465"),
        ("mail.from", "\"Cofferdam <ir@example.org>\"", "Cofferdam <ir@example.org>"),
        ("mail.account", "\"ir\"", "ir"),
        ("mail.password_file", "\"/x/mail\"", "/x/mail"),
        ("mail.ca", "\"/x/mail.pem\"", "/x/mail.pem"),
        ("sources", "{ auth = { file = \"/x/auth.log\" } }", "{ auth = { file = \"/x/auth.log\" } }"),
    ];
    assert_eq!(values.map(|(key, ..)| key).to_vec(), SETTINGS.iter().map(|one| one.key).collect::<Vec<_>>());
    let file: String = values.iter().map(|(key, value, _)| format!("{key} = {value}\n")).collect();
    let variables: Vec<(String, &str)> =
        SETTINGS.iter().zip(values).map(|(setting, (_, _, value))| (setting.variable(), value)).collect();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let of_file = loaded(&file, &[], &[]).unwrap();
    let of_variables = loaded("", &variables, &[]).unwrap();
    // Paths in the file are taken from where it lies.
    assert_eq!(of_file.configuration, of_variables.configuration);
    assert_eq!((set(&of_file).len(), set(&of_variables).len()), (SETTINGS.len(), SETTINGS.len()));
    assert!(!format!("{:?}", of_file.configuration).contains("/x/secret"));
}

#[test]
fn mistakes_are_shown_at_their_place() {
    let of_one = |file: &str| told(file, &[]);
    assert_eq!(
        of_one("# mine\n[session]\nidel = '5min'\n"),
        "error[config::unknown-setting]: there is no setting `session.idel`\n --> /etc/c.toml:3:1\n\
         3 | idel = …\n  | ^^^^ help: did you mean `session.idle`?\n\n"
    );
    assert_eq!(
        of_one("[session]\n  idle = '5 weeks'\n"),
        "error[config::value]: `session.idle` is no duration\n --> /etc/c.toml:2:10\n\
         2 |   idle = '5 weeks'\n  |          ^^^^^^^^^\n  \
         help: write a number with its unit: `90s`, `30min`, `12h`, `7d`\n\n"
    );
    assert_eq!(
        of_one("proxies = ['192.0.2.1', '10.0.0.1/8']\n"),
        "error[config::value]: `proxies`: `10.0.0.1/8` is no network, but an address\n  in one\n \
         --> /etc/c.toml:1:25\n1 | proxies = ['192.0.2.1', '10.0.0.1/8']\n  |                         \
         ^^^^^^^^^^^^\n  help: write `10.0.0.0/8`, or the address alone\n\n"
    );
    assert_eq!(
        told(
            "",
            &[("COFFERDAM_LOG_LEVEL", "warm"), ("COFFERDAM_SESION_IDLE", "5min"), ("COFFERDAM_PYTHON", "x")]
        ),
        "error[config::unknown-setting]: the variable `COFFERDAM_SESION_IDLE` sets\n  nothing\n \
         --> environment COFFERDAM_SESION_IDLE\n  help: did you mean `COFFERDAM_SESSION_IDLE`?\n\n\
         error[config::value]: `log.level`: `warm` is no choice\n --> environment COFFERDAM_LOG_LEVEL\n  \
         help: did you mean `warn`?\n\n"
    );
}

#[test]
fn each_mistake_has_its_sentence() {
    for (file, want) in [
        ("listen = 8484", "`listen` is a number, and should be an address with its port"),
        ("listen = '127.0.0.1'", "`listen` has no port"),
        ("session.idle = 30", "`session.idle`: 30 has no unit"),
        ("session.idle = '25h'", "`session.idle`: 25h is out of range"),
        ("session.idle = '59s'", "`session.idle`: 59s is out of range"),
        ("login.attempts = 0", "`login.attempts`: 0 is out of range"),
        ("login.attempts = 1.5", "`login.attempts` is a number with a fraction, and should be a number"),
        ("login.attempts = '5'", "`login.attempts` is text, and should be a number"),
        ("limits.body = '17MiB'", "`limits.body`: 17MiB is out of range"),
        ("limits.body = -1", "`limits.body` is no size"),
        ("metrics.open = 'yes'", "`metrics.open` is text, and should be true or false"),
        ("data = ''", "`data` is empty, and should be a folder"),
        ("public_url = 'http://c.example.org'", "`public_url` is not encrypted"),
        ("public_url = 'https://c.example.org/x'", "`public_url` has a path"),
        ("session = 5", "`session` is a table of settings"),
        ("[sesion]\nidle = '5min'", "there is no setting `sesion`"),
        ("idle = '5min'", "there is no setting `idle`"),
        ("'session.idle' = '5min'", "there is no setting `session.idle`"),
        ("[data]\nx = 1", "`data` is a table, and should be a folder"),
        ("listen = \n", "the file is no TOML"),
        ("listen = '::'\nlisten = '::'", "the file is no TOML"),
        ("oidc.label = \"a\\u001bb\"", "`oidc.label` holds control characters"),
        ("[oidc.roles]\nsoc = 'responder'", "`oidc.roles` is text, and should be a list of roles"),
        ("[oidc.roles]\nsoc = ['responders']", "`oidc.roles`: `responders` is no role"),
        ("tls.key = 'k.pem'", "`tls.key` is set without `tls.certificate`"),
        ("tls.certificate = 'c.pem'", "`tls.certificate` is set without `tls.key`"),
        (
            "session.absolute = '20min'",
            "`session.idle` is more than `session.absolute`\n --> /etc/c.toml:1:20",
        ),
        ("login.attempts = 60", "`login.attempts` is more than `login.account_attempts`"),
        (
            "oidc.issuer = 'https://idp.example.org'",
            "`oidc.issuer` is set without `oidc.client_id`, `oidc.client_secret_file`",
        ),
        ("oidc.label = 'Staff'", "`oidc.label` is set without `oidc.issuer`, `oidc.client_id`"),
        (
            "listen = '0.0.0.0:1'\n[oidc]\nissuer = 'https://idp.example.org'\nclient_id = 'c'\n\
             client_secret_file = 's'",
            "`oidc.issuer` is set without `public_url`",
        ),
    ] {
        let told = told(file, &[]);
        let flat = told.replace("\n  ", " ");
        assert!(flat.contains(want), "{file}: wanted {want}\n{told}");
        assert_eq!(told.matches("error[").count(), 1, "{told}");
    }
}

#[test]
fn sources_are_read() {
    let file = "[sources.auth]\nfile = 'auth*.log'\nfrom_start = true\nzone = '+02:00'\nexpected = 60\n\
                [sources.edge]\nudp = '[::]:514'\nfrom = ['192.0.2.0/24', '0.0.0.0/0']\nparser = 'syslog'\n\
                [sources.hosts]\ntls = '192.0.2.1:6514'\nclients = 'ca.pem'\nhost = 'gateway'\n\
                [sources.app]\ntcp = '127.0.0.1:601'\ntrust = 'local-text'\n";
    let loaded = loaded(file, &[], &[]).unwrap();
    let shown = loaded.configuration.shown().pop().unwrap();
    let want = serde_json::json!({
        "app": {"tcp": "127.0.0.1:601", "trust": "local-text"},
        "auth": {
            "file": "/etc/auth*.log", "from_start": true, "trust": "local-text", "expected": 60, "zone": "+02",
        },
        "edge": {
            "udp": "[::]:514", "parser": "syslog", "trust": "unproven", "from": ["192.0.2.0/24", "0.0.0.0/0"],
        },
        "hosts": {"tls": "192.0.2.1:6514", "clients": "/etc/ca.pem", "trust": "proven", "host": "gateway"},
    });
    assert_eq!(shown, want);
}

#[test]
fn each_mistake_of_a_source_has_its_place() {
    for (file, want) in [
        (
            "sources = 5",
            "`sources` is a number, and should be a table for each source\n --> /etc/c.toml:1:11",
        ),
        ("[sources]\nauth = '/x'", "`sources.auth` is text, and should be a table\n --> /etc/c.toml:2:8"),
        ("[sources.Auth]\nfile = '/x'", "`sources`: `Auth` is no name of a source\n --> /etc/c.toml:1:10"),
        ("[sources.auth]", "`sources.auth` says not where its events come from\n --> /etc/c.toml:1:10"),
        (
            "[sources.a]\nudp = '[::]:1'\ntcp = '[::]:1'",
            "`sources.a` has `udp` beside `tcp`\n --> /etc/c.toml:2:1",
        ),
        ("[sources.a]\nudp = '127.0.0.1'", "`sources.a.udp` has no port\n --> /etc/c.toml:2:7"),
        ("[sources.a]\nudp = '[::]:1'\nfrom = '::/0'", "`sources.a.from` is text, and should be a list"),
        (
            "[sources.a]\nudp = '[::]:1'\nfrom = ['::1', '10.0.0.1/8']",
            "`10.0.0.1/8` is no network, but an address in one\n --> /etc/c.toml:3:16",
        ),
        (
            "[sources.a]\nudp = '[::]:1'\ntrust = 'proven'",
            "`sources.a.trust` is more than its senders prove\n --> /etc/c.toml:3:9",
        ),
        ("[sources.a]\ntls = '[::]:1'\ntrust = 'proven'", "`sources.a.trust` is more than its senders prove"),
        ("[sources.a]\ntls = '[::]:1'\ntrust = 'prove'", "`sources.a.trust`: `prove` is no choice"),
        ("[sources.a]\ntls = '[::]:1'\nkey = 'k.pem'", "`sources.a.key` is set without `certificate`"),
        (
            "[sources.a]\ntcp = '[::]:1'\nclients = 'ca.pem'",
            "`sources.a.clients` is nothing that a source with `tcp` has\n --> /etc/c.toml:3:1",
        ),
        ("[sources.a]\nfile = '/x/y/'", "`sources.a.file` is no file, but a folder"),
        ("[sources.a]\nfile = '/x/*/y'", "`sources.a.file` has a `*` in its folders"),
        ("[sources.a]\nfile = '/x'\nzone = 'Mars'", "`sources.a.zone`: `Mars` is no zone"),
        ("[sources.a]\nfile = '/x'\nexpected = 0", "`sources.a.expected`: 0 is out of range"),
        ("[sources.a]\nfile = '/x'\nparser = 'a b'", "`sources.a.parser`: `a b` is no name of a parser"),
        (
            "[sources.a]\nfile = '/x'\nexpect = 5",
            "there is no setting `sources.a.expect`\n --> /etc/c.toml:3:1\n3 | expect = …",
        ),
        (
            "[sources.a]\ntcp = '[::]:1'\n[sources.b]\ntls = '[::]:1'",
            "`sources.b` listens where `a` does\n --> /etc/c.toml:3:10",
        ),
        ("[sources.a]\ntcp = '127.0.0.1:8484'", "`sources.a` listens where the server does"),
    ] {
        let told = told(file, &[]);
        assert!(told.replace("\n  ", " ").contains(want), "{file}: wanted {want}\n{told}");
        assert_eq!(told.matches("error[").count(), 1, "{told}");
    }
    let told = told("[sources.a]\nfile = 1\nhost = 2\n[sources.b]\nudp = 3\npasword = 'canary'\n", &[]);
    assert_eq!(told.matches("error[").count(), 4, "{told}");
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn what_is_wrong_with_who_is_told_is_told() {
    let ada = "[contacts.ada]\nwebhook = 'https://c.example.org/a'\nsecret_file = '/x'\n";
    let mail = "[mail]\nserver = 'smtps://mail.example.org'\nfrom = 'ir@example.org'\n";
    for (file, want) in [
        ("on_call.people = 'ada'", "`on_call.people` is text, and should be a list of accounts"),
        ("on_call.people = ['ada', 'ada']", "`on_call.people` names `ada` twice"),
        ("on_call.people = ['A a']", "`on_call.people`: `A a` is no account\n --> /etc/c.toml:1:19"),
        ("on_call.people = ['ada']", "`on_call.people` names `ada`, of whom `contacts` says nothing"),
        ("on_call.severity = 'bad'", "`on_call.severity`: `bad` is no choice"),
        ("contacts = 5", "`contacts` is a number, and should be a table for each person"),
        ("[contacts]\nada = 'ada@example.org'", "`contacts.ada` is text, and should be a table"),
        ("[contacts.ada]", "`contacts.ada` says not how to reach them\n --> /etc/c.toml:1:11"),
        ("[contacts.ada]\nmail = 'ada'", "`contacts.ada.mail` is no e-mail address"),
        ("[contacts.ada]\nphone = '1'", "there is no setting `contacts.ada.phone`"),
        (
            "[contacts.ada]\nwebhook = 'https://c.example.org/a'",
            "`contacts.ada` has a `webhook` without `secret_file`",
        ),
        ("[contacts.ada]\nsecret_file = '/x'", "`contacts.ada` has a `secret_file` without `webhook`"),
        (
            "[contacts.ada]\nwebhook = 'http://c.example.org/a'\nsecret_file = '/x'",
            "`contacts.ada.webhook` is not encrypted",
        ),
        ("[contacts.ada]\nmail = 'ada@example.org'", "`contacts.ada.mail` is set without `mail.server`"),
        ("mail.server = 'mail.example.org'", "`mail.server` is no address of a server for e-mail"),
        ("mail.from = 'ir@example.org'", "`mail.from` is set without `mail.server`"),
        ("mail.server = 'smtp://localhost'", "`mail.server` is set without `mail.from`"),
        (&format!("{mail}account = 'ir'"), "`mail.account` is set without `mail.password_file`"),
        (&format!("listen = '192.0.2.1:1'\n{ada}"), "`contacts` is set without `public_url`"),
    ] {
        let told = told(file, &[]);
        assert!(told.replace("\n  ", " ").contains(want), "{file}: wanted {want}\n{told}");
        assert_eq!(told.matches("error[").count(), 1, "{file}: {told}");
    }
    let canary = "https://c.example.org/canary";
    let file = format!("[contacts.ada]\nwebhook = '{canary}'\nsecret_file = '/x/canary'\n");
    let shown = set(&loaded(&file, &[], &[]).unwrap()).join("\n");
    assert!(!shown.contains("canary") && shown.contains("(set)"), "{shown}");
}

#[test]
fn a_mistake_is_told_even_where_a_higher_layer_knows_better() {
    let told = told("log.level = 'loud'\nlog.format = 'xml'\n", &[("COFFERDAM_LOG_LEVEL", "warn")]);
    assert_eq!(told.matches("error[").count(), 2, "{told}");
}

#[test]
fn no_secret_is_told() {
    let canary = "hunter2-canary";
    for file in [
        format!("oidc.client_secret = '{canary}'"),
        format!("[oidc]\nclient_secret = '{canary}'"),
        format!("oidc = {{ client_secret = '{canary}', issuer = 5 }}"),
        format!("[oidc]\nclient_secret_file = ['{canary}']"),
        format!("[oidc]\nclient_secret = {canary}"),
        format!("[oidc]\nclient_secret_file = '{canary}"),
        format!("[oidc]\nclient_secret_file = \"\"\"\n{canary}"),
        format!("[oidc]\nclient_key = '{canary}'"),
        format!("[odic]\nclient_secret_file = '{canary}'"),
        format!("password = '{canary}'"),
        format!("[oidc]\nclient_secret_file = '{canary}'"),
    ] {
        let told = told(&file, &[("COFFERDAM_OIDC_CLIENT_SECRET", canary)]);
        assert!(!told.contains(canary), "{told}");
    }
    let file = format!(
        "[oidc]\nissuer = 'https://idp.example.org'\nclient_id = 'c'\nclient_secret_file = '{canary}'\n"
    );
    let loaded = loaded(&file, &[], &[]).unwrap();
    assert!(set(&loaded).contains(&"oidc.client_secret_file = \"(set)\" (file /etc/c.toml:4)".to_owned()));
}

#[test]
fn the_documentation_has_every_setting() {
    let row = |setting: &Setting| {
        let flag = setting.flag.map(|(flag, _)| format!(", `--{flag}`")).unwrap_or_default();
        let default = match setting.default {
            None | Some("" | "{}") => "none".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let (variable, kind) = (setting.variable(), (setting.kind)());
        format!("| `{}` | {} | {kind} | {default} | `{variable}`{flag} |\n", setting.key, setting.help)
    };
    let table: String = SETTINGS.iter().map(row).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find("| --- |").and_then(|at| Some(at + text[at..].find('\n')? + 1)).unwrap();
    let end = start + text[start..].find("\n\n").unwrap() + 1;
    if std::env::var_os("COFFERDAM_UPDATE").is_some() {
        std::fs::write(&path, [&text[..start], &table, &text[end..]].concat()).unwrap();
        return;
    }
    assert_eq!(&text[start..end], table, "COFFERDAM_UPDATE=1 writes the table of {} anew", path.display());
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(text in "(\\[?(session|idle|oidc|roles|sources|udp|x)[.\\]= \"'{}\\[\\n]{0,6}|\\PC{0,4}){0,12}") {
        if let Err(rejected) = loaded(&text, &[], &[]) {
            let mut out = Vec::new();
            rejected.write(&mut out).unwrap();
            prop_assert!(rejected.len() > 0 && !out.is_empty());
        }
    }
}
