//! What cannot be read is told once with its place and reason, and the rest goes on.

use crate::detect::FAILED_LOGIN;
use crate::{Desk, Ran, number, run};
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write;
use std::path::Path;

/// A log that every case has beside it, and that must come out whole.
const GOOD: &str =
    "2026-03-02T09:00:00Z web-01 sshd[1]: Failed password for root from 203.0.113.45 port 40122 ssh2\n";

const NINE: &str = "2026-03-02T09:00:00Z";

/// Whether there is enough in it to go on with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Alone {
    /// Exit code 0: something of it could be read.
    Readable,
    /// Exit code 3: nothing could.
    Nothing,
}
use Alone::{Nothing, Readable};

struct Case {
    name: &'static str,
    /// Puts the evidence into the folder.
    put: fn(&Path),
    /// Codes of the problems, each told once, with a word of the reason.
    told: &'static [(&'static str, &'static str)],
    alone: Alone,
    /// Records read and rejected.
    counts: (u64, u64),
}

const CASES: &[Case] = &[
    Case { name: "empty file", put: |at| file(at, b""), told: &[], alone: Readable, counts: (0, 0) },
    Case {
        name: "gzip that is cut",
        put: |at| {
            let whole = gzip(GOOD.repeat(5_000).as_bytes());
            file(at, &whole[..whole.len() - 12]);
        },
        told: &[("evidence::truncated", "")],
        alone: Readable,
        counts: (5_000, 0),
    },
    Case {
        name: "gzip that ends in its header",
        put: |at| file(at, &gzip(GOOD.as_bytes())[..7]),
        told: &[("evidence::truncated", "")],
        alone: Nothing,
        counts: (0, 0),
    },
    Case {
        name: "bytes that are no log",
        put: |at| file(at, &[b"\x7fELF".as_slice(), &[0; 4_000]].concat()),
        told: &[("evidence::not-a-log", "program")],
        alone: Nothing,
        counts: (0, 0),
    },
    Case {
        name: "event log that ends in its header",
        put: |at| file(at, b"ElfFile\0\x01\x00"),
        told: &[("evidence::", "")],
        alone: Readable,
        counts: (0, 0),
    },
    Case {
        name: "NUL bytes",
        put: |at| file(at, &[GOOD.as_bytes(), b"a line\0with two\0of them\n", GOOD.as_bytes()].concat()),
        told: &[],
        alone: Readable,
        counts: (3, 0),
    },
    Case {
        name: "invalid UTF-8",
        put: |at| {
            file(at, &[GOOD.as_bytes(), b"caf\xe9\n", b"\xff\xfe and more\n", GOOD.as_bytes()].concat());
        },
        told: &[("detect::not-utf8", "UTF-8")],
        alone: Readable,
        counts: (4, 0),
    },
    Case {
        name: "clocks of 1601 and 2106",
        put: |at| {
            file(
                at,
                (windows_event("1601-01-01T00:00:00Z") + &windows_event("2106-02-07T06:28:15Z")).as_bytes(),
            );
        },
        told: &[],
        alone: Readable,
        counts: (2, 0),
    },
    Case {
        name: "JSON lines that are broken",
        put: |at| {
            let good = windows_event(NINE);
            file(at, [good.as_str(), "{\"Channel\": \n", "{\"a\":1\n", "{]\n", &good].concat().as_bytes());
        },
        told: &[("detect::not-json", "")],
        alone: Readable,
        counts: (5, 3),
    },
    Case {
        // No array of records begins so: it is a line like any other.
        name: "a million nested arrays",
        put: |at| file(at, "[".repeat(1_000_000).as_bytes()),
        told: &[],
        alone: Readable,
        counts: (1, 0),
    },
    Case {
        name: "an array of a deep object",
        put: |at| file(at, ("[".to_owned() + &"{\"a\":".repeat(200_000) + &windows_event(NINE)).as_bytes()),
        told: &[("evidence::", "")],
        alone: Readable,
        counts: (1, 1),
    },
    Case {
        name: "objects nested in a line",
        put: |at| file(at, ("{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000) + "\n" + GOOD).as_bytes()),
        told: &[("detect::not-json", "")],
        alone: Readable,
        counts: (2, 1),
    },
    Case {
        name: "three lines that are too long",
        put: |at| file(at, [("x".repeat(1_200_000) + "\n").repeat(3).as_str(), GOOD].concat().as_bytes()),
        told: &[("evidence::long-line", "is left out"), ("evidence::long-line", "2 further times")],
        alone: Readable,
        counts: (4, 3),
    },
    Case {
        name: "a line of 100 MB",
        put: |at| {
            let mut out = std::fs::File::create(at).unwrap();
            let piece = vec![b'x'; 1 << 20];
            (0..100).for_each(|_| out.write_all(&piece).unwrap());
            out.write_all(b"\n").unwrap();
            out.write_all(GOOD.as_bytes()).unwrap();
        },
        told: &[("evidence::long-line", "")],
        alone: Readable,
        counts: (2, 1),
    },
];

/// What there is on Unix only.
#[cfg(unix)]
const UNIX_CASES: &[Case] = &[
    Case {
        name: "a socket",
        put: |at| drop(std::os::unix::net::UnixListener::bind(at).unwrap()),
        told: &[("evidence::not-a-file", "socket")],
        alone: Nothing,
        counts: (0, 0),
    },
    Case {
        name: "a FIFO",
        put: |at| {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, at, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        },
        told: &[("evidence::not-a-file", "FIFO")],
        alone: Nothing,
        counts: (0, 0),
    },
    Case {
        name: "a device",
        put: |at| std::os::unix::fs::symlink("/dev/null", at).unwrap(),
        told: &[("evidence::not-a-file", "device")],
        alone: Nothing,
        counts: (0, 0),
    },
    Case {
        name: "a link to nothing",
        put: |at| std::os::unix::fs::symlink("/no/such/log", at).unwrap(),
        told: &[("evidence::missing", "link")],
        alone: Nothing,
        counts: (0, 0),
    },
    Case {
        name: "a link to itself",
        put: |at| std::os::unix::fs::symlink(at, at).unwrap(),
        told: &[("evidence::link-loop", "circle")],
        alone: Nothing,
        counts: (0, 0),
    },
];

fn cases() -> impl Iterator<Item = &'static Case> {
    #[cfg(unix)]
    let further = UNIX_CASES;
    #[cfg(not(unix))]
    let further: &[Case] = &[];
    CASES.iter().chain(further)
}

fn file(at: &Path, bytes: &[u8]) {
    std::fs::write(at, bytes).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn windows_event(time: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"Microsoft-Windows-Security-Auditing"}}}},"EventID":1102,"Channel":"Security","Computer":"ws-01.example.org","TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}}}}}}}}"##
    ) + "\n"
}

