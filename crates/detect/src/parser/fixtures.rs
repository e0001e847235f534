//! The laws of the text parsers: every fixture reads as recorded, and no line makes a parser fail.

use super::{
    Context, Heading, JSON_CARRIERS, JSON_FORMATS, Room, TEXT_CARRIERS, TEXT_FORMATS, TextFormat, access_log,
    auditd, json, parse_line, syslog, text,
};
use crate::event::{Event, EventClass, Value};
use crate::time::{TimeRules, when};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

fn rules() -> TimeRules {
    TimeRules::utc("2026-11-22T03:00:00Z".parse().unwrap())
}

/// The one door to the code under test.
fn read(format: &str, text: &str) -> String {
    let rules = rules();
    match format {
        "auditd" => {
            let (mut joiner, mut joined) = (auditd::Joiner::default(), Vec::new());
            for (line, record) in text.lines().zip(1..) {
                joiner.push(line, record, &mut joined);
            }
            joiner.finish(&mut joined);
            joined.iter().map(|event| show(auditd::parse(&event.text), &event.record.to_string())).collect()
        }
        "access_log" => text.lines().map(|line| show(access_log::parse(line, &rules), line)).collect(),
        "text" => text.lines().map(|line| show(Some(text::parse(line, &rules)), line)).collect(),
        "syslog" | "sshd" | "pam" | "sudo" | "su" | "cron" | "account" | "systemd" => {
            text.lines().map(|line| show(syslog::parse(line, &rules), line)).collect()
        }
        _ => read_lines(text, &rules),
    }
}

/// As a file of that text is read, whatever its lines are.
fn read_lines(text: &str, rules: &TimeRules) -> String {
    let mut context = Context::default();
    let read = |line: &str| match parse_line(line, rules, &mut context, &Room::default()) {
        Ok(Some(event)) => {
            let time = when(&event, rules);
            show(Some(Event { time, ..event }), line)
        }
        Ok(None) => "a heading\n\n".to_owned(),
        Err(error) => format!("{error}: {line}\n\n"),
    };
    text.lines().map(read).collect()
}

/// An event as people read it; the class and the time first, then a field a line.
fn show(event: Option<Event<'_>>, line: &str) -> String {
    let Some(event) = event else { return format!("not understood: {line}\n\n") };
    let mut out = String::new();
    let class = [&[event.class.product], event.class.services, event.class.categories].concat();
    writeln!(out, "{}:", class.join(" ").trim()).unwrap();
    if let Some(time) = event.time {
        writeln!(out, "  at: {}{}", time.at, if time.year_inferred { " (year inferred)" } else { "" })
            .unwrap();
    }
    if event.repeated > 1 {
        writeln!(out, "  repeated: {}", event.repeated).unwrap();
    }
    for field in &event.fields {
        writeln!(out, "  {}: {}", field.name, show_value(&field.value)).unwrap();
    }
    out + "\n"
}

fn show_value(value: &Value<'_>) -> String {
    match value {
        Value::List(members) => {
            format!("[{}]", members.iter().map(show_value).collect::<Vec<_>>().join(", "))
        }
        value => value
            .as_text()
            .unwrap_or_default()
            .escape_debug()
            .to_string()
            .replace("\\\"", "\"")
            .replace("\\'", "'"),
    }
}

#[test]
fn every_fixture_reads_as_recorded() {
    insta::glob!("../../data", "*/*/in.log", |path| {
        let case = path.parent().unwrap();
        let format = case.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let lines = std::fs::read_to_string(path).unwrap();
        insta::with_settings!({
            snapshot_path => case,
            prepend_module_to_snapshot => false,
            omit_expression => true,
            snapshot_suffix => "",
        }, {
            insta::assert_snapshot!("events", read(&format, &lines));
        });
    });
}

/// Every format in the lists, as `json 0` or `text 0`, that takes the line for its own.
fn claimants(line: &str, heading: &Heading) -> Vec<String> {
    let numbered = |kind: &str, claims: Vec<bool>| {
        let claiming = claims.iter().enumerate().filter(|(_, claims)| **claims);
        claiming.map(|(at, _)| format!("{kind} {at}")).collect()
    };
    if line.trim_start().starts_with('{') {
        let Ok(event) = json::flat(line.trim()) else { return Vec::new() };
        let mut claims: Vec<bool> =
            JSON_FORMATS.iter().map(|(_, format)| (format.claim)(&mut event.clone())).collect();
        claims
            .extend(JSON_CARRIERS.iter().map(|(_, format)| (format.read)(line, &Room::default()).is_some()));
        return numbered("json", claims);
    }
    let formats = TEXT_FORMATS.iter().chain(TEXT_CARRIERS);
    let claims =
        |(_, format): &(&str, TextFormat)| (format.read)(line, &rules(), heading, &Room::default()).is_some();
    numbered("text", formats.map(claims).collect())
}

