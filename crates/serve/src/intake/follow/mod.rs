//! Files of this machine that are followed: every line is taken once, over rotation, truncation and restarts.
//!
//! How far a file was read lies in the spool, with the lines ([`Door`]), and nowhere else. A file is known by its
//! inode and its first bytes ([`Key`]), whatever it is called.

mod door;
mod follower;
mod known;
mod lines;
mod names;
mod run;
mod spooled;
mod tail;
mod watch;

#[cfg(test)]
mod laws;

pub use run::run;
pub use spooled::Spooled;
