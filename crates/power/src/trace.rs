//! What a program asked the kernel to do with files of one folder, in order, as `strace` saw it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `strace` is told to look at.
const CALLS: &str = "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink,rename,fallocate";
/// Before what the program says to the recording.
pub const MARK: &str = "mark ";

/// A file, whatever its name is by now.
pub type FileId = usize;

/// One thing asked of the kernel; it had been done when the next was asked.
#[derive(Clone, Debug)]
pub enum Op {
    /// A new file.
    Create {
        /// Its name.
        name: String,
        /// Which file that is.
        file: FileId,
    },
    /// A file lost its name.
    Unlink {
        /// The name.
        name: String,
    },
    /// A file has another name, which another file may have had.
    Rename {
        /// The name that it had.
        from: String,
        /// The name that it has.
        to: String,
        /// Which file that is.
        file: FileId,
    },
    /// Bytes of a file.
    Write {
        /// Which file.
        file: FileId,
        /// Where in it.
        offset: usize,
        /// What.
        bytes: Vec<u8>,
    },
    /// The size of a file.
    Truncate {
        /// Which file.
        file: FileId,
        /// Its size now.
        size: usize,
    },
    /// What a file holds is to be on disk.
    Sync {
        /// Which file.
        file: FileId,
    },
    /// The names in the folder are to be on disk.
    SyncFolder,
    /// The program said something.
    Mark(String),
}

/// Everything that was recorded.
pub struct Recording {
    /// What was asked, in order.
    pub ops: Vec<Op>,
    /// The name under which each file was made.
    pub names: Vec<String>,
}

/// Runs a test of this program, which finds a path in an environment variable, and records what it does to those files
/// of `folder` that are meant by their names; none without `strace`.
///
/// # Panics
///
/// When the program does something to a file that the simulation does not know.
pub fn record(
    test: &str,
    folder: &Path,
    variable: (&str, &Path),
    is_meant: fn(&str) -> bool,
) -> Option<Recording> {
    let log = folder.join("strace.log");
    let traced = Command::new("strace")
        .args(["--follow-forks", "--decode-fds=path", "-xx", "--string-limit=10000000", "-e", CALLS, "-o"])
        .arg(&log)
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(variable.0, variable.1)
        .stdout(Stdio::null())
        .status();
    if !traced.is_ok_and(|status| status.success()) {
        return None;
    }
    let text = std::fs::read_to_string(&log).expect("a log of strace");
    let folder = format!("{}/", folder.display());
    let (ops, names, live, unfinished) = (Vec::new(), Vec::new(), BTreeMap::new(), BTreeMap::new());
    let mut reading = Reading { folder, is_meant, ops, names, live, unfinished };
    text.lines().for_each(|line| reading.line(line));
    Some(Recording { ops: reading.ops, names: reading.names })
}

struct Reading {
    folder: String,
    is_meant: fn(&str) -> bool,
    ops: Vec<Op>,
    names: Vec<String>,
    /// Which file has a name now.
    live: BTreeMap<String, FileId>,
    /// Calls of a thread during which another thread's were seen.
    unfinished: BTreeMap<String, String>,
}

impl Reading {
    fn line(&mut self, line: &str) {
        let Some((thread, call)) = line.split_once(' ') else { return };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix("<unfinished ...>") {
            self.unfinished.insert(thread.to_owned(), begun.trim_end().to_owned());
        } else if let Some((_, end)) =
            call.strip_prefix("<... ").and_then(|call| call.split_once(" resumed>"))
        {
            let begun = self.unfinished.remove(thread).unwrap_or_default();
            self.call(&format!("{begun}{end}"));
        } else {
            self.call(call);
        }
    }

    /// A whole call, such as `pwrite64(4</a/b>, "\x00", 1, 0) = 1`. A call that another thread's came between has its
    /// result in a column of its own, behind many spaces.
    fn call(&mut self, call: &str) {
        let Some((name, rest)) = call.split_once('(') else { return };
        let Some((args, result)) = rest.rsplit_once(" = ") else { return };
        let args = args.trim_end();
        let args = args.strip_suffix(')').unwrap_or(args);
        let Ok(result) = result.split([' ', '<']).next().unwrap_or_default().parse::<usize>() else {
            // What the disk refused is neither done nor not done: what is judged by such a recording would be judged wrongly.
            assert!(!self.is_about(name, args), "the kernel refused `{name}`: {result}");
            return;
        };
        if name == "write" && args.starts_with("1<") {
            let text = String::from_utf8_lossy(&string(args)).into_owned();
            self.ops.extend(text.split_once(MARK).map(|(_, mark)| Op::Mark(mark.trim().to_owned())));
            return;
        }
        match name {
            "openat" if args.contains("O_CREAT") => self.created(&string(args)),
            "unlink" => {
                if let Some(name) = self.inside(&string(args)) {
                    self.live.remove(&name);
                    self.ops.push(Op::Unlink { name });
                }
            }
            "rename" => {
                let to = args.split('"').nth(3).map(unescape).unwrap_or_default();
                if let (Some(from), Some(to)) = (self.inside(&string(args)), self.inside(&to))
                    && let Some(file) = self.live.remove(&from)
                {
                    self.live.insert(to.clone(), file);
                    self.ops.push(Op::Rename { from, to, file });
                }
            }
            "openat" => {}
            _ => self.on_file(name, args, result),
        }
    }

