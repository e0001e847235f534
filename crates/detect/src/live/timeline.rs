//! Matches taken in the order of time, in whatever order they come.

use super::credit::Credit;
use super::entry::{Entry, Place};
use super::kept::Kept;
use super::marks::{Mark, Marks, Run};
use crate::correlation::{Casework, Filed, Noted, Order};
use crate::rule::RuleSet;
use hashbrown::{HashMap, HashSet};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Matches taken again before something else gets its turn.
const SLICE: usize = 4_000;
/// A copy of so many things costs as much as a match.
const COPIED: usize = 64;
/// How far the clock of a source may be ahead of ours. What is further ahead is judged when its time comes.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);
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
    replayed: u64,
}

/// An earlier state on its way to become the head.
#[derive(Debug)]
struct Replay {
    from: usize,
    run: Run,
    marks: Marks,
    /// Matches that came too late for it.
    missed: Vec<u64>,
}

/// What became of a match that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It was taken, or will be.
    Taken,
    /// It came before.
    Double,
    /// It is of a time that was left behind.
    TooLate,
}

impl Timeline {
    pub(super) fn new(rules: Arc<RuleSet>) -> Timeline {
        let start = Mark::new(Casework::new(&rules), None);
        Timeline {
            rules,
            kept: Kept::default(),
            head: start.run(),
            marks: Marks::new(start),
            late: None,
            waiting: Vec::new(),
            replay: None,
            changed: HashSet::new(),
            closed: HashMap::new(),
            replayed: 0,
        }
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Matches taken again, since ever.
    pub(super) fn replayed(&self) -> u64 {
        self.replayed
    }

    /// Whether a match of this place can still be taken in its order.
    pub(super) fn reaches(&self, place: &Place) -> bool {
        self.marks.first().upto.as_ref().is_none_or(|upto| upto < place)
    }

    /// Takes a match in. What comes in order is taken at once.
    pub(super) fn push(&mut self, entry: Entry, now: Timestamp) -> Pushed {
        if !self.reaches(&entry.place()) {
            return Pushed::TooLate;
        }
        let Some((place, handle)) = self.kept.insert(entry) else { return Pushed::Double };
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
        if self.late.is_some() || self.replay.is_some() {
            self.tell_waiting();
            return false;
        }
        let settled = now.checked_sub(SETTLED_AFTER).unwrap_or(now);
        if self.head.work.is_due(settled) {
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

    /// Goes back to the newest state before what came late, if something did.
    fn begin(&mut self, credit: &mut Credit) -> Option<Replay> {
        let late = self.late.take()?;
        let from = self.marks.before(&late);
        let mark = self.marks.get(from);
        let run = mark.run();
        credit.spend(run.work.size() / COPIED + 1);
        // Of the state itself only its place is needed: it says when the next is due.
        let start = Mark::new(mark.work.clone(), mark.upto.clone());
        Some(Replay { from, run, marks: Marks::new(start), missed: Vec::new() })
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
            self.changed.extend(self.marks.replay(replay.from, replay.marks));
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

    /// Alerts that changed since this was last asked.
    pub(super) fn changes(&mut self) -> HashSet<u64> {
        std::mem::take(&mut self.changed)
    }

    /// The alert at a place; it may have been closed since the last [`Timeline::changes`].
    pub(super) fn alert(&self, place: u64) -> Option<&Filed> {
        self.head.work.book().get(place).or_else(|| self.closed.get(&place))
    }

    /// Closes what nothing in order can reach any more.
    pub(super) fn close(&mut self) {
        self.closed.clear();
        let Some(at) = self.head.upto.as_ref().map(|place| place.at) else { return };
        for (place, filed) in self.head.work.close(at) {
            self.changed.insert(place);
            self.closed.insert(place, filed);
        }
    }

    /// Lets the oldest matches go while `goes` says so. The alerts keep what was made of them.
    pub(super) fn leave_behind(&mut self, mut goes: impl FnMut(&Kept, &Place) -> bool) {
        // A replay stands on the states there are now.
        if self.replay.is_some() || self.late.is_some() {
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
                base.work.close(upto.at);
            }
            self.marks.catch_up();
        }
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
