//! The spool on real files: laws, cut off, damaged, killed and full.

mod damage;
mod kill;
mod laws;
mod random;
mod sample;
mod torn;
