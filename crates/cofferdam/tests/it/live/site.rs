//! A server as a process, with sources, that can be killed and started again at the same place.

use crate::{Desk, Ran, program, ran, repository};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

const PASSWORD: &str = "tin cloth ladder moss";
/// How long something may take that takes moments.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server that keeps its address.
pub struct Site {
    desk: Desk,
    server: Mutex<Option<Child>>,
    pub url: String,
    link: Mutex<Option<String>>,
}

/// A port that is free now, and stays so while the server is away: none that the system gives to whoever connects
/// somewhere.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let tried = || first + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
    std::iter::repeat_with(tried).take(2_000).find(free).expect("a free port")
}

impl Site {
    /// A server with these lines more in its configuration.
    pub fn new(configuration: &str) -> Site {
        let desk = Desk::new();
        let url = format!("http://127.0.0.1:{}", free_port());
        let listen = url.trim_start_matches("http://");
        let text = format!("data = \"data\"\nlisten = \"{listen}\"\nmetrics.open = true\n{configuration}");
        std::fs::write(desk.path("cofferdam.toml"), text).unwrap();
        std::fs::write(desk.path("password"), format!("{PASSWORD}\n")).unwrap();
        let site = Site { desk, server: Mutex::new(None), url, link: Mutex::new(None) };
        site.start();
        site
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.desk.path(name)
    }

    pub fn data(&self) -> PathBuf {
        self.desk.path("data")
    }

    /// Starts it, and waits until it says where it is.
    pub fn start(&self) {
        let mut command = program(&["serve", "--config"]);
        command.arg(self.path("cofferdam.toml")).current_dir(self.desk.path("."));
        let mut server = command.stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(server.stdout.take().unwrap());
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| tell.send(line).ok())
        });
        let first = told.recv_timeout(PATIENCE).expect("the server says where it is");
        assert!(first.contains(&self.url), "{first}");
        if self.link.lock().unwrap().is_none() {
            let rest: Vec<String> =
                std::iter::from_fn(|| told.recv_timeout(Duration::from_millis(500)).ok()).collect();
            let link =
                rest.iter().find_map(|line| line.split_whitespace().find(|word| word.contains("/setup#")));
            *self.link.lock().unwrap() = link.map(ToOwned::to_owned);
        }
        *self.server.lock().unwrap() = Some(server);
    }

    /// Makes an administrator who is signed in, and a source `web` whose token lies in the file `token`.
    pub fn begin(&self) {
        let link = self.link.lock().unwrap().clone().expect("the first start prints a link");
        self.ask(&["setup", &link, "--account", "ops1", "--password-file", "password"]).expect(0);
        let scopes = ["alerts:read", "incidents:read", "incidents:work", "sources:read", "sources:write"];
        let mut login =
            vec!["login", "--server", &self.url, "--account", "ops1", "--password-file", "password"];
        login.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
        self.ask(&login).expect(0);
        let added = self.ask(&["source", "add", "web"]).expect(0).stdout;
        let token = added.split_whitespace().find(|word| word.starts_with("cfs_")).expect(&added);
        std::fs::write(self.path("token"), format!("{token}\n")).unwrap();
    }

    /// Runs a command as the administrator.
    pub fn ask(&self, args: &[&str]) -> Ran {
        let mut command = program(args);
        command.env("XDG_CONFIG_HOME", self.path("home")).current_dir(self.desk.path("."));
        ran(command.output().unwrap())
    }

    /// Begins to play the recording.
    pub fn replaying(&self, further: &[&str]) -> Child {
        let mut command = program(&["replay", "--to", &self.url, "--token-file", "token"]);
        command.args(further).arg(repository().join("content/recordings/ssh-intrusion"));
        command.current_dir(self.desk.path(".")).spawn().unwrap()
    }

    /// Plays the recording to its end.
    pub fn replay(&self, further: &[&str]) -> Ran {
        ran(self.replaying(further).wait_with_output().unwrap())
    }

    /// A figure of the server, if it answers.
    pub fn figure(&self, name: &str) -> Option<u64> {
        let text =
            ureq::get(format!("{}/metrics", self.url)).call().ok()?.body_mut().read_to_string().ok()?;
        let line = text.lines().find(|line| line.split(' ').next() == Some(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Waits until rules are read, everything spooled was looked at, and all of it is judged to its end.
    pub fn until_read(&self) {
        let began = Instant::now();
        while self.figure("cofferdam_rules").is_none_or(|rules| rules == 0)
            || self.figure("cofferdam_live_waiting") != Some(0)
            || self.figure("cofferdam_live_behind") != Some(0)
        {
            assert!(began.elapsed() < PATIENCE, "the pipeline does not come to its end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills it without a warning.
    pub fn kill(&self) {
        let mut server = self.server.lock().unwrap().take().expect("a server runs");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Ends it as a service manager would.
    pub fn end(&self) {
        let Some(mut server) = self.server.lock().unwrap().take() else { return };
        let pid = i32::try_from(server.id()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(server.wait().unwrap().success());
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
