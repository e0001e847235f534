//! Reads what Entra ID writes: sign-ins, changes of the directory, risks; as diagnostic settings give
//! them (`properties.…`), as Microsoft Graph does (the same names without), and as tables of Log
//! Analytics hold them (the same names in Pascal case).
//! Source: Microsoft Graph v1.0, signIn, directoryAudit, riskDetection; Azure Monitor tables SigninLogs
//! and AuditLogs.

use super::cloud::{also, elements, given, member, push_client, push_outcome};
use super::json::{self, JsonFormat};
use crate::event::{Clock, ClockReading, Event, EventClass, Field, Origin, Value};
use crate::time::EventTime;
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes: || vec![SIGN_IN, AUDIT, RISK, OTHER], claim };

const SIGN_IN: EventClass = EventClass { product: "azure", services: &["signinlogs"], categories: &[] };
const AUDIT: EventClass = EventClass { product: "azure", services: &["auditlogs"], categories: &[] };
const RISK: EventClass =
    EventClass { product: "azure", services: &["riskdetection", "pim"], categories: &[] };
const OTHER: EventClass = EventClass { product: "azure", services: &[], categories: &[] };

static ORIGIN: Origin = Origin {
    name: "Entra ID",
    clocks: &[
        Clock { field: "time", reading: ClockReading::Utc },
        Clock { field: "activityDateTime", reading: ClockReading::Utc },
        Clock { field: "createdDateTime", reading: ClockReading::Utc },
        Clock { field: "detectedDateTime", reading: ClockReading::Utc },
        Clock { field: "TimeGenerated", reading: ClockReading::Utc },
    ],
    telling: &[
        &["user.name", "ActivityDisplayName", "user.target.name", "source.ip", "Status"],
        &["user.name", "riskEventType", "source.ip"],
        &["user.name", "appDisplayName", "source.ip", "ResultType", "ResultDescription"],
        &["operationName", "source.ip"],
    ],
};

/// Which kind of record it is, if it is one of Entra's.
pub(super) fn kind(event: &Event<'_>) -> Option<EventClass> {
    let (mut marks, mut category) = (0, None);
    for field in &event.fields {
        match &*field.name {
            "category" | "Category" | "Type" if category.is_none() => category = given(Some(&field.value)),
            "operationName" => marks |= 1,
            "createdDateTime" | "CreatedDateTime" => marks |= 2,
            "userPrincipalName" | "UserPrincipalName" | "servicePrincipalName" => marks |= 4,
            "conditionalAccessStatus" | "ConditionalAccessStatus" | "appDisplayName" => marks |= 8,
            "activityDisplayName" | "ActivityDisplayName" => marks |= 16,
            "loggedByService" | "LoggedByService" => marks |= 32,
            "riskEventType" | "RiskEventType" => marks |= 64,
            "properties.riskEventType" => marks |= 128,
            "detectedDateTime" | "DetectedDateTime" => marks |= 256,
            _ => {}
        }
    }
    let named = marks & 1 != 0;
    Some(match category.as_deref() {
        Some(name) if named && name.ends_with("SignInLogs") => SIGN_IN,
        Some("SigninLogs" | "AADNonInteractiveUserSignInLogs" | "AADServicePrincipalSignInLogs") => SIGN_IN,
        Some("AuditLogs") if named || marks & 32 != 0 => AUDIT,
        Some("UserRiskEvents" | "RiskyUsers" | "ServicePrincipalRiskEvents") if named => RISK,
        Some("MicrosoftGraphActivityLogs" | "ProvisioningLogs") if named => OTHER,
        _ if marks & 48 == 48 => AUDIT,
        _ if marks & 128 != 0 || marks & 320 == 320 => RISK,
        _ if !named && marks & 14 == 14 => SIGN_IN,
        _ => return None,
    })
}

fn claim(event: &mut Event<'_>) -> bool {
    let Some(class) = kind(event) else { return false };
    event.class = class;
    event.origin = &ORIGIN;
    if let Some(at) = given(event.get("time")).filter(|time| time.contains('/'))
        && let Some(at) = american_time(&at)
    {
        event.time = Some(EventTime { at, year_inferred: false, zone_inferred: false });
    }
    also(event, |name| shared(class, name.strip_prefix("properties.").unwrap_or(name)));
    if class == SIGN_IN {
        push_sign_in(event);
    } else if class == AUDIT {
        push_audit(event);
    }
    let client = ["callerIpAddress", "client.ip"].into_iter();
    if let Some(client) = { client }.find_map(|name| given(event.get(name))) {
        push_client(event, client);
    }
    event.push("cloud.provider", "azure");
    true
}

