//! The server as people run it, and the command line as its client.

use super::{Desk, Ran, program, ran, recording, repository};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const PASSWORD: &str = "tin cloth ladder moss";

/// A server on results, and whoever asks it.
pub struct Served {
    pub desk: Desk,
    server: Child,
    url: String,
    link: Option<String>,
}

impl Served {
    /// A server on a copy of what the recording came to.
    pub fn new() -> Served {
        let desk = Desk::new();
        copy(&recording::investigated().1, &desk.path("results"));
        Served::on(desk, &[])
    }

    fn on(desk: Desk, further: &[&str]) -> Served {
        let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(desk.path("results")).args(further);
        let mut server = command.stderr(Stdio::null()).spawn().unwrap();
        let (tell, told) = mpsc::channel();
        let out = server.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let first = told.recv_timeout(Duration::from_secs(30)).expect("the server says where it is");
        let url = first.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
        let rest: Vec<String> =
            std::iter::from_fn(|| told.recv_timeout(Duration::from_millis(500)).ok()).collect();
        let link = rest.iter().find_map(|line| line.split_whitespace().find(|word| word.contains("/setup#")));
        let link = link.map(ToOwned::to_owned);
        std::fs::write(desk.path("password"), format!("{PASSWORD}\n")).unwrap();
        Served { desk, server, url, link }
    }

    /// Runs a command as somebody with a home of their own.
    pub fn ask(&self, home: &str, args: &[&str]) -> Ran {
        let mut command = program(args);
        command.env("XDG_CONFIG_HOME", self.desk.path(home)).current_dir(self.desk.path("."));
        ran(command.output().unwrap())
    }

    /// Makes the administrator, and signs them in.
    pub fn begin(&self) {
        let link = self.link.clone().expect("the first start prints a link");
        self.ask("admin", &["setup", &link, "--account", "ops1", "--password-file", "password"]).expect(0);
        self.sign_in("admin", "ops1").expect(0);
    }

    /// With a token that may administer people, too.
    fn manage(&self) {
        let scopes = ["incidents:read", "incidents:restrict", "users:read", "users:write"];
        let mut args =
            vec!["login", "--server", &self.url, "--account", "ops1", "--password-file", "password"];
        args.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
        self.ask("admin", &args).expect(0);
    }

    fn sign_in(&self, home: &str, account: &str) -> Ran {
        self.ask(home, &["login", "--server", &self.url, "--account", account, "--password-file", "password"])
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = self.server.id().to_string();
        let _ = Command::new("kill").arg(pid).status();
        let _ = self.server.wait();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn from_the_first_start_to_an_export_that_verifies() {
    let served = Served::new();
    served.begin();
    let again = served.link.clone().unwrap();
    served.ask("x", &["setup", &again, "--account", "mallory", "--password-file", "password"]).expect(4);

    let listed = served.ask("admin", &["incident", "list"]).expect(0).stdout;
    assert!(listed.starts_with("ID") && listed.contains("INC-0001"), "{listed}");
    let shown = served.ask("admin", &["incident", "show", "INC-0001", "--format", "json"]).expect(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["severity"], "critical");
    let high = served.ask("admin", &["alert", "list", "--filter", "level = critical", "--format", "json"]);
    let high: Value = serde_json::from_str(&high.expect(0).stdout).unwrap();
    let rows = high["items"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["level"] == "critical"), "{high}");
    let wrong = served.ask("admin", &["alert", "list", "--filter", "lvel = critical"]).expect(3);
    assert!(wrong.stderr.contains("lvel") && wrong.stderr.contains("help:"), "{}", wrong.stderr);

    let export = ["incident", "export", "INC-0001", "--out", "INC-0001.tar", "--to", "the auditor"];
    served.ask("admin", &export).expect(0);
    served.ask("admin", &export).expect(5);
    let verified = served.ask("x", &["journal", "verify", "INC-0001.tar"]).expect(0);
    assert!(verified.stdout.contains("INC-0001"), "{}", verified.stdout);
    let followed =
        served.ask("admin", &["follow", "--after=-1", "--limit", "3", "--format", "json"]).expect(0);
    let positions: Vec<Value> = followed
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["position"].clone())
        .collect();
    assert_eq!(positions, [0, 1, 2]);
}

