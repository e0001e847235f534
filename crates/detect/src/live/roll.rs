//! The alerts as they were told, each under a number that stays.

use crate::correlation::{Alert, AlertKey, Filed, WINDOW};
use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An alert as it stands.
#[derive(Clone, Debug)]
pub struct LiveAlert {
    /// Its number, as long as this engine lives.
    pub number: u64,
    /// What tells it from others; alerts of one key are at least half an hour apart.
    pub key: Arc<AlertKey>,
    /// The alert; its lists are in the order in which things were seen, and it has no id.
    pub alert: Arc<Alert>,
    /// Nothing came for so long that more would be another alert.
    pub closed: bool,
    /// For which alerts came first among those of one moment and rule.
    pub(super) place: u64,
    /// How often it changed.
    pub(super) version: u64,
    /// When it was last added to; for records that say no time, when they came.
    pub(super) heard: Option<Timestamp>,
    /// When it last changed, by our clock.
    changed_at: Timestamp,
}

impl LiveAlert {
    /// It is of matches that came when those of their time were no longer kept: it counts beside the alert of
    /// its key and time, if there was one, and not in its stead.
    pub fn is_late(&self) -> bool {
        self.place != FOREIGN && self.place & LANES != LINE
    }

    /// As timelines have it.
    pub(super) fn filed(&self) -> Filed {
        Filed { key: Arc::clone(&self.key), alert: Arc::clone(&self.alert), at: self.heard }
    }

    fn is_over(&self, before: Timestamp) -> bool {
        self.heard.max(self.alert.last_seen).is_none_or(|last| last < before)
    }
}

/// What became of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    New,
    /// Its counts or its times changed.
    Counted,
    /// More than that changed: what it is about, or what is said of it.
    Grown,
    /// It turned out to be the same as another, which holds its matches now.
    Merged {
        /// The other's number.
        into: u64,
    },
    /// It turned out not to be one: what came late speaks against it.
    Gone,
}

/// Alerts by number, and where the timelines have them.
#[derive(Debug)]
pub(super) struct Roll {
    /// By our clock.
    now: Timestamp,
    alerts: BTreeMap<u64, LiveAlert>,
    places: HashMap<u64, u64>,
    keys: HashMap<Arc<AlertKey>, Vec<u64>>,
    next: u64,
    changes: BTreeMap<u64, (What, Option<LiveAlert>)>,
}

/// The place of alerts that no timeline has.
pub(super) const FOREIGN: u64 = u64::MAX;
/// Which timeline a place belongs to.
pub(super) const LANES: u64 = 3 << 61;
/// What is judged in its order.
pub(super) const LINE: u64 = 0;
/// What came when its time had been let go.
pub(super) const PAST: u64 = 1 << 61;
/// What no timeline takes.
pub(super) const STRAY: u64 = 2 << 61;

/// How much of the joining may have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stir {
    #[default]
    Nothing,
    /// Times only.
    Times,
    /// Alerts, or what ties them.
    Alerts,
}

/// How long alerts of what came late are kept after they last changed: what is added to them must not be told
/// as an alert of its own.
const LATE_KEPT: SignedDuration = SignedDuration::from_hours(26);

impl Default for Roll {
    fn default() -> Roll {
        Roll {
            now: Timestamp::MIN,
            alerts: BTreeMap::new(),
            places: HashMap::new(),
            keys: HashMap::new(),
            next: 0,
            changes: BTreeMap::new(),
        }
    }
}

impl Roll {
    /// It is so late by our clock.
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    pub(super) fn alerts(&self) -> impl Iterator<Item = &LiveAlert> {
        self.alerts.values()
    }

    pub(super) fn get(&self, number: u64) -> Option<&LiveAlert> {
        self.alerts.get(&number)
    }

    pub(super) fn len(&self) -> usize {
        self.alerts.len()
    }

    /// What changed since this was last asked, by number.
    pub(super) fn changes(&mut self) -> BTreeMap<u64, (What, Option<LiveAlert>)> {
        std::mem::take(&mut self.changes)
    }

