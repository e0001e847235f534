//! Joins alerts that belong together, and says by what.
//!
//! Alerts are taken in the order of time. Each tie that an alert shares with an incident within the
//! window adds its strength; what everybody shares (a domain controller, an administrator's account,
//! an address that all hosts talk to) is weak, so that it takes several of it. Alerts of level medium
//! and above open and join incidents; lesser ones are added afterwards where something particular,
//! not just the same host, says that they belong.

use super::alert::{Alert, Tie};
use super::entity::short_host;
use cofferdam_vocabulary::Level;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How long a tie holds after it was last seen.
const WINDOW: SignedDuration = SignedDuration::from_mins(60);
/// Strength from which an alert joins an incident.
const JOINS: f64 = 0.55;
/// Strength from which an alert that reaches two incidents makes them one.
const MERGES: f64 = 0.9;
/// An alert that reaches none well enough goes to the best one if it is this near in time.
const NEAR: SignedDuration = SignedDuration::from_mins(10);

/// How far apart the clocks of a host and of a sensor may be; one of them is often set to local time.
const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(24);

/// Alerts that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Places of the alerts, ascending.
    pub alerts: Vec<usize>,
    /// Why each alert but the first is here.
    pub reasons: Vec<JoinReason>,
}

/// Why an alert was joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinReason {
    /// Place of the alert.
    pub alert: usize,
    /// Place of the earlier alert with which it shares the ties.
    pub with: usize,
    /// What they share.
    pub by: Vec<Tie>,
    /// Seconds between them; 0 when they overlap or a time is unknown.
    pub gap_s: i64,
}

impl JoinReason {
    /// What they share and how far apart they are, for a person who asks.
    pub fn because(&self) -> String {
        format!("{}, {} s apart", tell(&self.by), self.gap_s)
    }
}

/// Joins alerts, which must be in the order of time. Every alert of level medium or above is in
/// exactly one of the results.
pub fn join<A: Borrow<Alert>>(alerts: &[A]) -> Vec<Joined> {
    let alerts: Vec<&Alert> = alerts.iter().map(Borrow::borrow).collect();
    let mut joiner = Joiner::new(&alerts);
    let (grave, lesser): (Vec<usize>, Vec<usize>) =
        (0..alerts.len()).partition(|&at| alerts[at].level >= Level::Medium);
    grave.into_iter().for_each(|at| joiner.place(at));
    joiner.adopt_strays();
    joiner.adopt_sightings();
    lesser.into_iter().for_each(|at| joiner.enrich(at));
    joiner.finish()
}

#[derive(Default)]
struct Cluster {
    alerts: Vec<usize>,
    reasons: Vec<JoinReason>,
    /// By tie: the alerts that have it.
    ties: HashMap<Tie, Vec<usize>>,
    /// From the first to the last of its alerts, and whether one of them has no time: most incidents
    /// are long past when an alert comes, and this says so at once.
    span: Option<(Timestamp, Timestamp)>,
    holds_untimed: bool,
}

impl Cluster {
    /// Widens the span by an alert's or another cluster's.
    fn cover(&mut self, span: Option<(Timestamp, Timestamp)>) {
        if let Some((first, last)) = span {
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        }
    }

    /// Whether some alert of it may be within the window.
    fn is_near(&self, alert: &Alert, window: SignedDuration) -> bool {
        match span(alert) {
            Some(own) => self.span.is_some_and(|span| apart(span, own) <= window),
            None => self.holds_untimed,
        }
    }
}

struct Joiner<'a> {
    alerts: &'a [&'a Alert],
    clusters: Vec<Option<Cluster>>,
    /// By tie: clusters that have it.
    index: HashMap<Tie, BTreeSet<usize>>,
    commonness: Commonness,
}

/// How strongly an alert is tied to a cluster.
struct Bond {
    cluster: usize,
    strength: f64,
    with: usize,
    by: Vec<Tie>,
    gap: SignedDuration,
}

