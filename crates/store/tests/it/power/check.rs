//! What must be there after a power cut, and what must not.

use super::workload::ERASED;
use crate::sample::{alert, open};
use crate::sound::{Log, has_all_values, reading, stands};
use cofferdam_power::Op;
use cofferdam_store::{Reader, Stored};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

/// What the workload wrote when nobody cut its power.
pub struct Whole {
    entries: Vec<Stored>,
    /// Sizes of the log between requests.
    between: BTreeSet<u64>,
    /// Size of the log after the erasure.
    erased: u64,
}

/// What had been acknowledged at some moment.
#[derive(Clone, Copy, Default)]
pub struct Promised {
    /// Entries.
    pub size: u64,
    /// The erasure, too.
    pub erased: bool,
}

impl Promised {
    /// Follows what the workload says.
    pub fn heard(&mut self, mark: &str) {
        let mut words = mark.split(' ');
        let what = words.next().unwrap_or_default();
        if matches!(what, "acknowledged" | "erased") {
            self.size = words.next().and_then(|size| size.parse().ok()).expect("a size");
            self.erased |= what == "erased";
        }
    }
}

impl Whole {
    /// What the reader has, and what the workload said on the way.
    pub fn of(reader: &dyn Reader, ops: &[Op]) -> Whole {
        let mut entries = Vec::new();
        let each = &mut |stored| {
            entries.push(stored);
            ControlFlow::Continue(())
        };
        reader.entries(0..u64::MAX, each).unwrap();
        let (mut between, mut erased, mut promised) = (BTreeSet::from([0]), 0, Promised::default());
        for op in ops {
            if let Op::Mark(mark) = op {
                promised.heard(mark);
                between.insert(promised.size);
                if mark.starts_with("erased") {
                    erased = promised.size;
                }
            }
        }
        assert_eq!(promised.size, entries.len() as u64, "everything was acknowledged in the end");
        Whole { entries, between, erased }
    }

    /// How many entries.
    pub fn size(&self) -> usize {
        self.entries.len()
    }

    /// Opens what is left in `folder` and compares.
    pub fn check(&self, folder: &Path, promised: Promised) -> Result<(), String> {
        let path = folder.join("journal.db");
        let (journal, found) = open(&path).map_err(|error| format!("it does not open: {error}"))?;
        if found.size < promised.size {
            return Err(format!("{} entries were acknowledged, {} are there", promised.size, found.size));
        }
        if !self.between.contains(&found.size) {
            return Err(format!("a request is there by half: {} entries", found.size));
        }
        let erased = found.size >= self.erased;
        if promised.erased && !erased {
            return Err("the record of an erasure is lost".to_owned());
        }
        let mut log = Log::default();
        reading(&journal, |reader| log.read_on(reader, &mut |stored| self.same(stored, erased)))?;
        log.is_signed(&journal)?;
        if erased && holds(folder, ERASED) {
            return Err("an erased value is still there".to_owned());
        }
        stands(&journal)?;
        let receipt = journal.append(alert(1 << 40, "dev1")).map_err(|error| error.to_string())?;
        if receipt.position == found.size { Ok(()) } else { Err("it does not go on at its end".to_owned()) }
    }

    fn same(&self, stored: &Stored, erased: bool) -> Result<(), String> {
        let position = stored.position;
        let want = usize::try_from(position).ok().and_then(|position| self.entries.get(position));
        let want = want.ok_or_else(|| format!("nobody wrote an entry {position}"))?;
        if stored.leaf != want.leaf {
            return Err(format!("entry {position} is not what was written"));
        }
        let is_right = if erased { stored.secrets == want.secrets } else { has_all_values(stored)? };
        if !is_right {
            return Err(format!("values of entry {position} are missing, or were not erased"));
        }
        Ok(())
    }
}

fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}
