//! Reads alerts by a mapping.

use super::super::alert::ProductAlert;
use super::super::body::{self, Found};
use super::super::error::{Place, ProductError};
use super::super::look::Look;
use super::super::part::{Confidence, Status};
use super::super::text::{hex, kept};
use super::{JsonPath, Mapping, Neutral};
use cofferdam_vocabulary::Level;
use serde_json::Value;

impl JsonPath {
    fn of<'v>(&self, look: Look<'v>) -> Option<&'v Value> {
        let found = if self.0.starts_with('/') { look.value.pointer(&self.0) } else { look.at(&self.0) };
        found.filter(|value| !value.is_null())
    }
}

impl Mapping {
    /// The word for the product.
    pub fn product(&self) -> &str {
        &self.0.product
    }

    /// What a body holds.
    pub(in super::super) fn records(&self, text: &str) -> Vec<Found> {
        let is_record = |value: &Value| self.is_record(value);
        let Some(records) = &self.0.records else { return body::records(text, is_record) };
        // A list stands at the declared place of each document.
        let mut found = Vec::new();
        for document in body::records(text, |_| true) {
            let (value, place) = match document {
                Ok(document) => document,
                Err(error) => {
                    found.push(Err(error));
                    continue;
                }
            };
            let look = Look::new(&value, place);
            match records.of(look) {
                Some(Value::Array(members)) => {
                    let place = |at: usize| Place { element: Some(at + 1), ..place };
                    let members = members.iter().enumerate().take(body::ALERTS_LIMIT);
                    found.extend(members.map(|(at, member)| Ok((member.clone(), place(at)))));
                }
                Some(one) => found.push(Ok((one.clone(), place))),
                None => found.push(Err(look.missing(&records.0))),
            }
        }
        found
    }

    /// Whether anything stands where an alert has its name; all else may be an envelope.
    fn is_record(&self, value: &Value) -> bool {
        let look = Look::new(value, Place::default());
        let names = [Neutral::Title, Neutral::RuleName, Neutral::RuleId];
        value.is_object()
            && names.iter().any(|name| self.0.fields.get(name).is_some_and(|path| path.of(look).is_some()))
    }

    pub(in super::super) fn read(&self, look: Look<'_>) -> Result<ProductAlert, ProductError> {
        if !self.is_record(look.value) {
            let names = [Neutral::Title, Neutral::RuleName, Neutral::RuleId];
            let path = names.iter().find_map(|name| self.0.fields.get(name));
            return Err(look.missing(path.map_or("title", |path| &path.0)));
        }
        let mut alert = ProductAlert::new(&self.0.product);
        for (field, path) in &self.0.fields {
            if let Some(value) = path.of(look) {
                self.set(*field, &path.0, look, look.on(value), &mut alert)?;
            }
        }
        alert.in_place = self.0.in_place;
        if alert.in_place && alert.source_id.is_none() {
            return Err(look.missing(self.0.fields.get(&Neutral::Id).map_or("id", |path| &path.0)));
        }
        Ok(alert)
    }

