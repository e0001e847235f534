//! How bad an incident is, and why.

use super::alert::Alert;
use cofferdam_vocabulary::{Level, Tactic};
use std::collections::BTreeSet;

/// Severity with its reasons, each a short sentence.
pub(super) fn severity(alerts: &[&Alert]) -> (Level, Vec<String>) {
    let worst = alerts.iter().map(|alert| alert.level).max().unwrap_or(Level::Low);
    let mut reasons = Vec::new();
    let worst_alerts = alerts.iter().filter(|alert| alert.level == worst);
    // What was more than tried and is rare says most, as among the strongest evidence.
    if let Some(alert) = worst_alerts.min_by_key(|alert| (alert.attempt, alert.count, alert.first_seen)) {
        reasons.push(format!("the worst alert is {worst}: {}", alert.rule.title));
    }
    let grave: Vec<&&Alert> = alerts.iter().filter(|alert| alert.level >= Level::Medium).collect();
    let tactics: BTreeSet<Tactic> = grave.iter().flat_map(|alert| alert.tactics.iter().copied()).collect();
    let mut level = worst;
    if tactics.len() >= 3 && worst < Level::High {
        level = level.raised();
        reasons.push(format!("{} tactics in one incident", tactics.len()));
    }
    let high_rules: BTreeSet<&str> =
        grave.iter().filter(|a| a.level >= Level::High).map(|a| &*a.rule.title).collect();
    if tactics.len() >= 4 && high_rules.len() >= 3 && level == Level::High {
        level = Level::Critical;
        reasons.push(format!(
            "{} different rules of level high over {} tactics",
            high_rules.len(),
            tactics.len()
        ));
    }
    if let Some(reason) = success_after_attempt(&grave) {
        if level < Level::High {
            level = Level::High;
        }
        reasons.push(reason);
    }
    // What raised it says more than where it started.
    if level > worst && reasons.len() > 1 {
        reasons.rotate_left(1);
    }
    (level, reasons)
}

/// An attempt on credentials followed by something that only somebody inside can do.
fn success_after_attempt(alerts: &[&&Alert]) -> Option<String> {
    let attempt = alerts
        .iter()
        .filter(|a| a.tactics.contains(&Tactic::CredentialAccess))
        .filter_map(|a| a.first_seen)
        .min()?;
    let inside =
        [Tactic::InitialAccess, Tactic::Persistence, Tactic::PrivilegeEscalation, Tactic::LateralMovement];
    let success = alerts.iter().find(|alert| {
        alert.first_seen.is_some_and(|at| at > attempt)
            && alert.tactics.iter().any(|tactic| inside.contains(tactic))
    })?;
    Some(format!("an attempt on credentials was followed by: {}", success.rule.title))
}
