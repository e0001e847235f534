//! Zeek's logs: which there are, how a record that does not name its own is told from others, and under
//! which names others know their fields.
//! Source: Zeek 7.0, "Log Files"; SigmaHQ's rules for product `zeek`.

use crate::event::EventClass;
use crate::parser::product_alert;

/// One of Zeek's logs.
#[derive(Debug)]
pub(in crate::parser) struct Log {
    /// What `_path` or `#path` calls it.
    pub name: &'static str,
    /// The class of its records.
    pub class: EventClass,
    /// Fields that no other log has, all of which are in each of its records; empty for logs that look
    /// like others.
    telling: &'static [&'static str],
}

const fn log(name: &'static str, service: &'static [&'static str], telling: &'static [&'static str]) -> Log {
    within(name, service, &[], telling)
}

const fn within(
    name: &'static str,
    services: &'static [&'static str],
    categories: &'static [&'static str],
    telling: &'static [&'static str],
) -> Log {
    Log { name, class: EventClass { product: "zeek", services, categories }, telling }
}

/// The log of that name; logs that sites add of their own are of product `zeek` and no service.
pub(in crate::parser) fn named(name: &str) -> &'static Log {
    LOGS.iter().find(|log| log.name == name).unwrap_or(&OTHER)
}

/// The log whose telling fields are all among the names; the first that fits.
pub(super) fn telling(has: impl Fn(&str) -> bool) -> Option<&'static Log> {
    LOGS.iter().find(|log| !log.telling.is_empty() && log.telling.iter().all(|name| has(name)))
}

/// Every class that a record can have.
pub(super) fn classes() -> Vec<EventClass> {
    LOGS.iter().chain([&OTHER]).map(|log| log.class).collect()
}

static OTHER: Log = log("", &[], &[]);

/// Frequent ones first; those that hold the fields of others before them.
static LOGS: [Log; 54] = [
    within("conn", &["conn"], &["network_flow"], &["conn_state"]),
    within("dns", &["dns"], &["dns"], &["trans_id", "rejected"]),
    within("http", &["http"], &["webserver", "proxy"], &["trans_depth"]),
    log("ssl", &["ssl"], &["established", "resumed"]),
    log("smb_files", &["smb_files"], &["action", "path", "times.modified"]),
    within("intel", &["intel"], &[product_alert::CATEGORY], &["seen.indicator"]),
    within("notice", &["notice"], &[product_alert::CATEGORY], &["note", "actions"]),
    log("files", &["files"], &["fuid", "seen_bytes"]),
    log("x509", &["x509"], &["certificate.serial"]),
    log("dce_rpc", &["dce_rpc"], &["endpoint", "operation"]),
    log("kerberos", &["kerberos"], &["client", "service", "success"]),
    log("ntlm", &["ntlm"], &["server_nb_computer_name"]),
    log("smb_mapping", &["smb_mapping"], &["path", "share_type"]),
    log("weird", &["weird"], &["name", "notice"]),
    log("rdp", &["rdp"], &["security_protocol"]),
    log("ssh", &["ssh"], &["auth_attempts"]),
    log("dhcp", &["dhcp"], &["uids", "msg_types"]),
    log("software", &["software"], &["software_type"]),
    log("known_services", &["known_services"], &["port_num", "port_proto"]),
    log("pe", &["pe"], &["compile_ts", "section_names"]),
    log("tunnel", &["tunnel"], &["tunnel_type"]),
    log("syslog", &["syslog"], &["facility", "severity", "proto"]),
    log("radius", &["radius"], &["result", "mac"]),
    log("snmp", &["snmp"], &["get_requests", "set_requests"]),
    log("sip", &["sip"], &["call_id", "seq"]),
    log("mysql", &["mysql"], &["cmd", "arg"]),
    log("irc", &["irc"], &["nick", "command"]),
    log("socks", &["socks"], &["request_p", "status"]),
    log("smtp", &["smtp"], &["trans_depth", "mailfrom"]),
    log("ftp", &["ftp"], &["command", "reply_code"]),
    log("modbus", &["modbus"], &["func", "unit"]),
    log("dnp3", &["dnp3"], &["fc_request"]),
    log("ntp", &["ntp"], &["stratum", "root_delay"]),
    log("dpd", &["dpd"], &["analyzer", "failure_reason"]),
    log("analyzer", &["analyzer"], &["analyzer_kind", "cause"]),
    log("ocsp", &["ocsp"], &["certStatus"]),
    log("ldap", &["ldap"], &["message_id", "opcode"]),
    log("ldap_search", &["ldap_search"], &["message_id", "base_object"]),
    log("quic", &["quic"], &["quic_history"]),
    log("mqtt_connect", &["mqtt_connect"], &["connect_status"]),
    log("mqtt_publish", &["mqtt_publish"], &["topic", "qos"]),
    log("mqtt_subscribe", &["mqtt_subscribe"], &[]),
    log("postgresql", &["postgresql"], &["frontend"]),
    log("rfb", &["rfb"], &["client_major_version"]),
    log("traceroute", &["traceroute"], &[]),
    log("known_hosts", &["known_hosts"], &[]),
    log("known_certs", &["known_certs"], &[]),
    log("notice_alarm", &["notice_alarm"], &[]),
    log("signatures", &["signatures"], &[]),
    log("capture_loss", &["capture_loss"], &["percent_lost"]),
    log("stats", &["stats"], &["pkts_proc"]),
    log("reporter", &["reporter"], &[]),
    log("packet_filter", &["packet_filter"], &[]),
    log("websocket", &["websocket"], &[]),
];

/// Under which names others know a field of the log.
pub(in crate::parser) fn shared(log: &str, name: &str) -> &'static [&'static str] {
    match name {
        "id.orig_h" => return if log == "http" { &["source.ip", "c-ip"] } else { &["source.ip"] },
        "id.orig_p" => return &["source.port"],
        "id.resp_h" => return &["destination.ip"],
        "id.resp_p" => return &["destination.port"],
        "proto" => return &["network.transport"],
        _ => {}
    }
    match (log, name) {
        ("conn", "orig_bytes") => &["source.bytes"],
        ("conn", "resp_bytes") => &["destination.bytes"],
        ("conn", "service") => &["network.protocol"],
        ("dns", "qtype_name") => &["dns.question.type", "record_type"],
        ("dns", "answers") => &["dns.answers.data", "answer"],
        ("dns", "rcode_name") => &["dns.response_code"],
        ("http" | "radius" | "ntlm", "username") | ("ftp" | "socks" | "irc", "user") | ("rdp", "cookie") => {
            &["user.name"]
        }
        ("ssl" | "quic", "server_name") => &["destination.domain"],
        ("files", "filename") | ("smb_files", "name") => &["file.path"],
        ("files" | "pe", "sha256") => &["file.hash.sha256"],
        ("files" | "pe", "sha1") => &["file.hash.sha1"],
        ("files" | "pe", "md5") => &["file.hash.md5"],
        ("software" | "known_hosts" | "known_services" | "known_certs", "host") | ("traceroute", "src") => {
            &["source.ip"]
        }
        ("traceroute", "dst") => &["destination.ip"],
        _ => &[],
    }
}
