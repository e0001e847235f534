//! The formats in which products write alerts.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A format of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is told by its `title`")]
pub enum Format {
    Suricata,
    Wazuh,
    Guardduty,
    Elastic,
    Graph,
    Defender,
    Sentinel,
    SecurityHub,
    Crowdstrike,
    Sentinelone,
    Ocsf,
    Sarif,
    Scanner,
    Cef,
    Leef,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Format; 15] = [
        Format::Suricata,
        Format::Wazuh,
        Format::Guardduty,
        Format::Elastic,
        Format::Graph,
        Format::Defender,
        Format::Sentinel,
        Format::SecurityHub,
        Format::Crowdstrike,
        Format::Sentinelone,
        Format::Ocsf,
        Format::Sarif,
        Format::Scanner,
        Format::Cef,
        Format::Leef,
    ];

    /// The word by which it is configured; also the `source` of its alerts.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Suricata => "suricata",
            Format::Wazuh => "wazuh",
            Format::Guardduty => "guardduty",
            Format::Elastic => "elastic",
            Format::Graph => "graph",
            Format::Defender => "defender",
            Format::Sentinel => "sentinel",
            Format::SecurityHub => "security-hub",
            Format::Crowdstrike => "crowdstrike",
            Format::Sentinelone => "sentinelone",
            Format::Ocsf => "ocsf",
            Format::Sarif => "sarif",
            Format::Scanner => "scanner",
            Format::Cef => "cef",
            Format::Leef => "leef",
        }
    }

    /// As people call it.
    pub fn title(self) -> &'static str {
        match self {
            Format::Suricata => "Suricata EVE",
            Format::Wazuh => "Wazuh",
            Format::Guardduty => "AWS GuardDuty",
            Format::Elastic => "Elastic Security",
            Format::Graph => "Microsoft Graph security",
            Format::Defender => "Microsoft Defender XDR, streamed tables",
            Format::Sentinel => "Microsoft Sentinel",
            Format::SecurityHub => "AWS Security Hub (ASFF)",
            Format::Crowdstrike => "CrowdStrike Falcon",
            Format::Sentinelone => "SentinelOne",
            Format::Ocsf => "OCSF findings",
            Format::Sarif => "SARIF",
            Format::Scanner => "Nuclei, Trivy and Grype",
            Format::Cef => "CEF",
            Format::Leef => "LEEF",
        }
    }

    /// Reads the word; case does not matter.
    pub fn parse(text: &str) -> Option<Format> {
        let text = text.trim();
        Format::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}
