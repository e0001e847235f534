//! Windows events, whichever way they were exported: which rules apply, and names that rules share.
//!
//! Source: Microsoft's channel names and event ids; Sysmon's event ids (schema 4.90); the Sigma
//! taxonomy for the names of services and categories.

use crate::event::{AddressOf, Event, EventClass, Field, Origin, Value};
use crate::parser::json::JsonFormat;
use std::borrow::Cow;

pub(super) const FORMAT: JsonFormat = JsonFormat { classes, claim };

/// The channel that Sysmon for Linux names.
const LINUX_SYSMON: &str = "Linux-Sysmon/Operational";

static LINUX_ORIGIN: Origin = Origin { name: "Sysmon for Linux", clocks: &[], telling: &[] };

static ORIGIN: Origin = Origin { name: "Windows event log", clocks: &[], telling: &[] };

/// Recognises a Windows event by its channel and gives it its class and shared names.
pub(super) fn claim(event: &mut Event<'_>) -> bool {
    let mut channel = None;
    let mut id = None;
    let mut hostname = None;
    let mut computer = false;
    let (mut outcome, mut has_outcome) = (None, false);
    for field in &event.fields {
        match &*field.name {
            "Channel" => channel = channel.or(Some(&field.value)),
            "EventID" => id = id.or(Some(&field.value)),
            "Hostname" => hostname = hostname.or(Some(&field.value)),
            "Computer" => computer = true,
            // NXLog may have rounded the number, but not its own word for it.
            "EventType" => outcome = audit_type(&field.value).or(outcome),
            "Keywords" => outcome = outcome.or_else(|| audit_keyword(&field.value)),
            "event.outcome" => has_outcome = true,
            _ => {}
        }
    }
    let Some(channel) = channel.and_then(Value::as_text) else { return false };
    let id = id.and_then(Value::as_text).and_then(|text| text.parse().ok()).unwrap_or(0);
    let hostname = hostname.filter(|_| !computer).cloned();
    if channel.eq_ignore_ascii_case(LINUX_SYSMON) {
        event.class = linux_class(id);
        event.origin = &LINUX_ORIGIN;
    } else {
        event.class = class(&channel, id, || event.text_of("EventType"));
        event.origin = &ORIGIN;
    }
    drop(channel);
    if let Some(outcome) = outcome.filter(|_| !has_outcome) {
        event.push("event.outcome", outcome);
    }
    if let Some(value) = hostname {
        event.fields.push(Field { name: Cow::Borrowed("Computer"), value });
    }
    for &(name, shared) in shared_names(event.class, id) {
        if event.get(shared).is_none()
            && let Some(value) = event.get(name).cloned()
        {
            event.fields.push(Field { name: Cow::Borrowed(shared), value });
        }
    }
    event.address_of = address_of(event, id).map(Box::new);
    true
}

/// Whose address the event says some address is: a connection that the computer opened comes from its
/// own, a machine account logs on from its machine's.
fn address_of<'a>(event: &Event<'a>, id: u32) -> Option<AddressOf<'a>> {
    let text = |name: &str| event.get(name).and_then(Value::to_text);
    match (event.class.services.first(), id) {
        (Some(&"sysmon"), 3) => {
            text("Initiated").filter(|initiated| initiated.eq_ignore_ascii_case("true"))?;
            Some(AddressOf { host: text("Computer")?, address: text("SourceIp")? })
        }
        (Some(&"security"), 4624 | 4768 | 4769) => {
            let name = text("TargetUserName")?;
            let machine = name.split('@').next().unwrap_or_default().strip_suffix('$')?;
            Some(AddressOf { host: Cow::Owned(machine.to_owned()), address: text("IpAddress")? })
        }
        _ => None,
    }
}

