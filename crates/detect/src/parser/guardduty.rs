//! Reads findings of AWS GuardDuty, as its API gives them and as EventBridge sends them.
//! Source: Amazon GuardDuty API Reference, "Finding"; User Guide, "GuardDuty finding format".

use super::cloud::{also, given, unwrap};
use super::json::JsonFormat;
use super::product_alert::{CATEGORY, carry};
use crate::event::{Clock, ClockReading, Event, EventClass, Origin, Value};
use cofferdam_vocabulary::Level;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![CLASS], claim };

const CLASS: EventClass = EventClass { product: "aws", services: &["guardduty"], categories: &[CATEGORY] };

static ORIGIN: Origin = Origin {
    name: "AWS GuardDuty",
    clocks: &[
        Clock { field: "service.eventLastSeen", reading: ClockReading::Utc },
        Clock { field: "updatedAt", reading: ClockReading::Utc },
    ],
    telling: &[&["type", "title"]],
};

fn claim(event: &mut Event<'_>) -> bool {
    let mut marks = 0;
    for field in &event.fields {
        match &*field.name {
            "type" => marks |= 1,
            "service.detectorId" => marks |= 2,
            "detail.type" => marks |= 4,
            "detail.service.detectorId" => marks |= 8,
            _ => {}
        }
    }
    if marks & 12 == 12 {
        unwrap(event, "detail.");
        marks = 3;
    }
    if marks & 3 != 3 {
        return false;
    }
    event.class = CLASS;
    event.origin = &ORIGIN;
    also(event, shared);
    push_peer(event);
    event.push("cloud.provider", "aws");
    let kind = event.get("type").cloned().unwrap_or(Value::Null);
    let level = level(event);
    carry(event, kind.clone(), kind, level, None);
    true
}

/// GuardDuty's severity in our words; its samples, which somebody asked for, tell of nothing.
fn level(event: &Event<'_>) -> Level {
    if event.text_of("service.additionalInfo.sample").is_some_and(|sample| sample == "true") {
        return Level::Informational;
    }
    level_of(event.text_of("severity").and_then(|text| text.parse::<f64>().ok()))
}

/// The bands that GuardDuty gives names to; who says nothing is to be looked at.
pub(crate) fn level_of(severity: Option<f64>) -> Level {
    match severity {
        Some(severity) if severity >= 9.0 => Level::Critical,
        Some(severity) if severity >= 7.0 => Level::High,
        Some(severity) if severity >= 4.0 => Level::Medium,
        Some(severity) if severity >= 1.0 => Level::Low,
        Some(_) => Level::Informational,
        None => Level::Medium,
    }
}

fn shared(name: &str) -> &'static [&'static str] {
    match name {
        "type" => &["event.action"],
        "title" => &["message"],
        "accountId" => &["cloud.account.id"],
        "region" => &["cloud.region"],
        "resource.accessKeyDetails.userName" => &["user.name"],
        "resource.accessKeyDetails.accessKeyId" => &["session.id"],
        "resource.kubernetesDetails.kubernetesUserDetails.username" => &["user.name"],
        "service.action.dnsRequestAction.domain" => &["dns.question.name"],
        _ => &[],
    }
}

/// What kinds of action say of both ends; a finding has one of them.
const ACTIONS: [&str; 5] = [
    "awsApiCallAction.",
    "networkConnectionAction.",
    "kubernetesApiCallAction.",
    "rdsLoginAttemptAction.",
    "portProbeAction.portProbeDetails.",
];

/// Who is at the other end is the source if the resource was the target, else the destination.
fn push_peer(event: &mut Event<'_>) {
    let [mut remote, mut remote_port, mut local, mut local_port, mut private, mut public] =
        [const { None }; 6];
    let mut is_actor = false;
    for field in &event.fields {
        let place = match &*field.name {
            "resource.instanceDetails.networkInterfaces.privateIpAddress" => &mut private,
            "resource.instanceDetails.networkInterfaces.publicIp" => &mut public,
            "service.resourceRole" => {
                is_actor = field.value.as_text().is_some_and(|role| role.eq_ignore_ascii_case("ACTOR"));
                continue;
            }
            name => {
                let Some(action) = name.strip_prefix("service.action.") else { continue };
                match ACTIONS.iter().find_map(|kind| action.strip_prefix(kind)) {
                    Some("remoteIpDetails.ipAddressV4") => &mut remote,
                    Some("remotePortDetails.port") => &mut remote_port,
                    Some("localIpDetails.ipAddressV4") => &mut local,
                    Some("localPortDetails.port") => &mut local_port,
                    _ => continue,
                }
            }
        };
        if place.is_none() {
            *place = given(Some(&field.value));
        }
    }
    // Only a connection tells of both ends; a call of the interface comes from the remote address.
    let is_connection = local.is_some() || local_port.is_some();
    let local = local.or(private).or(public);
    let (far, near) = if is_actor && is_connection {
        (["destination.ip", "destination.port"], ["source.ip", "source.port"])
    } else {
        (["source.ip", "source.port"], ["destination.ip", "destination.port"])
    };
    let near = near.into_iter().zip([local, local_port]).filter(|_| is_connection);
    for (name, value) in far.into_iter().zip([remote, remote_port]).chain(near) {
        if let Some(value) = value {
            event.push(name, value);
        }
    }
}
