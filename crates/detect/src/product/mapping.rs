//! Alerts of a product that we do not know: somebody declares which of its fields is what.

mod reading;

use cofferdam_vocabulary::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a path.
const PATH_LIMIT: usize = 256;
/// Names in a path.
const NAMES_LIMIT: usize = 16;
/// Rows of a table of severities.
const TABLE_LIMIT: usize = 100;

/// How the alerts of a product are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Declared", into = "Declared")]
pub struct Mapping(Declared);

/// A mapping as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Declared {
    /// The word for the product: the `source` of its alerts.
    pub product: String,
    /// Where in a body its alerts stand, if not as documents, in a list or in a usual envelope.
    #[serde(default)]
    pub records: Option<JsonPath>,
    /// Whether a later alert with the same id is the same alert, changed.
    #[serde(default)]
    pub in_place: bool,
    /// What stands where.
    pub fields: BTreeMap<Neutral, JsonPath>,
    /// The level of each value that the severity's field may have; case does not matter.
    #[serde(default)]
    pub severity: BTreeMap<String, Level>,
    /// From which number on each level is meant, where the field holds numbers.
    #[serde(default)]
    pub severity_from: BTreeMap<Level, f64>,
    /// Values of the status that mean that somebody closed it; case does not matter.
    #[serde(default)]
    pub closed: Vec<String>,
}

/// What of an alert can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the part of `ProductAlert` that has its name")]
pub enum Neutral {
    Id,
    Title,
    RuleId,
    RuleName,
    Severity,
    Confidence,
    TimeEvent,
    TimeAlert,
    TimeUpdated,
    HostName,
    HostIp,
    HostId,
    UserName,
    UserId,
    UserDomain,
    SrcIp,
    SrcPort,
    SrcDomain,
    DstIp,
    DstPort,
    DstDomain,
    ProcessName,
    ProcessPath,
    ProcessCmdline,
    ProcessPid,
    ProcessParent,
    FilePath,
    FileMd5,
    FileSha1,
    FileSha256,
    Url,
    CloudAccount,
    CloudRegion,
    CloudResource,
    Techniques,
    Tactics,
    Action,
    Status,
    Message,
    Group,
}

/// A place in a JSON document: a JSON pointer (`/host/name`, RFC 6901), or names with dots (`host.name`),
/// which may be nested or stand as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JsonPath(String);

/// Why a mapping is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The word for the product is none.
    #[error("`{product}` is no word for a product; use 1 to 63 lower-case letters, digits and `-`")]
    Product {
        /// What was given.
        product: String,
    },
    /// The path is none.
    #[error("`{path}` is no path; write `/host/name` or `host.name`, at most 256 bytes and 16 names")]
    Path {
        /// What was given, cut.
        path: String,
    },
    /// Nothing tells what happened.
    #[error("neither `title` nor `rule-name` nor `rule-id` is declared")]
    Nameless,
    /// `in-place` needs an id.
    #[error("`in-place` needs the field `id`")]
    NoId,
    /// More rows than anybody writes.
    #[error("`{table}` has more than 100 rows")]
    TooMany {
        /// Which table.
        table: &'static str,
    },
    /// A greater number means a lesser level.
    #[error("`severity-from` must grow with the level: {level} begins at {from}")]
    Unordered {
        /// The level that begins too early.
        level: Level,
        /// Where it begins.
        from: String,
    },
}

impl TryFrom<String> for JsonPath {
    type Error = MappingError;

    fn try_from(path: String) -> Result<JsonPath, MappingError> {
        let between = if path.starts_with('/') { '/' } else { '.' };
        let names = path.strip_prefix('/').unwrap_or(&path).split(between);
        let is_path = path.len() <= PATH_LIMIT
            && names.clone().count() <= NAMES_LIMIT
            && names.clone().all(|name| !name.is_empty());
        if is_path {
            return Ok(JsonPath(path));
        }
        Err(MappingError::Path { path: super::text::excerpt(&path) })
    }
}

impl From<JsonPath> for String {
    fn from(path: JsonPath) -> String {
        path.0
    }
}

impl TryFrom<Declared> for Mapping {
    type Error = MappingError;

    fn try_from(declared: Declared) -> Result<Mapping, MappingError> {
        let product = &declared.product;
        let is_word = (1..=63).contains(&product.len())
            && product.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_word {
            return Err(MappingError::Product { product: super::text::excerpt(product) });
        }
        let has = |field: Neutral| declared.fields.contains_key(&field);
        if ![Neutral::Title, Neutral::RuleName, Neutral::RuleId].into_iter().any(has) {
            return Err(MappingError::Nameless);
        }
        if declared.in_place && !has(Neutral::Id) {
            return Err(MappingError::NoId);
        }
        if declared.severity.len() > TABLE_LIMIT {
            return Err(MappingError::TooMany { table: "severity" });
        }
        if declared.closed.len() > TABLE_LIMIT {
            return Err(MappingError::TooMany { table: "closed" });
        }
        let mut least = f64::NEG_INFINITY;
        for (level, from) in &declared.severity_from {
            // A number that is none is not greater either.
            if from.partial_cmp(&least) != Some(std::cmp::Ordering::Greater) {
                return Err(MappingError::Unordered { level: *level, from: from.to_string() });
            }
            least = *from;
        }
        Ok(Mapping(declared))
    }
}

impl From<Mapping> for Declared {
    fn from(mapping: Mapping) -> Declared {
        mapping.0
    }
}
