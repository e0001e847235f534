//! What is recorded beside results: it proves itself, comes back from backups, forgets by order.

use crate::{Desk, Ran, run, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

const LOGIN: &str = "2026-03-02T09:00:00+00:00 web-01 sshd[7]: Accepted password for kim.doe from 203.0.113.66 port 4711 ssh2\n";

/// An intrusion by an account with a telling name.
fn intrusion(host: &str, day: u32) -> String {
    let line = |second: u32, text: &str| {
        format!("2026-03-{day:02}T09:00:{second:02}+00:00 {host} sshd[7]: {text}\n")
    };
    let mut log: String = (0..20)
        .map(|second| line(second, "Failed password for kim.doe from 203.0.113.66 port 4711 ssh2"))
        .collect();
    log.push_str(&line(30, "Accepted password for kim.doe from 203.0.113.66 port 4712 ssh2"));
    log
}

fn desk() -> Desk {
    Desk::with(&[("auth.log", &intrusion("web-01", 2))])
}

impl Desk {
    /// `cofferdam` with these words and `--data out`.
    fn journal(&self, words: &[&str]) -> Ran {
        let data = self.path("out");
        let mut args: Vec<&OsStr> = words.iter().map(|word| -> &OsStr { word.as_ref() }).collect();
        args.extend::<[&OsStr; 2]>(["--data".as_ref(), data.as_ref()]);
        run(&args)
    }

    fn facts(&self) -> Vec<Value> {
        let shown = self.journal(&["journal", "show", "--json"]).expect(0);
        shown.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn verify(&self, path: &str) -> Ran {
        run(&["journal".as_ref(), "verify".as_ref(), self.path(path).as_os_str()])
    }
}

fn kinds(facts: &[Value]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for fact in facts {
        *kinds.entry(text(&fact["fact"], "kind").to_owned()).or_default() += 1;
    }
    kinds
}

#[test]
fn what_was_found_is_recorded_and_verifies() {
    let desk = desk();
    let ran = desk.investigate(&[]).expect(0);
    assert!(ran.stdout.contains("/out/data, "), "{}", ran.stdout);
    let (facts, results) = (desk.facts(), desk.results());
    let kinds = kinds(&facts);
    assert_eq!(kinds["log-opened/1"], 1);
    assert_eq!(kinds["evidence-acquired/1"], results.summary["files"].as_array().unwrap().len());
    assert_eq!(kinds["alert-raised/1"], results.alerts.len());
    assert_eq!(kinds["incident-opened/1"], results.incidents.len());
    let hashes: BTreeSet<String> = results.summary["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| format!("evidence/{}", text(file, "sha256")))
        .collect();
    let recorded: BTreeSet<String> = facts
        .iter()
        .map(|fact| text(fact, "stream").to_owned())
        .filter(|stream| stream.starts_with("evidence/"))
        .collect();
    assert_eq!(recorded, hashes);
    let verified = desk.verify("out").expect(0);
    assert!(verified.stdout.contains("All fits"), "{}", verified.stdout);
    assert!(verified.stdout.contains("No witness: whoever owns this machine can rewrite the log."));
    assert!(verified.stdout.lines().all(|line| line.len() <= 100), "{}", verified.stdout);
}

#[test]
fn a_leaf_holds_nothing_of_a_log() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let backup = desk.path("backup");
    desk.journal(&["backup", "--to", backup.to_str().unwrap()]).expect(0);
    let leaves = std::fs::read_dir(backup.join("tile/entries/000.p"))
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let leaves: Vec<u8> = leaves.flatten().collect();
    assert!(leaves.len() > 1000);
    // Each has a character that Base64 lacks: commitments and random bytes spell any short word some day.
    for text in ["kim.doe", "web-01", "203.0.113", "auth.log", "Accepted password"] {
        assert!(!leaves.windows(text.len()).any(|part| part == text.as_bytes()), "{text}");
    }
}

#[test]
fn adding_records_only_what_is_new() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let before = desk.facts();
    desk.investigate(&["--add"]).expect(0);
    assert_eq!(desk.facts().len(), before.len(), "the same evidence says nothing new");
    desk.log("more.log", intrusion("db-02", 3).as_bytes());
    desk.investigate(&["--add"]).expect(0);
    let (after, results) = (desk.facts(), desk.results());
    assert_eq!(after[..before.len()], before[..]);
    let kinds = kinds(&after);
    assert_eq!(kinds["alert-raised/1"], results.alerts.len());
    assert_eq!(kinds["evidence-acquired/1"], 2);
    desk.verify("out").expect(0);
    // Results without their files are results all the same.
    for entry in std::fs::read_dir(desk.path("out")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    let ran = desk.investigate(&[]).expect(2);
    assert!(ran.stderr.contains("already holds results"), "{}", ran.stderr);
}

#[test]
fn a_run_that_was_killed_before_it_wrote_is_done_again() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let (facts, alerts) = (desk.facts(), desk.results().alerts.len());
    for entry in std::fs::read_dir(desk.path("out")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    desk.investigate(&[]).expect(2);
    desk.investigate(&["--add"]).expect(0);
    assert_eq!(desk.results().alerts.len(), alerts);
    assert_eq!(desk.facts(), facts, "nothing is recorded twice");
}

#[test]
fn an_investigation_of_nothing_leaves_nothing() {
    let desk = Desk::new();
    desk.investigate(&[]).expect(3);
    assert!(!desk.path("out").exists());
}

fn holds(folder: &Path, text: &str) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).unwrap().windows(text.len()).any(|part| part == text.as_bytes()) {
                return true;
            }
        }
    }
    false
}

