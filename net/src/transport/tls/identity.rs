//! A server's certificate and key, which may be replaced while it serves.

use super::fingerprint::Fingerprint;
use super::provider;
use crate::private::write;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The file of a certificate of the server's own making with its key. It goes with the folder wherever that goes.
pub const OWN_FILE: &str = "tls.pem";
/// The name in a certificate of a server's own making, which clients know by its fingerprint alone.
const OWN_NAME: &str = "sala";

/// A certificate with its key, and where both lie.
#[derive(Debug)]
pub struct Identity {
    current: RwLock<Current>,
}

#[derive(Debug)]
struct Current {
    certificate: PathBuf,
    key: PathBuf,
    certified: Arc<CertifiedKey>,
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be read or written.
    #[error("cannot use {path}: {cause}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path} holds no {what} in PEM: {cause}", path = path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// Why.
        cause: pem::Error,
    },
    /// Others may read the key.
    #[error("{path} may be read by others; take that from them: chmod 600 {path}", path = path.display())]
    Open {
        /// Which file.
        path: PathBuf,
    },
    /// The two do not fit.
    #[error("{certificate} and {key} do not go together: {cause}", certificate = certificate.display(), key = key.display())]
    Unfit {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        cause: rustls::Error,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Unmade(#[from] rcgen::Error),
}

impl Identity {
    /// Reads a chain of certificates and its key, both in PEM. Whoever else may read the key's file could be this server.
    ///
    /// # Errors
    /// [`IdentityError`], with the file that is to blame.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        Ok(Identity { current: RwLock::new(Current::read(certificate, key)?) })
    }

    /// The certificate of a server's own making in this folder, which is made if it is not there. No authority
    /// knows it: clients hold on to what they were shown first, so it is to be kept, and never expires.
    ///
    /// # Errors
    /// [`IdentityError`], with the file that is to blame.
    pub fn own(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join(OWN_FILE);
        let there = path.try_exists().map_err(|cause| IdentityError::File { path: path.clone(), cause })?;
        if !there {
            let made = rcgen::generate_simple_self_signed([OWN_NAME.to_owned()])?;
            let text = made.signing_key.serialize_pem() + &made.cert.pem();
            // Once a client has held on to it, it must not be another.
            write(&path, &text).map_err(|cause| IdentityError::File { path: path.clone(), cause })?;
        }
        Identity::read(&path, &path)
    }

    /// Reads the files again: connections that are made from now on see what is in them. If they cannot be used, all
    /// stays as it is.
    ///
    /// # Errors
    /// As for `read`.
    pub fn reload(&self) -> Result<(), IdentityError> {
        let (certificate, key) = {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            (current.certificate.clone(), current.key.clone())
        };
        self.replace(&certificate, &key)
    }

    /// The same with other files, which are read from now on.
    ///
    /// # Errors
    /// As for `read`.
    pub fn replace(&self, certificate: &Path, key: &Path) -> Result<(), IdentityError> {
        let new = Current::read(certificate, key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// What the certificate is known by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let current = self.current();
        Fingerprint::of(current.cert.first().expect("a certified key has a certificate"))
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).certified)
    }
}

impl Current {
    fn read(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let certified = Arc::new(read(certificate, key)?);
        Ok(Current { certificate: certificate.to_owned(), key: key.to_owned(), certified })
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, IdentityError> {
    let unreadable = |path: &Path, what: &'static str| {
        let path = path.to_owned();
        move |error| match error {
            pem::Error::Io(cause) => IdentityError::File { path: path.clone(), cause },
            cause => IdentityError::Pem { path: path.clone(), what, cause },
        }
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain =
        chain.and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) });
    let chain = chain.map_err(unreadable(certificate, "certificate"))?;
    let mode = fs::metadata(key).map_err(|cause| IdentityError::File { path: key.to_owned(), cause })?;
    // A group may be there for exactly this: certbot's keys are often given to one.
    if mode.permissions().mode() & 0o007 != 0 {
        return Err(IdentityError::Open { path: key.to_owned() });
    }
    let der = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key, "key"))?;
    CertifiedKey::from_der(chain, der, &provider()).map_err(|cause| IdentityError::Unfit {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        cause,
    })
}