#[test]
fn what_is_restricted_is_not_there_for_others() {
    let served = Served::new();
    served.begin();
    served.ask("admin", &["user", "create", "dev1", "--role", "responder"]).expect(4);
    served.manage();
    served.ask("admin", &["user", "create", "dev1", "--role", "administrator"]).expect(4);
    let made = served.ask("admin", &["user", "create", "dev1", "--role", "responder"]).expect(0).stdout;
    let link = made.lines().last().unwrap();
    let (url, secret) = link.split_once("/enrol#").expect(link);
    assert_eq!(url, served.url);
    let given = serde_json::json!({"secret": secret, "password": PASSWORD}).to_string();
    let curl = Command::new("curl")
        .args(["-sf", "-H", "content-type: application/json", "-d", &given])
        .arg(format!("{url}/api/v1/enrolment"))
        .output();
    if !curl.is_ok_and(|curl| curl.status.success()) {
        println!("skipped: there is no curl to set a password with");
        return;
    }
    served.sign_in("other", "dev1").expect(0);
    served.ask("other", &["incident", "show", "INC-0001"]).expect(0);
    served.ask("other", &["incident", "restrict", "INC-0001", "--to", "USR-0002"]).expect(4);
    served.ask("admin", &["incident", "restrict", "INC-0001", "--to", "USR-0001"]).expect(0);
    served.ask("admin", &["incident", "show", "INC-0001"]).expect(0);
    let gone = served.ask("other", &["incident", "show", "INC-0001"]).expect(3);
    assert!(gone.stderr.contains("no such object"), "{}", gone.stderr);
    assert_eq!(served.ask("other", &["incident", "list"]).expect(0).stdout, "");
    served.ask("admin", &["user", "disable", "USR-0002"]).expect(0);
    let out = served.ask("other", &["incident", "list"]).expect(4);
    assert!(out.stderr.contains("cofferdam login"), "{}", out.stderr);
    served.ask("admin", &["logout"]).expect(0);
    served.ask("admin", &["incident", "list"]).expect(2);
}

#[test]
fn alerts_are_judged_and_that_is_taken_back() {
    let served = Served::new();
    served.begin();
    let count = |filter: &str| {
        let args = ["alert", "list", "--limit", "1000", "--format", "json", "--filter", filter];
        let listed: Value = serde_json::from_str(&served.ask("admin", &args).expect(0).stdout).unwrap();
        listed["items"].as_array().unwrap().len()
    };
    let all = count("");
    assert_eq!(count("state = attached") + count("state = new"), all, "nobody looked at any");
    let taken = served.ask("admin", &["alert", "assign", "ALR-000001", "ALR-000002"]).expect(0).stdout;
    assert!(taken.starts_with("2 alerts changed\n`cofferdam alert undo "), "{taken}");
    assert_eq!(count("assignee = USR-0001"), 2);
    let judge =
        ["alert", "judge", "--verdict", "test", "--reason", "we tried it", "--filter", "level < critical"];
    let tried = served.ask("admin", &[&judge[..], &["--dry-run"]].concat()).expect(0).stdout;
    assert!(tried.ends_with(" alerts would be changed\n") && count("state = dismissed") == 0, "{tried}");
    let done = served.ask("admin", &judge).expect(0).stdout;
    let dismissed = count("state = dismissed");
    assert_eq!(dismissed, count("level < critical"));
    let shown = served.ask(
        "admin",
        &["alert", "list", "--filter", "state = dismissed", "--limit", "1", "--format", "json"],
    );
    let shown: Value = serde_json::from_str(&shown.expect(0).stdout).unwrap();
    let id = shown["items"][0]["id"].as_str().unwrap();
    let refused = served.ask("admin", &["alert", "assign", id]).expect(3);
    assert!(
        refused.stderr.starts_with(&format!("{id}: the alert was dismissed; reopen it first\n")),
        "{}",
        refused.stderr
    );
    let undo = done.split('`').nth(1).unwrap().split_whitespace().last().unwrap();
    let undone = served.ask("admin", &["alert", "undo", undo]).expect(0).stdout;
    assert!(undone.starts_with(&format!("{dismissed} alerts changed\n")), "{undone}");
    assert_eq!(count("state = dismissed"), 0);
    let again = served.ask("admin", &["alert", "undo", undo]).expect(0).stdout;
    assert_eq!(again, format!("0 alerts changed\n{dismissed} alerts so already\n"));
    served.ask("admin", &["alert", "judge", "ALR-1", "--verdict", "odd", "--reason", "x"]).expect(2);
    let wrong = served.ask("admin", &["alert", "release", "INC-0001"]).expect(3);
    assert!(wrong.stderr.contains("INC-0001"), "{}", wrong.stderr);
    served.ask("admin", &["alert", "undo", "0-0"]).expect(3);
}

