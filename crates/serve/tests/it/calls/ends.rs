//! The other ends: a server that takes e-mail and an address that takes requests, on this machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits for what must not come.
const QUIET: Duration = Duration::from_millis(700);

/// What came in, in order, and how it is answered.
pub struct End<T> {
    /// Where it listens.
    pub address: SocketAddr,
    got: Arc<Mutex<Vec<T>>>,
    refusing: Arc<Mutex<bool>>,
}

/// An e-mail as it came over the wire.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom the envelope names.
    pub to: Vec<String>,
    /// Header fields, unfolded, by their names in lower case; a name that stands twice has two.
    pub fields: Vec<(String, String)>,
    /// What follows them, decoded.
    pub body: String,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl<T: Clone + Send + 'static> End<T> {
    fn begin(serve: impl Fn(TcpStream, bool) -> Option<T> + Send + Sync + 'static) -> End<T> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (got, refusing) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(false)));
        let end = End {
            address: listener.local_addr().unwrap(),
            got: Arc::clone(&got),
            refusing: Arc::clone(&refusing),
        };
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = serve(stream, *refusing.lock().unwrap());
                got.lock().unwrap().extend(taken);
            }
        });
        end
    }

    /// From now on everything is refused, or nothing.
    pub fn refuse(&self, refuses: bool) {
        *self.refusing.lock().unwrap() = refuses;
    }

    /// What came so far.
    pub fn all(&self) -> Vec<T> {
        self.got.lock().unwrap().clone()
    }

    /// What came, once it is so many; how long that took is printed.
    #[track_caller]
    pub fn wait(&self, count: usize) -> Vec<T> {
        let begun = Instant::now();
        while self.all().len() < count {
            assert!(begun.elapsed() < PATIENCE, "{} came of {count}", self.all().len());
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("told after {} ms", begun.elapsed().as_millis());
        self.all()
    }

    /// Nothing comes beside what came.
    #[track_caller]
    pub fn stays(&self, count: usize) {
        std::thread::sleep(QUIET);
        assert_eq!(self.all().len(), count);
    }
}

/// A server that takes e-mail.
pub fn mail() -> End<Mail> {
    End::begin(|stream, refuses| {
        let mut out = stream.try_clone().ok()?;
        let mut lines = BufReader::new(stream).lines();
        let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
        say("220 mail.example.org ESMTP")?;
        let (mut to, mut taken) = (Vec::new(), None);
        while let Some(Ok(line)) = lines.next() {
            let word = line.to_ascii_uppercase();
            if word.starts_with("RCPT TO:") {
                if refuses {
                    say("550 nobody of that name is here")?;
                    continue;
                }
                to.push(line[8..].trim_matches(['<', '>']).to_owned());
                say("250 it is")?;
            } else if word == "DATA" {
                say("354 go on")?;
                let mut text = Vec::new();
                while let Some(Ok(line)) = lines.next() {
                    if line == "." {
                        break;
                    }
                    text.push(line.strip_prefix('.').map(str::to_owned).unwrap_or(line));
                }
                taken = Some(read(std::mem::take(&mut to), &text));
                say("250 it is taken")?;
            } else if word == "QUIT" {
                say("221 good bye")?;
                break;
            } else {
                say("250 good")?;
            }
        }
        taken
    })
}

fn read(to: Vec<String>, lines: &[String]) -> Mail {
    let end = lines.iter().position(String::is_empty).unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in &lines[..end] {
        match line.strip_prefix([' ', '\t']) {
            Some(more) => fields.last_mut().unwrap().1.push_str(&format!(" {}", more.trim_start())),
            None => {
                let (name, value) = line.split_once(':').expect("a header field has a name");
                fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
    }
    let text = lines[end + 1..].join("\n");
    let encoding = fields.iter().find(|(name, _)| name == "content-transfer-encoding");
    let body = match encoding.map(|(_, value)| value.as_str()) {
        Some("base64") => {
            use base64::Engine;
            let text: String = text.split_whitespace().collect();
            String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
        }
        Some("quoted-printable") => unquoted(&text),
        _ => text,
    };
    Mail { to, fields, body }
}

/// Source: RFC 2045, section 6.7.
fn unquoted(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match (first, behind) {
            (b'=', [b'\n', more @ ..]) => rest = more,
            (b'=', [high, low, more @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = more;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap()
}

impl Mail {
    /// The one field of this name.
    #[track_caller]
    pub fn field(&self, name: &str) -> &str {
        let mut found = self.fields.iter().filter(|(known, _)| known == name);
        let (_, value) = found.next().unwrap_or_else(|| panic!("no {name}: {self:?}"));
        assert!(found.next().is_none(), "{name} stands twice: {self:?}");
        value
    }
}

/// An address that takes requests.
pub fn hook() -> End<Posted> {
    End::begin(|stream, refuses| {
        let mut out = stream.try_clone().ok()?;
        let mut input = BufReader::new(stream);
        let (mut headers, mut line) = (BTreeMap::new(), String::new());
        loop {
            line.clear();
            input.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        input.read_exact(&mut body).ok()?;
        let status = if refuses { "404 Not Found" } else { "204 No Content" };
        out.write_all(
            format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes(),
        )
        .ok()?;
        (!refuses).then(|| Posted { headers, body: String::from_utf8(body).unwrap() })
    })
}
