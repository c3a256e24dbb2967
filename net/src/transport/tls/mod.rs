//! TLS 1.3 and 1.2 over another transport, from the first byte on: there is no way to talk a connection down to plain text.

mod fingerprint;
mod challenge;
mod identity;
mod accept;
mod known;
mod connect;

pub use accept::{TlsListener, TlsStream};
pub use challenge::{ChallengeError, Challenges};
pub use connect::{TlsConnector, Trust};
pub use fingerprint::Fingerprint;
pub use identity::{Identity, IdentityError, OWN_FILE};
pub use known::{Known, KnownServers};

use rustls::crypto::CryptoProvider;
use std::sync::Arc;

/// The one implementation of the ciphers that this program uses, named here so that no feature of a dependency chooses it.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
