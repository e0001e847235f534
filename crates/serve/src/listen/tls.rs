//! Certificates: those that are given, or one of the server's own.

use crate::settings::TlsFiles;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Names of the server's own certificate in a data directory.
const OWN_CERTIFICATE: &str = "server.crt";
const OWN_KEY: &str = "server.key";

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("failed to use `{}`: {cause}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// A file does not hold what it should.
    #[error("`{}` holds no {what} in PEM: {reason}", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
        /// Why it is none.
        reason: String,
    },
    /// Certificate and key do not fit, or a certificate could not be made.
    #[error("certificate and key cannot be used: {reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
}

/// The server's own certificate.
#[derive(Clone, Debug)]
pub struct Own {
    /// Its files.
    pub files: TlsFiles,
    /// SHA-256 of it, as browsers show it.
    pub fingerprint: String,
}

fn io_at(path: &Path) -> impl Fn(io::Error) -> TlsError + '_ {
    move |cause| TlsError::Io { path: path.to_owned(), cause }
}

/// TLS 1.2 and 1.3 with these files, for HTTP.
///
/// # Errors
///
/// [`TlsError`].
pub fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let mut config = config(files, builder()?.with_no_client_auth())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// TLS 1.2 and 1.3 with these files, for syslog. With `clients`, only for those who have a certificate of one of the
/// authorities in that file.
///
/// # Errors
///
/// [`TlsError`].
pub fn syslog_acceptor(files: &TlsFiles, clients: Option<&Path>) -> Result<TlsAcceptor, TlsError> {
    let config = match clients {
        None => config(files, builder()?.with_no_client_auth()),
        Some(path) => config(files, builder()?.with_client_cert_verifier(verifier(path)?)),
    };
    // Whoever only sends does not read tickets. Where a connection is closed with something unread, what was sent on it
    // last is lost: so rsyslog lost hundreds of messages each time that it connected anew.
    let mut config = config?;
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Whose certificates are taken: those of the authorities in this file.
fn verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut authorities = RootCertStore::empty();
    for certificate in chain(path)? {
        authorities.add(certificate).map_err(unusable)?;
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider).build();
    verifier.map_err(|error| TlsError::Unusable { reason: error.to_string() })
}

fn unusable(error: impl std::fmt::Display) -> TlsError {
    TlsError::Unusable { reason: error.to_string() }
}

fn builder() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsError> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unusable)
}

fn config(
    files: &TlsFiles,
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
) -> Result<ServerConfig, TlsError> {
    let chain = chain(&files.certificate)?;
    let text = fs::read(&files.key).map_err(io_at(&files.key))?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| TlsError::NotPem {
        path: files.key.clone(),
        what: "private key",
        reason: error.to_string(),
    })?;
    builder.with_single_cert(chain, key).map_err(unusable)
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = fs::read(path).map_err(io_at(path))?;
    let not_pem = |reason: String| TlsError::NotPem { path: path.to_owned(), what: "certificate", reason };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| not_pem(error.to_string()))?;
    if chain.is_empty() { Err(not_pem("there is none".to_owned())) } else { Ok(chain) }
}

/// The certificate that the server made for itself, made now if there is none. It names this machine and the
/// address; whoever connects compares the fingerprint.
///
/// # Errors
///
/// [`TlsError`].
pub fn own_certificate(data: &Path, address: IpAddr, host: &str) -> Result<Own, TlsError> {
    let files = TlsFiles { certificate: data.join(OWN_CERTIFICATE), key: data.join(OWN_KEY) };
    if !files.certificate.exists() {
        make(&files, address, host)?;
    }
    let chain = chain(&files.certificate)?;
    let digest = Sha256::digest(chain.first().map_or(&[][..], AsRef::as_ref));
    let fingerprint: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Own { files, fingerprint: fingerprint.join(":") })
}

fn make(files: &TlsFiles, address: IpAddr, host: &str) -> Result<(), TlsError> {
    let unusable = |error: rcgen::Error| TlsError::Unusable { reason: error.to_string() };
    let names = ["localhost".to_owned(), host.to_owned()].into_iter().filter(|name| !name.is_empty());
    let mut params = CertificateParams::new(names.collect::<Vec<_>>()).map_err(unusable)?;
    params.distinguished_name.push(DnType::CommonName, "Cofferdam");
    params.subject_alt_names.extend([IpAddr::from([127, 0, 0, 1]), address].map(SanType::IpAddress));
    let key = KeyPair::generate().map_err(unusable)?;
    let certificate = params.self_signed(&key).map_err(unusable)?;
    // The certificate is written last: where it is, its key is.
    put(&files.key, &key.serialize_pem())?;
    put(&files.certificate, &certificate.pem())
}

/// Writes a file whole, for its owner alone.
fn put(path: &Path, text: &str) -> Result<(), TlsError> {
    let aside = path.with_extension("partial");
    let write = || -> io::Result<()> {
        let _ = fs::remove_file(&aside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    write().map_err(io_at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_can_be_used() {
        let data = tempfile::tempdir().unwrap();
        let address = IpAddr::from([192, 0, 2, 1]);
        let first = own_certificate(data.path(), address, "ir-01.example.org").unwrap();
        let again = own_certificate(data.path(), address, "ir-01.example.org").unwrap();
        assert_eq!(first.fingerprint, again.fingerprint);
        assert_eq!(first.fingerprint.len(), 32 * 3 - 1);
        assert!(acceptor(&first.files).is_ok());
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&first.files.key).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("empty.pem");
        fs::write(&path, "nothing").unwrap();
        let files = TlsFiles { certificate: path.clone(), key: path };
        let error = acceptor(&files).err().unwrap().to_string();
        assert!(error.contains("empty.pem") && error.contains("certificate"), "{error}");
    }
}
