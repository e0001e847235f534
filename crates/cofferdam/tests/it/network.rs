//! What a sensor of the network saw belongs to the incident of the host that had the address.

use crate::{Desk, text};
use serde_json::{Value, json};

const HOST: &str = "ws-01.example.org";

/// A connection that the host opened, which names its address.
fn connection(host: &str, address: &str) -> Value {
    json!({
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 3, "Computer": host,
        "UtcTime": "2026-03-02 09:10:00.000", "Initiated": "true", "Image": "C:\\Windows\\System32\\svchost.exe",
        "SourceIp": address, "SourcePort": "50000", "DestinationIp": "198.51.100.7", "DestinationPort": "443",
    })
}

/// Something grave on the host that names no address.
fn dump() -> Value {
    json!({
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Computer": HOST,
        "UtcTime": "2026-03-02 09:16:00.000", "User": "EXAMPLE\\ops1",
        "Image": "C:\\Windows\\System32\\rundll32.exe",
        "CommandLine": "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 624 C:\\Temp\\l.dmp full",
    })
}

/// Zeek saw a program come to the address.
const ZEEK: &str = "\
#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\thttp
#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\thost\turi\tresp_mime_types
#types\ttime\tstring\taddr\tport\taddr\tport\tcount\tstring\tstring\tvector[string]
1772442900.000000\tCExample1\t192.0.2.41\t50001\t203.0.113.66\t80\t1\t203.0.113.66\t/a\tapplication/x-dosexec
";

/// Investigates the host's records beside Zeek's log.
fn check(records: &[Value], incidents: usize, because: Option<&str>) {
    check_at("1772442900", records, incidents, because);
}

/// The same with Zeek's clock at that second.
fn check_at(second: &str, records: &[Value], incidents: usize, because: Option<&str>) {
    let zeek = ZEEK.replace("1772442900", second);
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let desk = Desk::with(&[("host.json", &(lines.join("\n") + "\n")), ("zeek/http.log", &zeek)]);
    desk.investigate(&[]).expect(0);
    let results = desk.results();
    let titles: Vec<&str> = results.incidents.iter().map(|incident| text(incident, "title")).collect();
    assert_eq!(titles.len(), incidents, "{titles:?}");
    assert_eq!(results.alerts_titled("Program downloaded from a bare address").count(), 1);
    let joins = results.incidents.iter().flat_map(|incident| incident["joins"].as_array().unwrap());
    let reasons: Vec<&str> = joins.map(|join| text(join, "because")).collect();
    let told = reasons.iter().any(|reason| because.is_some_and(|because| reason.contains(because)));
    assert_eq!(told, because.is_some(), "{reasons:?}");
}

#[test]
fn an_address_that_the_host_named_joins_both() {
    let because = Some("host by its address ws-01 at 192.0.2.41");
    check(&[connection(HOST, "192.0.2.41"), dump()], 1, because);
}

#[test]
fn clocks_of_host_and_sensor_may_be_a_day_apart() {
    let records = [connection(HOST, "192.0.2.41"), dump()];
    let because = Some("host by its address ws-01 at 192.0.2.41");
    check_at("1772511300", &records, 1, because);
    check_at("1772702100", &records, 2, None);
}

#[test]
fn an_address_of_nobody_or_of_two_joins_nothing() {
    check(&[dump()], 2, None);
    check(&[connection(HOST, "192.0.2.41"), connection("ws-02", "192.0.2.41"), dump()], 2, None);
}
