//! The office's hands: carries out the chores that `benign` lists, each in its own thread.

use super::accounts::ACCOUNTS;
use super::benign::{CHORES, Chore, Errand, Login, Typed, Visit};
use super::lab::{Lab, Place, WEB};
use super::program::{attempt, run};
use super::story::Deed;
use super::terminal::Terminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Does all chores until `is_over`, each in its own thread.
pub fn perform(lab: &Lab, is_over: &AtomicBool) -> Result<Vec<Deed<Chore>>, String> {
    let began = Instant::now();
    let deeds = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = CHORES
            .iter()
            .map(|chore| {
                let deeds = &deeds;
                scope.spawn(move || {
                    if !rest(is_over, Duration::from_secs(chore.at_s).saturating_sub(began.elapsed())) {
                        return Ok(());
                    }
                    let deed = Deed::of(chore, || perform_one(lab, chore, is_over));
                    let deed = deed.map_err(|error| format!("chore `{}`: {error}", chore.id))?;
                    deeds.lock().map_err(|_| "the diary's lock is poisoned")?.push(deed);
                    Ok(())
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a chore panicked".to_owned())))
    })?;
    deeds.into_inner().map_err(|_| "the diary's lock is poisoned".into())
}

/// Sleeps, but not past the end; tells whether there is still time to act.
fn rest(is_over: &AtomicBool, time: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < time && !is_over.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(100).min(time));
    }
    !is_over.load(Ordering::Relaxed)
}

fn perform_one(lab: &Lab, chore: &Chore, is_over: &AtomicBool) -> Result<(), String> {
    match &chore.errand {
        Errand::Session { account, from, by, lines } => {
            hold_session(lab, chore.id, account, from, *by, lines)
        }
        Errand::Remote { account, from, command } => {
            run(ssh(lab, account, from).args([&at_web(account), *command])).map(drop)
        }
        Errand::Fetch { account, from, path } => fetch(lab, account, from, path),
        Errand::Release => release(lab),
        Errand::Browse(visits) => browse(lab, visits, is_over),
    }
}

fn hold_session(
    lab: &Lab,
    id: &str,
    account: &str,
    from: &str,
    by: Login,
    lines: &[Typed],
) -> Result<(), String> {
    let password =
        ACCOUNTS.iter().find(|one| one.name == account).and_then(|one| one.password).unwrap_or_default();
    if let Login::Mistyped = by {
        attempt(with_password(lab, &password.to_lowercase(), from).arg(at_web(account)));
        sleep(Duration::from_secs(3));
    }
    let mut command = match by {
        Login::Key => ssh(lab, account, from),
        Login::Password | Login::Mistyped => with_password(lab, password, from),
    };
    command.args(["-tt", &at_web(account)]);
    let mut terminal = Terminal::open(command, &lab.folder.join(format!("screen-{id}")))?;
    for Typed(line, secret) in lines {
        sleep(Duration::from_millis(2600));
        match secret {
            Some(secret) => terminal.type_with_secret(line, secret)?,
            None => terminal.type_line(line)?,
        }
    }
    sleep(Duration::from_millis(2600));
    terminal.leave()
}

fn fetch(lab: &Lab, account: &str, from: &str, path: &str) -> Result<(), String> {
    let key = lab.folder.join(account);
    let shell = format!("ssh {} -b {from} -i {}", SSH_OPTIONS.join(" "), key.display());
    let target = lab.folder.join("fetched").display().to_string();
    let mut rsync = lab.command(Place::Office, "rsync");
    run(rsync.args(["-a", "-e", &shell, &format!("{}:{path}", at_web(account)), &target])).map(drop)
}

fn release(lab: &Lab) -> Result<(), String> {
    let page = "<!doctype html><title>index</title><h1>index</h1><p>A new release.</p>\n".repeat(9);
    lab.write_here("release/index.html", &page)?;
    lab.write_here("release/js/site.js", &"console.log('new');\n".repeat(60))?;
    let archive = lab.folder.join("release.tgz").display().to_string();
    let release = lab.folder.join("release").display().to_string();
    run(lab.command(Place::Office, "tar").args(["czf", &archive, "-C", &release, "."]))?;
    let from = "198.51.100.30";
    let mut copy = lab.command(Place::Office, "scp");
    copy.args(SSH_OPTIONS)
        .args(["-o", &format!("BindAddress={from}")])
        .arg("-i")
        .arg(lab.folder.join("deploy"));
    run(copy.args([&archive, &format!("{}:/tmp/release.tgz", at_web("deploy"))]))?;
    let unpack = "tar xzf /tmp/release.tgz -C /srv/www/html && \
                  sudo find /srv/releases -maxdepth 1 -name 'old-*' -mtime +30 -exec rm -rf {} +";
    run(ssh(lab, "deploy", from).args([&at_web("deploy"), unpack])).map(drop)
}

fn browse(lab: &Lab, visits: &[Visit], is_over: &AtomicBool) -> Result<(), String> {
    loop {
        for visit in visits {
            for path in visit.paths {
                let mut curl = lab.command(Place::Office, "curl");
                curl.args(["-s", "-o", "/dev/null", "--interface", visit.from, "-A", visit.agent]);
                let path = match path.strip_prefix("POST ") {
                    Some(path) => {
                        curl.args(["--data", "topic=offer&text=hello"]);
                        path
                    }
                    None => *path,
                };
                if visit.is_browser() && path != visit.paths[0] {
                    curl.args(["-e", &format!("http://www.example.org{}", visit.paths[0])]);
                }
                run(curl.arg(format!("http://{WEB}{path}")))?;
                if !rest(is_over, Duration::from_millis(visit.pause_ms)) {
                    return Ok(());
                }
            }
        }
    }
}

const SSH_OPTIONS: [&str; 8] = [
    "-F",
    "/dev/null",
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
];

fn ssh(lab: &Lab, account: &str, from: &str) -> std::process::Command {
    let mut command = lab.command(Place::Office, "ssh");
    command.args(SSH_OPTIONS).args(["-b", from]).arg("-i").arg(lab.folder.join(account));
    command
}

fn with_password(lab: &Lab, password: &str, from: &str) -> std::process::Command {
    let mut command = lab.command(Place::Office, "sshpass");
    command.args(["-p", password, "ssh"]).args(SSH_OPTIONS).args([
        "-b",
        from,
        "-o",
        "PubkeyAuthentication=no",
    ]);
    command.args(["-o", "NumberOfPasswordPrompts=1"]);
    command
}

fn at_web(account: &str) -> String {
    format!("{account}@{WEB}")
}
