//! Power cuts: what was acknowledged is there, whatever the disk did with what was not synced.
//!
//! A program that does all that a journal does is recorded once, at the border to the kernel; then its power is
//! cut, in a simulation, at as many moments as `COFFERDAM_CUTS` says. `strace` records: so what is judged are
//! the calls of the SQLite and of the file layer that ship, and no `unsafe` code is needed for it.

mod check;
mod workload;

use crate::random::{Random, number};
use check::{Promised, Whole};
use cofferdam_power::{Disk, Op, Promise, Recording, record};
use std::collections::BTreeMap;
use std::path::Path;

/// What goes on when the power is cut; each must have been cut.
const PHASES: [&str; 5] = ["create", "work", "rebuild", "erase", "reopen"];
/// What the disk is doing then; each must have been cut.
const ACTS: [&str; 7] = [
    "append to the log of writes",
    "sync of the log of writes",
    "between commit and acknowledgement",
    "copy into the database",
    "sync of the database",
    "reset of the log of writes",
    "names in the folder",
];

#[test]
fn acknowledged_facts_survive_power_cuts() {
    let cuts = number("COFFERDAM_CUTS");
    let folder = tempfile::tempdir().unwrap();
    let Some(recording) = recorded(folder.path()) else {
        assert_eq!(cuts, None, "COFFERDAM_CUTS is set, and `strace` is missing or may not look");
        println!("skipped: power cuts; `strace` is not installed, or may not look at programs here");
        return;
    };
    let whole = Whole::of(
        cofferdam_store::reader(&folder.path().join("journal.db")).unwrap().as_ref(),
        &recording.ops,
    );
    let cuts = usize::try_from(cuts.unwrap_or(500)).unwrap();
    let mut random = Random::of(Random::seed("power"));
    let (failed, classes) = cut(&recording, &whole, Promise::Kept, cuts, &mut random);
    println!(
        "power: {} operations recorded, {} entries; {} cuts:",
        recording.ops.len(),
        whole.size(),
        classes.values().sum::<usize>()
    );
    for ((phase, act), count) in &classes {
        println!("power: {count:>6} {phase}: {act}");
    }
    assert!(failed.is_empty(), "{} cuts did harm: {:#?}", failed.len(), &failed[..failed.len().min(5)]);
    for phase in PHASES {
        assert!(classes.keys().any(|(cut, _)| *cut == phase), "no cut during {phase}");
    }
    for act in ACTS {
        assert!(classes.keys().any(|(_, cut)| *cut == act), "no cut during {act}");
    }
    // A check that finds nothing on a disk that lies would find nothing at all.
    for promise in [Promise::Broken, Promise::BrokenForFolders, Promise::BrokenForFirst] {
        let (failed, classes) = cut(&recording, &whole, promise, LIES, &mut random);
        let first =
            failed.first().unwrap_or_else(|| panic!("a disk whose promise is {promise:?} was not noticed"));
        let all: usize = classes.values().sum();
        println!("power: {promise:?}: {} of {all} cuts did harm, such as: {first}", failed.len());
    }
}

/// Cuts of a disk that lies.
const LIES: usize = 60;

type Classes = BTreeMap<(&'static str, &'static str), usize>;

/// Cuts the power so often, as often in each class of moments; what went wrong, and the classes.
fn cut(
    recording: &Recording,
    whole: &Whole,
    promise: Promise,
    cuts: usize,
    random: &mut Random,
) -> (Vec<String>, Classes) {
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
            spoil_shared_memory(folder.path(), random);
            if let Err(wrong) = whole.check(folder.path(), promised) {
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

/// What is done to the files of the database. What lies in shared memory is never synced, and rebuilt.
fn recorded(folder: &Path) -> Option<Recording> {
    let is_meant = |name: &str| name.starts_with("journal.db") && !name.ends_with("-shm");
    let database = folder.join("journal.db");
    record("power::workload::record_everything", folder, ("COFFERDAM_JOURNAL", &database), is_meant)
}

fn spoil_shared_memory(folder: &Path, random: &mut Random) {
    if random.once_in(2) {
        let junk: Vec<u8> = (0..4096).flat_map(|_| random.next().to_le_bytes()).collect();
        std::fs::write(folder.join("journal.db-shm"), junk).unwrap();
    }
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
        if let Some(act) = act(op, &recording.names) {
            moments.entry((phase, act)).or_default().push(at);
        }
    }
    moments
}

fn act(op: &Op, names: &[String]) -> Option<&'static str> {
    let is_database = |file: &usize| names.get(*file).is_some_and(|name| name == "journal.db");
    Some(match op {
        Op::Mark(mark) if mark.starts_with("acknowledged") || mark.starts_with("erased") => ACTS[2],
        Op::Mark(_) => return None,
        Op::Create { .. } | Op::Unlink { .. } | Op::Rename { .. } | Op::SyncFolder => ACTS[6],
        Op::Sync { file } if is_database(file) => ACTS[4],
        Op::Sync { .. } => ACTS[1],
        Op::Write { file, .. } | Op::Truncate { file, .. } if is_database(file) => ACTS[3],
        // The log of writes begins anew: its head is written again, or it is emptied.
        Op::Write { offset: 0, .. } | Op::Truncate { .. } => ACTS[5],
        Op::Write { .. } => ACTS[0],
    })
}

/// A folder for what is left after a cut: in memory where there is such a file system, since nothing in it
/// needs to outlive the test.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}
