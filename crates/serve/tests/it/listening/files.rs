//! Files that are followed by a running server.

use super::{PATIENCE, file, site};
use crate::site::Site;
use cofferdam_serve::Settings;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn lines_are_taken_once_over_restarts_and_rotation() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.log");
    append(&path, "old\n");
    let settings = Settings { sources: vec![file("app", &path)], ..Settings::default() };
    let mut site = Site::with(settings);
    // What was there before is old.
    std::thread::sleep(Duration::from_millis(500));
    append(&path, "one\ntwo\npart");
    assert_eq!(site.wait_taken("app", 2), ["one", "two"]);
    site.stop();
    append(&path, "ial\nthree\n");
    fs::rename(&path, dir.path().join("app.log.1")).unwrap();
    append(&path, "four\n");
    fs::rename(dir.path().join("app.log.1"), dir.path().join("app.log.2")).unwrap();
    fs::rename(&path, dir.path().join("app.log.1")).unwrap();
    append(&path, "five\n");
    site.start();
    assert_eq!(site.wait_taken("app", 6)[2..], ["partial", "three", "four", "five"]);
    File::options().write(true).truncate(true).open(&path).unwrap();
    append(&path, "six\n");
    assert_eq!(site.wait_taken("app", 7).last().unwrap(), "six");
    site.stop();
    site.start();
    append(&path, "seven\n");
    assert_eq!(site.wait_taken("app", 8).last().unwrap(), "seven");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(site.taken("app").len(), 8, "nothing comes twice");
}

#[test]
fn files_that_come_later_and_links_are_followed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("logs");
    let site = site(vec![file("web", &folder.join("*.log"))]);
    std::thread::sleep(Duration::from_millis(300));
    fs::create_dir(&folder).unwrap();
    append(&folder.join("a.log"), "of a\n");
    append(&dir.path().join("elsewhere"), "of b\n");
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), folder.join("b.log")).unwrap();
    append(&folder.join("c.txt"), "of c\n");
    let mut taken = site.wait_taken("web", 2);
    taken.sort();
    assert_eq!(taken, ["of a", "of b"]);
    append(&dir.path().join("elsewhere"), "of b again\n");
    site.wait_taken("web", 3);
    let logs: Vec<String> = site.taken_as("web").into_iter().map(|(name, _)| name).collect();
    assert_eq!(logs.iter().filter(|name| *name == "web\t\tb.log").count(), 2, "{logs:?}");
}

#[test]
fn a_line_is_there_within_moments() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.log");
    append(&path, "first\n");
    let site = site(vec![file("app", &path)]);
    std::thread::sleep(Duration::from_millis(500));
    let mut took = Vec::new();
    for number in 0..50 {
        let began = Instant::now();
        append(&path, &format!("line {number:02}\n"));
        while site.counts("app").bytes < took.len() as u64 * 7 + 7 && began.elapsed() < PATIENCE {
            std::hint::spin_loop();
        }
        took.push(began.elapsed());
        std::thread::sleep(Duration::from_millis(3));
    }
    took.sort();
    println!("line written to line synced: median {:?}, 90 % {:?}, most {:?}", took[25], took[45], took[49]);
    assert_eq!(site.wait_taken("app", 50).len(), 50);
    // No interval of looking is in it.
    assert!(took[25] < Duration::from_millis(50), "{took:?}");
}
