//! The client's side: connections to a server that is who it says, by an authority's word or as it was the first time.

use super::fingerprint::Fingerprint;
use super::known::{Known, KnownServers};
use super::provider;
use crate::transport::{Connector, Stream};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio_rustls::client::TlsStream;

/// Whom a client believes.
#[derive(Debug)]
pub struct Trust {
    /// Where servers are remembered that no authority vouches for.
    pub known: KnownServers,
    /// Whether the authorities of this computer are believed. Off, a server is known by its fingerprint alone.
    pub authorities: bool,
}

/// Makes connections by TLS.
pub struct TlsConnector<C> {
    connector: C,
    name: ServerName<'static>,
    server: String,
    known: KnownServers,
    tls: tokio_rustls::TlsConnector,
    /// What is new of the server that is being met.
    met: Arc<Mutex<Option<Known>>>,
    greet: Box<dyn FnMut(&Fingerprint)>,
}

impl<C: Connector> TlsConnector<C> {
    /// Speaks TLS on what `connector` makes, with the server that is dialled as `address`: a name or an IP address, and a
    /// port. `greet` is told the fingerprint of a server that is met for the first time and that no authority vouches for, so
    /// that its user may compare it with what the server has printed.
    ///
    /// # Errors
    /// When the address holds no name that a certificate could be for.
    ///
    /// # Panics
    /// Never: the one implementation of ciphers has all that the versions need.
    pub fn new(
        connector: C,
        address: &str,
        trust: Trust,
        greet: impl FnMut(&Fingerprint) + 'static,
    ) -> io::Result<Self> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::other(format!("{host} is no name of a server: {error}")))?;
        let provider = provider();
        let met = Arc::default();
        let verifier = Verifier {
            authorities: authorities(&trust, &provider),
            provider: Arc::clone(&provider),
            known: trust.known.clone(),
            server: address.to_owned(),
            met: Arc::clone(&met),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the ciphers of ring cover TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(TlsConnector {
            connector,
            name,
            server: address.to_owned(),
            known: trust.known,
            tls: Arc::new(config).into(),
            met,
            greet: Box::new(greet),
        })
    }
}

impl<C: Connector> Connector for TlsConnector<C> {
    type Stream = TlsStream<C::Stream>;

    async fn connect(&mut self) -> io::Result<Self::Stream>
    where
        C::Stream: Stream,
    {
        let stream = self.connector.connect().await?;
        self.met.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stream = self.tls.connect(self.name.clone(), stream).await?;
        // Only now has it shown that the certificate is its own: whoever shows another's must not be able to make us
        // hold on to that, and take the right one for an intruder.
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(known) = met {
            self.known.hold(&self.server, known)?;
            if let Known::Certificate(fingerprint) = known {
                (self.greet)(&fingerprint);
            }
        }
        Ok(stream)
    }
}

fn authorities(trust: &Trust, provider: &Arc<CryptoProvider>) -> Option<Arc<WebPkiServerVerifier>> {
    // To read them takes milliseconds, and whoever measures a server comes to it ten thousand times.
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let roots = match trust.authorities {
        true => Arc::clone(ROOTS.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            // A computer without any, or with some that cannot be read, still knows the servers that it has met.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            Arc::new(roots)
        })),
        false => Arc::new(RootCertStore::empty()),
    };
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build().ok()
}

/// Believes an authority; failing that, that a server is the one that it was the first time.
#[derive(Debug)]
struct Verifier {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    known: KnownServers,
    server: String,
    met: Arc<Mutex<Option<Known>>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let path = self.known.path().display();
        let held = self.known.held(&self.server);
        let held = held.map_err(|error| refusal(format!("{path} cannot be used: {error}")))?;
        let vouched = self.authorities.as_ref().map_or(Err(Error::NoCertificatesPresented), |authorities| {
            authorities.verify_server_cert(certificate, others, name, stapled, now)
        });
        let fingerprint = Fingerprint::of(certificate);
        let remedy = format!("ask whoever runs it; if it is right, remove its line from {path}");
        let met = match (held, vouched) {
            (Some(Known::Authority), Ok(_)) => None,
            (_, Ok(_)) => Some(Known::Authority),
            (Some(Known::Certificate(held)), Err(_)) if held == fingerprint => None,
            (Some(Known::Certificate(held)), Err(_)) => {
                return Err(refusal(format!(
                    "THE SERVER IS NOT THE ONE THAT IT WAS. Its certificate was {held}, and is {fingerprint} now: \
                     somebody may be listening in; {remedy}"
                )));
            }
            // Else whoever stands between could show any certificate, and be met for the first time.
            (Some(Known::Authority), Err(error)) => {
                return Err(refusal(format!(
                    "THE SERVER IS NOT THE ONE THAT IT WAS. An authority vouched for it, and for {fingerprint}, which \
                     it shows now, none does ({error}): somebody may be listening in; {remedy}"
                )));
            }
            (None, Err(_)) => Some(Known::Certificate(fingerprint)),
        };
        *self.met.lock().unwrap_or_else(PoisonError::into_inner) = met;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn refusal(text: String) -> Error {
    Error::Other(OtherError(Arc::new(io::Error::other(text))))
}
