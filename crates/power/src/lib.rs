//! What a power cut leaves of files, for tests: a program is recorded once, at the border to the kernel, and then its
//! power is cut in a simulation, at any moment.
//!
//! `strace` records: so what is judged are the calls of what ships, and no `unsafe` code is needed for it.

mod disk;
pub mod random;
mod trace;

pub use disk::{Disk, Promise};
pub use trace::{FileId, MARK, Op, Recording, record};
