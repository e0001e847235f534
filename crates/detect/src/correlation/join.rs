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
use hashbrown::{HashMap, HashSet};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

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
    join_counting(alerts).0
}

/// [`join`], and how many pairs of alerts it looked at.
pub fn join_counting<A: Borrow<Alert>>(alerts: &[A]) -> (Vec<Joined>, usize) {
    let alerts: Vec<&Alert> = alerts.iter().map(Borrow::borrow).collect();
    let mut joiner = Joiner::new(&alerts);
    let (grave, lesser): (Vec<usize>, Vec<usize>) =
        (0..alerts.len()).partition(|&at| alerts[at].level >= Level::Medium);
    grave.into_iter().for_each(|at| joiner.place(at));
    joiner.adopt_strays();
    joiner.adopt_sightings();
    lesser.into_iter().for_each(|at| joiner.enrich(at));
    let looked = joiner.looked.get();
    (joiner.finish(), looked)
}

#[derive(Default)]
struct Cluster {
    alerts: Vec<usize>,
    reasons: Vec<JoinReason>,
    /// By tie: the alerts that have it.
    ties: HashMap<u32, Vec<usize>>,
    /// From the first to the last of its alerts, and whether one of them has no time: most incidents
    /// are long past when an alert comes, and this says so at once.
    span: Option<Span>,
    holds_untimed: bool,
}

/// From first to last, in nanoseconds since 1970: comparing them is most of the work.
type Span = (i128, i128);

impl Cluster {
    /// Widens the span by an alert's or another cluster's.
    fn cover(&mut self, span: Option<Span>) {
        if let Some((first, last)) = span {
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        }
    }

    /// Whether some alert of it may be within the window of an alert with that span.
    fn is_near(&self, own: Option<Span>, window: SignedDuration) -> bool {
        match own {
            Some(own) => self.span.is_some_and(|span| apart(span, own) <= window.as_nanos()),
            None => self.holds_untimed,
        }
    }
}

struct Joiner<'a> {
    alerts: &'a [&'a Alert],
    spans: Vec<Option<Span>>,
    of_host: Vec<bool>,
    /// By alert: its ties, by their numbers.
    ties: Vec<Vec<u32>>,
    /// By number.
    names: Vec<&'a Tie>,
    clusters: Vec<Option<Cluster>>,
    /// By tie: clusters that have it.
    index: Vec<BTreeSet<usize>>,
    commonness: Commonness<'a>,
    /// Pairs of alerts that were looked at.
    looked: Cell<usize>,
}

/// How strongly an alert is tied to a cluster.
struct Bond {
    cluster: usize,
    strength: f64,
    with: usize,
    by: Vec<u32>,
    gap: i128,
}

