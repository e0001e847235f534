//! Findings in AWS Security Hub's own format (ASFF), scanners' among them.
//! Source: AWS Security Hub User Guide, "AWS Security Finding Format (ASFF)".

use super::alert::ProductAlert;
use super::error::{Place, ProductError};
use super::look::Look;
use super::part::{Confidence, Maker, Status};
use cofferdam_vocabulary::{EntityKind, Level, Role};
use serde_json::Value;

pub(super) fn claims(value: &Value) -> bool {
    let look = Look::new(value, Place::default());
    look.at("AwsAccountId").is_some() && (look.at("ProductArn").is_some() || look.at("GeneratorId").is_some())
}

pub(super) fn read(look: Look<'_>) -> Result<ProductAlert, ProductError> {
    let mut alert = ProductAlert::new("security-hub");
    alert.source_id = Some(look.must("Id")?);
    alert.in_place = true;
    alert.title = look.said("Title")?.unwrap_or_default();
    alert.rule.id = look.said("GeneratorId")?;
    alert.level = level(look)?;
    alert.confidence = look.figure("Confidence").map(Confidence::of_percent);
    alert.time_event = look.first_time(&["FirstObservedAt", "CreatedAt"])?;
    alert.time_alert = look.time("CreatedAt")?;
    alert.time_updated = look.time("UpdatedAt")?;
    alert.maker = Some(Maker {
        vendor: look.first(&["CompanyName", "ProductFields.aws/securityhub/CompanyName"]),
        product: look.first(&["ProductName", "ProductFields.aws/securityhub/ProductName", "ProductArn"]),
    });
    alert.message = look.text("Description");
    alert.status = status(look);
    for kind in look.texts("Types") {
        kind.split('/').for_each(|part| alert.tactic(part));
        alert.also("Types", Some(kind));
    }
    alert.cloud.account = look.text("AwsAccountId");
    alert.cloud.region = look.first(&["Region", "Resources.Region"]);
    resources(look, &mut alert);
    ends(look, &mut alert);
    for name in ["ProductArn", "RecordState", "Compliance.Status", "SourceUrl"] {
        alert.also(name, look.text(name));
    }
    for cve in look.each("Vulnerabilities") {
        alert.also("Vulnerabilities", cve.text("Id"));
    }
    Ok(alert)
}

/// By its word, or else by the number, 0 to 100.
fn level(look: Look<'_>) -> Result<Level, ProductError> {
    let word = look.said("Severity.Label")?;
    if let Some(level) = word.and_then(|word| Level::parse(&word).ok()) {
        return Ok(level);
    }
    Ok(match look.number("Severity.Normalized")? {
        Some(number) if number >= 90.0 => Level::Critical,
        Some(number) if number >= 70.0 => Level::High,
        Some(number) if number >= 40.0 => Level::Medium,
        Some(number) if number >= 1.0 => Level::Low,
        Some(_) => Level::Informational,
        None => Level::Medium,
    })
}

fn status(look: Look<'_>) -> Status {
    let workflow = look.first(&["Workflow.Status", "WorkflowState"]).unwrap_or_default();
    let is_done = matches!(workflow.as_str(), "RESOLVED" | "SUPPRESSED")
        || look.text("RecordState").as_deref() == Some("ARCHIVED")
        || look.text("Compliance.Status").as_deref() == Some("PASSED");
    match (look.is_true("Sample"), is_done) {
        (true, _) => Status::Test,
        (_, true) => Status::Closed,
        _ => Status::Open,
    }
}

fn resources(look: Look<'_>, alert: &mut ProductAlert) {
    for (at, resource) in look.each("Resources").enumerate() {
        let id = resource.text("Id");
        if at == 0 {
            alert.cloud.resource = id.clone();
        }
        alert.also("Resources", id);
        let instance =
            resource.text("Id").filter(|_| resource.text("Type").as_deref() == Some("AwsEc2Instance"));
        // `arn:aws:ec2:REGION:ACCOUNT:instance/i-…`
        if let Some(instance) = instance.as_ref().and_then(|arn| arn.rsplit('/').next()) {
            alert.about(EntityKind::Host, Role::Target, instance);
            alert.host.name.get_or_insert_with(|| instance.to_owned());
            alert.host.ip = alert.host.ip.or(resource.ip("Details.AwsEc2Instance.IpV4Addresses"));
        }
        let key = resource.text("Details.AwsIamAccessKey.PrincipalName");
        let user = key
            .or_else(|| resource.first(&["Details.AwsIamUser.UserName", "Details.AwsIamAccessKey.UserName"]));
        if alert.user.name.is_none() {
            alert.user.name = user;
        }
    }
}

fn ends(look: Look<'_>, alert: &mut ProductAlert) {
    let network = look.inside("Network");
    let is_told = look.at("Network").is_some();
    if is_told {
        alert.src.ip = network.ip("SourceIpV4").or_else(|| network.ip("SourceIpV6"));
        alert.src.port = network.port("SourcePort");
        alert.src.domain = network.text("SourceDomain");
        alert.dst.ip = network.ip("DestinationIpV4").or_else(|| network.ip("DestinationIpV6"));
        alert.dst.port = network.port("DestinationPort");
        alert.dst.domain = network.text("DestinationDomain");
    }
    // What happened stands under the same kinds as GuardDuty's.
    for kind in ["AwsApiCallAction", "NetworkConnectionAction", "PortProbeAction.PortProbeDetails"] {
        let path = format!("Action.{kind}.RemoteIpDetails.IpAddressV4");
        alert.src.ip = alert.src.ip.or(look.ip(&path));
    }
    alert.dst.domain = alert.dst.domain.take().or_else(|| look.text("Action.DnsRequestAction.Domain"));
    alert.process.name = look.text("Process.Name");
    alert.process.path = look.text("Process.Path");
    alert.process.pid = look.pid("Process.Pid");
    for malware in look.each("Malware") {
        alert.also("Malware", malware.text("Name"));
        if alert.file.path.is_none() {
            alert.file.path = malware.text("Path");
        }
    }
    for indicator in look.each("ThreatIntelIndicators") {
        alert.also("ThreatIntelIndicators", indicator.text("Value"));
    }
}
