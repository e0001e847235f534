//! Gathers matches into alerts.

use super::alert::{Alert, Carried, Found, principal, towards};
use crate::rule::Meta;
use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Silence after which the same rule on the same entities is a new alert.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// What tells an alert from those of other rules and of other entities. Alerts of one key are apart in time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertKey {
    rule: Arc<str>,
    about: String,
    sort: Sort,
}

/// Records that say no time are alerts of their own, and so is what did not come of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Timed,
    Untimed,
    Foreign,
}

impl AlertKey {
    /// The key of an alert that did not come of records.
    pub fn foreign(dedup: &str) -> AlertKey {
        let (rule, about) = dedup.split_once('\u{1f}').unwrap_or(("", dedup));
        AlertKey { rule: rule.into(), about: about.to_owned(), sort: Sort::Foreign }
    }

    /// Whether it is one of an alert that did not come of records.
    pub fn is_foreign(&self) -> bool {
        self.sort == Sort::Foreign
    }

    /// The key as one text: the rule's id, then what it is about, with U+001F in between.
    pub fn dedup(&self) -> String {
        match &*self.rule {
            "" => self.about.clone(),
            rule => format!("{rule}\u{1f}{}", self.about),
        }
    }
}

/// An alert with its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filed {
    /// What tells it from others.
    pub key: Arc<AlertKey>,
    /// The alert. It has no id yet, and its lists are in the order in which things were seen.
    pub alert: Arc<Alert>,
    /// When it was last added to, by the order in which matches are taken.
    pub at: Option<Timestamp>,
}

/// Gathers matches, which must come in the order of time, into alerts. A copy shares what neither side has
/// changed since.
#[derive(Clone, Debug, Default)]
pub struct AlertBook {
    alerts: HashMap<u64, Filed>,
    open: HashMap<Arc<AlertKey>, u64>,
    next: u64,
}

impl AlertBook {
    /// Counts a match in its alert, opening one if need be. `at` is its place in the order of time. Returns
    /// the alert's place, which is counted from 0 and never reused.
    pub fn add(&mut self, meta: &Meta, found: &Found<'_>, at: Option<Timestamp>) -> u64 {
        let carried = Carried::of(meta, found);
        let mut about = principal(found);
        if let Some(carried) = &carried {
            about = format!("{about}\u{1f}{}\u{1f}{}", towards(found), carried.name);
        }
        let place = self.place(meta, about, found.event.time.map(|time| time.at), at);
        if let Some(alert) = self.change(place, at) {
            if let Some(carried) = carried.filter(|_| alert.count == 0) {
                alert.be(carried);
            }
            alert.add(meta, found);
        }
        place
    }

    /// Counts a correlation's firing. `group` holds the values by which it grouped; `failed` says that
    /// the record which completed it tells of nothing that succeeded.
    pub fn add_firing(
        &mut self,
        meta: &Meta,
        group: &[(String, String)],
        at: Timestamp,
        events: u64,
        failed: bool,
    ) -> u64 {
        let about: Vec<String> = group.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let place = self.place(meta, about.join("\u{1f}"), Some(at), Some(at));
        if let Some(alert) = self.change(place, Some(at)) {
            alert.count += 1;
            alert.occurrences += events;
            alert.saw(Some(at));
            alert.tells(Some(at), meta.attempt || failed);
            let group: Vec<(Arc<str>, &String)> =
                group.iter().map(|(name, value)| (name.as_str().into(), value)).collect();
            alert.keep_fields(group.iter().map(|(name, value)| (name, *value)));
        }
        place
    }

    /// Adds a record that a correlation counted to the correlation's alert. `is_about` says that the
    /// alert is about what the record is about: of guesses followed by a login, that is the login's
    /// account and not the guessed ones.
    pub fn support(&mut self, place: u64, found: &Found<'_>, is_about: bool) {
        let time = found.event.time.map(|time| time.at);
        if let Some(alert) = self.change(place, time) {
            alert.saw(time);
            alert.keep_evidence(found);
            if is_about {
                alert.keep_entities(&found.event.sightings, found.host);
            }
        }
    }

    /// Counts further occurrences within a firing that was counted already.
    pub fn extend(&mut self, place: u64, occurrences: u64) {
        if let Some(alert) = self.change(place, None) {
            alert.occurrences += occurrences;
        }
    }

    fn change(&mut self, place: u64, at: Option<Timestamp>) -> Option<&mut Alert> {
        let filed = self.alerts.get_mut(&place)?;
        filed.at = filed.at.max(at);
        Some(Arc::make_mut(&mut filed.alert))
    }