/// NXLog's word for the audit keyword.
fn audit_type(value: &Value<'_>) -> Option<&'static str> {
    match &*value.as_text()? {
        "AUDIT_SUCCESS" => Some("success"),
        "AUDIT_FAILURE" => Some("failure"),
        _ => None,
    }
}

/// What the audit keyword says, signed or hexadecimal.
/// Source: `winmeta.xml`, keywords `AuditFailure` (bit 52) and `AuditSuccess` (bit 53).
fn audit_keyword(value: &Value<'_>) -> Option<&'static str> {
    let text = value.as_text()?;
    let bits = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => text.parse::<i64>().ok()?.cast_unsigned(),
    };
    match (bits >> 52) & 3 {
        1 => Some("failure"),
        2 => Some("success"),
        _ => None,
    }
}

/// The class of a channel and event id; `event_type` is asked only where Sysmon needs it.
fn class<'a>(channel: &str, id: u32, event_type: impl FnOnce() -> Option<Cow<'a, str>>) -> EventClass {
    let services: &'static [&'static str] = SERVICES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(channel))
        .map_or(&[], |(_, service)| std::slice::from_ref(service));
    let categories = match services.first() {
        Some(&"sysmon") if id == 12 => match event_type().as_deref() {
            Some("CreateKey") => &["registry_event", "registry_add"][..],
            Some("DeleteKey" | "DeleteValue") => &["registry_event", "registry_delete"],
            _ => &["registry_event"],
        },
        Some(&"sysmon") => sysmon_categories(id),
        Some(&"security") if id == 4688 => &["process_creation"],
        Some(&"powershell") if id == 4103 => &["ps_module"],
        Some(&"powershell") if id == 4104 => &["ps_script"],
        Some(&"powershell-classic") => match id {
            400 => &["ps_classic_start"][..],
            600 => &["ps_classic_provider_start"],
            800 => &["ps_classic_script"],
            _ => &[],
        },
        Some(&"windefend") if matches!(id, 1006..=1012 | 1017..=1019 | 1115 | 1116) => &["antivirus"],
        _ => &[],
    };
    EventClass { product: "windows", services, categories }
}

/// The class of an event of Sysmon for Linux.
fn linux_class(id: u32) -> EventClass {
    EventClass { product: "linux", services: &["sysmon"], categories: sysmon_categories(id) }
}

/// Every class of events that come as XML: those of Windows, and those of Sysmon for Linux.
pub(super) fn classes_of_xml() -> Vec<EventClass> {
    classes().into_iter().chain((0..30).chain([255]).map(linux_class)).collect()
}

/// Every class that a Windows event can have.
fn classes() -> Vec<EventClass> {
    const TELLING_IDS: [u32; 9] = [0, 400, 600, 800, 1116, 4103, 4104, 4688, 255];
    const EVENT_TYPES: [&str; 3] = ["CreateKey", "DeleteKey", ""];
    let mut classes = vec![class("", 0, || None)];
    for (channel, _) in SERVICES {
        for id in TELLING_IDS.into_iter().chain(1..30) {
            for kind in EVENT_TYPES {
                let class = class(channel, id, || Some(Cow::Borrowed(kind)));
                if !classes.contains(&class) {
                    classes.push(class);
                }
            }
        }
    }
    classes
}

fn sysmon_categories(id: u32) -> &'static [&'static str] {
    match id {
        1 => &["process_creation"],
        2 => &["file_change"],
        3 => &["network_connection"],
        4 | 16 => &["sysmon_status"],
        5 => &["process_termination"],
        6 => &["driver_load"],
        7 => &["image_load"],
        8 => &["create_remote_thread"],
        9 => &["raw_access_thread"],
        10 => &["process_access"],
        11 => &["file_event"],
        13 => &["registry_event", "registry_set"],
        14 => &["registry_event", "registry_rename"],
        15 => &["create_stream_hash"],
        17 | 18 => &["pipe_created"],
        19..=21 => &["wmi_event"],
        22 => &["dns_query"],
        23 => &["file_delete"],
        24 => &["clipboard_change"],
        25 => &["process_tampering"],
        26 => &["file_delete_detected"],
        27 => &["file_block_executable"],
        28 => &["file_block_shredding"],
        29 => &["file_executable_detected"],
        255 => &["sysmon_error"],
        _ => &[],
    }
}

