//! The server from outside: each test speaks HTTP with one of its own.
//!
//! Tests whose names begin with a number hold a requirement of OWASP ASVS 5.0; `docs/asvs.md` says what it asks.

mod access;
mod activity;
mod assignment;
mod asvs;
mod break_glass;
mod canaries;
mod case;
mod command;
mod encrypted;
mod enrolment;
mod events;
mod exceptions;
mod feed;
mod feed_all;
mod feed_reader;
mod figures;
mod forgery;
mod idempotency;
mod leaks;
mod listening;
mod live;
mod login;
mod matrix;
mod oidc;
mod pages;
mod passwords;
mod protocol;
mod reading;
mod recorded;
mod recording;
mod reports;
mod room;
mod second_factor;
mod sessions;
mod setup;
mod site;
mod sources;
mod structure;
mod surface;
mod throttle;
mod tokens;
mod triage;
mod users;