impl<'a> Joiner<'a> {
    fn new(alerts: &'a [&'a Alert]) -> Joiner<'a> {
        Joiner { alerts, clusters: Vec::new(), index: HashMap::new(), commonness: Commonness::of(alerts) }
    }

    fn place(&mut self, at: usize) {
        let mut bonds = self.bonds(at, WINDOW);
        bonds.retain(|bond| bond.strength >= JOINS);
        let Some(best) = strongest(&bonds) else {
            self.clusters.push(Some(Cluster::default()));
            return self.add(self.clusters.len() - 1, at);
        };
        let target = best.cluster;
        let reason = best.reason(at);
        let merged: Vec<(usize, JoinReason)> = bonds
            .iter()
            .filter(|bond| bond.cluster != target && bond.strength >= MERGES)
            .map(|bond| (bond.cluster, bond.reason(at)))
            .collect();
        let mut reasons = vec![reason];
        for (other, reason) in merged {
            self.merge(target, other);
            reasons.push(reason);
        }
        self.add(target, at);
        self.clusters[target].iter_mut().for_each(|cluster| cluster.reasons.extend(reasons.clone()));
    }

    /// Bonds of the alert to every cluster that shares a tie with it within the window.
    fn bonds(&self, at: usize, window: SignedDuration) -> Vec<Bond> {
        let alert = self.alerts[at];
        let candidates: BTreeSet<usize> =
            alert.ties.iter().filter_map(|tie| self.index.get(tie)).flatten().copied().collect();
        candidates.into_iter().filter_map(|cluster| self.bond(at, cluster, window)).collect()
    }

    fn bond(&self, at: usize, number: usize, window: SignedDuration) -> Option<Bond> {
        let alert = self.alerts[at];
        let cluster = self.clusters[number].as_ref().filter(|cluster| cluster.is_near(alert, window))?;
        let mut apart = 1.0;
        let mut by = Vec::new();
        let mut nearest: Option<(SignedDuration, usize)> = None;
        for tie in &alert.ties {
            let Some(holders) = cluster.ties.get(tie) else { continue };
            let strength = self.commonness.strength(tie, day(alert));
            // The last few holders are the nearest in time.
            let near = holders.iter().rev().take(64).filter(|&&other| other != at);
            // Between two logs of the host itself its name has said all that its address would say.
            let told = |other: &usize| self.alerts[*other].is_of_host() == alert.is_of_host();
            let near = near.filter(|other| !matches!(tie, Tie::HostAddress(_)) || !told(other));
            let near = near.map(|&other| (gap(self.alerts[other], alert), other)).min();
            let Some((gap, other)) = near.filter(|(gap, _)| *gap <= window) else { continue };
            apart *= 1.0 - strength;
            by.push((strength, tie));
            if nearest.is_none_or(|(nearest, _)| gap < nearest) {
                nearest = Some((gap, other));
            }
        }
        let (gap, with) = nearest?;
        by.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let by = by.into_iter().take(4).map(|(_, tie)| tie.clone()).collect();
        Some(Bond { cluster: number, strength: 1.0 - apart, with, by, gap })
    }

    fn add(&mut self, number: usize, at: usize) {
        let Some(cluster) = self.clusters[number].as_mut() else { return };
        cluster.alerts.push(at);
        let span = span(self.alerts[at]);
        cluster.cover(span);
        cluster.holds_untimed |= span.is_none();
        for tie in &self.alerts[at].ties {
            cluster.ties.entry(tie.clone()).or_default().push(at);
            self.index.entry(tie.clone()).or_default().insert(number);
        }
    }

    fn merge(&mut self, into: usize, from: usize) {
        let Some(gone) = self.clusters[from].take() else { return };
        for tie in gone.ties.keys() {
            if let Some(numbers) = self.index.get_mut(tie) {
                numbers.remove(&from);
                numbers.insert(into);
            }
        }
        let Some(cluster) = self.clusters[into].as_mut() else { return };
        cluster.alerts.extend(gone.alerts);
        cluster.reasons.extend(gone.reasons);
        cluster.cover(gone.span);
        cluster.holds_untimed |= gone.holds_untimed;
        for (tie, holders) in gone.ties {
            let all = cluster.ties.entry(tie).or_default();
            all.extend(holders);
            all.sort_unstable();
        }
    }

    /// What stands alone and is known only by what everybody shares, goes to the incident with which
    /// it shares it, if there is just one near in time.
    fn adopt_strays(&mut self) {
        for stray in 0..self.clusters.len() {
            let Some(cluster) = self.clusters[stray].as_ref() else { continue };
            let lone = cluster.alerts.len() == 1;
            if !lone && !self.is_on_controllers(stray) {
                continue;
            }
            let bonds: Vec<Bond> = cluster.alerts.iter().flat_map(|&at| self.bonds(at, NEAR)).collect();
            let at = cluster.alerts[0];
            let best = bonds.into_iter().filter(|bond| bond.cluster != stray && bond.strength > 0.2);
            let best = best.min_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.gap.cmp(&b.gap)));
            let adopted = match best {
                Some(best) => Some((best.cluster, best.reason(at))),
                None => self.only_neighbour(stray),
            };
            if let Some((into, reason)) = adopted {
                self.merge(into, stray);
                self.clusters[into].iter_mut().for_each(|cluster| cluster.reasons.push(reason.clone()));
            }
        }
    }

    /// What only sensors saw goes to the incident on the host whose address they saw, if there is just
    /// one within a day.
    fn adopt_sightings(&mut self) {
        for stray in 0..self.clusters.len() {
            if let Some((into, reason)) = self.only_incident_of_address(stray) {
                self.merge(into, stray);
                self.clusters[into].iter_mut().for_each(|cluster| cluster.reasons.push(reason.clone()));
            }
        }
    }

    fn only_incident_of_address(&self, stray: usize) -> Option<(usize, JoinReason)> {
        let cluster = self.clusters[stray].as_ref()?;
        if cluster.alerts.iter().any(|&at| self.alerts[at].is_of_host()) {
            return None;
        }
        let mut found: Option<(usize, JoinReason)> = None;
        for &at in &cluster.alerts {
            let day = day(self.alerts[at]);
            let tells =
                |tie: &Tie| matches!(tie, Tie::HostAddress(_)) && self.commonness.strength(tie, day) >= JOINS;
            for bond in self.bonds(at, CLOCKS_APART) {
                let by: Vec<Tie> = bond.by.iter().filter(|tie| tells(tie)).cloned().collect();
                match &found {
                    _ if bond.cluster == stray || by.is_empty() => {}
                    Some((known, _)) if *known == bond.cluster => {}
                    Some(_) => return None,
                    None => found = Some((bond.cluster, JoinReason { by, ..bond.reason(at) })),
                }
            }
        }
        found
    }

    fn is_on_controllers(&self, number: usize) -> bool {
        let Some(cluster) = self.clusters[number].as_ref() else { return false };
        let mut hosts = cluster.alerts.iter().flat_map(|&at| self.alerts[at].hosts()).peekable();
        hosts.peek().is_some() && hosts.all(|host| self.commonness.is_controller(host))
    }

    /// For what happened on a domain controller: the one incident in its domain at that time, if there
    /// is just one.
    fn only_neighbour(&self, stray: usize) -> Option<(usize, JoinReason)> {
        if !self.is_on_controllers(stray) {
            return None;
        }
        let own = self.clusters[stray].as_ref()?;
        let mut found: Option<(usize, JoinReason)> = None;
        for (number, cluster) in self.clusters.iter().enumerate().filter(|(number, _)| *number != stray) {
            let Some(cluster) = cluster else { continue };
            let own = own.alerts.iter().filter(|&&at| cluster.is_near(self.alerts[at], NEAR));
            let near = { own }
                .flat_map(|&a| cluster.alerts.iter().map(move |&b| (a, b)))
                .filter_map(|(a, b)| {
                    Some((gap(self.alerts[a], self.alerts[b]), self.shared_domain(a, b)?, a, b))
                })
                .filter(|(gap, ..)| *gap <= NEAR)
                .min();
            if let Some((gap, domain, alert, with)) = near {
                if found.is_some() {
                    return None;
                }
                found = Some((
                    number,
                    JoinReason { alert, with, by: vec![Tie::Domain(domain)], gap_s: gap.as_secs() },
                ));
            }
        }
        found
    }

    fn shared_domain(&self, a: usize, b: usize) -> Option<String> {
        let domains = |at: usize| {
            self.alerts[at].hosts().filter_map(|host| host.split_once('.')).map(|(_, domain)| domain)
        };
        domains(a).find(|domain| domains(b).any(|other| other == *domain)).map(str::to_owned)
    }

    /// Adds a lesser alert where a session, a process, an address or a particular account says that
    /// it belongs, and no other session or address says that it does not.
    fn enrich(&mut self, at: usize) {
        let alert = self.alerts[at];
        let mut bonds = self.bonds(at, WINDOW);
        bonds.retain(|bond| {
            let particular = bond.by.iter().any(|tie| match tie {
                Tie::Link(_) => true,
                Tie::Address(_) => self.commonness.strength(tie, day(alert)) >= JOINS,
                Tie::Account(_) => {
                    self.commonness.strength(tie, day(alert)) >= JOINS
                        && !self.is_elsewhere(alert, bond.cluster)
                }
                Tie::Host(_) | Tie::HostAddress(_) | Tie::Hash(_) | Tie::Domain(_) => false,
            });
            particular && bond.strength >= JOINS
        });
        if let Some(best) = strongest(&bonds) {
            let (cluster, reason) = (best.cluster, best.reason(at));
            if let Some(cluster) = self.clusters[cluster].as_mut() {
                cluster.alerts.push(at);
                cluster.reasons.push(reason);
            }
        }
    }

    /// Whether the alert names a session or an address, and none that the cluster knows.
    fn is_elsewhere(&self, alert: &Alert, cluster: usize) -> bool {
        let Some(cluster) = self.clusters[cluster].as_ref() else { return true };
        let mut particular =
            alert.ties.iter().filter(|tie| matches!(tie, Tie::Link(_) | Tie::Address(_))).peekable();
        particular.peek().is_some() && !particular.any(|tie| cluster.ties.contains_key(tie))
    }

    fn finish(self) -> Vec<Joined> {
        let mut out: Vec<Joined> = self
            .clusters
            .into_iter()
            .flatten()
            .map(|mut cluster| {
                cluster.alerts.sort_unstable();
                cluster.reasons.sort_by_key(|reason| reason.alert);
                Joined { alerts: cluster.alerts, reasons: cluster.reasons }
            })
            .collect();
        out.sort_by_key(|joined| joined.alerts.first().copied());
        out
    }
}

