//! TLS as the server speaks it, asked by programs of the system; without them these tests say so and skip.

use super::site::Site;
use cofferdam_serve::Settings;
use cofferdam_serve::settings::TlsFiles;
use std::process::Command;

/// A server with a certificate of its own.
fn encrypted() -> (Site, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles { certificate: dir.path().join("certificate.pem"), key: dir.path().join("key.pem") };
    std::fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    (Site::with(Settings { tls: Some(files), ..Settings::default() }), dir)
}

/// What a program says; nothing when there is none.
fn run(program: &str, args: &[&str]) -> Option<(bool, String)> {
    let Ok(output) = Command::new(program).args(args).stdin(std::process::Stdio::null()).output() else {
        println!("skipped: there is no {program}");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn v12_1_1_only_tls_1_2_and_1_3_are_spoken() {
    let (site, _dir) = encrypted();
    let address = site.address().to_string();
    for (version, want) in [("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let args = ["s_client", "-connect", &address, version, "-cipher", "ALL:@SECLEVEL=0"];
        let Some((is_right, text)) = run("openssl", &args) else { return };
        let spoke = is_right && text.contains("BEGIN CERTIFICATE");
        assert_eq!(spoke, want, "{version}: {text}");
    }
}

#[test]
fn strict_transport_is_demanded_over_tls_and_names_are_checked_in_both_versions_of_http() {
    let (site, _dir) = encrypted();
    let url = format!("https://{}/healthz", site.address());
    for version in ["--http1.1", "--http2"] {
        let curl = |host: &str| run("curl", &["-sik", version, "-H", &format!("Host: {host}"), &url]);
        let Some((_, own)) = curl(&site.address().to_string()) else { return };
        assert!(own.starts_with("HTTP/") && own.lines().next().unwrap().contains(" 200"), "{own}");
        assert!(
            own.to_lowercase().contains("strict-transport-security: max-age=63072000; includesubdomains"),
            "{own}"
        );
        let (_, foreign) = curl("evil.example.net").unwrap();
        assert!(foreign.lines().next().unwrap().contains(" 421"), "{version}: {foreign}");
    }
}

#[test]
fn v12_2_1_without_tls_nothing_is_answered_where_tls_is() {
    let (site, _dir) = encrypted();
    let url = format!("http://{}/healthz", site.address());
    let Some((is_right, text)) = run("curl", &["-s", "-i", "--max-time", "3", &url]) else { return };
    assert!(!is_right && !text.contains("200"), "{text}");
}
