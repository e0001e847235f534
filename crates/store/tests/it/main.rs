//! The journal on real databases.

mod backups;
mod conformance;
mod data_dir;
mod journal;
mod recorded;
mod sample;
mod sqlite;
mod witnesses;
