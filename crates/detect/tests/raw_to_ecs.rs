//! What the parsers understand of records from many products: the time, who, from where and on what,
//! compared with what another parser made of them. Writes the table of `docs/coverage.md`.
//!
//! The records are third-party data, read in place below `COFFERDAM_TEST_DATA`: a file for each product,
//! a record a line with `id`, `raw` (the text as the product wrote it) and `expected` (names of ECS).
//! `COFFERDAM_UPDATE=1` writes the table anew.

use cofferdam_detect::event::{Event, EventClass, Value};
use cofferdam_detect::parser::{Context, Room, parse_line};
use cofferdam_detect::time::{TimeRules, when};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::fmt::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// How many of a hundred answers must be right for each format.
const BAR: usize = 95;

/// A format that we claim, and where records of it lie.
struct Format {
    /// As people call it.
    name: &'static str,
    /// The file, without its ending.
    file: &'static str,
    /// What stands before the record in a log, where the file holds only the message of a syslog line.
    before: &'static str,
    /// Answers that are not to be compared: the record, or its end; the field; the reason.
    except: &'static [Exception],
}

struct Exception {
    /// The records, by the last part of their id without its ending; none means all.
    records: &'static [&'static str],
    /// The field, or all where it is empty: the record is no record of this format at all.
    field: &'static str,
    /// Why our answer is another.
    reason: &'static str,
}

const fn except(records: &'static [&'static str], field: &'static str, reason: &'static str) -> Exception {
    Exception { records, field, reason }
}

const fn format(name: &'static str, file: &'static str, except: &'static [Exception]) -> Format {
    Format { name, file, before: "", except }
}

const ERROR_LOG: &str = "a line of an error log, which is a format of its own";
const OWN_FORMAT: &str = "a format that its administrator made up";