/// Names by which rules ask for what stands under `name`, whichever way it was exported.
fn shared(class: EventClass, name: &str) -> &'static [&'static str] {
    match name {
        "ipAddress" | "IPAddress" | "initiatedBy.user.ipAddress" | "InitiatedBy.user.ipAddress" => {
            &["client.ip"]
        }
        "userPrincipalName"
        | "UserPrincipalName"
        | "initiatedBy.user.userPrincipalName"
        | "InitiatedBy.user.userPrincipalName" => &["user.name", "Username"],
        "initiatedBy.app.displayName"
        | "InitiatedBy.app.displayName"
        | "servicePrincipalName"
        | "ServicePrincipalName" => &["user.name"],
        "userAgent" | "UserAgent" => &["userAgent", "user_agent.original"],
        "deviceDetail.displayName" | "DeviceDetail.displayName" => &["host.name"],
        "uniqueTokenIdentifier" | "sessionId" => &["session.id"],
        "riskEventType" | "RiskEventType" => &["riskEventType", "event.action"],
        "riskState" | "RiskState" => &["RiskState"],
        _ if class == SIGN_IN => sign_in(name),
        _ if class == AUDIT => audit(name),
        _ => &[],
    }
}

fn sign_in(name: &str) -> &'static [&'static str] {
    match name {
        "resultType" | "ResultType" | "status.errorCode" => &["ResultType", "resultType"],
        "resultDescription" | "ResultDescription" | "status.failureReason" => {
            &["ResultDescription", "Resultdescription"]
        }
        "authenticationRequirement" | "AuthenticationRequirement" => {
            &["AuthenticationRequirement", "properties.authenticationRequirement"]
        }
        "deviceDetail.trustType" => &["DeviceDetail.trusttype"],
        "deviceDetail.deviceId" => &["DeviceDetail.deviceId", "properties.deviceDetail.deviceId"],
        "deviceDetail.isCompliant" => &["DeviceDetail.isCompliant"],
        "resourceDisplayName" => &["ResourceDisplayName"],
        "appDisplayName" | "AppDisplayName" => &["appDisplayName"],
        "appId" | "AppId" => &["properties.appId"],
        "conditionalAccessStatus" | "ConditionalAccessStatus" => &["conditionalAccessStatus"],
        "clientAppUsed" | "ClientAppUsed" => &["ClientApp"],
        "homeTenantId" | "HomeTenantId" => &["homeTenantId"],
        "resourceTenantId" | "ResourceTenantId" => &["resourceTenantId"],
        "location.countryOrRegion" => &["location"],
        _ => &[],
    }
}

fn audit(name: &str) -> &'static [&'static str] {
    match name {
        "activityDisplayName" | "ActivityDisplayName" => &[
            "ActivityDisplayName",
            "event.action",
            "operationName",
            "OperationName",
            "properties.message",
            "ActivityType",
            "activityType",
        ],
        "loggedByService" => &["LoggedByService"],
        "result" | "Result" => &["properties.result"],
        "resultReason" | "ResultReason" => &["failure_status_reason"],
        "targetResources.type" => &["targetResources.type"],
        "targetResources.userPrincipalName" | "TargetResources.userPrincipalName" => &["Target"],
        "targetResources.modifiedProperties.displayName" => {
            &["TargetResources.ModifiedProperties.DisplayName"]
        }
        "targetResources.modifiedProperties.newValue" => {
            &["TargetResources.ModifiedProperties.NewValue", "TargetResources.modifiedProperties.newValue"]
        }
        "additionalDetails.value" => &["additionalDetails.additionalInfo"],
        _ => &[],
    }
}