/// So that what was likely before can never decide how a line is read, and every format is in every
/// test and measurement that walks the fixtures.
#[test]
fn each_line_is_claimed_by_one_format_and_each_format_claims_some() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut claimed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (folder, log) in logs(&data) {
        let mut heading = Heading::default();
        for line in log.lines() {
            if heading.take(line) {
                continue;
            }
            let claimants = claimants(line, &heading);
            assert!(claimants.len() <= 1, "{folder}: {claimants:?} claim {line}");
            claimed.entry(folder.clone()).or_default().extend(claimants);
        }
    }
    // Text is what is read as such, whatever others would make of it.
    for (folder, formats) in claimed.iter().filter(|(folder, _)| *folder != "text") {
        assert_eq!(formats.len(), 1, "{folder} holds lines of {formats:?}");
    }
    let all: BTreeSet<&String> = claimed.values().flatten().collect();
    let listed = [JSON_FORMATS.len(), JSON_CARRIERS.len(), TEXT_FORMATS.len(), TEXT_CARRIERS.len()];
    assert_eq!(all.len(), listed.iter().sum::<usize>(), "some format has no fixture: only {all:?} have");
}

#[test]
fn a_format_that_is_named_reads_its_lines_and_no_other_does() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let (all, mut read) = (super::names().collect::<Vec<_>>(), 0);
    let text_begins = JSON_FORMATS.len() + JSON_CARRIERS.len();
    for (folder, log) in logs(&data) {
        let mut context = Context::default();
        for line in log.lines() {
            if context.heading.take(line) {
                continue;
            }
            let Some(claimant) = claimants(line, &context.heading).pop() else { continue };
            let (kind, number) = claimant.split_once(' ').unwrap();
            let number: usize = number.parse().unwrap();
            let name = all[if kind == "json" { number } else { text_begins + number }];
            let room = Room::default();
            let mut by = |only: Option<&'static str>| {
                context.only = only;
                parse_line(line, &rules(), &mut context, &room).unwrap().unwrap()
            };
            let (own, any) = (format!("{:?}", by(super::named(name))), format!("{:?}", by(None)));
            assert_eq!(own, any, "{folder}: as {name}: {line}");
            let other = all.iter().copied().find(|other| *other != name).unwrap();
            assert_eq!(by(Some(other)).class, EventClass::UNKNOWN, "{folder}: as {other}: {line}");
            read += 1;
        }
    }
    assert!(read > 500, "{read}");
}

/// The fixtures' logs, each with the name of its format's folder.
fn logs(data: &Path) -> Vec<(String, String)> {
    let folders = |path: &Path| {
        std::fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let mut logs = Vec::new();
    for format in folders(data) {
        let name = format.file_name().unwrap().to_string_lossy().into_owned();
        for case in folders(&format) {
            let log = std::fs::read_to_string(case.join("in.log"));
            logs.extend(log.map(|log| (name.clone(), log)));
        }
    }
    logs
}

/// All lines of the fixtures, to be cut and mixed.
fn lines() -> Vec<String> {
    let logs = logs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data"));
    logs.iter().flat_map(|(_, log)| log.lines().map(str::to_owned)).collect()
}

/// Whatever the format claims to be, no text may stop a parser.
fn read_as_everything(text: &str) {
    for format in ["syslog", "auditd", "access_log", "text", "any"] {
        read(format, text);
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}", head in prop::sample::select(vec![
        "", "<34>1 ", "<13>", "Dec 10 06:55:46 h sshd[1]: ", "2026-11-22T03:00:00Z h sudo: ", "type=EXECVE msg=audit(1.1:1): ",
        "Dec 10 06:55:46 h sshd[1]: Failed password for ", "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"",
        "CEF:0|a|b|c|d|e|5|", "Dec 10 06:55:46 h CEF:0|a|", "LEEF:2.0|a|b|c|d|^|", "<Event><System><Channel>Security</Channel>",
        "2026-11-22T03:00:00Z stdout F ", "level=info msg=\"", "{\"__REALTIME_TIMESTAMP\":\"1\",\"MESSAGE\":\"",
    ])) {
        read_as_everything(&format!("{head}{text}"));
    }

    #[test]
    fn any_mutation_of_a_line_is_survived(
        seed in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        patch in prop::sample::select(vec!["", " ", "\0", "é", "[", "]", "\"", "\\", "99999999999999999999", "\u{1d}", ":", "="]),
        skip in 0_usize..9,
    ) {
        let lines = lines();
        let (line, tail) = (seed.get(&lines), other.get(&lines));
        let cut = line.char_indices().map(|(at, _)| at).nth(at.index(line.chars().count().max(1))).unwrap_or(0);
        let rest: String = line[cut..].chars().skip(skip).collect();
        read_as_everything(&format!("{}{patch}{rest}", &line[..cut]));
        read_as_everything(&format!("{}{patch}{tail}", &line[..cut]));
    }
}

