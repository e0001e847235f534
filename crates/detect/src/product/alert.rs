//! An alert that another product raised, in words that all products share.

use super::part::{Cloud, Confidence, End, File, Host, Maker, Process, Rule, Status, User};
use cofferdam_vocabulary::{Entity, Level, Tactic, TechniqueId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What another product says of something that it found.
///
/// All text is at most [`TEXT_KEPT`](super::TEXT_KEPT) bytes long and otherwise as the product wrote it: it
/// comes from outside and is cleaned where it is shown. What the product did not say is `None` or empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductAlert {
    /// The product, as one lower-case word (`wazuh`, `guardduty`); of a format that many products write,
    /// the format's name.
    pub source: String,
    /// Who made the product, in formats that many products write.
    pub maker: Option<Maker>,
    /// The product's own id of the alert.
    pub source_id: Option<String>,
    /// What the product calls it; never empty.
    pub title: String,
    /// The product's rule.
    pub rule: Rule,
    /// How bad the product says it is; medium where it does not say, informational where it is a test.
    pub level: Level,
    /// How sure the product is.
    pub confidence: Option<Confidence>,
    /// When it happened, or began to, UTC.
    pub time_event: Option<Timestamp>,
    /// When the product raised the alert, UTC.
    pub time_alert: Option<Timestamp>,
    /// When the product changed it last, UTC.
    pub time_updated: Option<Timestamp>,
    /// Where it happened.
    pub host: Host,
    /// Whose account acted, or was used.
    pub user: User,
    /// From where.
    pub src: End,
    /// To where.
    pub dst: End,
    /// With which program.
    pub process: Process,
    /// On which file.
    pub file: File,
    /// The whole URL, or its path.
    pub url: Option<String>,
    /// Where in a cloud.
    pub cloud: Cloud,
    /// All that it is about and the part that each plays, what stands above included; none twice, at most
    /// [`ENTITIES_KEPT`](super::ENTITIES_KEPT).
    pub entities: Vec<Entity>,
    /// ATT&CK techniques under the ids of v18; none twice.
    pub techniques: Vec<TechniqueId>,
    /// ATT&CK tactics in matrix order: those named, and where none is, those of the techniques.
    pub tactics: Vec<Tactic>,
    /// What the product did about it, in its own word, lower case (`blocked`, `allowed`).
    pub action: Option<String>,
    /// Whether it is still of interest.
    pub status: Status,
    /// What it says, in one line of about 300 bytes at most.
    pub what: String,
    /// The product's explanation.
    pub message: Option<String>,
    /// What groups alerts at the product (`graph-incident:55`).
    pub group: Option<String>,
    /// Equal for what is one alert: `SOURCE:ID` if the product updates its alerts in place, else
    /// `SOURCE#HASH` of rule, host, account, both addresses and the hour.
    pub dedup: String,
    /// Whether `dedup` is the product's id, so that a later alert with the same is this one as it is now.
    pub in_place: bool,
    /// It only adds to an alert that is told elsewhere under the same `dedup`.
    pub is_evidence_only: bool,
    /// Further things that the product says, by its own names.
    pub fields: BTreeMap<String, Vec<String>>,
}

impl ProductAlert {
    /// An alert of which nothing is known yet.
    pub(super) fn new(source: &str) -> ProductAlert {
        ProductAlert {
            source: source.to_owned(),
            maker: None,
            source_id: None,
            title: String::new(),
            rule: Rule::default(),
            level: Level::Medium,
            confidence: None,
            time_event: None,
            time_alert: None,
            time_updated: None,
            host: Host::default(),
            user: User::default(),
            src: End::default(),
            dst: End::default(),
            process: Process::default(),
            file: File::default(),
            url: None,
            cloud: Cloud::default(),
            entities: Vec::new(),
            techniques: Vec::new(),
            tactics: Vec::new(),
            action: None,
            status: Status::Open,
            what: String::new(),
            message: None,
            group: None,
            dedup: String::new(),
            in_place: false,
            is_evidence_only: false,
            fields: BTreeMap::new(),
        }
    }
}