    fn set(
        &self,
        field: Neutral,
        path: &str,
        look: Look<'_>,
        at: Look<'_>,
        alert: &mut ProductAlert,
    ) -> Result<(), ProductError> {
        let text = || at.itself().ok_or_else(|| look.wrong(path, "text", at.value));
        let time = || at.own_time().ok_or_else(|| look.wrong(path, "a time", at.value));
        let ip = || at.own_ip().ok_or_else(|| look.wrong(path, "an address", at.value));
        let port = || text()?.parse().map_err(|_| look.wrong(path, "a port", at.value));
        let hash = || hex(&text()?).ok_or_else(|| look.wrong(path, "a hash", at.value));
        // An empty text says nothing, which is no fault.
        if at.value.as_str().is_some_and(|text| kept(text).is_none()) {
            return Ok(());
        }
        match field {
            Neutral::Id => alert.source_id = Some(text()?),
            Neutral::Title => alert.title = text()?,
            Neutral::RuleId => alert.rule.id = Some(text()?),
            Neutral::RuleName => alert.rule.name = Some(text()?),
            Neutral::Severity => {
                let text = text()?;
                alert.level =
                    self.level(&text).ok_or_else(|| look.wrong(path, "a declared severity", at.value))?;
            }
            Neutral::Confidence => {
                let percent = text()?.parse();
                let percent = percent.map_err(|_| look.wrong(path, "a percentage", at.value))?;
                alert.confidence = Some(Confidence::of_percent(percent));
            }
            Neutral::TimeEvent => alert.time_event = Some(time()?),
            Neutral::TimeAlert => alert.time_alert = Some(time()?),
            Neutral::TimeUpdated => alert.time_updated = Some(time()?),
            Neutral::HostName => alert.host.name = Some(text()?),
            Neutral::HostIp => alert.host.ip = Some(ip()?),
            Neutral::HostId => alert.host.id = Some(text()?),
            Neutral::UserName => alert.user.name = Some(text()?),
            Neutral::UserId => alert.user.id = Some(text()?),
            Neutral::UserDomain => alert.user.domain = Some(text()?),
            Neutral::SrcIp => alert.src.ip = Some(ip()?),
            Neutral::SrcPort => alert.src.port = Some(port()?),
            Neutral::SrcDomain => alert.src.domain = Some(text()?),
            Neutral::DstIp => alert.dst.ip = Some(ip()?),
            Neutral::DstPort => alert.dst.port = Some(port()?),
            Neutral::DstDomain => alert.dst.domain = Some(text()?),
            Neutral::ProcessName => alert.process.name = Some(text()?),
            Neutral::ProcessPath => alert.process.path = Some(text()?),
            Neutral::ProcessCmdline => alert.process.cmdline = Some(text()?),
            Neutral::ProcessPid => {
                let pid = text()?.parse();
                alert.process.pid = Some(pid.map_err(|_| look.wrong(path, "a process number", at.value))?);
            }
            Neutral::ProcessParent => alert.process.parent = Some(text()?),
            Neutral::FilePath => alert.file.path = Some(text()?),
            Neutral::FileMd5 => alert.file.md5 = Some(hash()?),
            Neutral::FileSha1 => alert.file.sha1 = Some(hash()?),
            Neutral::FileSha256 => alert.file.sha256 = Some(hash()?),
            Neutral::Url => alert.url = Some(text()?),
            Neutral::CloudAccount => alert.cloud.account = Some(text()?),
            Neutral::CloudRegion => alert.cloud.region = Some(text()?),
            Neutral::CloudResource => alert.cloud.resource = Some(text()?),
            Neutral::Techniques => at.all().iter().for_each(|text| alert.techniques_in(text)),
            Neutral::Tactics => at.all().iter().for_each(|text| alert.tactic(text)),
            Neutral::Action => alert.action = Some(text()?.to_ascii_lowercase()),
            Neutral::Status => {
                let text = text()?;
                if self.0.closed.iter().any(|closed| closed.eq_ignore_ascii_case(&text)) {
                    alert.status = Status::Closed;
                }
            }
            Neutral::Message => alert.message = Some(text()?),
            Neutral::Group => alert.group = Some(format!("{}:{}", self.0.product, text()?)),
        }
        Ok(())
    }

    /// By the table of values, or by the table of numbers. Where neither is declared, by the words that most
    /// products have; what is none of them is to be looked at.
    fn level(&self, text: &str) -> Option<Level> {
        let row = self.0.severity.iter().find(|(value, _)| value.eq_ignore_ascii_case(text));
        if let Some((_, level)) = row {
            return Some(*level);
        }
        if let Ok(number) = text.parse::<f64>()
            && !self.0.severity_from.is_empty()
        {
            // What is below the least is told in company only.
            let reached = self.0.severity_from.iter().rev().find(|(_, from)| number >= **from);
            return Some(reached.map_or(Level::Informational, |(level, _)| *level));
        }
        let is_declared = !self.0.severity.is_empty() || !self.0.severity_from.is_empty();
        if is_declared { None } else { Some(usual(text)) }
    }
}

/// Words for severities that most products have.
fn usual(word: &str) -> Level {
    match word.to_ascii_lowercase().as_str() {
        "info" | "informational" | "information" | "notice" | "none" | "debug" => Level::Informational,
        "low" | "minor" => Level::Low,
        "high" | "major" | "important" | "error" | "severe" => Level::High,
        "critical" | "fatal" | "emergency" | "urgent" | "very-high" | "very high" => Level::Critical,
        _ => Level::Medium,
    }
}
