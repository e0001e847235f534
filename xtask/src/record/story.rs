//! The recording's course: quiet first, then the attack amid ordinary work, then quiet again.

use super::attack;
use super::attacker::Attacker;
use super::benign;
use super::lab::Lab;
use super::office;
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

const LEAD_IN: Duration = Duration::from_secs(60);
const LEAD_OUT: Duration = Duration::from_secs(55);

/// One thing somebody did, and when.
pub struct Deed<T: 'static> {
    /// What was meant to be done.
    pub what: &'static T,
    /// When it began.
    pub start: Timestamp,
    /// When it was over.
    pub end: Timestamp,
}

impl<T> Deed<T> {
    /// Does `what` with `work` and notes the times.
    pub fn of(what: &'static T, work: impl FnOnce() -> Result<(), String>) -> Result<Deed<T>, String> {
        let start = Timestamp::now();
        work()?;
        Ok(Deed { what, start, end: Timestamp::now() })
    }
}

/// All that was done, in the order of its end.
pub struct Diary {
    /// When the recording began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// The attacker's steps.
    pub attack: Vec<Deed<attack::Step>>,
    /// What everybody else did.
    pub benign: Vec<Deed<benign::Chore>>,
}

/// Plays both sides against the lab.
pub fn perform(lab: &Lab) -> Result<Diary, String> {
    let start = Timestamp::now();
    let is_over = AtomicBool::new(false);
    let (attack, benign) = std::thread::scope(|scope| {
        let office = scope.spawn(|| office::perform(lab, &is_over));
        sleep(LEAD_IN);
        let attack = perform_attack(lab);
        if attack.is_ok() {
            sleep(LEAD_OUT);
        }
        is_over.store(true, Ordering::Relaxed);
        let benign = office.join().unwrap_or_else(|_| Err("the benign side panicked".into()));
        (attack, benign)
    });
    let (attack, mut benign) = (attack?, benign?);
    benign.sort_by_key(|deed| deed.start);
    sleep(Duration::from_secs(2));
    Ok(Diary { start, end: Timestamp::now(), attack, benign })
}

fn perform_attack(lab: &Lab) -> Result<Vec<Deed<attack::Step>>, String> {
    let mut attacker = Attacker::new(lab);
    let mut deeds = Vec::new();
    for step in attack::STEPS {
        eprintln!("attack: {}", step.title);
        attacker.await_moment(step);
        let deed = Deed::of(step, || attacker.perform(step))
            .map_err(|error| format!("step `{}`: {error}", step.id))?;
        deeds.push(deed);
        sleep(Duration::from_millis(step.pause_ms));
    }
    attacker.leave()?;
    Ok(deeds)
}