/// The formats, in the order of the table.
static FORMATS: &[Format] = &[
    format(
        "Apache HTTP Server, access log",
        "apache-apache",
        &[
            except(
                &["error_2", "error_module", "modsecurity", "needs_striping", "process_id"],
                "",
                ERROR_LOG,
            ),
            except(&["access_success_02"], "", OWN_FORMAT),
            except(&[], "event.outcome", "we keep the status as it is (`sc-status`)"),
        ],
    ),
    format(
        "nginx, access log",
        "nginx-nginx",
        &[
            except(&["json_OCSP_error_01", "json_OCSP_error_02"], "", ERROR_LOG),
            except(
                &["json_delete", "json_get", "json_get_failed_graylog", "json_get_graylog", "json_get_ip"],
                "",
                OWN_FORMAT,
            ),
        ],
    ),
    Format {
        name: "OpenSSH",
        file: "openssh-openssh",
        before: "Nov 22 11:00:00 host sshd[1]: ",
        except: &[
            except(&[], "file.hash.sha256", "the fingerprint of a key is no file's hash"),
            except(
                &[
                    "accepted_rsa",
                    "accepted_rsa_2",
                    "auth_method_disabled",
                    "bad_protocol",
                    "connection_closed_2",
                    "connection_closed_authenticating_user",
                    "connection_corrupted",
                    "connection_reset",
                    "disconnect_with_header",
                    "disconnected",
                    "disconnected_authenticating_user",
                    "disconnected_illegal_user",
                    "disconnected_user_with_domain",
                    "invalid_user2",
                    "not_receive_identification",
                    "pam_check_pass",
                    "pam_faillock_user_unknown",
                    "pam_session_failed_to_create",
                    "pam_session_opened_2",
                    "pam_faulty_module",
                    "pam_session_closed",
                    "received_disconnect_user",
                    "received_disconnect_user_2",
                    "unable_to_negotiate",
                    "user_on_pid",
                ],
                "event.outcome",
                "nobody is let in or refused here: the other parser says success of whatever it does not know",
            ),
            except(&["pam_check_pass", "user_on_pid"], "user.name", "`unknown` and `child` are no accounts"),
            except(&["user_on_pid"], "process.pid", "the process that is told of, not the one that writes"),
        ],
    },
    format(
        "Windows event log",
        "windows-windows",
        &[
            except(&["wrong-startswith"], "", "the record is cut at its start and no JSON"),
            except(
                &[
                    "Event_2500",
                    "Event_7",
                    "process_creation",
                    "sysmon_11",
                    "sysmon_13_dword",
                    "sysmon_15",
                    "sysmon_17",
                    "sysmon_1_parent_process",
                    "sysmon_3",
                    "sysmon_9",
                ],
                "process.pid",
                "NXLog wrote its `ProcessID` over it; it stands in the message's text only",
            ),
            except(
                &["event_4103_non_breakable_space", "powershell", "process_4103", "process_4103_fr"],
                "process.name",
                "inferred by the other parser, the record names none",
            ),
            except(&["sysmon_6"], "process.name", "a driver, which is `ImageLoaded`"),
            except(&["sysmon_6"], "process.executable", "a driver, which is `ImageLoaded`"),
        ],
    ),
    format("Winlogbeat", "beats-winlogbeat", &[]),
    format(
        "Suricata",
        "suricata-suricata",
        &[except(&["beats"], "", "a measurement of Metricbeat's, which is no record of Suricata's")],
    ),
    Format { name: "BIND", file: "bind-bind", before: "Nov 22 11:00:00 host named[1]: ", except: &[] },
    Format {
        name: "HAProxy",
        file: "haproxy-haproxy",
        before: "Nov 22 11:00:00 host haproxy[1]: ",
        except: &[except(&["json"], "", OWN_FORMAT)],
    },
    format(
        "Squid",
        "squid-squid",
        &[except(&["common_log_format_1", "common_log_format_2"], "", OWN_FORMAT)],
    ),
    Format {
        name: "Unbound",
        file: "unbound-unbound",
        before: "Nov 22 11:00:00 host unbound[1]: ",
        except: &[],
    },
    Format {
        name: "ISC dhcpd",
        file: "isc-dhcp-dhcpd",
        before: "Nov 22 11:00:00 host dhcpd[1]: ",
        except: &[except(
            &["discover", "release", "request"],
            "event.outcome",
            "a message on its way to an answer: nobody has got anything yet, or been refused",
        )],
    },
    format("Auditbeat", "beats-auditbeat", &[]),
    format("CEF", "cef-cef", &[]),
    format(
        "AWS CloudTrail",
        "aws-aws-cloudtrail",
        &[except(&["event_iam"], "user.name", "the id of the user that was created, not who created it")],
    ),
    format(
        "AWS GuardDuty",
        "aws-aws-guardduty",
        &[except(&[], "@timestamp", "we take when it was last seen, they when the finding was updated")],
    ),
    format("Azure activity log", "azure-azure-activity-logs", &[]),
    format("Azure Key Vault", "azure-azure-key-vault", &[]),
    format("Entra ID, diagnostic settings", "azure-azure-ad", &[]),
    format(
        "Entra ID, Microsoft Graph",
        "microsoft-microsoft-entraid-graphapi",
        &[except(
            &["test_directory_audit", "test_event_0077"],
            "user.name",
            "the name shown to people; ours is the one to sign in with",
        )],
    ),
    format("Microsoft 365 audit log", "office-365-o365", &[]),
    format("Google Cloud audit log", "google-cloud-google-cloud-audit", &[]),
    format("Google Workspace reports", "google-cloud-google-report", &[]),
    format("Okta system log", "okta-okta-system-logs", &[]),
    format(
        "Kubernetes audit log",
        "kubernetes-audit-log",
        &[except(&[], "event.outcome", "`allow` is no outcome of ECS; ours is `success` or `failure`")],
    ),
    format("GitHub audit log", "github-github-audit-logs", &[]),
    format("Microsoft Defender XDR", "microsoft-microsoft-365-defender", &[]),
    format("CrowdStrike Falcon, event stream", "crowdstrike-crowdstrike-falcon", &[]),
    format("CrowdStrike Falcon Data Replicator", "crowdstrike-crowdstrike-telemetry", &[]),
    format("SentinelOne", "sentinelone-sentinelone", &[]),
    format("SentinelOne Cloud Funnel", "sentinelone-cloud-funnel2-0", &[]),
    format("OCSF", "ocsf-ocsf", &[]),
    format("AWS WAF", "aws-aws-waf", &[]),
    format(
        "AWS VPC flow log",
        "aws-aws-flow-logs",
        &[except(&[], "event.outcome", "`ok` tells that the record is whole, which is no outcome of ECS")],
    ),
    format("Google Cloud VPC flow log", "google-cloud-google-vpc-flow-logs", &[]),
    format("Azure Files", "azure-azure-files", &[]),
    format("Cloudflare Gateway, network", "cloudflare-gateway-network", &[]),
    format("Cloudflare Gateway, DNS", "cloudflare-gateway-dns", &[]),
    format("Cloudflare firewall", "cloudflare-firewall-events", &[]),
    format("Thinkst Canary", "thinkstcanary-thinkst-canary", &[]),
    format("Wiz audit log", "wiz-wiz-audit-logs", &[]),
    format(
        "Fortinet FortiGate",
        "fortinet-fortigate",
        &[
            except(
                &["anomaly.CEF-2", "app_ctrl_2", "traffic_forward.CEF-5"],
                "",
                "the record is cut at its start and no CEF",
            ),
            except(&[], "event.outcome", "the other parser says success of whatever it does not know"),
        ],
    ),
    format("Fortinet FortiProxy", "fortinet-fortiproxy", &[]),
    Format {
        name: "Cisco ASA and Secure Firewall",
        file: "cisco-cisco-secure-firewall",
        before: "%ASA-6-000000: ",
        except: &[except(&["test_ASA_302013_2"], "host.name", "the domain of an account, which is no host")],
    },
    Format {
        name: "netfilter",
        file: "netfilter-netfilter",
        before: "Nov 22 11:00:00 host kernel: ",
        except: &[except(&[], "event.outcome", "a packet that was dropped is no success")],
    },
    format(
        "WatchGuard Firebox",
        "watchguard-watchguard-firebox",
        &[except(
            &["auth_was_rejected", "test_dns_question", "user_auth_was_accepted", "user_logged_out"],
            "",
            "the record is cut at its start and no LEEF",
        )],
    ),
    format("One Identity SPS", "one-identity-one-identity-sps", &[]),
    format("Netwrix Auditor", "netwrix-netwrix-auditor", &[]),
    format("Sesame IT Jizo", "sesameit-jizo", &[]),
    format("Trellix Network Security", "trellix-trellix-network-security", &[]),
    format(
        "CyberArk Digital Vault",
        "cyberark-cyberark-digital-vault",
        &[except(&[], "event.outcome", "told by the words of a message only, which nobody promised to keep")],
    ),
];

