//! Bundles of generated logs, and what becomes of them when somebody changes them.

mod cases;
mod change;
mod content;
mod dice;
mod keyed;
mod laws;
mod log;
mod mutation;
mod others;
mod parts;
mod resigned;
mod script;
