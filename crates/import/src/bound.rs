//! A case within what the journal has room for: what is longer stands in a note, and what is more is told.

use crate::case::{Case, ForeignAlert};
use crate::left::{LeftOut, Why};
use crate::text::{Lines, one_line};
use cofferdam_journal::incident::{MOMENTS, NOTES, TASKS};
use std::collections::BTreeSet;

/// Characters of a title.
const TITLE: usize = 200;
/// Bytes of the details of an alert: as many of its records as it may have, each half full, since they are cut at spaces.
const DETAILS: usize = 10_000;
/// Entities of one case.
const ENTITIES: usize = 10_000;

/// The case with nothing that is too long.
pub fn case(case: &mut Case) {
    if let Some(whole) = cut(&mut case.title) {
        let mut lines = Lines::default();
        lines.paragraph(&whole);
        case.notes.extend(lines.notes("Title"));
    }
    for task in &mut case.tasks {
        // All of it stands in the note about tasks.
        cut(&mut task.title);
    }
    for alert in &mut case.alerts {
        let whole = format!("{}\n\n{}", alert.title, alert.details);
        if cut(&mut alert.title).is_some() || alert.details.len() > DETAILS {
            let mut lines = Lines::default();
            lines.paragraph(&whole);
            case.notes.extend(lines.notes(&format!("Alert {} of {}", one_line(&alert.id), alert.product)));
            shorten(&mut alert.details);
        }
    }
    let mut seen = BTreeSet::new();
    case.scope.retain(|entity| seen.insert(entity.clone()));
    let lists = [
        ("scope", truncate(&mut case.scope, ENTITIES)),
        ("stands", truncate(&mut case.stands, ENTITIES)),
        ("notes", truncate(&mut case.notes, NOTES)),
        ("moments", truncate(&mut case.moments, MOMENTS)),
        ("tasks", truncate(&mut case.tasks, TASKS)),
    ];
    case.left
        .extend(lists.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| too_many(name, count)));
}

/// An alert that belongs to no case, with nothing that is too long.
pub fn alert(alert: &mut ForeignAlert) {
    if let Some(whole) = cut(&mut alert.title) {
        alert.details = format!("{whole}\n\n{}", alert.details);
    }
    if alert.details.len() > DETAILS {
        let more = alert.details.len() - DETAILS;
        shorten(&mut alert.details);
        alert.left.push(too_many("bytes of what it says", more));
    }
}

fn too_many(name: &str, count: usize) -> LeftOut {
    let (path, example) = (format!("({name})"), String::new());
    LeftOut { path, why: Why::TooMany, count: count as u64, example }
}

fn truncate<T>(list: &mut Vec<T>, most: usize) -> usize {
    let more = list.len().saturating_sub(most);
    list.truncate(most);
    more
}

/// Cuts a title, and gives all of it when it was too long.
fn cut(title: &mut String) -> Option<String> {
    let (at, _) = title.char_indices().nth(TITLE)?;
    let whole = title.clone();
    let end = title.char_indices().nth(TITLE - 1).map_or(at, |(end, _)| end);
    title.truncate(end);
    title.push('…');
    Some(whole)
}

fn shorten(text: &mut String) {
    let mut end = DETAILS.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}