/// Error code 0 is success. 50140, "keep me signed in?", and 50074 to 50079, a second factor is asked
/// for, are interruptions on the way.
fn push_sign_in(event: &mut Event<'_>) {
    let code = event.text_of("ResultType").map(Cow::into_owned);
    let success = code.as_deref().map(|code| code == "0");
    if let Some(success) = success {
        push_outcome(event, success);
    }
    let mut status: Vec<Value<'_>> = Vec::new();
    status.extend(
        success.map(|success| Value::Text(Cow::Borrowed(if success { "Success" } else { "Failure" }))),
    );
    let further = ["properties.status.additionalDetails", "status.additionalDetails"].into_iter();
    status.extend({ further }.find_map(|name| given(event.get(name))).map(Value::Text));
    if !status.is_empty() {
        event.fields.push(Field { name: Cow::Borrowed("Status"), value: Value::List(status) });
    }
    event.push("event.action", "sign-in");
    event.push("ActivityDetails", "Sign-ins");
    let protocol = ["properties.authenticationProtocol", "authenticationProtocol", "AuthenticationProtocol"];
    match protocol.iter().find_map(|name| given(event.get(name))).as_deref() {
        Some("deviceCode") => event.push("properties.message", "Device Code"),
        Some("ropc") => event.push("properties.message", "ROPC"),
        _ => {}
    }
    let locations = ["properties.networkLocationDetails", "networkLocationDetails"].into_iter();
    if let Some(Value::List(members)) = { locations }.find_map(|name| event.get(name))
        && members.is_empty()
    {
        event.push("NetworkLocationDetails", "[]");
    }
}

/// Rules mean the category of the change; in the envelope of diagnostic settings that of the log stands
/// under the same name.
fn push_category(event: &mut Event<'_>) {
    if let Some(own) = event.get("properties.category").cloned() {
        if let Some(field) = event.fields.iter_mut().find(|field| field.name == "category") {
            field.value = Value::List(vec![own.clone(), field.value.clone()]);
        }
        event.fields.push(Field { name: Cow::Borrowed("Category"), value: own });
    } else if let Some(own) = event.get("category").cloned() {
        event.fields.push(Field { name: Cow::Borrowed("Category"), value: own });
    }
}

/// The person and the device among the targets. They are read from the line again: flattened, the names
/// of targets no longer stand beside their kinds.
fn push_targets<'a>(event: &mut Event<'a>, targets: &'a str) {
    for target in elements(targets) {
        let Ok(target) = json::flat(target) else { continue };
        if let Some(properties) = member(&target, &["modifiedProperties"]) {
            push_consent(event, properties);
        }
        let (field, name) = match target.text_of("type").or_else(|| target.text_of("Type")).as_deref() {
            Some("Device") => ("host.name", "displayName"),
            Some("User") => ("user.target.name", "userPrincipalName"),
            _ => continue,
        };
        let value = given(target.get(name));
        if let Some(value) = value.filter(|_| event.get(field).is_none()) {
            event.push(field, value);
        }
    }
}

/// Whether an administrator agreed for everybody. Values of changed properties are JSON in a string.
fn push_consent<'a>(event: &mut Event<'a>, properties: &'a str) {
    const NAME: &str = "ConsentContext.IsAdminConsent";
    for property in elements(properties).into_iter().filter(|property| property.contains(NAME)) {
        let Ok(property) = json::flat(property) else { continue };
        if property.text_of("displayName").as_deref() == Some(NAME)
            && let Some(value) = given(property.get("newValue"))
        {
            event.push(NAME, value.trim_matches('"').to_owned());
        }
    }
}

/// What was changed is several arrays in one another; rules look for words anywhere in them.
fn push_audit(event: &mut Event<'_>) {
    push_category(event);
    let initiator = event.get("user.name").cloned();
    for name in ["properties.initiatedBy", "Initiatedby", "Initiatied.By"] {
        event
            .fields
            .extend(initiator.iter().map(|user| Field { name: Cow::Borrowed(name), value: user.clone() }));
    }
    let result = given(event.get("properties.result"));
    if let Some(result) = &result {
        push_outcome(event, result.eq_ignore_ascii_case("success"));
    }
    let status = result.into_iter().chain(given(event.get("failure_status_reason")));
    let status: Vec<Value<'_>> = status.map(Value::Text).collect();
    event.fields.push(Field { name: Cow::Borrowed("Status"), value: Value::List(status) });
    let paths = [&["properties", "targetResources"][..], &["targetResources"], &["TargetResources"]];
    let raw = paths.into_iter().find_map(|path| member(event, path));
    if let Some(raw) = raw {
        push_targets(event, raw);
        for name in ["TargetResources", "properties.targetResources", "TargetResources.modifiedProperties"] {
            event.push(name, raw);
        }
    }
}

/// A time as Americans write it, which some categories have: `3/24/2022 2:42:35 PM`, UTC.
fn american_time(text: &str) -> Option<jiff::Timestamp> {
    let civil = jiff::civil::DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text.trim()).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
}
