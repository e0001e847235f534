//! The spool on real files: laws, cut off, damaged, killed and full.

mod bounds;
mod damage;
mod format;
mod kill;
mod laws;
mod power;
mod readers;
mod sample;
mod torn;

use cofferdam_power::random;
