//! What the attacker's web scanner and password guesser try.

/// The scanner's name for itself, in the manner of common scanners.
pub const AGENT: &str = "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)";

/// Paths asked for; the site has next to none of them.
pub const PATHS: &[&str] = &[
    "/",
    "/zXk3vQ9a.htm",
    "/robots.txt",
    "/sitemap.xml",
    "/.git/HEAD",
    "/.git/config",
    "/.svn/entries",
    "/.env",
    "/.env.bak",
    "/.htaccess",
    "/.htpasswd",
    "/.DS_Store",
    "/.ssh/id_rsa",
    "/admin/",
    "/admin.php",
    "/administrator/index.php",
    "/phpmyadmin/index.php",
    "/pma/index.php",
    "/mysql/index.php",
    "/adminer.php",
    "/wp-login.php",
    "/wp-admin/install.php",
    "/wp-config.php.bak",
    "/wp-content/debug.log",
    "/xmlrpc.php",
    "/joomla/configuration.php~",
    "/drupal/CHANGELOG.txt",
    "/user/login",
    "/cgi-bin/test.cgi",
    "/cgi-bin/printenv",
    "/cgi-bin/php.cgi?-d+allow_url_include%3don",
    "/cgi-sys/",
    "/server-status",
    "/server-info",
    "/nginx_status",
    "/phpinfo.php",
    "/info.php",
    "/test.php",
    "/php.ini",
    "/config.php.swp",
    "/config.yml",
    "/config.json",
    "/backup.zip",
    "/backup.sql",
    "/backup.tar.gz",
    "/db.sql",
    "/dump.sql",
    "/site.tar.gz",
    "/web.config",
    "/crossdomain.xml",
    "/manager/html",
    "/host-manager/html",
    "/jmx-console/",
    "/actuator/env",
    "/actuator/health",
    "/solr/admin/info/system",
    "/console/",
    "/login.jsp",
    "/api/v1/users",
    "/graphql",
    "/swagger-ui.html",
    "/index.php?page=../../../../../../etc/passwd",
    "/index.php?id=1%27%20OR%20%271%27=%271",
    "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
    "/..%2f..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/index.html?cmd=|id",
    "/shell.php",
    "/c99.php",
    "/uploads/",
    "/assets/",
    "/old/",
    "/dev/",
    "/tmp/",
    "/logs/access.log",
];

/// Ports knocked at that nobody serves; 22 and 80 are left to the later steps.
pub const CLOSED_PORTS: &[u16] = &[
    21, 23, 25, 53, 110, 111, 135, 139, 143, 389, 443, 445, 873, 993, 1433, 2049, 3306, 3389, 5432, 5900,
    6379, 8080, 8443, 9200, 11211, 27017,
];

/// Accounts tried; `admin`, `test` and `oracle` do not exist.
pub const ACCOUNTS: &str = "root\nadmin\ntest\noracle\nbackup\ndeploy\n";

/// Passwords tried for each account; the ninth opens `deploy`.
pub const PASSWORDS: &str =
    "123456\npassword\nadmin\nroot\nletmein\nqwerty\nwelcome1\nchangeme\ndeploy123\nP@ssw0rd\n";