#[test]
fn alerts_are_hidden_for_a_while() {
    let served = Served::new();
    served.begin();
    let ask = |args: &[&str]| served.ask("admin", args);
    assert_eq!(ask(&["exception", "list"]).expect(0).stdout, "");
    let about = ["--rule", "odd-logon", "--about", "host=web-*", "--about", "account:actor=svc-backup"];
    let tried = ask(&[&["exception", "try"][..], &about].concat()).expect(0).stdout;
    assert_eq!(tried, "would have hidden 0 alerts of the last 30 days, 0 of them true, 0 in incidents\n");
    let add = [&["exception", "add", "--reason", "the \u{1b}[2Jbackup"][..], &about].concat();
    let endless = ask(&add).expect(3);
    assert!(endless.stderr.contains("say until when"), "{}", endless.stderr);
    let added = ask(&[&add[..], &["--days", "30"]].concat()).expect(0).stdout;
    assert!(added.starts_with("EXC-0001 hides alerts until 20"), "{added}");
    ask(&["exception", "change", "EXC-0001", "--level-at-most", "low", "--rule", ""]).expect(0);
    let listed = ask(&["exception", "list"]).expect(0).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "ID        STATE   HIDDEN  UNTIL       WHAT");
    assert!(
        lines[1].starts_with("EXC-0001  active  0       20") && lines[1].contains("  any rule, host=web-*, "),
        "{listed}"
    );
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{listed}");
    let shown = ask(&["exception", "show", "EXC-0001"]).expect(0).stdout;
    assert!(shown.contains("the \u{fffd}[2Jbackup"), "{shown}");
    let wide = ask(&["exception", "add", "--about", "host=*", "--reason", "x", "--days", "1"]).expect(3);
    assert!(wide.stderr.contains("a letter or a digit"), "{}", wide.stderr);
    ask(&["exception", "try", "--about", "web-01"]).expect(3);
    let ended = ask(&["exception", "end", "EXC-0001", "--reason", "it is gone"]).expect(0).stdout;
    assert_eq!(
        ended,
        "EXC-0001 hides nothing more; what it has hidden (0 alerts) stays so until it happens again\n"
    );
    assert!(ask(&["exception", "list"]).expect(0).stderr.contains("--all lists those that are over"));
    assert!(ask(&["exception", "list", "--all"]).expect(0).stdout.contains("EXC-0001  ended"));
    ask(&["exception", "change", "EXC-0001", "--days", "1"]).expect(3);
}

