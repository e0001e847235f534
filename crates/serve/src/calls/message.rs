//! What people are told, as mail and as JSON. Whoever attacks may have written the titles: they stand in it as one line of
//! visible characters, and what must not leave the server does not.

use super::knows::who_may_know;
use crate::server::Server;
use cofferdam_journal::call::Matter;
use cofferdam_journal::incident::Tlp;
use cofferdam_journal::view::{AlertRow, IncidentRow};
use cofferdam_journal::{Fact, Personal};
use cofferdam_store::{StorageError, entry};
use cofferdam_vocabulary::{CallId, Level, UserId, is_hidden};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write;
use std::ops::ControlFlow;

/// Characters of a title.
const TITLE: usize = 120;
/// Things that one message tells; of more it tells how many there are.
const ITEMS: usize = 20;

/// One thing that waits for somebody.
pub struct Item {
    call: CallId,
    kind: &'static str,
    /// What it is about, as people quote it.
    object: String,
    level: Option<Level>,
    /// What its object is called.
    title: Option<String>,
    /// What waits, in a sentence.
    what: String,
    link: String,
    /// When the next one is told.
    next: Option<Timestamp>,
}

/// What somebody is told.
pub struct Message {
    /// In a line.
    pub subject: String,
    /// For people.
    pub text: String,
    /// For programs.
    pub json: String,
    /// Whose message it is: a name behind an `@`.
    pub domain: String,
}

/// What waits, its title, how bad it is, and what it is called.
type Told = (String, Option<Level>, Option<Personal>);

impl Item {
    /// What a call tells this person.
    ///
    /// # Errors
    ///
    /// Why it tells them nothing any more.
    pub fn of(server: &Server, user: UserId, call: CallId, step: u32) -> Result<Item, &'static str> {
        let known = server.calls.get(call).ok_or("there is no such call")?;
        let spec = known.call.spec.as_ref().ok_or("there is no such call")?;
        who_may_know(server, user, spec.about)?;
        let (what, is_open) = (server.calls_cause(spec.cause), may_go_out(server, spec.about));
        let (what, level, title) = told(server, spec.about, what.as_ref().filter(|_| is_open));
        let has_next = step + 1 < spec.steps();
        let wait = jiff::SignedDuration::from_secs(i64::from(spec.wait));
        let next = (server.clock)().checked_add(wait).ok().filter(|_| has_next);
        Ok(Item {
            call,
            kind: spec.about.as_str(),
            object: object(spec.about),
            level,
            title: title.filter(|_| is_open).and_then(|title| title.known().map(line)),
            what,
            link: format!("{}/calls/{call}", server.url),
            next,
        })
    }

    fn json(&self) -> Value {
        json!({
            "call": self.call,
            "about": self.kind,
            "object": self.object,
            "severity": self.level.map(Level::as_str),
            "title": self.title,
            "text": self.what,
            "link": self.link,
            "next_at": self.next,
        })
    }

    fn headline(&self) -> String {
        let level = self.level.map(|level| format!(" ({level})")).unwrap_or_default();
        let title = self.title.as_ref().map(|title| format!(": {title}")).unwrap_or_default();
        format!("{}{level}{title}", self.object)
    }
}

impl Message {
    /// What tells somebody all of this.
    pub fn of(server: &Server, items: &[Item]) -> Message {
        let subject = match items {
            [one] => format!("[Cofferdam] {} - {}", one.headline(), one.what),
            many => format!("[Cofferdam] {} things wait for you", many.len()),
        };
        let shown = &items[..items.len().min(ITEMS)];
        let mut text = String::new();
        for item in shown {
            let _ = write!(text, "{}\n{}\n{}\n", item.headline(), item.what, item.link);
            if let Some(next) = item.next {
                let next = next.strftime("%H:%M:%S UTC");
                let _ = writeln!(text, "The next one is told at {next}, unless somebody acknowledges.");
            }
            text.push('\n');
        }
        if items.len() > shown.len() {
            let _ = writeln!(text, "And {} more: {}/\n", items.len() - shown.len(), server.url);
        }
        let call = items.first().filter(|_| items.len() == 1);
        let call = call.map_or_else(|| "CALL".to_owned(), |one| one.call.to_string());
        let how = "To acknowledge, open the link and sign in, or run";
        let _ = write!(
            text,
            "{how}
`cofferdam call acknowledge {call}`.
"
        );
        let shown: Vec<Value> = shown.iter().map(Item::json).collect();
        let json = json!({
            "type": "cofferdam.call",
            "timestamp": (server.clock)(),
            "data": { "count": items.len(), "items": shown },
        });
        Message { subject: line(&subject), text, json: json.to_string(), domain: domain(&server.url) }
    }
}

