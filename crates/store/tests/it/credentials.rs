//! The file of credentials: a process that is killed at any moment leaves it as it was or as it should be.

use crate::random::{Random, number};
use crate::sample::{created, program, world};
use cofferdam_journal::user::{User, UserIntent};
use cofferdam_journal::{Fact, StreamId};
use cofferdam_store::{Append, CREDENTIALS, Credential, Credentials, ReadOnly, Store, backup, restore};
use cofferdam_vocabulary::{CredentialId, UserId};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const ID: CredentialId = CredentialId([1; 8]);
/// Said before what was put and is on disk.
const PUT: &str = "put ";

/// A file that takes several pages, so that a part of it could be written.
fn codes(number: u64) -> Credential {
    Credential::RecoveryCodes {
        hashes: (0..200).map(|code| format!("{code}-{number}-{}", "0".repeat(60))).collect(),
    }
}

/// Which one it is; nothing else may ever be found.
fn which(path: &Path) -> u64 {
    let there = Credentials::open(path).unwrap().get(ID);
    let Some(Credential::RecoveryCodes { hashes }) = &there else { panic!("{there:?} is there") };
    let number = hashes[0].split('-').nth(1).unwrap().parse().unwrap();
    assert!(there == Some(codes(number)), "a part of one and a part of another");
    number
}

