//! What to do first, in the order of response, from the parts that entities play. Text only: nothing
//! is carried out here.

use super::alert::Alert;
use super::entity::is_machine_account;
use super::incident::ScopeEntry;
use cofferdam_vocabulary::{EntityKind, Level, Role, Tactic};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Steps in the order in which to take them.
pub(super) fn first_steps(alerts: &[&Alert], scope: &[ScopeEntry]) -> Vec<String> {
    let tactics: BTreeSet<Tactic> =
        alerts.iter().filter(|a| a.level >= Level::Medium).flat_map(|a| a.tactics.iter().copied()).collect();
    let grave = |kind: EntityKind, role: Option<Role>| -> Vec<&str> {
        let of_kind =
            scope.iter().filter(|entry| entry.kind == kind && entry.alerts_of_note > 0 && !entry.known_good);
        let in_role = of_kind.filter(|entry| role.is_none_or(|role| entry.roles.contains(&role)));
        in_role.map(|entry| entry.value.as_str()).collect()
    };
    let mut steps = Vec::new();
    let hosts = grave(EntityKind::Host, Some(Role::Observer));
    let inside = tactics.iter().any(|tactic| {
        *tactic > Tactic::InitialAccess && *tactic != Tactic::CredentialAccess && *tactic != Tactic::Discovery
    });
    if inside && !hosts.is_empty() {
        steps.push(format!(
            "Save volatile evidence of {} (processes, sockets, logins) before changing anything.",
            list(&hosts)
        ));
    }
    let outside: Vec<&str> =
        grave(EntityKind::Address, Some(Role::Actor)).into_iter().filter(|a| is_outside(a)).collect();
    if !outside.is_empty() {
        steps.push(block(alerts, &hosts, &outside));
    }
    if inside && !hosts.is_empty() {
        steps.push(format!("Isolate {} from the network; keep the management channel.", list(&hosts)));
    }
    let peers = peers(alerts, scope);
    if !peers.is_empty() {
        steps.push(format!("Find out what {} is: the hosts were in touch with it.", list(&peers)));
    }
    let used = scope
        .iter()
        .filter(|e| e.kind == EntityKind::Account && e.alerts_inside > 0 && !is_machine_account(&e.value));
    let used: Vec<&str> = used.map(|entry| entry.value.as_str()).collect();
    if !used.is_empty() {
        steps.push(format!("End the sessions of {} and change the credentials.", list(&used)));
    } else if tactics.contains(&Tactic::CredentialAccess) {
        steps.push(
            "Check that none of the guessed accounts was let in: nothing here shows that one was.".to_owned(),
        );
    }
    if tactics.contains(&Tactic::CredentialAccess) && inside {
        let which =
            if hosts.is_empty() { "that these accounts could read" } else { "that was used on these hosts" };
        steps.push(format!("Treat every credential {which} as known to the attacker."));
    }
    if tactics.contains(&Tactic::Persistence) {
        let what = if hosts.is_empty() {
            "accounts, keys, roles, policies"
        } else {
            "accounts, keys, jobs, services, web shells"
        };
        steps
            .push(format!("List what was left behind ({what}) and remove it in one go, not piece by piece."));
    }
    if tactics.contains(&Tactic::Exfiltration) || tactics.contains(&Tactic::Collection) {
        steps.push(
            "Find out which data left, and tell legal: clocks for notification may be running.".to_owned(),
        );
    }
    if steps.is_empty() {
        steps.push("Confirm with the owner of the host or account whether this was expected.".to_owned());
    }
    steps
}

/// What to do about addresses outside. A single alert of another product about no host of ours may well
/// be about a large provider: that is looked into before anything is cut.
fn block(alerts: &[&Alert], hosts: &[&str], outside: &[&str]) -> String {
    let rules: BTreeSet<&str> = alerts.iter().map(|alert| &*alert.rule.title).collect();
    if hosts.is_empty() && rules.len() == 1 && alerts.iter().all(|alert| alert.level < Level::Critical) {
        format!(
            "Look into {}: one kind of alert is all there is; block it if that is confirmed.",
            list(outside)
        )
    } else {
        format!("Block {} at the edge, in both directions.", list(outside))
    }
}

/// Addresses that hosts were steered from or sent to, and that are not blocked already.
fn peers<'s>(alerts: &[&Alert], scope: &'s [ScopeEntry]) -> Vec<&'s str> {
    let talks = |alert: &&&Alert| {
        let away = [Tactic::CommandAndControl, Tactic::Exfiltration];
        !alert.attempt
            && alert.level >= Level::Medium
            && alert.tactics.iter().any(|tactic| away.contains(tactic))
    };
    let named: BTreeSet<&str> = alerts
        .iter()
        .filter(talks)
        .flat_map(|alert| &alert.entities)
        .filter(|entity| entity.kind == EntityKind::Address && entity.role == Role::Target)
        .map(|entity| &*entity.value)
        .collect();
    let is_peer = |entry: &&ScopeEntry| {
        entry.kind == EntityKind::Address
            && !entry.known_good
            && named.contains(&*entry.value)
            && !entry.roles.contains(&Role::Observer)
            && !(entry.roles.contains(&Role::Actor) && is_outside(&entry.value))
    };
    scope.iter().filter(is_peer).map(|entry| entry.value.as_str()).collect()
}

fn list(values: &[&str]) -> String {
    match values {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if values.len() <= 4 => format!("{} and {last}", first.join(", ")),
        [first @ .., _] => format!("{} and {} more", first[..3].join(", "), values.len() - 3),
    }
}

/// Whether an address lies outside any private network; documentation ranges stand for the outside.
fn is_outside(address: &str) -> bool {
    match address.parse() {
        Ok(IpAddr::V4(v4)) => !v4.is_private() && !v4.is_loopback() && !v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => !v6.is_unique_local() && !v6.is_loopback() && !v6.is_unicast_link_local(),
        Err(_) => false,
    }
}
