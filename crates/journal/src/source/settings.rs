//! What a source sends, and how it is read.

use super::SourceRefusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Characters of a parser's, a zone's or a field's name.
pub const LONGEST_WORD: usize = 200;
/// Fields of a mapping.
pub const MAPPED: usize = 50;
/// Events per minute that can be expected.
pub const MOST_EXPECTED: u32 = 100_000_000;

/// What a source sends, and how it is read. All of it are words of ours and names that have a form: nothing in it is
/// text about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSettings {
    /// What it sends. (A fact has a `kind` of its own.)
    #[serde(rename = "sends")]
    pub kind: SourceKind,
    /// What its events or alerts are written in; recognised from each of them where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parser: Option<String>,
    /// How many events a minute it sends at the least; with fewer it counts as silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u32>,
    /// How far what it sends is believed.
    #[serde(default)]
    pub trust: Trust,
    /// The zone of times that name none; UTC where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Where in an alert of no known product its fields lie: our name of a field, and the path to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: BTreeMap<String, String>,
}

/// What a source sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Records of what happened, on which rules are tried.
    Events,
    /// What another product warns of.
    Alerts,
}

/// How far what a source sends is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Whoever sent it proved who they are.
    #[default]
    Proven,
    /// Any user of the machine may have written it.
    LocalText,
    /// Anybody may have sent it.
    Unproven,
}

impl SourceKind {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Events => "events",
            SourceKind::Alerts => "alerts",
        }
    }
}

impl Trust {
    /// Every one, the most first.
    pub const ALL: [Trust; 3] = [Trust::Proven, Trust::LocalText, Trust::Unproven];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Trust::Proven => "proven",
            Trust::LocalText => "local-text",
            Trust::Unproven => "unproven",
        }
    }
}

impl SourceSettings {
    /// A source of this kind of which nothing else is said.
    pub fn of(kind: SourceKind) -> SourceSettings {
        let mapping = BTreeMap::new();
        SourceSettings { kind, parser: None, expected: None, trust: Trust::Proven, zone: None, mapping }
    }

    /// Whether all of it has the form that it must have.
    ///
    /// # Errors
    ///
    /// [`SourceRefusal`] naming the first that has not.
    pub fn check(&self) -> Result<(), SourceRefusal> {
        let parser = self.parser.as_ref().is_none_or(|name| is_word(name, |byte| b"-_.".contains(&byte)));
        if !parser {
            return Err(SourceRefusal::Parser);
        }
        // `Europe/Berlin`, `Etc/GMT+5`, `+01:00`.
        let zone = self.zone.as_ref().is_none_or(|name| is_word(name, |byte| b"/_+-:".contains(&byte)));
        if !zone {
            return Err(SourceRefusal::Zone);
        }
        if self.expected.is_some_and(|expected| !(1..=MOST_EXPECTED).contains(&expected)) {
            return Err(SourceRefusal::Expected);
        }
        let is_path = |text: &String| is_word(text, |byte| b"-_./@$[]*~:".contains(&byte));
        let is_mapping = self.mapping.iter().all(|(field, path)| is_path(field) && is_path(path));
        match self.kind {
            SourceKind::Events if !self.mapping.is_empty() => Err(SourceRefusal::MapsEvents),
            _ if !is_mapping || self.mapping.len() > MAPPED => Err(SourceRefusal::Mapping),
            _ => Ok(()),
        }
    }
}

/// 1 to 200 letters and digits of ASCII, and others that `also` takes.
fn is_word(text: &str, also: impl Fn(u8) -> bool) -> bool {
    (1..=LONGEST_WORD).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also(byte))
}
