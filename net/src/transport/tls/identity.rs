//! A server's certificate and key, which may be replaced while it serves.

use super::challenge::Challenges;
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
    /// What is shown to an authority, where one gives the certificate to the server itself.
    challenges: Option<Arc<Challenges>>,
}

#[derive(Debug)]
struct Current {
    certificate: PathBuf,
    key: PathBuf,
    /// None as long as one is awaited: until then nobody can shake hands.
    certified: Option<Arc<CertifiedKey>>,
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
        Ok(Identity { current: RwLock::new(Current::read(certificate, key)?), challenges: None })
    }

    /// The certificate that an authority gives to this server itself, with its key, in a file that need not be there yet.
    ///
    /// # Errors
    /// As for `read`, if there is one.
    pub fn awaited(path: &Path) -> Result<Self, IdentityError> {
        let current = RwLock::new(Current::awaited(path)?);
        Ok(Identity { current, challenges: Some(Arc::default()) })
    }

    /// What is shown to an authority that wants to see that the server has its names, if it gets its certificate so.
    #[must_use]
    pub fn challenges(&self) -> Option<&Arc<Challenges>> {
        self.challenges.as_ref()
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
        if self.challenges.is_none() {
            return self.replace(&certificate, &key);
        }
        let new = Current::awaited(&certificate)?;
        if new.certified.is_none() && self.current().is_some() {
            return Err(IdentityError::File { path: certificate, cause: io::ErrorKind::NotFound.into() });
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
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

    /// The certificate itself, unless one is still awaited.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.current()?.cert.first().cloned()
    }

    /// What the certificate is known by, unless one is still awaited.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.certificate().map(|certificate| Fingerprint::of(&certificate))
    }

    fn current(&self) -> Option<Arc<CertifiedKey>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).certified.clone()
    }
}

impl Current {
    fn read(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let certified = Some(Arc::new(read(certificate, key)?));
        Ok(Current { certificate: certificate.to_owned(), key: key.to_owned(), certified })
    }

    fn awaited(path: &Path) -> Result<Self, IdentityError> {
        match path.try_exists() {
            Ok(true) => Current::read(path, path),
            Ok(false) => Ok(Current { certificate: path.to_owned(), key: path.to_owned(), certified: None }),
            Err(cause) => Err(IdentityError::File { path: path.to_owned(), cause }),
        }
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current()
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
