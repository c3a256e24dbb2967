//! What a server shows an authority that wants to see that it has a name: TLS-ALPN-01 (RFC 8737).

use super::provider;
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What an authority speaks, and nobody else.
pub(super) const PROTOCOL: &[u8] = b"acme-tls/1";

/// What is shown for each name that is being proven. There are as many as the settings name.
#[derive(Debug, Default)]
pub struct Challenges(RwLock<BTreeMap<String, Arc<CertifiedKey>>>);

/// Nothing can be shown for a name.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// No certificate can be made.
    #[error("cannot make a certificate: {0}")]
    Unmade(#[from] rcgen::Error),
    /// It cannot be used.
    #[error("cannot use the certificate that was made: {0}")]
    Unusable(#[from] rustls::Error),
}

impl Challenges {
    /// Shows for `name` a certificate with this digest, which the authority looks for, until all are forgotten.
    ///
    /// # Errors
    /// When no certificate for this name can be made.
    pub fn show(&self, name: &str, digest: &[u8; 32]) -> Result<(), ChallengeError> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let key = KeyPair::generate()?;
        let chain = vec![params.self_signed(&key)?.der().clone()];
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // Not by `from_der`, which takes the proof for an extension that it does not know, and refuses it.
        let certified = CertifiedKey::new(chain, provider().key_provider.load_private_key(der)?);
        let mut shown = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shown.insert(name.to_ascii_lowercase(), Arc::new(certified));
        Ok(())
    }

    /// Shows nothing any more.
    pub fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl ResolvesServerCert for Challenges {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?.to_ascii_lowercase();
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned()
    }
}
