//! What follows from the parts of an alert: its entities, its line, and what tells it from others.

use super::TEXT_KEPT;
use super::alert::ProductAlert;
use super::part::Status;
use super::text::{cut, kept};
use crate::correlation::value_of;
use crate::describe::one_line;
use cofferdam_vocabulary::{Entity, EntityKind, Level, Role};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Entities kept with an alert.
pub const ENTITIES_KEPT: usize = 100;
/// Further fields kept with an alert, and values of each.
const FIELDS_KEPT: usize = 40;
const VALUES_KEPT: usize = 10;
/// Bytes of an id that stand in `dedup` as they are.
const ID_KEPT: usize = 200;
/// Alerts that no id tells apart are one alert within a stretch of time.
const STRETCH_SECONDS: i64 = 3600;

impl ProductAlert {
    /// Adds an entity, if the text says anything and there is room.
    pub(super) fn about(&mut self, kind: EntityKind, role: Role, text: &str) {
        if self.entities.len() >= ENTITIES_KEPT {
            return;
        }
        if let Some(value) = value_of(kind, text) {
            let entity = Entity { kind, value, role };
            if !self.entities.contains(&entity) {
                self.entities.push(entity);
            }
        }
    }

    /// Keeps what the product says under its own name.
    pub(super) fn also(&mut self, name: &str, value: Option<String>) {
        let Some((value, name)) = value.zip(kept(name)) else { return };
        if self.fields.len() >= FIELDS_KEPT && !self.fields.contains_key(&name) {
            return;
        }
        let values = self.fields.entry(name).or_default();
        if values.len() < VALUES_KEPT && !values.contains(&value) {
            values.push(value);
        }
    }

    /// Draws all conclusions; nothing is changed after it but by `update`.
    pub(super) fn finish(mut self) -> ProductAlert {
        if self.title.is_empty() {
            let title = self.rule.name.clone().or_else(|| self.rule.id.clone());
            self.title = title.unwrap_or_else(|| format!("Alert of {}", self.source));
        }
        if self.status == Status::Test {
            self.level = Level::Informational;
        }
        self.techniques.sort_unstable();
        self.settle_tactics();
        self.name_entities();
        self.what = self.line();
        self.dedup = self.key();
        self.bound();
        self
    }

    /// What is put together of several texts may be longer than each of them. The key is made of all of it.
    fn bound(&mut self) {
        let composed = [Some(&mut self.title), self.source_id.as_mut()];
        for text in composed.into_iter().flatten().filter(|text| text.len() > TEXT_KEPT) {
            *text = cut(text, TEXT_KEPT).into_owned();
        }
    }

    /// Adds the parts to the entities, each in the role that it usually plays unless it is there already.
    fn name_entities(&mut self) {
        use EntityKind::{Account, Address, Domain, File, Hash, Host, Process, Url};
        use Role::{Actor, Observer, Target};
        let account = match (&self.user.domain, &self.user.name) {
            (Some(domain), Some(name)) if !name.contains(['\\', '@']) => Some(format!("{domain}\\{name}")),
            (_, name) => name.clone(),
        };
        let hash = |algorithm: &str, digits: &Option<String>| {
            digits.as_ref().map(|digits| format!("{algorithm}:{digits}"))
        };
        let parts = [
            (Host, Observer, self.host.name.clone()),
            (Account, Actor, account),
            (Address, Actor, self.src.ip.map(|ip| ip.to_string())),
            (Domain, Actor, self.src.domain.clone()),
            (Address, Target, self.dst.ip.map(|ip| ip.to_string())),
            (Domain, Target, self.dst.domain.clone()),
            (Address, Observer, self.host.ip.map(|ip| ip.to_string())),
            (Process, Actor, self.process.path.clone().or_else(|| self.process.name.clone())),
            (File, Target, self.file.path.clone()),
            (Hash, Target, hash("sha256", &self.file.sha256)),
            (Hash, Target, hash("sha1", &self.file.sha1)),
            (Hash, Target, hash("md5", &self.file.md5)),
            (Url, Target, self.url.clone()),
        ];
        for (kind, role, text) in parts {
            let Some(value) = text.and_then(|text| value_of(kind, &text)) else { continue };
            if !self.entities.iter().any(|entity| entity.kind == kind && entity.value == value) {
                self.about(kind, role, &value);
            }
        }
        self.entities.sort_unstable();
    }

    /// The title, and whom it is about.
    pub(super) fn line(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.host.name.clone());
        parts.extend(self.user.name.as_ref().map(|name| format!("account {name}")));
        let end = |end: &super::End| {
            let mut out = end.ip.map(|ip| ip.to_string()).or_else(|| end.domain.clone())?;
            if let Some(port) = end.port {
                let _ = write!(out, "{}{port}", if out.contains(':') { " port " } else { ":" });
            }
            Some(out)
        };
        match (end(&self.src), end(&self.dst)) {
            (Some(src), Some(dst)) => parts.push(format!("{src} → {dst}")),
            (Some(src), None) => parts.push(format!("from {src}")),
            (None, dst) => parts.extend(dst.map(|dst| format!("to {dst}"))),
        }
        let process = &self.process;
        let told = [&process.cmdline, &process.path, &process.name, &self.file.path, &self.url];
        let told = told.into_iter().flatten().next().or(self.cloud.resource.as_ref());
        parts.extend(told.cloned());
        parts.extend(self.action.clone());
        let title = cut(self.title.trim_end_matches('.'), 150);
        if parts.is_empty() { one_line(&title) } else { one_line(&format!("{title}: {}", parts.join(", "))) }
    }

    fn key(&self) -> String {
        if let Some(id) = self.source_id.as_ref().filter(|_| self.in_place) {
            if id.len() <= ID_KEPT {
                return format!("{}:{id}", self.source);
            }
            return format!("{}:{}", self.source, digest(&[id]));
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let address = |end: &super::End| end.ip.map(|ip| ip.to_string()).or_else(|| end.domain.clone());
        let time = self.time_event.or(self.time_alert).map(stretch);
        let rule = self.rule.id.as_ref().or(self.rule.name.as_ref()).unwrap_or(&self.title);
        // Of a scanner's findings, each place is a finding of its own.
        let place = self.file.path.as_ref().or(self.cloud.resource.as_ref());
        let parts = [
            rule.clone(),
            text(&self.host.name).to_lowercase(),
            text(&self.user.name).to_lowercase(),
            text(&address(&self.src)),
            text(&address(&self.dst)),
            text(&place.cloned()),
            time.map_or(String::new(), |time| time.to_string()),
        ];
        format!("{}#{}", self.source, digest(&parts.iter().collect::<Vec<_>>()))
    }
}

/// The number of the stretch that a time is in.
fn stretch(time: Timestamp) -> i64 {
    time.as_second().div_euclid(STRETCH_SECONDS)
}

/// 128 bits of the SHA-256 over the parts, each of which is told apart by its length.
fn digest(parts: &[&String]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
