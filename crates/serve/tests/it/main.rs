//! The server from outside: each test speaks HTTP with one of its own.

mod setup;
mod site;
