//! One file per format: a record's bytes in, an [`Event`](crate::event::Event) out.

pub mod json;
mod windows;
mod account;
mod cron;
pub(crate) mod linux;
mod pam;
mod sshd;
mod su;
mod sudo;
pub mod syslog;
mod systemd;
pub mod access_log;
pub mod auditd;
pub mod text;
#[cfg(test)]
mod fixtures;
