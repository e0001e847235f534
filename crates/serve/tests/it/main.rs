//! The server from outside: each test speaks HTTP with one of its own.

mod assignment;
mod case;
mod leaks;
mod matrix;
mod reading;
mod setup;
mod site;
mod surface;
