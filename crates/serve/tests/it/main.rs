//! The server from outside: each test speaks HTTP with one of its own.

mod case;
mod reading;
mod setup;
mod site;