/// What is compared: ECS's name, the columns of the table, and the names under which we have it. Rules
/// ask for Windows events by Windows' own names, and for access logs by those of W3C.
static FIELDS: &[(&str, &str, Kind, &[&str])] = &[
    (
        "source.ip",
        "source",
        Kind::Address,
        &["source.ip", "IpAddress", "SourceIp", "SourceAddress", "ClientAddress", "c-ip"],
    ),
    ("source.port", "source", Kind::Number, &["source.port", "IpPort", "SourcePort"]),
    (
        "destination.ip",
        "destination",
        Kind::Address,
        &["destination.ip", "DestinationIp", "DestAddress", "s-ip"],
    ),
    (
        "destination.port",
        "destination",
        Kind::Number,
        &["destination.port", "DestinationPort", "DestPort", "s-port"],
    ),
    (
        "user.name",
        "user",
        Kind::Account,
        &[
            "user.name",
            "user.target.name",
            "SubjectUserName",
            "TargetUserName",
            "User",
            "AccountName",
            "cs-username",
        ],
    ),
    ("host.name", "host", Kind::Host, &["host.name", "Computer"]),
    (
        "process.name",
        "process",
        Kind::Path,
        &[
            "process.name",
            "process.executable",
            "Image",
            "SourceImage",
            "ProcessName",
            "NewProcessName",
            "Application",
        ],
    ),
    (
        "process.pid",
        "process",
        Kind::Number,
        &["process.pid", "ProcessId", "NewProcessId", "SourceProcessId", "ProcessID", "winlog.process.pid"],
    ),
    (
        "process.executable",
        "process",
        Kind::Path,
        &["process.executable", "Image", "SourceImage", "ProcessName", "NewProcessName", "Application"],
    ),
    ("process.command_line", "process", Kind::Command, &["process.command_line", "CommandLine"]),
    ("file.hash.sha256", "hash", Kind::Hash, &["file.hash.sha256", "Hashes", "Hash"]),
    ("file.hash.sha1", "hash", Kind::Hash, &["file.hash.sha1", "Hashes", "Hash"]),
    ("file.hash.md5", "hash", Kind::Hash, &["file.hash.md5", "Hashes", "Hash"]),
    ("event.outcome", "outcome", Kind::Text, &["event.outcome"]),
];

