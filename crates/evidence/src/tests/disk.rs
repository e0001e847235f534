//! Folders, links, and what on disk is no file.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{assert_told, told};
use crate::{Limits, Step, read};

#[track_caller]
fn check_disk(lay: impl FnOnce(&Path), names: &[&str], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    lay(folder.path());
    assert_told(&told(folder.path(), names, &Limits::default()).0, expected);
}

#[test]
fn folders_are_read_in_the_order_of_names() {
    check_disk(
        |folder| {
            fs::create_dir_all(folder.join("in/b")).unwrap();
            for name in ["in/c", "in/b/z", "in/a"] {
                fs::write(folder.join(name), "").unwrap();
            }
        },
        &["in"],
        "file in/a of 0 bytes
         file in/b/z of 0 bytes
         file in/c of 0 bytes",
    );
}

#[test]
fn a_file_reached_twice_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::write(folder.path().join("in/a"), "").unwrap();
    symlink("a", folder.path().join("in/b")).unwrap();
    fs::hard_link(folder.path().join("in/a"), folder.path().join("in/c")).unwrap();
    let (told, summary) = told(folder.path(), &["in", "in/a", "in"], &Limits::default());
    assert_told(&told, "file in/a of 0 bytes");
    assert_eq!((summary.files, summary.repeated, summary.empty), (1, 4, 1));
}

#[test]
fn links_in_circles_end() {
    check_disk(
        |folder| {
            fs::create_dir_all(folder.join("in/deep")).unwrap();
            symlink("..", folder.join("in/deep/up")).unwrap();
            symlink("one", folder.join("in/two")).unwrap();
            symlink("two", folder.join("in/one")).unwrap();
            symlink("nowhere", folder.join("in/zero")).unwrap();
        },
        &["in", "gone"],
        "problem in/deep/up: link-loop, fatal, 0 rejected
         problem in/one: link-loop, fatal, 0 rejected
         problem in/two: link-loop, fatal, 0 rejected
         problem in/zero: missing, fatal, 0 rejected
         problem gone: missing, fatal, 0 rejected",
    );
}

#[test]
fn what_is_no_file_is_never_opened() {
    check_disk(
        |folder| {
            fs::create_dir(folder.join("in")).unwrap();
            mknodat(CWD, folder.join("in/fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
            drop(UnixListener::bind(folder.join("in/socket")).unwrap());
            symlink("/dev/zero", folder.join("in/zero")).unwrap();
        },
        &["in", "/dev/null"],
        "problem in/fifo: not-a-file, fatal, 0 rejected
         problem in/socket: not-a-file, fatal, 0 rejected
         problem in/zero: not-a-file, fatal, 0 rejected
         problem /dev/null: not-a-file, fatal, 0 rejected",
    );
}

#[test]
fn what_may_not_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    fs::write(&closed, "secret\n").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&closed).is_ok() {
        println!("skipped: this user may read everything; a name that is too long is tested in its stead");
        let name = "x".repeat(300);
        let expected = format!("problem {name}: unreadable, fatal, 0 rejected");
        assert_told(&told(folder.path(), &[&name], &Limits::default()).0, &expected);
        return;
    }
    assert_told(
        &told(folder.path(), &["closed"], &Limits::default()).0,
        "problem closed: unreadable, fatal, 0 rejected",
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_medium_that_fails_is_told_once() {
    check_disk(|_| (), &["/proc/self/mem"], "problem /proc/self/mem: unreadable, fatal, 0 rejected");
}

#[test]
fn a_file_is_hashed_to_its_end_however_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let digest = |bytes: &[u8]| {
        use sha2::Digest;
        crate::Sha256(sha2::Sha256::digest(bytes).into()).to_string()
    };
    let not_a_log = [&b"\x7fELF"[..], &[0; 1 << 20]].concat();
    for bytes in [b"a\nb\n".to_vec(), Vec::new(), not_a_log] {
        fs::write(folder.path().join("log"), &bytes).unwrap();
        let mut digests = Vec::new();
        read(&[folder.path().join("log")], &Limits::default(), &mut |step| {
            if let Step::File(file) = step {
                digests.push(file.sha256.map(|sha256| sha256.to_string()));
            }
            std::ops::ControlFlow::Continue(())
        });
        assert_eq!(digests, [Some(digest(&bytes))]);
    }
}

#[test]
fn a_sink_that_breaks_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::write(folder.path().join(name), "line\n").unwrap();
    }
    let mut steps = 0;
    let summary = read(&[PathBuf::from(folder.path())], &Limits::default(), &mut |_| {
        steps += 1;
        if steps == 2 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    });
    assert!(summary.stopped);
    assert_eq!(steps, 2);
}
