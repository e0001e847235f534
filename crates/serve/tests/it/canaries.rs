//! Secrets that are sent in all places where they could be, and looked for wherever something is written down.

use super::site::{Client, PASSWORD, Site};
use serde_json::json;
use std::fmt::{Debug, Write};
use std::sync::{Mutex, OnceLock};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// All lines that this process logs, of whichever test.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Collector;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::DEBUG
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        LINES.lock().unwrap().push(line.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        LINES.lock().unwrap().push(line.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        LINES.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn listen() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| tracing::subscriber::set_global_default(Collector).unwrap());
}

fn lines_with(text: &str) -> Vec<String> {
    LINES.lock().unwrap().iter().filter(|line| line.contains(text)).cloned().collect()
}

#[test]
fn v16_2_5_no_secret_is_in_logs_errors_or_figures() {
    listen();
    let site = Site::new();
    let admin = site.administrator();
    let secret = "canary-5f1c0e-moss";
    let nobody = site.nobody();
    let token = Client { token: Some(format!("cfd_{secret}")), ..site.nobody() };
    let cookie = Client { cookie: Some(format!("__Host-cofferdam={secret}")), ..site.nobody() };
    let login = json!({"account": "admin1", "password": secret, "code": secret.get(..6)});
    let mut answers = vec![
        nobody.post("/api/v1/session", &login),
        nobody.post("/api/v1/session", &json!({"account": "admin1", "password": [secret]})),
        nobody.raw(
            "POST",
            "/api/v1/session",
            Some("application/json"),
            format!("{{\"password\": \"{secret}").as_bytes(),
        ),
        nobody.post("/api/v1/setup", &json!({"secret": secret, "account": "a1", "password": secret})),
        nobody.post("/api/v1/enrolment", &json!({"secret": secret, "password": secret})),
        admin.post("/api/v1/session/step-up", &json!({"password": secret})),
    ];
    for path in ["/api/v1/session", "/api/v1/users", "/metrics", "/nothing"] {
        answers.extend([token.get(path), cookie.get(path)]);
    }
    let issued =
        admin.post("/api/v1/tokens", &json!({"name": "backup", "expires_days": 3})).expect(201).json();
    let real = issued["secret"].as_str().unwrap().to_owned();
    let bearer = admin.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    answers.extend(
        ["/metrics", "/api/v1/configuration", "/api/v1/tokens", "/api/v1/session"]
            .map(|path| admin.get(path)),
    );
    assert!(!lines_with("request").is_empty(), "requests are logged");
    for text in [secret, PASSWORD, real.as_str(), bearer.as_str()] {
        assert_eq!(lines_with(text), Vec::<String>::new());
        for answer in &answers {
            assert!(!answer.text.contains(text), "{answer:?}");
        }
    }
}

#[test]
fn v16_4_1_the_text_of_clients_is_in_no_line_of_the_log() {
    listen();
    let site = Site::new();
    let mark = "forged-77ab";
    let nobody = site.nobody().with("user-agent", mark).with("referer", mark);
    nobody.get(&format!("/{mark}%0d%0a%1b[31m"));
    nobody.get(&format!("/healthz?{mark}=%0a"));
    nobody.raw("FORGED77AB", "/healthz", None, b"");
    nobody.post("/api/v1/session", &json!({"account": format!("{mark}\r\n\u{1b}[31m"), "password": "x"}));
    nobody.with("x-forwarded-for", mark).get("/healthz");
    assert_eq!(lines_with(mark), Vec::<String>::new());
    let control = |line: &str| line.contains(char::is_control);
    assert!(!LINES.lock().unwrap().iter().any(|line| control(line)));
}
