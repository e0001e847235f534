//! Ordinary work around the attack: visitors, a probe, a crawler, administrators, deployments, backups.
//!
//! Much of it looks like the attack to a careless rule: a mistyped password, `sudo find` by the deployment, a new
//! account, an added key, a packed customer file, a client that asks for many missing pages.

use super::accounts::{DEV1, OPS1, OPS2, WEBADMIN};

/// One piece of ordinary work.
pub struct Chore {
    /// A short name, unique in the recording.
    pub id: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Who does it: an account, and where from.
    pub actor: &'static str,
    /// Seconds after the recording's start.
    pub at_s: u64,
    /// What is done.
    pub errand: Errand,
}

/// The ways in which the office works.
pub enum Errand {
    /// An interactive session, by key or by password.
    Session {
        /// Who.
        account: &'static str,
        /// The address.
        from: &'static str,
        /// How.
        by: Login,
        /// What is typed.
        lines: &'static [Typed],
    },
    /// A command over `ssh` with a key.
    Remote { account: &'static str, from: &'static str, command: &'static str },
    /// Files fetched with rsync over `ssh`.
    Fetch { account: &'static str, from: &'static str, path: &'static str },
    /// A release: packed here, copied, unpacked there.
    Release,
    /// Requests until the recording ends, each list as one visit.
    Browse(&'static [Visit]),
}

/// How somebody logs in.
#[derive(Clone, Copy)]
pub enum Login {
    /// With the account's key.
    Key,
    /// With the account's password.
    Password,
    /// A wrong password first.
    Mistyped,
}

/// A line typed, and the password that it asks for.
pub struct Typed(pub &'static str, pub Option<&'static str>);

/// A client's requests in a row.
pub struct Visit {
    /// The client's address.
    pub from: &'static str,
    /// Its name for itself.
    pub agent: &'static str,
    /// How long it rests after each request.
    pub pause_ms: u64,
    /// What it asks for.
    pub paths: &'static [&'static str],
}

impl Visit {
    /// Browsers say from which page they come; probes and crawlers do not.
    pub fn is_browser(&self) -> bool {
        [FIREFOX, CHROME, SAFARI].contains(&self.agent)
    }
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
const CRAWLER: &str = "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://bot.example.org/)";
const LINK_CHECKER: &str = "LinkChecker/10.2 (+https://links.example.org/)";
const PROBE: &str = "Blackbox Exporter/0.25.0";

/// All chores, by their time.
pub const CHORES: &[Chore] = &[
    Chore {
        id: "visitors",
        title: "Visitors read the site",
        actor: "198.51.100.61 to 198.51.100.65",
        at_s: 1,
        errand: Errand::Browse(&[
            Visit {
                from: "198.51.100.61",
                agent: FIREFOX,
                pause_ms: 1210,
                paths: &["/", "/css/site.css", "/js/site.js", "/img/logo.svg", "/favicon.ico", "/products"],
            },
            Visit {
                from: "198.51.100.62",
                agent: CHROME,
                pause_ms: 1510,
                paths: &["/products", "/css/site.css", "/js/site.js", "/img/logo.svg", "/about"],
            },
            Visit {
                from: "198.51.100.63",
                agent: SAFARI,
                pause_ms: 1810,
                paths: &[
                    "/",
                    "/css/site.css",
                    "/apple-touch-icon.png",
                    "/contact",
                    "POST /contact",
                    "/thanks.html",
                ],
            },
            Visit {
                from: "198.51.100.64",
                agent: CHROME,
                pause_ms: 1310,
                paths: &[
                    "/index.html?utm_source=newsletter",
                    "/css/site.css",
                    "/js/site.js",
                    "/terms",
                    "/prices",
                ],
            },
            Visit {
                from: "198.51.100.65",
                agent: FIREFOX,
                pause_ms: 1610,
                paths: &["/about", "/css/site.css", "/assets/app.css", "/products?id=7&sort=price"],
            },
        ]),
    },
    Chore {
        id: "probe",
        title: "The monitoring asks for the site's health",
        actor: "198.51.100.50",
        at_s: 3,
        errand: Errand::Browse(&[Visit {
            from: "198.51.100.50",
            agent: PROBE,
            pause_ms: 14_000,
            paths: &["/health"],
        }]),
    },
    Chore {
        id: "crawler",
        title: "A search engine reads the site",
        actor: "198.51.100.80",
        at_s: 22,
        errand: Errand::Browse(&[
            Visit {
                from: "198.51.100.80",
                agent: CRAWLER,
                pause_ms: 2500,
                paths: &[
                    "/robots.txt",
                    "/sitemap.xml",
                    "/",
                    "/about",
                    "/products",
                    "/contact",
                    "/terms",
                    "/news.php",
                    "/old/index.php",
                ],
            },
            Visit { from: "198.51.100.80", agent: CRAWLER, pause_ms: 60_000, paths: &["/robots.txt"] },
        ]),
    },
    Chore {
        id: "link-checker",
        title: "A partner's link checker follows links that are long gone",
        actor: "198.51.100.77",
        at_s: 75,
        errand: Errand::Browse(&[
            Visit {
                from: "198.51.100.77",
                agent: LINK_CHECKER,
                pause_ms: 300,
                paths: &[
                    "/blog/1",
                    "/blog/2",
                    "/blog/3",
                    "/blog/4",
                    "/shop/cart.php",
                    "/shop/item.php?id=3",
                    "/img/2019/a.jpg",
                    "/img/2019/b.jpg",
                    "/img/2019/c.jpg",
                    "/downloads/price-list.pdf",
                    "/wp-content/uploads/flyer.pdf",
                    "/",
                ],
            },
            Visit { from: "198.51.100.77", agent: LINK_CHECKER, pause_ms: 150_000, paths: &["/"] },
        ]),
    },
    Chore {
        id: "morning-check",
        title: "ops1 looks at logs and configuration and becomes webadmin",
        actor: "ops1 from 198.51.100.11",
        at_s: 8,
        errand: Errand::Session {
            account: "ops1",
            from: "198.51.100.11",
            by: Login::Key,
            lines: &[
                Typed("uptime", None),
                Typed("sudo tail -n 20 /var/log/nginx/error.log", Some(OPS1)),
                Typed("sudo nginx -t", None),
                Typed("df -h /srv", None),
                Typed("su - webadmin", Some(WEBADMIN)),
                Typed("ls -l /srv/www/html", None),
            ],
        },
    },
    Chore {
        id: "release-1",
        title: "The build server deploys a release and clears old ones with sudo find",
        actor: "deploy from 198.51.100.30",
        at_s: 30,
        errand: Errand::Release,
    },
    Chore {
        id: "backup-1",
        title: "The backup server fetches the site",
        actor: "backup from 198.51.100.40",
        at_s: 48,
        errand: Errand::Fetch { account: "backup", from: "198.51.100.40", path: "/srv/www" },
    },
    Chore {
        id: "own-key",
        title: "dev1 adds the key of a second machine and tries a sudo that is not allowed",
        actor: "dev1 from 198.51.100.21",
        at_s: 95,
        errand: Errand::Session {
            account: "dev1",
            from: "198.51.100.21",
            by: Login::Password,
            lines: &[
                Typed("curl -sI http://192.0.2.10/", None),
                Typed(
                    "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJv1Zk3n0t2m7r8s9uQwXyZ0a1b2c3d4e5f6g7h8i9j0 dev1@notebook' >> ~/.ssh/authorized_keys",
                    None,
                ),
                Typed("sudo tail /var/log/auth.log", Some(DEV1)),
                Typed("grep -c . /etc/passwd", None),
            ],
        },
    },
    Chore {
        id: "mistyped",
        title: "ops2 mistypes the password, gets in, and reloads the web server",
        actor: "ops2 from 198.51.100.12",
        at_s: 130,
        errand: Errand::Session {
            account: "ops2",
            from: "198.51.100.12",
            by: Login::Mistyped,
            lines: &[
                Typed("sudo apt list --upgradable", Some(OPS2)),
                Typed("ss -tln", None),
                Typed("sudo service nginx reload", None),
                Typed("last -n 5", None),
            ],
        },
    },
    Chore {
        id: "backup-2",
        title: "The backup server packs and fetches the customer files",
        actor: "backup from 198.51.100.40",
        at_s: 175,
        errand: Errand::Remote {
            account: "backup",
            from: "198.51.100.40",
            command: "tar czf - -C /srv customers",
        },
    },
    Chore {
        id: "release-2",
        title: "The build server deploys the next release",
        actor: "deploy from 198.51.100.30",
        at_s: 203,
        errand: Errand::Release,
    },
    Chore {
        id: "new-colleague",
        title: "ops1 creates an account for a developer and edits a cron table",
        actor: "ops1 from 198.51.100.11",
        at_s: 238,
        errand: Errand::Session {
            account: "ops1",
            from: "198.51.100.11",
            by: Login::Key,
            lines: &[
                Typed("sudo useradd -m -s /bin/bash -G users dev2", Some(OPS1)),
                Typed("sudo passwd -l dev2", None),
                Typed("echo '0 4 * * 1 df -h > /home/ops1/disk.txt' | crontab -", None),
                Typed("crontab -l", None),
                Typed("uname -r", None),
            ],
        },
    },
    Chore {
        id: "backup-3",
        title: "The backup server fetches the site again",
        actor: "backup from 198.51.100.40",
        at_s: 288,
        errand: Errand::Fetch { account: "backup", from: "198.51.100.40", path: "/srv/www" },
    },
    Chore {
        id: "evening-check",
        title: "ops2 looks at the sessions and at the disk",
        actor: "ops2 from 198.51.100.12",
        at_s: 318,
        errand: Errand::Session {
            account: "ops2",
            from: "198.51.100.12",
            by: Login::Password,
            lines: &[
                Typed("id", None),
                Typed("sudo du -sh /srv", Some(OPS2)),
                Typed("cat /etc/cron.d/site-check", None),
            ],
        },
    },
];
