//! Matches taken in the order of time, in whatever order they come.

use super::credit::Credit;
use super::entry::{Entry, Place};
use super::kept::Kept;
use super::marks::{Mark, Marks, Run};
#[cfg(test)]
use super::simulation::{Fault, makes};
use crate::correlation::{Casework, Filed, Noted, Order};
use crate::rule::RuleSet;
use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Matches taken again before something else gets its turn; few in tests, so that replays are interrupted.
const SLICE: usize = if cfg!(test) { 50 } else { 1_000 };
/// A copy of so many things costs as much as a match.
const COPIED: usize = 500;
/// How far the clock of a source may be ahead of ours for its matches to be taken in their order at once: those
/// of all other sources would be late by as much. What is further ahead is judged apart until its time comes.
const AHEAD: SignedDuration = SignedDuration::from_secs(2);
/// Matches ahead of their time that are kept.
const AHEAD_KEPT: usize = 10_000;
/// How long after its end a window is ended while no match comes: those under way shall not come too late.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// The state after all matches, and the way back.
#[derive(Debug)]
pub(super) struct Timeline {
    rules: Arc<RuleSet>,
    kept: Kept,
    head: Run,
    marks: Marks,
    /// The first match that the head has not taken in its order, unless a replay will come to it.
    late: Option<Place>,
    /// Matches that the head has not taken in their order and of which it knows nothing yet.
    waiting: Vec<u64>,
    replay: Option<Replay>,
    /// Alerts that changed since they were last asked for.
    changed: HashSet<u64>,
    /// What was closed since, by place.
    closed: HashMap<u64, Filed>,
    /// Alerts of matches that were let go, which nothing reaches any more.
    left: Vec<Filed>,
    view: Option<View>,
    /// Matches ahead of their time, about.
    ahead: usize,
    /// How long nothing must have come before windows end by the clock.
    patience: SignedDuration,
    pushed_at: Option<Timestamp>,
    /// Alerts that stay open at most.
    most: usize,
    replayed: u64,
}

/// The head with what is ahead of its time.
#[derive(Debug)]
struct View {
    work: Casework,
    touched: HashSet<u64>,
    /// Matches kept when it was made.
    kept: usize,
}

/// An earlier state on its way to become the head.
#[derive(Debug)]
struct Replay {
    run: Run,
    marks: Marks,
    /// Matches that came too late for it.
    missed: Vec<u64>,
}

/// What became of a match that was pushed.
#[derive(Debug)]
pub(super) enum Pushed {
    /// It was taken, or will be.
    Taken,
    /// It came before.
    Double,
    /// It is of a time that was left behind, or is so far ahead that too many wait already.
    Not(Entry),
}

impl Timeline {
    /// Begins after matches that are no longer kept: up to when they were, and what they left.
    pub(super) fn new(rules: Arc<RuleSet>, upto: Option<Timestamp>, alerts: Vec<Filed>) -> Timeline {
        let mut work = Casework::new(&rules);
        alerts.into_iter().for_each(|filed| work.resume(filed));
        let start = Mark::new(work, upto.map(Place::before));
        Timeline {
            rules,
            kept: Kept::default(),
            head: start.run(),
            late: None,
            waiting: Vec::new(),
            replay: None,
            changed: start.work.book().places().collect(),
            closed: HashMap::new(),
            left: Vec::new(),
            view: None,
            ahead: 0,
            patience: SignedDuration::ZERO,
            pushed_at: None,
            most: usize::MAX,
            replayed: 0,
            marks: Marks::new(start),
        }
    }