    fn created(&mut self, path: &[u8]) {
        let Some(name) = self.inside(path).filter(|name| !self.live.contains_key(name)) else { return };
        let file = self.names.len();
        self.names.push(name.clone());
        self.live.insert(name.clone(), file);
        self.ops.push(Op::Create { name, file });
    }

    /// A call whose first argument is an open file.
    fn on_file(&mut self, call: &str, args: &str, result: usize) {
        let Some((path, rest)) = args.split_once('<').and_then(|(_, rest)| rest.split_once('>')) else {
            return;
        };
        let path = unescape(path);
        if call == "fsync" && path == self.folder.trim_end_matches('/').as_bytes() {
            return self.ops.push(Op::SyncFolder);
        }
        let Some(&file) = self.inside(&path).and_then(|name| self.live.get(&name)) else { return };
        let last = || rest.rsplit(", ").next().and_then(|text| text.trim().parse().ok());
        self.ops.push(match (call, last()) {
            ("fsync" | "fdatasync", _) => Op::Sync { file },
            ("ftruncate", Some(size)) => Op::Truncate { file, size },
            ("pwrite64", Some(offset)) => {
                let mut bytes = string(rest);
                bytes.truncate(result);
                Op::Write { file, offset, bytes }
            }
            _ => panic!("`{call}` is a way to write that the simulation does not know"),
        });
    }

    /// Whether a call changes a file that is meant, or has it on disk.
    fn is_about(&self, call: &str, args: &str) -> bool {
        let path =
            args.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| unescape(path));
        !matches!(call, "openat" | "unlink" | "rename")
            && path.is_some_and(|path| self.inside(&path).is_some())
    }

    /// The name of a file in the folder that is meant.
    fn inside(&self, path: &[u8]) -> Option<String> {
        let name = std::str::from_utf8(path).ok()?.strip_prefix(&self.folder)?;
        (self.is_meant)(name).then(|| name.to_owned())
    }
}

/// The first string among the arguments.
fn string(args: &str) -> Vec<u8> {
    unescape(args.split('"').nth(1).unwrap_or_default())
}

/// Bytes that are written as `\x00`.
fn unescape(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = text.as_bytes().chunks_exact(4);
    bytes.map(|four| digit(four[2]).unwrap_or(0) << 4 | digit(four[3]).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Op, Reading};
    use std::collections::BTreeMap;

    fn hexed(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    fn read(lines: &[String]) -> Vec<Op> {
        let (ops, names, live, unfinished) = (Vec::new(), Vec::new(), BTreeMap::new(), BTreeMap::new());
        let folder = "/spool/".to_owned();
        let mut reading = Reading { folder, is_meant: |_| true, ops, names, live, unfinished };
        lines.iter().for_each(|line| reading.line(line));
        reading.ops
    }

    #[test]
    fn calls_that_others_came_between_are_read() {
        let path = hexed("/spool/1.seg");
        let mark = hexed("mark acknowledged 3\n");
        let ops = read(&[
            format!("7 openat(AT_FDCWD</>, \"{path}\", O_RDWR|O_CREAT, 0600) = 4<{path}>"),
            format!("7 pwrite64(4<{path}>, \"\\x41\", 1, 0) = 1"),
            format!("7 fdatasync(4<{path}> <unfinished ...>"),
            format!("6 write(1<{}>, \"{mark}\", 20 <unfinished ...>", hexed("/dev/null")),
            "7 <... fdatasync resumed>)          = 0".to_owned(),
            "6 <... write resumed>)              = 20".to_owned(),
            format!("7 ftruncate(4<{path}>, 0) = 0"),
        ]);
        let told: Vec<String> = ops.iter().map(|op| format!("{op:?}")).collect();
        assert_eq!(
            told,
            [
                r#"Create { name: "1.seg", file: 0 }"#,
                "Write { file: 0, offset: 0, bytes: [65] }",
                "Sync { file: 0 }",
                r#"Mark("acknowledged 3")"#,
                "Truncate { file: 0, size: 0 }",
            ]
        );
    }

    #[test]
    #[should_panic(expected = "the kernel refused `fdatasync`: -1 EIO (Input/output error)")]
    fn a_recording_in_which_the_disk_refused_is_none() {
        let path = hexed("/spool/1.seg");
        read(&[format!("7 fdatasync(4<{path}>) = -1 EIO (Input/output error)")]);
    }
}
