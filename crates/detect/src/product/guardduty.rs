//! Findings of AWS GuardDuty: as its API gives them, in either spelling, and as EventBridge sends them.
//! Source: Amazon GuardDuty API Reference, "Finding"; User Guide, "GuardDuty finding format".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::{End, Status};
use crate::parser::guardduty_level;
use cofferdam_vocabulary::{EntityKind, Role};
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default()).loosely();
    if look.text("source").as_deref() == Some("aws.guardduty") {
        return true;
    }
    let kind = look.text("type").is_some_and(|kind| kind.contains(':') && kind.contains('/'));
    kind && look.at("service").is_some_and(Value::is_object) && look.text("accountId").is_some()
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let look = look.loosely();
    let look = if look.at("detail.type").is_some() { look.inside("detail") } else { look };
    let kind = look.must("type")?;
    let mut alert = ProductAlert::new("guardduty");
    alert.source_id = Some(look.must("id")?);
    alert.in_place = true;
    alert.title = look.said("title")?.unwrap_or_else(|| kind.clone());
    alert.level = guardduty_level(look.number("severity")?);
    alert.time_event = look.first_time(&["service.eventFirstSeen", "createdAt"])?;
    alert.time_alert = look.time("createdAt")?;
    alert.time_updated = look.first_time(&["updatedAt", "service.eventLastSeen"])?;
    if let Some(tactic) = kind.split(':').next() {
        purpose(&mut alert, tactic);
    }
    alert.rule.id = Some(kind);
    alert.message = look.text("description");
    alert.cloud.account = look.text("accountId");
    alert.cloud.region = look.text("region");
    resource(look, &mut alert);
    ends(look, &mut alert);
    for (path, own) in [("service.count", "count"), ("arn", "arn"), ("service.detectorId", "detectorId")] {
        alert.also(own, look.text(path));
    }
    if look.is_true("service.additionalInfo.sample") {
        alert.status = Status::Test;
    } else if look.is_true("service.archived") {
        alert.status = Status::Closed;
    }
    Ok(alert)
}

/// The first part of a finding's type: a tactic, or a purpose of GuardDuty's own.
fn purpose(alert: &mut ProductAlert, purpose: &str) {
    match purpose {
        "Recon" => alert.tactic("discovery"),
        "Stealth" => alert.tactic("defense-evasion"),
        "UnauthorizedAccess" => alert.tactic("initial-access"),
        "Backdoor" | "Trojan" => alert.tactic("command-and-control"),
        "CryptoCurrency" => alert.tactic("impact"),
        tactic => alert.tactic(tactic),
    }
}

/// Whose resource it is, and which.
fn resource(look: Look<'_>, alert: &mut ProductAlert) {
    let instance = look.text("resource.instanceDetails.instanceId");
    let role = if is_actor(look) { Role::Actor } else { Role::Target };
    if let Some(instance) = &instance {
        alert.about(EntityKind::Host, role, instance);
        alert.host.name = Some(instance.clone());
        alert.host.id = Some(instance.clone());
        alert.host.ip = look.ip("resource.instanceDetails.networkInterfaces.privateIpAddress");
    }
    alert.user.name = look.first(&[
        "resource.accessKeyDetails.userName",
        "resource.kubernetesDetails.kubernetesUserDetails.username",
        "resource.rdsDbUserDetails.user",
    ]);
    alert.user.id = look.text("resource.accessKeyDetails.principalId");
    alert.also("accessKeyId", look.text("resource.accessKeyDetails.accessKeyId"));
    alert.cloud.resource = instance.or_else(|| {
        look.first(&[
            "resource.s3BucketDetails.arn",
            "resource.eksClusterDetails.arn",
            "resource.ecsClusterDetails.arn",
            "resource.lambdaDetails.functionArn",
            "resource.rdsDbInstanceDetails.dbInstanceArn",
            "resource.containerDetails.name",
            "resource.accessKeyDetails.accessKeyId",
        ])
    });
    alert.also("resourceType", look.text("resource.resourceType"));
    alert.process.name = look.text("service.runtimeDetails.process.name");
    alert.process.path = look.text("service.runtimeDetails.process.executablePath");
    alert.process.pid = look.pid("service.runtimeDetails.process.pid");
    alert.file.sha256 = look.hash("service.runtimeDetails.process.executableSha256").or_else(|| {
        look.hash(
            "service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash",
        )
    });
}

fn is_actor(look: Look<'_>) -> bool {
    look.word("service.resourceRole").as_deref() == Some("actor")
}

/// Kinds of action that tell of a remote end; a finding has one of them.
const ACTIONS: [&str; 5] = [
    "awsApiCallAction",
    "networkConnectionAction",
    "kubernetesApiCallAction",
    "rdsLoginAttemptAction",
    "portProbeAction.portProbeDetails",
];

/// The remote end is the source, unless the resource is who acts and connects to somewhere.
fn ends(look: Look<'_>, alert: &mut ProductAlert) {
    for kind in ACTIONS {
        let path = |part: &str| format!("service.action.{kind}.{part}");
        let far = End {
            ip: look
                .ip(&path("remoteIpDetails.ipAddressV4"))
                .or_else(|| look.ip(&path("remoteIpDetails.ipAddressV6"))),
            port: look.port(&path("remotePortDetails.port")),
            domain: None,
        };
        if far.ip.is_none() {
            continue;
        }
        let port = look.port(&path("localPortDetails.port"));
        let local = look.ip(&path("localIpDetails.ipAddressV4"));
        let near = End { ip: local.or(alert.host.ip), port, domain: None };
        let is_connection = local.is_some() || port.is_some();
        (alert.src, alert.dst) = match (is_connection, is_actor(look)) {
            (true, true) => (near, far),
            (true, false) => (far, near),
            (false, _) => (far, End::default()),
        };
        alert.action = look
            .word(&path("blocked"))
            .map(|blocked| if blocked == "true" { "blocked" } else { "allowed" }.to_owned());
        break;
    }
    let domain = look.text("service.action.dnsRequestAction.domain");
    alert.dst.domain = domain;
    alert.also("api", look.text("service.action.awsApiCallAction.api"));
}
