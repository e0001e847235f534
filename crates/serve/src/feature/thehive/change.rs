//! What is asked of an alert when its status or its assignee is set.

use crate::http::Problem;
use cofferdam_journal::Personal;
use cofferdam_journal::alert::{AlertIntent, Judgement, Triage, Verdict};
use cofferdam_vocabulary::UserId;

/// What a status says here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody looked at it.
    New,
    /// Somebody works on it.
    InProgress,
    /// It was found to be this.
    Judged(Verdict),
}

/// Who shall work on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    /// Whoever does.
    AsItIs,
    /// Nobody.
    Nobody,
    /// This one.
    User(UserId),
}

impl Status {
    /// Reads a status.
    ///
    /// # Errors
    ///
    /// 422 for one that says nothing here.
    pub fn read(text: &str) -> Result<Status, Problem> {
        Ok(match text {
            "New" | "Updated" => Status::New,
            "InProgress" | "Pending" => Status::InProgress,
            "TruePositive" => Status::Judged(Verdict::TruePositive),
            "FalsePositive" => Status::Judged(Verdict::FalsePositive),
            "Duplicate" | "Duplicated" => Status::Judged(Verdict::Duplicate),
            "Ignored" => Status::Judged(Verdict::BenignPositive),
            "Imported" => {
                let problem = Problem::invalid().detail("an alert is not imported by its status");
                return Err(problem.help("promote it, or merge it into a case"));
            }
            _ => {
                let there = "New, InProgress, TruePositive, FalsePositive, Duplicate and Ignored";
                return Err(
                    Problem::invalid().detail(format!("there is no status `{text}`; there are {there}"))
                );
            }
        })
    }
}

/// What is asked of an alert of which people made `now`. `caller` works on it from then on where nobody is named and
/// nobody does. `why` is the reason that is recorded with a verdict.
pub fn intents(
    now: &Triage,
    status: Option<Status>,
    assignee: Assignee,
    caller: UserId,
    why: Option<&str>,
) -> Vec<AlertIntent> {
    let reason = |text: &str| Personal::of(why.filter(|why| !why.trim().is_empty()).unwrap_or(text));
    let mut intents = Vec::new();
    if matches!(status, Some(Status::New | Status::InProgress)) && now.judgement.is_some() {
        intents.push(AlertIntent::Reopen { reason: reason("set back over TheHive's interface") });
    }
    let assignee = match (assignee, status) {
        (Assignee::AsItIs, Some(Status::New)) => Assignee::Nobody,
        (Assignee::AsItIs, Some(Status::InProgress)) if now.assignee.is_none() => Assignee::User(caller),
        (assignee, _) => assignee,
    };
    match assignee {
        Assignee::User(to) if now.assignee != Some(to) => intents.push(AlertIntent::Assign { to }),
        Assignee::Nobody if now.assignee.is_some() => intents.push(AlertIntent::Release),
        _ => {}
    }
    if let Some(Status::Judged(verdict)) = status
        && now.judgement.as_ref().is_none_or(|known| known.verdict != verdict)
    {
        let reason = reason("said over TheHive's interface");
        let dismissed = verdict != Verdict::TruePositive;
        intents.push(AlertIntent::Judge(Judgement { verdict, reason, dismissed }));
    }
    intents
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIM: UserId = UserId(1);
    const FEEDER: UserId = UserId(9);

    #[track_caller]
    fn check(now: &Triage, status: &str, assignee: Assignee, want: &str) {
        let status = (!status.is_empty()).then(|| Status::read(status).unwrap());
        let intents = intents(now, status, assignee, FEEDER, Some(" "));
        let told = intents.iter().map(|intent| match intent {
            AlertIntent::Reopen { reason } => format!("reopen ({reason})"),
            AlertIntent::Assign { to } => format!("assign {to}"),
            AlertIntent::Release => "release".to_owned(),
            AlertIntent::Judge(judgement) => {
                format!("{}{}", judgement.verdict, if judgement.dismissed { ", dismissed" } else { "" })
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>().join("; "), want);
    }

    #[test]
    fn a_status_is_what_we_have_a_word_for() {
        let new = Triage::default();
        let kims = Triage { assignee: Some(KIM), judgement: None };
        let judgement = |verdict, dismissed| Judgement { verdict, reason: Personal::of("seen"), dismissed };
        let done = Triage { assignee: Some(KIM), judgement: Some(judgement(Verdict::FalsePositive, true)) };
        check(&new, "New", Assignee::AsItIs, "");
        check(&new, "InProgress", Assignee::AsItIs, "assign USR-0009");
        check(&kims, "InProgress", Assignee::AsItIs, "");
        check(&new, "InProgress", Assignee::User(KIM), "assign USR-0001");
        check(&kims, "New", Assignee::AsItIs, "release");
        check(&kims, "", Assignee::Nobody, "release");
        check(&new, "TruePositive", Assignee::AsItIs, "true-positive");
        check(&new, "FalsePositive", Assignee::User(KIM), "assign USR-0001; false-positive, dismissed");
        check(&new, "Ignored", Assignee::AsItIs, "benign-positive, dismissed");
        check(&done, "FalsePositive", Assignee::AsItIs, "");
        check(&done, "Duplicate", Assignee::AsItIs, "duplicate, dismissed");
        check(&done, "New", Assignee::AsItIs, "reopen (set back over TheHive's interface); release");
        for bad in ["Imported", "new", "", "Closed"] {
            assert!(Status::read(bad).is_err(), "{bad}");
        }
    }
}