#[test]
fn cases_of_other_products_are_imported_once() {
    let served = Served::new();
    served.begin();
    let ask = |args: &[&str]| served.ask("admin", args);
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../import/tests/data");
    let (hive, iris) = (format!("{data}/thehive-5/cases.ndjson"), format!("{data}/dfir-iris-2/export.json"));
    let tried = ask(&["incident", "import", &hive, "--dry-run"]).expect(0).stdout;
    assert!(
        tried.starts_with("TheHive case #7: would be imported\n  Ransomware on the file server\n"),
        "{tried}"
    );
    let done = ask(&["incident", "import", &hive, &iris, "--close"]).expect(0).stdout;
    assert!(done.contains("DFIR-IRIS case #12: imported as INC-"), "{done}");
    assert!(done.contains("no field that is known here: shieldColour (teal)"), "{done}");
    for text in [&tried, &done] {
        assert_eq!(text.lines().find(|line| line.chars().count() > 80), None, "{text}");
    }
    println!("{done}");
    let again = ask(&["incident", "import", &hive, "--format", "json"]).expect(0).stdout;
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!((&again["cases"][0]["state"], &again["file"]), (&"there".into(), &hive.clone().into()));
    std::fs::write(served.desk.path("case.thar"), b"PK\x03\x04\xff").unwrap();
    let refused = ask(&["incident", "import", "case.thar", &hive]).expect(3);
    assert!(
        refused.stderr.contains("encrypted") && refused.stdout.contains("already there as INC-"),
        "{}",
        refused.stderr
    );
    let listed = ask(&["incident", "list", "--filter", "imported = dfir-iris"]).expect(0).stdout;
    assert!(listed.contains("closed") && listed.contains("#12 - Stol"), "{listed}");
    let id = listed.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let shown = ask(&["incident", "show", &id]).expect(0).stdout;
    assert!(shown.contains("imported    #12 of dfir-iris\n"), "{shown}");
    println!("{shown}");
}

#[test]
fn what_is_like_it_and_how_right_rules_are_is_told() {
    let served = Served::new();
    served.begin();
    let ask = |args: &[&str]| served.ask("admin", args);
    let judge = ["alert", "judge", "ALR-000001", "--verdict", "benign-positive", "--reason", "expected"];
    ask(&judge).expect(0);
    let rules = ask(&["alert", "precision"]).expect(0).stdout;
    assert!(rules.starts_with("PRECISION  ALERTS  TRUE  BENIGN  FALSE  HIDDEN  RULE\n"), "{rules}");
    assert!(rules.lines().any(|line| line.starts_with("0 % ")) && rules.contains("\n-  "), "{rules}");
    let like = ask(&["alert", "similar", "ALR-000002"]).expect(0).stdout;
    assert!(like.starts_with("ID          LAST SEEN"), "{like}");
    for text in [&rules, &like] {
        assert_eq!(text.lines().find(|line| line.chars().count() > 80), None, "{text}");
    }
    println!("{rules}\n{like}");
    ask(&["alert", "precision", "--filter", "colour = red"]).expect(3);
    ask(&["alert", "similar", "ALR-999999"]).expect(3);
    ask(&["incident", "similar", "INC-0001"]).expect(0);
}

