//! Suricata's EVE records, of every event type.
//! Source: Suricata 8.0 User Guide, "Eve JSON Format"; its JSON schema, `etc/schema.json`.
//!
//! Source and destination of an alert are those of the flow: the packet that raised it may be the reply.

use super::product_alert::{self, carry};
use super::{dns, web};
use crate::event::{AddressOf, Clock, ClockReading, Event, EventClass, Origin, Value};
use crate::parser::json::JsonFormat;
use cofferdam_vocabulary::Level;
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || TYPES.to_vec(), claim };

static ORIGIN: Origin = Origin {
    name: "Suricata",
    clocks: &[
        Clock { field: "timestamp", reading: ClockReading::Utc },
        Clock { field: "@timestamp", reading: ClockReading::Utc },
    ],
    telling: &[
        &["rule.name", "source.ip", "destination.ip", "destination.port"],
        &["dns.question.name", "source.ip"],
        &["cs-method", "cs-host", "cs-uri", "sc-status", "cs-user-agent"],
        &["tls.sni", "source.ip", "destination.ip"],
        &["fileinfo.filename", "source.ip", "destination.ip"],
        &["event_type", "source.ip", "destination.ip", "destination.port"],
    ],
};

/// By event type: its class, whose first service is the type. The last is that of types unheard of.
static TYPES: [EventClass; 42] = [
    class(&["alert"], &[product_alert::CATEGORY]),
    class(&["flow"], &["network_flow"]),
    class(&["dns"], &["dns"]),
    class(&["http"], &["webserver", "proxy"]),
    class(&["http2"], &[]),
    class(&["tls"], &[]),
    class(&["fileinfo"], &[]),
    class(&["smb"], &[]),
    class(&["krb5"], &[]),
    class(&["dcerpc"], &[]),
    class(&["anomaly"], &[]),
    class(&["netflow"], &[]),
    class(&["smtp"], &[]),
    class(&["ssh"], &[]),
    class(&["ftp"], &[]),
    class(&["ftp_data"], &[]),
    class(&["rdp"], &[]),
    class(&["dhcp"], &[]),
    class(&["arp"], &[]),
    class(&["bittorrent_dht"], &[]),
    class(&["dnp3"], &[]),
    class(&["doh2"], &["dns"]),
    class(&["drop"], &[]),
    class(&["enip"], &[]),
    class(&["engine"], &[]),
    class(&["ike"], &[]),
    class(&["ldap"], &[]),
    class(&["mdns"], &[]),
    class(&["metadata"], &[]),
    class(&["modbus"], &[]),
    class(&["mqtt"], &[]),
    class(&["nfs"], &[]),
    class(&["pgsql"], &[]),
    class(&["pop3"], &[]),
    class(&["quic"], &[]),
    class(&["rfb"], &[]),
    class(&["sip"], &[]),
    class(&["snmp"], &[]),
    class(&["stats"], &[]),
    class(&["telnet"], &[]),
    class(&["tftp"], &[]),
    class(&[], &[]),
];

const fn class(services: &'static [&'static str], categories: &'static [&'static str]) -> EventClass {
    EventClass { product: "suricata", services, categories }
}

const WEB: web::Names = web::Names {
    method: "http.http_method",
    host: "http.hostname",
    target: "http.url",
    agent: "http.http_user_agent",
    referrer: "http.http_refer",
    status: "http.status",
};

/// Recognises a record by its type, its time, and what all records of flows have.
fn claim(event: &mut Event<'_>) -> bool {
    let (mut kind, mut timed, mut of_flow) = (None, false, false);
    for field in &event.fields {
        match &*field.name {
            "event_type" => kind = kind.or(field.value.to_text()),
            "timestamp" => timed = true,
            "src_ip" | "flow_id" | "pcap_cnt" | "stats.uptime" | "engine.message" | "alert.signature_id" => {
                of_flow = true;
            }
            _ => {}
        }
    }
    let Some(kind) = kind.filter(|_| timed && of_flow) else { return false };
    event.class = class_of(&kind);
    event.origin = &ORIGIN;
    let ends = Ends::of(event);
    for at in 0..event.fields.len() {
        for name in shared(&event.fields[at].name, ends) {
            event.push_again(at, name);
        }
    }
    match &*kind {
        "alert" => carry_alert(event),
        "http" => web::share(event, &WEB),
        "dns" | "doh2" => share_question(event),
        "dhcp" => event.address_of = leased(event),
        _ => {}
    }
    true
}

fn class_of(kind: &str) -> EventClass {
    let unknown = TYPES[TYPES.len() - 1];
    TYPES.iter().find(|class| class.services.first() == Some(&kind)).copied().unwrap_or(unknown)
}

/// Which fields say who opened the connection and to whom.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// Those of the packet, as the record has them.
    Packet,
    /// Those of the packet, which is a reply.
    Reply,
    /// Those of the flow.
    Flow,
}

impl Ends {
    /// Only an alert speaks of a packet; all other records speak of the flow already.
    fn of(event: &Event<'_>) -> Ends {
        if event.class.services != ["alert"] {
            return Ends::Packet;
        }
        let mut reply = false;
        for field in &event.fields {
            match &*field.name {
                "flow.src_ip" => return Ends::Flow,
                "direction" => reply |= field.value.to_text().as_deref() == Some("to_client"),
                _ => {}
            }
        }
        if reply { Ends::Reply } else { Ends::Packet }
    }
}

