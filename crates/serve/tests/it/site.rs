//! A server of its own for each test, in this process, with a clock that tests turn.

use cofferdam_journal::source::{Source, SourceIntent, SourceKind, SourceSettings};
use cofferdam_journal::user::{AccountName, Origin, User, UserIntent};
use cofferdam_journal::{Actor, Entry, StreamId, TeamRole};
use cofferdam_serve::intake::SOURCE_TOKEN_PREFIX;
use cofferdam_serve::routes::Declared;
use cofferdam_serve::settings::{ReportSettings, ReportsOpen};
use cofferdam_serve::{Running, Server, Settings};
use cofferdam_spool::Seq;
use cofferdam_store::{ReadOnly, Store, World, entry};
use cofferdam_vocabulary::{ContentHash, SourceName, TokenId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A password that is taken.
pub const PASSWORD: &str = "tin cloth ladder moss";

/// A server, as long as a test lasts.
pub struct Site {
    running: Option<Running>,
    settings: Settings,
    clock: Arc<Mutex<Timestamp>>,
    dir: TempDir,
    next: u64,
}

/// Who sends requests, and with what.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Where requests go.
    pub url: String,
    /// A session's cookie, as `name=value`.
    pub cookie: Option<String>,
    /// A token.
    pub token: Option<String>,
    /// Headers beside those.
    pub headers: Vec<(String, String)>,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

/// Anybody may report, and as often as a test sends.
pub fn open_to_all() -> ReportSettings {
    ReportSettings { open: ReportsOpen::Open, per_address: 1000, overall: 1000 }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// The name of the problem, without what all have in common.
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        self.json()["type"].as_str().unwrap_or_default().trim_start_matches("urn:cofferdam:").to_owned()
    }

    /// The cookie that it sets, as `name=value`.
    pub fn cookie(&self) -> Option<String> {
        self.header("set-cookie").map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned())
    }
}

impl Site {
    /// A server with usual settings, to which anybody may report and feeders of TheHive may send, on an empty data
    /// directory.
    pub fn new() -> Site {
        Site::with(Settings { reports: open_to_all(), thehive: true, ..Settings::default() })
    }

    /// A server with these settings, at a free port of this machine.
    pub fn with(settings: Settings) -> Site {
        Site::on(tempfile::tempdir().unwrap(), settings)
    }