#[test]
fn an_order_to_erase_reaches_data_directory_and_backup() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let data = desk.path("out/data");
    let place = |name: &str| desk.path(name).to_str().unwrap().to_owned();
    desk.journal(&["backup", "--to", &place("old")]).expect(0);
    let told = desk.journal(&["journal", "erase", "kim.doe", "--order", "request of the person"]).expect(0);
    assert!(told.stdout.contains("would be erased") && told.stdout.contains("pass --yes"), "{}", told.stdout);
    assert!(holds(&data, "kim.doe"));
    desk.journal(&["journal", "erase", "KIM.DOE", "--order", "request of the person", "--yes"]).expect(0);
    assert!(!holds(&data, "kim.doe"));
    desk.verify("out").expect(0);
    desk.journal(&["journal", "erase", "kim.doe", "--order", "asked for by kim.doe", "--yes"]).expect(2);
    let again = desk.journal(&["journal", "erase", "kim.doe", "--order", "x", "--yes"]).expect(3);
    assert!(again.stderr.contains("no personal value contains `kim.doe`"), "{}", again.stderr);
    run(&["restore", &place("old"), "--to", &place("from-old"), "--erased-in", &place("out")]).expect(0);
    assert!(!holds(&desk.path("from-old"), "kim.doe"));
    desk.verify("from-old").expect(0);
    desk.journal(&["backup", "--to", &place("old")]).expect(0);
    assert!(!holds(&desk.path("old"), "kim.doe"));
    run(&["restore", &place("old"), "--to", &place("from-new")]).expect(0);
    assert!(!holds(&desk.path("from-new"), "kim.doe"));
    desk.verify("from-new").expect(0);
}

#[test]
fn what_was_changed_is_told_with_its_place() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let path = desk.path("out/data/journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // Only a leaf names its stream.
    let leaf = b"\"stream\":\"alert/ALR-000001\"";
    let at = bytes.windows(leaf.len()).position(|part| part == leaf).expect("an alert's entry");
    bytes[at + leaf.len() - 2] ^= 2;
    std::fs::write(&path, bytes).unwrap();
    let ran = desk.verify("out").expect(3);
    assert!(ran.stdout.contains("does not fit: ") && ran.stdout.contains("have the root"), "{}", ran.stdout);
    assert!(ran.stderr.starts_with("error[journal::does-not-verify]"), "{}", ran.stderr);
    // Nothing is written to such a journal either.
    let ran = desk.journal(&["journal", "rebuild"]).expect(5);
    assert!(ran.stderr.contains("are not those that were signed"), "{}", ran.stderr);
}