static COLUMNS: [&str; 8] = ["time", "source", "destination", "user", "host", "process", "hash", "outcome"];

/// When two values are the same.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Address,
    /// With or without its domain and the `$` of machines.
    Account,
    /// With or without quotes.
    Command,
    /// Decimal or hexadecimal.
    Number,
    Host,
    /// The whole, or the last part of it.
    Path,
    /// Alone, or one of `ALGORITHM=hex`.
    Hash,
}

impl Kind {
    fn same(self, ours: &str, theirs: &str) -> bool {
        let number = |text: &str| match text.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        };
        let address = |text: &str| text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
        match self {
            Kind::Text => ours == theirs,
            Kind::Address => ours == theirs || (address(ours).is_some() && address(ours) == address(theirs)),
            Kind::Number => ours == theirs || (number(ours).is_some() && number(ours) == number(theirs)),
            Kind::Command => ours.replace('"', "") == theirs.replace('"', ""),
            Kind::Host => ours.eq_ignore_ascii_case(theirs),
            Kind::Account => {
                let ours = ours.to_lowercase();
                let theirs = theirs.to_lowercase();
                let ours = ours.trim_end_matches('$');
                let bare = ours.rsplit_once('\\').map_or(ours, |(_, name)| name);
                [ours, bare, bare.split('@').next().unwrap_or_default()]
                    .contains(&theirs.trim_end_matches('$'))
            }
            Kind::Path => ours == theirs || ours.rsplit(['/', '\\']).next() == Some(theirs),
            Kind::Hash => ours
                .split([',', ';'])
                .any(|part| part.rsplit('=').next().is_some_and(|hex| hex.eq_ignore_ascii_case(theirs))),
        }
    }
}

/// Right answers of all that were asked for.
#[derive(Clone, Copy, Default)]
struct Score {
    met: usize,
    asked: usize,
}

impl Score {
    fn count(&mut self, met: bool) {
        self.met += usize::from(met);
        self.asked += 1;
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.asked == 0 { out.write_str("–") } else { write!(out, "{}/{}", self.met, self.asked) }
    }
}

#[derive(Default)]
struct Report {
    records: usize,
    taken: usize,
    columns: [Score; COLUMNS.len()],
    wrong: Vec<String>,
}

impl Report {
    fn all(&self) -> Score {
        self.columns.iter().fold(Score::default(), |sum, score| Score {
            met: sum.met + score.met,
            asked: sum.asked + score.asked,
        })
    }

    /// As [`all`](Self::all), of what tells who did what to whom: neither the time nor the outcome.
    fn core(&self) -> Score {
        let columns =
            COLUMNS.iter().zip(&self.columns).filter(|(name, _)| !matches!(**name, "time" | "outcome"));
        columns.fold(Score::default(), |sum, (_, score)| Score {
            met: sum.met + score.met,
            asked: sum.asked + score.asked,
        })
    }

    fn add(&mut self, column: &str, met: bool, wrong: impl FnOnce() -> String) {
        let at = COLUMNS.iter().position(|name| *name == column).unwrap();
        self.columns[at].count(met);
        if !met {
            self.wrong.push(wrong());
        }
    }
}

fn folder() -> Option<PathBuf> {
    let folder =
        std::env::var_os("COFFERDAM_TEST_DATA").map(|data| Path::new(&data).join("alerts/raw-to-ecs"));
    folder.filter(|folder| folder.is_dir())
}

