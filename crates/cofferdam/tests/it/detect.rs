//! `cofferdam detect`: lines in, matches out, in the order of the input and as they come.

use crate::{Desk, brute_force, program, repository, run, run_with, text};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Whether a line arrives at all is asked here; how soon is measured by the benchmarks.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const FAILED_LOGIN: &str = "
title: Login refused
id: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7c01
logsource: {product: linux, service: sshd}
detection: {refused: {event.outcome: failure}, condition: refused}
level: medium
";

fn lines(stdout: &str) -> Vec<Value> {
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn failure(number: usize) -> String {
    let (minute, second) = (number / 60 % 60, number % 60);
    format!(
        "2026-03-02T09:{minute:02}:{second:02}Z web-01 sshd[{number}]: Failed password for root from 203.0.113.{} port 40122 ssh2\n",
        number % 250
    )
}

/// More than a megabyte, so that several batches are under way at a time.
fn long_log() -> (Desk, String, usize) {
    let noise = "2026-03-02T09:00:00Z web-01 systemd[1]: Started Daily apt download activities.\n";
    let desk = Desk::new();
    let log: String = (0..5_000).map(|number| failure(number) + noise + noise).collect();
    let path = desk.log("auth.log", log.as_bytes()).display().to_string();
    let size = log.len();
    (desk, path, size)
}

#[test]
fn matches_come_in_the_order_of_the_input_whatever_the_threads() {
    let (desk, log, size) = long_log();
    assert!(size > 1 << 20);
    let rule = desk.path("rule.yml");
    std::fs::write(&rule, FAILED_LOGIN).unwrap();
    let of = |threads: &str| {
        let rule = rule.to_str().unwrap();
        run(&["detect", "--no-builtin-rules", "--rules", rule, "--threads", threads, &log]).expect(0).stdout
    };
    let alone = of("1");
    assert_eq!(alone, of("4"), "the output depends on the threads");
    let records: Vec<u64> = lines(&alone).iter().map(|found| found["record"].as_u64().unwrap()).collect();
    let want: Vec<u64> = (0..5_000).map(|number| number * 3 + 1).collect();
    assert_eq!(records, want);
}

#[test]
fn the_recording_gives_the_same_output_with_one_and_with_four_threads() {
    for name in ["auth.log", "audit.log", "access.log"] {
        let log = repository().join("content/recordings/ssh-intrusion").join(name);
        let of =
            |threads: &str| run(&["detect", "--threads", threads, log.to_str().unwrap()]).expect(0).stdout;
        let alone = of("1");
        assert!(alone.lines().count() > 5, "{name}: {alone}");
        assert_eq!(alone, of("4"), "{name}");
    }
}

#[test]
fn a_match_leaves_while_the_input_is_still_open() {
    for threads in ["1", "4"] {
        let desk = Desk::with(&[("rule.yml", FAILED_LOGIN)]);
        let rule = desk.path("logs/rule.yml");
        let args =
            ["detect", "--no-builtin-rules", "--rules", rule.to_str().unwrap(), "--threads", threads, "-"];
        let mut child = program(&args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (arrived, arriving) = channel();
        let reader = std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).try_for_each(|line| arrived.send(line))
        });
        for record in 1..=3 {
            stdin.write_all(failure(record).as_bytes()).unwrap();
            stdin.flush().unwrap();
            let line = arriving.recv_timeout(PATIENCE).expect("the match of a line that was written");
            let found: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(found["record"], record, "{threads} threads");
        }
        drop(stdin);
        assert!(child.wait().unwrap().success());
        reader.join().unwrap().unwrap();
    }
}

#[test]
fn whoever_stops_reading_ends_it_without_a_word() {
    for threads in ["1", "4"] {
        let (_desk, log, _) = long_log();
        let mut child = program(&["detect", "--threads", threads, &log]).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        assert!(first.starts_with('{'), "{first}");
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0), "with {threads} threads");
    }
}

#[test]
fn whoever_stops_reading_ends_it_though_the_input_goes_on() {
    let desk = Desk::with(&[("rule.yml", FAILED_LOGIN)]);
    let rule = desk.path("logs/rule.yml");
    for threads in ["1", "4"] {
        let args =
            ["detect", "--no-builtin-rules", "--rules", rule.to_str().unwrap(), "--threads", threads, "-"];
        let mut child = program(&args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let lines = failure(1).repeat(50);
        let writer = std::thread::spawn(move || while stdin.write_all(lines.as_bytes()).is_ok() {});
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut String::new()).unwrap();
        drop(stdout);
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        writer.join().unwrap();
        assert!(ended.is_some_and(|status| status.success()), "with {threads} threads: {ended:?}");
    }
}

