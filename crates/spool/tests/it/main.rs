//! The spool on real files: laws, cut off, damaged, killed and full.

mod damage;
mod laws;
mod sample;
mod torn;