#[test]
fn records_of_many_products_are_understood() {
    let Some(folder) = folder() else {
        println!("skipped: no `alerts/raw-to-ecs` below COFFERDAM_TEST_DATA");
        return;
    };
    let mut failures = String::new();
    let mut rows = String::new();
    for format in FORMATS {
        let Ok(records) = std::fs::read_to_string(folder.join(format!("{}.ndjson", format.file))) else {
            println!("skipped: no records of {}", format.name);
            continue;
        };
        let mut report = Report::default();
        for record in records.lines() {
            compare(format, &serde_json::from_str(record).unwrap(), &mut report);
        }
        let (all, core) = (report.all(), report.core());
        if report.taken < report.records
            || [all, core].iter().any(|score| score.met * 100 < score.asked * BAR)
        {
            let (taken, records) = (report.taken, report.records);
            writeln!(
                failures,
                "{}: {taken} of {records} taken in, {all} met, {core} of who and what",
                format.name
            )
            .unwrap();
            report.wrong.iter().for_each(|wrong| writeln!(failures, "  {wrong}").unwrap());
        }
        rows += &row(format, &report);
    }
    print!("{rows}");
    if std::env::var_os("COFFERDAM_UPDATE").is_some() {
        std::fs::write(docs(), document(&rows)).unwrap();
    }
    assert!(failures.is_empty(), "below {BAR} %:\n{failures}");
}

/// Every record of every product is taken in: read by a parser, or kept as text. Nothing of it is lost.
#[test]
fn no_record_of_any_product_is_lost() {
    let Some(folder) = folder() else {
        println!("skipped: no `alerts/raw-to-ecs` below COFFERDAM_TEST_DATA");
        return;
    };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
    files.sort();
    let (mut records, mut claimed, mut text, mut products) = (0, 0, 0, 0);
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let known = FORMATS.iter().find(|format| format.file == name);
        let stand_in = Format { name: "", file: "", before: "", except: &[] };
        let mut report = Report::default();
        for record in std::fs::read_to_string(file).unwrap().lines() {
            let record: serde_json::Value = serde_json::from_str(record).unwrap();
            let kept = kept(record["raw"].as_str().unwrap(), &name);
            claimed += kept;
            text += 1 - kept;
            compare(known.unwrap_or(&stand_in), &record, &mut report);
        }
        records += report.records;
        products += 1;
        if known.is_none() {
            println!("{name}: {} of {} read, {} met", report.taken, report.records, report.core());
            if std::env::var("COFFERDAM_PRODUCT").is_ok_and(|wanted| name.contains(&wanted)) {
                report.wrong.iter().for_each(|wrong| println!("  {wrong}"));
            }
        }
    }
    println!("{products} products, {records} records: {claimed} read by a parser, {text} kept as text");
    assert!(products > 0);
}

/// Takes a record as the pipeline does, line by line. Answers 1 if a parser read all of it.
fn kept(raw: &str, name: &str) -> usize {
    let mut claimed = 1;
    for line in raw.trim().lines() {
        let (rules, room) = (rules(), Room::default());
        match parse_line(line, &rules, &mut Context::default(), &room) {
            Ok(Some(event)) => {
                // Whoever did not understand a line has all of it.
                assert_eq!(event.text.trim(), line.trim(), "{name}");
                claimed &= usize::from(event.class != EventClass::UNKNOWN);
            }
            // A heading, which tells how lines below are to be read.
            Ok(None) => {}
            // Told with its place, and kept by whoever has the line.
            Err(_) => claimed = 0,
        }
    }
    claimed
}

#[test]
fn the_table_has_every_format() {
    let table = std::fs::read_to_string(docs()).unwrap();
    for format in FORMATS {
        assert!(
            table.contains(&format!("| {} |", format.name)),
            "{} is not in docs/coverage.md",
            format.name
        );
    }
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md")
}

