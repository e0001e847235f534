//! A witness on the network. Source: C2SP tlog-witness, `add-checkpoint`.

use super::{Saw, Shown, WitnessError};
use crate::world::{Answer, Post};

/// Answers that are no answer to us are cut.
const TOLD: usize = 200;

pub fn see(prefix: &str, shown: &Shown<'_>, post: &Post) -> Result<Saw, WitnessError> {
    let ask = |old: u64| -> Result<Answer, WitnessError> {
        let request = request(old, shown)?;
        post(&format!("{prefix}/add-checkpoint"), &request).map_err(|what| WitnessError::Unreachable { what })
    };
    let ours = shown.checkpoint.size;
    // Where the witness stands it says itself, when it is asked with the wrong size.
    let answer = ask(0)?;
    match (answer.status, size(&answer)) {
        (409, Some(seen)) if seen > ours => Err(WitnessError::RolledBack { seen, ours }),
        (409, Some(seen)) => outcome(&ask(seen)?, ours).map(|()| Saw::Before),
        _ => outcome(&answer, ours).map(|()| Saw::First),
    }
}

/// The old size, the proof that the log grew from it, an empty line, the checkpoint.
fn request(old: u64, shown: &Shown<'_>) -> Result<String, WitnessError> {
    let proof = shown.consistency(old).map_err(|error| WitnessError::Forked { what: error.to_string() })?;
    let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    Ok(format!("old {old}\n{proof}\n{}", shown.note))
}

fn size(answer: &Answer) -> Option<u64> {
    answer.body.trim_end_matches('\n').parse().ok()
}

fn outcome(answer: &Answer, ours: u64) -> Result<(), WitnessError> {
    let said = || {
        let text: String = answer.body.chars().filter(|ch| !ch.is_control()).take(TOLD).collect();
        format!("it answered {} {text}", answer.status).trim_end().to_owned()
    };
    match answer.status {
        200 => Ok(()),
        409 => match size(answer) {
            Some(seen) if seen > ours => Err(WitnessError::RolledBack { seen, ours }),
            _ => Err(WitnessError::Unreachable {
                what: format!("{}; somebody else asks at the same time", said()),
            }),
        },
        422 => {
            Err(WitnessError::Forked { what: format!("{}: the log does not go on from what it saw", said()) })
        }
        500.. => Err(WitnessError::Unreachable { what: said() }),
        _ => Err(WitnessError::Refused { what: said() }),
    }
}
