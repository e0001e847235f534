//! Connections: taken in, encrypted, served, and let go when the server ends.

mod accept;
mod taking;
mod tls;

pub use accept::{Ending, serve};
pub use tls::{Own, TlsError, acceptor, own_certificate, syslog_acceptor};
