//! Notes for people on standard error: what was not understood, with place, reason and help.

use crate::text::{count, plain};
use cofferdam_detect::rule::RuleProblem;
use cofferdam_evidence::Problem;

/// Tells of rules that were not loaded: each by itself, those that wait for values in one line.
pub fn rule_problems(problems: &[RuleProblem]) {
    let waiting = problems.iter().filter(|problem| problem.code == "detect::rule-placeholder").count();
    for problem in problems.iter().filter(|problem| problem.code != "detect::rule-placeholder") {
        let rule =
            problem.rule.as_ref().map(|title| format!("rule `{}`: ", plain(title))).unwrap_or_default();
        eprintln!("note[{}]: {rule}{}", problem.code, plain(&problem.message));
        let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        eprintln!("  --> {}{line}", plain(&problem.file));
        if let Some(help) = problem.help {
            eprintln!("  help: {help}");
        }
    }
    if waiting > 0 {
        let waiting = count(waiting as u64, "rule waits", "rules wait");
        eprintln!("note[detect::rule-placeholder]: {waiting} for values of yours, and left out");
    }
}

/// Tells of a file of a pack that is left out.
pub fn left_out(name: &str, reason: &str) {
    eprintln!("note[rules::left-out]: {}", plain(reason));
    eprintln!("  --> {}", plain(name));
}

/// Tells of evidence that could not be read.
pub fn evidence_problem(problem: &Problem) {
    let place = problem.place.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
    eprintln!("note[{}]: {}", problem.code, plain(&problem.message));
    eprintln!("  --> {}{place}", plain(&problem.path));
}

/// Tells of the first broken record of a kind in a source.
pub fn record_problem(code: &str, path: &str, record: u64, message: &str) {
    eprintln!("note[{code}]: {}", plain(message));
    eprintln!("  --> {}, record {record}", plain(path));
}
