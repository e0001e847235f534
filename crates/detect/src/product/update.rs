//! What a later delivery of the same alert changes.

use super::alert::ProductAlert;
use super::finish::ENTITIES_KEPT;

/// What was said last, or else before.
fn take<T>(known: &mut Option<T>, newer: Option<T>, wins: bool) {
    if newer.is_some() && (wins || known.is_none()) {
        *known = newer;
    }
}

macro_rules! take_all {
    ($known:expr, $newer:expr, $wins:expr; $($($part:ident).+),+ $(,)?) => {
        $(take(&mut $known.$($part).+, $newer.$($part).+, $wins);)+
    };
}

impl ProductAlert {
    /// Takes in what another delivery under the same `dedup` says. What the product changed last stands,
    /// in whatever order deliveries arrive; nothing that was known is lost but what was said anew, and mere
    /// evidence only adds.
    pub fn update(&mut self, other: ProductAlert) {
        let is_older = other.time_updated.zip(self.time_updated).is_some_and(|(other, own)| other < own);
        let wins = self.is_evidence_only || !(other.is_evidence_only || is_older);
        if wins {
            self.title = other.title;
            self.level = other.level;
            self.status = other.status;
            self.is_evidence_only &= other.is_evidence_only;
        }
        self.time_event = self.time_event.into_iter().chain(other.time_event).min();
        self.time_alert = self.time_alert.into_iter().chain(other.time_alert).min();
        self.time_updated = self.time_updated.into_iter().chain(other.time_updated).max();
        take_all!(self, other, wins; maker, source_id, rule.id, rule.name, confidence, url, action, message,
            group, cloud.account, cloud.region, cloud.resource);
        // What was known of one host is not mixed with what is said of another.
        take_all!(self, other, false; host.name, host.ip, host.id, user.name, user.id, user.domain, src.ip,
            src.port, src.domain, dst.ip, dst.port, dst.domain, process.name, process.path, process.cmdline,
            process.pid, process.parent, file.path, file.md5, file.sha1, file.sha256);
        for entity in other.entities {
            if self.entities.len() < ENTITIES_KEPT && !self.entities.contains(&entity) {
                self.entities.push(entity);
            }
        }
        self.entities.sort_unstable();
        for id in other.techniques {
            self.techniques_in(id.as_str());
        }
        self.techniques.sort_unstable();
        self.tactics.extend(other.tactics);
        self.settle_tactics();
        for (name, values) in other.fields {
            for value in values {
                self.also(&name, Some(value));
            }
        }
        self.what = self.line();
    }
}
