//! The spool on real files: laws, cut off, damaged, killed and full.

mod damage;
mod kill;
mod laws;
mod power;
mod sample;
mod torn;

use cofferdam_power::random;