    fn place(
        &mut self,
        meta: &Meta,
        about: String,
        time: Option<Timestamp>,
        order: Option<Timestamp>,
    ) -> u64 {
        let sort = if time.is_some() { Sort::Timed } else { Sort::Untimed };
        let key = AlertKey { rule: Arc::clone(&meta.id), about, sort };
        if let Some(&place) = self.open.get(&key)
            && let Some(filed) = self.alerts.get(&place)
        {
            // What has no time of its own goes by the order, where that is known.
            let last = filed.alert.last_seen.or(filed.at);
            if last.zip(time.or(order)).is_none_or(|(last, now)| now.duration_since(last) <= WINDOW) {
                return place;
            }
        }
        let key = Arc::new(key);
        let place = self.next;
        self.next += 1;
        let filed = Filed { key: Arc::clone(&key), alert: Arc::new(Alert::of(meta)), at: order };
        self.alerts.insert(place, filed);
        self.open.insert(key, place);
        place
    }

    /// Takes in an alert of earlier, to which matches may be added. They come in the order of time.
    pub fn resume(&mut self, filed: Filed) {
        let place = self.next;
        self.next += 1;
        self.open.insert(Arc::clone(&filed.key), place);
        self.alerts.insert(place, filed);
    }

    /// The alerts, in the order in which they were opened.
    pub fn filed(&self) -> impl Iterator<Item = &Filed> {
        let mut places: Vec<u64> = self.alerts.keys().copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|place| self.alerts.get(&place))
    }

    /// The places of the alerts, in no order.
    pub fn places(&self) -> impl Iterator<Item = u64> {
        self.alerts.keys().copied()
    }

    /// The alert at a place.
    pub fn get(&self, place: u64) -> Option<&Filed> {
        self.alerts.get(&place)
    }

    /// Alerts held.
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Whether no alert is held.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// Takes out the alerts to which nothing has been added since `before`, but for those to which `more` may
    /// come. In the order of their places.
    pub fn close(&mut self, before: Timestamp, more: impl Fn(u64) -> bool) -> Vec<(u64, Filed)> {
        let over = |place: &u64, filed: &mut Filed| {
            filed.at.is_none_or(|at| at < before)
                && filed.alert.last_seen.is_none_or(|last| last < before)
                && !more(*place)
        };
        self.take_out(over)
    }

    /// Takes out the alerts that were left alone longest, but for so many.
    pub fn close_beyond(&mut self, most: usize) -> Vec<(u64, Filed)> {
        let beyond = self.alerts.len().saturating_sub(most);
        if beyond == 0 {
            return Vec::new();
        }
        let mut ages: Vec<(Option<Timestamp>, u64)> =
            self.alerts.iter().map(|(place, filed)| (filed.at, *place)).collect();
        ages.sort_unstable();
        let gone: HashSet<u64> = ages.into_iter().take(beyond).map(|(_, place)| place).collect();
        self.take_out(|place, _| gone.contains(place))
    }

    fn take_out(&mut self, goes: impl FnMut(&u64, &mut Filed) -> bool) -> Vec<(u64, Filed)> {
        let mut closed: Vec<(u64, Filed)> = self.alerts.extract_if(goes).collect();
        closed.sort_unstable_by_key(|(place, _)| *place);
        for (place, filed) in &closed {
            if self.open.get(&filed.key) == Some(place) {
                self.open.remove(&filed.key);
            }
        }
        closed
    }

    /// The alerts in the order of time, numbered from `first_number`, and for each place that was told
    /// before, its place now. None may have been closed.
    pub fn finish(self, first_number: u64) -> (Vec<Alert>, Vec<usize>) {
        let mut placed: Vec<(u64, Alert)> = { self.alerts.into_iter() }
            .map(|(place, filed)| (place, Arc::unwrap_or_clone(filed.alert).settled()))
            .collect();
        placed.sort_by(|(a_place, a), (b_place, b)| {
            (a.first_seen, &a.rule.id, a_place).cmp(&(b.first_seen, &b.rule.id, b_place))
        });
        let mut places = vec![0; placed.len()];
        for (now, (before, _)) in placed.iter().enumerate() {
            if let Some(place) = usize::try_from(*before).ok().and_then(|before| places.get_mut(before)) {
                *place = now;
            }
        }
        let mut alerts: Vec<Alert> = placed.into_iter().map(|(_, alert)| alert).collect();
        for (number, alert) in (first_number..).zip(&mut alerts) {
            alert.id = format!("ALR-{number:06}");
        }
        (alerts, places)
    }
}
