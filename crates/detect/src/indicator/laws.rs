//! Laws: what is listed is found wherever it stands, and no bytes break the reading or the search.

use super::{IndicatorSet, Scanner, Sight, Writing, read};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One value of each kind and spelling, and how logs may write it.
const VALUES: [(&str, &[&str]); 13] = [
    ("203.0.113.66", &["203.0.113.66", "::ffff:203.0.113.66", "203.0.113.66:443"]),
    ("198.51.100.0/24", &["198.51.100.0", "198.51.100.77", "198.51.100.255"]),
    ("192.0.2.7-192.0.2.9", &["192.0.2.7", "192.0.2.8", "192.0.2.9"]),
    ("2001:db8::66", &["2001:db8::66", "2001:DB8::66", "2001:0db8:0000:0000:0000:0000:0000:0066"]),
    ("2001:db8:a::/48", &["2001:db8:a::1", "2001:db8:a:b:c:d:e:f", "[2001:db8:a::2]:443"]),
    (
        "evil.example",
        &["evil.example", "EVIL.Example", "a.b.evil.example", "evil.example.", "evil.example:8443"],
    ),
    ("xn--bse-sna.example", &["xn--bse-sna.example", "w.XN--bse-sna.example"]),
    (
        "https://pay.example/a?b=c",
        &["https://pay.example/a?b=c", "http://PAY.example:80/a?b=c#d", "pay.example/a?b=c"],
    ),
    ("http://198.51.100.9:8080/x", &["http://198.51.100.9:8080/x"]),
    ("office@mail.example", &["office@mail.example", "Office@MAIL.example"]),
    (
        "00112233445566778899aabbccddeeff",
        &["00112233445566778899AABBCCDDEEFF", "MD5=00112233445566778899aabbccddeeff"],
    ),
    ("00112233445566778899aabbccddeeff00112233", &["00112233445566778899aabbccddeeff00112233"]),
    (
        "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
        &["SHA256=FFEEDDCCBBAA99887766554433221100FFEEDDCCBBAA99887766554433221100"],
    ),
];

fn set_of(list: &str) -> IndicatorSet {
    let mut set = IndicatorSet::default();
    let report = read(list.as_bytes(), "list", false, &mut set);
    assert_eq!(report.taken, report.read, "{:?}", report.problems);
    set.seal();
    set
}

fn all() -> IndicatorSet {
    set_of(&VALUES.map(|(value, _)| value).join("\n"))
}

fn found(set: &IndicatorSet, text: &str, writing: Writing) -> Vec<Sight> {
    let mut out = Vec::new();
    Scanner::new(set).scan(text, writing, &mut out);
    out
}

/// What logs hold beside values and what looks like values.
const NEAR: [&str; 28] = [
    "\"time\":\"2026-03-02T09:00:00.123Z\",",
    "02:50:54.631",
    "10.0.19041.1",
    "1.2.3",
    "203.0.113.660",
    "1203.0.113.66",
    "evil.exe",
    "C:\\\\Windows\\\\evil.example\\\\n.dll",
    "evil.examples",
    "notevil.example",
    "00:00:5e:00:53:01",
    "2001:db8::6",
    "a::b",
    "::",
    "{6a910b9d-498a-5ee0-c903-000000000400}",
    "00112233445566778899aabbccddeef",
    "00112233445566778899aabbccddeeff00",
    "0011223344556677",
    "..",
    ".",
    ":",
    " ",
    "\"",
    "\\n",
    "\\u003a",
    "%2F",
    "é",
    "@",
];

/// What may stand before a value in a log, behind it, and in JSON before it.
const BEFORE: [&str; 12] = [" ", "\"", "=", ",", "(", "<", "[", ";", "\t", "'", "|", ""];
const BEHIND: [&str; 12] = [" ", "\"", ".", ",", ")", ">", "]", ";", "\t", "'", "|", ""];
const BEFORE_IN_JSON: [&str; 7] = ["\"", "\\n", "\\r\\n", "\\t", "\\u003d", "\\\\", "\\\""];

