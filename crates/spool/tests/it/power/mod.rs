//! Power cuts: what was acknowledged is there, whatever the disk did with what was not synced.
//!
//! `COFFERDAM_CUTS` says how often. `strace` records, once, what a spool asks of the kernel.

mod workload;

use crate::random::{Random, number};
use crate::sample::{all, batch, scratch};
use cofferdam_power::{Disk, Op, Promise, Recording, record};
use cofferdam_spool::{Cause, Seq, Spool};
use std::collections::BTreeMap;
use std::path::Path;
use workload::{FILE, bounds, line};

/// What goes on when the power is cut; each must have been cut.
const PHASES: [&str; 3] = ["create", "work", "reopen"];
/// What the disk is doing then; each must have been cut.
const ACTS: [&str; 6] = [
    "write of a frame",
    "sync of a segment",
    "between sync and acknowledgement",
    "making of a segment",
    "cutting off",
    "names in the folder",
];
/// Cuts of a disk that lies.
const LIES: usize = 100;

type Classes = BTreeMap<(&'static str, &'static str), usize>;

/// What had been said at some moment.
#[derive(Clone, Copy, Default)]
struct Promised {
    acknowledged: u64,
    processed: u64,
}

#[test]
fn acknowledged_records_survive_power_cuts() {
    let cuts = number("COFFERDAM_CUTS");
    let folder = tempfile::tempdir().unwrap();
    let is_meant = |name: &str| name.ends_with(".seg") || name.ends_with(".making");
    let variable = ("COFFERDAM_SPOOL", folder.path());
    let Some(recording) = record("power::workload::record_everything", folder.path(), variable, is_meant)
    else {
        assert_eq!(cuts, None, "COFFERDAM_CUTS is set, and `strace` is missing or may not look");
        println!("skipped: power cuts; `strace` is not installed, or may not look at programs here");
        return;
    };
    let cuts = usize::try_from(cuts.unwrap_or(400)).unwrap();
    let mut random = Random::of(Random::seed("spool power"));
    let (failed, classes) = cut(&recording, Promise::Kept, cuts, &mut random);
    println!("spool power: {} operations recorded; {cuts} cuts:", recording.ops.len());
    for ((phase, act), count) in &classes {
        println!("spool power: {count:>6} {phase}: {act}");
    }
    let first = failed.first().and_then(|wrong| wrong.split([' ', ':']).nth(1)?.parse().ok());
    let before = first.map(|at| lately(&recording, at)).unwrap_or_default();
    let told = &failed[..failed.len().min(5)];
    assert!(
        failed.is_empty(),
        "{} cuts did harm: {told:#?}\nbefore the first of them:\n{before}",
        failed.len()
    );
    for phase in PHASES {
        assert!(classes.keys().any(|(cut, _)| *cut == phase), "no cut during {phase}");
    }
    for act in ACTS {
        assert!(classes.keys().any(|(_, cut)| *cut == act), "no cut during {act}");
    }
    // A check that finds nothing on a disk that lies would find nothing at all.
    for promise in [Promise::Broken, Promise::BrokenForFolders] {
        let (failed, classes) = cut(&recording, promise, LIES, &mut random);
        let first =
            failed.first().unwrap_or_else(|| panic!("a disk whose promise is {promise:?} was not noticed"));
        let all: usize = classes.values().sum();
        println!("spool power: {promise:?}: {} of {all} cuts did harm, such as: {first}", failed.len());
    }
}

/// Cuts the power so often, as often in each class of moments; what went wrong, and the classes.
fn cut(recording: &Recording, promise: Promise, cuts: usize, random: &mut Random) -> (Vec<String>, Classes) {
    let moments = moments(recording);
    let mut chosen: BTreeMap<usize, usize> = BTreeMap::new();
    let by_class: Vec<&Vec<usize>> = moments.values().collect();
    for number in 0..cuts {
        let class = by_class[number % by_class.len()];
        *chosen.entry(class[random.below(class.len())]).or_default() += 1;
    }
    let (mut disk, mut promised, mut failed) = (Disk::new(promise), Promised::default(), Vec::new());
    for (at, op) in recording.ops.iter().enumerate() {
        disk.begun(op);
        for _ in 0..chosen.get(&at).copied().unwrap_or(0) {
            let folder = scratch();
            disk.cut(folder.path(), random);
            if let Err(wrong) = check(folder.path(), promised) {
                failed.push(format!("operation {at}: {wrong}"));
            }
        }
        disk.not_begun(op);
        disk.done(op);
        if let Op::Mark(mark) = op {
            promised.heard(mark);
        }
    }
    let count = |(class, places): (&_, &Vec<usize>)| {
        (*class, places.iter().filter_map(|place| chosen.get(place)).sum())
    };
    (failed, moments.iter().map(count).collect())
}

