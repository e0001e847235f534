//! The title a person would write: what began it, on what, and what followed.

use super::alert::Alert;
use cofferdam_vocabulary::{Level, Tactic};
use std::collections::BTreeSet;

/// `Brute force on web-01 succeeded; root shell and persistence followed`.
pub(super) fn title(alerts: &[&Alert], hosts: &[&str]) -> String {
    let grave: Vec<&Alert> = alerts.iter().copied().filter(|alert| alert.level >= Level::Medium).collect();
    let place = match hosts {
        [] => String::new(),
        [host] => format!(" on {host}"),
        [first, second] => format!(" on {first} and {second}"),
        [first, .., _] => format!(" on {first} and {} more hosts", hosts.len() - 1),
    };
    // What was only tried is no consequence.
    let done = grave.iter().filter(|alert| !alert.attempt);
    let tactics: BTreeSet<Tactic> = done.flat_map(|alert| alert.tactics.iter().copied()).collect();
    let guessing = grave.iter().filter(|alert| is_guessing(alert)).max_by_key(|alert| alert.occurrences);
    let first_guess =
        grave.iter().filter(|alert| is_guessing(alert)).filter_map(|alert| alert.first_seen).min();
    let guessed =
        guessing.is_some() && grave.iter().any(|alert| is_success(alert) && alert.last_seen >= first_guess);
    let distinct: BTreeSet<&str> = grave.iter().map(|alert| &*alert.rule.title).collect();
    let beginning = match guessing {
        Some(_) if guessed => format!("Brute force{place} succeeded"),
        Some(alert) => {
            return with_rest(
                &format!("{}{place}", alert.rule.title),
                &consequences(&tactics, &[Tactic::CredentialAccess]),
            );
        }
        None if distinct.len() == 1 => return format!("{}{place}", distinct.first().unwrap_or(&"Alerts")),
        None if distinct.len() >= MANY && tactics.len() >= 3 => {
            return match consequences(&tactics, &[]).as_slice() {
                [] => format!("Intrusion{place}"),
                [one] => format!("Intrusion{place}: {one}"),
                [first @ .., last] => format!("Intrusion{place}: {} and {last}", first.join(", ")),
            };
        }
        None => {
            let worst = grave
                .iter()
                .max_by(|a, b| a.level.cmp(&b.level).then_with(|| b.first_seen.cmp(&a.first_seen)));
            let Some(worst) = worst else { return format!("Alerts{place}") };
            return with_rest(
                &format!("{}{place}", worst.rule.title),
                &consequences(&tactics, &worst.tactics),
            );
        }
    };
    with_rest(&beginning, &consequences(&tactics, &[Tactic::CredentialAccess, Tactic::InitialAccess]))
}

/// With so many different rules, no single one's title tells what happened.
const MANY: usize = 4;

fn is_guessing(alert: &Alert) -> bool {
    alert.techniques.iter().any(|technique| technique.as_str().starts_with("T1110"))
        && !alert.tactics.contains(&Tactic::InitialAccess)
}

fn is_success(alert: &Alert) -> bool {
    alert.tactics.contains(&Tactic::InitialAccess)
        && alert.techniques.iter().any(|technique| {
            technique.as_str().starts_with("T1078") || technique.as_str().starts_with("T1110")
        })
}

/// What followed, gravest first, in words for people; at most three.
fn consequences(tactics: &BTreeSet<Tactic>, told: &[Tactic]) -> Vec<&'static str> {
    const WORDS: [(Tactic, &str); 10] = [
        (Tactic::Impact, "damage"),
        (Tactic::Exfiltration, "theft of data"),
        (Tactic::PrivilegeEscalation, "root or administrator rights"),
        (Tactic::CredentialAccess, "theft of credentials"),
        (Tactic::LateralMovement, "movement to other hosts"),
        (Tactic::Persistence, "persistence"),
        (Tactic::CommandAndControl, "remote control"),
        (Tactic::DefenseEvasion, "traces removed or defences weakened"),
        (Tactic::Execution, "code executed"),
        (Tactic::Collection, "data collected"),
    ];
    let words = WORDS.iter().filter(|(tactic, _)| tactics.contains(tactic) && !told.contains(tactic));
    words.map(|(_, word)| *word).take(3).collect()
}

fn with_rest(beginning: &str, rest: &[&str]) -> String {
    match rest {
        [] => beginning.to_owned(),
        [one] => format!("{beginning}; {one} followed"),
        [first @ .., last] => format!("{beginning}; {} and {last} followed", first.join(", ")),
    }
}
