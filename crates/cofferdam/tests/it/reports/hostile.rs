//! Text that an attacker would like to see in a report, in every field of a folder of results.

use crate::{Desk, recording};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What is tried by itself. Whatever runs sets `marker`, opens a dialog or asks 203.0.113.9.
const BARE: [&str; 50] = [
    "<script>window.marker=1</script>",
    "<ScRiPt src=//203.0.113.9/x.js></sCrIpT>",
    "<script>alert('marker')//",
    "<img src=x onerror=alert('marker')>",
    "<img src=http://203.0.113.9/pixel.gif>",
    "<svg onload=alert('marker')>",
    "<svg><script>alert('marker')</script></svg>",
    "<svg><animate onbegin=alert('marker') attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert('marker')><text x=20 y=20>go</text></a>",
    "<svg><foreignObject><body onload=alert('marker')></foreignObject></svg>",
    "<math><mi xlink:href=data:text/html,<script>alert('marker')</script>>x</mi></math>",
    "<body onload=alert('marker')>",
    "<input autofocus onfocus=alert('marker')>",
    "<details open ontoggle=alert('marker')>",
    "<video><source onerror=alert('marker')></video>",
    "<marquee onstart=alert('marker')>",
    "<iframe src=javascript:alert('marker')></iframe>",
    "<iframe srcdoc='<script>parent.marker=1</script>'></iframe>",
    "<object data=javascript:alert('marker')>",
    "<embed src=http://203.0.113.9/x.swf>",
    "<base href=http://203.0.113.9/>",
    "<meta http-equiv=refresh content='0;url=http://203.0.113.9/'>",
    "<link rel=stylesheet href=http://203.0.113.9/x.css>",
    "<link rel=prefetch href=http://203.0.113.9/>",
    "<form action=http://203.0.113.9/><input type=submit></form>",
    "<style>*{background:url(http://203.0.113.9/x)}</style>",
    "<style>@import 'http://203.0.113.9/x.css';</style>",
    "<a href=javascript:alert('marker')>go</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>go</a>",
    "<a ping=http://203.0.113.9/ href=#>go</a>",
    "<textarea><script>alert('marker')</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>window.marker=1</script></template>",
    "<![CDATA[<script>alert('marker')</script>]]>",
    "<!--<img src=--><img src=x onerror=alert('marker')//>",
    "<?xml version='1.0'?><x/>",
    "<!DOCTYPE html><html><script>alert('marker')</script>",
    "javascript:alert('marker')",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert('marker')} #{7*7} <%= 7*7 %> {% raw %} [[${7*7}]]",
    "&lt;script&gt;alert('marker')&lt;/script&gt; &#x3c;b&#x3e; &amp;lt;",
    "expression(alert('marker')); background:url(javascript:alert(1))",
    "[click](javascript:alert('marker')) ![x](http://203.0.113.9/x.png) <http://203.0.113.9/>",
    "# head\n\n* item\n\n```\ncode\n```\n\n| a | b |\n| - | - |",
    "http://203.0.113.9/x www.example.org ops1@example.org `tick` ``two`` |pipe| _em_ **strong** ~~no~~",
    "\u{202e}gpj.exe\u{2066}hidden\u{2069}\u{200b}\u{feff}\u{200f} \u{e0041}\u{ad}",
    "nul\u{0}bell\u{7}esc\u{1b}[31mred\u{9b}0m\rback\u{8}\u{7f}line\nfeed\ttab",
    "=cmd|' /C calc'!A0 +1 @SUM(1)",
    "\\\"'`;--/*x*/ \\u003cscript\\u003e %3Cscript%3E +ADw-script+AD4-",
    "日本語 עברית العربية e\u{301}\u{301}\u{301} 😀\u{200d}💻 \u{fffd}",
];

/// What might let it out of where it stands.
const BEFORE: [&str; 6] =
    ["", "\">", "'>", "</title></style>", "--></svg></desc>", "]]></script></textarea>"];

/// 300 strings; every seventh is very long.
pub(super) fn strings() -> Vec<String> {
    let all = BEFORE.iter().flat_map(|before| BARE.iter().map(move |bare| format!("{before}{bare}")));
    let long = |(number, text): (usize, String)| if number % 7 == 6 { text.repeat(40) } else { text };
    all.enumerate().map(long).collect()
}

/// The part of the text that must be seen, as a reader sees it: what cannot be seen is told by number.
pub(super) fn shown(text: &str) -> String {
    let hidden = |ch: char| {
        ch.is_control()
            || matches!(
                ch,
                '\u{202e}'
                    | '\u{2066}'
                    | '\u{2069}'
                    | '\u{200b}'
                    | '\u{feff}'
                    | '\u{200f}'
                    | '\u{e0041}'
                    | '\u{ad}'
                    | '\u{200d}'
            )
    };
    text.chars()
        .take(600)
        .map(|ch| if hidden(ch) { format!("⟨U+{:04X}⟩", u32::from(ch)) } else { ch.to_string() })
        .collect()
}