/// What was done before an operation, for whoever looks for what it was that the disk did not have.
fn lately(recording: &Recording, at: usize) -> String {
    let name = |file: &usize| recording.names.get(*file).map_or("?", String::as_str);
    let op = |op: &Op| match op {
        Op::Write { file, offset, bytes } => {
            format!("write {} at {offset}, {} bytes", name(file), bytes.len())
        }
        Op::Truncate { file, size } => format!("cut {} to {size}", name(file)),
        Op::Sync { file } => format!("sync {}", name(file)),
        Op::Create { name, .. } => format!("create {name}"),
        Op::Rename { from, to, .. } => format!("rename {from} to {to}"),
        Op::Unlink { name } => format!("unlink {name}"),
        Op::SyncFolder => "sync the folder".to_owned(),
        Op::Mark(mark) => mark.clone(),
    };
    let all: Vec<String> = recording.ops[..at.min(recording.ops.len())].iter().map(op).collect();
    all[all.len().saturating_sub(60)..].join("\n")
}

/// All operations, by what goes on.
fn moments(recording: &Recording) -> BTreeMap<(&'static str, &'static str), Vec<usize>> {
    let mut moments: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let mut phase = "work";
    for (at, op) in recording.ops.iter().enumerate() {
        if let Op::Mark(mark) = op {
            if let Some(begun) = mark.strip_prefix("begin ") {
                phase = PHASES.into_iter().find(|phase| *phase == begun).expect("a phase");
            } else if mark == "end" {
                phase = "work";
            }
        }
        let is_making = |file: &usize| {
            let named = recording.ops[..=at].iter().rev().find_map(|op| match op {
                Op::Rename { file: renamed, .. } if renamed == file => Some(false),
                Op::Create { file: made, .. } if made == file => Some(true),
                _ => None,
            });
            named == Some(true)
        };
        let act = match op {
            Op::Mark(mark) if mark.starts_with("acknowledged") => ACTS[2],
            Op::Mark(_) => continue,
            Op::Create { .. } | Op::Unlink { .. } | Op::Rename { .. } | Op::SyncFolder => ACTS[5],
            Op::Write { file, .. } | Op::Sync { file } if is_making(file) => ACTS[3],
            Op::Sync { .. } => ACTS[1],
            Op::Truncate { .. } => ACTS[4],
            Op::Write { .. } => ACTS[0],
        };
        moments.entry((phase, act)).or_default().push(at);
    }
    moments
}

impl Promised {
    fn heard(&mut self, mark: &str) {
        let mut words = mark.split(' ');
        let (what, number) = (words.next(), words.next().and_then(|number| number.parse().ok()));
        match (what, number) {
            (Some("acknowledged"), Some(number)) => self.acknowledged = number,
            (Some("processed"), Some(number)) => self.processed = number,
            _ => {}
        }
    }
}

/// Opens what is left in `folder` and compares.
fn check(folder: &Path, promised: Promised) -> Result<(), String> {
    let (spool, opened) =
        Spool::open(folder, bounds()).map_err(|error| format!("it does not open: {error}"))?;
    if !opened.damaged.is_empty() {
        return Err(format!("damaged: {:?}", opened.damaged));
    }
    if opened.end.0 < promised.acknowledged {
        return Err(format!("{} were acknowledged, {} are there", promised.acknowledged, opened.end));
    }
    let portion = all(&spool, 0);
    let mut next = 0;
    for missing in &portion.missing {
        if missing.cause != Cause::Retired || missing.seqs.end > promised.processed {
            return Err(format!("missing: {missing:?}, and {} were processed", promised.processed));
        }
        next = missing.seqs.end;
    }
    for read in portion.records {
        if read.seq != Seq(next) || *read.bytes != *line(next).as_bytes() {
            return Err(format!("the record {} is not what was written, or not in its place", read.seq));
        }
        next += 1;
    }
    if next != opened.end.0 || spool.place("auth", &FILE).unwrap_or(0) != next {
        return Err(format!("{next} were read of {}, and the place is another", opened.end));
    }
    let receipt = spool.append(batch("auth", &["on"])).map_err(|error| error.to_string())?;
    if receipt.first != Some(Seq(next)) {
        return Err("it does not go on at its end".to_owned());
    }
    Ok(())
}