const LOG_CLEARED: &str = "
title: Log cleared
id: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7c02
logsource: {product: windows, service: security}
detection: {cleared: {EventID: 1102}, condition: cleared}
level: high
";

fn rules(desk: &Desk) -> String {
    let path = desk.path("rules.yml");
    std::fs::write(&path, format!("{FAILED_LOGIN}---{LOG_CLEARED}")).unwrap();
    path.display().to_string()
}

fn investigate(desk: &Desk) -> Ran {
    desk.investigate(&["--no-builtin-rules", "--rules", &rules(desk)])
}

/// One note for each expected problem, naming the path, and no other.
#[track_caller]
fn check_notes(case: &str, ran: &Ran, path: &str, told: &[(&str, &str)]) {
    let notes: Vec<String> = ran.notes().into_iter().filter(|note| note.contains(path)).collect();
    assert_eq!(notes.len(), told.len(), "{case}: {notes:#?}\nof\n{}", ran.stderr);
    for (code, reason) in told {
        let of_code = |note: &&String| note.starts_with(code) && note.contains(reason);
        assert_eq!(notes.iter().filter(of_code).count(), 1, "{case}: {code} … {reason} in {notes:#?}");
    }
}

#[test]
fn each_alone_is_told_once_and_decides_the_exit_code() {
    for case in cases() {
        let desk = Desk::new();
        let name = format!("{}.log", case.name.replace(' ', "-"));
        (case.put)(&desk.path("logs").join(&name));
        let ran = investigate(&desk);
        let want = if case.alone == Readable { 0 } else { 3 };
        assert_eq!(ran.code, want, "{}: {}", case.name, ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{}: {}", case.name, ran.stderr);
        check_notes(case.name, &ran, &name, case.told);
        if ran.code == 0 {
            let summary = desk.results().summary;
            let counts = (number(&summary, "read"), number(&summary, "rejected"));
            assert_eq!(counts, case.counts, "{}: read and rejected", case.name);
            assert_eq!(summary["problems"].as_array().unwrap().len(), case.told.len(), "{}", case.name);
        } else {
            assert!(ran.stderr.contains("error[cofferdam::nothing-read]"), "{}", ran.stderr);
            assert!(!desk.path("out").exists(), "{}: results of nothing", case.name);
        }
    }
}

#[test]
fn all_together_leave_the_good_log_whole() {
    let desk = Desk::with(&[("good.log", GOOD)]);
    for case in cases() {
        (case.put)(&desk.path("logs").join(case.name.replace(' ', "-")));
    }
    let ran = investigate(&desk).expect(0);
    for case in cases() {
        check_notes(case.name, &ran, &format!("logs/{}", case.name.replace(' ', "-")), case.told);
    }
    let results = desk.results();
    let told: usize = cases().map(|case| case.told.len()).sum();
    assert_eq!(results.problems().len(), told, "{:#?}", results.problems());
    let of_good = |found: &&Value| found["file"].as_str().unwrap().ends_with("good.log");
    assert_eq!(results.matches.iter().filter(of_good).count(), 1);
    let read: u64 = cases().filter(|case| case.alone == Readable).map(|case| case.counts.0).sum();
    assert_eq!(number(&results.summary, "read"), read + 1);
    let files = results.summary["files"].as_array().unwrap();
    assert!(files.iter().all(|file| file["sha256"].is_string()), "{files:#?}");
}

#[test]
fn wrong_clocks_stand_in_the_results_as_the_record_has_them() {
    let desk = Desk::with(&[(
        "clock.json",
        &(windows_event("1601-01-01T00:00:00Z") + &windows_event("2106-02-07T06:28:15Z")),
    )]);
    investigate(&desk).expect(0);
    let results = desk.results();
    let times: Vec<&Value> = results.matches.iter().map(|found| &found["time"]).collect();
    assert_eq!(times, ["1601-01-01T00:00:00Z", "2106-02-07T06:28:15Z"]);
    assert_eq!(results.alerts.len(), 2, "five centuries apart are two alerts");
}

#[test]
fn a_bomb_is_read_no_further_than_is_plausible() {
    let desk = Desk::with(&[("good.log", GOOD)]);
    let file = std::fs::File::create(desk.path("logs/bomb.zip")).unwrap();
    let mut bomb = zip::ZipWriter::new(file);
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Zstd);
    bomb.start_file("inside.log", options).unwrap();
    let line = [vec![b'a'; (1 << 20) - 1], vec![b'\n']].concat();
    (0..128).for_each(|_| bomb.write_all(&line).unwrap());
    bomb.finish().unwrap();
    let ran = investigate(&desk).expect(0);
    check_notes("bomb", &ran, "bomb.zip", &[("evidence::ratio", "")]);
    let results = desk.results();
    let inside = |source: &&Value| source["path"].as_str().unwrap().ends_with("bomb.zip!inside.log");
    let sources = results.summary["sources"].as_array().unwrap();
    let bytes = number(sources.iter().find(inside).expect("its member was begun"), "bytes");
    assert!(bytes <= (80 << 20), "{bytes} bytes were expanded");
    assert_eq!(results.matches.len(), 1);
}