/// A small folder of results, as the recording gave it: something in every list.
pub(super) struct Template {
    incident: Value,
    alerts: Vec<Value>,
    summary: Value,
    timeline: String,
}

impl Template {
    pub(super) fn read() -> Template {
        let folder = &recording::investigated().1;
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let incidents: Value = serde_json::from_str(&read("incidents.json")).unwrap();
        let mut incident = incidents["incidents"][0].clone();
        for (list, keep) in [("alerts", 3), ("joins", 2), ("timeline", 4)] {
            incident[list].as_array_mut().unwrap().truncate(keep);
        }
        let mut kinds = Vec::new();
        incident["scope"].as_array_mut().unwrap().retain(|entry| {
            let new = !kinds.contains(&entry["kind"]);
            kinds.push(entry["kind"].clone());
            new
        });
        let alerts: Vec<Value> =
            read("alerts.ndjson").lines().take(3).map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut summary: Value = serde_json::from_str(&read("summary.json")).unwrap();
        for list in ["files", "sources"] {
            summary[list].as_array_mut().unwrap().truncate(1);
        }
        summary["sources"][0]["inferred_host"] = json!("x");
        summary["problems"] = json!([{"code": "x", "path": "x", "place": "x", "message": "x"}]);
        summary["rule_problems"] =
            json!([{"code": "x", "file": "x", "rule": "x", "line": 1, "message": "x", "help": "x"}]);
        let timeline = read("timeline.csv").lines().take(4).collect::<Vec<_>>().join("\n");
        Template { incident, alerts, summary, timeline }
    }

    /// The folder with this text in every field that holds text.
    pub(super) fn write(&self, folder: &Path, text: &str) {
        std::fs::create_dir_all(folder).unwrap();
        let filled = |value: &Value| {
            let mut value = value.clone();
            fill(&mut value, "", text);
            value
        };
        let put = |name: &str, value: String| std::fs::write(folder.join(name), value).unwrap();
        put("incidents.json", json!({"incidents": [filled(&self.incident)]}).to_string());
        put("alerts.ndjson", self.alerts.iter().map(|alert| format!("{}\n", filled(alert))).collect());
        put("summary.json", filled(&self.summary).to_string());
        let mut rows = csv::Writer::from_writer(Vec::new());
        for (number, row) in csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(self.timeline.as_bytes())
            .into_records()
            .enumerate()
        {
            let row = row.unwrap();
            let keeps = |column: usize| number == 0 || matches!(column, 0..=2 | 4 | 5 | 11);
            rows.write_record(row.iter().enumerate().map(|(at, cell)| if keeps(at) { cell } else { text }))
                .unwrap();
        }
        put("timeline.csv", String::from_utf8(rows.into_inner().unwrap()).unwrap());
    }
}

/// Puts the text in place of every text, but for those whose form is fixed: anything else there is
/// refused when results are read.
fn fill(value: &mut Value, name: &str, text: &str) {
    const FIXED: [&str; 11] = [
        "severity",
        "level",
        "tactic",
        "tactics",
        "techniques",
        "roles",
        "role",
        "first_seen",
        "last_seen",
        "since",
        "time",
    ];
    match value {
        Value::String(_) if FIXED.contains(&name) || name == "kind" => {}
        Value::String(old) => text.clone_into(old),
        Value::Array(members) => members.iter_mut().for_each(|member| fill(member, name, text)),
        Value::Object(map) if name == "fields" => {
            *map = [(text.to_owned(), json!([text]))].into_iter().collect();
        }
        Value::Object(map) => map.iter_mut().for_each(|(name, member)| fill(member, name, text)),
        _ => {}
    }
}

/// A folder of results for each of the strings.
pub(super) fn folders(desk: &Desk) -> Vec<(String, PathBuf)> {
    let template = Template::read();
    let folder = |(number, text): (usize, String)| {
        let folder = desk.path(&format!("hostile-{number:03}"));
        template.write(&folder, &text);
        (text, folder)
    };
    strings().into_iter().enumerate().map(folder).collect()
}

#[test]
fn three_hundred_strings_are_three_hundred() {
    let strings = strings();
    assert_eq!(strings.len(), 300);
    assert_eq!(strings.iter().collect::<std::collections::BTreeSet<_>>().len(), 300);
}

#[test]
fn hostile_results_reach_no_terminal_and_start_no_formula() {
    let desk = Desk::new();
    for (text, folder) in folders(&desk).into_iter().step_by(13) {
        for form in ["text", "csv", "md"] {
            let folder = folder.as_os_str();
            let ran =
                crate::run(&["timeline".as_ref(), folder, "--format".as_ref(), form.as_ref()]).expect(0);
            let steering =
                |ch: char| (ch.is_control() && ch != '\n') || matches!(ch, '\u{202e}' | '\u{200b}');
            assert!(!ran.stdout.contains(steering), "{form}: {text:?}");
            if form == "csv" {
                for row in csv::Reader::from_reader(ran.stdout.as_bytes()).records() {
                    let starts = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
                    assert!(!row.unwrap().iter().any(starts), "{text:?} starts a formula");
                }
            }
        }
    }
}