#[test]
fn audit_records_on_standard_input_are_joined_to_events() {
    let record = |kind: &str, rest: &str| format!("type={kind} msg=audit(1772422510.774:4102): {rest}\n");
    let log = record(
        "SYSCALL",
        "arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=8 items=2 ppid=2102 pid=2103 auid=1001 uid=0 gid=0 euid=0 tty=pts0 ses=12 comm=\"cat\" exe=\"/usr/bin/cat\" key=\"exec\"",
    ) + &record("EXECVE", "argc=2 a0=\"cat\" a1=\"/etc/shadow\"")
        + &record("CWD", "cwd=\"/root\"")
        + &record("PROCTITLE", "proctitle=636174002F6574632F736861646F77");
    let found = lines(&run_with(&["detect", "-"], log.as_bytes()).expect(0).stdout);
    assert!(!found.is_empty(), "reading the password hashes is found");
    for line in &found {
        assert_eq!((&line["file"], &line["record"]), (&"-".into(), &1.into()), "{line}");
        assert_eq!(text(line, "time"), "2026-03-02T03:35:10.774Z");
    }
}

#[test]
fn a_correlation_fires_in_its_place() {
    let ran = run_with(&["detect", "-"], brute_force("web-01", "203.0.113.45", 0).as_bytes()).expect(0);
    let found = lines(&ran.stdout);
    let record_of = |title: &str| {
        let mut records =
            found.iter().filter(|line| line["title"] == title).map(|line| line["record"].clone());
        (records.next(), records.next())
    };
    assert_eq!(record_of("SSH brute force"), (Some(5.into()), None), "{}", ran.stdout);
    assert_eq!(record_of("SSH login after brute force"), (Some(7.into()), None), "{}", ran.stdout);
    let records: Vec<u64> = found.iter().map(|line| line["record"].as_u64().unwrap()).collect();
    assert!(records.is_sorted(), "{records:?}");
}

#[test]
fn rules_below_the_level_are_silent_and_what_they_count_for_is_not() {
    let log = brute_force("web-01", "203.0.113.45", 0);
    let ran = run_with(&["detect", "--min-level", "high", "-"], log.as_bytes()).expect(0);
    let found = lines(&ran.stdout);
    let low: Vec<&Value> =
        found.iter().filter(|line| !matches!(text(line, "level"), "high" | "critical")).collect();
    assert!(low.is_empty(), "below high: {low:?}");
    assert!(found.iter().any(|line| line["title"] == "SSH login after brute force"), "{}", ran.stdout);
}

#[test]
fn a_kind_of_broken_line_is_told_once_however_many_there_are() {
    let log = ("{broken\n".to_owned() + &failure(1)).repeat(10_000);
    let desk = Desk::with(&[("rule.yml", FAILED_LOGIN)]);
    let rule = desk.path("logs/rule.yml").display().to_string();
    let ran = run_with(&["detect", "--no-builtin-rules", "--rules", &rule, "-"], log.as_bytes()).expect(0);
    assert_eq!(lines(&ran.stdout).len(), 10_000);
    assert_eq!(ran.notes().len(), 1, "{}", ran.stderr);
}

#[test]
fn several_files_are_read_in_their_order() {
    let desk = Desk::with(&[("b.log", &failure(1)), ("a.log", &failure(2)), ("rule.yml", FAILED_LOGIN)]);
    let path = |name: &str| desk.path("logs").join(name).display().to_string();
    let (first, second, rule) = (path("b.log"), path("a.log"), path("rule.yml"));
    let ran = run(&["detect", "--no-builtin-rules", "--rules", &rule, &first, &second]).expect(0);
    let found = lines(&ran.stdout);
    let files: Vec<&str> = found.iter().map(|line| text(line, "file")).collect();
    assert_eq!(files, [first, second]);
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let missing = run(&["detect", "/no/such.log"]).expect(3);
    assert_eq!(missing.stdout, "");
    assert!(missing.stderr.contains("evidence::missing") && missing.stderr.contains("/no/such.log"));
    assert!(run(&["detect", "--no-builtin-rules", "-"]).expect(2).stderr.contains("cofferdam::no-rules"));
    run(&["detect", "--rules", "/no/such/rules", "-"]).expect(3);
    run(&["detect"]).expect(2);
    run(&["detect", "--threads", "0", "-"]).expect(2);
    assert_eq!(run_with(&["detect", "-"], b"").expect(0).stdout, "");
}
