//! What an alert is about, part by part.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who made a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// The company or project.
    pub vendor: Option<String>,
    /// What they call it.
    pub product: Option<String>,
}

/// The product's own rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its id, in the form in which the product prints it (`1:2030001:2`).
    pub id: Option<String>,
    /// Its name, where that is not the alert's title.
    pub name: Option<String>,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name, as the product writes it.
    pub name: Option<String>,
    /// Its first address.
    pub ip: Option<IpAddr>,
    /// The product's id of it.
    pub id: Option<String>,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its name, without the domain where that is told apart.
    pub name: Option<String>,
    /// A security identifier, or the product's id.
    pub id: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
}

/// One end of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its port.
    pub port: Option<u16>,
    /// The name by which it was called.
    pub domain: Option<String>,
}

/// A running program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its name.
    pub name: Option<String>,
    /// Where it lies.
    pub path: Option<String>,
    /// How it was started.
    pub cmdline: Option<String>,
    /// Its number.
    pub pid: Option<u32>,
    /// Who started it, by name or path.
    pub parent: Option<String>,
}

/// A file; hashes are the lower-case digits that the product gave, be there as many as there should or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it lies, or only its name.
    pub path: Option<String>,
    /// MD5.
    pub md5: Option<String>,
    /// SHA-1.
    pub sha1: Option<String>,
    /// SHA-256.
    pub sha256: Option<String>,
}

/// A place in a cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cloud {
    /// The account, subscription or project.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The resource, by the cloud's name for it.
    pub resource: Option<String>,
}

/// How sure a product is; of a percentage up to 33, up to 66, and above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Rather not.
    Low,
    /// Maybe.
    Medium,
    /// Rather so.
    High,
}

impl Confidence {
    /// Of a percentage.
    pub fn of_percent(percent: f64) -> Confidence {
        match percent {
            p if p <= 33.0 => Confidence::Low,
            p if p <= 66.0 => Confidence::Medium,
            _ => Confidence::High,
        }
    }
}

/// Whether an alert is still of interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is, for all that the product knows.
    #[default]
    Open,
    /// Somebody closed it at the product, or it ended.
    Closed,
    /// Somebody made it to try out whether alerts arrive.
    Test,
}