impl Bond {
    fn reason(&self, alert: usize) -> JoinReason {
        JoinReason { alert, with: self.with, by: self.by.clone(), gap_s: self.gap.as_secs() }
    }
}

fn strongest(bonds: &[Bond]) -> Option<&Bond> {
    bonds.iter().max_by(|a, b| a.strength.total_cmp(&b.strength).then_with(|| b.gap.cmp(&a.gap)))
}

/// Time between two alerts; none when they overlap. Without times they count as far apart, unless
/// both lack one.
fn gap(a: &Alert, b: &Alert) -> SignedDuration {
    match (span(a), span(b)) {
        (Some(a), Some(b)) => apart(a, b),
        (None, None) => SignedDuration::ZERO,
        _ => SignedDuration::MAX,
    }
}

fn span(alert: &Alert) -> Option<(Timestamp, Timestamp)> {
    Some((alert.first_seen?, alert.last_seen?))
}

fn apart(
    (a_first, a_last): (Timestamp, Timestamp),
    (b_first, b_last): (Timestamp, Timestamp),
) -> SignedDuration {
    let after = b_first.duration_since(a_last);
    let before = a_first.duration_since(b_last);
    after.max(before).max(SignedDuration::ZERO)
}

/// Accounts that every machine or domain has, so that the name alone says little.
const EVERYWHERE: [&str; 9] = [
    "administrator",
    "root",
    "admin",
    "guest",
    "krbtgt",
    "administrateur",
    "defaultaccount",
    "sudo",
    "ubuntu",
];