/// The host of an address, as the end of a `Message-ID`.
fn domain(url: &str) -> String {
    let host = url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let host: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    if host.is_empty() { "cofferdam".to_owned() } else { host }
}

/// One line of visible characters.
fn line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= TITLE {
        return line;
    }
    let mut cut: String = line.chars().take(TITLE - 1).collect();
    cut.push('…');
    cut
}

/// Whether what an incident is called may be sent to people: TLP:RED is for those who are there.
///
/// Source: FIRST, Traffic Light Protocol 2.0, section 4.
fn may_go_out(server: &Server, about: Matter) -> bool {
    let incident = match about {
        Matter::Alert { alert, .. } => server.lists.incident_of(alert),
        Matter::Incident { incident }
        | Matter::Decision { incident, .. }
        | Matter::Task { incident, .. }
        | Matter::Lead { incident, .. }
        | Matter::Part { incident, .. } => Some(incident),
    };
    let row = incident.and_then(|incident| server.lists.row::<IncidentRow>(incident));
    row.is_none_or(|row| row.marking.tlp != Tlp::Red)
}

/// What it is about, as people quote it.
pub fn object(about: Matter) -> String {
    match about {
        Matter::Decision { incident, decision } => format!("{incident}, decision {decision}"),
        Matter::Task { incident, task, .. } => format!("{incident}, task {task}"),
        Matter::Incident { incident } | Matter::Lead { incident, .. } | Matter::Part { incident, .. } => {
            incident.to_string()
        }
        Matter::Alert { alert, .. } => alert.to_string(),
    }
}

fn told(server: &Server, about: Matter, cause: Option<&Fact>) -> Told {
    let text = |text: &Personal| text.known().map(|text| format!(" {}", line(text))).unwrap_or_default();
    let what = match (about, cause) {
        (Matter::Incident { .. }, _) => "Nobody leads this incident.".to_owned(),
        (Matter::Decision { .. }, Some(Fact::DecisionProposed { proposal, .. })) => {
            format!("A decision waits:{}", text(&proposal.what))
        }
        (Matter::Decision { .. }, _) => "A decision waits.".to_owned(),
        (Matter::Task { .. }, Some(Fact::TaskAdded { spec, .. } | Fact::TaskChanged { spec, .. })) => {
            format!("This task is yours:{}", text(&spec.title))
        }
        (Matter::Task { .. }, _) => "A task is yours.".to_owned(),
        (Matter::Lead { .. }, _) => "You were named to lead the response.".to_owned(),
        (Matter::Part { part, .. }, _) => format!("You have a part in the response: {}.", part.as_str()),
        (Matter::Alert { .. }, _) => "This alert is yours.".to_owned(),
    };
    match about {
        Matter::Alert { alert, .. } => {
            let row = server.lists.row::<AlertRow>(alert);
            (what, row.as_ref().map(|row| row.level), row.map(|row| row.title))
        }
        Matter::Incident { incident }
        | Matter::Decision { incident, .. }
        | Matter::Task { incident, .. }
        | Matter::Lead { incident, .. }
        | Matter::Part { incident, .. } => {
            let row = server.lists.row::<IncidentRow>(incident);
            (what, row.as_ref().map(|row| row.severity), row.map(|row| row.title))
        }
    }
}

impl Server {
    /// The fact since which something waits, on a thread that may wait.
    fn calls_cause(&self, position: u64) -> Option<Fact> {
        let read: Result<Option<Fact>, StorageError> = self.ledger.store().journal.read(|reader| {
            let mut found = Ok(None);
            reader.entries(position..position + 1, &mut |stored| {
                found = entry(&stored).map(|entry| Some(entry.fact));
                ControlFlow::Break(())
            })?;
            found
        });
        read.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_one_line_of_visible_characters() {
        for (text, want) in [
            ("Brute force\r\nBcc: everybody@example.org", "Brute force Bcc: everybody@example.org"),
            ("\u{202e}txt.exe\u{0}\u{1b}[31m", "txt.exe [31m"),
            ("  a \u{200b} b\u{2028}c ", "a b c"),
            ("", ""),
        ] {
            assert_eq!(line(text), want);
        }
        assert_eq!(line(&"é".repeat(500)).chars().count(), TITLE);
    }

    #[test]
    fn a_message_is_of_the_host_by_which_people_reach_the_server() {
        for (url, want) in [
            ("https://ir.example.org", "ir.example.org"),
            ("http://127.0.0.1:8484", "127.0.0.1"),
            ("https://[2001:db8::1]:8443", "-2001-db8--1--8443"),
        ] {
            assert_eq!(domain(url), want);
        }
    }
}
