//! Reads what containerd, CRI-O and Podman keep of a container's output: time, stream, a mark, and the
//! line, which is read by whatever parser claims it.
//! Source: Kubernetes, `pkg/kubelet/kuberuntime/logs` (the CRI log format).

use super::TextFormat;
use super::carried;
use super::cut::Cut;
use super::room::Room;
use crate::event::{Event, EventClass, Origin};
use crate::time::{EventTime, TimeRules, when};
use std::borrow::Cow;

pub(super) const FORMAT: TextFormat =
    TextFormat { classes: || vec![CONTAINER], read: |line, rules, _, room| read(line, rules, room) };

/// A line that no other parser claims.
pub(super) const CONTAINER: EventClass =
    EventClass { product: "", services: &["container"], categories: &[] };

static ORIGIN: Origin = Origin { name: "container output", clocks: &[], telling: &[&["message"]] };

/// Reads `2026-11-22T03:00:00.123456789Z stdout F LINE`.
fn read<'a>(line: &'a str, rules: &TimeRules, room: &'a Room) -> Option<Event<'a>> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (time, rest) = line.cut(b' ')?;
    let (stream, rest) = rest.cut(b' ')?;
    if !matches!(stream, "stdout" | "stderr") || time.len() > 40 || time.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    // The mark is `F` for a whole line, `P` for a part of one; further tags follow a colon.
    let (mark, inner) = rest.split_once(' ').unwrap_or((rest, ""));
    if !matches!(mark.split(':').next(), Some("F" | "P")) {
        return None;
    }
    let time = rules.read(time)?;
    let mut event = carried::line(inner, &TimeRules::new(time.at, rules.zone.clone()), room);
    printed(&mut event, Cow::Borrowed(stream), time);
    event.text = Cow::Borrowed(line);
    Some(event)
}

/// Makes the event what a container printed at `time`. The line's own time counts where it names its zone; the
/// runtime's is later by what lay in a buffer.
pub(super) fn printed<'a>(event: &mut Event<'a>, stream: Cow<'a, str>, time: EventTime) {
    let rules = TimeRules::utc(time.at);
    let own = when(event, &rules).filter(|own| !own.zone_inferred && !own.year_inferred);
    event.time = own.or(Some(time));
    if event.class == EventClass::UNKNOWN {
        event.class = CONTAINER;
        event.origin = &ORIGIN;
    }
    event.push("stream", stream);
}
