//! What the system did for a UDP socket: its buffer, and datagrams for which that had no room.
//! Source: socket(7), proc(5): `/proc/self/net/udp` has a line for each socket, with its inode and its drops at
//! the end. It is there for services that see nothing else of `/proc`, too.

use rustix::net::sockopt;
use std::fs;
use std::net::UdpSocket;

/// Bytes of datagrams that the system is asked to keep until they are read.
const BUFFER: usize = 16 << 20;

/// Asks for a large buffer; says what it got. More than `net.core.rmem_max` is for those alone who may administer the
/// network.
pub fn enlarge(socket: &UdpSocket) -> usize {
    let forced = sockopt::set_socket_recv_buffer_size_force(socket, BUFFER);
    if forced.is_err() {
        let _ = sockopt::set_socket_recv_buffer_size(socket, BUFFER);
    }
    sockopt::socket_recv_buffer_size(socket).unwrap_or(0)
}

/// How many datagrams were lost because the buffer was full. None where the system does not say.
pub fn drops(socket: &UdpSocket) -> Option<u64> {
    let inode = rustix::fs::fstat(socket).ok()?.st_ino.to_string();
    let table =
        if socket.local_addr().ok()?.is_ipv6() { "/proc/self/net/udp6" } else { "/proc/self/net/udp" };
    of(&fs::read_to_string(table).ok()?, &inode)
}

fn of(table: &str, inode: &str) -> Option<u64> {
    let mut lines = table.lines();
    let columns = lines.next()?.split_whitespace().count();
    let line = lines.find(|line| line.split_whitespace().nth(9) == Some(inode))?;
    // The heading names some columns as two words where there is one, so the last is taken from the end.
    (columns > 9).then(|| line.split_whitespace().last()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_those_of_the_socket() {
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
            \x20 417: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 3\n\
            \x20 418: 0100007F:1F91 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 12\n";
        assert_eq!(of(table, "4712"), Some(12));
        assert_eq!(of(table, "47"), None);
        assert_eq!(of("", "1"), None);
    }

    #[test]
    fn a_full_buffer_is_told() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = socket.local_addr().unwrap();
        let Some(0) = drops(&socket) else { return println!("skipped: the system does not tell drops") };
        sockopt::set_socket_recv_buffer_size(&socket, 4096).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        (0..200).for_each(|_| drop(sender.send_to(&[b'x'; 1000], to)));
        assert!(drops(&socket).unwrap() > 100);
        assert!(enlarge(&socket) > 4096);
    }
}