/// Under which names others know the field.
fn shared(name: &str, ends: Ends) -> &'static [&'static str] {
    const SOURCE: &[&str] = &["source.ip", "c-ip"];
    match (name, ends) {
        ("src_ip", Ends::Packet) | ("dest_ip", Ends::Reply) | ("flow.src_ip", Ends::Flow) => SOURCE,
        ("src_port", Ends::Packet) | ("dest_port", Ends::Reply) | ("flow.src_port", Ends::Flow) => {
            &["source.port"]
        }
        ("dest_ip", Ends::Packet) | ("src_ip", Ends::Reply) | ("flow.dest_ip", Ends::Flow) => {
            &["destination.ip"]
        }
        ("dest_port", Ends::Packet) | ("src_port", Ends::Reply) | ("flow.dest_port", Ends::Flow) => {
            &["destination.port"]
        }
        ("proto", _) => &["network.transport"],
        ("app_proto", _) => &["network.protocol"],
        ("host", _) => &["observer.name"],
        ("flow.bytes_toserver", _) => &["source.bytes"],
        ("flow.bytes_toclient", _) => &["destination.bytes"],
        ("tls.sni", _) => &["destination.domain"],
        ("dns.rcode", _) => &["dns.response_code"],
        ("fileinfo.filename" | "smb.filename", _) => &["file.path"],
        ("fileinfo.sha256", _) => &["file.hash.sha256"],
        ("fileinfo.sha1", _) => &["file.hash.sha1"],
        ("fileinfo.md5", _) => &["file.hash.md5"],
        (
            "krb5.cname"
            | "smb.ntlmssp.user"
            | "rdp.cookie"
            | "mqtt.connect.username"
            | "pgsql.request.username",
            _,
        ) => &["user.name"],
        _ => &[],
    }
}

fn carry_alert(event: &mut Event<'_>) {
    let (mut name, mut severity, mut said, mut techniques) = (None, None, None, None);
    let [mut generator, mut number, mut revision] = [const { None }; 3];
    for field in &event.fields {
        let part = match &*field.name {
            "alert.signature" => &mut name,
            "alert.severity" => &mut severity,
            "alert.metadata.signature_severity" => &mut said,
            "alert.metadata.mitre_technique_id" => &mut techniques,
            "alert.gid" => &mut generator,
            "alert.signature_id" => &mut number,
            "alert.rev" => &mut revision,
            _ => continue,
        };
        *part = Some(field.value.clone());
    }
    let text = |value: Option<Value<'_>>| value.and_then(|value| value.to_text()).map(Cow::into_owned);
    let id = [generator, number, revision].map(|part| text(part).unwrap_or_else(|| "0".to_owned())).join(":");
    let level = level(text(said).as_deref(), text(severity).as_deref());
    let name = match name {
        Some(name) if name.as_text().is_some_and(|name| !name.is_empty()) => name,
        _ => Value::Text(Cow::Owned(format!("Signature {id}"))),
    };
    carry(event, name, Value::Text(Cow::Owned(id)), level, techniques);
    const NAMED: [(&str, &str); 3] = [
        ("http.hostname", "destination.domain"),
        ("dns.query.rrname", "dns.question.name"),
        ("dns.queries.rrname", "dns.question.name"),
    ];
    for (own, shared) in NAMED {
        if let Some(value) = event.get(own).cloned() {
            event.push_value(shared, value);
        }
    }
}

/// What the signature's author says of it comes before Suricata's class of it, whose numbers fall as
/// severity rises.
fn level(said: Option<&str>, severity: Option<&str>) -> Level {
    match (said, severity) {
        (Some("Critical"), _) => Level::Critical,
        (Some("Major"), _) => Level::High,
        (Some("Minor"), _) => Level::Low,
        (Some("Informational"), _) => Level::Informational,
        (_, Some("1")) => Level::High,
        (_, Some("2")) | (_, None) => Level::Medium,
        (_, Some("3")) => Level::Low,
        (_, Some(_)) => Level::Informational,
    }
}

/// The question stands under another name in each version of the record, the answers too.
fn share_question(event: &mut Event<'_>) {
    let [mut question, mut kind, mut answer] = [const { None }; 3];
    for field in &event.fields {
        let part = match &*field.name {
            "dns.rrname" | "dns.query.rrname" | "dns.queries.rrname" => &mut question,
            "dns.rrtype" | "dns.query.rrtype" | "dns.queries.rrtype" => &mut kind,
            "dns.rdata" | "dns.answers.rdata" => &mut answer,
            "dns.grouped.A" | "dns.grouped.AAAA" | "dns.grouped.TXT" | "dns.grouped.CNAME" => &mut answer,
            _ => continue,
        };
        if part.is_none() {
            *part = Some(field.value.clone());
        }
    }
    if let Some(question) = question {
        dns::push_question(event, &question);
    }
    for (value, names) in
        [(kind, ["record_type", "dns.question.type"]), (answer, ["answer", "dns.answers.data"])]
    {
        if let Some(value) = value {
            names.into_iter().for_each(|name| event.push_value(name, value.clone()));
        }
    }
}

/// The address that a host was given.
fn leased<'a>(event: &Event<'a>) -> Option<Box<AddressOf<'a>>> {
    let host = event.get("dhcp.hostname")?.to_text()?;
    let address = event.get("dhcp.assigned_ip")?.to_text()?;
    Some(Box::new(AddressOf { host, address }))
}