fn compare(format: &Format, record: &serde_json::Value, report: &mut Report) {
    let id = record["id"].as_str().unwrap();
    let excepted = |field: &str| {
        let exceptions = format.except.iter();
        let name = id.rsplit('/').next().unwrap_or(id).trim_end_matches(".json");
        { exceptions }.any(|e| (e.records.is_empty() || e.records.contains(&name)) && e.field == field)
    };
    if excepted("") {
        return;
    }
    report.records += 1;
    let raw = record["raw"].as_str().unwrap().trim();
    let is_claimed = |line: &str| matches!(parse_line(line, &rules(), &mut Context::default(), &Room::default()), Ok(Some(event)) if event.class != EventClass::UNKNOWN);
    let line = if is_claimed(raw) { raw.to_owned() } else { format!("{}{raw}", format.before) };
    let rules = rules();
    let room = Room::default();
    let event = match parse_line(&line, &rules, &mut Context::default(), &room) {
        Ok(Some(event)) if event.class != EventClass::UNKNOWN => event,
        _ => {
            report.wrong.push(format!("{id}: not taken in: {}", raw.chars().take(80).collect::<String>()));
            return;
        }
    };
    report.taken += 1;
    let expected = &record["expected"];
    if let Some(theirs) = expected["@timestamp"].as_str().filter(|_| !excepted("@timestamp")) {
        let ours = when(&event, &rules).map(|time| time.at);
        // The other parser rounds to the microsecond.
        let same = match (ours, theirs.parse::<Timestamp>()) {
            (Some(ours), Ok(theirs)) => ours.duration_since(theirs).abs() <= SignedDuration::from_micros(1),
            (ours, theirs) => ours.is_none() && theirs.is_err(),
        };
        report.add("time", same, || format!("{id}: time is {ours:?}, not {theirs}"));
    }
    for &(field, column, kind, names) in FIELDS.iter().filter(|(field, ..)| !excepted(field)) {
        let Some(theirs) = at(expected, field) else { continue };
        let ours: Vec<Cow<'_, str>> = names.iter().flat_map(|name| values(&event, name)).collect();
        let same = ours.iter().any(|ours| kind.same(ours.trim(), theirs.trim()));
        report.add(column, same, || format!("{id}: {field} is {ours:?}, not {theirs}"));
    }
}

/// Files without a year were last written then, so that nothing depends on today.
fn rules() -> TimeRules {
    TimeRules::utc("2026-11-22T12:00:00Z".parse().unwrap())
}

/// The value of a nested name, as text.
fn at(expected: &serde_json::Value, field: &str) -> Option<String> {
    let value = field.split('.').try_fold(expected, |value, name| value.get(name))?;
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn values<'e>(event: &'e Event<'_>, name: &str) -> Vec<Cow<'e, str>> {
    match event.get(name) {
        Some(Value::List(members)) => members.iter().filter_map(Value::as_text).collect(),
        Some(value) => value.as_text().into_iter().collect(),
        None => Vec::new(),
    }
}

fn row(format: &Format, report: &Report) -> String {
    let columns: Vec<String> = report.columns.iter().map(Score::to_string).collect();
    let all = report.all();
    let percent =
        (all.met * 100).checked_div(all.asked).map_or("–".to_owned(), |percent| format!("{percent} %"));
    format!(
        "| {} | {} | {} | {} | {percent} |\n",
        format.name,
        report.records,
        report.taken,
        columns.join(" | ")
    )
}

fn document(rows: &str) -> String {
    let mut out = format!(
        "# How much of a record is understood\n\n\
         Made by the test `raw_to_ecs`: records of many products, read by our parsers and compared with what\n\
         another parser made of them. A cell says how many answers were the same, of those asked for; `–` means\n\
         that nothing was asked. At least {BAR} of 100 must be met for every format.\n\n\
         | format | records | taken in | {} | met |\n| --- {}|\n{rows}",
        COLUMNS.join(" | "),
        "| ---: ".repeat(COLUMNS.len() + 3)
    );
    let excepted: Vec<(&Format, &Exception)> =
        FORMATS.iter().flat_map(|format| format.except.iter().map(move |except| (format, except))).collect();
    if !excepted.is_empty() {
        out += "\n## Not compared\n\nWhere the other parser's answer is a habit of its own, or wrong.\n\n\
                | format | record | field | why |\n| --- | --- | --- | --- |\n";
    }
    for (format, except) in excepted {
        let record = if except.records.is_empty() { "all".to_owned() } else { except.records.join(", ") };
        let field = if except.field.is_empty() { "whole record" } else { except.field };
        writeln!(out, "| {} | {record} | {field} | {} |", format.name, except.reason).unwrap();
    }
    out
}