    /// For what is long past: windows end by the clock once nothing came for a minute, for all of them are over.
    pub(super) fn patient(self) -> Timeline {
        Timeline { patience: SignedDuration::from_secs(60), ..self }
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Matches taken again, since ever.
    pub(super) fn replayed(&self) -> u64 {
        self.replayed
    }

    /// Whether something came late and is not judged again with what came after it.
    pub(super) fn is_behind(&self) -> bool {
        self.late.is_some() || self.replay.is_some()
    }

    /// Whether there is more to say of alerts than was asked for.
    pub(super) fn is_untold(&self) -> bool {
        self.is_behind() || !self.changed.is_empty()
    }

    /// Whether a match of this place can still be taken in its order.
    fn reaches(&self, place: &Place) -> bool {
        self.marks.first().upto.as_ref().is_none_or(|upto| upto < place)
    }

    /// Takes a match in. What comes in order is taken at once.
    pub(super) fn push(&mut self, entry: Entry, now: Timestamp) -> Pushed {
        if entry.at() > ahead(now) {
            if self.ahead >= AHEAD_KEPT {
                return Pushed::Not(entry);
            }
            self.ahead += 1;
        } else if !self.reaches(&entry.place()) {
            return Pushed::Not(entry);
        }
        let Some((place, handle)) = self.kept.insert(entry) else { return Pushed::Double };
        self.pushed_at = Some(now);
        let behind = |run: &Run| {
            run.upto.as_ref().is_some_and(|upto| place < *upto)
                || run.work.settled().is_some_and(|settled| place.at <= settled)
        };
        if !behind(&self.head) {
            self.catch_up(now);
            return Pushed::Taken;
        }
        self.waiting.push(handle);
        match &mut self.replay {
            Some(replay) if !behind(&replay.run) => return Pushed::Taken,
            Some(replay) => replay.missed.push(handle),
            None => {}
        }
        if self.late.as_ref().is_none_or(|late| place < *late) {
            self.late = Some(place);
        }
        Pushed::Taken
    }

    /// The head takes what is next, but for what is ahead of its time.
    fn catch_up(&mut self, now: Timestamp) {
        let Timeline { rules, kept, head, marks, changed, .. } = self;
        let upto = head.upto.clone();
        for (place, handle) in kept.after(upto.as_ref()).take_while(|(place, _)| place.at <= ahead(now)) {
            take(&mut head.work, rules, kept, (place, handle), &mut |alert| {
                marks.touch(alert);
                changed.insert(alert);
            });
            head.upto = Some(place.clone());
            marks.note(head);
        }
    }

    /// Takes again what came late, as far as credit goes, and ends what is over. True when nothing waits.
    pub(super) fn run(&mut self, now: Timestamp, credit: &mut Credit) -> bool {
        self.catch_up(now);
        let mut slice = SLICE;
        while credit.is_left() && slice > 0 {
            let replay = self.replay.take().or_else(|| self.begin(credit));
            let Some(replay) = replay else { break };
            let steps = self.go_on(replay, now, slice);
            credit.spend(steps);
            slice -= steps.min(slice);
        }
        if self.is_behind() {
            self.tell_waiting();
            return false;
        }
        let settled = now.checked_sub(SETTLED_AFTER).unwrap_or(now);
        #[cfg(test)]
        let settled = if makes(Fault::HastyClock) { Timestamp::MAX } else { settled };
        let waited = self.pushed_at.is_none_or(|pushed| now.duration_since(pushed) >= self.patience);
        if waited && self.head.work.is_due(settled) {
            let Timeline { rules, kept, head, marks, changed, .. } = self;
            head.work.advance(rules, settled, kept, &mut |noted| {
                if let Noted::Touched(alert) = noted {
                    marks.touch(alert);
                    changed.insert(alert);
                }
            });
        }
        true
    }

    /// Takes again what came late, whatever it costs. Returns the alerts that changed.
    pub(super) fn run_all(&mut self, now: Timestamp) -> HashSet<u64> {
        let mut credit = Credit::endless();
        while !self.run(now, &mut credit) {}
        self.changes(now, &mut credit)
    }

    /// Goes back to the newest state before what came late, if something did.
    fn begin(&mut self, credit: &mut Credit) -> Option<Replay> {
        let late = self.late.take()?;
        let from = self.marks.before(&late);
        #[cfg(test)]
        let from = from + usize::from(makes(Fault::WrongMark));
        let mark = self.marks.get(from);
        let run = mark.run();
        credit.spend(run.work.size() / COPIED + 1);
        // Of the state itself only its place is needed: it says when the next is due.
        let start = Mark::new(mark.work.clone(), mark.upto.clone());
        Some(Replay { run, marks: Marks::new(start), missed: Vec::new() })
    }

    /// A part of a replay; when it is complete, it becomes the head. Returns the matches taken.
    fn go_on(&mut self, mut replay: Replay, now: Timestamp, most: usize) -> usize {
        let Replay { run, marks, .. } = &mut replay;
        let upto = run.upto.clone();
        let mut steps = 0;
        let mut done = true;
        for (place, handle) in
            { self.kept.after(upto.as_ref()) }.take_while(|(place, _)| place.at <= ahead(now))
        {
            if steps >= most {
                done = false;
                break;
            }
            take(&mut run.work, &self.rules, &self.kept, (place, handle), &mut |alert| marks.touch(alert));
            run.upto = Some(place.clone());
            marks.note(run);
            steps += 1;
        }
        self.replayed += steps as u64;
        if done {
            self.changed.extend(self.marks.replay(replay.marks));
            self.head = replay.run;
            self.waiting = replay.missed;
        } else {
            self.replay = Some(replay);
        }
        steps
    }

    /// What must wait for its turn is told as far as its own rule goes. A replay forgets that again.
    fn tell_waiting(&mut self) {
        let Timeline { rules, kept, head, marks, changed, waiting, .. } = self;
        for handle in waiting.drain(..) {
            let Some(entry) = kept.entry(handle) else { continue };
            let order = Order { handle, at: Some(entry.at()), found: &entry.given.found };
            head.work.take_alone(rules, order, kept, &mut |noted| {
                if let Noted::Touched(alert) = noted {
                    marks.touch(alert);
                    changed.insert(alert);
                }
            });
        }
    }

    /// Alerts that changed since this was last asked; none while it would cost too much to tell.
    pub(super) fn changes(&mut self, now: Timestamp, credit: &mut Credit) -> HashSet<u64> {
        let is_ahead = self.kept.last().is_some_and(|last| last.at > ahead(now));
        let is_new =
            !self.changed.is_empty() || self.view.as_ref().map(|view| view.kept) != Some(self.kept.len());
        if is_ahead && is_new {
            if !credit.is_left() {
                return HashSet::new();
            }
            credit.spend(self.look_ahead());
        } else if !is_ahead && let Some(view) = self.view.take() {
            self.changed.extend(view.touched);
        }
        std::mem::take(&mut self.changed)
    }

    /// Judges what is ahead of its time as if everything before it had come. Returns the steps it took.
    fn look_ahead(&mut self) -> usize {
        let mut work = self.head.work.clone();
        let mut touched = HashSet::new();
        let mut steps = work.size() / COPIED + 1;
        self.ahead = 0;
        for next in self.kept.after(self.head.upto.as_ref()) {
            self.ahead += 1;
            take(&mut work, &self.rules, &self.kept, next, &mut |alert| {
                touched.insert(alert);
            });
            steps += 1;
        }
        self.changed.extend(&touched);
        self.changed.extend(self.view.take().into_iter().flat_map(|view| view.touched));
        self.view = Some(View { work, touched, kept: self.kept.len() });
        steps
    }

    /// The alert at a place; it may have been closed since the last [`Timeline::changes`].
    pub(super) fn alert(&self, place: u64) -> Option<&Filed> {
        let work = self.view.as_ref().map_or(&self.head.work, |view| &view.work);
        work.book().get(place).or_else(|| self.closed.get(&place))
    }

    /// Whether matches in order may still be added to the alert at a place.
    pub(super) fn holds(&self, place: u64) -> bool {
        self.head.work.book().get(place).is_some()
    }

    /// Closes what nothing in order can reach any more, and the oldest beyond so many.
    pub(super) fn close(&mut self, most: usize) {
        self.most = most;
        self.closed.retain(|place, _| self.changed.contains(place));
        let Some(at) = self.head.upto.as_ref().map(|place| place.at) else { return };
        for (place, filed) in self.head.work.close(at, most) {
            self.changed.insert(place);
            self.closed.insert(place, filed);
        }
    }

    /// Lets the oldest matches go while `goes` says so. The alerts keep what was made of them.
    pub(super) fn leave_behind(&mut self, mut goes: impl FnMut(&Kept, &Place) -> bool) {
        // A replay stands on the states there are now.
        if self.is_behind() {
            return;
        }
        let mut gone = false;
        while let Some((place, handle)) = self.kept.first() {
            let taken = self.head.upto.as_ref().is_some_and(|upto| place <= *upto);
            if !taken || !goes(&self.kept, &place) {
                break;
            }
            let base = self.marks.base();
            take(&mut base.work, &self.rules, &self.kept, (&place, handle), &mut |_| {});
            base.upto = Some(place);
            self.kept.drop_first();
            gone = true;
        }
        if gone {
            let base = self.marks.base();
            if let Some(upto) = &base.upto {
                let closed = base.work.close(upto.at, self.most);
                self.left.extend(closed.into_iter().map(|(_, filed)| filed));
            }
            self.marks.catch_up();
        }
    }

    /// Up to when matches were let go, and what alerts they left: those alerts to which nothing was added
    /// since `before` are forgotten.
    pub(super) fn start(&mut self, before: Timestamp) -> (Option<Timestamp>, Vec<Filed>) {
        self.left.retain(|filed| filed.at.max(filed.alert.last_seen).is_some_and(|last| last >= before));
        let base = self.marks.first();
        let alerts = self.left.iter().chain(base.work.book().filed()).cloned().collect();
        (base.upto.as_ref().map(|place| place.at), alerts)
    }

    /// Places of alerts that are known.
    pub(super) fn places(&self) -> HashSet<u64> {
        let view = self.view.iter().flat_map(|view| view.work.book().places());
        self.head.work.book().places().chain(view).chain(self.changed.iter().copied()).collect()
    }

    /// Groups that correlations had to forget because there were too many.
    pub(super) fn dropped_groups(&self) -> u64 {
        self.head.work.dropped_groups()
    }
}

fn ahead(now: Timestamp) -> Timestamp {
    now.checked_add(AHEAD).unwrap_or(Timestamp::MAX)
}

fn take(
    work: &mut Casework,
    rules: &RuleSet,
    kept: &Kept,
    (place, handle): (&Place, u64),
    touch: &mut impl FnMut(u64),
) {
    if let Some(entry) = kept.entry(handle) {
        let order = Order { handle, at: Some(place.at), found: &entry.given.found };
        work.take(rules, order, kept, &mut |noted| {
            if let Noted::Touched(alert) = noted {
                touch(alert);
            }
        });
    }
}