#[test]
fn a_rollback_is_noticed_by_a_witness() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let witness = desk.path("witness");
    std::fs::create_dir(&witness).unwrap();
    let saved = std::fs::read(desk.path("out/data/journal.db")).unwrap();
    desk.journal(&["journal", "witness", "add", witness.to_str().unwrap()]).expect(0);
    assert!(desk.journal(&["doctor"]).expect(0).stdout.contains("borne out by 1 witness"));
    desk.log("more.log", intrusion("db-02", 3).as_bytes());
    desk.investigate(&["--add"]).expect(0);
    std::fs::write(desk.path("out/data/journal.db"), saved).unwrap();
    for words in [&["journal", "rebuild"][..], &["journal", "witness", "check"]] {
        let ran = desk.journal(words).expect(3);
        assert!(ran.stderr.contains("it was rolled back"), "{}", ran.stderr);
    }
    let ran = desk.verify("out").expect(3);
    assert!(ran.stderr.contains("error[journal::witness-against]"), "{}", ran.stderr);
    assert!(desk.journal(&["doctor"]).expect(1).stdout.contains("WRONG  witness"));
    desk.journal(&["journal", "witness", "remove", witness.to_str().unwrap()]).expect(0);
    desk.journal(&["journal", "rebuild"]).expect(0);
}

#[test]
fn two_processes_do_not_write() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let lock = std::fs::File::options().write(true).open(desk.path("out/data/lock")).unwrap();
    lock.try_lock().unwrap();
    let ran = desk.journal(&["journal", "rebuild"]).expect(5);
    assert!(ran.stderr.contains("error[journal::in-use]"), "{}", ran.stderr);
    desk.investigate(&["--add"]).expect(5);
    desk.verify("out").expect(0);
    assert!(desk.journal(&["doctor"]).stdout.contains("a process writes to it now"));
}

/// The hash of the only piece of evidence.
fn piece(desk: &Desk) -> (String, PathBuf) {
    let hash = text(&desk.results().summary["files"][0], "sha256").to_owned();
    let path = desk.path("out/data/evidence").join(&hash[..2]).join(&hash);
    (hash, path)
}