    /// Brings the places up to date that may have changed. `now` tells what is at a place.
    pub(super) fn follow<'f>(
        &mut self,
        places: &HashSet<u64>,
        now: impl Fn(u64) -> Option<&'f Filed>,
    ) -> Stir {
        let mut stir = Stir::Nothing;
        let mut lost: Vec<u64> = Vec::new();
        let mut found: Vec<(u64, &Filed)> = Vec::new();
        for &place in places {
            let number = self.places.get(&place).copied();
            let known = number.and_then(|number| self.alerts.get(&number));
            match (known, now(place)) {
                (Some(known), Some(filed)) if is_same(known, filed) => {
                    stir = stir.max(self.change(known.number, place, filed));
                }
                (known, filed) => {
                    lost.extend(known.map(|known| known.number));
                    found.extend(filed.map(|filed| (place, filed)));
                    self.places.remove(&place);
                }
            }
        }
        if !lost.is_empty() || !found.is_empty() {
            stir = Stir::Alerts;
            self.reunite(lost, found);
        }
        stir
    }

    /// Takes in an alert that did not come of matches, or what it is now.
    pub(super) fn put(&mut self, key: AlertKey, alert: Alert, at: Option<Timestamp>) -> Stir {
        let filed = Filed { key: Arc::new(key), alert: Arc::new(alert), at };
        let known = self.keys.get(&filed.key).and_then(|numbers| numbers.first()).copied();
        match known {
            Some(number) => self.change(number, FOREIGN, &filed),
            None => {
                self.add(FOREIGN, &filed);
                Stir::Alerts
            }
        }
    }

    /// Alerts that stood at other places are found again by what they are about, and when.
    fn reunite(&mut self, mut lost: Vec<u64>, mut found: Vec<(u64, &Filed)>) {
        lost.sort_unstable();
        found.sort_unstable_by_key(|(place, _)| *place);
        let mut by_key: HashMap<Arc<AlertKey>, Vec<u64>> = HashMap::new();
        for number in lost {
            if let Some(alert) = self.alerts.get(&number) {
                by_key.entry(Arc::clone(&alert.key)).or_default().push(number);
            }
        }
        for (place, filed) in found {
            let same = by_key.get_mut(&filed.key).and_then(|numbers| {
                let same = |number: &u64| self.alerts.get(number).is_some_and(|known| is_same(known, filed));
                let at = numbers.iter().position(same)?;
                Some(numbers.remove(at))
            });
            match same {
                Some(number) => {
                    self.places.insert(place, number);
                    self.change(number, place, filed);
                }
                None => self.add(place, filed),
            }
        }
        for number in by_key.into_values().flatten() {
            self.drop(number);
        }
    }

    fn add(&mut self, place: u64, filed: &Filed) {
        let number = self.next;
        self.next += 1;
        let (key, alert) = (Arc::clone(&filed.key), Arc::clone(&filed.alert));
        self.keys.entry(Arc::clone(&key)).or_default().push(number);
        let heard = filed.at;
        self.alerts.insert(
            number,
            LiveAlert { number, key, alert, closed: false, place, version: 0, heard, changed_at: self.now },
        );
        if place != FOREIGN {
            self.places.insert(place, number);
        }
        self.changes.insert(number, (What::New, None));
    }

    fn change(&mut self, number: u64, place: u64, filed: &Filed) -> Stir {
        let Some(known) = self.alerts.get_mut(&number) else { return Stir::Nothing };
        known.place = place;
        known.heard = filed.at;
        // What was taken again is most often the same again.
        if Arc::ptr_eq(&known.alert, &filed.alert) || known.alert == filed.alert {
            return Stir::Nothing;
        }
        let (stir, what) = compare(&known.alert, &filed.alert);
        known.alert = Arc::clone(&filed.alert);
        known.closed = false;
        known.version += 1;
        known.changed_at = self.now;
        self.tell(number, what);
        stir
    }

    /// An alert is no more: another of its key has its matches, or none has.
    fn drop(&mut self, number: u64) {
        let Some(gone) = self.remove(number) else { return };
        let others = self.keys.get(&gone.key).into_iter().flatten();
        let heir = { others.filter_map(|number| self.alerts.get(number)) }
            .find(|other| is_near(span(&other.alert), span(&gone.alert)));
        let what = heir.map_or(What::Gone, |heir| What::Merged { into: heir.number });
        // What was never told need not be taken back.
        if matches!(self.changes.get(&number), Some((What::New, _))) {
            self.changes.remove(&number);
        } else {
            self.changes.insert(number, (what, Some(gone)));
        }
    }

    fn remove(&mut self, number: u64) -> Option<LiveAlert> {
        let gone = self.alerts.remove(&number)?;
        if let Some(numbers) = self.keys.get_mut(&gone.key) {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.keys.remove(&gone.key);
            }
        }
        Some(gone)
    }

    fn tell(&mut self, number: u64, what: What) {
        let (told, _) = self.changes.entry(number).or_insert((what, None));
        if *told == What::Counted {
            *told = what;
        }
    }

    /// Closes what nothing was added to since `before`.
    pub(super) fn close(&mut self, before: Timestamp) {
        let over: Vec<u64> = { self.alerts.values() }
            .filter(|alert| !alert.closed && alert.is_over(before))
            .map(|alert| alert.number)
            .collect();
        for number in over {
            if let Some(alert) = self.alerts.get_mut(&number) {
                alert.closed = true;
            }
            self.tell(number, What::Counted);
        }
    }

    /// Forgets what ended before a time and may not go on, and the oldest beyond so many. They are told no
    /// more. Returns how many were old, and how many too many.
    pub(super) fn forget(
        &mut self,
        before: Timestamp,
        most: usize,
        goes_on: impl Fn(u64) -> bool,
    ) -> (u64, u64) {
        let late_before = self.now.checked_sub(LATE_KEPT).unwrap_or(Timestamp::MIN);
        let is_old = |alert: &&LiveAlert| {
            let kept = alert.is_late() && alert.changed_at >= late_before;
            alert.closed && alert.is_over(before) && !kept && !goes_on(alert.place)
        };
        let mut old: Vec<u64> = self.alerts.values().filter(is_old).map(|alert| alert.number).collect();
        let beyond = (self.alerts.len() - old.len()).saturating_sub(most);
        old.extend(
            self.alerts.values().filter(|alert| !is_old(alert)).take(beyond).map(|alert| alert.number),
        );
        for number in &old {
            if let Some(gone) = self.remove(*number)
                && self.places.get(&gone.place) == Some(number)
            {
                self.places.remove(&gone.place);
            }
        }
        ((old.len() - beyond) as u64, beyond as u64)
    }
}

/// Whether it is the alert that was known: of the same key, and not of another time.
fn is_same(known: &LiveAlert, filed: &Filed) -> bool {
    known.key == filed.key && is_near(span(&known.alert), span(&filed.alert))
}

type Span = Option<(Timestamp, Timestamp)>;

fn span(alert: &Alert) -> Span {
    alert.first_seen.zip(alert.last_seen)
}

fn is_near(a: Span, b: Span) -> bool {
    let (Some((a_first, a_last)), Some((b_first, b_last))) = (a, b) else { return a == b };
    let apart: SignedDuration = b_first.duration_since(a_last).max(a_first.duration_since(b_last));
    apart <= WINDOW
}

fn compare(old: &Alert, new: &Alert) -> (Stir, What) {
    let tied = old.ties == new.ties
        && old.level == new.level
        && old.entities == new.entities
        && old.on_domain_controller == new.on_domain_controller;
    let said = old.rule == new.rule
        && old.attempt == new.attempt
        && old.techniques == new.techniques
        && old.tactics == new.tactics;
    let stir = match tied {
        false => Stir::Alerts,
        true if span(old) != span(new) => Stir::Times,
        true => Stir::Nothing,
    };
    (stir, if tied && said { What::Counted } else { What::Grown })
}