#[test]
fn what_follows_a_record_on_its_line_is_not_lost_in_silence() {
    let one = windows_event(NINE);
    let one = one.trim_end();
    for line in [format!("{one}{one}"), format!("{one} and more"), format!("{one}}}")] {
        let desk = Desk::with(&[("two.json", &format!("{one}\n{line}\n"))]);
        let ran = investigate(&desk).expect(0);
        let both = desk.results().matches.len() == 3;
        let told = ran.notes().iter().any(|note| note.starts_with("detect::not-json"));
        assert!(both || told, "neither read nor told: {line}");
    }
}

#[test]
fn a_path_that_names_nothing_is_told_and_the_others_are_read() {
    let desk = Desk::with(&[("good.log", GOOD)]);
    let (rules, logs) = (rules(&desk), desk.path("logs").display().to_string());
    let args = ["investigate", "--no-builtin-rules", "--rules", &rules, "/no/such/folder"];
    let ran = run(&args).expect(3);
    check_notes("missing", &ran, "/no/such/folder", &[("evidence::missing", "no such file or folder")]);
    let ran = run(&[&args[..], &[&logs]].concat()).expect(0);
    check_notes("missing", &ran, "/no/such/folder", &[("evidence::missing", "no such file or folder")]);
    assert!(ran.stdout.contains("1 alert"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_done_is_said_with_what_helps() {
    let desk = Desk::with(&[("good.log", GOOD)]);
    std::fs::create_dir(desk.path("empty")).unwrap();
    std::fs::write(desk.path("no.mmdb"), "address,country\n").unwrap();
    let path = |name: &str| desk.path(name).display().to_string();
    let (logs, empty, database, nowhere) = (path("logs"), path("empty"), path("no.mmdb"), path("nowhere"));
    let span = ["--from", "2026-03-03", "--to", "2026-03-02"];
    for (args, code, told) in [
        (["investigate", &empty].as_slice(), 3, "no files in `"),
        (&["detect", &empty], 3, "no files in `"),
        (&["report", &empty], 3, "investigate --out"),
        (&["timeline", &empty], 3, "investigate --out"),
        (&["timeline", &nowhere], 3, "holds no results"),
        (&["investigate", &logs, "--asn-db", &database], 3, "MaxMind DB format"),
        (&[&["investigate", &logs], &span[..]].concat(), 2, "--from 2026-03-03"),
        (&[&["timeline", &logs], &span[..]].concat(), 2, "--from 2026-03-03"),
    ] {
        let ran = run(args).expect(code);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_a_circle_are_told_once() {
    let desk = Desk::with(&[("deep/good.log", GOOD)]);
    std::os::unix::fs::symlink(desk.path("logs"), desk.path("logs/deep/up")).unwrap();
    let ran = investigate(&desk).expect(0);
    check_notes("circle", &ran, "deep/up", &[("evidence::link-loop", "")]);
    assert_eq!(desk.results().matches.len(), 1, "no log is read twice");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::with(&[("good.log", GOOD), ("secret.log", GOOD)]);
    let secret = desk.path("logs/secret.log");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&secret).is_ok() {
        println!("skipped: root may read everything");
        return;
    }
    let ran = investigate(&desk).expect(0);
    check_notes("secret", &ran, "secret.log", &[("evidence::unreadable", "")]);
}

/// A broken rule, the code under which it is told, and a word of the reason.
const BROKEN_RULES: &[(&str, &str, &str, &str)] = &[
    ("yaml.yml", "title: [never closed\nlogsource: {", "detect::rule-unreadable", ""),
    ("text.yml", "this is no rule at all\n", "detect::rule-unreadable", ""),
    (
        "no-detection.yml",
        "title: No detection\nlogsource: {product: linux}\nlevel: high\n",
        "detect::rule-unreadable",
        "detection",
    ),
    (
        "unknown-name.yml",
        "title: Unknown name\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7d01\nlogsource: {product: linux}\ndetection: {seen: {a: b}, condition: seen and not unseen}\n",
        "detect::rule-unknown-name",
        "unseen",
    ),
    (
        "catastrophe.yml",
        "title: Catastrophe\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7d02\nlogsource: {product: linux}\ndetection: {seen: {a|re: '(a{1000}){1000}'}, condition: seen}\n",
        "detect::rule-regex",
        "",
    ),
    (
        "look-ahead.yml",
        "title: Look-ahead\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7d03\nlogsource: {product: linux}\ndetection: {seen: {a|re: 'a(?!b)'}, condition: seen}\n",
        "detect::rule-regex",
        "look-around",
    ),
    (
        "unknown-modifier.yml",
        "title: Unknown modifier\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7d04\nlogsource: {product: linux}\ndetection: {seen: {a|nonsense: b}, condition: seen}\n",
        "detect::rule-",
        "nonsense",
    ),
    (
        "twice.yml",
        "title: Login refused again\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7c01\nlogsource: {product: linux}\ndetection: {seen: {a: b}, condition: seen}\n",
        "detect::rule-twice",
        "a-good.yml",
    ),
    (
        "orphan.yml",
        "title: Orphan\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7d05\ncorrelation: {type: event_count, rules: [nobody], group-by: [a], timespan: 5m, condition: {gte: 2}}\n",
        "detect::correlation-without-rule",
        "nobody",
    ),
    (
        "filter.yml",
        "title: Filter of nothing\nid: 6f2f3c1e-3b52-4d3b-9f2e-2f0b8f1a7d06\nlogsource: {product: linux}\nfilter: {rules: [nobody], seen: {a: b}, condition: seen}\n",
        "detect::filter-without-rule",
        "",
    ),
];

#[test]
fn a_broken_rule_among_good_ones_is_told_and_the_good_ones_work() {
    let desk = Desk::with(&[("good.log", GOOD)]);
    let folder = desk.path("rules");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a-good.yml"), FAILED_LOGIN).unwrap();
    for (name, text, ..) in BROKEN_RULES {
        std::fs::write(folder.join(name), text).unwrap();
    }
    std::fs::write(folder.join("bytes.yml"), b"\xff\xfe\0\x80").unwrap();
    std::fs::write(folder.join("zz-last.yml"), LOG_CLEARED).unwrap();
    desk.log("cleared.json", windows_event("2026-03-02T09:00:00Z").as_bytes());
    let rules = folder.display().to_string();
    let ran = desk.investigate(&["--no-builtin-rules", "--rules", &rules]).expect(0);
    for (name, _, code, reason) in BROKEN_RULES {
        check_notes(name, &ran, &format!("rules/{name}"), &[(code, reason)]);
    }
    check_notes("bytes", &ran, "rules/bytes.yml", &[("detect::rule-unreadable", "")]);
    let results = desk.results();
    assert!(results.titles().iter().eq(&["Log cleared", "Login refused"]), "{:?}", results.titles());
    let summary = &results.summary;
    assert_eq!(summary["rules"]["left_out"], BROKEN_RULES.len() + 1);
    assert_eq!(summary["rule_problems"].as_array().unwrap().len(), BROKEN_RULES.len() + 1);
}

#[test]
fn a_reason_of_several_lines_is_told_readably() {
    let desk = Desk::with(&[("good.log", GOOD)]);
    let rule = desk.path("rule.yml");
    let text = "title: Word\nlogsource: {product: linux}\ndetection: {all: {a: b}, condition: all}\n";
    std::fs::write(&rule, text).unwrap();
    let ran = desk.investigate(&["--rules", rule.to_str().unwrap()]).expect(0);
    check_notes("condition", &ran, "rule.yml", &[("detect::rule-", "ondition")]);
    assert!(!ran.stderr.contains('\u{FFFD}'), "line breaks are no hostile text: {}", ran.stderr);
}

#[test]
fn rules_that_cannot_be_used_at_all_end_it() {
    let desk = Desk::with(&[("good.log", GOOD), ("broken.yml", "title: [")]);
    let broken = desk.path("logs/broken.yml").display().to_string();
    let ran = desk.investigate(&["--no-builtin-rules", "--rules", &broken]).expect(2);
    assert!(ran.stderr.contains("error[cofferdam::no-rules]"), "{}", ran.stderr);
    let ran = desk.investigate(&["--rules", "/no/such/rules"]).expect(3);
    assert!(ran.stderr.contains("error[cofferdam::unreadable]") && ran.stderr.contains("/no/such/rules"));
}