/// Names under which a category's rules ask for what this event calls otherwise.
fn shared_names(class: EventClass, id: u32) -> &'static [(&'static str, &'static str)] {
    match (class.services.first(), id) {
        // Other Linux events name their host so.
        (Some(&"sysmon"), _) if class.product == "linux" => &[("Computer", "host.name")],
        (Some(&"security"), 4688) => &[
            ("NewProcessName", "Image"),
            ("ParentProcessName", "ParentImage"),
            ("SubjectUserName", "User"),
            ("SubjectLogonId", "LogonId"),
            ("MandatoryLabel", "IntegrityLevel"),
        ],
        (Some(&"windefend"), 1006..=1116) => &[("ThreatName", "Signature"), ("Path", "Filename")],
        _ => &[],
    }
}

/// Channels and the service name under which Sigma rules ask for them; frequent ones first.
static SERVICES: [(&str, &str); 74] = [
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    ("Security", "security"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("System", "system"),
    ("Application", "application"),
    ("Windows PowerShell", "powershell-classic"),
    ("PowerShellCore/Operational", "powershell"),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
    ("Microsoft-Windows-Windows Defender/Operational", "windefend"),
    ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall-as"),
    ("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "terminalservices-localsessionmanager",
    ),
    ("Microsoft-Windows-NTLM/Operational", "ntlm"),
    ("Microsoft-Windows-DHCP-Server/Operational", "dhcp"),
    ("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
    ("Microsoft-Windows-DNS Client Events/Operational", "dns-client"),
    ("DNS Server", "dns-server"),
    ("Microsoft-Windows-DNS-Server/Audit", "dns-server-audit"),
    ("Microsoft-Windows-DNS-Server/Analytical", "dns-server-analytic"),
    ("Microsoft-Windows-DNSServer/Audit", "dns-server-audit"),
    ("Microsoft-Windows-DNSServer/Analytical", "dns-server-analytic"),
    ("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
    ("Microsoft-Windows-PrintService/Operational", "printservice-operational"),
    ("Microsoft-Windows-SmbClient/Security", "smbclient-security"),
    ("Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"),
    ("Microsoft-Windows-SMBServer/Connectivity", "smbserver-connectivity"),
    ("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"),
    ("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    ("Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker"),
    ("Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker"),
    ("MSExchange Management", "msexchange-management"),
    ("Microsoft-Windows-Security-Mitigations/KernelMode", "security-mitigations"),
    ("Microsoft-Windows-Security-Mitigations/UserMode", "security-mitigations"),
    ("Microsoft-Windows-Security-Mitigations/Kernel Mode", "security-mitigations"),
    ("Microsoft-Windows-Security-Mitigations/User Mode", "security-mitigations"),
    ("Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis-scripted"),
    ("Microsoft-Windows-Shell-Core/Operational", "shell-core"),
    ("OpenSSH/Operational", "openssh"),
    ("Microsoft-Windows-LDAP-Client/Debug", "ldap"),
    ("Microsoft-Windows-BitLocker/BitLocker Management", "bitlocker"),
    ("Microsoft-Windows-VHDMP-Operational", "vhdmp"),
    ("Microsoft-Windows-VHDMP/Operational", "vhdmp"),
    ("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"),
    ("Microsoft-Windows-AppXDeployment-Server/Operational", "appxdeployment-server"),
    ("Microsoft-Windows-LSA/Operational", "lsa-server"),
    ("Microsoft-Windows-AppxPackaging/Operational", "appxpackaging-om"),
    ("Microsoft-Windows-AppModel-Runtime/Admin", "appmodel-runtime"),
    ("Microsoft-Windows-CAPI2/Operational", "capi2"),
    (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
        "certificateservicesclient-lifecycle-system",
    ),
    ("Microsoft-Windows-Kernel-ShimEngine/Operational", "kernel-shimengine"),
    ("Microsoft-Windows-Kernel-ShimEngine/Diagnostic", "kernel-shimengine"),
    ("Microsoft-Windows-Application-Experience/Program-Telemetry", "application-experience"),
    ("Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant", "application-experience"),
    ("Microsoft-Windows-Ntfs/Operational", "ntfs"),
    ("Microsoft-Windows-Hyper-V-Worker", "hyper-v-worker"),
    ("Microsoft-Windows-Hyper-V-Worker-Admin", "hyper-v-worker"),
    ("Microsoft-Windows-Kernel-EventTracing", "kernel-event-tracing"),
    ("Microsoft-Windows-Kernel-EventTracing/Admin", "kernel-event-tracing"),
    ("Microsoft-Windows-SENSE/Operational", "sense"),
    ("Microsoft-ServiceBus-Client", "microsoft-servicebus-client"),
    ("Microsoft-ServiceBus-Client/Admin", "microsoft-servicebus-client"),
    ("Microsoft-ServiceBus-Client/Operational", "microsoft-servicebus-client"),
    ("Microsoft-IIS-Configuration/Operational", "iis-configuration"),
    ("Microsoft-Windows-IIS-Configuration/Operational", "iis-configuration"),
    ("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"),
    ("Microsoft-Windows-WinRM/Operational", "winrm"),
    ("Microsoft-Windows-GroupPolicy/Operational", "grouppolicy"),
    ("Microsoft-Windows-WinINet-Config/ProxyConfigChanged", "wininet-config"),
    ("Microsoft-Windows-Kernel-PnP/Configuration", "kernel-pnp"),
    (
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        "terminalservices-remoteconnectionmanager",
    ),
    ("Microsoft-Windows-TerminalServices-RDPClient/Operational", "terminalservices-rdpclient"),
    ("Microsoft-Windows-Forwarding/Operational", "forwarding"),
];

#[cfg(test)]
mod tests {
    use crate::parser::json;

    #[test]
    fn channel_and_id_decide_the_class() {
        let cases = [
            (
                r#"{"Channel":"Security","EventID":4688,"NewProcessName":"C:\\a.exe"}"#,
                "security",
                &["process_creation"][..],
            ),
            (
                r#"{"Channel":"microsoft-windows-sysmon/operational","EventID":"13"}"#,
                "sysmon",
                &["registry_event", "registry_set"],
            ),
            (
                r#"{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":12,"EventType":"CreateKey"}"#,
                "sysmon",
                &["registry_event", "registry_add"],
            ),
            (r#"{"Channel":"Security","EventID":4624}"#, "security", &[]),
        ];
        for (line, service, categories) in cases {
            let event = json::parse(line).unwrap();
            assert_eq!(
                (event.class.product, event.class.services, event.class.categories),
                ("windows", &[service][..], categories)
            );
        }
        assert!(json::parse(r#"{"Channel":"Unheard/Of","EventID":1}"#).unwrap().class.services.is_empty());
    }

    #[test]
    fn the_audit_keyword_is_the_outcome() {
        let cases = [
            (r#""Keywords":"0x8020000000000000""#, Some("success")),
            (r#""Keywords":-9218868437227405312"#, Some("failure")),
            (r#""Keywords":-9223372036854775808"#, None),
            (r#""EventType":"AUDIT_FAILURE","Keywords":0"#, Some("failure")),
            (r#""Keywords":-9214364837600035000,"EventType":"AUDIT_SUCCESS""#, Some("success")),
            (r#""EventType":"SetValue""#, None),
        ];
        for (field, want) in cases {
            let line = format!(r#"{{"Channel":"Security","EventID":4624,{field}}}"#);
            assert_eq!(json::parse(&line).unwrap().text_of("event.outcome").as_deref(), want, "{field}");
        }
    }

    #[test]
    fn security_process_creation_has_the_shared_names() {
        let event = json::parse(
            r#"{"Channel":"Security","EventID":4688,"NewProcessName":"C:\\a.exe","Hostname":"ws"}"#,
        )
        .unwrap();
        assert_eq!(event.text_of("Image").as_deref(), Some(r"C:\a.exe"));
        assert_eq!(event.text_of("Computer").as_deref(), Some("ws"));
    }
}
