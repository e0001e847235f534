//! The lab: four network namespaces, the victim's own mounts and host name, and their removal.
//!
//! ```text
//! attacker 203.0.113.66 ─┐
//!                        ├─ edge (routes) ─ web-01 192.0.2.10
//! office   198.51.100.x ─┘
//! ```

use super::audit;
use super::program::{attempt, here, not_started, run, wait_until};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The attacked host's address.
pub const WEB: &str = "192.0.2.10";
/// The host from which the attack comes.
pub const ATTACKER: &str = "203.0.113.66";

/// Words that would show the lab itself in a log.
pub const OWN_MARKS: &[&str] = &["cofferdam", "/run/cofferdam-record", "xtask", "/work/", "cargo", "nsenter"];

const EDGE_SPACE: &str = "cofferdam-edge";
const SPACES: [&str; 4] = [EDGE_SPACE, "cofferdam-web", "cofferdam-attacker", "cofferdam-office"];
const FOLDER: &str = "/run/cofferdam-record";
const OFFICE_HOSTS: std::ops::RangeInclusive<u8> = 10..=90;

/// Where a program runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the victim, with its own files and host name.
    Web,
    /// On the attacker's host.
    Attacker,
    /// Where administrators, services and visitors sit.
    Office,
}

/// The namespaces; everything in them ends when this is dropped.
pub struct Lab {
    /// Scratch space outside the victim: keys, transcripts, the attacker's files.
    pub folder: PathBuf,
    keeper: Child,
}

impl Lab {
    /// Makes the namespaces.
    pub fn build() -> Result<Lab, String> {
        let lab = Lab { folder: FOLDER.into(), keeper: lay_network()? };
        let own_mounts = std::fs::read_link("/proc/self/ns/mnt").ok();
        let keeper_mounts = format!("/proc/{}/ns/mnt", lab.keeper.id());
        wait_until("the victim's namespaces", Duration::from_secs(5), || {
            std::fs::read_link(&keeper_mounts).is_ok_and(|mounts| Some(mounts) != own_mounts)
        })?;
        Ok(lab)
    }

    /// A program with a plain environment at `place`.
    pub fn command(&self, place: Place, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        match place {
            Place::Web => {
                command.arg(format!("--target={}", self.keeper.id())).args(["--mount", "--uts", "--net"]);
            }
            Place::Attacker => {
                command.arg("--net=/run/netns/cofferdam-attacker");
            }
            Place::Office => {
                command.arg("--net=/run/netns/cofferdam-office");
            }
        }
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("LANG", "C.UTF-8").env("TERM", "xterm-256color").current_dir("/").arg(program);
        command
    }

    /// Runs a program on the victim, as its administrator would have done long before the recording.
    pub fn on_web(&self, words: &[&str]) -> Result<String, String> {
        run(self.command(Place::Web, words[0]).args(&words[1..]))
    }

    /// Starts a service at `place`.
    pub fn start(&self, place: Place, words: &[&str]) -> Result<Child, String> {
        let mut command = self.command(place, words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map_err(|cause| not_started(&command, &cause))
    }

    /// A file of the victim, seen from outside.
    pub fn web_path(&self, path: &str) -> PathBuf {
        Path::new(&format!("/proc/{}/root", self.keeper.id())).join(path.trim_start_matches('/'))
    }

    /// Reads a file of the victim.
    pub fn read_web(&self, path: &str) -> Result<String, String> {
        let bytes = std::fs::read(self.web_path(path));
        let bytes = bytes.map_err(|cause| format!("failed to read the victim's `{path}`: {cause}"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a file of the victim.
    pub fn write_web(&self, path: &str, text: &str) -> Result<(), String> {
        write(&self.web_path(path), text)
    }

    /// Writes a file outside the victim, in the lab's folder.
    pub fn write_here(&self, name: &str, text: &str) -> Result<(), String> {
        write(&self.folder.join(name), text)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        sweep();
        attempt(Command::new("kill").arg(self.keeper.id().to_string()));
        if let Err(cause) = self.keeper.wait() {
            eprintln!("warning: the lab's keeper did not end: {cause}");
        }
    }
}

/// Joins the namespaces and returns the process that keeps the victim's alive, for an hour at the most.
fn lay_network() -> Result<Child, String> {
    std::fs::create_dir_all(FOLDER).map_err(|cause| format!("failed to make `{FOLDER}`: {cause}"))?;
    run(Command::new("chmod").args(["700", FOLDER]))?;
    for space in SPACES {
        here(&["ip", "netns", "add", space])?;
        here(&["ip", "-n", space, "link", "set", "lo", "up"])?;
    }
    join("cofferdam-web", "web", "192.0.2.1", &[WEB.to_owned()])?;
    join("cofferdam-attacker", "attacker", "203.0.113.1", &[ATTACKER.to_owned()])?;
    let office: Vec<_> = OFFICE_HOSTS.map(|host| format!("198.51.100.{host}")).collect();
    join("cofferdam-office", "office", "198.51.100.1", &office)?;
    here(&["ip", "netns", "exec", EDGE_SPACE, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1"])?;
    let keeper = ["--net=/run/netns/cofferdam-web", "unshare", "--mount", "--uts", "sleep", "3600"];
    let mut command = Command::new("nsenter");
    command.args(keeper).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.current_dir("/").spawn().map_err(|cause| not_started(&command, &cause))
}

fn join(space: &str, link: &str, gateway: &str, addresses: &[String]) -> Result<(), String> {
    here(&[
        "ip", "-n", EDGE_SPACE, "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space,
    ])?;
    here(&["ip", "-n", EDGE_SPACE, "address", "add", &format!("{gateway}/24"), "dev", link])?;
    here(&["ip", "-n", EDGE_SPACE, "link", "set", link, "up"])?;
    for address in addresses {
        here(&["ip", "-n", space, "address", "add", &format!("{address}/24"), "dev", "eth0"])?;
    }
    here(&["ip", "-n", space, "link", "set", "eth0", "up"])?;
    here(&["ip", "-n", space, "route", "add", "default", "via", gateway]).map(drop)
}

/// Removes what a recording that was killed may have left, its audit rules included.
pub fn clear_leftovers() {
    if SPACES.iter().any(|space| Path::new("/run/netns").join(space).exists()) {
        audit::restore();
        sweep();
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Ends every process in our namespaces, by id, and removes them. The victim's files were only mounts of its own
/// mount namespace and go with its last process.
fn sweep() {
    for space in SPACES.iter().filter(|space| Path::new("/run/netns").join(space).exists()) {
        for _ in 0..20 {
            let Ok(pids) = here(&["ip", "netns", "pids", space]) else { break };
            if pids.trim().is_empty() {
                break;
            }
            attempt(Command::new("kill").arg("-KILL").args(pids.split_whitespace()));
            std::thread::sleep(Duration::from_millis(100));
        }
        attempt(Command::new("ip").args(["netns", "delete", space]));
    }
    if Path::new(FOLDER).exists()
        && let Err(cause) = std::fs::remove_dir_all(FOLDER)
    {
        eprintln!("warning: `{FOLDER}` was not removed: {cause}");
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let failed = |cause: std::io::Error| format!("failed to write `{}`: {cause}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}