/// Which entities everybody shares, in the days around a moment: an account that was used on many
/// hosts in a year may well be one person's in one night.
struct Commonness {
    controllers: HashSet<String>,
    /// By day and tie: the hosts, controllers aside, in whose alerts it occurs.
    hosts: HashMap<i64, HashMap<Tie, BTreeSet<String>>>,
}

/// Hosts are no longer told apart beyond this: the entity is everybody's.
const HOSTS_TOLD: usize = 8;

impl Commonness {
    fn of(alerts: &[&Alert]) -> Commonness {
        let on_controller = alerts.iter().filter(|alert| alert.on_domain_controller);
        let controllers: HashSet<String> =
            on_controller.flat_map(|alert| alert.hosts().map(|host| short_host(host).to_owned())).collect();
        let mut hosts: HashMap<i64, HashMap<Tie, BTreeSet<String>>> = HashMap::new();
        for alert in alerts {
            let own: Vec<&str> =
                alert.hosts().map(short_host).filter(|host| !controllers.contains(*host)).collect();
            for tie in alert
                .ties
                .iter()
                .filter(|tie| matches!(tie, Tie::Address(_) | Tie::Account(_) | Tie::Hash(_)))
            {
                let seen = hosts.entry(day(alert)).or_default().entry(tie.clone()).or_default();
                for host in &own {
                    if seen.len() < HOSTS_TOLD {
                        seen.insert((*host).to_owned());
                    }
                }
            }
        }
        Commonness { controllers, hosts }
    }