proptest! {
    #[test]
    fn what_makes_the_search_quick_loses_nothing(
        pieces in prop::collection::vec(
            prop_oneof![
                (0..VALUES.len(), any::<prop::sample::Index>())
                    .prop_map(|(which, spelling)| (*spelling.get(VALUES[which].1)).to_owned()),
                prop::sample::select(&NEAR[..]).prop_map(str::to_owned),
                " {1,70}",
                "[ -~]{0,40}",
                "[0-9a-f]{0,70}",
            ],
            0..60,
        ),
        json in any::<bool>(),
    ) {
        let text = pieces.concat();
        let writing = if json { Writing::Json } else { Writing::Plain };
        let places = |sights: Vec<Sight>| -> BTreeSet<(u32, usize, usize)> {
            sights.into_iter().map(|sight| (sight.id, sight.place.start, sight.place.end)).collect()
        };
        let (set, mut slow) = (all(), Vec::new());
        Scanner::new(&set).scan_slowly(&text, writing, &mut slow);
        prop_assert_eq!(places(found(&set, &text, writing)), places(slow), "{}", text);
    }

    #[test]
    fn what_is_listed_is_found_wherever_it_stands(
        which in 0..VALUES.len(),
        spelling in any::<prop::sample::Index>(),
        before in prop::sample::select(&BEFORE[..]),
        after in prop::sample::select(&BEHIND[..]),
        filler in "[ a-z]{0,40}[ ,]",
        rest in " [ a-z0-9.]{0,90}",
        alone in any::<bool>(),
    ) {
        let (value, spellings) = VALUES[which];
        let spelling = spelling.get(spellings);
        let set = if alone { set_of(value) } else { all() };
        let id = if alone { 0 } else { u32::try_from(which).unwrap() };
        let text = format!("{filler}{before}{spelling}{after}{rest}");
        let sights = found(&set, &text, Writing::Plain);
        prop_assert!(sights.iter().any(|sight| sight.id == id), "{text}: {sights:?}");
        for sight in sights {
            prop_assert!(text.get(sight.place.clone()).is_some(), "{sight:?}");
        }
    }

    #[test]
    fn an_escape_is_no_part_of_a_value(
        which in 0..VALUES.len(),
        spelling in any::<prop::sample::Index>(),
        before in prop::sample::select(&BEFORE_IN_JSON[..]),
    ) {
        let (_, spellings) = VALUES[which];
        let spelling = spelling.get(spellings);
        let text = format!("{{\"m\":\"x {before}{spelling}\\r\\n\"}}");
        let sights = found(&all(), &text, Writing::Json);
        prop_assert!(sights.iter().any(|sight| sight.id as usize == which), "{text}: {sights:?}");
    }

    #[test]
    fn part_of_a_word_is_not_the_word(
        which in 0..VALUES.len(),
        before in "[g-z][a-z]{0,3}",
        after in "[g-z][a-z]{0,3}",
    ) {
        // A name may have more before it, and a path more behind it, with a mark between.
        let (value, spellings) = VALUES[which];
        let text = format!(" {before}{}{after} ", spellings[0]);
        let sights = found(&set_of(value), &text, Writing::Plain);
        prop_assert!(sights.is_empty(), "{text}: {sights:?}");
    }

    #[test]
    fn no_text_breaks_the_search(text in "[.:/@%\\\\\"a-fn-z0-9ur\n é]{0,300}", json in any::<bool>()) {
        let writing = if json { Writing::Json } else { Writing::Plain };
        let set = all();
        for sight in found(&set, &text, writing) {
            prop_assert!(set.holds(&sight.seen), "{sight:?}");
        }
    }

    #[test]
    fn however_broken_a_list_is_its_counts_add_up(
        which in 0..SAMPLES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        piece in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
        paths in any::<bool>(),
    ) {
        let mut bytes = SAMPLES[which].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some((from, to)) = piece {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            bytes.drain(from.min(to)..from.max(to));
        }
        let mut set = IndicatorSet::default();
        let mut report = read(&bytes, "list", paths, &mut set);
        prop_assert!(report.adds_up(), "{report:?}");
        report.found_duplicates(set.seal().iter().sum());
        prop_assert!(report.adds_up(), "{report:?}");
        prop_assert_eq!(set.len() as u64, report.taken);
    }
}

const SAMPLES: [&str; 4] = [
    "# list\nevil[.]example\n203.0.113.66\n203.0.113.66\n2001:db8::/32\nhxxp://evil.example/a\n127.0.0.1\n?\n",
    "ioc_value,type,to_ids\n\"evil.example\",domain,1\n203.0.113.66,ip-dst,1\nx.exe|00112233445566778899aabbccddeeff,filename|md5,1\nevil.example,domain,0\n",
    r#"{"type":"bundle","objects":[{"type":"indicator","id":"indicator--1","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.66' OR domain-name:value = 'evil.example']","confidence":10,"valid_until":"2026-01-01T00:00:00Z"},{"type":"indicator","pattern":"[a:b = 1]"},{"type":"malware"}]}"#,
    r#"{"response":[{"Event":{"info":"x","Attribute":[{"type":"domain|ip","value":"evil.example|203.0.113.66","to_ids":true},{"type":"md5","value":"00112233445566778899aabbccddeeff","to_ids":"0"}],"Object":[{"Attribute":[{"type":"url","value":"http://evil.example/a"}]}]}}]}"#,
];