/// Time of the worst lines grows with their length and not with its square: a quadratic reader
/// would take minutes here.
#[test]
fn hostile_lines_take_linear_time() {
    let heads = [
        "Dec 10 06:55:46 h sshd[1]: Failed publickey for ",
        "Dec 10 06:55:46 h sudo: a : TTY=",
        "type=SYSCALL msg=audit(1.001:1): ",
        "type=EXECVE msg=audit(1.001:1): ",
        "<34>1 - - - - - [",
        "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"",
        "CEF:0|a|b|c|d|e|5|",
        "LEEF:1.0|a|b|c|d|",
        "<Event><System><Channel>Security</Channel></System><EventData>",
        "level=info msg=",
        "1,\"{\"\"a",
        "2026-11-22T03:00:00Z stdout F ",
        "Mar  2 09:14:10 h named[1]: client @0x1 192.0.2.1#1 (",
        "Mar  2 09:14:10 h dnsmasq[1]: query[A] ",
        "Mar  2 09:14:10 h unbound[1]: [1:1] info: ",
        "Mar  2 09:14:10 h dhcpd[1]: DHCPACK ",
        "Mar  2 09:14:10 h haproxy[1]: 192.0.2.1:1 [",
        "1772442850.506 1 192.0.2.1 A/200 1 GET ",
        "3/2/2026 9:14:10 AM 0E44 PACKET 0 UDP Rcv 192.0.2.1 1 Q [1] A ",
    ];
    let parts = [
        " from 192.0.2.1 port 1 ssh2: ",
        " ; COMMAND",
        " ; A=",
        "a={",
        " syscall=1",
        " key=\"",
        " a1[0]=41",
        " msg='",
        "\\\"",
        "%25",
        "[a b=\"",
        " [",
        " \"",
        "\\=",
        " cs1Label=a",
        "<Data Name='a'>",
        "<Data>&#65;</Data>",
        "2026-11-22T03:00:00Z stdout F ",
        " a=b",
        "\"\"",
    ];
    for head in heads {
        for part in parts {
            read_as_everything(&format!("{head}{}", part.repeat((1 << 17) / part.len())));
        }
    }
    for record in [
        "PATH msg=audit(1.001:1): item=0 name=\"a\" nametype=CREATE\n",
        "SYSCALL msg=audit(1.001:1): syscall=1\n",
    ] {
        read("auditd", &format!("type={record}").repeat(1 << 13));
    }
}

#[test]
fn loghub_reads_as_its_tables_say() {
    let Ok(data) = std::env::var("COFFERDAM_TEST_DATA") else {
        println!("skipped: COFFERDAM_TEST_DATA names no folder");
        return;
    };
    for (name, host, program, pid, content) in [("Linux", 4, 5, 6, 7), ("OpenSSH", 4, 4, 5, 6)] {
        let folder = Path::new(&data).join("loghub").join(name);
        let log = std::fs::read_to_string(folder.join(format!("{name}_2k.log"))).unwrap();
        let table = std::fs::read_to_string(folder.join(format!("{name}_2k.log_structured.csv"))).unwrap();
        let mut read = 0;
        for (line, row) in log.lines().zip(table.lines().skip(1)) {
            let row = cells(row);
            let rules = rules();
            let event = syslog::parse(line, &rules).unwrap();
            let got = |field| event.text_of(field).unwrap_or_default().into_owned();
            assert_eq!(got("host.name"), row[host], "{line}");
            assert_eq!(got("process.pid"), row[pid], "{line}");
            // The table leaves the program of OpenSSH out, and counts PAM's module and the
            // version as part of the name.
            if host != program {
                let module = got("pam.module");
                let tagged = match module.as_str() {
                    "" => got("process.name"),
                    module => format!("{}({module})", got("process.name")),
                };
                assert_eq!(tagged, row[program].strip_suffix(" 1.4.1").unwrap_or(&row[program]), "{line}");
            }
            let message = match event.repeated {
                1 => got("message"),
                times => format!("message repeated {times} times: [ {}]", got("message")),
            };
            assert_eq!(message, row[content].trim(), "{line}");
            assert!(event.time.is_some(), "{line}");
            if line.contains("Failed password for ") {
                assert_eq!(got("event.action"), "ssh_login", "{line}");
                assert!(!got("user.name").is_empty() && !got("source.ip").is_empty(), "{line}");
            }
            read += 1;
        }
        assert_eq!(read, 2000, "{name}");
    }
}

/// The cells of a CSV row; quoted ones may hold commas and doubled quotes.
fn cells(row: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut chars = row.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '"' if quoted && chars.peek() == Some(&'"') => cells.last_mut().unwrap().extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            ch => cells.last_mut().unwrap().push(ch),
        }
    }
    cells
}