    fn is_controller(&self, host: &str) -> bool {
        self.controllers.contains(short_host(host))
    }

    /// From 0, says nothing, to 1, is the same thing.
    fn strength(&self, tie: &Tie, day: i64) -> f64 {
        let hosts = || self.hosts.get(&day).and_then(|ties| ties.get(tie)).map_or(0, BTreeSet::len);
        match tie {
            Tie::Link(_) => 1.0,
            Tie::Host(name) if self.controllers.contains(name) => 0.25,
            Tie::Host(_) => 0.95,
            Tie::HostAddress(told) if self.is_controller(told.split(' ').next().unwrap_or_default()) => 0.25,
            Tie::HostAddress(_) => 0.6,
            Tie::Address(_) if hosts() <= 2 => 0.8,
            Tie::Address(_) => 0.25,
            Tie::Account(name) if EVERYWHERE.contains(&name.as_str()) => 0.15,
            Tie::Account(_) if hosts() <= 3 => 0.6,
            Tie::Account(_) => 0.2,
            Tie::Hash(_) if hosts() <= 2 => 0.15,
            Tie::Hash(_) | Tie::Domain(_) => 0.0,
        }
    }
}

/// The day of an alert, counted since the epoch; alerts without a time share one of their own.
fn day(alert: &Alert) -> i64 {
    alert.first_seen.map_or(i64::MIN, |time| time.as_second().div_euclid(86_400))
}

/// Ties by kind, for a person who asks why.
fn tell(ties: &[Tie]) -> String {
    let mut by_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tie in ties {
        let (kind, value) = match tie {
            Tie::Link(value) => ("session or process", value),
            Tie::Host(value) => ("host", value),
            Tie::HostAddress(value) => ("host by its address", value),
            Tie::Address(value) => ("address", value),
            Tie::Account(value) => ("account", value),
            Tie::Hash(value) => ("file", value),
            Tie::Domain(value) => ("nothing else at that time in the domain", value),
        };
        by_kind.entry(kind).or_default().push(value);
    }
    by_kind
        .iter()
        .map(|(kind, values)| format!("{kind} {}", values.join(", ")))
        .collect::<Vec<_>>()
        .join("; ")
}
