//! One connection that is kept, as a shipper's or a browser's is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection and whose token is sent over it.
pub struct Connection {
    stream: BufReader<TcpStream>,
    token: &'static str,
}

impl Connection {
    pub fn to(address: SocketAddr, token: &'static str) -> Connection {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        Connection { stream: BufReader::new(stream), token }
    }

    fn ask(&mut self, method: &str, path: &str, body: &[u8]) {
        let token = self.token;
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\ncontent-type: text/plain\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).expect("sent");
    }

    /// The status, and the length of the body where it is said.
    fn head(&mut self) -> (u16, usize) {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("an answer");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                return (status, length);
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(0);
            }
            if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().unwrap_or(0);
            }
        }
    }

    /// Asks, and reads the whole answer.
    pub fn exchange(&mut self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.ask(method, path, body);
        let (status, length) = self.head();
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).expect("a body");
        (status, answer)
    }

    /// Opens what goes on for long, and gives its lines as they come.
    pub fn follow(mut self, path: &str) -> impl Iterator<Item = String> {
        self.ask("GET", path, b"");
        assert_eq!(self.head().0, 200, "{path}");
        self.stream.lines().map_while(Result::ok)
    }
}
