//! rsyslog as Debian has it, with the configurations that ship in `dist/rsyslog`.

use super::streams::certificates;
use super::{ANY, site, source};
use crate::site::Site;
use cofferdam_journal::source::SourceKind;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::{Inlet, TlsFiles};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An rsyslog of its own, with its files in a folder of the test.
pub struct Rsyslog {
    child: Child,
    socket: UnixDatagram,
}

impl Rsyslog {
    /// Starts one with these actions; none if there is no rsyslog.
    pub fn start(dir: &Path, actions: &str) -> Option<Rsyslog> {
        let program =
            ["/usr/sbin/rsyslogd", "/sbin/rsyslogd"].into_iter().find(|path| Path::new(path).exists());
        let Some(program) = program else {
            println!("skipped: there is no rsyslog");
            return None;
        };
        let at = |name: &str| dir.join(name).display().to_string();
        let config = format!(
            "global(workDirectory=\"{}\" localHostname=\"web-01\")\n\
             module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
             input(type=\"imuxsock\" Socket=\"{}\" RateLimit.Interval=\"0\")\n{actions}\n",
            dir.display(),
            at("log.sock"),
        );
        fs::write(at("rsyslog.conf"), config).unwrap();
        let child = Command::new(program)
            .args(["-n", "-f", &at("rsyslog.conf"), "-i", &at("rsyslog.pid")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(at("rsyslog.err")).unwrap())
            .spawn()
            .unwrap();
        let socket = UnixDatagram::unbound().unwrap();
        let until = Instant::now() + super::PATIENCE;
        while socket.connect(at("log.sock")).is_err() {
            assert!(Instant::now() < until, "{}", fs::read_to_string(at("rsyslog.err")).unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Rsyslog { child, socket })
    }

    /// Logs a line, as a program of the machine does. It waits when rsyslog does.
    pub fn log(&self, text: &str) {
        self.socket.send(format!("<86>Nov 22 10:00:00 app[7]: {text}").as_bytes()).unwrap();
    }

    /// Its process.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.pid(), rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

/// The configuration that ships, with the addresses and files of a test.
fn shipped(name: &str, address: SocketAddr, dir: &Path) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../dist/rsyslog").join(name);
    let text = fs::read_to_string(path).unwrap();
    let port = text.split("port=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let text = text
        .replace("\"192.0.2.10\"", &format!("\"{}\"", address.ip()))
        .replace(&format!("port=\"{port}\""), &format!("port=\"{}\"", address.port()));
    let at = |name: &str| dir.join(name).display().to_string();
    text.replace("/etc/rsyslog.d/ca.pem", &at("ca.pem"))
        .replace("/etc/rsyslog.d/cert.pem", &at("client.pem"))
        .replace("/etc/rsyslog.d/key.pem", &at("client.key"))
}

/// Whether all lines came, once each, and in their order where they came on one connection.
#[track_caller]
fn all_came(site: &Site, name: &str, lines: usize, is_one: bool) {
    let until = Instant::now() + super::PATIENCE;
    let numbers = || -> Vec<usize> {
        let taken = site.taken(name);
        let of_app =
            taken.iter().filter_map(|text| text.split_once("app[7]: ").or(text.split_once("app 7 ")));
        of_app.filter_map(|(_, text)| text.rsplit(' ').next()?.parse().ok()).collect()
    };
    while numbers().len() < lines && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    let came = numbers();
    let missing: Vec<usize> = (0..lines).filter(|number| !came.contains(number)).collect();
    let of_itself: Vec<String> =
        site.taken(name).into_iter().filter(|text| !text.contains("app 7 - ")).collect();
    assert!(missing.is_empty(), "{} missing, from {:?}; {of_itself:?}", missing.len(), missing.first());
    assert_eq!(came.len(), lines, "each came once");
    let breaks: Vec<_> = came.windows(2).filter(|pair| pair[0] > pair[1]).take(5).collect();
    assert!(!is_one || breaks.is_empty(), "they came in their order, but for {breaks:?}");
}

#[track_caller]
fn check(name: &str, inlet: Inlet, dir: &Path, lines: usize) {
    let site = site(vec![source("hosts", inlet)]);
    let config = shipped(name, site.listens("hosts"), dir);
    let Some(rsyslog) = Rsyslog::start(dir, &config) else { return };
    (0..lines).for_each(|number| rsyslog.log(&format!("line {number}")));
    // A queue that goes to the disk when it is full is sent by two workers, each over a connection of its own; and over
    // TLS, rsyslog connects anew now and then, before the connection that it leaves was read to its end.
    all_came(&site, "hosts", lines, false);
    // The message is as it was sent, with its host.
    assert!(
        site.taken("hosts")
            .iter()
            .any(|text| text.starts_with("<86>1 ") && text.contains(" web-01 app 7 - "))
    );
    println!("{name}: {lines} lines, each once");
}

#[test]
fn rsyslog_delivers_over_udp() {
    let dir = tempfile::tempdir().unwrap();
    check("cofferdam-udp.conf", Inlet::Udp { address: ANY }, dir.path(), 2_000);
}

#[test]
fn rsyslog_delivers_over_tcp() {
    let dir = tempfile::tempdir().unwrap();
    check("cofferdam-tcp.conf", Inlet::Tcp { address: ANY }, dir.path(), 20_000);
}

#[test]
fn what_comes_on_one_connection_keeps_its_order() {
    let dir = tempfile::tempdir().unwrap();
    let site = site(vec![source("hosts", Inlet::Tcp { address: ANY })]);
    let action = format!(
        "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{}\" protocol=\"tcp\" TCP_Framing=\"octet-counted\"\n\
         template=\"RSYSLOG_SyslogProtocol23Format\" queue.type=\"Direct\" action.resumeRetryCount=\"-1\")",
        site.listens("hosts").port(),
    );
    let Some(rsyslog) = Rsyslog::start(dir.path(), &action) else { return };
    (0..20_000).for_each(|number| rsyslog.log(&format!("line {number}")));
    all_came(&site, "hosts", 20_000, true);
}

#[test]
fn rsyslog_delivers_over_tls() {
    if !Path::new("/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so").exists() {
        println!("skipped: there is no rsyslog-gnutls");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    if certificates(dir.path()).is_none() {
        println!("skipped: there is no openssl that makes certificates");
        return;
    }
    let at = |name: &str| dir.path().join(name);
    let files = Some(TlsFiles { certificate: at("server.pem"), key: at("server.key") });
    let inlet = Inlet::Tls { address: ANY, files, clients: Some(at("ca.pem")) };
    check("cofferdam-tls.conf", inlet, dir.path(), 20_000);
}

#[test]
fn rsyslog_delivers_over_bulk() {
    if !Path::new("/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so").exists() {
        println!("skipped: there is no rsyslog-elasticsearch");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    if certificates(dir.path()).is_none() {
        println!("skipped: there is no openssl that makes certificates");
        return;
    }
    let at = |name: &str| dir.path().join(name);
    let tls = Some(TlsFiles { certificate: at("server.pem"), key: at("server.key") });
    let mut site = Site::with(Settings { tls, ..Settings::default() });
    let token = site.source("hosts", SourceKind::Events).token.unwrap();
    let config = shipped("cofferdam-bulk.conf", site.address(), dir.path()).replace("cfs_TOKEN", &token);
    let Some(rsyslog) = Rsyslog::start(dir.path(), &config) else { return };
    let lines = 5_000;
    (0..lines).for_each(|number| rsyslog.log(&format!("line {number}")));
    let until = Instant::now() + super::PATIENCE;
    let taken = || -> Vec<String> {
        let mut all = site.taken("hosts");
        all.retain(|text| text.contains(" app[7]: line "));
        all
    };
    while taken().len() < lines && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut taken = taken();
    assert_eq!(taken.len(), lines, "{}", fs::read_to_string(at("rsyslog.err")).unwrap());
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), lines, "each came once");
    println!("cofferdam-bulk.conf: {lines} lines, each once");
}
