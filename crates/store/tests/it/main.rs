//! The journal on real databases, killed, cut off and refused.

mod backups;
mod conformance;
mod credentials;
mod data_dir;
mod desk;
mod journal;
mod kill;
mod laws;
mod power;
mod recorded;
mod refusals;
mod responded;
mod sample;
mod sound;
mod sqlite;
mod witnesses;

use cofferdam_power::random;