impl<'a> Joiner<'a> {
    fn new(alerts: &'a [&'a Alert]) -> Joiner<'a> {
        let mut numbers: HashMap<&Tie, u32> = HashMap::new();
        let mut names: Vec<&Tie> = Vec::new();
        let mut number = |tie: &'a Tie| {
            *numbers.entry(tie).or_insert_with(|| {
                names.push(tie);
                (names.len() - 1) as u32
            })
        };
        let ties: Vec<Vec<u32>> =
            alerts.iter().map(|alert| alert.ties.iter().map(&mut number).collect()).collect();
        Joiner {
            alerts,
            spans: alerts.iter().map(|alert| span(alert)).collect(),
            of_host: alerts.iter().map(|alert| alert.is_of_host()).collect(),
            commonness: Commonness::of(alerts, &ties, &names),
            index: vec![BTreeSet::new(); names.len()],
            ties,
            names,
            clusters: Vec::new(),
            looked: Cell::new(0),
        }
    }

    fn place(&mut self, at: usize) {
        let mut bonds = self.bonds(at, WINDOW);
        bonds.retain(|bond| bond.strength >= JOINS);
        let Some(best) = strongest(&bonds) else {
            self.clusters.push(Some(Cluster::default()));
            return self.add(self.clusters.len() - 1, at);
        };
        let target = best.cluster;
        let reason = self.reason(best, at);
        let merged: Vec<(usize, JoinReason)> = bonds
            .iter()
            .filter(|bond| bond.cluster != target && bond.strength >= MERGES)
            .map(|bond| (bond.cluster, self.reason(bond, at)))
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
        let candidates: BTreeSet<usize> =
            self.ties[at].iter().flat_map(|tie| &self.index[*tie as usize]).copied().collect();
        candidates.into_iter().filter_map(|cluster| self.bond(at, cluster, window)).collect()
    }

    fn bond(&self, at: usize, number: usize, window: SignedDuration) -> Option<Bond> {
        let (own, day) = (self.spans[at], day(self.alerts[at]));
        let cluster = self.clusters[number].as_ref().filter(|cluster| cluster.is_near(own, window))?;
        let mut apart = 1.0;
        let mut by = Vec::new();
        let mut nearest: Option<(i128, usize)> = None;
        for &tie in &self.ties[at] {
            let Some(holders) = cluster.ties.get(&tie) else { continue };
            let strength = self.strength(tie, day);
            // The last few holders are the nearest in time.
            let near = holders.iter().rev().take(64).filter(|&&other| other != at);
            // Between two logs of the host itself its name has said all that its address would say.
            let told = |other: &usize| self.of_host[*other] == self.of_host[at];
            let is_address = matches!(self.names[tie as usize], Tie::HostAddress(_));
            let near = near.filter(|other| !is_address || !told(other));
            let near = near.map(|&other| (gap(self.spans[other], own), other)).min();
            self.looked.set(self.looked.get() + holders.len().min(64));
            let Some((gap, other)) = near.filter(|(gap, _)| *gap <= window.as_nanos()) else { continue };
            apart *= 1.0 - strength;
            by.push((strength, tie));
            if nearest.is_none_or(|(nearest, _)| gap < nearest) {
                nearest = Some((gap, other));
            }
        }
        let (gap, with) = nearest?;
        let name = |tie: u32| self.names[tie as usize];
        by.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| name(a.1).cmp(name(b.1))));
        let by = by.into_iter().take(4).map(|(_, tie)| tie).collect();
        Some(Bond { cluster: number, strength: 1.0 - apart, with, by, gap })
    }

    fn strength(&self, tie: u32, day: i64) -> f64 {
        self.commonness.strength(tie, self.names[tie as usize], day)
    }

    fn reason(&self, bond: &Bond, alert: usize) -> JoinReason {
        let by = bond.by.iter().map(|tie| self.names[*tie as usize].clone()).collect();
        JoinReason { alert, with: bond.with, by, gap_s: seconds(bond.gap) }
    }

    fn add(&mut self, number: usize, at: usize) {
        let Some(cluster) = self.clusters[number].as_mut() else { return };
        cluster.alerts.push(at);
        let span = self.spans[at];
        cluster.cover(span);
        cluster.holds_untimed |= span.is_none();
        for &tie in &self.ties[at] {
            cluster.ties.entry(tie).or_default().push(at);
            self.index[tie as usize].insert(number);
        }
    }

    fn merge(&mut self, into: usize, from: usize) {
        let Some(gone) = self.clusters[from].take() else { return };
        for tie in gone.ties.keys() {
            let numbers = &mut self.index[*tie as usize];
            numbers.remove(&from);
            numbers.insert(into);
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
                Some(best) => Some((best.cluster, self.reason(&best, at))),
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
            let tells = |tie: u32| {
                matches!(self.names[tie as usize], Tie::HostAddress(_)) && self.strength(tie, day) >= JOINS
            };
            for mut bond in self.bonds(at, CLOCKS_APART) {
                bond.by.retain(|tie| tells(*tie));
                match &found {
                    _ if bond.cluster == stray || bond.by.is_empty() => {}
                    Some((known, _)) if *known == bond.cluster => {}
                    Some(_) => return None,
                    None => found = Some((bond.cluster, self.reason(&bond, at))),
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
            let own = own.alerts.iter().filter(|&&at| cluster.is_near(self.spans[at], NEAR));
            let near = { own }
                .flat_map(|&a| cluster.alerts.iter().map(move |&b| (a, b)))
                .filter_map(|(a, b)| {
                    Some((gap(self.spans[a], self.spans[b]), self.shared_domain(a, b)?, a, b))
                })
                .filter(|(gap, ..)| *gap <= NEAR.as_nanos())
                .min();
            if let Some((gap, domain, alert, with)) = near {
                if found.is_some() {
                    return None;
                }
                found = Some((
                    number,
                    JoinReason { alert, with, by: vec![Tie::Domain(domain)], gap_s: seconds(gap) },
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
            let particular = bond.by.iter().any(|&tie| match self.names[tie as usize] {
                Tie::Link(_) => true,
                Tie::Address(_) => self.strength(tie, day(alert)) >= JOINS,
                Tie::Account(_) => {
                    self.strength(tie, day(alert)) >= JOINS && !self.is_elsewhere(at, bond.cluster)
                }
                Tie::Host(_) | Tie::HostAddress(_) | Tie::Hash(_) | Tie::Domain(_) => false,
            });
            particular && bond.strength >= JOINS
        });
        if let Some(best) = strongest(&bonds) {
            let (cluster, reason) = (best.cluster, self.reason(best, at));
            if let Some(cluster) = self.clusters[cluster].as_mut() {
                cluster.alerts.push(at);
                cluster.reasons.push(reason);
            }
        }
    }

    /// Whether the alert names a session or an address, and none that the cluster knows.
    fn is_elsewhere(&self, at: usize, cluster: usize) -> bool {
        let Some(cluster) = self.clusters[cluster].as_ref() else { return true };
        let is_particular = |tie: &&u32| matches!(self.names[**tie as usize], Tie::Link(_) | Tie::Address(_));
        let mut particular = self.ties[at].iter().filter(is_particular).peekable();
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

fn strongest(bonds: &[Bond]) -> Option<&Bond> {
    bonds.iter().max_by(|a, b| a.strength.total_cmp(&b.strength).then_with(|| b.gap.cmp(&a.gap)))
}

/// Nanoseconds between two alerts; none when they overlap. Without times they count as far apart, unless
/// both lack one.
fn gap(a: Option<Span>, b: Option<Span>) -> i128 {
    match (a, b) {
        (Some(a), Some(b)) => apart(a, b),
        (None, None) => 0,
        _ => i128::MAX,
    }
}

fn span(alert: &Alert) -> Option<Span> {
    Some((alert.first_seen?.as_nanosecond(), alert.last_seen?.as_nanosecond()))
}

fn apart((a_first, a_last): Span, (b_first, b_last): Span) -> i128 {
    (b_first - a_last).max(a_first - b_last).max(0)
}

fn seconds(nanoseconds: i128) -> i64 {
    i64::try_from(nanoseconds / 1_000_000_000).unwrap_or(i64::MAX)
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
struct Commonness<'a> {
    controllers: HashSet<&'a str>,
    /// By day and tie: the hosts, controllers aside, in whose alerts it occurs.
    hosts: HashMap<(i64, u32), BTreeSet<&'a str>>,
}

/// Hosts are no longer told apart beyond this: the entity is everybody's.
const HOSTS_TOLD: usize = 8;

impl<'a> Commonness<'a> {
    fn of(alerts: &[&'a Alert], ties: &[Vec<u32>], names: &[&Tie]) -> Commonness<'a> {
        let on_controller = alerts.iter().filter(|alert| alert.on_domain_controller);
        let controllers: HashSet<&str> =
            on_controller.flat_map(|alert| alert.hosts().map(short_host)).collect();
        let mut hosts: HashMap<(i64, u32), BTreeSet<&str>> = HashMap::new();
        for (alert, ties) in alerts.iter().zip(ties) {
            let own: Vec<&str> =
                alert.hosts().map(short_host).filter(|host| !controllers.contains(host)).collect();
            let is_shared = |tie: &&u32| {
                matches!(names[**tie as usize], Tie::Address(_) | Tie::Account(_) | Tie::Hash(_))
            };
            for &tie in ties.iter().filter(is_shared) {
                let seen = hosts.entry((day(alert), tie)).or_default();
                for host in &own {
                    if seen.len() < HOSTS_TOLD {
                        seen.insert(*host);
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
    fn strength(&self, number: u32, tie: &Tie, day: i64) -> f64 {
        let hosts = || self.hosts.get(&(day, number)).map_or(0, BTreeSet::len);
        match tie {
            Tie::Link(_) => 1.0,
            Tie::Host(name) if self.controllers.contains(name.as_str()) => 0.25,
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
