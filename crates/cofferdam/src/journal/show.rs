//! Prints what was recorded.

use super::args::Show;
use super::error::JournalFailure;
use crate::filter;
use crate::text::{count, cut, plain};
use cofferdam_journal::access::{LoginFailed, RequestRefused};
use cofferdam_journal::incident::Passage;
use cofferdam_journal::{Entry, EntryError, Fact, Head, Personal};
use cofferdam_store::Stored;
use cofferdam_vocabulary::UserId;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

/// Columns of what a fact says.
const WIDTH: usize = 60;

/// Prints entries in order.
pub fn run(args: &Show) -> Result<(), JournalFailure> {
    let filter = filter::read(args.filter.as_deref())?;
    let data = args.place.read()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut left = args.limit.unwrap_or(usize::MAX);
    let (mut shown, mut unread) = (0_u64, 0_u64);
    let mut each = |stored: &Stored| {
        if left == 0 {
            return ControlFlow::Break(());
        }
        let read = read(stored);
        match &read {
            Ok(entry) if !filter.matches(entry) => return ControlFlow::Continue(()),
            // Nobody knows whether it is so.
            Err(_) if !filter.is_empty() => {
                unread += 1;
                return ControlFlow::Continue(());
            }
            _ => {}
        }
        left -= 1;
        shown += 1;
        // Whoever reads may have enough of it; that is no failure of ours.
        let position = stored.position;
        match if args.json { as_json(&mut out, position, read) } else { as_text(&mut out, position, read) } {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    match args.stream {
        Some(stream) => {
            let entries = data.reader.stream(stream)?;
            let wanted = entries.iter().filter(|stored| stored.position >= args.from);
            let _ = wanted.map(each).find(ControlFlow::is_break);
        }
        None => data.reader.entries(args.from..u64::MAX, &mut |stored| each(&stored))?,
    }
    let _ = out.flush();
    if unread > 0 {
        let unread = count(unread, "entry is", "entries are");
        eprintln!("note[journal::later]: {unread} not understood by this version, and left out");
    }
    if shown == 0 {
        return Err(JournalFailure::Nothing { what: "nothing of that was recorded".to_owned() });
    }
    Ok(())
}

fn read(stored: &Stored) -> Result<Entry, EntryError> {
    Entry::read(&stored.leaf, &|commitment| {
        let secret = stored.secrets.iter().find(|secret| secret.commitment == *commitment)?;
        Some(secret.value.clone())
    })
}

fn as_json(out: &mut impl Write, position: u64, read: Result<Entry, EntryError>) -> io::Result<()> {
    let line = match read {
        Ok(Entry { head, actor, fact }) => json!({
            "position": head.position,
            "time": head.time,
            "actor": actor,
            "stream": head.stream,
            "version": head.version,
            "fact": fact,
        }),
        Err(error) => json!({"position": position, "error": error.to_string()}),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

fn as_text(out: &mut impl Write, position: u64, read: Result<Entry, EntryError>) -> io::Result<()> {
    match read {
        Ok(Entry { head, actor, fact }) => {
            let Head { position, time, stream, .. } = head;
            let time = time.strftime("%Y-%m-%d %H:%M:%S");
            let kind = fact.kind().split('/').next().unwrap_or_default();
            writeln!(out, "{position:>7}  {time}Z  {stream}", stream = short(&stream.to_string()))?;
            let says = says(&fact);
            let says =
                if says.is_empty() { String::new() } else { format!(": {}", cut(&plain(&says), WIDTH)) };
            writeln!(out, "         {kind}{says} (by {})", cut(&plain(&actor.to_string()), 30))
        }
        Err(error) => writeln!(out, "{position:>7}  {}", plain(&error.to_string())),
    }
}

/// A stream's name, of evidence with the beginning of its hash.
fn short(stream: &str) -> String {
    match stream.split_at_checked("evidence/".len() + 16) {
        Some((start, rest)) if !rest.is_empty() => format!("{start}…"),
        _ => stream.to_owned(),
    }
}

/// What a fact says, in a few words.
fn says(fact: &Fact) -> String {
    match fact {
        Fact::EvidenceAcquired(acquired) => format!("{} bytes of {}", acquired.bytes, acquired.source),
        Fact::EvidenceExported(transfer) | Fact::EvidenceHandedOver(transfer) => {
            format!("to {} for {}", transfer.to, transfer.purpose)
        }
        Fact::AlertRaised(report) => {
            format!("{} {}, {} times", report.level, report.rule.title, report.count.matches)
        }
        Fact::AlertCounted(count) => format!("{} times", count.matches),
        Fact::IncidentOpened { title, severity, .. } => format!("{} {title}", severity.level),
        Fact::IncidentRenamed { title } => title.to_string(),
        Fact::SeverityAssessed(severity) => severity.level.to_string(),
        Fact::AlertsJoined { alerts } => format!(
            "{} alerts from {} on",
            alerts.len(),
            alerts.first().map_or_else(String::new, |first| first.alert.to_string())
        ),
        Fact::AlertsLeft { alerts } => format!("{} alerts", alerts.len()),
        Fact::ScopeWidened { entities } | Fact::ScopeNarrowed { entities } => {
            let values: Vec<&Personal> = entities.iter().map(|entity| &entity.value).collect();
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        Fact::IncidentMerged { into } => format!("into {into}"),
        Fact::AlertMerged { into } => format!("into {into}"),
        Fact::AlertRevised(revision) => {
            let level = revision.level.map(|level| level.to_string());
            let title = revision.title.as_ref().map(ToString::to_string);
            let status = revision.status.map(|status| status.as_str().to_owned());
            [level, title, status].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        Fact::AlertHidden { exception } => format!("by {exception}"),
        Fact::AlertQuoted { quotes } => format!("{} fields of what the product sent", quotes.len()),
        Fact::ExceptionAdded(spec) | Fact::ExceptionChanged(spec) => {
            let rule = spec.rule.as_deref().unwrap_or("any rule");
            format!("{rule}, until {:.0}: {}", spec.expires, spec.reason)
        }
        Fact::ExceptionEnded { reason } => reason.to_string(),
        Fact::CallBegun(spec) => {
            let to: Vec<String> = spec.to.iter().map(ToString::to_string).collect();
            format!("{} of {}, to {}", spec.about.as_str(), spec.about.stream(), to.join(", "))
        }
        Fact::CallTelling { step, channel, .. } => format!("step {}, by {}", step + 1, channel.as_str()),
        Fact::CallFailed { step, what, .. } => format!("step {}: {what}", step + 1),
        Fact::CallAcknowledged { by } => by.to_string(),
        Fact::CommanderNamed { user } => user.to_string(),
        Fact::JoinSuggested(suggestion) => {
            format!("{}, because of {}", suggestion.what, suggestion.because)
        }
        Fact::SuggestionAccepted { what } | Fact::SuggestionDismissed { what } => what.to_string(),
        Fact::IncidentHandedOut { to, with_values } => {
            format!("to {to}, {} personal values", if *with_values { "with" } else { "without" })
        }
        Fact::ValuesErased { values, order } => format!("{} values, {order}", values.len()),
        Fact::LogRestored { size } => format!("from a backup of {size} entries"),
        Fact::EvidenceDamaged { found } => found.clone(),
        Fact::IncidentRestricted { to } | Fact::EvidenceRestricted { to } => format!("to {}", list(to)),
        Fact::ReportReceived(received) => {
            format!("{}, {}", received.how_bad.as_str(), joined(&received.what))
        }
        Fact::ReportAmended { text } | Fact::ReportAnswered { text } => joined(text),
        Fact::ReportMoved { state } => state.as_str().to_owned(),
        Fact::ReportTold { alert } => format!("by {alert}"),
        other => says_of_response(other).unwrap_or_else(|| says_of_people(other)),
    }
}

/// What a fact says that people recorded of the response to an incident.
fn says_of_response(fact: &Fact) -> Option<String> {
    let because =
        |passage: &Passage| passage.reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
    Some(match fact {
        Fact::AlertsAttached { alerts, reason } => {
            let reason = reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
            format!("{} alerts{reason}", alerts.len())
        }
        Fact::AlertsDetached { alerts, to, reason } => {
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            format!("{} alerts{to}, {reason}", alerts.len())
        }
        Fact::IncidentUnmerged { reason }
        | Fact::IncidentDeclared { reason }
        | Fact::IncidentReopened { reason } => reason.to_string(),
        Fact::IncidentTitled { title } => title.to_string(),
        Fact::SeverityDecided(assessment) => format!("{}, {}", assessment.level, assessment.reason),
        Fact::IncidentImported(case) => format!("{} of {}", case.id, case.product),
        Fact::IncidentMarked(marking) => format!("{}, {}", marking.tlp, marking.pap),
        Fact::IncidentCategorised { category } => category.to_string(),
        Fact::PartGiven { part, user } | Fact::PartTaken { part, user } => format!("{part}, {user}"),
        Fact::EntitiesStand { entities, status, reason } => {
            format!("{} entities {status}, {reason}", entities.len())
        }
        Fact::DecisionProposed { decision, proposal } => format!("{decision}: {}", proposal.what),
        Fact::DecisionMade { decision, ruling, reason } => format!("{decision} {ruling}, {reason}"),
        Fact::PhaseEntered { phase, passage } => format!("{phase}{}", because(passage)),
        Fact::IncidentClosed { resolution, passage } => format!("{resolution}{}", because(passage)),
        Fact::MomentAdded { moment, spec } | Fact::MomentChanged { moment, spec } => {
            format!("{moment} at {:.0}: {}", spec.at, spec.what)
        }
        Fact::MomentRemoved { moment, reason } => format!("{moment}, {reason}"),
        Fact::LinkAdded { number, link } => format!("{number}: {}", link.what),
        Fact::LinkRemoved { number } => number.to_string(),
        _ => return None,
    })
}

/// The parts of one text.
fn joined(parts: &[Personal]) -> String {
    parts.iter().map(ToString::to_string).collect()
}

/// What a fact of users, sessions and the door says.
fn says_of_people(fact: &Fact) -> String {
    let who = |user: &Option<UserId>| user.map_or_else(|| "nobody known".to_owned(), |user| user.to_string());
    match fact {
        Fact::UserCreated(user) => format!("{}, {}, {}", user.account, user.name, list(&user.roles)),
        Fact::UserRenamed { name } => name.to_string(),
        Fact::RolesChanged { roles } => list(roles),
        Fact::RecoveryCodesMade { count, .. } => format!("{count} codes"),
        Fact::RecoveryCodeUsed { left } => format!("{left} left"),
        Fact::TokenIssued(token) => {
            format!("{} {}, until {:.0}, for {}", token.token, token.name, token.expires, list(&token.scope))
        }
        Fact::TokenRevoked { token } => token.to_string(),
        Fact::PasswordSet { credential } | Fact::SecondFactorSet { credential } => credential.to_string(),
        Fact::EnrolmentIssued(enrolment) => format!("until {:.0}", enrolment.expires),
        Fact::SessionStarted(started) => format!("{} from {}", started.user, started.address),
        Fact::SessionRaised { to } => format!("to {to}"),
        Fact::SessionEnded { why } => word(why),
        Fact::LoginFailed(failed) => {
            let LoginFailed { account, user, address, why } = failed;
            format!("{account} ({}) from {address}: {}", who(user), word(why))
        }
        Fact::LoginsThrottled(throttled) => {
            format!("{} from {}, {} times", throttled.account, throttled.address, throttled.count)
        }
        Fact::RequestRefused(refused) => {
            let RequestRefused { user, permission, method, route, count } = refused;
            let needs = permission.map_or("a login", |permission| permission.as_str());
            format!("{method} {route} needs {needs}, {} asked {count} times", who(user))
        }
        Fact::BreakGlassUsed { user, address } => format!("{user} from {address}"),
        Fact::ServerStarted { version } => version.clone(),
        other => serde_json::to_value(other)
            .ok()
            .and_then(|fact| {
                fact.as_object()
                    .filter(|fact| fact.len() > 1)
                    .map(|fact| Value::Object(fact.clone()).to_string())
            })
            .unwrap_or_default(),
    }
}

fn list<T: ToString>(items: &BTreeSet<T>) -> String {
    match items.iter().map(ToString::to_string).collect::<Vec<_>>() {
        none if none.is_empty() => "none".to_owned(),
        items => items.join(", "),
    }
}

/// A value that is one word, as it is recorded.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