#[test]
fn evidence_is_kept_checked_and_handed_on_with_custody() {
    let desk = Desk::with(&[("auth.log", LOGIN)]);
    desk.investigate(&["--keep-evidence"]).expect(0);
    let (hash, path) = piece(&desk);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), LOGIN);
    assert!(desk.journal(&["evidence", "list"]).expect(0).stdout.contains("kept"));
    desk.journal(&["evidence", "check"]).expect(0);
    let copy = desk.path("copy.log");
    let get = ["evidence", "get", &hash[..8], "--purpose", "analysis", "--out", copy.to_str().unwrap()];
    desk.journal(&get).expect(0);
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), LOGIN);
    desk.journal(&get).expect(5);
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), LOGIN, "nothing is written over");
    desk.journal(&["evidence", "hand-over", &hash, "--to", "the police", "--purpose", "charge"]).expect(0);
    desk.journal(&["evidence", "hand-over", &hash, "--to", " ", "--purpose", "charge"]).expect(2);
    let backup = desk.path("bk");
    let back_up = ["backup", "--to", backup.to_str().unwrap()];
    std::fs::write(&path, LOGIN.replace("web-01", "web-02")).unwrap();
    let ran = desk.journal(&back_up).expect(3);
    assert!(ran.stdout.contains("LEFT OUT") && ran.stdout.contains("is whole"), "{}", ran.stdout);
    let ran = desk.journal(&["evidence", "check"]).expect(3);
    assert!(ran.stdout.contains(&format!("DAMAGED {hash}: its bytes hash to ")), "{}", ran.stdout);
    let other = desk.path("other.log");
    desk.journal(&["evidence", "get", &hash, "--purpose", "analysis", "--out", other.to_str().unwrap()])
        .expect(3);
    assert!(!other.exists());
    assert!(desk.journal(&["doctor"]).expect(1).stdout.contains("1 missing or damaged"));
    std::fs::write(&path, LOGIN).unwrap();
    assert!(desk.journal(&["evidence", "check"]).expect(0).stdout.contains("mended"));
    assert!(!desk.journal(&["doctor"]).stdout.contains("missing or damaged"));
    desk.journal(&back_up).expect(0);
    let kinds: Vec<String> = desk.facts().iter().map(|fact| text(&fact["fact"], "kind").to_owned()).collect();
    for kind in ["evidence-kept/1", "evidence-exported/1", "evidence-handed-over/1", "evidence-damaged/1"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn doctor_says_what_is_wrong_and_what_to_do() {
    let desk = desk();
    let ran = desk.journal(&["doctor"]).expect(3);
    assert!(ran.stderr.contains("error[journal::none]"), "{}", ran.stderr);
    desk.investigate(&[]).expect(0);
    let ran = desk.journal(&["doctor"]).expect(1);
    assert!(ran.stdout.contains("look   witness"), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = desk.path("out/data/log.key");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let ran = desk.journal(&["doctor"]).expect(1);
        assert!(ran.stdout.contains("the signing key is open to others (644)"), "{}", ran.stdout);
    }
    std::fs::write(desk.path("out/data/journal.db"), "not a database, but a text of some length").unwrap();
    let ran = desk.journal(&["doctor"]).expect(1);
    assert!(ran.stdout.contains("WRONG  journal"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn doctor_and_every_writer_say_so_when_credentials_are_not_safe() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let file = desk.path("out/data/credentials");
    let doctor = || desk.journal(&["doctor"]).expect(1).stdout;
    assert!(!doctor().contains("credentials"), "nobody logs in here");
    let empty = "{\"format\": 1, \"credentials\": {}}";
    for (text, mode, want) in [
        (empty, 0o600, "ok     credentials"),
        (empty, 0o644, "is open to others (644)"),
        ("{\"format\": 1", 0o600, "line 1, column 12"),
    ] {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        // Lines end where a terminal does.
        let found = doctor().split_whitespace().collect::<Vec<_>>().join(" ");
        let want = want.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(found.contains(&want), "{found}");
        if text != empty || mode != 0o600 {
            let ran = desk.journal(&["journal", "rebuild"]).expect(5);
            assert!(ran.stderr.contains("error[journal::credentials]"), "{}", ran.stderr);
        }
    }
    std::fs::remove_file(&file).unwrap();
    password_without_its_file(&desk.path("out/data"));
    let found = doctor().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(found.contains("missing: 1 credential that users log in with"), "{found}");
    let told = desk.journal(&["journal", "show", "--stream", "user/USR-0001"]).expect(0).stdout;
    assert!(told.contains("user-created: ops1, Operations, responder"), "{told}");
}

/// A user whose password is named, and is nowhere.
#[cfg(unix)]
fn password_without_its_file(data: &Path) {
    use cofferdam_journal::user::{AccountName, Origin, User, UserIntent};
    use cofferdam_journal::{Actor, StreamId, TeamRole};
    use cofferdam_store::{Store, World};
    use cofferdam_vocabulary::{CredentialId, UserId};
    let store = Store::open(data, World::real(World::offline())).unwrap();
    let create = UserIntent::Create {
        account: AccountName::parse("ops1").unwrap(),
        name: "Operations".to_owned(),
        roles: [TeamRole::Responder].into(),
        origin: Origin::Local,
        break_glass: false,
    };
    let actor = Actor::Program("0.1.0".to_owned());
    for intent in [create, UserIntent::SetPassword { credential: CredentialId([1; 8]) }] {
        store.journal.ask::<User>(StreamId::User(UserId(1)), &actor, intent).unwrap();
    }
}

#[test]
fn an_incident_goes_out_as_one_file_that_proves_itself() {
    let desk = desk();
    desk.investigate(&["--keep-evidence"]).expect(0);
    let file = desk.path("case.tar");
    let path = file.to_str().unwrap();
    let ran = desk
        .journal(&["journal", "export", "--incident", "INC-0001", "--to", "the police", "--out", path])
        .expect(0);
    let key = ran.stdout.lines().last().unwrap().trim().to_owned();
    assert!(key.starts_with("cofferdam/"), "{}", ran.stdout);
    // The data directory is not needed any more.
    std::fs::rename(desk.path("out/data"), desk.path("away")).unwrap();
    let verified = desk.verify("case.tar").expect(0);
    assert!(
        verified.stdout.contains("All fits") && verified.stdout.contains("evidence 1 piece with "),
        "{}",
        verified.stdout
    );
    run(&["journal", "verify", path, "--key", &key]).expect(0);
    let stranger = self::desk();
    stranger.investigate(&[]).expect(0);
    let other = std::fs::read_to_string(stranger.path("out/data/log.pub")).unwrap();
    let data = stranger.path("out");
    let ran = run(&["journal", "verify", data.to_str().unwrap(), "--key", &key]).expect(3);
    assert!(ran.stderr.contains("is signed with another key") && ran.stdout.is_empty(), "{}", ran.stderr);
    let ran = run(&["journal", "verify", path, "--key", other.trim()]).expect(3);
    assert!(ran.stderr.contains("error[journal::does-not-verify]"), "{}", ran.stderr);
    let whole = std::fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 4;
    std::fs::write(&file, changed).unwrap();
    let ran = desk.verify("case.tar").expect(3);
    assert!(ran.stderr.starts_with("error[journal::does-not-verify]"), "{}", ran.stderr);
}

#[test]
fn what_is_not_to_go_out_stays() {
    let desk = desk();
    desk.investigate(&["--keep-evidence"]).expect(0);
    let file = desk.path("case.tar");
    let path = file.to_str().unwrap();
    let without = [
        "journal",
        "export",
        "--incident",
        "inc-0001",
        "--without-values",
        "--without-evidence",
        "--out",
        path,
    ];
    desk.journal(&without).expect(0);
    let bytes = std::fs::read(&file).unwrap();
    for text in ["kim.doe", "203.0.113.66", "web-01"] {
        assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()), "{text}");
    }
    desk.verify("case.tar").expect(0);
    let out = desk.facts().into_iter().find(|fact| text(&fact["fact"], "kind") == "incident-handed-out/1");
    assert_eq!(out.expect("what went out is recorded")["fact"]["with_values"], false);
    let ran = desk.journal(&without).expect(5);
    assert!(ran.stderr.contains("error[journal::unwritable]"), "{}", ran.stderr);
    let other = desk.path("other.tar");
    let ran = desk
        .journal(&["journal", "export", "--incident", "INC-0042", "--out", other.to_str().unwrap()])
        .expect(3);
    assert!(ran.stderr.contains("`incident/INC-0042` was never recorded"), "{}", ran.stderr);
    desk.journal(&["journal", "export", "--incident", "42", "--out", other.to_str().unwrap()]).expect(2);
    assert!(!other.exists(), "nothing half-made is left");
    // An order to erase reaches what goes out afterwards, which verifies as before.
    desk.journal(&["journal", "erase", "kim.doe", "--order", "request of the person", "--yes"]).expect(0);
    desk.journal(&[
        "journal",
        "export",
        "--incident",
        "INC-0001",
        "--without-evidence",
        "--out",
        other.to_str().unwrap(),
    ])
    .expect(0);
    let bytes = std::fs::read(&other).unwrap();
    assert!(!bytes.windows(7).any(|part| part == b"kim.doe"));
    desk.verify("other.tar").expect(0);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_recorded_by_its_hash() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::with(&[("auth.log", LOGIN)]);
    std::fs::write(
        desk.path("logs").join(OsStr::from_bytes(b"odd\xff.log")),
        LOGIN.replace("web-01", "web-02"),
    )
    .unwrap();
    let ran = desk.investigate(&["--keep-evidence"]).expect(0);
    assert!(ran.stderr.contains("is not kept, only its hash is recorded"), "{}", ran.stderr);
    assert!(desk.journal(&["evidence", "list"]).expect(0).stdout.contains("hash only"));
}

#[test]
fn a_full_or_closed_output_is_no_failure() {
    let desk = desk();
    desk.investigate(&[]).expect(0);
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let out = desk.path("out");
    let args: [&OsStr; 3] = ["journal".as_ref(), "verify".as_ref(), out.as_ref()];
    let ran = crate::program(&args).stdout(full).output().unwrap();
    assert_eq!(
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned()),
        (Some(0), String::new())
    );
}
