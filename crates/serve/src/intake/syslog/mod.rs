//! Syslog from the network: a datagram a message, or streams of framed ones, encrypted or not.

mod datagrams;
mod feed;
mod framing;
mod kernel;
mod places;
mod senders;
mod streams;

pub use datagrams::{Datagrams, receive};
pub use feed::Feed;
pub use kernel::enlarge;
pub use streams::serve;