#[test]
fn what_is_known_and_what_is_to_be_done_is_written_down() {
    let served = Served::new();
    served.begin();
    let ask = |args: &[&str]| served.ask("admin", args);
    std::fs::write(served.desk.path("note.md"), "# Call\n\u{1b}[2Jthey *see* it\n").unwrap();
    let wrote = ask(&["note", "write", "INC-0001", "--file", "note.md"]).expect(0).stdout;
    assert_eq!(wrote, "note 1, revision 1\n");
    ask(&["note", "revise", "INC-0001", "1", "--base", "1", "--text", "they do not"]).expect(0);
    let late = ask(&["note", "revise", "INC-0001", "1", "--base", "1", "--text", "they may"]).expect(3);
    assert!(late.stderr.contains("note 1 has revision 2 now"), "{}", late.stderr);
    let shown = ask(&["note", "show", "INC-0001", "1"]).expect(0).stdout;
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("note 1, revision 1, ops1, 20"), "{shown}");
    assert_eq!(lines[1..3], ["  # Call", "  \u{fffd}[2Jthey *see* it"]);
    assert!(lines[4].starts_with("note 1, revision 2, ops1, 20") && lines[5] == "  they do not", "{shown}");
    assert!(ask(&["note", "list", "INC-0001"]).expect(0).stdout.ends_with("\n  they do not\n"));
    ask(&["note", "write", "INC-0001"]).expect(2);
    ask(&["note", "write", "INC-0009", "--text", "x"]).expect(3);

    let first = [
        "task",
        "add",
        "INC-0001",
        "image the disk",
        "--phase",
        "containment",
        "--mandatory",
        "--due",
        "2000-01-01",
    ];
    assert_eq!(ask(&first).expect(0).stdout, "task 1 (overdue): image the disk\n");
    ask(&["task", "add", "INC-0001", "isolate web-01", "--phase", "containment", "--after", "1"]).expect(0);
    ask(&["task", "change", "INC-0001", "1", "--owner", "USR-0001", "--no-due"]).expect(0);
    let listed = ask(&["task", "list", "INC-0001"]).expect(0).stdout;
    let want = "TASK  STATE    PHASE        OWNER     DUE  TITLE\n\
                1     open     containment  USR-0001       image the disk\n\
                2     after 1  containment                 isolate web-01\n";
    assert_eq!(listed, want);
    let blocked = ask(&["task", "done", "INC-0001", "2"]).expect(3);
    assert!(blocked.stderr.contains("task 2 waits for task 1, which is open"), "{}", blocked.stderr);
    ask(&["task", "done", "INC-0001", "1", "--outcome", "it lies in the safe"]).expect(0);
    ask(&["task", "drop", "INC-0001", "2", "--reason", "it was switched off"]).expect(0);
    ask(&["task", "reopen", "INC-0001", "2"]).expect(0);
    let open = ask(&["task", "list", "INC-0001", "--open"]).expect(0).stdout;
    assert!(open.lines().count() == 2 && open.contains("isolate web-01"), "{open}");
    ask(&["task", "done", "INC-0001", "7"]).expect(3);

    let shown = ask(&["incident", "show", "INC-0001"]).expect(0).stdout;
    let too_long = shown.lines().find(|line| line.chars().count() > 80);
    assert_eq!(too_long, None, "{shown}");
    assert!(shown.starts_with("INC-0001  critical\nBrute force on web-01 succeeded"), "{shown}");
    for line in [
        "commander   nobody yet; alerts join it by themselves",
        "host        web-01 (observer)",
        "1 task to do, 1 done or dropped",
        "1 note",
        "1     ops1  20",
    ] {
        assert!(shown.lines().any(|told| told.starts_with(line)), "{line}: {shown}");
    }
}