    /// A server on what lies in this folder.
    pub fn on(dir: TempDir, settings: Settings) -> Site {
        let settings = Settings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..settings };
        let clock = Arc::new(Mutex::new(Timestamp::from_second(1_800_000_000).unwrap()));
        let mut site = Site { running: None, settings, clock, dir, next: 1 };
        site.start();
        site
    }

    /// Starts it again after [`Site::stop`].
    pub fn start(&mut self) {
        let store = self.store();
        let clock = Arc::clone(&self.clock);
        let clock = Arc::new(move || *clock.lock().unwrap());
        self.running = Some(Running::start(store, self.settings.clone(), clock).unwrap());
    }

    /// Ends it as a service manager would.
    pub fn stop(&mut self) {
        self.running.take().unwrap().stop();
    }

    /// Its data directory, opened while it does not run; entries get the time that the clock shows.
    pub fn store(&self) -> Store {
        let clock = Arc::clone(&self.clock);
        let world = World { now: Box::new(move || *clock.lock().unwrap()), ..World::real(World::offline()) };
        Store::create(self.data(), &program(), world).unwrap()
    }

    /// Records facts while it does not run.
    pub fn record(&mut self, write: impl FnOnce(&Site, &Store)) {
        self.stop();
        let store = self.store();
        write(self, &store);
        drop(store);
        self.start();
    }

    /// All its routes.
    pub fn declared(&self) -> &[Declared] {
        &self.running.as_ref().unwrap().declared
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        self.dir.path()
    }

    /// The secret of the link that it printed.
    pub fn setup(&self) -> String {
        self.running.as_ref().unwrap().setup.clone().expect("there is no administrator yet")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().address
    }

    /// What runs.
    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// What runs, for facts that no route records yet.
    pub fn server(&self) -> &Server {
        self.running.as_ref().unwrap().server()
    }

    /// Turns the clock forward.
    pub fn pass(&self, seconds: i64) {
        let mut clock = self.clock.lock().unwrap();
        *clock += SignedDuration::from_secs(seconds);
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.clock.lock().unwrap() = now;
    }

    /// What time it is there.
    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// Nobody in particular.
    pub fn nobody(&self) -> Client {
        Client { url: format!("http://{}", self.address()), ..Client::default() }
    }

    /// The first administrator, made with the link and signed in.
    pub fn administrator(&self) -> Client {
        let made = json!({"secret": self.setup(), "account": "admin1", "password": PASSWORD});
        self.nobody().post("/api/v1/setup", &made).expect(201);
        self.sign_in("admin1")
    }

    /// Somebody who signs in with [`PASSWORD`].
    pub fn sign_in(&self, account: &str) -> Client {
        let given = json!({"account": account, "password": PASSWORD});
        let answer = self.nobody().post("/api/v1/session", &given).expect(200);
        Client { cookie: answer.cookie(), ..self.nobody() }
    }

    /// A user with these roles and a token for all that they may do, recorded while the server is not running
    /// yet or any more: no password is hashed for it.
    pub fn person(&mut self, account: &str, roles: &[TeamRole]) -> Client {
        let is_running = self.running.is_some();
        if is_running {
            self.stop();
        }
        let store = self.store();
        let users = store.journal.read(|reader| reader.users()).unwrap();
        let id = users.iter().map(|user| user.id.0).max().unwrap_or(0).max(self.next - 1) + 1;
        self.next = id + 1;
        let (stream, roles) = (StreamId::User(UserId(id)), roles.iter().copied().collect::<BTreeSet<_>>());
        let ask = |intent| store.journal.ask::<User>(stream, &program(), intent).unwrap();
        ask(UserIntent::Create {
            account: AccountName::parse(account).unwrap(),
            name: account.to_owned(),
            roles: roles.clone(),
            origin: Origin::Local,
            break_glass: false,
        });
        let token = format!("cfd_test-token-of-{account}");
        let now = self.now();
        ask(UserIntent::IssueToken {
            token: TokenId(id.to_be_bytes()),
            name: "test".to_owned(),
            hash: ContentHash(Sha256::digest(&token).into()),
            scope: roles.iter().flat_map(|role| role.permissions().iter().copied()).collect(),
            expires: now + SignedDuration::from_hours(24),
            now,
        });
        drop(store);
        if is_running {
            self.start();
        }
        Client {
            token: Some(token),
            url: if is_running { self.nobody().url } else { String::new() },
            ..Client::default()
        }
    }

    /// A source with a token, recorded while the server is not running.
    pub fn source(&mut self, name: &str, kind: SourceKind) -> Client {
        let name = SourceName::parse(name).unwrap();
        let token = format!("{SOURCE_TOKEN_PREFIX}test-token-of-{name}");
        self.record(|site, store| {
            let stream = StreamId::Source(name);
            let ask = |intent| store.journal.ask::<Source>(stream, &program(), intent).unwrap();
            ask(SourceIntent::Add(SourceSettings::of(kind)));
            let (now, sha256) = (site.now(), ContentHash(Sha256::digest(&token).into()));
            let expires = now + SignedDuration::from_hours(48);
            ask(SourceIntent::IssueToken { token: TokenId([7; 8]), sha256, expires, now });
        });
        Client { token: Some(token), ..self.nobody() }
    }

    /// What lies in the spool: the name of the source, and the event.
    pub fn spooled(&self) -> Vec<(String, String)> {
        let spool = &self.server().intake.spool;
        let (mut reader, mut found) = (spool.reader(Seq(0)), Vec::new());
        loop {
            let records = reader.next(1 << 20).unwrap().records;
            if records.is_empty() {
                return found;
            }
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            found.extend(records.iter().map(|read| (read.source.to_string(), text(&read.bytes))));
        }
    }

    /// A user whom an administrator made, who has set [`PASSWORD`] with their link and signed in: their id, and they.
    pub fn member(&self, admin: &Client, account: &str, roles: &[&str]) -> (String, Client) {
        let new = json!({"account": account, "roles": roles});
        let made = admin.post("/api/v1/users", &new).expect(201).json();
        let id = made["id"].as_str().unwrap().to_owned();
        let secret = self.link(admin, &id);
        let given = json!({"secret": secret, "password": PASSWORD});
        self.nobody().post("/api/v1/enrolment", &given).expect(200);
        (id, self.sign_in(account))
    }

    /// The secret of a link with which a user sets their password.
    pub fn link(&self, admin: &Client, id: &str) -> String {
        let issued = admin.send("POST", &format!("/api/v1/users/{id}/enrolment"), None).expect(201).json();
        issued["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
    }

    /// All entries that were recorded so far.
    pub fn entries(&self) -> Vec<Entry> {
        let data = ReadOnly::open(self.data()).unwrap();
        let mut entries = Vec::new();
        let each = &mut |stored| {
            entries.push(entry(&stored).unwrap());
            ControlFlow::Continue(())
        };
        data.reader.entries(0..u64::MAX, each).unwrap();
        entries
    }

    /// The same client on the server as it runs now.
    pub fn again(&self, client: &Client) -> Client {
        Client { url: self.nobody().url, ..client.clone() }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

/// Whoever records facts for a test.
pub fn program() -> Actor {
    Actor::Program("test".to_owned())
}

impl Client {
    /// Where requests go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same with this cookie, or none.
    pub fn with_cookie(self, cookie: Option<String>) -> Client {
        Client { cookie, ..self }
    }

    /// The same with a header beside its own.
    pub fn with(&self, name: &str, value: &str) -> Client {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same after its user has proven once more who they are, with what is said.
    pub fn proving(&self, proof: &Value) -> Client {
        let answer = self.post("/api/v1/session/step-up", proof).expect(200);
        Client { cookie: answer.cookie(), ..self.clone() }
    }

    /// Whether it is let in.
    pub fn is_in(&self) -> bool {
        match self.get("/api/v1/session").status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    /// GET.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    /// POST of JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    /// Any method, with JSON if there is a body.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap());
        self.raw(method, path, body.map(|_| "application/json"), bytes.as_deref().unwrap_or_default())
    }

    /// As [`Client::send`], without the body of an answer that has no end.
    #[track_caller]
    pub fn head(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap());
        let content_type = body.map(|_| "application/json");
        self.asked(method, path, content_type, bytes.as_deref().unwrap_or_default(), true)
    }

    /// Any method with any bytes of any type.
    #[track_caller]
    pub fn raw(&self, method: &str, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        self.asked(method, path, content_type, body, false)
    }

    #[track_caller]
    fn asked(
        &self,
        method: &str,
        path: &str,
        content_type: Option<&str>,
        body: &[u8],
        is_short: bool,
    ) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url()));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(cookie) = &self.cookie {
            // As a browser does for a page of the server's own.
            request = request.header("cookie", cookie).header("origin", &self.url);
        }
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = if body.is_empty() && content_type.is_none() {
            agent.run(request.body(()).unwrap())
        } else {
            agent.run(request.body(body).unwrap())
        };
        let mut response = response.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        // A feed has no end, and says so by its type.
        let has_end = response.headers().get("content-type").is_none_or(|kind| kind != "text/event-stream");
        let text = match is_short && !has_end {
            true => String::new(),
            false => response.body_mut().read_to_string().unwrap_or_default(),
        };
        Answer { status: response.status().as_u16(), headers, text }
    }
}
