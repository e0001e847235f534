//! The spool on real files: laws, cut off, damaged, killed and full.

mod laws;
mod sample;