#[test]
fn sources_are_added_and_send_with_their_tokens() {
    let served = Served::new();
    served.begin();
    let added = served.ask("admin", &["source", "add", "web-logs", "--expected", "60"]).expect(0);
    let token = added.stdout.trim().to_owned();
    assert!(token.starts_with("cfs_") && added.stderr.contains("shown this once"), "{}", added.stderr);
    served.ask("admin", &["source", "add", "web-logs", "--kind", "alerts"]).expect(3);
    let other =
        served.ask("admin", &["source", "token", "issue", "web-logs", "--days", "9"]).expect(0).stdout;
    assert!(other.starts_with("cfs_") && other.trim() != token);
    let changed =
        served.ask("admin", &["source", "change", "web-logs", "--trust", "local-text", "--format", "json"]);
    let changed: Value = serde_json::from_str(&changed.expect(0).stdout).unwrap();
    assert_eq!((&changed["trust"], &changed["expected"]), (&"local-text".into(), &60.into()));
    let url = format!("{}/api/v1/events", served.url);
    let header = format!("authorization: Bearer {token}");
    let curl = ["-sf", "-H", "content-type: text/plain", "-H", &header, "--data-binary", "a line", &url];
    if Command::new("curl").args(curl).output().is_ok_and(|curl| curl.status.success()) {
        let listed = served.ask("admin", &["source", "list"]).expect(0).stdout;
        assert!(listed.lines().nth(1).unwrap().starts_with("web-logs  events  1 "), "{listed}");
        // Rules are read first, and then what was sent.
        let until = Instant::now() + Duration::from_secs(60);
        let used = loop {
            let used = served.ask("admin", &["activity", "account", "nobody-knows"]).stdout;
            if used.contains("\nweb-logs  1 ") || Instant::now() > until {
                break used;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        assert!(used.starts_with("account nobody-knows: 0 events in 0 hours\n"), "{used}");
        assert!(used.lines().any(|line| line.starts_with("web-logs  1 ")), "{used}");
    } else {
        println!("skipped: there is no curl to send with");
    }
    served.ask("admin", &["source", "add", "edr", "--kind", "alerts", "--no-token"]).expect(0);
    let secret = served.ask("admin", &["source", "secret", "edr"]).expect(0).stdout;
    assert!(secret.trim().len() >= 43);
    served.ask("admin", &["source", "remove", "edr"]).expect(0);
    served.ask("admin", &["source", "show", "edr"]).expect(3);
}

#[test]
fn what_cannot_start_says_why() {
    let served = Served::new();
    let data = served.desk.path("results");
    let data = data.to_str().unwrap();
    let used = super::run(&["serve", "--listen", "127.0.0.1:0", "--data", data]).expect(5);
    assert!(used.stderr.contains("another process is using"), "{}", used.stderr);
    let other = tempfile::tempdir().unwrap();
    let address = served.url.trim_start_matches("http://");
    let taken =
        super::run(&["serve", "--listen", address, "--data", other.path().to_str().unwrap()]).expect(5);
    assert!(taken.stderr.contains("serve::listen") && taken.stderr.contains("--listen"), "{}", taken.stderr);
    let nowhere = super::run(&["alert", "list", "--server", "http://192.0.2.1:1"]).expect(2);
    assert!(
        nowhere.stderr.contains("client::no-token") || nowhere.stderr.contains("client::unusable"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn another_address_gets_a_certificate_and_tells_its_fingerprint() {
    let desk = Desk::new();
    let mut command = program(&["serve", "--listen", "0.0.0.0:0", "--data"]);
    let mut server = command.arg(desk.path("data")).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap();
    assert!(first.contains("https://0.0.0.0:"), "{first}");
    let told: Vec<String> = lines.by_ref().take(6).collect();
    let pairs = told
        .iter()
        .filter(|line| line.trim().split(':').filter(|part| part.len() == 2).count() >= 15)
        .count();
    assert_eq!(pairs, 2, "{told:?}");
    let port = first.split("https://0.0.0.0:").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let certificate = desk.path("data").join("server.crt");
    let url = format!("https://127.0.0.1:{port}");
    let args = ["alert", "list", "--server", &url, "--ca", certificate.to_str().unwrap()];
    let asked = ran(program(&args).env("COFFERDAM_TOKEN", "cfd_none").output().unwrap());
    assert!(asked.stderr.contains("sign in first"), "the certificate is taken: {}", asked.stderr);
    let untrusted = ran(program(&args[..4]).env("COFFERDAM_TOKEN", "cfd_none").output().unwrap());
    assert!(untrusted.stderr.contains("--ca"), "{}", untrusted.stderr);
    let _ = Command::new("kill").arg(server.id().to_string()).status();
    assert!(server.wait().unwrap().success());
}

/// Schemathesis, and a Python that runs the script which uses it.
fn schemathesis() -> Option<PathBuf> {
    let found = std::env::var_os("COFFERDAM_SCHEMATHESIS").map(PathBuf::from).filter(|path| path.is_file());
    if found.is_none() {
        println!(
            "skipped: the interface is not tested with its description; set COFFERDAM_SCHEMATHESIS to `st` of schemathesis (PyPI)"
        );
    }
    found
}

#[test]
fn the_interface_is_as_its_description_says() {
    let Some(st) = schemathesis() else { return };
    // An operation gets so many examples; `cargo xtask verify` asks for 200.
    let examples = std::env::var("COFFERDAM_EXAMPLES").unwrap_or_else(|_| "5".to_owned());
    let done = Command::new(st.with_file_name("python3"))
        .arg(repository().join("checks/api/run.py"))
        .args([
            Path::new(env!("CARGO_BIN_EXE_cofferdam")),
            &st,
            &repository().join("content/recordings/ssh-intrusion"),
        ])
        .arg(&examples)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{examples} examples an operation: {said}");
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
}