/// This program, which puts credentials one after the other.
fn putter(program: &str, before: &[&str], path: &Path, end: u64) -> Command {
    let mut command = Command::new(program);
    command
        .args(before)
        .args(["credentials::put_until_killed", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env("COFFERDAM_CREDENTIALS", path)
        .env("COFFERDAM_PUTS", end.to_string());
    command
}

fn this_program() -> String {
    std::env::current_exe().unwrap().to_str().unwrap().to_owned()
}

#[test]
#[ignore = "a program that the tests of kills start"]
fn put_until_killed() {
    // Whoever runs all ignored tests does not mean this one.
    let Some(path) = std::env::var_os("COFFERDAM_CREDENTIALS") else { return };
    let end = number("COFFERDAM_PUTS").expect("COFFERDAM_PUTS says how many");
    let credentials = Credentials::open(path.as_ref()).unwrap();
    for number in which(path.as_ref()) + 1..=end {
        credentials.put(ID, codes(number)).unwrap();
        println!("\n{PUT}{number}");
    }
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_or_the_new() {
    let kills = number("COFFERDAM_KILLS").unwrap_or(25);
    let mut random = Random::of(Random::seed("credentials"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CREDENTIALS);
    Credentials::open(&path).unwrap().put(ID, codes(0)).unwrap();
    let mut last = 0;
    for _ in 0..kills {
        let mut child = putter(&this_program(), &[], &path, u64::MAX).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut lines = lines.filter_map(|line| line.strip_prefix(PUT)?.parse::<u64>().ok());
        last = lines.next().unwrap();
        let wait = Duration::from_micros(u64::try_from(random.below(20_000)).unwrap());
        let killer = std::thread::spawn(move || {
            std::thread::sleep(wait);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        last = lines.last().unwrap_or(last);
        killer.join().unwrap();
        let there = which(&path);
        assert!((last..=last + 1).contains(&there), "{last} was said to be on disk, and {there} is there");
    }
    println!("credentials: {kills} kills, {last} puts, none lost, none half-done");
}

/// Calls with which a file is changed, or made to stay. Each is counted by itself.
const CALLS: [&str; 10] = [
    "openat",
    "unlink",
    "unlinkat",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "close",
];

#[test]
fn a_kill_before_any_call_leaves_the_old_or_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CREDENTIALS);
    let program = this_program();
    let ended = |call: &str, signal: &str, when: u64| {
        Credentials::open(&path).unwrap().put(ID, codes(0)).unwrap();
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal={signal}:when={when}"));
        let before = ["-f", "-o", "/dev/null", "-e", &trace, "-e", &inject, &program];
        putter("strace", &before, &path, 1).output().is_ok_and(|output| output.status.success())
    };
    // A signal that does nothing, to see whether calls can be traced here.
    if !ended("write", "SIGURG", 1) {
        println!("skipped: kills at each call; strace is not there, or may not trace");
        return;
    }
    let (mut old, mut new) = (0, 0);
    for call in CALLS {
        for when in 1.. {
            if ended(call, "SIGKILL", when) {
                assert_eq!(which(&path), 1, "nothing was killed at the {when}th {call}");
                break;
            }
            match which(&path) {
                0 => old += 1,
                1 => new += 1,
                other => panic!("{other} was never put"),
            }
        }
    }
    assert_eq!(calls(&path, &program), ["fsync", "rename", "openat", "fsync"], "a power cut loses nothing");
    println!(
        "credentials: killed before each of {} calls: {old} times the old, {new} times the new",
        old + new
    );
    assert!(old > 4 && new > 2, "kills did not reach both sides of the change");
}

/// What is done from when the file was written aside: synced, moved, and the folder synced.
fn calls(path: &Path, program: &str) -> Vec<String> {
    Credentials::open(path).unwrap().put(ID, codes(0)).unwrap();
    let trace = path.with_extension("trace");
    let calls = "trace=openat,fsync,fdatasync,rename,renameat,renameat2";
    let before = ["-f", "-o", trace.to_str().unwrap(), "-e", calls, program];
    assert!(putter("strace", &before, path, 1).output().unwrap().status.success());
    let trace = std::fs::read_to_string(trace).unwrap();
    let after =
        trace.lines().skip_while(|line| !(line.contains(".partial") && line.contains("O_CREAT"))).skip(1);
    let name =
        |line: &str| line.split_once('(').and_then(|(call, _)| Some(call.rsplit(' ').next()?.to_owned()));
    after.filter_map(name).take(4).collect()
}

/// A user with a password.
fn with_password(store: &Store) {
    let stream = StreamId::User(UserId(1));
    let facts = vec![Fact::UserCreated(Box::new(created("ops1")))];
    store.journal.append(Append { stream, expected: 0, actor: program(), facts }).unwrap();
    let phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned();
    store.credentials.put(ID, Credential::Password { phc }).unwrap();
    let intent = UserIntent::SetPassword { credential: ID };
    store.journal.ask::<User>(stream, &program(), intent).unwrap();
}

#[test]
fn a_backup_has_what_users_log_in_with_and_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let [data, to, again] = ["data", "backup", "again"].map(|name| folder.path().join(name));
    let store = Store::create(&data, &program(), world(5)).unwrap();
    store.journal.checkpoint().unwrap();
    assert_eq!(backup(&data, &to).unwrap().credentials, 0);
    with_password(&store);
    store.journal.checkpoint().unwrap();
    assert_eq!(backup(&data, &to).unwrap().credentials, 1);
    let restored = || restore(&to, &again, &BTreeSet::new(), &program(), world(6));
    let whole = std::fs::read_to_string(to.join(CREDENTIALS)).unwrap();
    std::fs::write(to.join(CREDENTIALS), &whole[..40]).unwrap();
    let error = restored().unwrap_err().to_string();
    assert!(error.contains("are not understood") && !again.exists(), "{error}");
    std::fs::write(to.join(CREDENTIALS), &whole).unwrap();
    assert_eq!(restored().unwrap().credentials, 1);
    let again = Store::open(&again, world(7)).unwrap();
    assert_eq!(again.credentials.get(ID), store.credentials.get(ID));
    let users = again.journal.read(|reader| reader.users()).unwrap();
    assert_eq!(users[0].profile.password, Some(ID));
}

#[test]
fn a_user_whose_account_was_erased_is_nowhere_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path(), &program(), world(5)).unwrap();
    with_password(&store);
    store.erase("ops1", "request of the person", &program()).unwrap();
    let users = store.journal.read(|reader| reader.users()).unwrap();
    assert_eq!(users[0].profile.account.known(), None);
    assert_eq!(users[0].profile.name.known(), Some("Operations, first shift"));
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(4).any(|part| part == b"ops1"), "{}", path.display());
        }
    }
    let read = ReadOnly::open(folder.path()).unwrap();
    assert_eq!(read.reader.users().unwrap(), users, "whoever only reads sees the same");
}

#[cfg(unix)]
#[test]
fn a_data_directory_whose_secrets_are_open_to_others_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path(), &program(), world(5)).unwrap();
    with_password(&store);
    drop(store);
    let path = folder.path().join(CREDENTIALS);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = Store::open(folder.path(), world(6)).err().unwrap();
    assert!(error.to_string().contains("is open to others (644)"), "{error}");
    assert!(error.help().is_some());
}
