//! The journal on real databases.

mod conformance;
mod journal;
mod sample;
mod sqlite;
