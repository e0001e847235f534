//! logrotate at work on a file that rsyslog writes and the server follows.

use super::rsyslog::Rsyslog;
use super::{PATIENCE, file, site};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often it is rotated.
const ROTATIONS: usize = 8;
/// Lines before each rotation and after the last.
const LINES: usize = 2_000;

fn number(line: &str) -> Option<usize> {
    line.rsplit(' ').next()?.parse().ok()
}

/// Every number in the files, and how often.
fn in_files(dir: &Path) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("app.log") {
            let text = fs::read_to_string(path).unwrap();
            text.lines().filter_map(number).for_each(|number| *found.entry(number).or_default() += 1);
        }
    }
    found
}

/// Rotates under load. Lines that no file holds any more were lost between logrotate's copy and its truncation, before
/// anybody could read them: its manual says so of `copytruncate`.
fn check(how: &str, may_lose: bool) {
    if !Path::new("/usr/sbin/logrotate").exists() {
        println!("skipped: there is no logrotate");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let template = "template(name=\"plain\" type=\"string\" string=\"%timegenerated:::date-rfc3339% web-01 app: %msg%\\n\")";
    let write = format!("{template}\naction(type=\"omfile\" file=\"{}\" template=\"plain\")", at("app.log"));
    fs::write(at("app.log"), "").unwrap();
    let site = site(vec![file("app", Path::new(&at("app.log")))]);
    let Some(rsyslog) = Rsyslog::start(dir.path(), &write) else { return };
    let pid = rsyslog.pid().as_raw_nonzero();
    let config = format!(
        "su root root\n{} {{\n  rotate 50\n  missingok\n  {how}\n  postrotate\n    kill -HUP {pid}\n  endscript\n}}\n",
        at("app.log")
    );
    fs::write(at("logrotate.conf"), config).unwrap();
    std::thread::scope(|scope| {
        let rotate = scope.spawn(|| {
            for _ in 0..ROTATIONS {
                std::thread::sleep(Duration::from_millis(300));
                let status = Command::new("/usr/sbin/logrotate")
                    .args(["-f", "-s", &at("state"), &at("logrotate.conf")])
                    .output()
                    .unwrap();
                assert!(status.status.success(), "{status:?}");
            }
        });
        let mut number = 0;
        while !rotate.is_finished() || number < LINES * ROTATIONS {
            rsyslog.log(&format!("line {number}"));
            number += 1;
            if number.is_multiple_of(20) {
                std::thread::sleep(Duration::from_millis(3));
            }
        }
        rotate.join().unwrap();
        let until = Instant::now() + PATIENCE;
        let came = || -> Vec<usize> { site.taken("app").iter().filter_map(|line| number_of(line)).collect() };
        while came().last() != Some(&(number - 1)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
        }
        std::thread::sleep(Duration::from_secs(2));
        let (files, mut came) = (in_files(dir.path()), came());
        let in_order = came.is_sorted();
        came.sort_unstable();
        let doubled = came.windows(2).filter(|pair| pair[0] == pair[1]).count();
        let missing: Vec<usize> =
            files.keys().copied().filter(|one| came.binary_search(one).is_err()).collect();
        println!(
            "{how}: {number} lines written, {} in files after {ROTATIONS} rotations, {} taken, {doubled} twice, in order: {in_order}",
            files.len(),
            came.len(),
        );
        assert_eq!((doubled, missing), (0, vec![]));
        assert!(may_lose || came.len() == number, "{} of {number}", came.len());
    });
}

fn number_of(line: &str) -> Option<usize> {
    number(line)
}

#[test]
fn a_move_loses_and_doubles_no_line() {
    check("create", false);
}

#[test]
fn a_copy_and_truncation_loses_and_doubles_no_line() {
    check("copytruncate", true);
}
